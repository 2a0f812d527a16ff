"""Shapley values of the channels of paths, as a table."""

import numpy as np
import pyarrow as pa

from touchledger.paths import Paths
from touchledger.shapley.channels import shapley_values

__all__ = ["channel_shapley_values"]

_VALUES = pa.schema(
    {
        "channel_key": pa.int64(),
        "shapley_value": pa.float64(),
        "standard_error": pa.float64(),
        "is_exact": pa.bool_(),
        "share": pa.float64(),
        "attributed_conversions": pa.float64(),
        "attributed_revenue": pa.float64(),
    }
)


def channel_shapley_values(
    paths: pa.Table, outcomes: pa.Table, permutations: int, seed: int
) -> pa.Table:
    """Give each channel its Shapley value in the game of observed conversion rates.

    Args:
        paths: As `Paths.from_arrow` takes them.
        outcomes: As `Paths.from_arrow` takes them.
        permutations: Orders of channels to draw where there are too many to go through
            all coalitions; 0 where the model isn't asked for.
        seed: Seeds the draw.

    Returns:
        `channel_key, shapley_value, standard_error, is_exact, share,
        attributed_conversions, attributed_revenue`, a row for each channel of the
        paths, sorted by key. Values keep their sign, and so do the shares of their sum.
        No rows where the model isn't asked for.
    """
    if not permutations:
        return _VALUES.empty_table()
    table = Paths.from_arrow(paths, outcomes)
    found = table.outcomes()
    channels = len(table.channel_keys)
    result = shapley_values(
        table.offsets,
        table.channels,
        found.journeys.astype(np.int64),
        found.conversions.astype(np.int64),
        channels,
        permutations,
        seed,
    )
    share = result.values / (result.total or 1.0)
    return pa.table(
        {
            "channel_key": table.channel_keys,
            "shapley_value": result.values,
            "standard_error": result.standard_errors,
            "is_exact": np.full(channels, result.is_exact),
            "share": share,
            "attributed_conversions": share * found.conversions.sum(),
            "attributed_revenue": share * found.revenue.sum(),
        },
        schema=_VALUES,
    )
