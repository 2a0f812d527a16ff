"""The usual Markov chain of sliding windows, written out densely: an oracle.

A state is a window of the last `order` channels, equal windows in a row are one visit,
and a journey with fewer channels is one short state. A chain without a channel is
solved anew, with every way into a state that has the channel leading to null.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["DenseChain", "Windows"]

_Floats = NDArray[np.float64]
_State = tuple[str, ...]


@dataclass(frozen=True)
class DenseChain:
    """Start, moves between states, conversions and revenue, as probabilities."""

    states: Sequence[_State]
    start: _Floats
    moves: _Floats
    exits: _Floats
    worth: _Floats

    def probability(self) -> float:
        return float(self._visits() @ self.exits)

    def revenue(self) -> float:
        return float(self._visits() @ self.worth)

    def without(self, channel: str) -> "DenseChain":
        stays = np.array([channel not in state for state in self.states], dtype=float)
        return DenseChain(
            self.states, self.start * stays, self.moves * stays, self.exits, self.worth
        )

    def removal_effect(self, channel: str) -> float:
        return 1 - self.without(channel).probability() / self.probability()

    def revenue_removal_effect(self, channel: str) -> float:
        return 1 - self.without(channel).revenue() / self.revenue()

    def _visits(self) -> _Floats:
        return np.linalg.solve(np.eye(len(self.states)) - self.moves.T, self.start)


class Windows:
    """The ways of paths through their windows; paths are sequences of channels."""

    def __init__(self, paths: Sequence[Sequence[str]], order: int) -> None:
        """Find the windows of each path."""
        ways = [_way(tuple(path), order) for path in paths]
        self.states = sorted({state for way in ways for state in way})
        number = {state: i for i, state in enumerate(self.states)}
        self._first = [number[way[0]] for way in ways]
        self._last = [number[way[-1]] for way in ways]
        self._steps = np.array(
            [
                (number[a], number[b], path)
                for path, way in enumerate(ways)
                for a, b in pairwise(way)
            ],
            dtype=np.int64,
        ).reshape(-1, 3)

    def chain(
        self, journeys: _Floats, conversions: _Floats, revenue: _Floats
    ) -> DenseChain:
        """Count journeys, conversions and revenue of each path, `(paths,)`."""
        n = len(self.states)
        start, exits, worth, nulls = np.zeros((4, n))
        moves = np.zeros((n, n))
        np.add.at(start, self._first, journeys)
        np.add.at(exits, self._last, conversions)
        np.add.at(worth, self._last, revenue)
        np.add.at(nulls, self._last, np.subtract(journeys, conversions))
        origin, target, path = self._steps.T
        np.add.at(moves, (origin, target), np.asarray(journeys)[path])
        left = moves.sum(axis=1) + exits + nulls
        # A state that no journey visits is never left.
        left[left == 0] = 1
        return DenseChain(
            states=self.states,
            start=start / (start.sum() or 1),
            moves=moves / left[:, None],
            exits=exits / left,
            worth=worth / left,
        )


def _way(path: _State, order: int) -> list[_State]:
    """Slide a window along a path; equal windows in a row are one."""
    last = max(len(path) - order, 0)
    windows = [path[i : i + order] for i in range(last + 1)]
    return [state for state, _ in groupby(windows)]
