"""What a network reads of journeys, and which touchpoints each part of that stands for.

A step is a touchpoint, or a day before the cutoff with the channels that were touched
on it. Under days, how often a channel was touched on a day and in what order is left
out, so many journeys are equal, and are computed once. Credit goes to *players*: to
steps that are touchpoints, or to the cells of day and channel.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchledger.networks.journeys import Journeys

__all__ = ["Players"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Players:
    """Journeys with their players.

    Attributes:
        journeys: What a network reads.
        player: The player that each touchpoint is or belongs to, `(touchpoints,)`; -1
            for touchpoints of days that aren't seen, and of no channel.
        step: The step that each player is or belongs to, `(players,)`.
    """

    journeys: Journeys
    player: _Ints
    step: _Ints

    @classmethod
    def touches(cls, journeys: Journeys) -> "Players":
        """Take touchpoints as they are."""
        steps = np.arange(len(journeys.ages))
        return cls(journeys, steps, steps)

    @classmethod
    def days(cls, touches: Journeys, days: int, has_profile: bool) -> "Players":
        """Lay touchpoints out as days: as many steps each, the day of the cutoff last.

        Args:
            touches: Journeys whose steps are touchpoints.
            days: How many days up to the cutoff are seen.
            has_profile: Whether users are told apart by their attributes, too.
        """
        count = len(touches)
        _, journey = touches.cells_of(np.arange(count))
        day = np.floor(touches.ages).astype(np.int64)
        is_seen = (day < days) & (touches.categories[:, 0] > 0)
        rows = int(touches.categories.max(initial=0)) + 1
        step = journey * days + (days - 1 - day)
        cells, place = np.unique(
            step[is_seen] * rows + touches.categories[is_seen, 0], return_inverse=True
        )
        player = np.full(len(day), -1)
        player[is_seen] = place
        of_step, channel = cells // rows, cells % rows
        column = np.arange(len(cells)) - np.searchsorted(of_step, of_step)
        categories = np.zeros((count * days, int(column.max(initial=0)) + 1), np.int32)
        categories[of_step, column] = channel
        ages = np.arange(days - 1, -1, -1, dtype=np.float32)
        if not has_profile:
            touches = touches.without_profile()
        journeys = Journeys(
            lengths=np.full(count, days),
            categories=categories,
            numbers=np.zeros((count * days, touches.numbers.shape[1]), np.float32),
            ages=np.tile(ages, count),
            exposures=np.zeros(count * days, np.float32),
            attributes=touches.attributes,
            attribute_numbers=touches.attribute_numbers,
        )
        return cls(journeys, player, of_step)

    def shared(self, of_steps: _Floats) -> _Floats:
        """Share the numbers of steps equally among their players, `(players,)`."""
        players = np.bincount(self.step, None, len(of_steps))
        found: _Floats = (of_steps / np.maximum(players, 1))[self.step]
        return found

    def spread(self, values: _Floats) -> _Floats:
        """Share the numbers of players equally among their touchpoints; else 0."""
        has_one = self.player >= 0
        player = self.player[has_one]
        found = np.zeros(len(self.player))
        found[has_one] = values[player] / np.bincount(player, None, len(values))[player]
        return found
