"""The media plan: how fast each campaign reaches users on each day, and at what price.

Touches follow spend with diminishing returns, `touches = a * spend^b` with b < 1. With
x the planned spend of a day as a multiple of the usual, the pace of touches is x^b and
the price of a touch x^(1-b) times the usual, so that spend = touches * price. Planned
spend moves by week and by day; activity moves by weekday.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchledger.simulation.randomness import Floats, Ints, generator
from touchledger.simulation.settings import Campaign, Channel, World

__all__ = ["MONEY", "Plan", "Slot", "slots"]

# Money is counted in whole ten-thousandths, so that sums are exact.
MONEY: Final = 10_000

_WEEKLY_SPREAD: Final = 0.6
_DAILY_SPREAD: Final = 0.15


@dataclass(frozen=True)
class Slot:
    """One campaign within its channel, and the place of both in a world's lists."""

    campaign: Campaign
    channel: Channel
    channel_index: int
    share: float


def slots(world: World) -> tuple[Slot, ...]:
    """List the campaigns of a world in order; touches refer to them by position.

    >>> from touchledger.simulation.catalogue import world
    >>> slots(world())[1].campaign.name
    'brand_broad'
    """
    return tuple(
        Slot(
            campaign,
            channel,
            index,
            campaign.share / sum(one.share for one in channel.campaigns),
        )
        for index, channel in enumerate(world.channels)
        for campaign in channel.campaigns
    )


@dataclass(frozen=True)
class Plan:
    """Pace and price of each campaign (rows) on each day (columns).

    `pace` is relative to the usual mean rate of touches; `price` is the cost of one
    touch in ten-thousandths, 0 where a touch costs nothing by itself.
    """

    pace: Floats
    price: Ints

    @classmethod
    def draw(cls, world: World, seed: int) -> "Plan":
        """Draw the plan of a world; it's the same for any number of users."""
        random = generator(seed, "plan")
        days = np.arange(world.horizon_days)
        weekday = (world.start.weekday() + days) % 7
        pace, price = [], []
        for slot in slots(world):
            channel = slot.channel
            # Drawn for unpaid campaigns too: one channel's payment moves no other.
            flight = _flight(random, world.horizon_days)
            if channel.payment != "touch":
                flight = np.ones(world.horizon_days)
            spend = channel.budget * flight
            rhythm = np.array(channel.weekdays or world.weekdays)
            pace.append(spend**channel.returns * (rhythm / rhythm.mean())[weekday])
            paid = channel.price if channel.payment == "touch" else 0.0
            price.append(np.rint(MONEY * paid * spend ** (1 - channel.returns)))
        return cls(np.array(pace), np.array(price).astype(np.int64))


def _flight(random: np.random.Generator, days: int) -> Floats:
    """Draw daily planned spend as multiples of the usual, about 1 in the mean."""
    weeks = np.repeat(random.standard_normal(days // 7 + 1), 7)[:days]
    noise = random.standard_normal(days)
    spread = _WEEKLY_SPREAD**2 + _DAILY_SPREAD**2
    flight: Floats = np.exp(_WEEKLY_SPREAD * weeks + _DAILY_SPREAD * noise - spread / 2)
    return flight
