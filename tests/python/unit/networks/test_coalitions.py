"""Shapley values of many games, by hand, by brute force, and by what defines them."""

import math
from itertools import permutations as orders_of

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchledger.networks.coalitions import MOST_EXACT_PLAYERS, shapley_values

# Sums of up to some hundred floats of size 50 or less, each right to some 1e-15.
ROUNDING = 1e-12
# An estimate with an honest standard error strays farther once in 16,000 times.
STANDARD_ERRORS = 4

many = settings(max_examples=60, deadline=None, derandomize=True)


class Watched:
    """A value function that checks what it is given, and remembers the calls."""

    def __init__(self, sizes, worth):
        self.sizes, self.worth = np.asarray(sizes, dtype=np.int64), worth
        self.calls = []

    def __call__(self, games, members):
        assert games.dtype == np.int64
        assert members.dtype == np.bool_
        assert len(games) > 0
        assert (np.diff(games) >= 0).all()
        sizes = self.sizes[games]
        assert members.shape == (sizes.sum(),)
        self.calls.append(len(games))
        first = np.cumsum(sizes) - sizes
        place = np.arange(len(members)) - np.repeat(first, sizes)
        return self.worth(
            games, np.repeat(np.arange(len(games)), sizes), place, members
        )


def tabled(tables):
    """Value coalitions by tables of worths; player i is bit i of a table's index."""
    first = np.cumsum([0, *(len(table) for table in tables)])
    worths = np.concatenate([np.zeros(0), *tables])

    def worth(games, coalition, place, members):
        bits = np.bincount(coalition, members * 2.0**place, len(games))
        return worths[first[games] + bits.astype(np.int64)]

    return Watched([len(table).bit_length() - 1 for table in tables], worth)


def summed(sizes, of_sum, weight=lambda games, place: 1.0):
    """Value coalitions by a function of the sum of their members' weights."""

    def worth(games, coalition, place, members):
        weights = members * weight(games[coalition], place)
        return of_sum(np.bincount(coalition, weights, len(games)), games)

    return Watched(sizes, worth)


def solved(value, exact_up_to=12, permutations=64, seeds=None, **options):
    """Solve the games of a watched value function."""
    if seeds is None:
        seeds = 100 + np.arange(len(value.sizes))
    return shapley_values(
        value.sizes,
        value,
        exact_up_to=exact_up_to,
        permutations=permutations,
        seeds=np.asarray(seeds, dtype=np.int64),
        **options,
    )


def by_game(sizes, values):
    return np.split(values, np.cumsum(sizes)[:-1])


def bits(result):
    return [
        getattr(result, name).tobytes()
        for name in ("values", "standard_errors", "empty", "full")
    ]


def by_all_orders(table):
    """Average each player's gain over all n! orders."""
    n = len(table).bit_length() - 1
    gains = np.zeros(n)
    for order in orders_of(range(n)):
        members = 0
        for player in order:
            gains[player] += table[members | 1 << player] - table[members]
            members |= 1 << player
    return gains / math.factorial(n)


def random_tables(sizes, seed=1):
    """Draw games in which players differ and work together."""
    random = np.random.default_rng(seed)
    tables = []
    for n in sizes:
        members = np.arange(2**n)[:, None] >> np.arange(n) & 1
        strength = members @ random.gamma(1.0, size=n)
        tables.append(strength**1.5 + random.normal(size=2**n))
    return tables


def tables_of(n):
    worths = st.integers(-50, 50) | st.floats(-50, 50)
    return st.lists(worths, min_size=2**n, max_size=2**n).map(
        lambda table: np.array(table, dtype=np.float64)
    )


any_size = st.integers(0, 6).flatmap(tables_of)


# The numbers


def test_two_players_have_the_values_worked_by_hand():
    # Nobody is worth 0.5. Player 0 gains 1 first and 3 second; player 1 gains 2 and 4.
    result = solved(tabled([np.array([0.5, 1.5, 2.5, 5.5])]))
    assert result.values.tolist() == [2.0, 3.0]
    assert result.standard_errors.tolist() == [0.0, 0.0]
    assert (result.empty.tolist(), result.full.tolist()) == ([0.5], [5.5])


