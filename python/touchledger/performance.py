"""CPA, ROAS and their 95 % intervals, by a bootstrap over users.

All samples are one product of the matrix (cells x buckets) with the weights (buckets x
samples) of `touchledger.bootstrap`. Spend is known, not drawn, so the bounds of CPA and
ROAS follow from those of conversions and revenue.
"""

from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from touchledger.bootstrap import BOUNDS, BUCKETS, bucket_weights

__all__ = ["PERFORMANCE_COLUMNS", "performance"]

_Floats = NDArray[np.float64]
_CELLS_AT_ONCE = 2_000

PERFORMANCE_COLUMNS = (
    "attributed_conversions",
    "attributed_conversions_lower",
    "attributed_conversions_upper",
    "attributed_revenue",
    "attributed_refunds",
    "attributed_net_revenue",
    "share",
    "touchpoints",
    "impressions",
    "clicks",
    "spend",
    "cpa",
    "cpa_lower",
    "cpa_upper",
    "roas",
    "roas_lower",
    "roas_upper",
)


# What a row is, beside the attribution model.
_GRAINS = {"channel": ["channel"], "campaign": ["channel", "campaign"]}
_KEYS = ("grain", "attribution_model", "channel", "campaign")
_EARNED = (
    "attributed_conversions",
    "attributed_gross_revenue",
    "attributed_refunds",
    "attributed_net_revenue",
)
_STATED = ("touchpoints", "impressions", "clicks", "spend")


def performance(
    credits: pa.Table,
    spend: pa.Table,
    samples: int,
    seed: int,
    revenue_basis: Literal["gross", "net"] = "gross",
) -> pa.Table:
    """Sum credit by channel and by campaign, and hold it against spend.

    Args:
        credits: `attribution_model, channel, campaign, bucket, attributed_conversions,
            attributed_revenue, attributed_refunds`, a row for each that occurs;
            buckets count from 0 to `BUCKETS` - 1, money is in the reporting currency.
        spend: `attribution_model, channel, campaign, touchpoints, impressions, clicks,
            spend`, a row for each campaign; null where the input states none.
        samples: Bootstrap samples; 0 leaves the bounds null.
        seed: Seeds the samples.
        revenue_basis: Whether ROAS is made of revenue or of revenue without refunds.

    Returns:
        `grain` (channel or campaign), `attribution_model, channel, campaign` and
        `PERFORMANCE_COLUMNS`, sorted by grain and keys; the campaign of a channel is
        null. CPA is null without conversions and where no spend is stated, ROAS
        without spend.

    Example:
        >>> import pyarrow as pa
        >>> keys = {"attribution_model": ["linear"], "channel": ["a"]}
        >>> keys["campaign"] = ["b"]
        >>> table = performance(
        ...     pa.table({**keys, "bucket": [0], "attributed_conversions": [2.0],
        ...               "attributed_revenue": [30.0],
        ...               "attributed_refunds": [5.0]}),
        ...     pa.table({**keys, "touchpoints": [4], "impressions": [90.0],
        ...               "clicks": [8.0], "spend": [10.0]}),
        ...     samples=0, seed=7,
        ... )
        >>> table.select(["grain", "cpa", "roas"]).to_pylist()[0]
        {'grain': 'channel', 'cpa': 5.0, 'roas': 3.0}
    """
    credit_rows = (
        credits.to_pandas()
        .sort_values(["attribution_model", "channel", "campaign", "bucket"])
        .rename(columns={"attributed_revenue": "attributed_gross_revenue"})
    )
    credit_rows["attributed_net_revenue"] = (
        credit_rows["attributed_gross_revenue"] - credit_rows["attributed_refunds"]
    )
    spend_rows = spend.to_pandas()
    weights = bucket_weights(samples, seed) if samples else None
    return pa.concat_tables(
        [
            _of_grain(
                grain,
                credit_rows,
                spend_rows,
                ["attribution_model", *keys],
                weights,
                f"attributed_{revenue_basis}_revenue",
            )
            for grain, keys in _GRAINS.items()
        ]
    )


