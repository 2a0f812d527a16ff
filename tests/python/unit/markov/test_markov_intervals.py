"""Intervals of removal effects: derivatives, a brute-force bootstrap, and coverage."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dense_chain import DenseChain, Windows
from path_tables import (
    Row,
    orders_of,
    paths_of,
    row_lists,
    simulated_tables,
    tables_of,
)
from sizes import sized
from touchledger.bootstrap import BOUNDS, BUCKETS, bucket_weights
from touchledger.markov.chain import Chain
from touchledger.markov.effects import markov_removal_effects
from touchledger.markov.removal import Removals, removals
from touchledger.markov.states import states_of_order
from touchledger.markov.tables import counted_chain
from touchledger.paths import Outcomes, Paths

ROUNDING = 1e-12

many = settings(max_examples=40, deadline=None, derandomize=True)

# A chain of four channels: where journeys begin, and where they go next; what is
# missing to 1 are conversions, from the last column, and nulls.
START = np.array([0.4, 0.3, 0.2, 0.1])
MOVES = np.array(
    [
        [0.0, 0.3, 0.1, 0.05],
        [0.2, 0.0, 0.2, 0.1],
        [0.1, 0.2, 0.0, 0.2],
        [0.3, 0.1, 0.1, 0.0],
    ]
)
EXITS = np.array([0.15, 0.05, 0.2, 0.02])
CHANNELS = "abcd"


def world(users: int, seed: int, most_journeys: int = 1) -> tuple[pa.Table, pa.Table]:
    """Draw 1 to `most_journeys` equal journeys of each user from the chain."""
    random = np.random.default_rng(seed)
    fates = np.cumsum(np.column_stack([MOVES, EXITS]), axis=1)
    state = random.choice(len(START), p=START, size=users)
    converts = np.zeros(users, dtype=bool)
    walking = np.arange(users)
    touches = []
    while len(walking):
        touched = np.full(users, -1)
        touched[walking] = state[walking]
        touches.append(touched)
        drawn = random.random(len(walking))[:, None]
        fate = (drawn > fates[state[walking]]).sum(axis=1)
        converts[walking[fate == len(START)]] = True
        state[walking] = fate
        walking = walking[fate < len(START)]
    user = np.repeat(np.arange(users), random.integers(1, most_journeys + 1, users))
    bucket = random.integers(0, BUCKETS, users)
    return simulated_tables(
        np.stack(touches, axis=1)[user], converts[user], bucket=bucket[user]
    )


def computed(tables, order=1, includes_nulls=True, samples=300, seed=7) -> pa.Table:
    nothing = orders_of(tables, "none")
    return markov_removal_effects(
        *tables, nothing, str(order), includes_nulls, samples, seed
    )


def by_bucket(table: Paths, includes_nulls: bool):
    """Give the journeys that take part and those that convert."""
    conversions = table.by_bucket("conversions")
    return table.by_bucket("journeys") if includes_nulls else conversions, conversions


# Derivatives


@many
@given(row_lists(max_size=9), st.integers(1, 3), st.booleans())
def test_influences_are_what_a_little_more_of_a_bucket_changes(
    rows, order, includes_nulls
):
    rows = [Row("ab", 9, 3, bucket=500), *rows]
    table = paths_of(rows)
    journeys, conversions = by_bucket(table, includes_nulls)
    states = states_of_order(table, order)

    def left(weights: np.ndarray) -> np.ndarray:
        chain = Chain.count(
            states,
            Outcomes(
                journeys.T @ weights, conversions.T @ weights, np.zeros(len(table))
            ),
        )
        found = removals(chain)
        return np.array([*found.without, found.probability])

    chain = counted_chain(table, order, includes_nulls)
    influence = removals(chain, journeys, conversions).influence
    step = 1e-5
    for bucket in {row.bucket for row in rows}:
        more, less = np.ones((2, BUCKETS))
        more[bucket] += step
        less[bucket] -= step
        change = (left(more) - left(less)) / (2 * step)
        # The difference is off by the third derivative times 1e-10, and by rounding
        # of 1e-16 / 1e-5.
        assert influence[:, bucket] == pytest.approx(change, abs=1e-8)


@many
@given(row_lists(min_size=1), st.integers(1, 4), st.booleans())
def test_influences_sum_to_zero(rows, order, includes_nulls):
    # As much more of every bucket is the same chain.
    table = paths_of(rows)
    chain = counted_chain(table, order, includes_nulls)
    influence = removals(chain, *by_bucket(table, includes_nulls)).influence
    assert influence.shape[1] == BUCKETS
    assert influence.sum(axis=1) == pytest.approx(0, abs=ROUNDING)


def test_buckets_without_journeys_have_no_influence():
    table = paths_of([Row("ab", 9, 3, bucket=4), Row("b", 9, 5, bucket=7)])
    chain = counted_chain(table, 1, includes_nulls=True)
    found: Removals = removals(chain, *by_bucket(table, includes_nulls=True))
    assert np.flatnonzero(found.influence.any(axis=0)).tolist() == [4, 7]
    assert removals(chain).influence.shape == (0, BUCKETS)


# Against a bootstrap that counts and solves anew


@pytest.mark.parametrize("includes_nulls", [True, False])
@pytest.mark.parametrize("order", [1, 2])
def test_intervals_are_those_of_chains_counted_and_solved_anew(order, includes_nulls):
    tables = world(users=3_000, seed=1, most_journeys=4)
    result = computed(tables, order, includes_nulls).to_pydict()
    effects, attributed = solved_anew(
        Paths.from_arrow(*tables), order, includes_nulls, bucket_weights(300, seed=7)
    )
    for name, samples in (
        ("removal_effect", effects),
        ("attributed_conversions", attributed),
    ):
        lower, upper = np.percentile(samples, BOUNDS, axis=0)
        # The samples are the same. What remains is curvature: effects aren't straight
        # in the counts, nor are logarithms. It halves with four times the users.
        allowed = 0.1 * (upper - lower)
        assert (np.abs(np.array(result[f"{name}_lower"]) - lower) <= allowed).all()
        assert (np.abs(np.array(result[f"{name}_upper"]) - upper) <= allowed).all()


def solved_anew(
    table: Paths, order: int, includes_nulls: bool, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give effects and attributed conversions, `(samples, channels)`."""
    ends = zip(table.offsets[:-1], table.offsets[1:], strict=True)
    paths = [[CHANNELS[c] for c in table.channels[a:b]] for a, b in ends]
    windows = Windows(paths, order)
    journeys, conversions = (
        counts.T @ weights for counts in by_bucket(table, includes_nulls)
    )
    effects = []
    for counted, converting in zip(journeys.T, conversions.T, strict=True):
        chain = windows.chain(counted, converting, converting)
        effects.append([chain.removal_effect(channel) for channel in CHANNELS])
    found = np.array(effects)
    shares = found / found.sum(axis=1, keepdims=True)
    return found, shares * conversions.sum(axis=0)[:, None]


