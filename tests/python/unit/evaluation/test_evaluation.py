"""Measures of predicted probabilities, against scikit-learn on a row per journey."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from touchledger.evaluation import MEASURES, evaluate

# Sums of some hundred numbers of size 1.
ROUNDING = 1e-12

many = settings(max_examples=100, deadline=None, derandomize=True)


def computed(*rows: tuple[float, int, int]) -> dict[str, float | None]:
    """Evaluate rows of (probability, journeys, conversions)."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return evaluate(*table.T)


def expanded(rows):
    """Give the probability and the outcome of each journey."""
    scores = np.repeat([row[0] for row in rows], [row[1] for row in rows])
    outcomes = [[1] * row[2] + [0] * (row[1] - row[2]) for row in rows]
    return scores, np.concatenate(outcomes).astype(int)


@st.composite
def scored(draw: st.DrawFn) -> list[tuple[float, int, int]]:
    """Draw rows with ties, certainties and empty counts."""
    probabilities = st.one_of(
        st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.floats(0.001, 0.999)
    )
    rows = []
    for probability in draw(st.lists(probabilities, min_size=1, max_size=12)):
        journeys = draw(st.integers(0, 9))
        rows.append((probability, journeys, draw(st.integers(0, journeys))))
    return rows


# Against scikit-learn


@many
@given(scored())
def test_measures_are_those_of_a_row_per_journey(rows):
    # Both outcomes occur.
    rows = [*rows, (0.3, 2, 1)]
    scores, outcomes = expanded(rows)
    result = computed(*rows)
    calls = scores >= 0.5
    certain = np.clip(scores, 1e-15, 1 - 1e-15)
    assert result == pytest.approx(
        {
            "log_loss": metrics.log_loss(outcomes, certain),
            "auc": metrics.roc_auc_score(outcomes, scores),
            "average_precision": metrics.average_precision_score(outcomes, scores),
            "brier": metrics.brier_score_loss(outcomes, scores),
            "accuracy": metrics.accuracy_score(outcomes, calls),
            "f1": metrics.f1_score(outcomes, calls),
            "majority_accuracy": max(outcomes.mean(), 1 - outcomes.mean()),
            "calibration_error": result["calibration_error"],
        },
        abs=ROUNDING,
    )


@many
@given(scored(), st.randoms(use_true_random=False))
def test_order_and_splits_of_rows_change_nothing(rows, shuffle):
    parts = [
        (probability, conversions, conversions) for probability, _, conversions in rows
    ]
    parts += [(row[0], row[1] - row[2], 0) for row in rows]
    again = computed(*shuffle.sample(parts, len(parts)))
    assert again == pytest.approx(computed(*rows), abs=ROUNDING)


@many
@given(scored(), st.integers(2, 1_000_000))
def test_more_journeys_of_the_same_kind_change_nothing(rows, factor):
    more = [(probability, factor * j, factor * c) for probability, j, c in rows]
    assert computed(*more) == pytest.approx(computed(*rows), abs=ROUNDING)


# One outcome, or none


@pytest.mark.parametrize("rows", [(), ((0.5, 0, 0), (0.1, 0, 0))])
def test_without_journeys_nothing_is_defined(rows):
    assert computed(*rows) == dict.fromkeys(MEASURES)


def test_without_conversions_ranks_are_not_defined():
    result = computed((0.2, 3, 0), (0.4, 1, 0))
    assert list(result) == list(MEASURES)
    for name in ("auc", "average_precision", "f1"):
        assert result.pop(name) is None, name
    assert result == pytest.approx(
        {
            "log_loss": -(3 * np.log(0.8) + np.log(0.6)) / 4,
            "brier": (3 * 0.04 + 0.16) / 4,
            "accuracy": 1.0,
            "majority_accuracy": 1.0,
            "calibration_error": 0.25,
        },
        abs=ROUNDING,
    )


