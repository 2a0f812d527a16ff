"""The users: who they are, what they want and when they want it.

A user's intent is log-normal with mean 1, shifted by the profile. It's spread over time
as a level (the quiet share) plus bursts of days; everything that follows intent is a
Poisson process with that rate, so brand search and purchases come together without one
causing the other. Response is the profile's factor on the effect of touches.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchledger.simulation.randomness import Bools, Floats, Ints, rounded
from touchledger.simulation.settings import World

__all__ = [
    "ATTRIBUTES",
    "Attribute",
    "Crowd",
    "at_an_hour",
    "follow_intent",
    "spread_evenly",
]


@dataclass(frozen=True)
class Attribute:
    """A categorical attribute: levels with their share, pull on intent and response."""

    name: str
    levels: tuple[str, ...]
    shares: tuple[float, ...]
    intent: tuple[float, ...]
    response: tuple[float, ...]
    missing: float = 0.0


ATTRIBUTES: Final = (
    Attribute(
        "region",
        ("north", "south", "east", "west", "abroad"),
        (0.3, 0.25, 0.15, 0.2, 0.1),
        (0.1, 0.0, -0.1, 0.1, -0.5),
        (0.0, 0.1, 0.0, 0.0, -0.2),
    ),
    Attribute(
        "age_band",
        ("18-24", "25-34", "35-49", "50-64", "65+"),
        (0.15, 0.27, 0.28, 0.2, 0.1),
        (-0.3, 0.1, 0.2, 0.0, -0.4),
        (0.4, 0.2, 0.0, -0.2, -0.4),
        missing=0.08,
    ),
    Attribute(
        "loyalty_tier",
        ("basic", "silver", "gold"),
        (0.7, 0.22, 0.08),
        (-0.2, 0.4, 1.0),
        (0.05, 0.0, -0.3),
    ),
    Attribute(
        "main_device",
        ("mobile", "desktop", "tablet"),
        (0.6, 0.33, 0.07),
        (-0.1, 0.2, 0.0),
        (0.0, 0.0, 0.0),
    ),
)

_ACTIVITY_SPREAD: Final = 0.9
_PULL: Final = 0.168  # what profiles add to intent and response, in logarithms
_ANSWER: Final = 0.084
_LINK: Final = 0.3  # how much activity goes with intent
_SUBSCRIBERS: Final = 0.35
_MORNING: Final = (3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 10, 11)
_AFTERNOON: Final = (12, 11, 10, 10, 11, 12, 14, 16, 17, 15, 11, 6)
_HOURS: Final = np.cumsum([*_MORNING, *_AFTERNOON])


@dataclass(frozen=True)
class Crowd:
    """A block of users; arrays have one entry a user, bursts one a burst."""

    first: int
    codes: dict[str, Ints]
    tenure_days: Floats
    basket: Floats
    basket_known: Bools
    intent: Floats
    response: Floats
    activity: Floats
    subscribed: Bools
    online: Bools
    burst_user: Ints
    burst_start: Floats
    burst_days: Floats

    def __len__(self) -> int:
        """Count the users."""
        return len(self.intent)

    @classmethod
    def draw(
        cls, random: np.random.Generator, world: World, first: int, size: int
    ) -> "Crowd":
        """Draw `size` users, numbered from `first`.

        A missing attribute has code -1 or is not a number; it still has its effect.
        """
        codes, pull, answer = {}, np.zeros(size), np.zeros(size)
        for attribute in ATTRIBUTES:
            code = random.choice(len(attribute.levels), size, p=attribute.shares)
            pull += np.array(attribute.intent)[code]
            answer += np.array(attribute.response)[code]
            hidden = random.random(size) < attribute.missing
            codes[attribute.name] = np.where(hidden, -1, code)
        wish = random.standard_normal(size)
        bustle = _LINK * wish + (1 - _LINK**2) ** 0.5 * random.standard_normal(size)
        tenure = np.floor(random.exponential(500.0, size))
        pull += 0.0004 * (tenure - 500)
        basket = np.exp(3.9 + 0.4 * random.standard_normal(size))
        subscribed = random.random(size) < _SUBSCRIBERS * np.exp(0.3 * np.tanh(pull))
        return cls(
            first,
            codes,
            np.where(random.random(size) < 0.05, np.nan, tenure),
            rounded(basket, 2),
            random.random(size) >= 0.1,
            _with_mean_one(
                world.profile_pull * (pull - _PULL) + world.intent_spread * wish,
                world.intent_spread,
            ),
            np.exp(answer - _ANSWER),
            _with_mean_one(_ACTIVITY_SPREAD * bustle, _ACTIVITY_SPREAD),
            subscribed,
            random.random(size) >= world.offline_share,
            *_draw_bursts(random, world, size),
        )


def _with_mean_one(logarithm: Floats, spread: float) -> Floats:
    scaled: Floats = np.exp(logarithm - spread**2 / 2)
    return scaled


def _draw_bursts(
    random: np.random.Generator, world: World, size: int
) -> tuple[Ints, Floats, Floats]:
    """Draw user, start and length of the bursts, cut to the horizon."""
    if world.quiet_share == 1:
        return np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
    span = world.horizon_days + world.burst_days
    mean = world.bursts_per_user * span / world.horizon_days
    user = np.repeat(np.arange(size), random.poisson(mean, size))
    start = random.random(len(user)) * span - world.burst_days
    end = start + random.exponential(world.burst_days, len(user))
    start, end = np.maximum(start, 0), np.minimum(end, world.horizon_days)
    kept = end > start
    return user[kept], start[kept], (end - start)[kept]


def at_an_hour(random: np.random.Generator, day: Ints) -> Floats:
    """Add a time of day, more often in the evening than at night."""
    draw = random.random(len(day)) * _HOURS[-1]
    hour = np.searchsorted(_HOURS, draw, side="right")
    moment: Floats = day + (hour + random.random(len(day))) / 24
    return moment


def spread_evenly(
    random: np.random.Generator, means: Floats, pace: Floats
) -> tuple[Ints, Floats]:
    """Draw Poisson events for each user, over days in proportion to the pace.

    Args:
        random: the generator.
        means: mean number of events at pace 1, one a user.
        pace: relative rate, one a day.

    Returns:
        User and moment (days since the start) of each event.
    """
    user = np.repeat(np.arange(len(means)), random.poisson(means * pace.mean()))
    days = np.cumsum(pace)
    day = np.searchsorted(days, random.random(len(user)) * days[-1], side="right")
    return user, at_an_hour(random, np.minimum(day, len(pace) - 1))


def follow_intent(
    random: np.random.Generator,
    crowd: Crowd,
    world: World,
    means: Floats,
    pace: Floats,
) -> tuple[Ints, Floats]:
    """Draw Poisson events whose rate follows the users' intent over time.

    Args:
        random: the generator.
        crowd: the users.
        world: gives the quiet share and the usual amount of bursts.
        means: mean number of events at intent 1 and pace 1, one a user.
        pace: relative rate, one a day.

    Returns:
        User and moment (days since the start) of each event.
    """
    wanted = means * crowd.intent
    user, moment = spread_evenly(random, wanted * world.quiet_share, pace)
    if not len(crowd.burst_user):
        return user, moment
    usual = world.bursts_per_user * world.burst_days
    rate = (1 - world.quiet_share) * pace.max() / usual
    counts = random.poisson(wanted[crowd.burst_user] * rate * crowd.burst_days)
    burst = np.repeat(np.arange(len(crowd.burst_user)), counts)
    within = random.random(len(burst)) * crowd.burst_days[burst]
    day = np.minimum(
        (crowd.burst_start[burst] + within).astype(np.int64), len(pace) - 1
    )
    kept = random.random(len(day)) * pace.max() < pace[day]
    late_user, late = crowd.burst_user[burst[kept]], at_an_hour(random, day[kept])
    return np.concatenate([user, late_user]), np.concatenate([moment, late])
