"""Odds of conversion to which everything adds."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from sizes import sized
from touchledger.classifiers.linear_odds import LinearOddsModel
from touchledger.features.training import Examples
from touchledger.features.vocabulary import Feature, Vocabulary

many = settings(max_examples=sized(30, 60), deadline=None, derandomize=True)

VOCABULARY = Vocabulary(
    (
        Feature("channel", ("a",)),
        Feature("last_channel", ("b",)),
        Feature("journey", ("last_gap_days",)),
        Feature("profile_number", ("age",)),
        Feature("profile_level", ("colour", "(number)")),
    )
)


def examples_of(rows, labels, weights=None) -> Examples:
    matrix = np.asarray(rows, np.float32)
    return Examples(
        matrix=sparse.csr_array(matrix),
        labels=np.asarray(labels, np.float64),
        weights=np.ones(len(labels)) if weights is None else np.asarray(weights),
    )


def log_loss(examples: Examples, probabilities: np.ndarray) -> float:
    of_label = np.where(examples.labels == 1, probabilities, 1 - probabilities)
    return float(-(examples.weights @ np.log(of_label)) / examples.weights.sum())


@st.composite
def trainings(draw):
    cell = st.sampled_from([0.0, 0.0, 1.0, 2.0, 30.0])
    row = st.tuples(*[cell] * len(VOCABULARY))
    rows = draw(st.lists(row, min_size=2, max_size=12))
    labels = [0, 1, *draw(st.lists(st.integers(0, 1), min_size=10, max_size=10))]
    weight = st.sampled_from([0.5, 1.0, 40.0])
    weights = draw(st.lists(weight, min_size=len(rows), max_size=len(rows)))
    return examples_of(rows, labels[: len(rows)], weights)


@many
@given(trainings())
def test_probabilities_lie_between_zero_and_one(examples):
    fit = LinearOddsModel.train(VOCABULARY, examples)
    probabilities = fit.probabilities(examples.matrix)
    assert (probabilities > 0).all()
    assert (probabilities < 1).all()
    unseen = sparse.csr_array(np.array([[0.0] * 5, [1e9] * 5, [-3.0] * 5]))
    assert ((fit.probabilities(unseen) > 0) & (fit.probabilities(unseen) < 1)).all()


def test_a_probability_survives_weights_that_are_large_beside_it():
    # So large are those of numbers that are all near their maxima.
    fit = LinearOddsModel(
        vocabulary=VOCABULARY,
        maxima=np.ones(5),
        increasing=np.zeros(5),
        decreasing=np.array([0.0, 0.0, 1e9, 1e9, 0.0]),
        constant=1e-7,
    )
    at_top = sparse.csr_array([[0.0, 0.0, np.e - 1, np.e - 1, 0.0]])
    assert fit.probabilities(at_top) == pytest.approx(1e-7, rel=1e-6)


@many
@given(trainings())
def test_what_was_learned_is_never_worse_than_the_rate_of_all(examples):
    fit = LinearOddsModel.train(VOCABULARY, examples)
    rate = np.full(len(examples), examples.rate)
    # Fitting stops where a step gains less than a part of 1e-10.
    allowed = log_loss(examples, rate) + 1e-6
    assert log_loss(examples, fit.probabilities(examples.matrix)) <= allowed


@pytest.mark.parametrize("weight", [1 / 300, 1e-5, 1e-7])
def test_outcomes_are_told_apart_where_nearly_all_weight_converts(weight):
    rows = [[1, 0, 0, 0, 0]] * 300 + [[1, 0, 5, 0, 0]] * 300
    labels = np.repeat([0, 1], 300)
    fit = LinearOddsModel.train(
        VOCABULARY, examples_of(rows, labels, np.where(labels, 1.0, weight))
    )
    probabilities = fit.probabilities(examples_of(rows, labels).matrix)
    assert probabilities[0] < probabilities[-1]


@pytest.mark.parametrize("weight", [1e-17, 0.0])
def test_where_all_weight_converts_nearly_everybody_does(weight):
    rows = [[1, 0, 0, 0, 0]] * 30 + [[1, 0, 5, 0, 0]] * 30
    labels = np.repeat([0, 1], 30)
    examples = examples_of(rows, labels, np.where(labels, 1.0, weight))
    probabilities = LinearOddsModel.train(VOCABULARY, examples).probabilities(
        examples.matrix
    )
    assert ((probabilities > 0.99) & (probabilities < 1)).all()


@many
@given(trainings())
def test_more_of_anything_but_a_number_never_lowers_the_probability(examples):
    fit = LinearOddsModel.train(VOCABULARY, examples)
    more = examples.matrix.toarray()
    more[:, :2] += 1
    before, after = (
        fit.probabilities(examples.matrix),
        fit.probabilities(sparse.csr_array(more)),
    )
    assert (after >= before - 1e-12).all()


def cases(rows: list, odds: np.ndarray) -> Examples:
    """Give each row both outcomes, weighed as its odds say."""
    probability = odds / (1 + odds)
    return examples_of(
        [*rows, *rows],
        [1] * len(rows) + [0] * len(rows),
        np.append(probability, 1 - probability),
    )


# So near the weights of features come; the loss is flat there.
NEAR = 2e-3


def test_odds_that_add_up_are_found():
    grid = np.array(np.meshgrid([0, 1, 2], [0, 1], [0], [0], [0, 1])).reshape(5, -1).T
    odds = 0.1 + 0.2 * grid[:, 0] + 0.35 * grid[:, 1] + 0.05 * grid[:, 4]
    examples = cases(grid.tolist(), odds)
    probabilities = LinearOddsModel.train(VOCABULARY, examples).probabilities(
        examples.matrix
    )
    assert probabilities[: len(odds)] == pytest.approx(odds / (1 + odds), abs=NEAR)


@pytest.mark.parametrize("column", [2, 3])
@pytest.mark.parametrize("slope", [-1, 1])
def test_odds_may_rise_and_fall_with_a_number(column, slope):
    values = np.array([0, 1, 3, 10, 30])
    rows = np.zeros((5, 5))
    rows[:, column] = values
    part = np.log1p(values) / np.log1p(30)
    odds = 0.1 + 0.4 * (part if slope > 0 else 1 - part)
    examples = cases(rows.tolist(), odds)
    probabilities = LinearOddsModel.train(VOCABULARY, examples).probabilities(
        examples.matrix
    )
    assert probabilities[: len(odds)] == pytest.approx(odds / (1 + odds), abs=NEAR)


def test_a_level_is_no_number_whatever_it_is_called():
    rows = np.zeros((2, 5))
    rows[1, 4] = 1
    examples = cases(rows.tolist(), np.array([0.5, 0.1]))
    fit = LinearOddsModel.train(VOCABULARY, examples)
    assert not fit.decreasing[[0, 1, 4]].any()


def test_counts_beyond_those_learned_from_count_as_the_highest():
    rows = np.zeros((3, 5))
    rows[:, 0] = [0, 1, 2]
    examples = cases(rows.tolist(), np.array([0.1, 0.3, 0.5]))
    fit = LinearOddsModel.train(VOCABULARY, examples)
    beyond = rows.copy()
    beyond[2, 0] = 500
    probabilities = (fit.probabilities(sparse.csr_array(r)) for r in (rows, beyond))
    assert next(probabilities)[2] == next(probabilities)[2]


def test_rare_channels_are_learned_as_soon_as_frequent_ones(monkeypatch):
    random = np.random.default_rng(0)
    rows, channels = 4000, 300
    often = 0.4 / np.arange(1, channels + 1)
    touched = random.random((rows, channels)) < often
    gaps = random.exponential(3, rows) * (random.random(rows) < 0.5)
    odds = 0.02 + touched @ random.exponential(0.1, channels) + 0.1 / (1 + gaps)
    examples = examples_of(
        np.column_stack([touched, gaps]), random.random(rows) < odds / (1 + odds)
    )
    vocabulary = Vocabulary(
        (
            *(Feature("channel", (str(channel),)) for channel in range(channels)),
            Feature("journey", ("last_gap_days",)),
        )
    )
    losses = []
    for steps in (80, 20_000):
        monkeypatch.setattr("touchledger.classifiers.linear_odds._STEPS", steps)
        fit = LinearOddsModel.train(vocabulary, examples)
        losses.append(log_loss(examples, fit.probabilities(examples.matrix)))
    assert losses[0] == pytest.approx(losses[1], abs=1e-7)


def test_weights_count_as_copies_of_a_row():
    random = np.random.default_rng(0)
    rows = random.integers(0, 3, (30, 5))
    labels = np.append([0, 1], random.integers(0, 2, 28))
    copies = random.integers(1, 4, 30)
    weighed = LinearOddsModel.train(VOCABULARY, examples_of(rows, labels, copies * 1.0))
    copied = LinearOddsModel.train(
        VOCABULARY, examples_of(np.repeat(rows, copies, 0), np.repeat(labels, copies))
    )
    matrix = sparse.csr_array(rows.astype(float))
    found = weighed.probabilities(matrix)
    assert found == pytest.approx(copied.probabilities(matrix), abs=NEAR)


def test_without_features_the_probability_is_the_rate():
    examples = Examples(sparse.csr_array((4, 0)), np.array([1.0, 0, 0, 0]), np.ones(4))
    fit = LinearOddsModel.train(Vocabulary(()), examples)
    assert fit.probabilities(examples.matrix) == pytest.approx(0.25, abs=1e-4)


@many
@given(trainings())
def test_a_fit_comes_back_from_json_as_it_was(examples):
    fit = LinearOddsModel.train(VOCABULARY, examples)
    again = LinearOddsModel.from_dict(json.loads(json.dumps(fit.to_dict())))
    before, after = (f.probabilities(examples.matrix) for f in (fit, again))
    assert (before == after).all()
    assert again.vocabulary == VOCABULARY


def test_validation_users_say_how_far_features_are_to_be_trusted():
    # In training the channel tells all; to validation users it says nothing.
    training = examples_of([[1, 0, 0, 0, 0], [0, 0, 0, 0, 0]] * 20, [1, 0] * 20)
    rows = [[1, 0, 0, 0, 0], [0, 0, 0, 0, 0]] * 20
    held_out = examples_of(rows, [1, 1, 0, 0] * 10)
    trusting = LinearOddsModel.train(VOCABULARY, training, training)
    wary = LinearOddsModel.train(VOCABULARY, training, held_out)
    unchecked = LinearOddsModel.train(VOCABULARY, training)
    some = training.matrix[:2]
    assert (
        trusting.probabilities(some).tolist() == unchecked.probabilities(some).tolist()
    )
    far, near = (np.ptp(fit.probabilities(some)) for fit in (trusting, wary))
    assert near < far - 0.1
    assert log_loss(held_out, wary.probabilities(held_out.matrix)) < log_loss(
        held_out, trusting.probabilities(held_out.matrix)
    )
