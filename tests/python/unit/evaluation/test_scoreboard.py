"""The scoreboard: intervals, curves and verdicts, and what becomes of odd input."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cache

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics

from dbt_build import PROJECT
from sizes import sized
from touchledger.bootstrap import BUCKETS, bucket_weights
from touchledger.evaluation import MEASURES, intervals
from touchledger.evaluation import scoreboard as evaluated_by
from touchledger.evaluation.curves import CURVE, POINTS, calibration, curve
from touchledger.evaluation.intervals import SAMPLED, Bounds, Resampler, bounds
from touchledger.evaluation.measures import measure
from touchledger.evaluation.ranking import (
    GroupedScores,
    StratifiedAUC,
    auc,
    average_precision,
)
from touchledger.evaluation.scoreboard import model_evaluation
from touchledger.evaluation.strata import Strata
from touchledger.evaluation.verdicts import VERDICTS, StratifiedComparison, verdict
from touchledger.frames import rows_with

Floats = NDArray[np.float64]

# Sums of some hundred numbers of size 1.
ROUNDING = 1e-12
SAMPLES = 400
SEED = 7
# How often a study draws a world.
SEEDS = range(sized(1, 3))
DRAWS = sized(4, 8)

many = settings(max_examples=sized(30, 100), deadline=None, derandomize=True)

# To draw samples takes half of a scoreboard's time, and they are always the same.
drawn_once = cache(bucket_weights)

EXAMPLES_SCHEMA = pa.schema(
    {
        "snapshot_key": pa.int64(),
        "journey_key": pa.int64(),
        "user_key": pa.int64(),
        "split": pa.string(),
        "bucket": pa.int64(),
        "touch_count": pa.int64(),
        "span": pa.int64(),
        "weight": pa.float64(),
        "is_converted": pa.bool_(),
    }
)
SCORES_SCHEMA = pa.schema(
    {"snapshot_key": pa.int64(), "conversion_probability": pa.float64()}
)


@pytest.fixture(autouse=True)
def samples_are_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "bucket_weights", drawn_once)


@st.composite
def weighted(draw: st.DrawFn) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Draw scores with ties, weights with zeros, and outcomes of both kinds."""
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]) | st.floats(0, 1),
                st.sampled_from([0.0, 1.0, 1.0, 2.5]) | st.floats(0.01, 10),
                st.booleans(),
            ),
            min_size=1,
            max_size=40,
        )
    )
    rows = [*rows, (0.5, 1.0, True), (0.25, 1.0, False)]
    scores, weights, converted = zip(*rows, strict=True)
    return np.array(scores), np.array(weights), np.array(converted)


def ranked_of(
    scores: Floats, weights: Floats, converted: NDArray[np.bool_]
) -> GroupedScores:
    return GroupedScores.of(scores, weights, weights * converted)


# Ranks


@many
@given(weighted())
def test_measures_of_rank_are_those_of_weighted_rows(drawn):
    scores, weights, converted = drawn
    ranked = ranked_of(scores, weights, converted)
    measured = (
        (auc, metrics.roc_auc_score),
        (average_precision, metrics.average_precision_score),
    )
    for computed, expected in measured:
        found = computed(ranked.positives, ranked.negatives)
        assert float(found) == pytest.approx(
            expected(converted, scores, sample_weight=weights), abs=1e-9
        )


@many
@given(weighted(), st.integers(1, 12))
def test_bins_and_equal_parts_keep_equal_scores_together_and_the_order(drawn, most):
    ranked = ranked_of(*drawn)
    for places in (ranked.bins(most), ranked.equal_parts(most)):
        assert len(places) == len(ranked.scores)
        assert (np.diff(places) >= 0).all()
        assert places.min() >= 0
        assert places.max() < most


@many
@given(st.integers(0, 2**32 - 1))
def test_a_perfect_order_is_no_better_than_perfect(seed):
    random = np.random.default_rng(seed)
    converted = np.arange(60) >= 30
    ranked = ranked_of(
        random.permutation(60) + 100.0 * converted,
        weights := random.gamma(1, 1, 60),
        converted,
    )
    sure = ranked_of(converted.astype(float), weights, converted)
    drawn = resampler_of(converted, np.arange(60), weights).measures(sure)
    assert auc(ranked.positives, ranked.negatives) == pytest.approx(1)
    for value in (
        auc(ranked.positives, ranked.negatives),
        average_precision(ranked.positives, ranked.negatives),
        *(measure(sure)[name] for name in ("auc", "accuracy", "f1", "brier")),
        *(row["predicted_rate"] for row in calibration(sure, converted)),
        *(drawn[name].max() for name in ("auc", "accuracy", "average_precision")),
    ):
        assert value <= 1


def test_bins_are_fine_where_conversions_are_however_rare():
    random = np.random.default_rng(1)
    scores = random.random(100_000)
    converted = random.random(100_000) < 0.02 * scores**8
    ranked = ranked_of(scores, np.ones(100_000), converted)
    part = np.bincount(ranked.bins(200), ranked.positives) / converted.sum()
    # Half of each bin's share: two in 200, give or take a conversion.
    assert part.max() < 0.02


# Intervals


def drawn_users(
    rng: np.random.Generator, users: int, each: int = 1
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int64]]:
    """Draw scores that tell a bit, outcomes, and buckets; a user's rows are alike."""
    scores = np.repeat(rng.random(users), each)
    converted = np.repeat(rng.random(users) < 0.1 + 0.4 * scores[::each], each)
    return scores, converted, np.repeat(rng.integers(0, BUCKETS, users), each)


def resampler_of(
    converted: NDArray[np.bool_],
    bucket: NDArray[np.int64],
    weight: Floats | None = None,
    samples: int = SAMPLES,
) -> Resampler:
    weight = np.ones(len(converted)) if weight is None else weight
    return Resampler.of(bucket, weight * converted, weight * ~converted, samples, SEED)