def _of_grain(
    grain: str,
    credit_rows: pd.DataFrame,
    spend_rows: pd.DataFrame,
    keys: list[str],
    weights: _Floats | None,
    earned: str,
) -> pa.Table:
    result = _totals(credit_rows, spend_rows, keys)
    result["share"] = _ratio(
        result["attributed_conversions"],
        result.groupby("attribution_model")["attributed_conversions"].transform("sum"),
    )
    # Credits above the spend leave nothing that a conversion costs.
    cost = result["spend"].where(result["spend"] >= 0)
    result["cpa"] = _ratio(cost, result["attributed_conversions"])
    result["roas"] = _ratio(result[earned], result["spend"])
    _add_bounds(result, credit_rows, keys, weights, earned)
    for name in ("spend", "touchpoints"):
        result[name] = result[name].fillna(0)
    return _typed(result, grain)


def _totals(
    credit_rows: pd.DataFrame, spend_rows: pd.DataFrame, keys: list[str]
) -> pd.DataFrame:
    # Stacked, not merged: pandas can't merge on the text columns of two empty frames.
    stacked = pd.concat([credit_rows, spend_rows.sort_values([*keys, "campaign"])])
    groups = stacked.groupby(keys, as_index=False)
    sums = groups[list(_EARNED)].sum()
    # Of a channel without a row of spend nothing is known, which isn't nothing.
    sums[list(_STATED)] = groups[list(_STATED)].sum(min_count=1)[list(_STATED)]
    return sums.sort_values(keys, ignore_index=True)


def _ratio(above: pd.Series, below: pd.Series) -> pd.Series:
    return above.div(below.where(below > 0))


def _add_bounds(
    result: pd.DataFrame,
    credit_rows: pd.DataFrame,
    keys: list[str],
    weights: _Floats | None,
    earned: str,
) -> None:
    bounds = {
        name: np.full((2, len(result)), np.nan)
        for name in ("attributed_conversions", earned)
    }
    if weights is not None and len(credit_rows):
        cells = pd.MultiIndex.from_frame(result[keys]).get_indexer(
            pd.MultiIndex.from_frame(credit_rows[keys])
        )
        buckets = credit_rows["bucket"].to_numpy()
        shape = (len(result), BUCKETS)
        for name in bounds:
            values = sparse.csr_array(
                (credit_rows[name].to_numpy(), (cells, buckets)), shape=shape
            )
            bounds[name] = _bounds(values, weights)
    lower, upper = bounds["attributed_conversions"]
    result["attributed_conversions_lower"] = lower
    result["attributed_conversions_upper"] = upper
    # Fewer conversions for the same spend: the upper bound of CPA.
    cost = result["spend"].where(result["spend"] >= 0)
    result["cpa_lower"] = _ratio(cost, pd.Series(upper))
    result["cpa_upper"] = _ratio(cost, pd.Series(lower))
    lower, upper = bounds[earned]
    result["roas_lower"] = _ratio(pd.Series(lower), result["spend"])
    result["roas_upper"] = _ratio(pd.Series(upper), result["spend"])


def _bounds(values: sparse.csr_array, weights: _Floats) -> _Floats:
    parts = [
        np.percentile(values[start : start + _CELLS_AT_ONCE] @ weights, BOUNDS, axis=1)
        for start in range(0, values.shape[0], _CELLS_AT_ONCE)
    ]
    return np.concatenate(parts, axis=1)


def _typed(result: pd.DataFrame, grain: str) -> pa.Table:
    schema = pa.schema(
        [(key, pa.string()) for key in _KEYS]
        + [(name, pa.float64()) for name in PERFORMANCE_COLUMNS]
    )
    named = result.assign(
        grain=grain, attributed_revenue=result["attributed_gross_revenue"]
    ).reindex(columns=schema.names)
    return pa.Table.from_pandas(named, schema=schema, preserve_index=False)
