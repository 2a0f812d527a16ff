"""Impressions as the one table of the `criteo` shape, and its truth.

The published columns and quirks: seconds from 0; -1 for none; `conversion` is 1 on
every impression whose user converts in the 30 days after it, with the next conversion's
id and time; `click_pos` and `click_nb` count the clicks of one conversion;
`attribution` is 1 on all clicks of an attributed conversion, so that the last click is
`attribution * (click_pos == click_nb - 1)`, as the authors' notebook has it; ids and
contexts are large numbers.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchledger.simulation.criteo import Impressions
from touchledger.simulation.events import pick
from touchledger.simulation.exchange import CAMPAIGNS, CONTEXT_LEVELS
from touchledger.simulation.randomness import Ints, shuffled_codes

__all__ = ["CriteoTables"]

_CAMPAIGN_CODES: Final = shuffled_codes(np.arange(CAMPAIGNS), 73_300)
_CONTEXT_CODES: Final = tuple(
    shuffled_codes(np.arange(levels), 1_000_003 * place)
    for place, levels in enumerate(CONTEXT_LEVELS)
)


@dataclass
class CriteoTables:
    """Turns blocks into tables, giving conversion ids in order; each block once."""

    conversions: int = 0

    def tables(self, block: Impressions) -> dict[str, pa.Table]:
        """Return the impressions and the truth of a block.

        The truth holds the conversions that at least one impression names.
        """
        named = np.zeros(len(block.cause), np.bool_)
        named[block.conversion[block.conversion >= 0]] = True
        number = self.conversions + np.cumsum(named) - 1
        self.conversions += int(named.sum())
        ids = np.append(shuffled_codes(number, 3_063_949), -1)
        return {
            "impressions": _impressions(block, ids),
            "truth": _truth(block, ids[:-1], np.flatnonzero(named)),
        }


def _impressions(block: Impressions, ids: Ints) -> pa.Table:
    # A last entry of -1 serves the impressions that name no conversion.
    seconds = np.append(block.made_second, -1)
    converted = block.conversion >= 0
    position, clicks = _click_positions(block)
    claimed = np.append(block.claimed, False)[block.conversion]
    columns = {
        "timestamp": block.second,
        "uid": shuffled_codes(block.first + block.user),
        "campaign": _CAMPAIGN_CODES[block.campaign],
        "conversion": converted.astype(np.int64),
        "conversion_timestamp": seconds[block.conversion],
        "conversion_id": ids[block.conversion],
        "attribution": (claimed & (position >= 0)).astype(np.int64),
        "click": block.clicked.astype(np.int64),
        "click_pos": position,
        "click_nb": clicks,
        "cost": block.cost,
        "cpo": block.order_cost,
        "time_since_last_click": block.since_click,
    }
    for place, (codes, levels) in enumerate(
        zip(_CONTEXT_CODES, block.contexts, strict=True), start=1
    ):
        columns[f"cat{place}"] = codes[levels]
    return pa.table(columns)


def _click_positions(block: Impressions) -> tuple[Ints, Ints]:
    """Return each click's place among those of its conversion, and their number.

    Rows are in order of user and second, so those of one conversion are neighbours.
    """
    position = np.full(len(block.user), -1)
    clicks = position.copy()
    rows = np.flatnonzero(block.clicked & (block.conversion >= 0))
    made = block.conversion[rows]
    first = np.searchsorted(made, made)
    position[rows] = np.arange(len(rows)) - first
    clicks[rows] = np.searchsorted(made, made, side="right") - first
    return position, clicks


def _truth(block: Impressions, ids: Ints, named: Ints) -> pa.Table:
    cause = block.cause[named]
    caused = cause >= 0
    places = pa.array(cause, mask=~caused)
    return pa.table(
        {
            "conversion_id": ids[named],
            "cause": pick(("intent", "touch"), caused.astype(np.int64)),
            "uid": shuffled_codes(block.first + block.made_user[named]),
            "timestamp": pc.take(pa.array(block.second), places),
            "campaign": pc.take(pa.array(_CAMPAIGN_CODES[block.campaign]), places),
        }
    )
