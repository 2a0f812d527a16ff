"""Blocks as the tables of the `events` shape.

touchpoints, conversions, user_profiles and truth come block by block; spend is summed
over the whole run and comes at the end. Money is whole ten-thousandths until it's
written, so a campaign-day's spend is exactly the sum of its touches' costs.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchledger.simulation.blocks import CONVERSION_TYPES, Block
from touchledger.simulation.people import ATTRIBUTES
from touchledger.simulation.plan import MONEY, Plan, Slot, slots
from touchledger.simulation.randomness import Ints
from touchledger.simulation.settings import World
from touchledger.simulation.touches import IMPRESSION, INTERACTIONS

__all__ = ["EventTables"]

DEVICES: Final = ("mobile", "desktop", "tablet")


def numbered(letter: str, numbers: Ints) -> pa.Array:
    """Make ids: a letter and a number of seven digits or more.

    >>> numbered("u", np.array([123]))[0].as_py()
    'u0000123'
    """
    text = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), 7, "0")
    return pc.binary_join_element_wise(letter, text, "")


def pick(words: tuple[str, ...], codes: Ints) -> pa.Array:
    """Turn codes into words; code -1 is null."""
    places = pa.array(codes, mask=codes < 0)
    return pc.take(pa.array(words, pa.string()), places)


def timestamps(world: World, seconds: Ints) -> pa.Array:
    """Turn seconds since the start into UTC timestamps."""
    start = np.datetime64(world.start, "us").astype(np.int64)
    return pa.array(start + seconds * 1_000_000).cast(pa.timestamp("us"))


@dataclass
class SpendLedger:
    """Touches, clicks and cost of each campaign (rows) on each day (columns)."""

    world: World
    touches: Ints = field(init=False)
    clicks: Ints = field(init=False)
    cost: Ints = field(init=False)

    def __post_init__(self) -> None:
        """Start from nothing."""
        shape = len(slots(self.world)), self.world.horizon_days
        self.touches = np.zeros(shape, np.int64)
        self.clicks = np.zeros(shape, np.int64)
        self.cost = np.zeros(shape, np.int64)

    def add(self, block: Block, cost: Ints) -> None:
        """Count a block's touches, with their costs in ten-thousandths."""
        day = block.touch_second // 86_400
        where = block.touches.slot * self.world.horizon_days + day
        clicked = block.touches.interaction != IMPRESSION
        size, shape = self.touches.size, self.touches.shape
        self.touches += np.bincount(where, minlength=size).reshape(shape)
        self.clicks += np.bincount(where[clicked], minlength=size).reshape(shape)
        # Sums of whole numbers far below 2^53 are exact in floats.
        sums = np.bincount(where, cost, minlength=size)
        self.cost += sums.astype(np.int64).reshape(shape)

    def table(self, users: int) -> pa.Table:
        """Return the spend table, in order of channel, campaign and day."""
        parts = []
        done = set()
        for index, slot in enumerate(slots(self.world)):
            channel = slot.channel
            if channel.payment == "none" or slot.channel_index in done:
                continue
            if channel.payment == "channel_fee":
                done.add(slot.channel_index)
            parts.append(self._rows(index, slot, users))
        none = np.zeros(0, np.int64)
        parts.append(_spend_rows(self.world, none, "", None, none, none, none))
        return pa.concat_tables(parts)

    def _rows(self, index: int, slot: Slot, users: int) -> pa.Table:
        """Return the days of a campaign, or of a whole channel that takes a fee."""
        channel = slot.channel
        rows = [index]
        campaign: str | None = slot.campaign.name
        if channel.payment == "channel_fee":
            rows = [
                place
                for place, one in enumerate(slots(self.world))
                if one.channel_index == slot.channel_index
            ]
            campaign = None
        touches, clicks = self.touches[rows].sum(0), self.clicks[rows].sum(0)
        spend = self.cost[rows].sum(0)
        days = np.arange(self.world.horizon_days)
        if channel.payment == "touch":
            days = days[touches > 0]
        else:
            share = slot.share if campaign else 1.0
            fee = round(100 * users * channel.price * channel.budget * share)
            spend = np.full(len(days), fee * (MONEY // 100))
        return _spend_rows(
            self.world,
            days,
            channel.name,
            campaign,
            spend[days],
            touches[days],
            clicks[days],
        )


def _spend_rows(
    world: World,
    days: Ints,
    channel: str,
    campaign: str | None,
    spend: Ints,
    touches: Ints,
    clicks: Ints,
) -> pa.Table:
    start = np.datetime64(world.start, "D").astype(np.int64)
    traced = touches.sum() > 0
    return pa.table(
        {
            "spend_date": pa.array(start + days).cast(pa.int32()).cast(pa.date32()),
            "channel": pa.array([channel] * len(days), pa.string()),
            "campaign": pa.array([campaign] * len(days), pa.string()),
            "spend": pa.array(spend / MONEY),
            "impressions": pa.array(touches, mask=np.full(len(days), not traced)),
            "clicks": pa.array(clicks, mask=np.full(len(days), not traced)),
        }
    )


@dataclass
class EventTables:
    """Turns blocks into tables, giving ids in order; feed it each block once."""

    world: World
    touches: int = 0
    conversions: int = 0

    def tables(self, block: Block, cost: Ints) -> dict[str, pa.Table]:
        """Return touchpoints, conversions, user_profiles and truth of a block.

        Args:
            block: the users.
            cost: each touch's cost in ten-thousandths.
        """
        touch_ids = numbered(
            "t", self.touches + 1 + np.arange(len(block.touches), dtype=np.int64)
        )
        made = len(block.conversion_user)
        conversion_ids = numbered(
            "c", self.conversions + 1 + np.arange(made, dtype=np.int64)
        )
        self.touches += len(block.touches)
        self.conversions += made
        return {
            "touchpoints": self._touchpoints(block, touch_ids, cost),
            "conversions": self._conversions(block, conversion_ids),
            "user_profiles": _profiles(block),
            "truth": _truth(block, conversion_ids, touch_ids),
        }

    def _touchpoints(self, block: Block, ids: pa.Array, cost: Ints) -> pa.Table:
        listed = slots(self.world)
        touches = block.touches
        paid = np.array([one.channel.payment == "touch" for one in listed])
        device, creative = _features(self.world, block)
        return pa.table(
            {
                "touchpoint_id": ids,
                "user_id": numbered("u", block.crowd.first + 1 + touches.user),
                "occurred_at": timestamps(self.world, block.touch_second),
                "channel": pick(
                    tuple(one.channel.name for one in listed), touches.slot
                ),
                "campaign": pick(
                    tuple(one.campaign.name for one in listed), touches.slot
                ),
                "interaction": pick(INTERACTIONS, touches.interaction),
                "cost": pa.array(cost / MONEY, mask=~paid[touches.slot]),
                "device": device,
                "creative_format": creative,
            }
        )

    def _conversions(self, block: Block, ids: pa.Array) -> pa.Table:
        return pa.table(
            {
                "conversion_id": ids,
                "user_id": numbered("u", block.crowd.first + 1 + block.conversion_user),
                "converted_at": timestamps(self.world, block.conversion_second),
                "conversion_type": pick(CONVERSION_TYPES, block.kind),
                "revenue": pa.array(block.revenue / 100),
            }
        )


def touch_costs(plan: Plan, block: Block) -> Ints:
    """Return each touch's cost in ten-thousandths: the price of its campaign's day."""
    day = block.touch_second // 86_400
    return plan.price[block.touches.slot, day]


def _features(world: World, block: Block) -> tuple[pa.Array, pa.Array]:
    """Return device and creative format, settled by the touch's user and second.

    A mixed number in place of a draw, so that features never move what happens.
    """
    touches = block.touches
    mixed = block.touch_second * 7_919 + touches.user * 104_729 + touches.slot * 31
    main = block.crowd.codes["main_device"][touches.user]
    other = mixed % 100 // 10 % len(DEVICES)
    device = np.where(mixed % 10 < 2, other, main)
    listed = slots(world)
    words = tuple(dict.fromkeys(w for one in listed for w in one.channel.formats))
    width = max(len(one.channel.formats) for one in listed)
    grid = np.array(
        [
            [words.index(f) for f in (one.channel.formats * width)[:width]]
            for one in listed
        ]
    )
    sizes = np.array([len(one.channel.formats) for one in listed])
    return pick(DEVICES, device), pick(
        words, grid[touches.slot, mixed // 1000 % sizes[touches.slot]]
    )


def _profiles(block: Block) -> pa.Table:
    crowd, size = block.crowd, block.size
    columns = {
        "user_id": numbered("u", crowd.first + 1 + np.arange(size, dtype=np.int64))
    }
    for attribute in ATTRIBUTES:
        columns[attribute.name] = pick(
            attribute.levels, crowd.codes[attribute.name][:size]
        )
    tenure = crowd.tenure_days[:size]
    unknown = np.isnan(tenure)
    days = np.where(unknown, 0, tenure).astype(np.int64)
    columns["tenure_days"] = pa.array(days, mask=unknown)
    columns["usual_basket"] = pa.array(
        crowd.basket[:size], mask=~crowd.basket_known[:size]
    )
    return pa.table(columns)


def _truth(block: Block, conversion_ids: pa.Array, touch_ids: pa.Array) -> pa.Table:
    places = pa.array(block.cause, mask=block.cause < 0)
    return pa.table(
        {
            "conversion_id": conversion_ids,
            "cause": pick(("intent", "touch"), (block.cause >= 0).astype(np.int64)),
            "touchpoint_id": pc.take(touch_ids, places),
        }
    )
