"""Display impressions in the way of the Criteo attribution data: who, when and why.

The same intent, effects and causes as in the shop, with some 675 campaigns of one
display seller in place of channels. Impressions fall within 30 days; users convert for
30 days more, so that each impression's next month is known.
Source: Diemert, Meynet, Galland and Lefortier (2017), and the data's own read-me.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from touchledger.simulation.blocks import weekday_pace
from touchledger.simulation.conversions import Conversions, Sparks, draw_conversions
from touchledger.simulation.exchange import Exchange
from touchledger.simulation.people import Crowd, at_an_hour, follow_intent
from touchledger.simulation.randomness import Bools, Floats, Ints, generator, rounded
from touchledger.simulation.settings import World
from touchledger.simulation.touches import kept_after

__all__ = ["DAYS", "EXCHANGE_BLOCK", "Impressions", "impressions"]

DAYS: Final = 30
EXCHANGE_BLOCK: Final = 32_768

_DAY: Final = 86_400
_UNSEEN: Final = 0.015
_MORE: Final = 1.81  # impressions beyond the first, in the mean
_MORE_SPREAD: Final = 1.4
_MOST: Final = 150.0
_LOYALTY: Final = 0.65  # how often an impression is of the user's own campaign
_CLICK_RATE: Final = 0.37
_CLICK_FACTOR: Final = 2.0
_SATURATION: Final = 0.5
_BEFORE: Final = 0.25  # users who had clicked before the first day


@dataclass(frozen=True)
class Impressions:
    """A block of impressions, in order of user and second, and its conversions.

    `user` counts within the block. `conversion` is the row of the conversion that the
    impression names, or -1; `cause` is a row of the impressions, or -1.
    """

    first: int
    user: Ints
    second: Ints
    campaign: Ints
    clicked: Bools
    since_click: Ints
    cost: Floats
    order_cost: Floats
    contexts: tuple[Ints, ...]
    conversion: Ints
    made_user: Ints
    made_second: Ints
    cause: Ints
    claimed: Bools


def exchange_world(world: World) -> World:
    """Fit a world to a display seller: two months of intent, the first one seen."""
    intent = {"multiplicative": 0.053, "no_effect": 0.075}.get(world.name, 0.041)
    return replace(
        world,
        horizon_days=2 * DAYS,
        intent_conversions=intent,
        bursts_per_user=1.2,
        burst_days=4.0,
        offline_share=_UNSEEN,
    )


def impressions(world: World, users: int, seed: int) -> Iterator[Impressions]:
    """Draw impressions and conversions, block by block."""
    fitted = exchange_world(world)
    exchange = Exchange.draw(seed)
    for number in range(-(-users // EXCHANGE_BLOCK)):
        block = _draw(fitted, exchange, seed, number)
        yield _snapshot(block, min(EXCHANGE_BLOCK, users - block.first))


def _draw(world: World, exchange: Exchange, seed: int, number: int) -> Impressions:
    random = generator(seed, "impressions", number)
    first = number * EXCHANGE_BLOCK
    crowd = Crowd.draw(random, world, first, EXCHANGE_BLOCK)
    pace = weekday_pace(world)
    user, moment = _draw_moments(random, crowd, world, pace)
    size = len(user)
    campaign = exchange.draw_campaigns(random, user, len(crowd), _LOYALTY)
    contexts = exchange.draw_contexts(random, size)
    taste = exchange.click_pull[campaign] * exchange.context_pull(contexts)
    clicked = random.random(size) < np.minimum(_CLICK_RATE * taste, 0.95)
    effect = exchange.effect[campaign].copy()
    effect[clicked] *= _CLICK_FACTOR
    effect *= crowd.response[user] * world.effect_scale
    effect *= _worn(world, exchange, user, campaign)
    delay = exchange.half_life[campaign] / np.log(2)
    made = draw_conversions(
        random, crowd, world, Sparks(user, moment, effect, delay), pace
    )
    second = (moment * _DAY).astype(np.int64)
    made_second = (made.moment * _DAY).astype(np.int64)
    conversion = _next_conversion(user, second, made, made_second)
    return Impressions(
        first=first,
        user=user,
        second=second,
        campaign=campaign,
        clicked=clicked,
        since_click=_since_click(random, user, second, clicked),
        cost=_spread(random, exchange.cost[campaign], 0.8, 1e-5, 0.06),
        order_cost=_spread(random, exchange.order_value[campaign], 0.3, 0.004, 1.02),
        contexts=contexts,
        conversion=conversion,
        made_user=made.user,
        made_second=made_second,
        cause=made.cause,
        claimed=random.random(len(made)) < 0.8,
    )


def _spread(
    random: np.random.Generator, middle: Floats, spread: float, low: float, high: float
) -> Floats:
    """Draw around a middle, cut to a range, with six decimals."""
    drawn = middle * np.exp(spread * random.standard_normal(len(middle)))
    return rounded(np.minimum(np.maximum(drawn, low), high), 6)


def _draw_moments(
    random: np.random.Generator, crowd: Crowd, world: World, pace: Floats
) -> tuple[Ints, Floats]:
    """Draw one impression for each user seen, and more in the days of intent.

    Who wants more isn't shown more; only the days go together.
    """
    seen = np.flatnonzero(crowd.online)
    once = at_an_hour(random, random.integers(0, DAYS, len(seen)))
    spread = _MORE_SPREAD * random.standard_normal(len(crowd)) - _MORE_SPREAD**2 / 2
    rate = np.minimum(_MORE * np.exp(spread), _MOST) * crowd.online
    first_month = np.where(np.arange(len(pace)) < DAYS, 2 * pace, 0.0)
    alike = replace(crowd, intent=np.ones(len(crowd)))
    user, moment = follow_intent(random, alike, world, rate, first_month)
    user, moment = np.append(seen, user), np.append(once, moment)
    order = np.lexsort((moment, user))
    return user[order], moment[order]


def _worn(world: World, exchange: Exchange, user: Ints, campaign: Ints) -> Floats:
    """Return what saturation and order leave of each impression's effect, 0 to 1.

    In a world of order, half of the campaigns open, and the others work only after one.
    """
    lost = _SATURATION if world.saturation is None else world.saturation
    first = np.searchsorted(user, user)
    left = kept_after(np.arange(len(user)) - first, lost)
    if world.needs:
        opened = np.cumsum(exchange.opener[campaign])
        before = np.append(0, opened)[first]
        left = np.where(exchange.opener[campaign] | (opened > before), left, 0.0)
    return left


def _next_conversion(
    user: Ints, second: Ints, made: Conversions, made_second: Ints
) -> Ints:
    """Return the row of the user's next conversion within 30 days, or -1."""
    if not len(made):
        return np.full(len(user), -1)
    width = 3 * DAYS * _DAY
    key = made.user * width + made_second
    wanted = user * width + second
    place = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    wait = key[place] - wanted
    return np.where((wait >= 0) & (wait <= DAYS * _DAY), place, -1)