@many
@given(st.lists(any_size, max_size=4), st.sampled_from([1, 5, 64, 2**16]))
def test_values_are_the_mean_gain_over_all_orders(tables, coalitions_at_once):
    result = solved(tabled(tables), coalitions_at_once=coalitions_at_once)
    expected = np.concatenate([np.zeros(0), *map(by_all_orders, tables)])
    assert result.values == pytest.approx(expected, abs=ROUNDING)
    assert not result.standard_errors.any()
    assert result.empty.tolist() == [table[0] for table in tables]
    assert result.full.tolist() == [table[-1] for table in tables]


def test_a_glove_without_a_pair_is_worth_little():
    # One left glove and two right ones: the left makes a pair in 4 orders of 6.
    def pairs(games, coalition, place, members):
        left = np.bincount(coalition, members & (place == 0), len(games))
        right = np.bincount(coalition, members & (place > 0), len(games))
        return np.minimum(left, right)

    result = solved(Watched([3], pairs))
    assert result.values == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=ROUNDING)


@pytest.mark.parametrize("exact_up_to", [12, 0])
def test_players_that_only_add_have_what_they_add(exact_up_to):
    sizes = [1, 12, 3, 5]
    value = summed(sizes, lambda total, games: total, lambda game, k: k - 2.0 * game)
    result = solved(value, exact_up_to=exact_up_to)
    expected = [k - 2.0 * game for game, n in enumerate(sizes) for k in range(n)]
    assert result.values == pytest.approx(expected, abs=ROUNDING)
    assert result.standard_errors == pytest.approx(np.zeros(21), abs=ROUNDING)


@pytest.mark.parametrize("exact_up_to", [11, 0])
def test_a_runway_is_paid_for_by_those_who_need_it(exact_up_to):
    # A coalition costs its longest runway. Player k shares each metre up to k + 1 with
    # those who need it too: 1 / n + 1 / (n - 1) + ... (Littlechild & Owen 1973).
    n = 11

    def longest(games, coalition, place, members):
        costs = np.zeros(len(games))
        np.maximum.at(costs, coalition, members * (place + 1.0))
        return costs

    result = solved(Watched([n], longest), exact_up_to, permutations=4_000)
    expected = np.cumsum(1 / (n - np.arange(n)))
    allowed = STANDARD_ERRORS * result.standard_errors + ROUNDING
    assert (np.abs(result.values - expected) <= allowed).all()


@pytest.mark.parametrize("exact_up_to", [20, 12])
def test_a_long_journey_counts_as_much_as_a_short_one(exact_up_to):
    # Each is worth 1 to nobody and 3 to all. Values that lack the factor n would sum
    # to 2 / n. Pairs of orders leave no error here.
    sizes = np.array([1, 2, 3, 5, 10, 15, 40])
    value = summed(sizes, lambda total, games: 1 + 2 * (total / sizes[games]) ** 2)
    result = solved(value, exact_up_to)
    totals = [part.sum() for part in by_game(sizes, result.values)]
    assert totals == pytest.approx([2.0] * len(sizes), abs=ROUNDING)
    assert result.values == pytest.approx(np.repeat(2 / sizes, sizes), abs=ROUNDING)


# The axioms


@many
@given(
    st.lists(any_size, min_size=1, max_size=5),
    st.sampled_from([0, 3, 6]),
    st.integers(2, 5),
)
def test_values_sum_to_full_less_empty(tables, exact_up_to, pairs):
    result = solved(tabled(tables), exact_up_to, 2 * pairs)
    sizes = [len(table).bit_length() - 1 for table in tables]
    totals = [part.sum() for part in by_game(sizes, result.values)]
    assert totals == pytest.approx(result.full - result.empty, abs=ROUNDING)


@pytest.mark.parametrize("exact_up_to", [12, 0])
def test_worths_of_32_bits_are_added_up_in_64(exact_up_to):
    tables = [table.astype(np.float32) for table in random_tables([3, 8, 11])]
    coarse = tabled(tables)
    coarse.worth = lambda *seen, worth=coarse.worth: worth(*seen).astype(np.float32)
    result = solved(coarse, exact_up_to)
    assert result.values.dtype == np.float64
    assert bits(result) == bits(solved(tabled(tables), exact_up_to))
    totals = [part.sum() for part in by_game([3, 8, 11], result.values)]
    assert totals == pytest.approx(result.full - result.empty, abs=ROUNDING)


