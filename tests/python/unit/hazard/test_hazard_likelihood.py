"""Rates of highest likelihood: closed forms, and what holds at any optimum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from touchledger.hazard.likelihood import Fit, fit_rates

# The optimiser stops when a step gains a billionth of the likelihood; what slopes are
# left there were below a thousandth in thousands of random cases.
FLAT = 2e-3

many = settings(max_examples=100, deadline=None, derandomize=True)


def fitted(columns, integrals, **prior) -> Fit:
    return fit_rates(
        sparse.csr_array(np.asarray(columns, float)),
        np.asarray(integrals, float),
        **{name: np.asarray(values, float) for name, values in prior.items()},
    )


@st.composite
def cases(draw):
    """Columns at events, the first of them 1, and integrals of which some are 0."""
    events, columns = draw(st.integers(1, 8)), draw(st.integers(1, 5))
    number = st.sampled_from([0.0, 0.02, 0.5, 1.0, 3.0, 40.0])
    rows = st.lists(number, min_size=columns - 1, max_size=columns - 1)
    found = [[1.0, *draw(rows)] for _ in range(events)]
    return found, [draw(st.sampled_from([0.1, 2.0, 30.0])), *draw(rows)]


def slopes(columns, integrals, weights):
    """Give `Σ x / rate / integral - 1` of each column with an integral, and else 0."""
    columns, integrals = np.array(columns), np.array(integrals)
    brought = (columns / (columns @ weights)[:, None]).sum(axis=0)
    risk = np.where(integrals > 0, integrals, 1)
    return np.where(integrals > 0, brought / risk - 1, 0.0)


# Closed forms


@pytest.mark.parametrize(
    ("height", "events", "integral"), [(1, 3, 10), (2.5, 1, 0.1), (0.01, 40, 7)]
)
def test_the_rate_of_one_column_is_events_by_integral(height, events, integral):
    fit = fitted(np.full((events, 1), height), [integral])
    rate = events / integral
    assert fit.weights == pytest.approx([rate], rel=1e-6)
    expected = events * np.log(height * rate) - events
    assert fit.log_likelihood == pytest.approx(expected, rel=1e-6)


def test_columns_that_share_no_event_are_fitted_apart():
    columns = np.repeat(np.eye(3), [5, 1, 2], axis=0)
    weights = fitted(columns, [10, 4, 0.5]).weights
    assert weights == pytest.approx([5 / 10, 1 / 4, 2 / 0.5], rel=1e-3)


def test_a_column_without_events_has_no_weight():
    weights = fitted([[1, 0], [1, 0]], [4, 5]).weights
    assert weights == pytest.approx([0.5, 0], abs=1e-6)


def test_columns_that_share_events_have_the_weights_at_which_slopes_are_zero():
    # One event on the first column alone, two on both, risk I and J: with r = a + b,
    # the slopes are 1/a + 2/r = I and 2/r = J, so a = 1 / (I - J) and r = 2 / J.
    weights = fitted([[1, 0], [1, 1], [1, 1]], [10, 1]).weights
    assert weights == pytest.approx([1 / 9, 2 - 1 / 9], rel=1e-3)


def test_without_events_there_are_no_rates():
    fit = fitted(np.zeros((0, 2)), [4, 0])
    assert fit.weights.tolist() == [0, 0]
    assert fit.log_likelihood == 0


# What holds at any optimum


@many
@given(cases())
def test_no_weight_can_be_changed_for_the_better(case):
    # Karush, Kuhn and Tucker: no slope goes up, and none goes down from above 0.
    columns, integrals = case
    weights = fitted(columns, integrals).weights
    assert (weights >= 0).all()
    slope = slopes(columns, integrals, weights)
    assert slope.max() <= FLAT
    assert np.abs(slope * weights * integrals).max() <= FLAT * len(columns)


@many
@given(cases())
def test_as_many_conversions_are_expected_as_came(case):
    columns, integrals = case
    expected = fitted(columns, integrals).weights @ integrals
    assert expected == pytest.approx(len(columns), rel=FLAT)


@many
@given(cases())
def test_a_column_that_is_nowhere_at_risk_has_no_weight(case):
    columns, integrals = case
    weights = fitted(columns, integrals).weights
    assert (weights[np.array(integrals) == 0] == 0).all()


def test_an_event_that_nothing_explains_breaks_nothing():
    fit = fitted([[1, 0], [0, 1]], [4, 0])
    # The first event is as likely as it was, the second has no rate at all.
    assert fit.weights == pytest.approx([1 / 4, 0], rel=1e-3)
    assert np.isfinite(fit.log_likelihood)


@many
@given(cases(), st.integers(2, 4))
def test_events_that_come_again_multiply_the_rates(case, times):
    columns, integrals = case
    once = fitted(columns, integrals)
    again = fitted(np.repeat(columns, times, axis=0), integrals)
    # Weights can trade places where columns are alike; rates at events can't.
    rates = np.array(columns) @ once.weights
    assert np.array(columns) @ again.weights == pytest.approx(times * rates, rel=0.1)
    gained = times * len(columns) * np.log(times)
    assert again.log_likelihood == pytest.approx(
        times * once.log_likelihood + gained, abs=FLAT * times * len(columns)
    )


@many
@given(cases(), st.floats(0.01, 100))
def test_the_unit_of_a_column_does_not_matter(case, unit):
    columns, integrals = case
    scale = np.array([unit] + [1.0] * (len(integrals) - 1))
    plain = fitted(columns, integrals)
    scaled = fitted(columns * scale, integrals * scale)
    assert scaled.log_likelihood == pytest.approx(
        plain.log_likelihood, abs=FLAT * len(columns)
    )


@many
@given(cases(), st.floats(0.01, 100))
def test_where_the_fit_begins_hardly_matters(case, begin):
    columns, integrals = case
    plain = fitted(columns, integrals)
    other = fitted(columns, integrals, begin=np.full(len(integrals), begin))
    assert other.log_likelihood == pytest.approx(
        plain.log_likelihood, abs=FLAT * len(columns)
    )


# Priors


@pytest.mark.parametrize(("events", "belief"), [(0, 0.5), (3, 0.5), (3, 20)])
def test_prior_events_count_like_events_at_the_prior_weight(events, belief):
    fit = fitted(np.ones((events, 1)), [10], prior_events=[belief], prior_weights=[0.2])
    expected = (events + belief) / (10 + belief / 0.2)
    assert fit.weights == pytest.approx([expected], rel=1e-3)


def test_the_more_is_believed_the_nearer_a_weight_is_to_its_prior():
    columns = np.repeat(np.eye(2), [4, 4], axis=0)
    found = [
        fitted(
            columns, [8, 8], prior_events=[belief, 0], prior_weights=[3.0, 3.0]
        ).weights
        for belief in (0, 1, 10, 1000)
    ]
    drawn, free = np.transpose(found)
    assert drawn[0] == pytest.approx(0.5, rel=1e-3)
    assert (np.diff(drawn) > 0).all()
    assert drawn[-1] == pytest.approx(3, rel=0.02)
    assert free == pytest.approx(0.5, rel=1e-3)


@many
@given(cases(), st.data())
def test_with_priors_no_weight_can_be_changed_for_the_better(case, data):
    columns, integrals = case
    size = {"min_size": len(integrals), "max_size": len(integrals)}
    events, priors = (
        np.array(data.draw(st.lists(st.sampled_from(values), **size)))
        for values in ([0.0, 0.1, 0.5, 20.0], [0.01, 1.0, 50.0])
    )
    # What is nowhere at risk has no say, whatever is believed of it.
    events = events * (np.array(integrals) > 0)
    begin = np.full(len(integrals), data.draw(st.sampled_from([1e-6, 1.0, 1e4])))
    weights = fitted(
        columns, integrals, begin=begin, prior_events=events, prior_weights=priors
    ).weights
    # A prior is an event that its column alone explains, and the risk it came of.
    believed = np.flatnonzero(events)
    rows = [*(np.array(columns)), *np.eye(len(integrals))[believed]]
    times = np.array([*np.ones(len(columns)), *events[believed]])
    risk = integrals + events / priors
    brought = (np.array(rows) * (times / (rows @ weights))[:, None]).sum(axis=0)
    slope = np.where(risk > 0, brought / np.where(risk > 0, risk, 1) - 1, 0.0)
    assert slope.max() <= FLAT
    assert np.abs(slope * weights * risk).max() <= FLAT * times.sum()


def test_a_column_without_events_keeps_what_is_believed_of_it():
    weights = fitted(
        [[1, 0], [1, 0]], [4, 5], prior_events=[0, 0.5], prior_weights=[1.0, 0.1]
    ).weights
    assert weights == pytest.approx([0.5, 0.5 / (5 + 5)], rel=1e-3)
