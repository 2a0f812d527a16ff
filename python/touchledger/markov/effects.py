"""Removal effects and what they attribute, with intervals, as a table."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from touchledger.bootstrap import BOUNDS, bucket_weights
from touchledger.log import LOGGER
from touchledger.markov.orders import is_easy
from touchledger.markov.removal import Removals, removals
from touchledger.markov.tables import NO_ORDER, chosen_order, counted_chain
from touchledger.paths import Paths

__all__ = ["markov_removal_effects"]

_Floats = NDArray[np.float64]

_EFFECTS = pa.schema(
    {
        "channel_key": pa.int64(),
        **dict.fromkeys(
            (
                "conversion_probability",
                "conversion_probability_without",
                "removal_effect",
                "removal_effect_lower",
                "removal_effect_upper",
                "revenue_removal_effect",
                "share",
                "attributed_conversions",
                "attributed_conversions_lower",
                "attributed_conversions_upper",
                "attributed_revenue",
            ),
            pa.float64(),
        ),
    }
)


def markov_removal_effects(
    paths: pa.Table,
    outcomes: pa.Table,
    orders: pa.Table,
    order: str,
    includes_nulls: bool,
    samples: int,
    seed: int,
) -> pa.Table:
    """Give what each channel's removal would cost, with 95 % intervals.

    Args:
        paths: As `Paths.from_arrow` takes them.
        outcomes: As `Paths.from_arrow` takes them.
        orders: `markov_order, is_chosen`, a row for each order.
        order: As `markov_path_scores` takes it.
        includes_nulls: Whether journeys that don't convert take part.
        samples: Bootstrap samples over users; 0 leaves the bounds null.
        seed: Seeds the samples.

    Returns:
        A row for each channel of the paths, sorted by `channel_key`: removal effects of
        conversions and of revenue, and the channel's part of all conversions and of all
        revenue, in proportion to them.

    Raises:
        UserError: If the chain has too many states.
    """
    if order == NO_ORDER:
        return _EFFECTS.empty_table()
    table = Paths.from_arrow(paths, outcomes)
    chain = counted_chain(table, chosen_order(orders, order), includes_nulls)
    _warn_if_long(len(chain.states), len(table.channel_keys), chain.states.order)
    conversions = table.by_bucket("conversions")
    journeys = table.by_bucket("journeys") if includes_nulls else conversions
    found = removals(chain, journeys, conversions) if samples else removals(chain)
    effect = _effects(found.without, found.probability)
    revenue_effect = _effects(found.revenue_without, found.revenue)
    share = effect / (effect.sum() or 1.0)
    revenue = chain.revenue.sum()
    columns: dict[str, _Floats | None] = {
        "conversion_probability": np.full(len(effect), found.probability),
        "conversion_probability_without": found.without,
        "removal_effect": effect,
        "revenue_removal_effect": revenue_effect if revenue else None,
        "share": share,
        "attributed_conversions": share * chain.conversions.sum(),
        "attributed_revenue": revenue * revenue_effect / (revenue_effect.sum() or 1.0),
    }
    if samples:
        columns |= _bounds(found, conversions, effect, samples, seed)
    nothing = pa.nulls(len(effect), pa.float64())
    arrays = [
        nothing if columns.get(name) is None else pa.array(columns[name])
        for name in _EFFECTS.names[1:]
    ]
    return pa.table([pa.array(table.channel_keys), *arrays], schema=_EFFECTS)


def _warn_if_long(states: int, channels: int, order: int) -> None:
    if not is_easy(states, channels):
        LOGGER.warning(
            "The Markov chain of markov_order %d has %s states and %s channels: "
            "removing each channel from it may take many minutes.",
            order,
            f"{states:,}",
            f"{channels:,}",
        )


def _effects(without: _Floats, whole: float) -> _Floats:
    """A removal takes nothing or something away; rounding must not say otherwise."""
    return np.clip(1 - without / whole, 0, 1) if whole else np.zeros(len(without))


def _bounds(
    found: Removals,
    conversions_by_bucket: sparse.csr_array,
    effect: _Floats,
    samples: int,
    seed: int,
) -> dict[str, _Floats | None]:
    """Bound effects on the scale of log-odds, and conversions on that of logarithms.

    There both can be any number, so that the bounds stay where the values can be.
    """
    if not found.probability:
        return {}
    drawn = bucket_weights(samples, seed) - 1
    moved = found.influence @ drawn / found.probability
    moved = np.outer(found.without / found.probability, moved[-1]) - moved[:-1]
    conversions = conversions_by_bucket.sum(axis=1)
    moved_total = conversions @ drawn / conversions.sum()
    moved_total -= moved.sum(axis=0) / effect.sum()

    inside = (effect > 0) & (effect < 1)
    odds = np.divide(effect, 1 - effect, out=np.zeros_like(effect), where=inside)
    slope = np.divide(1, effect * (1 - effect), out=np.zeros_like(effect), where=inside)
    low, high = np.exp(np.percentile(moved * slope[:, None], BOUNDS, axis=1)) * odds
    inverse = np.divide(1, effect, out=np.zeros_like(effect), where=effect > 0)
    fewer, more = np.exp(
        np.percentile(moved * inverse[:, None] + moved_total, BOUNDS, axis=1)
    ) * (effect / effect.sum() * conversions.sum())
    return {
        "removal_effect_lower": np.where(inside, low / (1 + low), effect),
        "removal_effect_upper": np.where(inside, high / (1 + high), effect),
        "attributed_conversions_lower": fewer,
        "attributed_conversions_upper": more,
    }