def spread(users: int, each: int = 1) -> dict[str, float]:
    rng = np.random.default_rng(3)
    scores, converted, bucket = drawn_users(rng, users, each)
    ranked = ranked_of(scores, np.ones(len(scores)), converted)
    found = resampler_of(converted, bucket).measures(ranked)
    return {name: float(values.std()) for name, values in found.items()}


def test_samples_scatter_as_measures_of_other_users_do():
    rng = np.random.default_rng(5)
    users, again = 2_000, {name: [] for name in SAMPLED}
    for _ in range(200):
        scores, converted, bucket = drawn_users(rng, users)
        ranked = ranked_of(scores, np.ones(users), converted)
        # One sample that draws each bucket once: the measures themselves.
        whole = Resampler(
            bucket, converted * 1.0, ~converted * 1.0, np.ones((BUCKETS, 1))
        )
        for name, value in whole.measures(ranked).items():
            again[name].append(value[0])
    estimated = spread(users)
    for name in ("log_loss", "auc", "average_precision", "brier", "accuracy"):
        # Both spreads are known to some 5 %.
        assert estimated[name] == pytest.approx(np.std(again[name]), rel=0.25), name


def test_users_with_many_journeys_count_once():
    # Four copies of each user know no more than one.
    one, four = spread(1_000), spread(1_000, each=4)
    for name in ("log_loss", "auc", "brier", "accuracy"):
        assert four[name] == pytest.approx(one[name], rel=1e-6), name


def test_a_sample_that_draws_each_bucket_once_is_the_measure_itself():
    rng = np.random.default_rng(2)
    scores, converted, bucket = drawn_users(rng, 5_000)
    weight = rng.random(5_000) * 3
    ranked = ranked_of(scores, weight, converted)
    assert len(ranked.scores) > intervals.BINS
    draws = Resampler(
        bucket, weight * converted, weight * ~converted, np.ones((BUCKETS, 1))
    )
    sampled = draws.measures(ranked)
    computed = measure(ranked)
    for name in SAMPLED:
        assert sampled[name][0] == pytest.approx(computed[name], abs=1e-9), name


def test_bins_do_not_move_an_interval(monkeypatch):
    rng = np.random.default_rng(4)
    scores, converted, bucket = drawn_users(rng, 4_000)
    ranked = ranked_of(scores, np.ones(4_000), converted)
    draws = resampler_of(converted, bucket)
    binned = draws.measures_of_rank(ranked)
    monkeypatch.setattr(intervals, "BINS", 1_000_000)
    exact = draws.measures_of_rank(ranked)
    for name, values in exact.items():
        found, expected = bounds(binned[name]), bounds(values)
        assert found is not None
        assert expected is not None
        width = expected.upper - expected.lower
        assert found.lower == pytest.approx(expected.lower, abs=0.05 * width), name
        assert found.upper == pytest.approx(expected.upper, abs=0.05 * width), name


def test_without_samples_or_values_there_are_no_bounds():
    assert bounds(np.zeros(0)) is None
    assert bounds(np.array([np.nan, np.nan])) is None
    assert bounds(np.array([0.5, 0.5]), around=0.4) == Bounds(0.4, 0.5)


