"""The Markov chain against the usual one, written out, and against known results."""

import dataclasses
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from dense_chain import DenseChain, Windows
from path_tables import (
    OUTCOMES_SCHEMA,
    PATHS_SCHEMA,
    Row,
    orders_of,
    paths_of,
    row_lists,
    scored,
    scores_of,
    simulated_tables,
    tables_of,
)
from real_data import july_2018, real_data_path, reference_path
from touchledger.errors import UserError
from touchledger.markov import removal as removal_module
from touchledger.markov import states as states_module
from touchledger.markov.chain import Chain, solve_sparse
from touchledger.markov.effects import markov_removal_effects
from touchledger.markov.removal import removals
from touchledger.markov.states import states_of_order
from touchledger.markov.tables import (
    counted_chain,
    markov_transitions,
)

# Chains of some dozen states, whose probabilities are sums of numbers below 1.
ROUNDING = 1e-12
# What the project promises of its results.
PROMISED = 1e-9

many = settings(max_examples=40, deadline=None, derandomize=True)
orders = st.integers(1, 4)


def usual_chain(rows: list[Row], order: int, includes_nulls: bool) -> DenseChain:
    conversions = np.array([row.conversions for row in rows])
    journeys = np.array([row.journeys for row in rows])
    revenue = np.array([row.revenue for row in rows])
    windows = Windows([row.path for row in rows], order)
    return windows.chain(
        journeys if includes_nulls else conversions, conversions, revenue
    )


def channels_of(rows: list[Row]) -> list[str]:
    return sorted({letter for row in rows for letter in row.path})


def transitions(rows: list[Row], order: int, includes_nulls: bool = True):
    names = pa.table({"channel_key": [ord(c) for c in "abcd"], "channel": list("abcd")})
    tables = tables_of(rows)
    return markov_transitions(
        *tables, names, orders_of(tables, "auto"), str(order), includes_nulls
    ).to_pandas()


def effects(tables, order, includes_nulls=True, samples=0) -> pa.Table:
    found = orders_of(tables, "none")
    return markov_removal_effects(
        *tables, found, str(order), includes_nulls, samples, 7
    )


# The numbers


def test_two_channels_have_the_effects_worked_by_hand():
    rows = [Row("a", 10, 1, 2.0), Row("ab", 10, 6, 6.0), Row("b", 10, 2, 2.0)]
    result = effects(tables_of(rows), 1).to_pydict()
    # a converts next with 1 / 20 and moves to b with 1 / 2; b converts with 8 / 20.
    # P = 2/3 (.05 + .5 .4) + 1/3 .4 = .3; without a 1/3 .4; without b 2/3 .05.
    assert result["conversion_probability"] == pytest.approx([0.3, 0.3])
    assert result["conversion_probability_without"] == pytest.approx([2 / 15, 1 / 30])
    assert result["removal_effect"] == pytest.approx([5 / 9, 8 / 9])
    assert result["share"] == pytest.approx([5 / 13, 8 / 13])
    assert result["attributed_conversions"] == pytest.approx([9 * 5 / 13, 9 * 8 / 13])
    # A visit of a earns .1 next, one of b .4: 1/3 in all, 2/15 and 1/15 without one.
    assert result["revenue_removal_effect"] == pytest.approx([0.6, 0.8])
    assert result["attributed_revenue"] == pytest.approx([10 * 3 / 7, 10 * 4 / 7])


def test_a_state_is_left_for_the_next_one_that_differs():
    found = transitions([Row("aabcc", 4, 1), Row("b", 1, 1)], order=2)
    rows = found.itertuples(index=False, name=None)
    assert {(a, b): (count, probability) for a, b, count, probability in rows} == {
        ("(start)", "a"): (4, 0.8),
        ("(start)", "b"): (1, 0.2),
        ("a", "a > a"): (4, 1.0),
        ("a > a", "a > b"): (4, 1.0),
        ("a > b", "b > c"): (4, 1.0),
        ("b > c", "c > c"): (4, 1.0),
        ("c > c", "(conversion)"): (1, 0.25),
        ("c > c", "(null)"): (3, 0.75),
        ("b", "(conversion)"): (1, 1.0),
    }
    once = transitions([Row("aaa", 4, 1)], order=1)
    assert once["from_state"].tolist() == ["(start)", "a", "a"]