@many
@given(any_size.filter(lambda table: len(table) >= 4))
def test_players_that_play_the_same_part_have_the_same_value(table):
    coalitions = np.arange(len(table))
    swapped = coalitions & ~3 | (coalitions & 1) << 1 | (coalitions & 2) >> 1
    values = solved(tabled([table + table[swapped]])).values
    assert values[0] == pytest.approx(values[1], abs=ROUNDING)


@many
@given(st.integers(0, 4).flatmap(tables_of), st.sampled_from([0, 5]))
def test_a_player_that_never_changes_the_worth_has_no_value(table, exact_up_to):
    beside = np.concatenate([table, table])
    result = solved(tabled([beside]), exact_up_to)
    assert result.values[-1] == 0.0
    assert result.standard_errors[-1] == 0.0
    if exact_up_to:
        without = solved(tabled([table])).values
        assert result.values[:-1] == pytest.approx(without, abs=ROUNDING)


@many
@given(tables_of(4), tables_of(4), st.integers(-9, 9), st.sampled_from([0, 4]))
def test_values_of_added_and_scaled_games_add_and_scale(
    one, other, factor, exact_up_to
):
    mixed, first, second = (
        solved(tabled([table]), exact_up_to).values
        for table in (one + factor * other, one, other)
    )
    assert mixed == pytest.approx(first + factor * second, abs=100 * ROUNDING)


# Sampled orders


@pytest.mark.parametrize("seed", range(3))
def test_a_sample_is_as_near_the_exact_values_as_its_errors_say(seed):
    value = tabled(random_tables([3, 4, 6, 9, 11] * 4, seed))
    exact = solved(value)
    sample = solved(value, exact_up_to=0, permutations=200, seeds=value.sizes + seed)
    assert (sample.standard_errors > 0).all()
    misses = np.abs(sample.values - exact.values)
    assert (misses <= STANDARD_ERRORS * sample.standard_errors).all()


def test_standard_errors_are_as_large_as_samples_scatter():
    value = tabled(random_tables([9]) * 200)
    exact, sample = solved(value), solved(value, exact_up_to=0, permutations=100)
    misses = (sample.values - exact.values) / sample.standard_errors
    # 200 samples know a root mean square to some 5 %, nine players to less than that.
    assert np.sqrt(np.mean(misses**2)) == pytest.approx(1.0, abs=0.08)


def test_four_times_the_permutations_halve_the_standard_errors():
    value = tabled(random_tables([8]))
    few, more = (
        solved(value, exact_up_to=0, permutations=count) for count in (1_000, 4_000)
    )
    # 500 pairs know their spread to some 3 %; heavy tails, to somewhat less.
    ratios = more.standard_errors / few.standard_errors
    assert ratios == pytest.approx(0.5, rel=0.2)


@pytest.mark.parametrize("players", [3, 4, 9, 30])
def test_an_order_and_its_reverse_leave_no_error_where_players_work_by_twos(players):
    # What two players make together goes to the later one: to each in half of a pair.
    value = summed([players], lambda total, games: total**2, lambda game, k: k + 1.0)
    result = solved(value, exact_up_to=0, permutations=4)
    strength = np.arange(players) + 1.0
    expected = strength * strength.sum()
    assert result.values == pytest.approx(expected, rel=ROUNDING)
    assert result.standard_errors / expected == pytest.approx(
        np.zeros(players), abs=ROUNDING
    )


def test_games_sample_orders_of_their_own_by_their_seeds():
    table = random_tables([7])[0]
    value = tabled([table] * 4)
    result = solved(value, exact_up_to=0, seeds=[5, -5, 2**63 - 1, 5])
    parts = [part.tolist() for part in by_game(value.sizes, result.values)]
    assert parts[0] == parts[3]
    assert parts[0] != parts[1] != parts[2] != parts[0]


# What else there is, and how much at once, doesn't matter

MIXED = [3, 0, 6, 1, 8, 2, 6, 11, 3, 4, 1, 9, 8, 0, 6, 6, 6]


@pytest.mark.parametrize("coalitions_at_once", [1, 2, 7, 50, 64, 1_000, 10**7])
def test_how_many_coalitions_go_at_once_changes_no_bit(coalitions_at_once):
    value = tabled(random_tables(MIXED))
    whole = solved(value, exact_up_to=6)
    parts = solved(value, exact_up_to=6, coalitions_at_once=coalitions_at_once)
    assert bits(parts) == bits(whole)


