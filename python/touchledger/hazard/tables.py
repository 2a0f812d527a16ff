"""What the dbt models of the additive hazard return."""



import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchledger.features.tables import CutTables
from touchledger.features.training import TrainingSet
from touchledger.fitted.store import Fit, FitStore, Trained
from touchledger.fitted.tables import fits_table
from touchledger.fitted.versions import code_hash, data_hash, fit_version
from touchledger.hazard.credit import Causes, find_causes, spread, strengths
from touchledger.hazard.design import Design, half_lives
from touchledger.hazard.effects import fit_hazard
from touchledger.hazard.groups import Groups, attributes_of
from touchledger.hazard.odds import AdditiveOdds
from touchledger.hazard.saved import HazardTables, restore, to_payload
from touchledger.log import LOGGER
from touchledger.paths import totals

__all__ = [
    "NAME",
    "additive_hazard_credits",
    "additive_hazard_effects",
    "fit_additive_hazard",
]

NAME = "additive_hazard"

# What the fit depends on, beside data and settings.
_CODE = (
    ["touchledger.hazard", "touchledger.features", "touchledger.paths"],
    ["numpy", "scipy"],
)

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
_CREDITS = pa.schema(
    {
        "journey_key": pa.int64(),
        "position": pa.int64(),
        "attribution_model": pa.string(),
        "credit": pa.float64(),
    }
)


def fit_additive_hazard(
    store: FitStore,
    tables: HazardTables,
    cuts: pa.Table,
    features: CutTables,
    seed: int,
) -> pa.Table:
    """Fit the hazard to all conversions, and its scores to the split `training`.

    Args:
        store: Where fits are kept.
        tables: Touchpoints and conversions.
        cuts: As `TrainingSet.read` takes them.
        features: What is known at the cuts.
        seed: Seeds the points of integration.

    Returns:
        What `fits_table` gives; no rows where no touchpoint or no conversion is there.
    """
    if not tables.touchpoints.num_rows or not tables.conversions.num_rows:
        missing = "conversions" if tables.touchpoints.num_rows else "touchpoints"
        LOGGER.warning(
            "%s: there are no %s to learn from, so it isn't fitted", NAME, missing
        )
        return fits_table(None)
    examples = TrainingSet.read(cuts, features)
    settings = {"arrival_minutes": tables.arrival_minutes, "seed": seed}
    return fits_table(
        store.fit_or_reuse(
            NAME,
            lambda: fit_version(_hash(tables, examples), settings, code_hash(*_CODE)),
            settings,
            lambda: _trained(tables, examples, seed),
        )
    )


def _trained(tables: HazardTables, examples: TrainingSet, seed: int) -> Trained:
    groups = Groups.learn(tables.profiles)
    design = tables.design(tables.observations(), groups)
    hazard = fit_hazard(design, seed)
    LOGGER.info(
        "%s: %s conversions, touchpoints are %s",
        NAME,
        f"{len(design.seen.event_user):,}",
        hazard.form,
    )
    obstacle = examples.obstacle()
    odds = None
    if obstacle:
        LOGGER.warning("%s: %s, so journeys have no scores", NAME, obstacle)
    else:
        odds = AdditiveOdds.train(examples.vocabulary, examples.training)
    return Trained(
        payload={
            "hazard": to_payload(tables, design, hazard, groups),
            "odds": odds and odds.to_payload(),
        },
        rows=tables.touchpoints.num_rows,
    )


def _hash(tables: HazardTables, examples: TrainingSet) -> str:
    profiles = {
        f"profile {name}": pa.table({"user": tables.profiles["user_key"], "value": v})
        for name, v in attributes_of(tables.profiles).items()
    }
    return data_hash(
        {
            "touchpoints": tables.touchpoints,
            "conversions": tables.conversions,
            "users": tables.users,
            "campaigns": tables.campaigns,
            **profiles,
            "examples": pa.table({"hash": [examples.hash()]}),
        }
    )


def additive_hazard_effects(
    fit: Fit | None, tables: HazardTables, revenue: pa.Table
) -> pa.Table:
    """Tell what the touchpoints of each campaign caused.

    Args:
        fit: The fitted model; None where there is none.
        tables: Touchpoints and conversions.
        revenue: `conversion_key, revenue`, a row for each conversion.

    Returns:
        `channel_key, campaign_key, form, touchpoints, half_life_days,
        caused_conversions, caused_revenue, baseline_share`, a row for each campaign
        with touchpoints, sorted by key. The half-life is its channel's, null where the
        channel does nothing; the share of the baseline is that of all conversions.
    """
    if fit is None:
        return _EFFECTS.empty_table()
    design, causes = _causes(fit, tables)
    seen, campaigns = design.seen, len(causes.campaign_keys)
    campaign = np.searchsorted(causes.campaign_keys, seen.campaign_key)
    channel = np.zeros(campaigns, dtype=np.int64)
    channel[campaign] = seen.channel
    worth = _in_order(revenue, "conversion_key", "revenue", seen.event_key)
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
    fit: Fit | None, tables: HazardTables, ledger: pa.Table
) -> pa.Table:
    """Share conversions out among the touchpoints of their journeys.

    Args:
        fit: The fitted model. None where there is none: touchpoints share equally then.
        tables: Touchpoints and conversions.
        ledger: `journey_key, position, conversion_key, channel_key, campaign_key,
            occurred_at`, a row for each touchpoint of a converting journey.

    Returns:
        `journey_key, position, attribution_model, credit`, a row for each touchpoint,
        sorted by the keys. Credit is at least 0 and sums to 1 for each journey.
    """
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
            "attribution_model": np.full(len(credit), NAME),
            "credit": credit,
        },
        schema=_CREDITS,
    )


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


def _in_order(
    table: pa.Table, key: str, value: str, keys: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Look values up by their keys."""
    known = table[key].to_numpy()
    order = np.argsort(known)
    values: NDArray[np.float64] = table[value].to_numpy().astype(np.float64)
    return values[order[np.searchsorted(known[order], keys)]]
