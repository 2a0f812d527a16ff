"""Shapley values of a model's word for journeys: of many small games at once.

A journey is a game. Its players are its touchpoints, or groups of them, and a coalition
is worth what the model says of the journey without the others (Štrumbelj & Kononenko
2014, "Explaining prediction models and individual predictions with feature
contributions"). A player's value is its gain v(S + i) - v(S), averaged over all orders
in which players may join; values sum to v(all) - v(nobody). Small games go through all
coalitions. Large ones sample orders (Castro et al. 2009), each with its reverse, whose
errors tend to cancel (Mitchell et al. 2022, "Sampling permutations for Shapley value
estimation"). Every order shares out the whole of its game, so a player's mean gain over
orders is its value, and needs no factor for the size of the game.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchledger.shapley.channels import shapley_of_game

__all__ = ["MOST_EXACT_PLAYERS", "ShapleyValues", "shapley_values"]

# Each player more doubles time and memory.
MOST_EXACT_PLAYERS = 20

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_Bools = NDArray[np.bool_]
_Value = Callable[[_Ints, _Bools], NDArray[np.floating[Any]]]

# A pair of orders holds all orders of two players, so sampling can't be cheaper.
_ALWAYS_EXACT = 2
# One pair of orders has no spread, so no standard error.
_LEAST_PERMUTATIONS = 4
# Beside `value`, 150,000 games of up to 11 players, with 11 million
# coalitions, take a fifth of a second and 20 MB; four times as many at once are no
# faster.
_COALITIONS_AT_ONCE = 2**16


@dataclass(frozen=True, eq=False)
class ShapleyValues:
    """The value of each player of each game, and how sure it is.

    Attributes:
        values: Signed Shapley values in units of the worth `(players,)`, game after
            game.
        standard_errors: Standard errors from sampling `(players,)`; 0 where exact.
        empty: Worth of nobody `(games,)`.
        full: Worth of all players `(games,)`; less `empty`, what the values sum to.
    """

    values: _Floats
    standard_errors: _Floats
    empty: _Floats
    full: _Floats

    def of_games(self, games: _Ints, players_per_game: _Ints) -> "ShapleyValues":
        """Give the values of some games, of which any may come up again.

        Args:
            games: The games, in the order asked for.
            players_per_game: Number of players of each game that there is.
        """
        ends = np.cumsum(players_per_game)
        count = players_per_game[games]
        shift = np.repeat(ends[games] - np.cumsum(count), count)
        places = shift + np.arange(int(count.sum()))
        return ShapleyValues(
            self.values[places],
            self.standard_errors[places],
            self.empty[games],
            self.full[games],
        )


class _Solved(NamedTuple):
    """Games of one size: values and errors `(games, players)`, worths `(games,)`."""

    values: _Floats
    standard_errors: _Floats
    empty: _Floats
    full: _Floats


def shapley_values(
    players_per_game: _Ints,
    value: _Value,
    *,
    exact_up_to: int,
    permutations: int,
    seeds: _Ints,
    coalitions_at_once: int = _COALITIONS_AT_ONCE,
    on_games: Callable[[int], None] | None = None,
) -> ShapleyValues:
    """Share out what each game's players achieve together.

    A game's result depends on its size, seed and worths alone: the other games, their
    order and `coalitions_at_once` change no bit of it. Games of a size go together,
    small ones first.

    Args:
        players_per_game: Number of players of each game, from 0 `(games,)`.
        value: Tells what coalitions are worth. It takes the game of each coalition
            `(coalitions,)`, ascending, and whether each player of that game is in, one
            coalition after another `(sum of players_per_game[games],)`. It returns the
            worths `(coalitions,)`, each a matter of its coalition alone. Nobody and all
            come up once a game; other coalitions may recur in a sampled one.
        exact_up_to: Games of up to so many players go through all 2^players coalitions;
            at most `MOST_EXACT_PLAYERS`. Games of 2 players or fewer always do.
        permutations: Orders to sample for a larger game, half of them the reverse of
            the others; an even number, 4 at the least. Each takes players - 1
            coalitions.
        seeds: Seeds the orders of each game; any integers `(games,)`.
        coalitions_at_once: How many coalitions `value` may get in one call; a pair of
            orders, or nobody and all, go in one call whatever they take.
        on_games: Told how many games are done, again and again.

    Raises:
        ValueError: If a number is out of range.

    Example:
        >>> import numpy as np
        >>> def glove_pairs(games, members):
        ...     left, *right = members.reshape(-1, 3).T
        ...     return (left & (right[0] | right[1])).astype(float)
        >>> shapley_values(
        ...     np.array([3]), glove_pairs, exact_up_to=8, permutations=64,
        ...     seeds=np.array([7]),
        ... ).values.round(4).tolist()
        [0.6667, 0.1667, 0.1667]
    """
    _check(players_per_game, exact_up_to, permutations, seeds, coalitions_at_once)
    first_player = np.cumsum(players_per_game) - players_per_game
    players, count = int(players_per_game.sum()), len(players_per_game)
    result = ShapleyValues(
        np.zeros(players), np.zeros(players), np.zeros(count), np.zeros(count)
    )
    done = 0
    for n in np.unique(players_per_game).tolist():
        is_exact = n <= max(exact_up_to, _ALWAYS_EXACT)
        of_size = np.flatnonzero(players_per_game == n)
        step = coalitions_at_once // (2**n if is_exact else permutations * (n - 1))
        step = max(1, step)
        for first in range(0, len(of_size), step):
            games = of_size[first : first + step]
            if is_exact:
                solved = _exact(value, games, n, coalitions_at_once)
            else:
                orders = _places(seeds[games], n, permutations // 2)
                solved = _sampled(value, games, orders, coalitions_at_once)
            places = first_player[games][:, None] + np.arange(n)
            result.values[places] = solved.values
            result.standard_errors[places] = solved.standard_errors
            result.empty[games] = solved.empty
            result.full[games] = solved.full
            done += len(games)
            if on_games is not None:
                on_games(done)
    return result


def _check(
    players_per_game: _Ints,
    exact_up_to: int,
    permutations: int,
    seeds: _Ints,
    coalitions_at_once: int,
) -> None:
    if len(players_per_game) and players_per_game.min() < 0:
        game = players_per_game.argmin()
        raise ValueError(f"game {game} has {players_per_game[game]} players")
    if len(seeds) != len(players_per_game):
        raise ValueError(f"{len(seeds)} seeds for {len(players_per_game)} games")
    if not 0 <= exact_up_to <= MOST_EXACT_PLAYERS:
        raise ValueError(
            f"exact_up_to is {exact_up_to}; "
            f"it must lie between 0 and {MOST_EXACT_PLAYERS}"
        )
    if permutations < _LEAST_PERMUTATIONS or permutations % 2:
        raise ValueError(
            f"permutations is {permutations}; "
            f"it must be even, and {_LEAST_PERMUTATIONS} at the least"
        )
    if coalitions_at_once < 1:
        raise ValueError(
            f"coalitions_at_once is {coalitions_at_once}; it must be positive"
        )


def _exact(value: _Value, games: _Ints, n: int, at_once: int) -> _Solved:
    """Solve games of n players over all coalitions."""
    worths = np.concatenate(
        [
            _worths(value, games, _members(first, min(first + at_once, 2**n), n))
            for first in range(0, 2**n, at_once)
        ],
        axis=1,
    )
    values = shapley_of_game(np.ascontiguousarray(worths.T), n).T
    return _Solved(values, np.zeros(values.shape), worths[:, 0], worths[:, -1])


def _members(first: int, end: int, n: int) -> _Bools:
    """List who is in coalitions `first` to `end` - 1: player i where bit i is set."""
    members: _Bools = (np.arange(first, end)[:, None] >> np.arange(n) & 1) == 1
    return members


def _places(seeds: _Ints, n: int, pairs: int) -> _Ints:
    """Draw each player's place in the first order of each pair `(games, pairs, n)`."""
    ordered = np.broadcast_to(np.arange(n), (pairs, n))
    return np.stack(
        [
            np.random.default_rng(seed).permuted(ordered, axis=1)
            # Seeds can't be negative, but hashes are.
            for seed in seeds.astype(np.int64).view(np.uint64).tolist()
        ]
    )


