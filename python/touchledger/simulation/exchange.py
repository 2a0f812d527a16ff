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
_EFFECT: Final = 0.013
_PULLING: Final = (0, 3)  # the contexts that move the click rate


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
        share = _heavy_tailed(random.permutation(CAMPAIGNS), 8.0, 1.1)
        normal = random.standard_normal((4, CAMPAIGNS))
        idle = random.random(CAMPAIGNS) < _IDLE
        contexts = tuple(
            _heavy_tailed(np.arange(levels), 1.0, 0.9) for levels in CONTEXT_LEVELS
        )
        pulls = [
            _with_mean(1.0, np.exp(0.3 * random.standard_normal(len(levels))), levels)
            for levels in (contexts[place] for place in _PULLING)
        ]
        return cls(
            np.cumsum(share),
            _with_mean(_EFFECT, np.where(idle, 0.0, np.exp(0.5 * normal[0])), share),
            random.uniform(0.5, 6.0, CAMPAIGNS),
            _with_mean(1.0, np.exp(0.35 * normal[1]), share),
            1.5e-4 * np.exp(0.6 * normal[2]),
            0.15 * np.exp(0.7 * normal[3]),
            random.random(CAMPAIGNS) < 0.5,
            tuple(np.cumsum(levels) for levels in contexts),
            (pulls[0], pulls[1]),
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
        first, second = _PULLING
        pull: Floats = self.pulls[0][contexts[first]] * self.pulls[1][contexts[second]]
        return pull


def _heavy_tailed(ranks: Ints, start: float, exponent: float) -> Floats:
    """Return shares in proportion to (rank + start)^-exponent, rank from 0."""
    weights: Floats = (ranks.astype(np.float64) + start) ** -exponent
    shares: Floats = weights / weights.sum()
    return shares


def _with_mean(mean: float, values: Floats, shares: Floats) -> Floats:
    """Scale values so that their mean over impressions is the given one."""
    scaled: Floats = values * (mean / float(np.dot(values, shares)))
    return scaled