@many
@given(row_lists(min_size=1), orders, st.booleans())
def test_effects_are_those_of_the_usual_chain_of_sliding_windows(
    rows, order, includes_nulls
):
    found = removals(counted_chain(paths_of(rows), order, includes_nulls))
    usual = usual_chain(rows, order, includes_nulls)
    without = [usual.without(channel) for channel in channels_of(rows)]
    assert found.probability == pytest.approx(usual.probability(), abs=ROUNDING)
    assert found.without == pytest.approx(
        [chain.probability() for chain in without], abs=ROUNDING
    )
    # A conversion is worth up to 10, not 1.
    assert found.revenue == pytest.approx(usual.revenue(), abs=10 * ROUNDING)
    assert found.revenue_without == pytest.approx(
        [chain.revenue() for chain in without], abs=10 * ROUNDING
    )


@many
@given(row_lists(min_size=1), orders, st.booleans())
def test_the_table_has_the_effects_of_the_usual_chain(rows, order, includes_nulls):
    result = effects(tables_of(rows), order, includes_nulls).to_pydict()
    usual = usual_chain(rows, order, includes_nulls)
    channels = channels_of(rows)
    assert result["channel_key"] == [ord(channel) for channel in channels]
    for name, total, effect in (
        ("removal_effect", usual.probability(), usual.removal_effect),
        ("revenue_removal_effect", usual.revenue(), usual.revenue_removal_effect),
    ):
        if total:
            expected = [effect(channel) for channel in channels]
            # A quotient of two numbers of 1e-3 or more, each right to 1e-15.
            assert result[name] == pytest.approx(expected, abs=ROUNDING)


@many
@given(row_lists(min_size=1), orders, st.booleans())
def test_attributed_conversions_and_revenue_add_up_to_all(rows, order, includes_nulls):
    result = effects(tables_of(rows), order, includes_nulls).to_pydict()
    conversions = sum(row.conversions for row in rows)
    revenue = sum(row.revenue for row in rows)
    assert sum(result["attributed_conversions"]) == pytest.approx(conversions)
    assert sum(result["attributed_revenue"]) == pytest.approx(revenue)
    assert sum(result["share"]) == pytest.approx(1 if conversions else 0)


@many
@given(row_lists(min_size=1), orders)
def test_a_journey_converts_as_often_as_journeys_do(rows, order):
    journeys = sum(row.journeys for row in rows)
    conversions = sum(row.conversions for row in rows)
    chain = counted_chain(paths_of(rows), order, includes_nulls=True)
    expected = pytest.approx(conversions / journeys, abs=ROUNDING)
    assert removals(chain).probability == expected
    assert chain.start @ chain.conversion_probabilities() == expected


@many
@given(row_lists(min_size=1), orders, st.booleans())
def test_transitions_out_of_a_state_sum_to_one_and_equal_those_into_it(
    rows, order, includes_nulls
):
    found = transitions(rows, order, includes_nulls)
    probabilities = found.groupby("from_state")["probability"].sum()
    assert probabilities.to_numpy() == pytest.approx(1, abs=ROUNDING)
    left = (
        found.groupby("from_state")["transitions"]
        .sum()
        .drop("(start)", errors="ignore")
    )
    entered = found.groupby("to_state")["transitions"].sum()
    assert entered.drop(["(conversion)", "(null)"], errors="ignore").equals(
        left.rename_axis("to_state")
    )


# What the rows look like doesn't matter


@many
@given(row_lists(min_size=1), orders, st.booleans(), st.randoms(use_true_random=False))
def test_order_and_splits_of_rows_change_no_bit(rows, order, includes_nulls, shuffle):
    paths, outcomes = tables_of(rows)
    again = shuffled(paths, shuffle), shuffled(halved(outcomes), shuffle)
    for one, other in zip(
        everything((paths, outcomes), order, includes_nulls),
        everything(again, order, includes_nulls),
        strict=True,
    ):
        assert one.equals(other)


def everything(tables, order, includes_nulls) -> list[pa.Table]:
    names = pa.table({"channel_key": [ord(c) for c in "abcd"], "channel": list("abcd")})
    found = orders_of(tables, "auto")
    return [
        scored(tables, "auto"),
        markov_transitions(*tables, names, found, str(order), includes_nulls),
        effects(tables, order, includes_nulls, samples=20),
    ]


def halved(outcomes: pa.Table) -> pa.Table:
    """Give journeys that convert and those that don't rows of their own."""
    frame = outcomes.to_pandas()
    nulls = frame.assign(
        journeys=frame["journeys"] - frame["conversions"], conversions=0, revenue=0.0
    )
    converting = frame.assign(journeys=frame["conversions"])
    return pa.Table.from_pandas(
        pd.concat([nulls, converting]), schema=OUTCOMES_SCHEMA, preserve_index=False
    )