@many
@given(weighted(), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_the_area_within_strata_is_that_of_their_pairs(drawn, strata, seed):
    scores, weights, converted = drawn
    stratum = np.random.default_rng(seed).integers(0, strata, len(scores))
    pairs = np.outer(weights * converted, weights * ~converted) * (
        stratum[:, None] == stratum
    )
    # Each stratum counts by its weight, not by its pairs.
    pairs /= np.maximum(np.bincount(stratum, weights)[stratum], 1e-300)
    won = (scores[:, None] > scores) + 0.5 * (scores[:, None] == scores)
    found = StratifiedAUC.of(
        ranked_of(scores, weights, converted),
        stratum,
        weights * converted,
        weights * ~converted,
    )
    if not pairs.sum():
        assert np.isnan(found.area)
        return
    assert found.area == pytest.approx((pairs * won).sum() / pairs.sum(), abs=1e-9)
    assert found.influence.sum() == pytest.approx(0, abs=1e-9)


@many
@given(weighted(), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_the_influence_is_what_a_little_more_weight_moves_the_area_by(
    drawn, strata, seed
):
    scores, weights, converted = drawn
    stratum = np.random.default_rng(seed).integers(0, strata, len(scores))

    def within(weights: Floats) -> StratifiedAUC:
        ranked = ranked_of(scores, weights, converted)
        return StratifiedAUC.of(
            ranked, stratum, weights * converted, weights * ~converted
        )

    found = within(weights)
    assume(not np.isnan(found.area))
    little = 1e-5
    for row, influence in enumerate(found.influence):
        step = little * weights * (np.arange(len(weights)) == row)
        moved = within(weights + step).area - within(weights - step).area
        assert influence == pytest.approx(moved / (2 * little), abs=1e-6)


def test_weights_next_to_nothing_have_an_area_within_strata_or_none():
    converted = np.arange(8) % 2 == 0
    stratum = np.arange(8) // 4
    for weight in (1.0, 1e-155, 1e-310):
        weights = np.full(8, weight)
        ranked = ranked_of(np.arange(8.0), weights, converted)
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            found = StratifiedAUC.of(
                ranked, stratum, weights * converted, weights * ~converted
            )
        has_an_area = weight > 1e-300
        assert (found.area == pytest.approx(0.25)) == has_an_area
        assert np.isfinite(found.influence).all() == has_an_area


def test_samples_within_strata_scatter_as_samples_ranked_anew():
    rng = np.random.default_rng(6)
    scores, converted, bucket = drawn_users(rng, 1_000, each=2)
    # A large one and small ones.
    stratum = np.maximum(rng.integers(-20, 20, len(scores)), 0)
    weight = rng.choice([0.1, 1.0, 4.0], len(scores))
    draws = resampler_of(converted, bucket, weight)
    ranked = ranked_of(scores, weight, converted)
    found = draws.area_within(ranked, stratum).samples
    anew = [
        StratifiedAUC.of(ranked, stratum, counts * converted, counts * ~converted).area
        for counts in weight * draws.draws.T[:, bucket]
    ]
    assert np.corrcoef(found, anew)[0, 1] > 0.97
    assert found.std() == pytest.approx(np.std(anew), rel=0.05)
    assert found.mean() == pytest.approx(np.mean(anew), abs=0.1 * found.std())


# One row of each stratum may outweigh all others there.
@pytest.mark.parametrize(
    ("rows", "heavy"), [(2, 1.0), (4, 1.0), (12, 1.0), (2, 20.0), (4, 20.0)]
)
@pytest.mark.parametrize("weights", [[1.0], [0.1, 1.0, 4.0]])
def test_samples_within_small_strata_scatter_as_areas_of_other_rows_do(
    rows, weights, heavy
):
    rng = np.random.default_rng(10)
    stratum = np.arange(480) // rows
    areas, spreads = [], []
    for _ in range(300):
        converted = rng.random(480) < 0.3
        weight = rng.choice(weights, 480)
        weight[::rows] *= heavy
        bucket = rng.integers(0, BUCKETS, 480)
        draws = resampler_of(converted, bucket, weight, samples=60)
        ranked = ranked_of(rng.random(480), weight, converted)
        found = draws.area_within(ranked, stratum)
        areas.append(found.value)
        spreads.append(found.samples.std())
        # Each bucket once is the area itself.
        once = replace(draws, draws=np.ones((BUCKETS, 1)))
        again = once.area_within(ranked, stratum).samples
        assert again == pytest.approx(found.value, abs=ROUNDING)
    # Both are known to some 4 %.
    assert np.sqrt(np.mean(np.square(spreads))) == pytest.approx(np.std(areas), rel=0.1)


def test_samples_of_an_area_are_areas():
    # Of few users who are told apart nearly always, and hardly ever.
    rng = np.random.default_rng(9)
    converted = np.arange(40) < 8
    stratum = np.arange(40) % 2
    bucket = rng.integers(0, BUCKETS, 40)
    scores = converted + 0.6 * rng.standard_normal(40)
    for sign, end in ((1, 1), (-1, 0)):
        ranked = ranked_of(sign * scores, np.ones(40), converted)
        found = resampler_of(converted, bucket).area_within(ranked, stratum)
        assert found.value != end
        assert (found.samples == end).any()
        assert ((found.samples >= 0) & (found.samples <= 1)).all()


def test_a_score_by_the_stratum_alone_has_half_the_area_within():
    rng = np.random.default_rng(7)
    stratum = rng.integers(0, 9, 2_000)
    converted = rng.random(2_000) < stratum / 10
    ranked = ranked_of(stratum * 1.0, np.ones(2_000), converted)
    draws = resampler_of(converted, rng.integers(0, BUCKETS, 2_000))
    found = draws.area_within(ranked, stratum)
    assert found.value == pytest.approx(0.5, abs=ROUNDING)
    assert found.samples == pytest.approx(0.5, abs=ROUNDING)


@pytest.mark.parametrize("heavy", [1.0, 1e6])
def test_about_four_examples_of_a_number_are_equal_whatever_they_weigh(heavy):
    values = np.random.default_rng(8).permutation(4_000) * 1.0
    weight = np.where(np.arange(4_000) % 2, 1.0, 0.0)
    weight[1::50] = heavy
    for conversions in (30, 3_970, 1_900, 0):
        converted = np.arange(4_000) < conversions
        found = Strata.of(values, weight * converted, weight * ~converted)
        # An example without weight is none.
        counts = np.bincount(found.stratum, weight > 0)
        assert (counts == 4).all()
        assert (np.diff(found.stratum[np.argsort(values)]) >= 0).all()
        # What is compared with each other has the same weight on both sides.
        compared = np.bincount(converted, found.compared, 2)
        assert compared[0] == pytest.approx(compared[1])


def test_few_numbers_are_equal_to_themselves_alone():
    values = np.array([1.0, 5.0, 5.0, 9.0, *[2.0] * 60])
    found = Strata.of(values, 1.0 * (values > 2), 1.0 * (values <= 2))
    assert found.stratum.tolist() == [0, 2, 2, 3, *[1] * 60]


# Curves


def test_tenths_of_calibrated_probabilities_are_predicted_as_observed():
    random = np.random.default_rng(1)
    probabilities = random.random(50_000)
    converted = random.random(50_000) < probabilities
    ranked = ranked_of(probabilities, np.ones(50_000), converted)
    rows = calibration(ranked, converted)
    assert [row["decile"] for row in rows] == list(range(1, 11))
    for row in rows:
        assert row["journeys"] == 5_000
        # Four standard errors of a rate of 5,000 journeys.
        assert row["predicted_rate"] == pytest.approx(row["observed_rate"], abs=0.03)


def test_rates_of_a_tenth_are_weighted_and_its_journeys_counted():
    converted = np.array([True, False, False, False])
    weights = np.array([1.0, 3.0, 4.0, 0.0])
    ranked = ranked_of(np.array([0.5, 0.5, 0.1, 0.1]), weights, converted)
    low, high = calibration(ranked, converted)
    assert (low["decile"], low["journeys"], low["conversions"]) == (3, 2, 0)
    assert (high["decile"], high["journeys"], high["conversions"]) == (8, 2, 1)
    assert (high["predicted_rate"], high["observed_rate"]) == (0.5, 0.25)


@many
@given(weighted())
def test_points_lie_on_the_roc_curve_and_on_that_of_precision(drawn):
    scores, weights, converted = drawn
    points = curve(ranked_of(scores, weights, converted))
    origin, *others = points
    assert tuple(origin.values()) == (None, 0.0, 0.0, None)
    assert others[-1]["false_positive_rate"] == 1
    assert others[-1]["true_positive_rate"] == 1
    for point in others:
        called = scores >= point["threshold"]
        hits = weights[called & converted].sum()
        alarms = weights[called & ~converted].sum()
        assert list(point) == CURVE.names
        assert (
            point["true_positive_rate"],
            point["false_positive_rate"],
            point["precision"],
        ) == pytest.approx(
            (
                hits / weights[converted].sum(),
                alarms / weights[~converted].sum(),
                hits / (hits + alarms),
            )
        )


def test_a_curve_of_many_scores_keeps_its_area_in_few_points():
    random = np.random.default_rng(1)
    scores = random.random(200_000)
    converted = random.random(200_000) < 0.05 * scores**3
    ranked = ranked_of(scores, np.ones(200_000), converted)
    points = pd.DataFrame(curve(ranked))
    assert len(points) == POINTS
    area = np.trapezoid(points["true_positive_rate"], points["false_positive_rate"])
    assert area == pytest.approx(
        float(auc(ranked.positives, ranked.negatives)), abs=1e-4
    )


@pytest.mark.parametrize("outcome", [True, False])
def test_one_outcome_alone_has_no_curve(outcome):
    converted = np.array([outcome, outcome])
    assert curve(ranked_of(np.array([0.1, 0.2]), np.ones(2), converted)) == []


# Verdicts

ABOVE, BELOW, AROUND = Bounds(0.1, 0.2), Bounds(-0.2, -0.1), Bounds(-0.1, 0.1)
GOOD, FLAT = Bounds(0.6, 0.7), Bounds(0.5, 0.6)
AHEAD = StratifiedComparison(auc=GOOD, users=10)
RANKS = (
    "ranks better than chance, but its probabilities are no better than the "
    "majority rate"
)
ALONE = "no better than span or length alone"
BETTER = "better than the trivial baselines"


@pytest.mark.parametrize(
    ("auc_bounds", "excess_loss", "at_equal", "expected"),
    [
        (None, BELOW, [AHEAD, AHEAD], "insufficient data"),
        (GOOD, None, [AHEAD, AHEAD], "insufficient data"),
        (FLAT, BELOW, [AHEAD, AHEAD], "no better than the majority"),
        (FLAT, ABOVE, [AHEAD, AHEAD], "no better than the majority"),
        (Bounds(0.3, 0.4), BELOW, [AHEAD, AHEAD], "no better than the majority"),
        # A half, but for rounding.
        (Bounds(0.5 + 1e-7, 0.7), BELOW, [AHEAD], "no better than the majority"),
        (Bounds(0.5 + 1e-5, 0.7), BELOW, [AHEAD], BETTER),
        (GOOD, AROUND, [AHEAD, AHEAD], RANKS),
        (GOOD, ABOVE, [AHEAD, AHEAD], RANKS),
        (GOOD, ABOVE, [replace(AHEAD, auc=FLAT), AHEAD], ALONE),
        (GOOD, BELOW, [AHEAD, replace(AHEAD, auc=Bounds(0.4, 0.45))], ALONE),
        (GOOD, BELOW, [replace(AHEAD, auc=Bounds(0.5 + 1e-12, 0.5 + 1e-12))], ALONE),
        (GOOD, BELOW, [AHEAD, replace(AHEAD, auc=None)], ALONE),
        (GOOD, BELOW, [AHEAD, replace(AHEAD, users=9.9)], ALONE),
        (GOOD, BELOW, [AHEAD, AHEAD], BETTER),
    ],
)
def test_a_verdict_claims_what_the_intervals_show(
    auc_bounds, excess_loss, at_equal, expected
):
    found = [
        verdict(users, samples, auc_bounds, excess_loss, at_equal)
        for users, samples in ((10, 40), (9, 500), (90, 39))
    ]
    assert found == [expected, "insufficient data", "insufficient data"]
    assert expected in VERDICTS


def test_the_contract_knows_all_verdicts() -> None:
    file = PROJECT / "models/marts/evaluation/_evaluation__models.yml"
    contract = yaml.safe_load(file.read_text())
    columns = {
        column["name"]: column
        for model in contract["models"]
        if model["name"] == "fct_model_evaluation"
        for column in model["columns"]
    }
    [claim] = columns["verdict"]["data_tests"]
    allowed = claim["accepted_values"]["arguments"]["values"]
    assert sorted(allowed) == sorted(VERDICTS)


# The scoreboard


def journeys(size: int = 3_000, seed: int = 1) -> pd.DataFrame:
    """Draw examples of three splits, whose probability rises with a hidden taste."""
    random = np.random.default_rng(seed)
    taste = random.standard_normal(size)
    touches = 1 + random.poisson(2, size)
    # Few convert, so that calling nobody is right nearly always.
    probability = 1 / (1 + np.exp(3.5 - 1.5 * taste - 0.3 * touches))
    return pd.DataFrame(
        {
            "snapshot_key": random.permutation(2 * size)[:size] + 1,
            "journey_key": np.arange(size),
            # Two journeys of each user, on average.
            "user_key": random.integers(0, size // 2 + 1, size),
            "split": random.choice(["training", "validation", "test"], size),
            "bucket": random.integers(0, BUCKETS, size),
            "touch_count": touches,
            "span": np.where(touches > 1, random.integers(0, 10**9, size), 0),
            "weight": random.choice([0.5, 1.0, 1.5], size),
            "is_converted": random.random(size) < probability,
            "probability": probability,
        }
    )


def scoreboard(
    frame: pd.DataFrame,
    models: Mapping[str, Floats | None],
    samples: int = sized(150, SAMPLES),
    unfitted: Collection[str] = (),
) -> pd.DataFrame:
    examples = pa.Table.from_pandas(
        frame[EXAMPLES_SCHEMA.names], schema=EXAMPLES_SCHEMA, preserve_index=False
    )

    def scores_of(name: str) -> pa.Table:
        scores = models[name]
        if scores is None:
            return SCORES_SCHEMA.empty_table()
        return pa.table(
            {
                # Snapshots that are no examples are scored as well.
                "snapshot_key": [*frame["snapshot_key"], 1_000_000],
                "conversion_probability": [*scores, 0.5],
            },
            schema=SCORES_SCHEMA,
        )

    names = pa.table(
        {
            "fitted_model": pa.array(list(models), pa.string()),
            "is_ready": pa.array([name not in unfitted for name in models], pa.bool_()),
        }
    )
    return model_evaluation(examples, scores_of, names, samples, SEED).to_pandas()


def test_a_model_is_evaluated_in_words_by_what_it_adds():
    frame = journeys(20_000)
    rate = frame["is_converted"].mean()
    noise = np.random.default_rng(2).random(len(frame))
    by_length = 1 / (1 + np.exp(3 - 0.3 * frame["touch_count"].to_numpy()))
    found = scoreboard(
        frame,
        {
            "probability": frame["probability"].to_numpy(),
            "length": by_length,
            "nothing": rate * (0.9 + 0.2 * noise),
            "sure": np.where(frame["probability"] > 0.1, 0.9, 0.001),
            "rule": None,
        },
    )
    on_test = found[found["split"] == "test"].set_index("fitted_model")
    assert on_test["verdict"].to_dict() == {
        "probability": "better than the trivial baselines",
        "length": "no better than span or length alone",
        "nothing": "no better than the majority",
        # It ranks well, and its probabilities are worse than one rate for all.
        "sure": RANKS,
        "rule": "gives no scores",
    }
    # Calling nobody converting would be right as often.
    assert on_test.loc["nothing", "accuracy"] == pytest.approx(
        on_test.loc["nothing", "majority_accuracy"]
    )
    assert on_test.loc["sure", "auc"] > 0.7


def test_a_model_without_scores_is_listed_with_what_is_known_of_the_journeys():
    frame = journeys()
    found = scoreboard(
        frame, {"rule": None, "probability": frame["probability"].to_numpy()}
    )
    assert found["fitted_model"].tolist() == ["probability"] * 3 + ["rule"] * 3
    shared = ["split", "journeys", "conversions", "majority_accuracy"]
    shared += ["constant_log_loss"]
    by_model = dict(list(found.groupby("fitted_model")))
    pd.testing.assert_frame_equal(
        by_model["rule"][shared].reset_index(drop=True),
        by_model["probability"][shared].reset_index(drop=True),
    )
    blank = [name for name in MEASURES if name != "majority_accuracy"]
    blank += [f"{name}_{side}" for name in SAMPLED for side in ("lower", "upper")]
    blank += [f"auc_at_equal_{name}" for name in ("span", "length")]
    blank += ["calibration", "curve"]
    assert by_model["rule"][blank].isna().all(axis=None)
    assert by_model["probability"][blank].notna().all(axis=None)


def test_models_of_equal_scores_are_evaluated_alike_and_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frame = journeys()
    probability = frame["probability"].to_numpy()
    seen = []
    monkeypatch.setattr(
        evaluated_by, "measure", lambda ranked: seen.append(1) or measure(ranked)
    )
    found = scoreboard(
        frame, {"chain": probability, "order": probability, "other": probability / 2}
    )
    assert len(seen) == 2 * 3
    alike = [
        found[found["fitted_model"] == name].drop(columns="fitted_model")
        for name in ("chain", "order", "other")
    ]
    texts = [repr(rows.to_dict("records")) for rows in alike]
    assert texts[0] == texts[1] != texts[2]


def test_each_split_has_its_journeys_and_conversions():
    frame = journeys()
    found = scoreboard(frame, {"rule": None}).set_index("split")
    expected = frame.groupby("split")["is_converted"].agg(["size", "sum"])
    assert found["journeys"].to_dict() == expected["size"].to_dict()
    assert found["conversions"].to_dict() == expected["sum"].to_dict()


def test_a_scoreboard_without_a_test_split_warns(
    caplog: pytest.LogCaptureFixture,
) -> None:
    frame = journeys(50)
    scoreboard(frame, {"rule": None})
    scoreboard(frame.iloc[:0], {"rule": None})
    assert not caplog.records
    scoreboard(frame[frame["split"] != "test"], {"rule": None})
    (warning,) = caplog.records
    assert warning.getMessage().startswith("No journey is in the split test")


def test_the_constant_rate_comes_from_training():
    frame = journeys()
    in_test = frame["split"] == "test"
    # In test, and there alone, nearly all journeys convert.
    frame.loc[in_test, "is_converted"] = frame.loc[in_test, "touch_count"] > 1
    found = scoreboard(frame, {"rule": None}).set_index("split")
    taught = frame[frame["split"] == "training"]
    rate = np.average(taught["is_converted"], weights=taught["weight"])
    evaluated = frame[in_test]
    loss = metrics.log_loss(
        evaluated["is_converted"],
        np.full(len(evaluated), rate),
        sample_weight=evaluated["weight"],
    )
    assert found.loc["test", "constant_log_loss"] == pytest.approx(loss)


def test_a_length_that_tells_all_is_no_skill_where_other_weights_are_next_to_nothing():
    frame = journeys()
    frame["touch_count"] = np.where(frame["is_converted"], 2, 1)
    frame["weight"] = np.where(frame["is_converted"], 1, 1e-4)
    found = scoreboard(frame, {"length": frame["touch_count"].to_numpy() / 3})
    assert found["auc"].tolist() == [1.0] * 3
    assert set(found["verdict"]) == {ALONE}


def test_a_length_that_converts_between_others_that_do_not_is_no_skill_of_a_model():
    frame = journeys(20_000)
    random = np.random.default_rng(3)
    probability = np.where(frame["touch_count"] == 3, 0.4, 0.05)
    frame["is_converted"] = random.random(len(frame)) < probability
    by_length = np.where(frame["touch_count"] == 3, 0.4, 0.05)
    on_test = scoreboard(frame, {"length": by_length}).set_index("split").loc["test"]
    assert on_test["auc"] > 0.7
    assert on_test["auc_at_equal_length"] == pytest.approx(0.5)
    assert on_test["auc_at_equal_span"] > 0.6
    assert on_test["verdict"] == "no better than span or length alone"


def test_intervals_hold_their_measure():
    frame = journeys()
    found = scoreboard(frame, {"probability": frame["probability"].to_numpy()})
    at_equal = ("auc_at_equal_span", "auc_at_equal_length")
    for name in (*SAMPLED, *at_equal):
        assert (found[f"{name}_lower"] <= found[name]).all(), name
        assert (found[name] <= found[f"{name}_upper"]).all(), name
        assert (found[f"{name}_lower"] < found[f"{name}_upper"]).all(), name


def rising(touches: Floats) -> Floats:
    return 1 / (1 + np.exp(4 - 0.8 * touches))


def u_shaped(touches: Floats) -> Floats:
    return np.where((touches > 1) & (touches < 5), 0.05, 0.3)


SHAPES = pytest.mark.parametrize("shape", [rising, u_shaped])


def where_length_tells_all(
    shape: Callable[[Floats], Floats], seed: int
) -> tuple[pd.DataFrame, Floats]:
    """Give examples whose probability is a matter of their length alone, and the
    probability.

    Args:
        shape: The probability of a length.
        seed: Seeds the examples.
    """
    frame = journeys(6_000, seed)
    probability = shape(frame["touch_count"].to_numpy(float))
    random = np.random.default_rng(seed + 100)
    frame["is_converted"] = random.random(len(frame)) < probability
    # As where conversions are touchpoints: null journeys weigh what they have.
    frame["weight"] = np.where(frame["is_converted"], 1.0, frame["touch_count"])
    return frame, probability


def praised(frame: pd.DataFrame, probability: Floats) -> int:
    """Count the splits in which a model of the length alone is praised."""
    found = scoreboard(frame, {"length": probability})
    assert found["auc"].min() > 0.6
    return sum(found["verdict"].isin([RANKS, BETTER]))


@SHAPES
def test_a_model_of_the_length_alone_is_not_praised(shape):
    for seed in SEEDS:
        assert praised(*where_length_tells_all(shape, seed)) == 0


@SHAPES
@pytest.mark.parametrize("converts", [True, False])
@pytest.mark.parametrize("touches", [1, 3, 10_000])
def test_one_user_of_great_weight_lets_no_model_of_the_length_be_praised(
    shape, converts, touches
):
    for seed in SEEDS:
        frame, probability = where_length_tells_all(shape, seed)
        heavy = frame.groupby("split").head(1).index
        columns = ["touch_count", "weight", "user_key", "is_converted"]
        frame.loc[heavy, columns] = touches, 200.0, len(frame), converts
        probability[heavy] = shape(np.array([touches], float))
        found = scoreboard(frame, {"length": probability})
        assert not set(found["verdict"]) & {RANKS, BETTER}


def test_users_of_very_unequal_length_blind_no_baseline():
    random = np.random.default_rng(3)
    users = 40_000
    # Half of them touch once, and few touch hundreds of times: most of what didn't
    # convert is theirs.
    counts = np.minimum((1 / random.random(users)).astype(int), 300)
    probabilities = np.where(np.arange(1, 301) < 3, 0.01, 0.004)
    probabilities[2:12] = 0.06
    at = random.random((users, 1)) < np.cumsum(probabilities)
    converts_at = 1 + at.argmax(axis=1)
    converts = at.any(axis=1) & (converts_at <= counts)
    cutoff_at = 1 + (random.random(users) * counts).astype(int)
    frame = journeys(users).assign(
        user_key=np.arange(users),
        touch_count=np.where(converts, converts_at, cutoff_at),
        weight=np.where(converts, 1.0, counts),
        is_converted=converts,
    )
    length = frame["touch_count"].to_numpy()
    assert praised(frame, probabilities[length - 1] / 2) == 0


def evaluated_on_few(
    score: Callable[[pd.DataFrame, np.random.Generator], Floats],
    noise: float = 0.0,
    of_one_touchpoint: float = 0.0,
) -> list[str]:
    """Give the verdicts on models of which some 30 conversions in the test split tell.

    Args:
        score: The logarithm of the odds of examples, but for a constant.
        noise: By how much the logarithm of the model's probability is off.
        of_one_touchpoint: Part of the journeys that have no more, at least.
    """
    words = []
    for seed in range(DRAWS):
        random = np.random.default_rng(seed)
        frame = journeys(6_000, seed)
        frame["split"] = random.choice(["training", "test"], len(frame), p=[0.75, 0.25])
        frame["user_key"] = frame.index
        single = random.random(len(frame)) < of_one_touchpoint
        frame.loc[single, ["touch_count", "span"]] = 1, 0
        odds = np.exp(score(frame, random))
        probability = np.minimum(odds * 0.02 / odds.mean(), 0.9)
        frame["is_converted"] = random.random(len(frame)) < probability
        # No sums of these are exact.
        frame["weight"] = np.where(
            frame["is_converted"], 1.0, 0.37 * frame["touch_count"]
        )
        model = probability * np.exp(noise * random.standard_normal(len(frame)))
        evaluated = scoreboard(frame, {"model": np.minimum(model, 0.99)}, samples=150)
        words += evaluated.loc[evaluated["split"] == "test", "verdict"].tolist()
    return words


def by_length(frame: pd.DataFrame, _: np.random.Generator) -> Floats:
    return 0.9 * frame["touch_count"].to_numpy()


def by_middle_span(frame: pd.DataFrame, _: np.random.Generator) -> Floats:
    return 4 * np.exp(-(((frame["span"].to_numpy() / 1e9 - 0.5) / 0.18) ** 2))


def by_waves_of_the_span(frame: pd.DataFrame, _: np.random.Generator) -> Floats:
    return 2 * np.sin(2 * np.pi * 8 * frame["span"].to_numpy() / 1e9)


def by_taste(_: pd.DataFrame, random: np.random.Generator) -> Floats:
    return 1.2 * random.standard_normal(6_000)


def by_taste_of_more_than_one_touchpoint(
    frame: pd.DataFrame, random: np.random.Generator
) -> Floats:
    touches = frame["touch_count"].to_numpy()
    taste = 1.5 * random.standard_normal(len(frame)) * (touches > 1)
    return taste + 0.5 * np.minimum(touches, 8)


def by_middle_span_of_more_than_one_touchpoint(
    frame: pd.DataFrame, random: np.random.Generator
) -> Floats:
    return np.where(frame["touch_count"] > 1, by_middle_span(frame, random), -3)


@pytest.mark.parametrize("noise", [0.0, 0.3])
@pytest.mark.parametrize(
    "score",
    [
        by_length,
        by_middle_span,
        by_middle_span_of_more_than_one_touchpoint,
        by_waves_of_the_span,
    ],
)
@pytest.mark.parametrize("of_one_touchpoint", [0.0, 0.6])
def test_few_conversions_seldom_praise_a_model_of_the_length_or_the_span(
    score, noise, of_one_touchpoint
):
    words = evaluated_on_few(score, noise, of_one_touchpoint)
    assert words.count(ALONE) >= DRAWS - 1


def test_few_conversions_praise_a_model_that_has_to_do_with_neither():
    words = evaluated_on_few(by_taste)
    assert words.count(BETTER) + words.count(RANKS) >= DRAWS - 1


def test_journeys_of_one_touchpoint_seldom_deny_what_tells_others_apart():
    # Their span is 0: a stratum with most pairs and few conversions.
    words = evaluated_on_few(by_taste_of_more_than_one_touchpoint, 0.5, 0.5)
    assert words.count(BETTER) + words.count(RANKS) >= DRAWS - 1


def test_many_conversions_seldom_praise_a_model_of_a_span_that_works_in_waves():
    words = []
    for seed in range(DRAWS):
        frame = journeys(60_000, seed).assign(split="test")
        frame.loc[:10_000, "split"] = "training"
        random = np.random.default_rng(seed)
        waves = np.sin(2 * np.pi * 8 * frame["span"].to_numpy() / 1e9)
        probability = 0.2 * np.exp(waves)
        frame["is_converted"] = random.random(len(frame)) < probability
        evaluated = (
            scoreboard(frame, {"span": probability}, 150).set_index("split").loc["test"]
        )
        assert evaluated["conversions"] > 9_000
        assert evaluated["auc_lower"] > 0.6
        words.append(evaluated["verdict"])
    assert words.count(ALONE) >= DRAWS - 1


@pytest.mark.parametrize("wrong", [-0.2, 1.5, np.inf])
def test_a_score_that_is_no_probability_is_not_evaluated(wrong):
    frame = journeys(100)
    scores = frame["probability"].to_numpy().copy()
    scores[3] = wrong
    said = f"bold gives 1 of 100 examples a score such as {wrong:g}"
    with pytest.raises(ValueError, match=said):
        scoreboard(frame, {"bold": scores})


def test_a_score_beyond_a_probability_by_rounding_alone_is_brought_back():
    frame = journeys(100)
    sure = np.where(frame["is_converted"], 1 + 5e-10, -5e-10)
    rates = scoreboard(frame, {"sure": sure})["calibration"].explode()
    predicted = [row["predicted_rate"] for row in rates]
    assert (min(predicted), max(predicted)) == (0, 1)


def test_a_model_that_adds_to_the_length_is_praised_where_the_length_ranks_more():
    frame = journeys(9_000)
    random = np.random.default_rng(2)
    taste = random.standard_normal(len(frame))
    odds = np.exp(taste + 1.2 * frame["touch_count"].to_numpy() - 6)
    frame["is_converted"] = random.random(len(frame)) < odds / (1 + odds)
    frame["weight"] = 1.0
    # It tells journeys of equal length apart, and doesn't know which are long.
    model = 1 / (1 + np.exp(1 - taste))
    evaluated = scoreboard(frame, {"taste": model}).set_index("split").loc["test"]
    in_test = frame[frame["split"] == "test"]
    of_length = metrics.roc_auc_score(in_test["is_converted"], in_test["touch_count"])
    assert evaluated["auc_upper"] < of_length
    assert evaluated["auc_at_equal_length_lower"] > 0.6
    # Its probabilities are too high.
    assert evaluated["verdict"] == RANKS


@pytest.mark.parametrize(
    ("every", "is_evaluated"), [(1, True), (20, True), (400, False)]
)
def test_a_few_heavy_users_are_too_few_to_evaluate_by(every, is_evaluated):
    frame = journeys(9_000)
    nulls = np.flatnonzero(~frame["is_converted"])
    frame["weight"] = np.where(frame["is_converted"], 1.0, 1e-6)
    # All but these might as well not be there.
    frame.loc[nulls[::every], "weight"] = 1.0
    found = scoreboard(frame, {"probability": frame["probability"].to_numpy()})
    too_little = found["verdict"] == "insufficient data"
    assert (too_little != is_evaluated).all()


@pytest.mark.parametrize(("few", "expected"), [(8, ALONE), (14, BETTER)])
def test_a_verdict_needs_ten_users_who_are_compared_with_equals(few, expected):
    frame = journeys(4_000)
    frame["split"] = np.where(frame.index < 3_000, "test", "training")
    frame["user_key"], frame["weight"] = frame.index, 1.0
    frame["touch_count"] = 1 + frame.index % 3
    frame["is_converted"] = frame.index % 500 < 5
    # All others who convert are longer than anybody who doesn't, but for one.
    in_test = frame["split"] == "test"
    tested = np.flatnonzero(frame["is_converted"] & in_test)
    frame.loc[tested[few:], "touch_count"] = 7
    frame.loc[np.flatnonzero(~frame["is_converted"] & in_test)[0], "touch_count"] = 7
    sure = np.where(frame["is_converted"], 0.9, 0.01)
    evaluated = scoreboard(frame, {"sure": sure}).set_index("split").loc["test"]
    assert evaluated["auc_at_equal_length_lower"] == pytest.approx(1)
    assert evaluated["verdict"] == expected


def test_a_verdict_needs_samples():
    frame = journeys()
    for samples, too_little in ((39, True), (40, False)):
        found = scoreboard(
            frame, {"probability": frame["probability"].to_numpy()}, samples
        )
        assert ((found["verdict"] == "insufficient data") == too_little).all()


def test_without_samples_there_are_no_bounds_and_no_verdict():
    frame = journeys()
    found = scoreboard(
        frame, {"probability": frame["probability"].to_numpy()}, samples=0
    )
    assert set(found["verdict"]) == {"insufficient data"}
    sides = [f"{name}_{side}" for name in SAMPLED for side in ("lower", "upper")]
    assert found[sides].isna().all(axis=None)
    assert found["auc"].notna().all()


def test_the_order_of_rows_changes_no_bit():
    frame = journeys()
    shuffled = frame.sample(frac=1, random_state=3)
    one, other = (
        scoreboard(rows, {"probability": rows["probability"].to_numpy()})
        for rows in (frame, shuffled)
    )
    assert repr(one.to_dict()) == repr(other.to_dict())


def test_a_model_that_was_not_fitted_is_listed_as_such():
    models = {"rule": None, "learner": None}
    found = scoreboard(journeys(200), models, unfitted=["learner"])
    verdicts = found.groupby("fitted_model")["verdict"].agg(list).to_dict()
    assert verdicts == {"rule": ["gives no scores"] * 3, "learner": ["not fitted"] * 3}


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_one_outcome_alone_is_insufficient_data(share):
    frame = journeys(200)
    frame["is_converted"] = share == 1
    found = scoreboard(frame, {"probability": np.full(200, share)})
    assert set(found["verdict"]) == {"insufficient data"}
    assert found["auc"].isna().all()
    assert found["log_loss"].to_numpy() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("converts", [True, False])
@pytest.mark.parametrize(("users", "is_evaluated"), [(9, False), (10, True)])
def test_a_verdict_needs_ten_users_of_each_outcome(converts, users, is_evaluated):
    frame = journeys(1_000)
    frame["split"] = "test"
    frame.loc[:200, "split"] = "training"
    frame["weight"] = 1.0
    rare = frame.index[-3 * users :]
    frame["is_converted"] = not converts
    frame.loc[rare, "is_converted"] = converts
    frame.loc[:50, "is_converted"] = converts
    # Three journeys of each, which are not three users.
    frame["user_key"] = frame.index + 1_000
    frame.loc[rare, "user_key"] = np.arange(len(rare)) // 3
    # A journey that counts nothing is nobody's.
    nobody = frame.index[300]
    frame.loc[nobody, ["is_converted", "weight"]] = converts, 0.0
    scores = np.where(frame["is_converted"], 0.6, 0.4)
    found = scoreboard(frame, {"probability": scores}).set_index("split")
    assert (found.loc["test", "verdict"] != "insufficient data") == is_evaluated


def test_journeys_without_weight_are_counted_and_not_evaluated():
    frame = journeys(200)
    frame["weight"] = 0.0
    found = scoreboard(frame, {"probability": frame["probability"].to_numpy()})
    assert found["journeys"].sum() == 200
    assert found["log_loss"].isna().all()
    assert set(found["verdict"]) == {"insufficient data"}


def test_a_journey_that_is_an_example_twice_is_counted_once():
    frame = journeys(200).assign(journey_key=np.arange(200) // 2, split="test")
    found = scoreboard(frame, {"probability": frame["probability"].to_numpy()})
    assert found["journeys"].tolist() == [100]
    assert found["conversions"].tolist() == [frame["is_converted"].sum()]


def test_without_journeys_there_are_no_rows():
    assert scoreboard(journeys(0), {"rule": None, "probability": np.zeros(0)}).empty


@pytest.mark.parametrize("missing", ["row", "value"])
def test_a_model_that_leaves_journeys_out_is_not_evaluated(missing: str) -> None:
    frame = journeys(100)
    scores = frame["probability"].to_numpy().copy()
    scores[3] = np.nan

    def scores_of(_: str) -> pa.Table:
        table = pa.table(
            {"snapshot_key": frame["snapshot_key"], "conversion_probability": scores},
            schema=SCORES_SCHEMA,
        )
        return table if missing == "value" else table.slice(4)

    examples = pa.Table.from_pandas(
        frame[EXAMPLES_SCHEMA.names], schema=EXAMPLES_SCHEMA, preserve_index=False
    )
    names = pa.table({"fitted_model": ["lazy"], "is_ready": [True]})
    expected = "1 of 100" if missing == "value" else "4 of 100"
    with pytest.raises(ValueError, match=f"lazy gives no score to {expected}"):
        model_evaluation(examples, scores_of, names, 0, SEED)


def test_rows_are_fetched_by_any_text() -> None:
    with duckdb.connect() as connection:
        relation = connection.sql(
            "select * from (values ('it''s', 1), ('plain', 2)) as t(name, number)"
        )
        fetch: Callable[[str], pa.Table] = rows_with(relation, "name")
        assert fetch("it's")["number"].to_pylist() == [1]
        assert fetch("plain")["number"].to_pylist() == [2]
        assert fetch("neither").num_rows == 0
