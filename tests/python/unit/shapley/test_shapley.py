"""Shapley values, by hand, by brute force, and by the axioms that define them."""

import math
from fractions import Fraction
from itertools import permutations as orders_of

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchledger.shapley import channels as shapley
from touchledger.shapley.channels import EXACT_CHANNELS, shapley_of_game, shapley_values

# Sums of up to a million floats of size 1 or less, each right to some 1e-16.
ROUNDING = 1e-12
# An estimate with an honest standard error strays farther once in a million times.
STANDARD_ERRORS = 5


def computed(rows, channel_count=None, permutations=200, seed=7):
    """Values of rows of (channels, journeys, conversions)."""
    if channel_count is None:
        channel_count = 1 + max((max(row[0]) for row in rows), default=-1)
    return shapley_values(
        np.cumsum([0, *(len(row[0]) for row in rows)]),
        np.array([channel for row in rows for channel in row[0]], dtype=np.int64),
        np.array([row[1] for row in rows], dtype=np.int64),
        np.array([row[2] for row in rows], dtype=np.int64),
        channel_count,
        permutations,
        seed,
    )


def rate(rows, coalition):
    """Return the worth of a coalition, as the definition has it."""
    kept = [row for row in rows if set(row[0]) <= set(coalition)]
    journeys = sum(row[1] for row in kept)
    return Fraction(sum(row[2] for row in kept), journeys) if journeys else Fraction(0)


def by_all_orders(worth, n):
    """Average each player's gain over all n! orders."""
    gains = [Fraction(0)] * n
    for order in orders_of(range(n)):
        for size, player in enumerate(order):
            gains[player] += worth(order[: size + 1]) - worth(order[:size])
    return [float(gain / math.factorial(n)) for gain in gains]


def shop(channel_count, sets=60, seed=1):
    """Draw rows of random sets, whose rates differ by channel."""
    random = np.random.default_rng(seed)
    rows = [((channel,), 20, int(channel % 5)) for channel in range(channel_count)]
    for _ in range(sets):
        size = random.integers(1, min(5, channel_count + 1))
        channels = random.choice(channel_count, size, replace=False).tolist()
        journeys = int(random.integers(1, 40))
        share = (1 + channels[0] % 4) / 8
        rows.append((channels, journeys, int(random.binomial(journeys, share))))
    return rows


def bits(result):
    return (
        result.values.tobytes(),
        result.standard_errors.tobytes(),
        result.is_exact,
        result.permutations,
        result.total,
    )


@pytest.fixture
def sampling(monkeypatch):
    """Sample orders however few channels there are."""
    monkeypatch.setattr(shapley, "EXACT_CHANNELS", 0)


@st.composite
def row_lists(draw):
    """Rows over up to five channels, with repeated channels, sets and empty counts."""
    rows = []
    for channels in draw(
        st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=6), max_size=12)
    ):
        journeys = draw(st.integers(0, 9))
        rows.append((channels, journeys, draw(st.integers(0, journeys))))
    return rows


def games(n):
    return st.lists(st.integers(-50, 50), min_size=2**n, max_size=2**n).map(
        lambda worths: np.array([0, *worths[1:]], dtype=np.float64)
    )


many = settings(max_examples=60, deadline=None, derandomize=True)


# The numbers


def test_two_channels_have_the_values_worked_by_hand():
    # v(a) = 1 / 10, v(b) = 2 / 10, v(ab) = 9 / 30: both orders gain 0.1 and 0.2.
    result = computed([((0,), 10, 1), ((1,), 10, 2), ((0, 1), 10, 6)])
    assert result.values == pytest.approx([0.1, 0.2], abs=ROUNDING)
    assert result.total == pytest.approx(0.3, abs=ROUNDING)
    assert (result.is_exact, result.permutations) == (True, 0)
    assert result.standard_errors.tolist() == [0.0, 0.0]


def test_a_channel_that_lowers_the_rate_keeps_its_minus_sign():
    # v(a) = 0.5, v(b) = 0, v(ab) = 5 / 40: b gains 0 first and -0.375 second.
    result = computed([((0,), 10, 5), ((1,), 20, 0), ((0, 1), 10, 0)])
    assert result.values == pytest.approx([0.3125, -0.1875], abs=ROUNDING)


@many
@given(row_lists())
def test_values_are_the_mean_gain_over_all_orders(rows):
    result = computed(rows, channel_count=5)
    expected = by_all_orders(lambda coalition: rate(rows, coalition), 5)
    assert result.values == pytest.approx(expected, abs=ROUNDING)
    assert result.values.sum() == pytest.approx(result.total, abs=ROUNDING)
    assert result.total == float(rate(rows, range(5)))


