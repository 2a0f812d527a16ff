"""Shapley values of touchpoints, added up by channel and day before the conversion.

A cell is a channel on one day, and has the sum of its touchpoints' values over all
journeys: what the channel did so many days ahead. Values keep their sign, as a
touchpoint may lower a journey's chance. The table is that of Treasure Data's
multi-touch attribution, in long form.
"""

import math
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["shapley_by_day"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

_CELLS = pa.schema(
    {
        "channel_key": pa.int64(),
        "days_before_conversion": pa.int64(),
        "shapley_value": pa.float64(),
        "share": pa.float64(),
    }
)


def shapley_by_day(channels: _Ints, days: _Ints, values: _Floats) -> pa.Table:
    """Add up the signed values of touchpoints by channel and day.

    The order of the touchpoints changes no bit: sums are exact before they are rounded.

    Args:
        channels: Channel of each touchpoint by key `(touchpoints,)`.
        days: Whole days from each touchpoint to the conversion of its journey
            `(touchpoints,)`.
        values: Signed Shapley value of each touchpoint in its journey
            `(touchpoints,)`.

    Returns:
        `channel_key, days_before_conversion, shapley_value, share`, a row for each
        channel and day with a touchpoint, sorted by both. A share is the cell's part of
        the sum of all values, and may be negative. It is null where that sum isn't
        positive: no cell has a part of nothing, and parts of a loss would turn signs
        around.

    Example:
        >>> import numpy as np
        >>> shapley_by_day(
        ...     np.array([1, 1, 2]), np.array([0, 0, 3]), np.array([0.25, 0.5, -0.25])
        ... ).to_pydict()["share"]
        [1.5, -0.5]
    """
    order = np.lexsort((days, channels))
    channels, days, ordered = channels[order], days[order], values[order].tolist()
    is_first = np.ones(len(order), dtype=np.bool_)
    is_first[1:] = (np.diff(channels) != 0) | (np.diff(days) != 0)
    bounds = [*np.flatnonzero(is_first).tolist(), len(order)]
    sums = [math.fsum(ordered[first:end]) for first, end in pairwise(bounds)]
    total = math.fsum(ordered)
    return pa.table(
        {
            "channel_key": channels[is_first],
            "days_before_conversion": days[is_first],
            "shapley_value": sums,
            "share": [cell / total if total > 0 else None for cell in sums],
        },
        schema=_CELLS,
    )
