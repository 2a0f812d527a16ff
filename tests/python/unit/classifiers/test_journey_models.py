"""Journey models learn what is there, explain it exactly, and come back whole."""

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from itertools import combinations
from math import comb
from pathlib import Path
from typing import Any

import duckdb
import lightgbm
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from scipy import optimize, sparse
from scipy.special import expit, logit

import touchledger.classifiers.boosted_trees as trees_module
import touchledger.classifiers.logistic_regression as regression_module
import touchledger.classifiers.tables as journey_models_module
import touchledger.features.tables as tables_module
from snapshot_tables import relation, snapshot_tables, training_snapshots
from touchledger.classifiers.boosted_trees import BoostedTrees
from touchledger.classifiers.logistic_regression import LogisticRegression
from touchledger.classifiers.losses import log_loss
from touchledger.classifiers.tables import (
    JOURNEY_MODELS,
    fit_journey_model,
    journey_model_credits,
    journey_model_importances,
    journey_model_scores,
)
from touchledger.errors import UserError
from touchledger.features.tables import SnapshotTables
from touchledger.features.training import Examples, TrainingSet
from touchledger.features.vocabulary import Feature, Vocabulary
from touchledger.fits.store import FitStore
from touchledger.fits.tables import CREDITS, FITS, IMPORTANCES, SCORES
from touchledger.log import LOGGER
from touchledger.turns import TRAINING

MODELS = list(JOURNEY_MODELS)
FEATURES = (
    Feature("journey", ("touch_count",)),
    Feature("channel", ("a",)),
    Feature("channel", ("b",)),
    Feature("profile_number", ("age",)),
)
USERS = 2_000


@cache
def examples(effect: float = 2.0, validation: int = 500) -> TrainingSet:
    """Draw examples in which channel b adds to the log-odds, and weights vary."""
    random = np.random.default_rng(5)
    size = USERS + validation
    channels = random.poisson(0.7, (size, 2))
    age = random.normal(40, 10, size)
    matrix = np.column_stack([channels.sum(axis=1) + 1, channels, age])
    rate = expit(-2 + effect * (channels[:, 1] > 0) + 0.03 * (age - 40))
    drawn = Examples(
        sparse.csr_array(matrix.astype(np.float32)),
        (random.random(size) < rate).astype(np.float64),
        random.choice([0.5, 1.0, 2.0], size),
    )
    learns = np.arange(size) < USERS
    return TrainingSet(
        Vocabulary(FEATURES), drawn.taken(learns), drawn.taken(~learns), places=2
    )


# Logistic regression


def test_logistic_regression_solves_the_penalised_problem() -> None:
    fit = LogisticRegression.train(examples(), seed=7)
    training = examples().training
    plain = training.matrix.toarray().astype(np.float64)
    entered = np.column_stack(
        [np.log1p(plain[:, 0]), plain[:, 1] > 0, plain[:, 2] > 0, plain[:, 3]]
    )
    weights = training.weights
    mean = np.average(entered, axis=0, weights=weights)
    deviation = np.sqrt(np.average((entered - mean) ** 2, axis=0, weights=weights))
    scaled = entered / np.where([True, False, False, True], deviation, 1.0)

    def loss(solution: NDArray[np.float64]) -> float:
        odds = scaled @ solution[1:] + solution[0]
        losses = np.logaddexp(0, odds) - training.labels * odds
        penalty = solution[1:] @ solution[1:] / 2
        return float(fit.strength * (weights @ losses) + penalty)

    found = np.array([fit.intercept, *fit.coefficients])
    best = optimize.minimize(loss, np.zeros(5), options={"gtol": 1e-8})
    assert loss(found) <= best.fun + 1e-6
    # The solver stops where the gradient is 1e-6 of the weight.
    assert found == pytest.approx(best.x, abs=1e-3)


def test_coefficients_tell_what_one_more_adds_to_the_log_odds() -> None:
    fit = LogisticRegression.train(examples(), seed=7)
    values = {(f, kind): value for f, kind, value in fit.importances()}
    # The truth is 2 for the channel and .03 for a year; so many users know it roughly.
    assert values["channel: b", "coefficient"] == pytest.approx(2, abs=0.4)
    assert values["profile: age", "coefficient"] == pytest.approx(0.03, abs=0.015)
    assert values["profile: age", "scaled_coefficient"] == pytest.approx(
        values["profile: age", "coefficient"] * 10, rel=0.1
    )
    assert ("log(1 + touch_count)", "coefficient") in values
    assert len(values) == 2 * len(FEATURES)