def test_without_nulls_only_the_auc_is_not_defined():
    result = computed((0.2, 1, 1), (0.8, 3, 3))
    assert result.pop("auc") is None
    assert result == pytest.approx(
        {
            "log_loss": -(np.log(0.2) + 3 * np.log(0.8)) / 4,
            "average_precision": 1.0,
            "brier": (0.64 + 3 * 0.04) / 4,
            "accuracy": 0.75,
            "f1": 2 * 3 / (3 + 4),
            "majority_accuracy": 1.0,
            "calibration_error": 0.35,
        },
        abs=ROUNDING,
    )


def test_certainty_of_what_does_not_happen_costs_much_but_not_all():
    result = computed((0.0, 1, 1), (1.0, 1, 0))
    assert result["log_loss"] == pytest.approx(-np.log(1e-15), rel=1e-2)
    assert (result["auc"], result["accuracy"], result["brier"]) == pytest.approx(
        (0, 0, 1)
    )


# By hand


def test_equal_probabilities_are_worth_an_auc_of_a_half():
    result = computed((0.3, 10, 3))
    assert result["auc"] == 0.5
    assert result["average_precision"] == pytest.approx(0.3)
    assert result["f1"] == 0


def test_ties_count_half_in_the_auc():
    # Of 2 x 2 pairs of a conversion and a null one is right, two are ties.
    assert computed((0.1, 2, 1), (0.9, 2, 1))["auc"] == 0.5
    # Two of 1 x 3 are right, one is a tie.
    assert computed((0.1, 2, 0), (0.9, 2, 1))["auc"] == pytest.approx(2.5 / 3)


def test_a_journey_is_called_converting_from_a_half_on():
    assert computed((0.5, 4, 3))["accuracy"] == 0.75
    assert computed((0.4999, 4, 3))["accuracy"] == 0.25


@pytest.mark.parametrize(("conversions", "accuracy"), [(1, 0.9), (5, 0.5), (8, 0.8)])
def test_the_majority_accuracy_is_that_of_the_more_frequent_outcome(
    conversions, accuracy
):
    assert computed((0.7, 10, conversions))["majority_accuracy"] == accuracy


def test_the_calibration_error_is_the_mean_distance_over_tenths():
    # Ten groups of ten journeys: eight hit their rate, one is .1 off, one is .3 off.
    rows = [(k / 10, 10, k) for k in range(10)]
    rows[2], rows[7] = (0.2, 10, 3), (0.7, 10, 4)
    assert computed(*rows)["calibration_error"] == pytest.approx(0.4 / 10)


def test_the_calibration_error_takes_a_tenth_as_a_whole():
    # Too low and too high by as much, in the same tenth: the first of 1,000 journeys.
    rows = [(0.1, 50, 10), (0.2, 50, 5), (0.9, 900, 810)]
    assert computed(*rows)["calibration_error"] == pytest.approx(0, abs=ROUNDING)
    # With as many journeys in each, they are tenths of their own.
    apart = [(0.1, 50, 10), (0.2, 50, 5)]
    assert computed(*apart)["calibration_error"] == pytest.approx(0.1)


def test_journeys_of_equal_probability_are_never_parted_by_tenths():
    # Parted, the half that converts would look as bad as the half that doesn't.
    rows = [(0.5, 100, 100), (0.5, 100, 0), (0.5, 0, 0)]
    assert computed(*rows)["calibration_error"] == pytest.approx(0, abs=ROUNDING)


def test_true_probabilities_are_calibrated_and_shifted_ones_are_not():
    random = np.random.default_rng(1)
    probabilities, journeys = random.random(2_000), np.full(2_000, 50.0)
    conversions = random.binomial(50, probabilities).astype(float)
    # Rates of 10,000 journeys have a standard error of at most .005.
    assert evaluate(probabilities, journeys, conversions)["calibration_error"] < 0.005
    shifted = np.clip(probabilities + 0.1, 0, 1)
    error = evaluate(shifted, journeys, conversions)["calibration_error"]
    assert error == pytest.approx(0.095, abs=0.01)
