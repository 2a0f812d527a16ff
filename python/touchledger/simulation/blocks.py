"""A block of users with all that happened to them: the unit that everything streams in.

Users are drawn in blocks of BLOCK_USERS. A block is always drawn whole and then
snapshot, so a user's history is the same whatever the number of users asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from touchledger.simulation.conversions import (
    INTENT,
    Conversions,
    Sparks,
    draw_conversions,
)
from touchledger.simulation.people import Crowd
from touchledger.simulation.plan import Plan, slots
from touchledger.simulation.randomness import Bools, Floats, Ints, generator
from touchledger.simulation.settings import World
from touchledger.simulation.touches import CLICK, VISIT, Touches, draw_touches, effects

__all__ = ["BLOCK_USERS", "CONVERSION_TYPES", "Block", "blocks", "weekday_pace"]

BLOCK_USERS: Final = 8192
CONVERSION_TYPES: Final = ("purchase", "signup")

_SIGNUPS: Final = 0.3
_HOUR: Final = 1 / 24
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True)
class Block:
    """Users, their touches and their conversions; seconds count from the start.

    `cause` is a row of this block's touches, or -1; `arrival` the row of the visit by
    which the user came to convert, or -1; `revenue` is in cents.
    """

    size: int
    crowd: Crowd
    touches: Touches
    touch_second: Ints
    conversion_user: Ints
    conversion_second: Ints
    cause: Ints
    arrival: Ints
    kind: Ints
    revenue: Ints


def weekday_pace(world: World) -> Floats:
    """Return the pace of activity for each day of the horizon, 1 in the mean week."""
    rhythm = np.array(world.weekdays)
    days = (world.start.weekday() + np.arange(world.horizon_days)) % 7
    pace: Floats = (rhythm / rhythm.mean())[days]
    return pace


def blocks(world: World, users: int, seed: int) -> Iterator[Block]:
    """Draw the users of a world, block by block."""
    plan = Plan.draw(world, seed)
    for number in range(-(-users // BLOCK_USERS)):
        first = number * BLOCK_USERS
        yield _snapshot(
            _draw(world, plan, seed, number), min(BLOCK_USERS, users - first)
        )


def _draw(world: World, plan: Plan, seed: int, number: int) -> Block:
    random = generator(seed, "people", number)
    crowd = Crowd.draw(random, world, number * BLOCK_USERS, BLOCK_USERS)
    touches = draw_touches(random, crowd, world, plan)
    half_life = np.array([one.channel.half_life_days for one in slots(world)])
    sparks = Sparks(
        touches.user,
        touches.moment,
        effects(touches, crowd, world),
        half_life[touches.slot] / np.log(2),
    )
    made = draw_conversions(random, crowd, world, sparks, weekday_pace(world))
    visits, arrived = _draw_arrivals(random, crowd, world, touches, made)
    joined = Touches.joined([touches, visits])
    order = np.lexsort((joined.slot, joined.moment, joined.user))
    place = np.empty(len(order) + 1, np.int64)
    place[order], place[-1] = np.arange(len(order)), -1
    arrival = np.full(len(made), -1)
    arrival[arrived] = place[len(touches) :][:-1]
    kind, revenue = _draw_worth(random, crowd, made)
    touches = joined.take(order)
    return Block(
        BLOCK_USERS,
        crowd,
        touches,
        (touches.moment * _DAY_SECONDS).astype(np.int64),
        made.user,
        _distinct_seconds(made),
        place[made.cause],
        arrival,
        kind,
        revenue,
    )


def _draw_arrivals(
    random: np.random.Generator,
    crowd: Crowd,
    world: World,
    touches: Touches,
    made: Conversions,
) -> tuple[Touches, Bools]:
    """Draw the visits by which some conversions arrive; they cause nothing.

    Within an hour of the touch that caused it, a conversion comes by that touch itself.
    """
    listed = slots(world)
    ways = [
        i for i, one in enumerate(listed) if one.channel.name in world.arrival_channels
    ]
    arrives = random.random(len(made)) < world.arrival_share * bool(ways)
    minutes = random.uniform(1, 20, len(made)) / 1440
    moment = made.moment - minutes
    if len(touches):
        since = made.moment - touches.moment[np.maximum(made.cause, 0)]
        arrives &= (made.cause == INTENT) | (since > _HOUR)
    arrives &= (moment > 0) & crowd.online[made.user]
    shares = np.array([listed[way].share for way in ways])
    draw = random.random(len(made)) * shares.sum()
    chosen = np.searchsorted(np.cumsum(shares), draw, side="right")
    slot = np.array(ways, np.int64)[np.minimum(chosen, len(ways) - 1)[arrives]]
    visit = np.array([one.channel.visit for one in listed])[slot]
    kind = np.where(visit, VISIT, CLICK)
    return Touches(made.user[arrives], moment[arrives], slot, kind), arrives


def _draw_worth(
    random: np.random.Generator, crowd: Crowd, made: Conversions
) -> tuple[Ints, Ints]:
    """Draw type and revenue; a user signs up once at most, any other is a purchase."""
    signup = random.random(len(made)) < _SIGNUPS
    _, first = np.unique(made.user[signup], return_index=True)
    kind = np.zeros(len(made), np.int64)
    kind[np.flatnonzero(signup)[first]] = 1
    spread = np.exp(0.35 * random.standard_normal(len(made)) - 0.06)
    revenue = np.rint(100 * crowd.basket[made.user] * spread).astype(np.int64)
    return kind, np.where(kind == 1, 0, revenue)


def _distinct_seconds(made: Conversions) -> Ints:
    """Return whole seconds, with no two conversions of a user at the same one."""
    second = (made.moment * _DAY_SECONDS).astype(np.int64)
    while True:
        same = (np.diff(second) <= 0) & (np.diff(made.user) == 0)
        if not same.any():
            return second
        second[1:][same] = second[:-1][same] + 1


def _snapshot(block: Block, size: int) -> Block:
    """Keep the first `size` users; rows are in order of user, so places stay."""
    if size == block.size:
        return block
    touches = int(np.searchsorted(block.touches.user, size))
    made = int(np.searchsorted(block.conversion_user, size))
    return replace(
        block,
        size=size,
        touches=block.touches.take(np.arange(touches)),
        touch_second=block.touch_second[:touches],
        conversion_user=block.conversion_user[:made],
        conversion_second=block.conversion_second[:made],
        cause=block.cause[:made],
        arrival=block.arrival[:made],
        kind=block.kind[:made],
        revenue=block.revenue[:made],
    )