@many
@given(st.integers(0, 5).flatmap(games))
def test_values_of_any_game_are_the_mean_gain_over_all_orders(worths):
    n = len(worths).bit_length() - 1

    def worth(coalition):
        return Fraction(worths[sum(2**player for player in coalition)])

    values = shapley_of_game(worths, n)
    assert values.shape == (n,)
    # Worths of up to 50, not 1.
    assert values == pytest.approx(by_all_orders(worth, n), abs=100 * ROUNDING)


@many
@given(st.integers(0, 5).flatmap(lambda n: st.lists(games(n), min_size=1, max_size=9)))
def test_values_of_many_games_have_the_bits_of_each_alone(tables):
    n = len(tables[0]).bit_length() - 1
    # Thirds have digits to round.
    worths = np.stack(tables, axis=1) / 3
    values = shapley_of_game(worths, n)
    assert values.shape == (n, len(tables))
    for game in range(len(tables)):
        alone = shapley_of_game(worths[:, game], n)
        assert values[:, game].tobytes() == alone.tobytes()


# The axioms


@pytest.mark.parametrize("channel_count", [1, 2, 7, 20, 21, 60])
def test_values_sum_to_the_overall_rate(channel_count):
    rows = shop(channel_count)
    result = computed(rows)
    assert result.is_exact is (channel_count <= EXACT_CHANNELS)
    assert result.total == float(rate(rows, range(channel_count)))
    assert result.values.sum() == pytest.approx(result.total, abs=ROUNDING)


@many
@given(row_lists())
def test_channels_that_play_the_same_part_have_the_same_value(rows):
    swap = {0: 1, 1: 0}
    mirrored = [([swap.get(c, c) for c in row[0]], *row[1:]) for row in rows]
    values = computed(rows + mirrored, channel_count=5).values
    assert values[0] == pytest.approx(values[1], abs=ROUNDING)


def test_a_channel_that_never_changes_the_rate_has_no_value():
    # Channel 2 comes only beside 0, and journeys convert as often with it as without.
    result = computed([((0,), 10, 2), ((1,), 20, 4), ((0, 2), 30, 6)])
    assert result.values == pytest.approx([0.1, 0.1, 0.0], abs=ROUNDING)


@many
@given(games(4))
def test_a_player_that_never_changes_the_worth_has_no_value(worths):
    values = shapley_of_game(np.concatenate([worths, worths]), 5)
    assert values[4] == 0.0
    assert values[:4] == pytest.approx(shapley_of_game(worths, 4), abs=100 * ROUNDING)


@many
@given(games(4), games(4), st.integers(-9, 9))
def test_values_of_added_and_scaled_games_add_and_scale(one, other, factor):
    values = shapley_of_game(one + factor * other, 4)
    expected = shapley_of_game(one, 4) + factor * shapley_of_game(other, 4)
    assert values == pytest.approx(expected, abs=1_000 * ROUNDING)


# What the rows look like doesn't matter


@many
@given(row_lists(), st.randoms(use_true_random=False))
def test_order_and_splits_of_rows_change_no_bit(rows, shuffle):
    assert bits(computed(reworded(rows, shuffle), 5)) == bits(computed(rows, 5))


@pytest.mark.parametrize("shuffle_seed", range(5))
@pytest.mark.usefixtures("sampling")
def test_order_and_splits_of_rows_change_no_bit_of_a_sample(shuffle_seed):
    rows = shop(12)
    shuffle = np.random.default_rng(shuffle_seed)
    shuffled = [rows[k] for k in shuffle.permutation(len(rows))]
    halves = [(row[0][::-1], row[1] - row[2], 0) for row in shuffled]
    halves += [(tuple(row[0]) * 2, row[2], row[2]) for row in shuffled]
    assert bits(computed(halves)) == bits(computed(rows))


def reworded(rows, shuffle):
    """Split each row in two, shuffle rows and channels, and repeat a channel."""
    parts = []
    for channels, journeys, conversions in rows:
        parts.append((channels, journeys - conversions, 0))
        parts.append((channels, conversions, conversions))
    return [
        ([*shuffle.sample(part[0], len(part[0])), part[0][0]], *part[1:])
        for part in shuffle.sample(parts, len(parts))
    ]


def test_offsets_may_start_within_the_channels():
    # As those of a slice of a longer list do.
    counts = np.array([10, 10]), np.array([1, 4])
    part = shapley_values(
        np.array([2, 3, 5]), np.array([9, 9, 0, 1, 0]), *counts, 2, 4, 7
    )
    assert bits(part) == bits(computed([((0,), 10, 1), ((1, 0), 10, 4)]))