def _sampled(value: _Value, games: _Ints, places: _Ints, at_once: int) -> _Solved:
    """Estimate the values of games from pairs of orders `(games, pairs, players)`."""
    _, pairs, n = places.shape
    ends = _worths(value, games, np.repeat([[False], [True]], n, axis=1))
    mean, squares = np.zeros((2, len(games), n))
    step = max(1, at_once // (2 * (n - 1) * len(games)))
    for first in range(0, pairs, step):
        gains = _gains(value, games, places[:, first : first + step], ends)
        for k in range(gains.shape[1]):
            # Welford's update, pair by pair: no bit depends on how many go at once.
            change = gains[:, k] - mean
            mean += change / (first + k + 1)
            squares += change * (gains[:, k] - mean)
    errors = np.sqrt(squares / (pairs * (pairs - 1)))
    return _Solved(mean, errors, ends[:, 0], ends[:, 1])


def _gains(value: _Value, games: _Ints, places: _Ints, ends: _Floats) -> _Floats:
    """Average each player's gains over the orders of a pair `(games, pairs, n)`."""
    n = places.shape[-1]
    both = np.stack([places, n - 1 - places], axis=2)
    joined = both[..., None, :] < np.arange(1, n)[:, None]
    within = _worths(value, games, joined.reshape(len(games), -1, n))
    worths = np.empty((*both.shape[:-1], n + 1))
    worths[..., 0] = ends[:, 0, None, None]
    worths[..., 1:-1] = within.reshape(*both.shape[:-1], n - 1)
    worths[..., -1] = ends[:, 1, None, None]
    gains = np.take_along_axis(np.diff(worths, axis=-1), both, axis=-1)
    pair: _Floats = (gains[:, :, 0] + gains[:, :, 1]) / 2
    return pair


def _worths(value: _Value, games: _Ints, members: _Bools) -> _Floats:
    """Value the same coalitions of each game, or its own `(games, coalitions)`.

    Members are `(coalitions, players)` or `(games, coalitions, players)`.
    """
    coalitions, n = members.shape[-2:]
    each = np.broadcast_to(members, (len(games), coalitions, n))
    worths = value(np.repeat(games, coalitions), each.ravel())
    return np.asarray(worths, dtype=np.float64).reshape(len(games), coalitions)
