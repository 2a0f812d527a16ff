"""What a display seller offers: campaigns and the contexts that impressions appear in.

Campaigns differ in popularity (heavy-tailed), effect, half-life, click rate and price;
contexts are nine categorical features of which two move the click rate.
Sizes follow the published data: 675 campaigns; 9, 70, 1800, 21, 51, 30, 57000, 11 and
30 levels.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchledger.simulation.randomness import Bools, Floats, Ints, generator

__all__ = ["CAMPAIGNS", "CONTEXT_LEVELS", "Exchange"]

CAMPAIGNS: Final = 675
CONTEXT_LEVELS: Final = (9, 70, 1_800, 21, 51, 30, 57_000, 11, 30)

_IDLE: Final = 0.25  # campaigns without any effect
_EFFECT: Final = 0.0095


@dataclass(frozen=True)
class Exchange:
    """Campaigns, one entry each, and the cumulated shares of the contexts' levels."""

    popularity: Floats  # cumulated
    effect: Floats
    half_life: Floats
    click_pull: Floats
    cost: Floats
    order_value: Floats
    opener: Bools
    contexts: tuple[Floats, ...]
    pulls: tuple[Floats, Floats]

    @classmethod
    def draw(cls, seed: int) -> "Exchange":
        """Draw the campaigns; they're the same for any number of users."""
        random = generator(seed, "exchange")
        rank = random.permutation(CAMPAIGNS)
        share = (rank + 8.0) ** -1.1
        normal = random.standard_normal((4, CAMPAIGNS))
        idle = random.random(CAMPAIGNS) < _IDLE
        return cls(
            np.cumsum(share) / share.sum(),
            np.where(idle, 0.0, _EFFECT / (1 - _IDLE) * np.exp(0.5 * normal[0])),
            random.uniform(0.5, 6.0, CAMPAIGNS),
            np.exp(0.35 * normal[1]),
            1.5e-4 * np.exp(0.6 * normal[2]),
            0.15 * np.exp(0.7 * normal[3]),
            random.random(CAMPAIGNS) < 0.5,
            tuple(_zipf(levels) for levels in CONTEXT_LEVELS),
            (
                np.exp(0.3 * random.standard_normal(CONTEXT_LEVELS[0])),
                np.exp(0.3 * random.standard_normal(CONTEXT_LEVELS[3])),
            ),
        )

    def draw_campaigns(
        self, random: np.random.Generator, user: Ints, users: int, loyalty: float
    ) -> Ints:
        """Draw a campaign an impression: the user's own with the given probability."""
        own = np.searchsorted(self.popularity, random.random(users))
        other = np.searchsorted(self.popularity, random.random(len(user)))
        return np.where(random.random(len(user)) < loyalty, own[user], other)

    def draw_contexts(self, random: np.random.Generator, size: int) -> tuple[Ints, ...]:
        """Draw the level of each context, most popular first, for each impression."""
        return tuple(
            np.searchsorted(shares, random.random(size)) for shares in self.contexts
        )

    def context_pull(self, contexts: tuple[Ints, ...]) -> Floats:
        """Return the contexts' factor on the click rate."""
        pull: Floats = self.pulls[0][contexts[0]] * self.pulls[1][contexts[3]]
        return pull


def _zipf(levels: int) -> Floats:
    share = (np.arange(levels) + 1.0) ** -0.9
    shares: Floats = np.cumsum(share) / share.sum()
    return shares