def _since_click(
    random: np.random.Generator, user: Ints, second: Ints, clicked: Bools
) -> Ints:
    """Return seconds since the user's last click before each impression, or -1.

    Some users had clicked in the month before the first day.
    """
    users = int(user.max(initial=0)) + 1
    had = random.random(users) < _BEFORE
    earlier = -np.minimum(random.exponential(6 * _DAY, users), 20 * _DAY)
    row = np.arange(len(user))
    last = np.maximum.accumulate(np.where(clicked, row, -1))
    before = np.append(-1, last)[:-1]
    own = before >= np.searchsorted(user, user)
    old = np.where(had[user], second - earlier[user].astype(np.int64), -1)
    return np.where(own, second - second[np.maximum(before, 0)], old)


def _snapshot(block: Impressions, size: int) -> Impressions:
    """Keep the first `size` users; rows are in order of user, so places stay."""
    rows = int(np.searchsorted(block.user, size))
    made = int(np.searchsorted(block.made_user, size))
    return replace(
        block,
        user=block.user[:rows],
        second=block.second[:rows],
        campaign=block.campaign[:rows],
        clicked=block.clicked[:rows],
        since_click=block.since_click[:rows],
        cost=block.cost[:rows],
        order_cost=block.order_cost[:rows],
        contexts=tuple(context[:rows] for context in block.contexts),
        conversion=block.conversion[:rows],
        made_user=block.made_user[:made],
        made_second=block.made_second[:made],
        cause=block.cause[:made],
        claimed=block.claimed[:made],
    )
