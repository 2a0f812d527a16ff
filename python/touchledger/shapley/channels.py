"""Shapley values of channels in the game of observed conversion rates.

The players are channels, and a coalition S is worth the conversion rate of the journeys
that keep to it: v(S) = conversions / journeys over journeys whose channels all lie in
S, and 0 where there are none. A channel's value is its gain v(S + i) - v(S), averaged
over all orders in which channels may join (Shapley 1953, "A value for n-person games";
for attribution Zhao et al. 2018, "Shapley value methods for attribution modeling in
online advertising"). It is negative where a channel lowers the rate. The values sum to
v of all channels. Few channels are computed exactly, over all coalitions; many by
sampled orders (Castro et al. 2009, "Polynomial calculation of the Shapley value based
on sampling"), each with its reverse, whose errors tend to cancel.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["EXACT_CHANNELS", "ShapleyValues", "shapley_of_game", "shapley_values"]

# Each channel more doubles time and memory; 20 take a tenth of a second and 30 MB.
EXACT_CHANNELS = 20

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

# One pair of orders has no spread, so no standard error.
_LEAST_PAIRS = 2


@dataclass(frozen=True, eq=False)
class ShapleyValues:
    """The value of each channel, and how sure it is.

    Attributes:
        values: Signed Shapley values in units of the conversion rate `(channels,)`.
        standard_errors: Standard errors from sampling `(channels,)`; 0 where exact.
        is_exact: Whether all coalitions were counted, rather than orders sampled.
        permutations: Orders that were sampled; 0 where exact.
        total: The conversion rate of all journeys, which the values sum to.
    """

    values: _Floats
    standard_errors: _Floats
    is_exact: bool
    permutations: int
    total: float


class _Rows(NamedTuple):
    """Rows of journeys; `players[k]` belongs to row `row_of[k]`, rows ascending."""

    players: _Ints
    row_of: _Ints
    journeys: _Ints
    conversions: _Ints


def shapley_values(
    offsets: _Ints,
    channels: _Ints,
    journeys: _Ints,
    conversions: _Ints,
    channel_count: int,
    permutations: int,
    seed: int,
) -> ShapleyValues:
    """Share the overall conversion rate out among the channels.

    The order of the rows, how often a set or a channel is repeated, and the number of
    threads change no bit of the result. A channel without journeys gets 0.

    With more than `EXACT_CHANNELS` channels that occur, the values are means over
    sampled orders. A standard error is that of the mean of independent pairs, an order
    and its reverse. It falls with the root of `permutations`, and says nothing of the
    probability in the journeys themselves. The values sum to the total all the same.

    Args:
        offsets: Row i has the channels `channels[offsets[i]:offsets[i + 1]]`, at least
            one `(rows + 1,)`.
        channels: Channels by number, from 0 to `channel_count` - 1.
        journeys: Journeys that touched just these channels `(rows,)`.
        conversions: How many of these journeys converted `(rows,)`.
        channel_count: Number of channels, whether or not they occur.
        permutations: Orders to sample, where it takes sampling; rounded up to an even
            number, and to 4 at the least.
        seed: Seeds the orders.

    Raises:
        ValueError: If a row has no channel, or a channel's number is out of range.

    Example:
        >>> import numpy as np
        >>> result = shapley_values(
        ...     offsets=np.array([0, 1, 2, 4]), channels=np.array([0, 1, 0, 1]),
        ...     journeys=np.array([10, 10, 10]), conversions=np.array([1, 2, 6]),
        ...     channel_count=2, permutations=1_000, seed=7,
        ... )
        >>> result.values.round(6).tolist(), result.total
        ([0.1, 0.2], 0.3)
    """
    occurring, rows = _players(offsets, channels, journeys, conversions, channel_count)
    is_exact = len(occurring) <= EXACT_CHANNELS
    values, errors = np.zeros(channel_count), np.zeros(channel_count)
    pairs = 0
    if is_exact:
        values[occurring] = shapley_of_game(
            _rate_game(rows, len(occurring)), len(occurring)
        )
    else:
        pairs = max(_LEAST_PAIRS, math.ceil(permutations / 2))
        values[occurring], errors[occurring] = _sampled(
            rows, len(occurring), pairs, seed
        )
    all_journeys = int(rows.journeys.sum())
    total = int(rows.conversions.sum()) / all_journeys if all_journeys else 0.0
    return ShapleyValues(values, errors, is_exact, 2 * pairs, total)


def shapley_of_game(v: _Floats, n: int) -> _Floats:
    """Compute the Shapley values of any game from the worth of its coalitions.

    Args:
        v: Worth of each coalition `(2**n,)`, or for many games `(2**n, games)`; player
            i is in coalition m if bit i of m is set. `v[0]` is the worth of nobody.
        n: Number of players.

    Returns:
        The players' values `(n,)` or `(n, games)`, which sum to `v[-1] - v[0]`. Those
        of a game have the same bits, whatever other games are beside it.

    Example:
        >>> import numpy as np
        >>> shapley_of_game(np.array([0.0, 1.0, 2.0, 5.0]), 2).tolist()
        [2.0, 3.0]
    """
    games = v.shape[1:]
    # |S|! (n - |S| - 1)! / n!, without the factorials.
    by_size = np.array([1 / (n * math.comb(n - 1, size)) for size in range(n)])
    # Of the coalitions without player i, in ascending order, the k-th has as many
    # members as k has bits, whatever i is. So one table of weights serves all players.
    weights = by_size[np.bitwise_count(np.arange(2**n // 2))]
    weights = weights.reshape(-1, *(1 for _ in games))
    values = np.empty((n, *games))
    for player in range(n):
        split = v.reshape(-1, 2, 2**player, *games)
        gains = (split[:, 1] - split[:, 0]).reshape(-1, *games) * weights
        # Halves are added up, not rows: `sum` adds one game in another order than two,
        # and BLAS with other threads.
        while len(gains) > 1:
            rest = gains[len(gains) // 2 :]
            gains = gains[: len(rest)]
            gains += rest
        values[player] = gains[0]
    return values


def _players(
    offsets: _Ints,
    channels: _Ints,
    journeys: _Ints,
    conversions: _Ints,
    channel_count: int,
) -> tuple[_Ints, _Rows]:
    """List the channels that occur, and number those of each row by this list."""
    sizes = np.diff(offsets)
    if len(sizes) and sizes.min() < 1:
        raise ValueError(f"row {sizes.argmin()} has no channel; it needs at least one")
    is_used = journeys > 0
    members = channels[offsets[0] : offsets[-1]][np.repeat(is_used, sizes)]
    players, occurring = pd.factorize(members, sort=True)
    if len(occurring) and not 0 <= occurring[0] <= occurring[-1] < channel_count:
        raise ValueError(
            f"channels run from {occurring[0]} to {occurring[-1]}; "
            f"they must lie between 0 and {channel_count - 1}"
        )
    row_of = np.repeat(np.arange(is_used.sum()), sizes[is_used])
    return occurring, _Rows(players, row_of, journeys[is_used], conversions[is_used])


def _rate_game(rows: _Rows, n: int) -> _Floats:
    """Tabulate the conversion rate of each coalition of n players `(2**n,)`."""
    coalitions = np.zeros(len(rows.journeys), dtype=np.int64)
    np.bitwise_or.at(coalitions, rows.row_of, np.left_shift(1, rows.players))
    return _rates(
        _within(coalitions, rows.conversions, n),
        _within(coalitions, rows.journeys, n),
    )


def _within(coalitions: _Ints, counts: _Ints, n: int) -> _Floats:
    """Sum for each coalition the counts of all its subsets `(2**n,)`."""
    # Whole numbers below 2**53: floats add them exactly, in any order.
    table = np.bincount(coalitions, weights=counts, minlength=2**n).astype(np.float64)
    for player in range(n):
        split = table.reshape(-1, 2, 2**player)
        split[:, 1] += split[:, 0]
    return table


def _sampled(rows: _Rows, n: int, pairs: int, seed: int) -> tuple[_Floats, _Floats]:
    """Estimate the values of n players and their standard errors by pairs of orders."""
    groups, conversions, journeys = _merged(rows, n)
    random = np.random.default_rng(seed)
    mean, squares = np.zeros(n), np.zeros(n)
    for pair in range(1, pairs + 1):
        place = random.permutation(n)
        # Along an order, a set joins with its last member. Small integers are compared
        # several at once.
        small = place.astype(np.uint16 if n <= 2**16 else np.uint32)
        places = [np.take(small, members) for members in groups]
        last = np.concatenate([block.max(axis=0) for block in places])
        first = np.concatenate([block.min(axis=0) for block in places])
        forward = _gains(last, conversions, journeys, n)
        # The first of an order is the last of its reverse.
        backward = _gains(n - 1 - first.astype(np.int64), conversions, journeys, n)[
            ::-1
        ]
        gains = (forward[place] + backward[place]) / 2
        # Welford's update: it needs no table of pairs and cancels no digits.
        change = gains - mean
        mean += change / pair
        squares += change * (gains - mean)
    return mean, np.sqrt(squares / (pairs * (pairs - 1)))


def _merged(rows: _Rows, n: int) -> tuple[list[_Ints], _Floats, _Floats]:
    """Merge rows of equal sets, and group the sets by size.

    Returns:
        For each size the members `(size, sets)`; and the conversions and journeys of
        each set `(all sets,)`, in the order of the groups.
    """
    codes = np.sort(rows.row_of * n + rows.players)
    row_of, players = np.divmod(codes[np.diff(codes, prepend=-1) > 0], n)
    size_of = np.bincount(row_of, minlength=len(rows.journeys))
    groups, conversions, journeys = [], [], []
    for size in np.unique(size_of):
        is_of_size = size_of == size
        members = players[is_of_size[row_of]].reshape(-1, size)
        distinct, set_of = np.unique(members, axis=0, return_inverse=True)
        groups.append(np.ascontiguousarray(distinct.T))
        set_of = set_of.ravel()
        conversions.append(np.bincount(set_of, weights=rows.conversions[is_of_size]))
        journeys.append(np.bincount(set_of, weights=rows.journeys[is_of_size]))
    return groups, np.concatenate(conversions), np.concatenate(journeys)


def _gains(joined: _Ints, conversions: _Floats, journeys: _Floats, n: int) -> _Floats:
    """Tell how much the rate rises at each place of an order `(n,)`."""
    rates = _rates(
        np.bincount(joined, weights=conversions, minlength=n).cumsum(),
        np.bincount(joined, weights=journeys, minlength=n).cumsum(),
    )
    return np.diff(rates, prepend=0.0)


def _rates(conversions: _Floats, journeys: _Floats) -> _Floats:
    rates = np.zeros(len(journeys))
    return np.divide(conversions, journeys, out=rates, where=journeys > 0)
