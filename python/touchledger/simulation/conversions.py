"""Conversions, each with the one cause that brought it about.

Adding worlds: a user's rate is intent(t) + sum over earlier touches i of
e_i * exp(-(t - t_i) / d_i) / d_i, with e_i the touch's effect and d_i its half-life
over ln 2. That's a cluster process: each touch spawns Poisson(e_i) conversions after
exponential delays, intent spawns its own, so the parent is the cause, exactly.

Multiplying worlds: rate = intent(t) * exp(L(t)), L(t) = min(cap, K * sum of
e_i * exp(-(t - t_i) / d_i)), drawn by thinning. The cause is intent with probability
exp(-L), the rate without touches over the rate with them, and else one touch in
proportion to its term of L. Source: Lewis and Shedler (1979) on thinning.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchledger.simulation.people import Crowd, follow_intent
from touchledger.simulation.randomness import Floats, Ints
from touchledger.simulation.settings import World

__all__ = ["INTENT", "Conversions", "Sparks", "draw_conversions"]

INTENT: Final = -1

_LIFT: Final = 50.0  # K: a touch of effect 0.02 multiplies the rate by e
_CAP: Final = 3.0
_REPEAT_DAYS: Final = 25.0


@dataclass(frozen=True)
class Sparks:
    """What conversions need to know of touches, in order of user and moment.

    `effect` is the mean number of conversions a touch causes, `delay_days` their mean
    wait.
    """

    user: Ints
    moment: Floats
    effect: Floats
    delay_days: Floats


@dataclass(frozen=True)
class Conversions:
    """Conversions by user and moment; `cause` is a row of touches, or INTENT."""

    user: Ints
    moment: Floats
    cause: Ints

    def __len__(self) -> int:
        """Count the conversions."""
        return len(self.user)


def draw_conversions(
    random: np.random.Generator,
    crowd: Crowd,
    world: World,
    sparks: Sparks,
    pace: Floats,
) -> Conversions:
    """Draw the conversions of a block of users.

    Args:
        random: the generator.
        crowd: the users.
        world: the settings.
        sparks: their touches.
        pace: relative rate of intent, one a day.

    Returns:
        Conversions before the end of the horizon, each with its cause.
    """
    draw = _draw_additive if world.combination == "additive" else _draw_multiplicative
    user, moment, cause = draw(random, crowd, world, sparks, pace)
    again = user, moment
    while len(again[0]):
        again = _repeat(random, *again, world)
        user, moment = np.append(user, again[0]), np.append(moment, again[1])
        cause = np.append(cause, np.full(len(again[0]), INTENT))
    order = np.lexsort((cause, moment, user))
    return Conversions(user[order], moment[order], cause[order])


def _draw_additive(
    random: np.random.Generator,
    crowd: Crowd,
    world: World,
    sparks: Sparks,
    pace: Floats,
) -> tuple[Ints, Floats, Ints]:
    means = np.full(len(crowd), world.intent_conversions)
    wish_user, wished = follow_intent(random, crowd, world, means, pace)
    cause = np.repeat(np.arange(len(sparks.user)), random.poisson(sparks.effect))
    moment = sparks.moment[cause] + random.exponential(sparks.delay_days[cause])
    seen = moment < world.horizon_days
    return (
        np.append(wish_user, sparks.user[cause[seen]]),
        np.append(wished, moment[seen]),
        np.append(np.full(len(wish_user), INTENT), cause[seen]),
    )


def _draw_multiplicative(
    random: np.random.Generator,
    crowd: Crowd,
    world: World,
    sparks: Sparks,
    pace: Floats,
) -> tuple[Ints, Floats, Ints]:
    total = np.bincount(sparks.user, _LIFT * sparks.effect, minlength=len(crowd))
    ceiling = np.minimum(total, _CAP)
    means = world.intent_conversions * np.exp(ceiling)
    user, moment = follow_intent(random, crowd, world, means, pace)
    candidate, touch = _earlier_touches(sparks, user, moment, world.horizon_days)
    age = moment[candidate] - sparks.moment[touch]
    term = _LIFT * sparks.effect[touch] * np.exp(-age / sparks.delay_days[touch])
    lift = np.minimum(np.bincount(candidate, term, minlength=len(user)), _CAP)
    kept = random.random(len(user)) < np.exp(lift - ceiling[user])
    is_discrete_time = random.random(len(user)) >= np.exp(-lift)
    cause = np.full(len(user), INTENT)
    # The least of exponential waits with rates w_i is that of i with probability ~ w_i.
    wait = random.exponential(size=len(term)) / np.maximum(term, 1e-300)
    order = np.lexsort((wait, candidate))
    winner, first = np.unique(candidate[order], return_index=True)
    cause[winner] = touch[order][first]
    cause[~is_discrete_time] = INTENT
    return user[kept], moment[kept], cause[kept]


def _earlier_touches(
    sparks: Sparks, user: Ints, moment: Floats, horizon: int
) -> tuple[Ints, Ints]:
    """Pair each candidate with each earlier touch of its user."""
    width = horizon + 1.0
    first = np.searchsorted(sparks.user, user)
    key = sparks.user * width + sparks.moment
    last = np.searchsorted(key, user * width + moment, side="right")
    count = np.maximum(last - first, 0)
    candidate = np.repeat(np.arange(len(user)), count)
    start = np.repeat(first - np.append(0, np.cumsum(count)[:-1]), count)
    return candidate, start + np.arange(len(candidate))


def _repeat(
    random: np.random.Generator, user: Ints, moment: Floats, world: World
) -> tuple[Ints, Floats]:
    """Draw later purchases that follow from having bought: intent of the user's own."""
    again = np.repeat(
        np.arange(len(user)), random.poisson(world.repeat_rate, len(user))
    )
    later = moment[again] + 1 + random.exponential(_REPEAT_DAYS, len(again))
    seen = later < world.horizon_days
    return user[again[seen]], later[seen]