def shuffled(table: pa.Table, shuffle) -> pa.Table:
    return table.take(shuffle.sample(range(table.num_rows), table.num_rows))


# Large chains


@many
@given(row_lists(min_size=1), orders, st.booleans())
def test_adding_up_walks_gives_what_the_dense_solution_gives(
    rows, order, includes_nulls
):
    table = paths_of(rows)
    chain = counted_chain(table, order, includes_nulls)
    by_bucket = [table.by_bucket(name) for name in ("journeys", "conversions")]
    if not includes_nulls:
        by_bucket[0] = by_bucket[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Chain, "is_dense", True)
        dense = removals(chain, *by_bucket), chain.conversion_probabilities()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Chain, "is_dense", False)
        walked = removals(chain, *by_bucket), chain.conversion_probabilities()
    assert walked[1] == pytest.approx(dense[1], abs=ROUNDING)
    for name in (field.name for field in dataclasses.fields(dense[0])):
        expected = pytest.approx(getattr(dense[0], name), abs=10 * ROUNDING)
        assert getattr(walked[0], name) == expected


def test_a_robot_that_goes_to_and_fro_costs_no_digits(monkeypatch):
    robot = Row("xy" * 400, 1, 1, 2.0)
    table = paths_of([Row("abcb", 9, 3, 5.0), Row("cb", 5, 2, 3.0), robot])
    chain = counted_chain(table, 2, includes_nulls=True)
    assert chain.longest_walk is None
    by_bucket = table.by_bucket("journeys"), table.by_bucket("conversions")
    monkeypatch.setattr(Chain, "is_dense", True)
    dense = removals(chain, *by_bucket), chain.conversion_probabilities()
    monkeypatch.setattr(Chain, "is_dense", False)
    column_wise = removals(chain, *by_bucket), chain.conversion_probabilities()
    assert column_wise[1] == pytest.approx(dense[1], abs=ROUNDING)
    for name in ("without", "revenue_without", "influence"):
        expected = pytest.approx(getattr(dense[0], name), abs=ROUNDING)
        assert getattr(column_wise[0], name) == expected


@pytest.mark.parametrize("transitions_per_state", [1, 5])
@pytest.mark.parametrize("is_forward", [False, True])
def test_walks_without_end_are_solved_by_factors_and_by_minimal_residuals(
    transitions_per_state, is_forward
):
    states, random = 60, np.random.default_rng(5)
    moves = np.zeros((states, states))
    for _ in range(transitions_per_state):
        moves[np.arange(states), random.permutation(states)] += random.random(states)
    # A ten-thousandth of all visits is the last.
    moves *= (1 - 1e-4) / moves.sum(axis=1, keepdims=True)
    moves = moves.T if is_forward else moves
    start = np.zeros((states, 1))
    start[3] = 1
    allowed = np.ones((states, 2))
    allowed[[7, 20], 1] = 0
    found = solve_sparse(sparse.csr_array(moves), start, None, allowed)
    for column, stopped in enumerate(allowed.T):
        system = np.eye(states) - stopped[:, None] * moves
        exact = np.linalg.solve(system, stopped * start[:, 0])
        assert found[:, column] == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize("is_dense", [False, True])
def test_channels_may_be_removed_a_few_at_a_time(is_dense, monkeypatch):
    rows = [Row("abcdab", 9, 3, 5.0), Row("cb", 5, 2, 3.0), Row("da", 7, 1, 9.0)]
    table = paths_of(rows)
    chain = counted_chain(table, 2, includes_nulls=True)
    by_bucket = table.by_bucket("journeys"), table.by_bucket("conversions")
    monkeypatch.setattr(Chain, "is_dense", is_dense)
    at_once = removals(chain, *by_bucket)
    monkeypatch.setattr(removal_module, "_CELLS_AT_ONCE", 1)
    one_by_one = removals(chain, *by_bucket)
    for name in (field.name for field in dataclasses.fields(at_once)):
        expected = pytest.approx(getattr(at_once, name), abs=ROUNDING)
        assert getattr(one_by_one, name) == expected


# Rounding


