"""How exposure bends the baseline: a linear spline over its logarithm."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from touchledger.hazard.splines import LinearSpline

ROUNDING = 1e-12

many = settings(max_examples=60, deadline=None, derandomize=True)

rates = st.floats(1e-9, 1e3)
knot_lists = st.lists(rates, min_size=2, max_size=8, unique=True).map(
    lambda knots: np.array(sorted(knots))
)
# As `at_quantiles` gives them.
knot_lists = knot_lists.filter(lambda knots: (np.diff(np.log(knots)) > 1e-6).all())


def bend_of(knots, floor=0.0, weights=(1.0,)) -> LinearSpline:
    return LinearSpline(floor, np.array(weights), np.array(knots, float))


def baseline_of(exposures) -> sparse.csr_array:
    """Give points a constant, a weekday, and so much exposure to one channel."""
    exposures = np.asarray(exposures, float)
    ones = np.ones(len(exposures))
    return sparse.csr_array(np.column_stack([ones, 0 * ones, exposures]))


@many
@given(knot_lists, st.lists(st.floats(0, 1e6), max_size=10))
def test_the_hats_of_a_point_sum_to_one_and_none_is_negative(knots, exposures):
    basis = bend_of(knots).basis(np.array(exposures)).toarray()
    assert basis.shape == (len(exposures), len(knots))
    assert basis.min(initial=0) >= 0
    assert basis.sum(axis=1) == pytest.approx(1, abs=ROUNDING)


@many
@given(knot_lists)
def test_a_hat_is_one_at_its_knot_and_zero_at_the_others(knots):
    basis = bend_of(knots).basis(knots).toarray()
    assert basis == pytest.approx(np.eye(len(knots)), abs=ROUNDING)


@many
@given(knot_lists, st.floats(1.001, 1e6))
def test_beyond_the_outer_knots_there_is_nothing_new(knots, factor):
    beyond = np.array([0.0, knots[0] / factor, knots[-1] * factor])
    first, last = np.eye(len(knots))[[0, -1]]
    assert bend_of(knots).basis(beyond).toarray() == pytest.approx(
        np.array([first, first, last]), abs=ROUNDING
    )


def test_between_knots_hats_are_straight_in_the_logarithm():
    basis = bend_of([1, 10, 1000]).basis(np.array([10**0.25, 100])).toarray()
    assert basis == pytest.approx(
        np.array([[0.75, 0.25, 0], [0, 0.5, 0.5]]), abs=ROUNDING
    )


def test_exposure_is_the_last_columns_by_their_weights_above_the_floor():
    baseline = sparse.csr_array(np.array([[1.0, 5, 2, 3], [1, 5, 0, 0]]))
    exposure = bend_of([], floor=0.5, weights=(10, 100)).exposure(baseline)
    assert exposure.tolist() == [0.5 + 20 + 300, 0.5]


def test_hats_come_behind_the_columns_of_the_baseline():
    baseline = baseline_of([1, 10])
    extended = bend_of([1, 10]).extend(baseline).toarray()
    assert extended[:, :3].tolist() == baseline.toarray().tolist()
    assert extended[:, 3:].tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize("bend", [LinearSpline.none(), bend_of([])])
def test_without_knots_the_baseline_stays_as_it_is(bend):
    baseline = baseline_of([0, 1, 10])
    assert bend.extend(baseline).toarray().tolist() == baseline.toarray().tolist()
    assert bend.basis(np.array([0.0, 1.0])).shape == (2, 0)


def test_knots_lie_where_the_conversions_are():
    exposures = np.arange(1, 1001)
    bend = LinearSpline.at_quantiles(0.0, np.array([2.0]), baseline_of(exposures))
    assert bend.knots == pytest.approx(np.linspace(2, 2 * 980, 12), rel=0.01)


@pytest.mark.parametrize("exposures", [[], [7.0], [3.0] * 40, [0.0] * 9])
def test_there_is_no_bend_where_exposure_does_not_vary(exposures):
    bend = LinearSpline.at_quantiles(0.0, np.array([1.0]), baseline_of(exposures))
    assert len(bend.knots) == 0


def test_knots_have_logarithms():
    exposures = [0.0] * 30 + [1.0] * 30 + [2.0] * 30
    bend = LinearSpline.at_quantiles(0.0, np.array([1.0]), baseline_of(exposures))
    assert bend.knots.min() > 0
    assert (np.diff(bend.knots) > 0).all()
    assert np.isfinite(bend.basis(np.array(exposures)).toarray()).all()


def test_without_channels_the_floor_is_all_the_exposure_there_is():
    baseline = sparse.csr_array(np.ones((3, 7)))
    bend = LinearSpline.at_quantiles(0.25, np.zeros(0), baseline)
    assert bend.exposure(baseline).tolist() == [0.25] * 3
    assert bend.extend(baseline).shape == (3, 7)
