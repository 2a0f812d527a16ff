"""Journeys of the Criteo shape, made in memory for the bench of the networks.

A click has a campaign and nine other categories, 1,492 levels in all, some of them far
commoner than others, and two numbers. Journeys have 2 to 15 clicks, 4.15 on average.
About 12 % convert: each level has an effect that fades with the age of the click, so
there is something to learn. NumPy alone is needed, so every side can make them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEVELS", "LEVEL_COUNT", "MOST_CLICKS", "Clicks"]

LEVELS = (645, 9, 70, 300, 21, 51, 30, 300, 55, 11)
LEVEL_COUNT = sum(LEVELS)
MOST_CLICKS = 15

_FEWEST_CLICKS = 2
# A journey goes on at each click so often: 4.15 clicks on average, the snapshot
# included.
_GOES_ON = 0.6865
_SPREAD_OF_EFFECTS = 0.6
_DAYS_OF_EFFECT = 7.0
# Gives 12 % conversions.
_BASELINE = -4.2


@dataclass(frozen=True, eq=False)
class Clicks:
    """Journeys, the clicks of one after those of the other.

    Attributes:
        lengths: Clicks of each journey, `(journeys,)`.
        levels: Level of each category, `(clicks, 10)`; from 0, no two categories share
            a level.
        numbers: Two numbers of each click, `(clicks, 2)`.
        ages: Days from the click to the end of the journey, `(clicks,)`.
        labels: 1 where the journey converts, else 0, `(journeys,)`.
    """

    lengths: NDArray[np.int64]
    levels: NDArray[np.int32]
    numbers: NDArray[np.float32]
    ages: NDArray[np.float32]
    labels: NDArray[np.float32]

    def __len__(self) -> int:
        """Give the number of journeys."""
        return len(self.lengths)

    @property
    def ends(self) -> NDArray[np.int64]:
        """Give the click after the last of each journey, `(journeys,)`."""
        return np.cumsum(self.lengths)

    @property
    def places(self) -> NDArray[np.int64]:
        """Give the place of each click in its journey, from 0, `(clicks,)`."""
        starts = self.ends - self.lengths
        return np.arange(len(self.ages)) - np.repeat(starts, self.lengths)

    def features(self) -> NDArray[np.float32]:
        """Give all numbers a click is known by, `(clicks, 4)`: its times included."""
        gaps = np.zeros_like(self.ages)
        later = self.places > 0
        gaps[later] = (self.ages[:-1] - self.ages[1:])[later[1:]]
        times = np.log1p(gaps), np.log1p(self.ages)
        return np.column_stack([self.numbers, *times]).astype(np.float32)

    def between(self, first: int, last: int) -> "Clicks":
        """Keep the journeys from one to before another."""
        begin = int(self.lengths[:first].sum())
        end = begin + int(self.lengths[first:last].sum())
        return Clicks(
            lengths=self.lengths[first:last],
            levels=self.levels[begin:end],
            numbers=self.numbers[begin:end],
            ages=self.ages[begin:end],
            labels=self.labels[first:last],
        )

    @classmethod
    def made(cls, journeys: int, seed: int) -> "Clicks":
        """Make journeys.

        Args:
            journeys: How many.
            seed: Draws them; what levels are worth is the same for all seeds.
        """
        draw = np.random.default_rng(seed)
        more = draw.geometric(1 - _GOES_ON, journeys) - 1
        lengths = np.minimum(_FEWEST_CLICKS + more, MOST_CLICKS)
        clicks = int(lengths.sum())
        levels = _levels(draw, clicks)
        gaps = draw.exponential(1.5, clicks).astype(np.float32)
        journey = np.repeat(np.arange(journeys), lengths)
        # Days from the first gap on, less those of journeys before and clicks before.
        passed = np.cumsum(gaps, dtype=np.float64)
        ends = np.cumsum(lengths) - 1
        ages = (passed[ends][journey] - passed).astype(np.float32)
        return cls(
            lengths=lengths,
            levels=levels,
            numbers=draw.standard_normal((clicks, 2)).astype(np.float32),
            ages=ages,
            labels=_outcomes(draw, journey, levels, ages),
        )


def _levels(draw: np.random.Generator, clicks: int) -> NDArray[np.int32]:
    levels = np.empty((clicks, len(LEVELS)), np.int32)
    first = 0
    for field, count in enumerate(LEVELS):
        # As in real traffic, the k-th commonest level is about 1 / k as common.
        shares = 1 / np.arange(1, count + 1)
        levels[:, field] = first + draw.choice(count, clicks, p=shares / shares.sum())
        first += count
    return levels


def _outcomes(
    draw: np.random.Generator,
    journey: NDArray[np.int64],
    levels: NDArray[np.int32],
    ages: NDArray[np.float32],
) -> NDArray[np.float32]:
    worth = np.random.default_rng(0).normal(0, _SPREAD_OF_EFFECTS, LEVEL_COUNT)
    effects = worth[levels].sum(axis=1) * np.exp(-ages / _DAYS_OF_EFFECT)
    log_odds = _BASELINE + np.bincount(journey, effects)
    probabilities = 1 / (1 + np.exp(-log_odds))
    labels: NDArray[np.float32] = (
        draw.random(len(probabilities)) < probabilities
    ).astype(np.float32)
    return labels
