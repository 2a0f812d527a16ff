"""Where a journey stands: the last touchpoints, up to `order` of them.

After its first touchpoint a journey in a chain of order 3 stands in state `a`, then in
`a > b`, then in `a > b > c`, then in `b > c > d`. Equal states in a row are one visit.
The short states, which every journey passes, give each prefix of a journey a state of
its own; conversion rates and removal effects are those of the usual chain of sliding
windows, in which only whole journeys can be short.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from touchledger.errors import UserError
from touchledger.paths import Paths

__all__ = ["MAX_STATES", "States", "Steps", "states_of_order", "states_up_to"]

_Ints = NDArray[np.int64]

# Beyond it nearly every journey has a state of its own, and a solution takes hours.
MAX_STATES = 500_000


@dataclass(frozen=True, eq=False)
class Steps:
    """The transitions that occur, and where.

    Attributes:
        origin: From state of each transition, ascending, `(pairs,)`.
        target: To state of each transition, `(pairs,)`.
        pair: Which transition each step of a path is, `(steps,)`.
        path: Which path each step belongs to, `(steps,)`.
    """

    origin: _Ints
    target: _Ints
    pair: _Ints
    path: _Ints


@dataclass(frozen=True, eq=False)
class States:
    """The states of one order, and the way of each path through them.

    Attributes:
        paths: The paths.
        order: How many touchpoints a state looks back at most.
        of_touch: The state after each touchpoint, numbered from 0, `(touches,)`.
        example: For each state, the first touchpoint after which it stands.
        suffix: For each state, the state of the order below that remains when the
            oldest touchpoint is forgotten; 0 for order 1.
    """

    paths: Paths
    order: int
    of_touch: _Ints
    example: _Ints
    suffix: _Ints

    def __len__(self) -> int:
        """Count the states."""
        return len(self.example)

    @cached_property
    def channels(self) -> _Ints:
        """Channels of each state, the latest first, `(states, order)`; -1 for none."""
        back = self.example[:, None] - np.arange(self.order)
        begins = self.paths.offsets[self.paths.path_of_touch[self.example]]
        exists = back >= begins[:, None]
        return np.where(exists, self.paths.channels[np.where(exists, back, 0)], -1)

    @property
    def first(self) -> _Ints:
        """State after the first touchpoint of each path, `(paths,)`."""
        return self.of_touch[self.paths.offsets[:-1]]

    @property
    def last(self) -> _Ints:
        """State after the last touchpoint of each path, `(paths,)`."""
        return self.of_touch[self.paths.offsets[1:] - 1]

    @cached_property
    def steps(self) -> Steps:
        """Transitions from each state to the next one that differs."""
        path = self.paths.path_of_touch
        origin, target = self.of_touch[:-1], self.of_touch[1:]
        moves = (path[:-1] == path[1:]) & (origin != target)
        codes, pairs = pd.factorize(
            origin[moves] * len(self) + target[moves], sort=True
        )
        return Steps(
            origin=pairs // len(self),
            target=pairs % len(self),
            pair=codes.astype(np.int64),
            path=path[:-1][moves],
        )


def states_up_to(paths: Paths, order: int) -> Iterator[States]:
    """Find the states of order 1, 2, …, and stop where there are too many.

    Args:
        paths: The paths.
        order: The highest order.

    Yields:
        The states of each order up to it that has at most `MAX_STATES`.
    """
    for states in _ladder(paths, order):
        if len(states) > MAX_STATES:
            return
        yield states


def states_of_order(paths: Paths, order: int) -> States:
    """Find the states of one order.

    Raises:
        UserError: If there are more than `MAX_STATES`.
    """
    for states in _ladder(paths, order):
        if len(states) > MAX_STATES:
            raise UserError(
                f"The Markov chain of order {states.order} has {len(states):,} states; "
                f"at most {MAX_STATES:,} are solved, so the setting markov_order must "
                "be lower, or auto."
            )
    return states


def _ladder(paths: Paths, order: int) -> Iterator[States]:
    """A state is the state of one order less a touchpoint ago, and a channel."""
    is_first = np.zeros(len(paths.channels) + 1, dtype=bool)
    is_first[paths.offsets] = True
    shorter = np.zeros(len(paths.channels), dtype=np.int64)
    for k in range(1, order + 1):
        before = np.zeros_like(shorter)
        if k > 1:
            before[1:] = shorter[:-1] + 1
            before[is_first[:-1]] = 0
        of_touch, found = pd.factorize(
            before * len(paths.channel_keys) + paths.channels, sort=k == 1
        )
        example = np.empty(len(found), dtype=np.int64)
        # Of several assignments to one place the last one stays.
        example[of_touch[::-1]] = np.arange(len(of_touch))[::-1]
        yield States(paths, k, of_touch.astype(np.int64), example, shorter[example])
        shorter = of_touch.astype(np.int64)