@pytest.mark.parametrize("shuffle_seed", range(3))
def test_other_games_and_their_order_change_no_bit_of_a_game(shuffle_seed):
    tables, seeds = random_tables(MIXED), 7 * np.arange(len(MIXED))
    whole = solved(tabled(tables), exact_up_to=6, seeds=seeds)
    chosen = np.random.default_rng(shuffle_seed).permutation(len(MIXED))
    for kept in (chosen, chosen[:5], chosen[:1]):
        value = tabled([tables[game] for game in kept])
        part = solved(value, exact_up_to=6, seeds=seeds[kept])
        for name in ("values", "standard_errors"):
            found = by_game(value.sizes, getattr(part, name))
            expected = by_game(MIXED, getattr(whole, name))
            for place, game in enumerate(kept):
                assert found[place].tobytes() == expected[game].tobytes()
        assert part.empty.tolist() == whole.empty[kept].tolist()
        assert part.full.tolist() == whole.full[kept].tolist()


# How much work there is


@pytest.mark.parametrize("coalitions_at_once", [1, 64, 10**6])
def test_each_coalition_of_small_games_is_valued_once(coalitions_at_once):
    value = tabled(random_tables(MIXED))
    solved(value, coalitions_at_once=coalitions_at_once)
    assert sum(value.calls) == sum(2**n for n in MIXED)
    assert max(value.calls) <= coalitions_at_once


@pytest.mark.parametrize("coalitions_at_once", [40, 64, 10**6])
def test_sampled_games_value_nobody_and_all_once_and_each_prefix_between(
    coalitions_at_once,
):
    sizes = [9, 21, 9, 9]
    value = summed(sizes, lambda total, games: total**2)
    solved(value, 8, permutations=10, coalitions_at_once=coalitions_at_once)
    assert sum(value.calls) == sum(2 + 10 * (n - 1) for n in sizes)
    assert max(value.calls) <= coalitions_at_once


def test_games_of_a_size_are_valued_together():
    value = tabled(random_tables(MIXED))
    solved(value)
    assert len(value.calls) == len(set(MIXED))


def test_progress_counts_games_up_to_all_of_them():
    told = []
    value = tabled(random_tables(MIXED))
    solved(value, exact_up_to=6, coalitions_at_once=64, on_games=told.append)
    assert told == sorted(set(told))
    assert len(told) > len(set(MIXED))
    assert told[-1] == len(MIXED)


# The smallest games, and none


@pytest.mark.parametrize("exact_up_to", [0, 1, 12])
def test_games_of_up_to_two_players_are_exact_whatever_is_asked(exact_up_to):
    tables = [np.array(t) for t in ([0.3], [0.25, 1.0], [0.0, 1.0, 2.0, 5.0])]
    value = tabled(tables)
    result = solved(value, exact_up_to)
    assert result.values.tolist() == [0.75, 2.0, 3.0]
    assert result.standard_errors.tolist() == [0.0] * 3
    assert result.empty.tolist() == [0.3, 0.25, 0.0]
    assert result.full.tolist() == [0.3, 1.0, 5.0]
    assert sum(value.calls) == 1 + 2 + 4


def test_no_games_have_no_values_and_ask_for_none():
    value = Watched([], lambda *seen: pytest.fail("nothing is to be valued"))
    result = solved(value)
    assert bits(result) == [b""] * 4


# What is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exact_up_to": -1}, "exact_up_to is -1; it must lie between 0 and 20"),
        ({"exact_up_to": MOST_EXACT_PLAYERS + 1}, "exact_up_to is 21"),
        ({"permutations": 2}, "permutations is 2; it must be even, and 4 at the least"),
        ({"permutations": 7}, "permutations is 7; it must be even"),
        ({"coalitions_at_once": 0}, "coalitions_at_once is 0; it must be positive"),
        ({"seeds": [1, 2]}, "2 seeds for 1 games"),
    ],
)
def test_numbers_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        solved(tabled(random_tables([3])), **options)


def test_a_negative_number_of_players_is_refused():
    value = Watched([2, -1], lambda *seen: pytest.fail("nothing is to be valued"))
    with pytest.raises(ValueError, match="game 1 has -1 players"):
        solved(value)


@pytest.mark.parametrize("exact_up_to", [12, 0])
def test_another_number_of_worths_than_of_coalitions_is_refused(exact_up_to):
    value = summed([4], lambda total, games: total[:-1])
    with pytest.raises(ValueError, match="reshape"):
        solved(value, exact_up_to)
