"""What the dbt models of the additive hazard return, but for its fit."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchledger.features.tables import CutTables
from touchledger.fitted.journey_models import scores
from touchledger.fitted.store import Fit
from touchledger.fitted.tables import (
    CREDITS,
    IMPORTANCES,
    SCORES,
    importances_table,
    reported_fit,
)
from touchledger.hazard.credit import Causes, find_causes, spread, strengths
from touchledger.hazard.design import Design, half_lives
from touchledger.hazard.odds import AdditiveOdds
from touchledger.hazard.saved import HazardTables, restore
from touchledger.paths import totals

__all__ = [
    "additive_hazard_credits",
    "additive_hazard_effects",
    "additive_hazard_importances",
    "additive_hazard_scores",
]

_EFFECTS = pa.schema(
    {
        "channel_key": pa.int64(),
        "campaign_key": pa.int64(),
        "form": pa.string(),
        "touchpoints": pa.int64(),
        "half_life_days": pa.float64(),
        "caused_conversions": pa.float64(),
        "caused_revenue": pa.float64(),
        "baseline_share": pa.float64(),
    }
)


def additive_hazard_effects(fits: pa.Table, tables: HazardTables) -> pa.Table:
    """Tell what the touchpoints of each campaign caused.

    Args:
        fits: What `fit_additive_hazard` returned.
        tables: Touchpoints and conversions.

    Returns:
        `channel_key, campaign_key, form, touchpoints, half_life_days,
        caused_conversions, caused_revenue, baseline_share`, a row for each campaign
        with touchpoints, sorted by key. The half-life is its channel's, null where the
        channel does nothing; the share of the baseline is that of all conversions.
    """
    fit = reported_fit(fits)
    if fit is None:
        return _EFFECTS.empty_table()
    design, causes = _causes(fit, tables)
    seen, campaigns = design.seen, len(causes.campaign_keys)
    campaign = np.searchsorted(causes.campaign_keys, seen.campaign_key)
    channel = np.zeros(campaigns, dtype=np.int64)
    channel[campaign] = seen.channel
    worth = _revenue(tables.conversions, seen.event_key)
    of = campaign[causes.pairs.touch]
    half_life = half_lives(seen, causes.hazard.effects)[channel]
    return pa.table(
        {
            "channel_key": seen.channel_keys[channel],
            "campaign_key": causes.campaign_keys,
            "form": np.full(campaigns, causes.hazard.form),
            "touchpoints": np.bincount(campaign, minlength=campaigns),
            "half_life_days": pa.array(half_life, mask=np.isnan(half_life)),
            "caused_conversions": totals(of, causes.parts, campaigns),
            "caused_revenue": totals(
                of, causes.parts * worth[causes.pairs.point], campaigns
            ),
            "baseline_share": np.full(campaigns, causes.baseline_parts.mean()),
        },
        schema=_EFFECTS,
    )


def additive_hazard_credits(
    is_asked_for: bool, fits: pa.Table, tables: HazardTables, ledger: pa.Table
) -> pa.Table:
    """Share conversions out among the touchpoints of their journeys.

    Args:
        is_asked_for: Whether `attribution_models` names the model.
        fits: What `fit_additive_hazard` returned; without a fit touchpoints share
            equally.
        tables: Touchpoints and conversions.
        ledger: `journey_key, position, conversion_key, channel_key, campaign_key,
            occurred_at`, a row for each touchpoint of a converting journey.

    Returns:
        `journey_key, position, attribution_model, credit`, a row for each touchpoint,
        sorted by the keys. Credit is at least 0 and sums to 1 for each journey.
    """
    if not is_asked_for:
        return CREDITS.empty_table()
    fit = reported_fit(fits)
    ledger = ledger.sort_by([("journey_key", "ascending"), ("position", "ascending")])
    journey = np.unique(ledger["journey_key"].to_numpy(), return_inverse=True)[1]
    if fit is None:
        credit = 1 / np.bincount(journey)[journey]
    else:
        credit = _credit(ledger, journey, *_causes(fit, tables))
    return pa.table(
        {
            "journey_key": ledger["journey_key"],
            "position": ledger["position"],
            "attribution_model": pa.repeat("additive_hazard", len(credit)),
            "credit": credit,
        },
        schema=CREDITS,
    )


def additive_hazard_scores(fits: pa.Table, cuts: Any, features: CutTables) -> Any:
    """Give each cut the chance that its journey converts.

    Args:
        fits: What `fit_additive_hazard` returned.
        cuts: The relation `int_journey_cuts`.
        features: What is known at the cuts.

    Returns:
        `cut_key, conversion_probability`; no rows where nothing could be learned.
    """
    fit = reported_fit(fits)
    if fit is None or fit.payload["odds"] is None:
        return SCORES.empty_table()
    odds = AdditiveOdds.from_payload(fit.payload["odds"])
    return scores(fit.name, odds, cuts, features)


def additive_hazard_importances(fits: pa.Table) -> pa.Table:
    """Give what a touchpoint of each channel brings in all.

    Args:
        fits: What `fit_additive_hazard` returned.

    Returns:
        `fitted_model, feature, importance_type, importance`; no rows where there is no
        fit.
    """
    fit = reported_fit(fits)
    if fit is None:
        return IMPORTANCES.empty_table()
    return importances_table(fit.name, _importances(fit))


def _importances(fit: Fit) -> Iterator[tuple[str, str, float]]:
    saved = fit.payload["hazard"]
    kind = f"{saved['form']}_effect"
    brought = np.array(saved["effects"]).sum(axis=0)
    for channel, effect in zip(saved["channels"], brought.tolist(), strict=True):
        yield f"channel: {channel}", kind, effect


def _causes(fit: Fit, tables: HazardTables) -> tuple[Design, Causes]:
    design, hazard = restore(fit.payload["hazard"], tables)
    return design, find_causes(design, hazard)


def _credit(
    ledger: pa.Table, journey: NDArray[np.int64], design: Design, causes: Causes
) -> NDArray[np.float64]:
    seen = design.seen
    order = np.argsort(seen.event_key)
    keys = ledger["conversion_key"].to_numpy()
    event = order[np.searchsorted(seen.event_key[order], keys)]
    channel = np.searchsorted(seen.channel_keys, ledger["channel_key"].to_numpy())
    campaign = np.searchsorted(causes.campaign_keys, ledger["campaign_key"].to_numpy())
    lag = seen.event_moment[event] - seen.days(ledger["occurred_at"])
    strength = strengths(design, causes.hazard, lag, channel)
    parts = causes.part(event, strength * causes.factors[campaign])
    caused = totals(
        np.searchsorted(causes.campaign_keys, seen.campaign_key[causes.pairs.touch]),
        causes.parts,
        len(causes.campaign_keys),
    )
    return spread(journey, campaign, parts, caused)


def _revenue(conversions: pa.Table, keys: NDArray[np.int64]) -> NDArray[np.float64]:
    known = conversions["conversion_key"].to_numpy()
    order = np.argsort(known)
    revenue: NDArray[np.float64] = conversions["revenue"].to_numpy().astype(float)
    return revenue[order[np.searchsorted(known[order], keys)]]