def test_what_is_left_without_a_channel_is_never_below_zero():
    # The exact value is 0; plain arithmetic gives -1e-16.
    rows = [
        Row("dada", 1000, 0),
        Row("cddaaacdccdcacdb", 5000, 5000, 28750.0),
        Row("db", 3000, 3000, 16500.0),
    ]
    found = removals(counted_chain(paths_of(rows), 1, includes_nulls=True))
    assert found.without.min() == 0
    assert found.revenue_without.min() == 0


def test_no_probability_is_above_one():
    # Plain arithmetic gives 1 + 2e-16.
    rows = [Row("babdacaabccbdccbdbbaadcdcaba", 3000, 3000)]
    tables = tables_of(rows)
    scores = scores_of(tables, "1")
    assert scores["conversion_probability"].to_pylist() == [1.0]
    assert removals(counted_chain(paths_of(rows), 1, True)).probability <= 1


# Real data and known results


class Real(NamedTuple):
    """Tables of paths, and the names of their channels by key."""

    tables: tuple[pa.Table, pa.Table]
    channels: list[str]


def real(journeys: pd.DataFrame) -> Real:
    """Take `path, journeys, conversions, revenue`; a path is text."""
    texts = journeys["path"].str.split(" > ")
    channels = sorted({channel for text in texts for channel in text})
    key = {channel: i for i, channel in enumerate(channels)}
    paths = {
        "path_key": np.arange(len(texts)),
        "channel_keys": [[key[channel] for channel in text] for text in texts],
    }
    outcomes = journeys.assign(path_key=paths["path_key"], split="training", bucket=0)
    return Real(
        (
            pa.table(paths, schema=PATHS_SCHEMA),
            pa.Table.from_pandas(
                outcomes, schema=OUTCOMES_SCHEMA, preserve_index=False
            ),
        ),
        channels,
    )


@pytest.fixture(scope="module")
def path_data_paths() -> Real:
    paths = pd.read_csv(real_data_path("paths/path_data.csv.gz"))
    return real(
        pd.DataFrame(
            {
                "path": paths["path"],
                "journeys": paths["total_conversions"] + paths["total_null"],
                "conversions": paths["total_conversions"],
                "revenue": paths["total_conversion_value"],
            }
        )
    )


@pytest.fixture(scope="module")
def july_2018_paths() -> Real:
    """Split each user's touchpoints after each conversion, however old they are."""
    touches, conversions = july_2018()
    touches = touches.merge(
        conversions[["conversion_id", "revenue"]],
        how="left",
        left_on="touchpoint_id",
        right_on="conversion_id",
    ).sort_values(["user_id", "occurred_at", "touchpoint_id"])
    converts = touches["conversion_id"].notna().astype(int)
    earlier = converts.groupby(touches["user_id"]).cumsum() - converts
    journeys = touches.groupby([touches["user_id"], earlier]).agg(
        path=("channel", " > ".join),
        conversions=("conversion_id", "count"),
        revenue=("revenue", "sum"),
    )
    by_path = journeys.assign(journeys=1).groupby("path", as_index=False)
    return real(by_path[["journeys", "conversions", "revenue"]].sum())


REFERENCES = [
    ("path_data", 1, "null"),
    ("path_data", 1, "nonull"),
    ("path_data", 2, "null"),
    ("path_data", 2, "nonull"),
    ("path_data", 3, "null"),
    *(
        ("july_2018", order, nulls)
        for order in (1, 2, 3)
        for nulls in ("null", "nonull")
    ),
]


@pytest.mark.parametrize(("name", "order", "nulls"), REFERENCES)
def test_effects_on_real_data_equal_the_reference(name, order, nulls, request):
    tables, channels = request.getfixturevalue(f"{name}_paths")
    expected = pd.read_csv(reference_path(f"{name}/markov_o{order}_{nulls}.csv"))
    expected = expected.set_index("channel_name").sort_index()
    assert expected.index.tolist() == channels
    actual = effects(tables, order, includes_nulls=nulls == "null").to_pandas()
    for column, reference in (
        ("removal_effect", "removal_effect_conv"),
        ("revenue_removal_effect", "removal_effect_value"),
        ("attributed_conversions", "conversions"),
        ("attributed_revenue", "value"),
    ):
        assert actual[column].to_numpy() == pytest.approx(
            expected[reference].to_numpy(), rel=PROMISED
        )