def test_intervals_of_simulated_worlds_cover_the_truth():
    worlds, users = sized(50, 150), 2_000
    truth = DenseChain([(c,) for c in CHANNELS], START, MOVES, EXITS, EXITS)
    effects = np.array([truth.removal_effect(channel) for channel in CHANNELS])
    exact = {
        "removal_effect": effects,
        "attributed_conversions": effects / effects.sum() * truth.probability() * users,
    }
    covered = dict.fromkeys(exact, 0.0)
    for seed in range(worlds):
        result = computed(world(users, seed), samples=200).to_pydict()
        for name, value in exact.items():
            covered[name] += np.mean(
                (np.array(result[f"{name}_lower"]) <= value)
                & (value <= np.array(result[f"{name}_upper"]))
            )
    for name, count in covered.items():
        # 95 %, give or take some 2.5 standard errors of so many worlds.
        assert sized(0.87, 0.90) <= count / worlds <= 0.99, name


def test_four_times_the_users_halve_the_intervals():
    widths = []
    for users in (2_000, 8_000):
        result = computed(world(users, seed=1)).to_pandas()
        widths.append(result["removal_effect_upper"] - result["removal_effect_lower"])
    # 300 samples know a width to some 6 %, and the worlds differ.
    assert (widths[0] / widths[1]).to_numpy() == pytest.approx(2, rel=0.25)


# Where bounds can be


@many
@given(row_lists(min_size=1), st.integers(1, 4), st.booleans())
def test_bounds_hold_the_value_and_stay_where_values_can_be(
    rows, order, includes_nulls
):
    result = computed(tables_of(rows), order, includes_nulls, samples=200).to_pandas()
    if not sum(row.conversions for row in rows):
        assert result.filter(regex="_lower|_upper").isna().all(axis=None)
        return
    for name in ("removal_effect", "attributed_conversions"):
        lower, upper = result[f"{name}_lower"], result[f"{name}_upper"]
        assert (lower - ROUNDING <= result[name]).all()
        assert (result[name] <= upper + ROUNDING * (1 + upper)).all()
        assert (lower >= 0).all()
    assert (result["removal_effect_upper"] <= 1).all()


def test_without_samples_the_bounds_are_null_and_the_values_the_same():
    tables = world(users=300, seed=1)
    none, some = computed(tables, samples=0), computed(tables, samples=50)
    assert none.schema == some.schema
    for name in none.column_names:
        if name.endswith(("_lower", "_upper")):
            assert (none[name].null_count, some[name].null_count) == (4, 0), name
        else:
            assert none[name].equals(some[name]), name


@pytest.mark.parametrize("paths", [["xa", "xab", "xba"], ["ax", "abx", "bax"]])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("includes_nulls", [True, False])
def test_a_channel_that_all_journeys_must_pass_has_an_effect_of_one_for_sure(
    paths, order, includes_nulls
):
    rows = [Row(path, 9, 3 + i, bucket=i) for i, path in enumerate(paths)]
    result = computed(tables_of(rows), order, includes_nulls).to_pylist()
    [passed] = [row for row in result if row["channel_key"] == ord("x")]
    assert passed["removal_effect"] == 1
    assert passed["removal_effect_lower"] == passed["removal_effect_upper"] == 1


@pytest.mark.parametrize("includes_nulls", [True, False])
def test_a_channel_that_leads_to_nothing_has_no_effect_for_sure(includes_nulls):
    rows = [
        Row("ab", 9, 3, bucket=1),
        Row("b", 9, 5, bucket=2),
        Row("ax", 9, 0, bucket=3),
    ]
    result = computed(tables_of(rows), 1, includes_nulls).to_pylist()
    [useless] = [row for row in result if row["channel_key"] == ord("x")]
    for name in ("removal_effect", "attributed_conversions"):
        assert [useless[name + end] for end in ("", "_lower", "_upper")] == [0, 0, 0]


def test_one_bucket_of_users_says_nothing_of_chance():
    # Whatever is drawn is the same chain, in other amounts.
    result = computed(tables_of([Row("ab", 9, 3), Row("b", 9, 5)])).to_pydict()
    for bound in ("removal_effect_lower", "removal_effect_upper"):
        assert result[bound] == pytest.approx(result["removal_effect"], abs=ROUNDING)


def test_a_seed_gives_the_same_bits_and_another_seed_others():
    tables = world(users=300, seed=1)
    assert computed(tables, seed=7).equals(computed(tables, seed=7))
    assert not computed(tables, seed=7).equals(computed(tables, seed=8))