@pytest.mark.parametrize("limit", [EXACT_CHANNELS, 0])
def test_channels_without_journeys_get_nothing_and_change_nothing(limit, monkeypatch):
    monkeypatch.setattr(shapley, "EXACT_CHANNELS", limit)
    rows = shop(6)
    among_many = [([10 * c + 3 for c in row[0]], *row[1:]) for row in rows]
    among_many.append(([5, 13], 0, 0))
    result, plain = computed(among_many, channel_count=1_000), computed(rows)
    places = 10 * np.arange(6) + 3
    for name in ("values", "standard_errors"):
        assert getattr(result, name)[places].tolist() == getattr(plain, name).tolist()
        assert not np.delete(getattr(result, name), places).any()


@pytest.mark.parametrize("channel_count", [0, 3])
@pytest.mark.parametrize("rows", [[], [((0, 1), 0, 0)]])
def test_without_journeys_all_values_are_zero_and_exact(channel_count, rows):
    result = computed(rows, channel_count)
    assert result.values.tolist() == [0.0] * channel_count
    assert result.standard_errors.tolist() == [0.0] * channel_count
    assert (result.is_exact, result.total) == (True, 0.0)


@pytest.mark.parametrize("channel", [-1, 2])
def test_a_channel_out_of_range_is_refused(channel):
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        computed([((0,), 1, 0), ((channel, 1), 1, 0)], channel_count=2)


def test_a_row_without_channels_is_refused():
    with pytest.raises(ValueError, match="row 1 has no channel"):
        computed([((0,), 1, 0), ((), 1, 0)], channel_count=2)


# Many channels


@pytest.mark.parametrize("channel_count", [EXACT_CHANNELS, EXACT_CHANNELS + 1])
def test_channels_that_only_work_together_share_alike(channel_count):
    # Worth nothing before the last one joins, whoever that is.
    result = computed([(range(channel_count), 10, 3)], permutations=4_000)
    assert result.is_exact is (channel_count == EXACT_CHANNELS)
    expected = np.full(channel_count, 0.3 / channel_count)
    allowed = STANDARD_ERRORS * result.standard_errors + ROUNDING
    assert (np.abs(result.values - expected) <= allowed).all()


@pytest.mark.parametrize("channel_count", [3, 10, 12])
@pytest.mark.parametrize("seed", range(3))
def test_a_sample_is_as_near_the_exact_values_as_its_errors_say(
    channel_count, seed, monkeypatch
):
    rows = shop(channel_count, seed=seed)
    exact = computed(rows)
    monkeypatch.setattr(shapley, "EXACT_CHANNELS", 0)
    sample = computed(rows, permutations=400, seed=seed)
    assert (exact.is_exact, sample.is_exact) == (True, False)
    assert (sample.standard_errors > 0).all()
    allowed = STANDARD_ERRORS * sample.standard_errors
    assert (np.abs(sample.values - exact.values) <= allowed).all()


def test_standard_errors_are_as_large_as_samples_scatter(monkeypatch):
    rows = shop(10)
    exact = computed(rows)
    monkeypatch.setattr(shapley, "EXACT_CHANNELS", 0)
    samples = [computed(rows, permutations=200, seed=seed) for seed in range(60)]
    misses = [(s.values - exact.values) / s.standard_errors for s in samples]
    # 60 samples know a root mean square to some 10 %, ten channels to less than that.
    assert np.sqrt(np.mean(np.square(misses))) == pytest.approx(1.0, abs=0.15)


@pytest.mark.usefixtures("sampling")
def test_four_times_the_permutations_halve_the_standard_errors():
    few, many_orders = (computed(shop(10), permutations=p) for p in (1_000, 4_000))
    ratios = many_orders.standard_errors / few.standard_errors
    # 500 pairs know their spread to some 3 %; heavy tails, to somewhat less.
    assert ratios == pytest.approx(0.5, rel=0.2)


@pytest.mark.usefixtures("sampling")
@pytest.mark.parametrize(
    ("asked", "sampled"), [(1, 4), (4, 4), (5, 6), (99, 100), (100, 100)]
)
def test_permutations_come_in_pairs_and_at_least_two_of_them(asked, sampled):
    result = computed(shop(6), permutations=asked)
    assert result.permutations == sampled
    assert np.isfinite(result.standard_errors).all()
    assert bits(result) == bits(computed(shop(6), permutations=sampled))


@pytest.mark.usefixtures("sampling")
def test_two_channels_have_no_error_as_a_pair_holds_all_their_orders():
    result = computed([((0,), 10, 1), ((1,), 10, 2), ((0, 1), 10, 6)], permutations=4)
    assert not result.is_exact
    assert result.values == pytest.approx([0.1, 0.2], abs=ROUNDING)
    assert result.standard_errors == pytest.approx([0.0, 0.0], abs=ROUNDING)


@pytest.mark.usefixtures("sampling")
def test_a_seed_gives_the_same_bits_and_another_seed_others():
    rows = shop(10)
    assert bits(computed(rows, seed=7)) == bits(computed(rows, seed=7))
    assert bits(computed(rows, seed=7)) != bits(computed(rows, seed=8))