# A generator of journeys with known shares: 1 to 9 touches, all as likely; channels by
# these weights, but by others at the last touch of the 14 % that convert.
LONGEST = 9
RATE = 0.14
BEFORE = np.array([0.20, 0.30, 0.15, 0.30, 0.05])
AT_LAST = np.array([0.30, 0.20, 0.10, 0.39, 0.01])
SHARES = (0.2365, 0.2466, 0.1695, 0.2797, 0.0678)


def test_expected_counts_of_a_known_generator_give_its_exact_shares():
    every_pair = [Row(a + b, 1, 1) for a in "abcde" for b in "abcde" if a != b]
    chain = counted_chain(paths_of(every_pair), 1, includes_nulls=True)
    last = RATE * AT_LAST + (1 - RATE) * BEFORE
    is_longer = (LONGEST - 1) / LONGEST
    # Steps between touches before the last: length - 2 of them, on average.
    between = sum(range(LONGEST - 1)) / LONGEST
    counts = between * np.outer(BEFORE, BEFORE) + is_longer * np.outer(BEFORE, last)
    steps = chain.states.steps
    chain = dataclasses.replace(
        chain,
        starts=is_longer * BEFORE + (1 - is_longer) * last,
        transitions=counts[steps.origin, steps.target],
        conversions=RATE * AT_LAST,
        nulls=(1 - RATE) * BEFORE,
    )
    found = removals(chain)
    lost = found.probability - found.without
    assert found.probability == pytest.approx(RATE, abs=ROUNDING)
    # They are known to four digits.
    assert lost / lost.sum() == pytest.approx(SHARES, abs=5e-5)


def test_journeys_of_a_known_generator_have_nearly_its_exact_shares():
    journeys = 200_000
    random = np.random.default_rng(1)
    length = random.integers(1, LONGEST + 1, journeys)
    converts = random.random(journeys) < RATE
    touches = random.choice(5, p=BEFORE, size=(journeys, LONGEST))
    last = random.choice(5, p=AT_LAST, size=journeys)
    touches[converts, length[converts] - 1] = last[converts]
    touches[np.arange(LONGEST) >= length[:, None]] = -1
    result = effects(simulated_tables(touches, converts), 1).to_pydict()
    # Over draws of this size the standard deviation of a share is at most .0007.
    assert result["share"] == pytest.approx(SHARES, abs=5 * 0.0007)
    assert result["conversion_probability"] == pytest.approx(
        [converts.mean()] * 5, abs=ROUNDING
    )


# What can't be solved


def test_a_state_that_cannot_reach_an_end_is_named():
    chain = counted_chain(paths_of([Row("aba", 1, 1), Row("c", 1, 1)]), 1, True)
    ends = np.array([0.0, 0.0, 1.0])
    with pytest.raises(UserError, match=f"The state {ord('a')} .* can't reach an end"):
        dataclasses.replace(chain, conversions=ends, nulls=np.zeros(3))


def test_a_longer_state_that_cannot_reach_an_end_is_named_in_its_order():
    chain = counted_chain(paths_of([Row("abab", 1, 1)]), 2, True)
    nothing = np.zeros(len(chain.states))
    endless = {"conversions": nothing, "nulls": nothing}
    with pytest.raises(UserError, match=f"The state {ord('a')} \\(") as first:
        dataclasses.replace(chain, **endless)
    assert "channel keys" in str(first.value)
    skipped = chain.transitions * [0, 1, 1]
    with pytest.raises(UserError, match=f"The state {ord('a')} > {ord('b')} "):
        dataclasses.replace(chain, transitions=skipped, **endless)


def test_too_many_states_are_refused_with_the_way_out(monkeypatch):
    table = paths_of([Row("abc", 1, 1), Row("cba", 1, 0)])
    monkeypatch.setattr(states_module, "MAX_STATES", 3)
    assert len(states_of_order(table, 1)) == 3
    with pytest.raises(UserError, match=r"order 2 has 6 states.*at most 3.*auto"):
        states_of_order(table, 3)


def test_an_order_with_too_many_states_is_not_scored(monkeypatch):
    tables = tables_of([Row("abc", 1, 1), Row("cba", 1, 0)])
    monkeypatch.setattr(states_module, "MAX_STATES", 3)
    assert orders_of(tables, "auto")["markov_order"].to_pylist() == [1]


def test_a_chain_of_no_paths_has_no_states():
    chain = Chain.count(states_of_order(paths_of([]), 2), paths_of([]).outcomes())
    assert (len(chain.states), chain.journeys) == (0, 0.0)
    assert chain.conversion_probabilities().shape == (0,)
    assert removals(chain).probability == 0
