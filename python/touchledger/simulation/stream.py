"""Blocks as the tables of the `stream` shape: a conversion is a flag on a touch.

A conversion that arrived by a visit of its own turns that visit into the flagged row,
at the moment of the conversion. Any other conversion adds a row of its own, on the
channel and campaign of the user's last touch in the month before, or else on `direct`,
at no cost. Truth names the conversion by user and time.
"""

from typing import Final

import numpy as np
import pyarrow as pa

from touchledger.simulation.blocks import Block
from touchledger.simulation.events import numbered, pick, timestamps
from touchledger.simulation.plan import MONEY, slots
from touchledger.simulation.randomness import Ints
from touchledger.simulation.settings import World
from touchledger.simulation.touches import INTERACTIONS

__all__ = ["stream_tables"]

_MONTH: Final = 30 * 86_400
_WORDS: Final = (*INTERACTIONS, "conversion")
_CONVERSION: Final = len(INTERACTIONS)


def stream_tables(world: World, block: Block, cost: Ints) -> dict[str, pa.Table]:
    """Return the tables stream and truth of a block.

    Args:
        world: the settings.
        block: the users.
        cost: each touch's cost in ten-thousandths.
    """
    touches = block.touches
    slot = _arrival_slots(world, block)
    visits = block.arrival[block.arrival >= 0]
    fee = (
        np.where(block.arrival >= 0, cost[block.arrival], 0) if len(cost) else slot * 0
    )
    kept = np.ones(len(touches), np.bool_)
    kept[visits] = False
    user = np.append(touches.user[kept], block.conversion_user)
    second = np.append(block.touch_second[kept], block.conversion_second)
    made = np.append(np.zeros(int(kept.sum()), np.int64), np.ones_like(slot))
    order = np.lexsort((made, second, user))
    revenue = np.append(np.zeros(int(kept.sum()), np.int64), block.revenue)
    kind = np.append(touches.interaction[kept], np.full(len(slot), _CONVERSION))
    place = np.append(touches.slot[kept], slot)[order]
    listed = slots(world)
    stream = pa.table(
        {
            "user_id": numbered("u", block.crowd.first + 1 + user[order]),
            "occurred_at": timestamps(world, second[order]),
            "channel": pick(tuple(one.channel.name for one in listed), place),
            "campaign": pick(tuple(one.campaign.name for one in listed), place),
            "interaction": pick(_WORDS, kind[order]),
            "conversion": pa.array(made[order]),
            "conversion_value": pa.array(revenue[order] / 100),
            "cost": pa.array(np.append(cost[kept], fee)[order] / MONEY),
        }
    )
    return {"stream": stream, "truth": _truth(world, block)}


def _arrival_slots(world: World, block: Block) -> Ints:
    """Return the campaign that each conversion's row stands under."""
    listed = slots(world)
    names = [one.channel.name for one in listed]
    fallback = names.index("direct") if "direct" in names else 0
    width = (world.horizon_days + 2) * 86_400
    key = block.touches.user * width + block.touch_second
    wanted = block.conversion_user * width + block.conversion_second
    last = np.searchsorted(key, wanted, side="right") - 1
    if not len(key):
        return np.full(len(wanted), fallback)
    recent = (last >= 0) & (wanted - key[last] <= _MONTH)
    recent &= block.touches.user[last] == block.conversion_user
    return np.where(recent, block.touches.slot[last], fallback)


def _truth(world: World, block: Block) -> pa.Table:
    caused = block.cause >= 0
    place = np.where(caused, block.cause, 0)
    has_any = len(block.touches) > 0
    slot = np.where(caused, block.touches.slot[place] if has_any else 0, -1)
    second = block.touch_second[place] if has_any else place
    listed = slots(world)
    moment = timestamps(world, second).to_numpy(zero_copy_only=False)
    return pa.table(
        {
            "user_id": numbered("u", block.crowd.first + 1 + block.conversion_user),
            "converted_at": timestamps(world, block.conversion_second),
            "cause": pick(("intent", "touch"), caused.astype(np.int64)),
            "touch_occurred_at": pa.array(moment, pa.timestamp("us"), mask=~caused),
            "touch_channel": pick(tuple(one.channel.name for one in listed), slot),
            "touch_campaign": pick(tuple(one.campaign.name for one in listed), slot),
        }
    )
