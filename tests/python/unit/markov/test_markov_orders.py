"""How far back the chain looks, and what it says of users whom it hasn't seen."""

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings

from path_tables import (
    OUTCOMES_SCHEMA,
    Row,
    orders_of,
    row_lists,
    scored,
    scores_of,
    simulated_tables,
    tables_of,
)
from touchledger.evaluation import evaluate
from touchledger.markov import orders as orders_module
from touchledger.markov.orders import PRIOR_VISITS, OrderScores, chosen, score_orders
from touchledger.markov.tables import chosen_order
from touchledger.paths import Paths

USERS = 6_000
# Two runs of the same arithmetic on numbers below 1.
ROUNDING = 1e-12

many = settings(max_examples=40, deadline=None, derandomize=True)


def by_last(_: np.ndarray, last: np.ndarray) -> np.ndarray:
    return 0.1 + 0.1 * last


def by_last_two(before: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Tell nothing by the last alone, nor by the one before it."""
    return np.where((before + last) % 2, 0.6, 0.1)


def by_nothing(_: np.ndarray, last: np.ndarray) -> np.ndarray:
    return np.full(len(last), 0.3)


def world(probability, seed: int) -> tuple[pa.Table, pa.Table]:
    """Let journeys over six channels end at any touchpoint alike.

    Then neither the length nor the place of a touchpoint tells anything: only the
    probability, of the channels of the last two touchpoints, does.
    """
    random = np.random.default_rng(seed)
    channels, longest = 6, 12
    length = np.minimum(random.geometric(0.4, USERS), longest)
    touches = random.integers(0, channels, (USERS, longest))
    every = np.arange(USERS)
    last = touches[every, length - 1]
    before = touches[every, np.maximum(length - 2, 0)]
    converts = random.random(USERS) < probability(before, last)
    touches[np.arange(longest) >= length[:, None]] = -1
    split = random.choice(["training", "validation", "test"], USERS, p=[0.6, 0.2, 0.2])
    return simulated_tables(touches, converts, split, every % 1_000)


def choice(tables: tuple[pa.Table, pa.Table]) -> int:
    return chosen_order(orders_of(tables, "auto"), "auto")


def scores(rows: list[Row], highest: int = 4) -> list[dict[str, float]]:
    """Give the scores of each order by path."""
    paths, outcomes = tables_of(rows)
    names = list(dict.fromkeys(row.path for row in rows))
    return [
        dict(zip(names, found.probabilities.tolist(), strict=True))
        for found in score_orders(Paths.from_arrow(paths, outcomes), highest)
    ]


# The choice


@pytest.mark.parametrize("seed", range(4))
def test_outcomes_that_depend_on_the_last_two_channels_choose_order_two(seed):
    assert choice(world(by_last_two, seed)) == 2


@pytest.mark.parametrize("seed", range(4))
def test_outcomes_that_depend_on_the_last_channel_choose_order_one(seed):
    assert choice(world(by_last, seed)) == 1


def test_of_orders_with_the_same_states_the_lowest_is_chosen():
    # A path of one touchpoint stands in the same state at every order.
    rates = {"a": 1, "b": 3, "c": 5, "d": 7}
    rows = [
        Row(channel, 10, conversions, split=split)
        for channel, conversions in rates.items()
        for split in ("training", "validation")
    ]
    found = orders_of(tables_of(rows), "auto").to_pandas()
    assert found["markov_order"].tolist() == [1, 2, 3, 4]
    assert found["states"].unique().tolist() == [4]
    assert found.loc[found["is_chosen"], "markov_order"].tolist() == [1]
    with_pairs = [*rows, Row("ad", 10, 0), Row("ad", 10, 0, split="validation")]
    assert choice(tables_of(with_pairs)) == 2


def evaluated(order: int, states: int, log_likelihood: float) -> OrderScores:
    return OrderScores(order, states, np.empty(0), log_likelihood)


def test_of_orders_that_predict_alike_the_lowest_is_chosen():
    alike = [evaluated(order=k, states=10 * k, log_likelihood=-0.5) for k in (1, 2)]
    assert chosen(alike, [10, 20], channels=10) == 1


def test_a_robot_with_hundreds_of_touchpoints_does_not_choose_the_order():
    paths, outcomes = world(by_last, 0)
    robot, its_outcomes = tables_of(
        [Row("abcf" * 75, 12, 0), Row("abcf" * 75, 4, 0, split="validation")]
    )
    key = pc.max(paths["path_key"]).as_py() + 1
    with_robot = [
        pa.concat_tables(
            [
                table,
                added.set_column(
                    added.schema.get_field_index("path_key"),
                    "path_key",
                    pa.array([key] * added.num_rows, pa.int64()),
                ).cast(table.schema),
            ]
        )
        for table, added in ((paths, robot), (outcomes, its_outcomes))
    ]
    assert choice((paths, outcomes)) == 1
    assert choice(tuple(with_robot)) == 1


def test_without_validation_users_the_order_is_one():
    paths, outcomes = world(by_last_two, 0)
    seen = outcomes.filter(pc.not_equal(outcomes["split"], "validation"))
    found = orders_of((paths, seen), "auto").to_pandas()
    assert found["log_likelihood"].isna().all()
    assert found.loc[found["is_chosen"], "markov_order"].tolist() == [1]


@pytest.mark.parametrize("order", ["1", "3", "auto"])
def test_without_training_users_there_are_no_rows(order):
    tables = tables_of([Row("ab", 9, 3, split="test"), Row("b", 5, 2, split="unused")])
    assert scored(tables, order).num_rows == 0


def test_an_order_that_is_set_is_the_chosen_one_whatever_it_predicts():
    tables = world(by_last, 0)
    found = orders_of(tables, "3").to_pandas()
    assert found.loc[found["is_chosen"], "markov_order"].tolist() == [3]
    assert found["markov_order"].tolist() == [1, 2, 3, 4]


def test_an_order_too_large_to_remove_channels_from_is_not_chosen():
    found = [
        evaluated(order=1, states=10, log_likelihood=-0.7),
        evaluated(order=2, states=1_000, log_likelihood=-0.6),
        evaluated(order=3, states=100_000, log_likelihood=-0.5),
    ]
    sizes = [10, 1_000, 100_000]
    assert chosen(found, sizes, channels=10) == 3
    assert chosen(found, sizes, channels=1_000) == 2
    assert chosen(found, sizes[:2], channels=10) == 2
    assert chosen([], sizes, channels=10) == 1


def test_a_likelier_order_that_is_passed_over_is_told(caplog):
    found = [
        evaluated(order=1, states=10, log_likelihood=-0.7),
        evaluated(order=2, states=1_000, log_likelihood=-0.6),
    ]
    with caplog.at_level("INFO", "touchledger"):
        assert chosen(found, [10, 1_000], channels=1_000) == 2
        assert not caplog.messages
        assert chosen(found, [10, 1_000], channels=1_000_000) == 1
    [message] = caplog.messages
    assert "passes over order 2" in message


# The scores


def test_a_score_is_worked_by_hand():
    # All convert with 4 / 10. Order 1: b has 6 visits and 3 / 6, a is left for b with
    # 1 / 3 and else converts with 1 / 6: 1 / 3.
    one, two = scores([Row("a", 4, 1), Row("ab", 2, 0), Row("b", 4, 3)], highest=2)
    overall = 4 / 10
    a = (6 * (1 / 6 + 1 / 3 * 1 / 2) + PRIOR_VISITS * overall) / (6 + PRIOR_VISITS)
    b = (6 * 1 / 2 + PRIOR_VISITS * overall) / (6 + PRIOR_VISITS)
    assert one == pytest.approx({"a": a, "ab": b, "b": b})
    # Order 2 tells b at first, 3 / 4, from b after a, 0 / 2.
    assert two["b"] == pytest.approx(
        (4 * 3 / 4 + PRIOR_VISITS * b) / (4 + PRIOR_VISITS)
    )
    assert two["ab"] == pytest.approx(PRIOR_VISITS * b / (2 + PRIOR_VISITS))


def test_states_that_training_never_visits_have_the_score_of_shorter_ones():
    rows = [
        Row("ab", 40, 30),
        Row("cab", 40, 10),
        Row("ba", 40, 5),
        Row("bab", 3, 3, split="test"),
        Row("caab", 3, 3, split="test"),
        Row("zb", 3, 3, split="test"),
        Row("az", 3, 3, split="validation"),
    ]
    one, two, three, _ = scores(rows)
    # a > b is known, b > a > b isn't.
    assert three["bab"] == pytest.approx(two["ab"], abs=ROUNDING)
    # Neither is a > a > b, nor z before b; z itself isn't at all.
    assert three["caab"] == pytest.approx(two["ab"], abs=ROUNDING)
    assert [two["zb"], three["zb"]] == pytest.approx([one["ab"]] * 2, abs=ROUNDING)
    overall = [45 / 120] * 3
    assert [order["az"] for order in (one, two, three)] == pytest.approx(overall)


@many
@given(row_lists(min_size=1))
def test_scores_lie_between_zero_and_one(rows):
    # Someone converts in training and someone doesn't.
    for found in scores([*rows, Row("a", 2, 1)]):
        assert all(0 < score < 1 for score in found.values())


@many
@given(row_lists(min_size=1))
def test_without_conversions_in_training_scores_are_zero(rows):
    lost = [
        row._replace(conversions=0) if row.split == "training" else row for row in rows
    ]
    for found in scores(lost):
        assert not any(found.values())


@pytest.mark.parametrize("split", ["test", "unused"])
@pytest.mark.parametrize("order", ["2", "auto"])
def test_outcomes_of_test_users_change_no_score(split, order):
    paths, outcomes = world(by_last_two, 0)
    if split == "unused":
        outcomes = renamed(outcomes, "test", split)
    turned = turned_around(outcomes, split)
    assert not turned.equals(outcomes)
    assert scored((paths, turned), order).equals(scored((paths, outcomes), order))


@many
@given(row_lists(min_size=1))
def test_outcomes_of_validation_users_choose_the_order_and_nothing_else(rows):
    turned = [
        row._replace(conversions=row.journeys - row.conversions)
        if row.split == "validation"
        else row
        for row in rows
    ]
    assert scores(turned) == scores(rows)


def renamed(outcomes: pa.Table, split: str, to: str) -> pa.Table:
    frame = outcomes.to_pandas().replace({"split": {split: to}})
    return pa.Table.from_pandas(frame, schema=OUTCOMES_SCHEMA, preserve_index=False)


def turned_around(outcomes: pa.Table, split: str) -> pa.Table:
    """Let the journeys of a split convert that didn't, and the other way round."""
    frame = outcomes.to_pandas()
    there = frame["split"] == split
    other = frame["journeys"] - frame["conversions"]
    frame["conversions"] = frame["conversions"].mask(there, other)
    frame["revenue"] = frame["conversions"] * 3.0
    return pa.Table.from_pandas(frame, schema=OUTCOMES_SCHEMA, preserve_index=False)


def test_the_likelihood_is_the_mean_over_touchpoints_of_validation_users():
    rows = [
        Row("ab", 8, 4),
        Row("b", 8, 1),
        Row("ab", 3, 2, split="validation"),
        Row("ba", 1, 0, split="validation"),
    ]
    tables = tables_of(rows)
    [found] = score_orders(Paths.from_arrow(*tables), 1)
    of_paths = found.probabilities.tolist()
    by_path = dict(zip(("ab", "b", "ba"), of_paths, strict=True))
    # Journeys stand in a and in b, in either order.
    probabilities = np.array([by_path["ba"], by_path["b"]])
    expected = (2 * np.log(probabilities) + 2 * np.log(1 - probabilities)).sum() / 8
    assert found.log_likelihood == pytest.approx(expected, abs=ROUNDING)


# What the measures say


def auc_of_test_users(
    tables: tuple[pa.Table, pa.Table], order: str
) -> tuple[float, int, int]:
    """Give the AUC on test users, their journeys and conversions."""
    seen = tables[1].to_pandas().query("split == 'test'")
    seen = seen.groupby("path_key")[["journeys", "conversions"]].sum()
    scores = scores_of(tables, order).to_pandas().set_index("path_key")
    probability = scores.loc[seen.index, "conversion_probability"]
    found = evaluate(
        probability.to_numpy(),
        seen["journeys"].to_numpy(),
        seen["conversions"].to_numpy(),
    )
    assert found["auc"] is not None
    return found["auc"], seen["journeys"].sum(), seen["conversions"].sum()


def test_without_any_effect_the_test_auc_is_a_half():
    strays = []
    for seed in range(12):
        auc, journeys, converting = auc_of_test_users(
            world(by_nothing, seed), order="1"
        )
        # Mann and Whitney: without ties it would be as wide, with ties it is narrower.
        error = math.sqrt((journeys + 1) / (12 * converting * (journeys - converting)))
        strays.append((auc - 0.5) / error)
    # Each within a 99.9 % interval, and their mean, which a leak would move, as well.
    assert np.abs(strays).max() < 3.3
    assert abs(np.mean(strays)) < 3.3 / math.sqrt(len(strays))


def test_an_effect_lifts_the_test_auc_of_the_order_that_sees_it():
    tables = world(by_last_two, 0)
    assert abs(auc_of_test_users(tables, order="1")[0] - 0.5) < 0.1
    assert auc_of_test_users(tables, order="2")[0] > 0.7


def test_a_limit_that_leaves_no_order_leaves_order_one(monkeypatch):
    monkeypatch.setattr(orders_module, "_EASY", 0)
    assert choice(world(by_last_two, 0)) == 1