def test_probabilities_of_training_users_average_to_their_rate() -> None:
    training = examples().training
    fit = LogisticRegression.train(examples(), seed=7)
    probabilities = fit.probabilities(training.matrix)
    average = np.average(probabilities, weights=training.weights)
    assert average == pytest.approx(training.rate, abs=1e-6)


@pytest.mark.parametrize(("effect", "users"), [(0.0, 60), (1.0, 150), (2.0, USERS)])
def test_the_penalty_is_the_one_that_validation_users_bear_best(
    effect: float, users: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = examples(effect)
    few = drawn.training.taken(np.arange(USERS) < users)
    found = TrainingSet(drawn.vocabulary, few, drawn.validation, places=2)
    chosen = LogisticRegression.train(found, seed=7).strength
    losses = {}
    for strength in regression_module._STRENGTHS:
        monkeypatch.setattr(regression_module, "_STRENGTHS", (strength,))
        probabilities = LogisticRegression.train(found, seed=7).probabilities(
            drawn.validation.matrix
        )
        losses[strength] = log_loss(
            probabilities, drawn.validation.labels, drawn.validation.weights
        )
    assert len(losses) > 1
    assert chosen == min(losses, key=lambda s: losses[s])


def test_without_validation_users_the_penalty_is_the_usual_one() -> None:
    fit = LogisticRegression.train(examples(validation=0), seed=7)
    assert fit.strength == regression_module._USUAL_STRENGTH


# Boosted trees


def test_trees_are_added_while_validation_users_gain_by_them() -> None:
    fit = BoostedTrees.train(examples(), seed=7)
    booster = lightgbm.Booster(model_str=fit.trees)
    validation = examples().validation
    losses = [
        log_loss(
            booster.predict(
                sparse.csr_matrix(validation.matrix), num_iteration=n, num_threads=1
            ),
            validation.labels,
            validation.weights,
        )
        for n in range(1, booster.num_trees() + 1)
    ]
    assert 1 < booster.num_trees() < 200
    assert np.argmin(losses) == len(losses) - 1


def test_trees_that_lower_the_loss_by_next_to_nothing_are_left_out() -> None:
    values = np.random.default_rng(5).random((4_000, 4)) * 6
    probabilities = expit(np.sin(values).sum(axis=1) - 1)
    # Both outcomes of each row, by their probabilities: any tree lowers the loss a
    # little.
    drawn = Examples(
        sparse.csr_array(np.tile(values, (2, 1)).astype(np.float32)),
        np.repeat([1.0, 0.0], len(values)),
        np.concatenate([probabilities, 1 - probabilities]),
    )
    kept = lightgbm.Booster(
        model_str=BoostedTrees.train(
            TrainingSet(Vocabulary(FEATURES), drawn, drawn, places=2), seed=7
        ).trees
    ).num_trees()
    data = lightgbm.Dataset(
        sparse.csr_matrix(drawn.matrix), drawn.labels, weight=drawn.weights
    )
    parameters = {**trees_module._PARAMETERS, "seed": 7}
    all_trees = lightgbm.train(parameters, data, num_boost_round=kept + 50)

    def loss(trees: int) -> float:
        return log_loss(
            all_trees.predict(sparse.csr_matrix(drawn.matrix), num_iteration=trees),
            drawn.labels,
            drawn.weights,
        )

    of_the_rate = log_loss(np.full(len(drawn), drawn.rate), drawn.labels, drawn.weights)
    assert loss(kept - 50) - loss(kept) > 5e-4 * of_the_rate
    assert loss(kept) - loss(kept + 50) < 5e-4 * of_the_rate


def test_without_validation_users_there_are_as_many_trees_as_usual() -> None:
    fit = BoostedTrees.train(examples(validation=0), seed=7)
    trees = lightgbm.Booster(model_str=fit.trees).num_trees()
    assert trees == trees_module._USUAL_TREES


def test_probabilities_are_not_drawn_toward_one_half() -> None:
    training = examples().training
    probabilities = BoostedTrees.train(examples(), seed=7).probabilities(
        training.matrix
    )
    average = np.average(probabilities, weights=training.weights)
    assert average == pytest.approx(training.rate, abs=0.01)


def test_importances_put_first_what_matters() -> None:
    fit = BoostedTrees.train(examples(), seed=7)
    for kind in ("gain", "mean_absolute_shapley"):
        values = {f: value for f, k, value in fit.importances() if k == kind}
        assert set(values) == set(map(str, FEATURES))
        assert max(values, key=lambda name: values[name]) == "channel: b"


def expectation(node: Mapping[str, Any], row: NDArray[Any], known: set[int]) -> float:
    """Give what a tree says of a row of which only some features are known."""
    if "leaf_value" in node:
        return float(node["leaf_value"])
    sides = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        is_left = row[node["split_feature"]] <= node["threshold"]
        return expectation(sides[0 if is_left else 1], row, known)
    sizes = [s.get("internal_count", s.get("leaf_count")) for s in sides]
    values = [expectation(side, row, known) for side in sides]
    return float(np.average(values, weights=sizes))


def test_contributions_are_the_exact_shapley_values_of_the_trees() -> None:
    fit = BoostedTrees.train(examples(), seed=7)
    trees = lightgbm.Booster(model_str=fit.trees).dump_model()["tree_info"]
    rows = examples().validation.matrix[:5]
    found = fit.contributions(rows).toarray()
    features = range(len(FEATURES))
    for row, values in zip(rows.toarray(), found, strict=True):

        def worth(known: tuple[int, ...], row: NDArray[Any] = row) -> float:
            return sum(
                expectation(tree["tree_structure"], row, set(known)) for tree in trees
            )

        for feature in features:
            others = [f for f in features if f != feature]
            value = sum(
                (worth((*known, feature)) - worth(known))
                / (len(FEATURES) * comb(len(others), len(known)))
                for size in range(len(FEATURES))
                for known in combinations(others, size)
            )
            assert values[feature] == pytest.approx(value, abs=1e-9)


# Both


def trained(model: str, drawn: TrainingSet) -> Any:
    return JOURNEY_MODELS[model].train(drawn, seed=7)


@pytest.mark.parametrize("model", MODELS)
def test_contributions_add_up_to_the_log_odds(model: str) -> None:
    fit = trained(model, examples())
    matrix = examples().validation.matrix
    odds = logit(fit.probabilities(matrix))
    rest = odds - np.asarray(fit.contributions(matrix).sum(axis=1)).ravel()
    assert rest == pytest.approx(np.full(len(odds), rest[0]), abs=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_a_fit_is_worth_more_than_the_rate(model: str) -> None:
    validation = examples().validation
    probabilities = trained(model, examples()).probabilities(validation.matrix)
    constant = np.full(len(validation), examples().training.rate)
    loss = log_loss(probabilities, validation.labels, validation.weights)
    assert loss < 0.9 * log_loss(constant, validation.labels, validation.weights)


@pytest.mark.parametrize("model", MODELS)
def test_a_fit_comes_back_from_json_as_it_was(model: str) -> None:
    fit = trained(model, examples())
    back = type(fit).from_dict(json.loads(json.dumps(fit.to_dict())))
    matrix = examples().validation.matrix
    assert (back.probabilities(matrix) == fit.probabilities(matrix)).all()
    assert list(back.importances()) == list(fit.importances())


@pytest.mark.parametrize("model", MODELS)
def test_the_same_examples_give_the_same_fit_to_the_last_bit(model: str) -> None:
    first, again = (trained(model, examples()).to_dict() for _ in range(2))
    assert json.dumps(first) == json.dumps(again)


# What the dbt models return


@cache
def shop(converts: bool = True) -> tuple[pa.Table, SnapshotTables, dict[int, Any]]:
    """Give 300 journeys of users; those that touch b in summer convert more often."""
    random = np.random.default_rng(3)
    snapshots, rows = {}, []
    for key in range(1, 301):
        places = random.integers(1, 4, random.integers(1, 5))
        snapshots[key] = [
            ((1, 2, 2)[p - 1], 0 if p == 1 else int(p), 0.1, bool(random.integers(2)))
            for p in places
        ]
        probability = 0.7 if 3 in places else 0.1
        split = "validation" if key > 240 else "training"
        rows.append((key, key, split, 1.0, converts and random.random() < probability))
    return training_snapshots(rows), snapshot_tables(snapshots), snapshots


def relation_of(table: pa.Table) -> duckdb.DuckDBPyRelation:
    return duckdb.connect().from_arrow(table)


def credited(snapshots: pa.Table, touches: dict[int, Any]) -> duckdb.DuckDBPyRelation:
    rows = [
        (
            row["snapshot_key"],
            row["user_key"],
            1000 + row["snapshot_key"],
            *(position, len(touches[row["snapshot_key"]])),
            *(channel, campaign or None, None, cost, click),
        )
        for row in snapshots.to_pylist()
        if row["is_converted"]
        for position, (channel, campaign, cost, click) in enumerate(
            touches[row["snapshot_key"]], 1
        )
    ]
    return relation(
        "snapshot_key bigint, user_key bigint, journey_key bigint, position bigint, "
        "touch_count bigint, channel_key bigint, campaign_key bigint, "
        "features boolean, cost double, is_click boolean",
        rows,
    )


@cache
def touchpoints() -> duckdb.DuckDBPyRelation:
    """Give the touchpoints of the converting journeys of the shop."""
    snapshots, _, touches = shop()
    return credited(snapshots, touches)


def fit(
    model: str, folder: Path, refit: str = "auto", seed: int = 7, converts: bool = True
) -> pa.Table:
    snapshots, tables, _ = shop(converts)
    store = FitStore(folder, refit)
    return fit_journey_model(model, True, store, seed, relation_of(snapshots), tables)


@pytest.mark.parametrize(
    ("model", "waits"), [("logistic_regression", True), ("lightgbm", False)]
)
def test_a_fit_that_needs_much_memory_waits_for_its_turn(
    model: str, waits: bool, tmp_path: Path
) -> None:
    with ThreadPoolExecutor() as threads:
        with TRAINING:
            fitted = threads.submit(fit, model, tmp_path)
            done, _ = wait([fitted], timeout=0.5 if waits else 60)
            assert bool(done) is not waits
        assert fitted.result()["fitted_model"].to_pylist() == [model]


@pytest.mark.parametrize("model", MODELS)
def test_an_unchanged_input_reuses_the_fit(model: str, tmp_path: Path) -> None:
    [first], [again] = (fit(model, tmp_path).to_pylist() for _ in range(2))
    assert (first["is_reused"], again["is_reused"]) == (False, True)
    assert {**first, "is_reused": True} == again
    assert first["fitted_model"] == model
    assert first["rows"] == 240


@pytest.mark.parametrize("model", MODELS)
def test_a_changed_input_seed_or_code_trains_anew(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = [fit(model, tmp_path)["version"][0].as_py()]
    versions.append(fit(model, tmp_path, seed=8)["version"][0].as_py())
    snapshots, tables, _ = shop()
    fewer = snapshots.slice(1)
    store = FitStore(tmp_path, "auto")
    found = fit_journey_model(model, True, store, 7, relation_of(fewer), tables)
    versions.append(found["version"][0].as_py())
    monkeypatch.setattr("importlib.metadata.version", lambda _: "0.0")
    versions.append(fit(model, tmp_path)["version"][0].as_py())
    assert len(set(versions)) == len(versions)


@pytest.mark.parametrize("model", MODELS)
def test_never_applies_the_file_to_other_data(model: str, tmp_path: Path) -> None:
    [first] = fit(model, tmp_path).to_pylist()
    [kept] = fit(model, tmp_path, "never", converts=False).to_pylist()
    assert kept == {**first, "is_reused": True}
    with pytest.raises(UserError, match="There is no fitted model"):
        fit(model, tmp_path / "elsewhere", "never")


@pytest.mark.parametrize("model", MODELS)
def test_scores_and_credits_do_not_depend_on_the_size_of_chunks(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots, tables, _ = shop()
    fits = fit(model, tmp_path)

    def applied() -> tuple[pa.Table, pa.Table]:
        return (
            journey_model_scores(fits, relation_of(snapshots), tables),
            journey_model_credits(model, True, fits, touchpoints(), tables).sort_by(
                [("journey_key", "ascending"), ("position", "ascending")]
            ),
        )

    whole = applied()
    monkeypatch.setattr(tables_module, "SNAPSHOTS_AT_ONCE", 17)
    monkeypatch.setattr(journey_models_module, "_JOURNEYS_AT_ONCE", 3)
    monkeypatch.setattr("os.cpu_count", lambda: 5)
    assert applied() == whole
    scores, credits = whole
    assert scores.schema == SCORES
    assert scores["snapshot_key"].to_pylist() == list(range(1, 301))
    assert credits.schema == CREDITS
    by_journey = credits.group_by("journey_key").aggregate([("credit", "sum")])
    assert by_journey["credit_sum"].to_numpy() == pytest.approx(
        np.ones(by_journey.num_rows)
    )
    assert credits.num_rows == touchpoints().shape[0]


@pytest.mark.parametrize("model", MODELS)
def test_the_order_of_touchpoints_in_the_table_changes_no_digit(
    model: str, tmp_path: Path
) -> None:
    _, tables, _ = shop()
    fits, points = fit(model, tmp_path), touchpoints()
    orders = ("snapshot_key, position", "snapshot_key, position desc")
    first, other = (
        journey_model_credits(
            model,
            True,
            fits,
            relation_of(points.order(order).to_arrow_table()),
            tables,
        ).sort_by([("journey_key", "ascending"), ("position", "ascending")])
        for order in orders
    )
    assert first == other


@pytest.mark.parametrize("model", MODELS)
def test_the_campaign_that_makes_the_difference_earns_the_most(
    model: str, tmp_path: Path
) -> None:
    _, tables, _ = shop()
    points = touchpoints()
    found = journey_model_credits(model, True, fit(model, tmp_path), points, tables)
    connection = duckdb.connect()
    connection.register("credits", found)
    connection.register("points", points.to_arrow_table())
    earned = connection.sql(
        "select coalesce(campaign_key, 0), avg(credit) from credits "
        "join points using (journey_key, position) where touch_count > 1 group by 1"
    ).fetchall()
    assert max(earned, key=lambda row: row[1])[0] == 3


@pytest.mark.parametrize("model", MODELS)
def test_where_nothing_can_be_learned_a_sentence_says_so_and_credit_is_equal(
    model: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    snapshots, tables, _ = shop()
    fits = fit(model, tmp_path, converts=False)
    assert (fits.schema, fits.num_rows) == (FITS, 0)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        (
            "WARNING",
            f"{model}: no journey to learn from converts, so it isn't fitted; its "
            "credit is shared equally.",
        )
    ]
    assert not any(tmp_path.iterdir())
    assert (
        journey_model_scores(fits, relation_of(snapshots), tables)
        == SCORES.empty_table()
    )
    assert journey_model_importances(fits) == IMPORTANCES.empty_table()
    credits = journey_model_credits(model, True, fits, touchpoints(), tables)
    by_journey = credits.group_by("journey_key").aggregate(
        [("credit", "sum"), ("credit", "min"), ("credit", "max")]
    )
    assert by_journey["credit_sum"].to_numpy() == pytest.approx(
        np.ones(by_journey.num_rows)
    )
    assert by_journey["credit_min"] == by_journey["credit_max"]


@pytest.mark.parametrize("model", MODELS)
def test_a_model_that_is_not_asked_for_does_nothing(model: str, tmp_path: Path) -> None:
    store = FitStore(tmp_path / "folder", "always")
    tables = snapshot_tables({})
    fits = fit_journey_model(model, False, store, 7, relation_of(shop()[0]), tables)
    assert fits == FITS.empty_table()
    credits = journey_model_credits(model, False, fits, touchpoints(), tables)
    assert credits == CREDITS.empty_table()
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("model", MODELS)
def test_a_fit_of_other_channels_shares_equally(model: str, tmp_path: Path) -> None:
    snapshots, _, touches = shop()
    names = [(1, "new", 1, "(none)"), (2, "newer", 2, "x"), (2, "newer", 3, "y")]
    plain = {
        key: [(channel, campaign, 0.0, False) for channel, campaign, *_ in row]
        for key, row in touches.items()
    }
    tables = snapshot_tables(plain, names=names)
    points = credited(snapshots, plain)
    credits = journey_model_credits(model, True, fit(model, tmp_path), points, tables)
    extremes = credits.group_by("journey_key").aggregate(
        [("credit", "min"), ("credit", "max")]
    )
    assert extremes["credit_min"] == extremes["credit_max"]


@pytest.mark.parametrize("model", MODELS)
def test_training_says_how_well_it_went(
    model: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger=LOGGER.name):
        trained(model, examples())
        trained(model, examples(validation=0))
    with_users, without = (record.getMessage() for record in caplog.records)
    assert re.fullmatch(rf"{model}: validation log loss 0\.\d{{5}} with .+", with_users)
    assert re.fullmatch(rf"{model}: .+; there are no validation users", without)


def test_a_long_work_says_how_far_it_has_come(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    snapshots, tables, _ = shop()
    fits = fit("logistic_regression", tmp_path)
    monkeypatch.setattr("touchledger.log._SECONDS", 0.0)
    monkeypatch.setattr(tables_module, "SNAPSHOTS_AT_ONCE", 200)
    with caplog.at_level("INFO", logger=LOGGER.name):
        journey_model_scores(fits, relation_of(snapshots), tables)
    assert [record.getMessage() for record in caplog.records] == [
        "logistic_regression: 200 of 300 snapshots scored",
        "logistic_regression: 300 of 300 snapshots scored",
    ]
