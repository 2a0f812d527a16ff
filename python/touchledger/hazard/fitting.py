"""The fit of the additive hazard, and of the scores beside it, kept in one file."""

from typing import Any

import pyarrow as pa

from touchledger.classifiers.linear_odds import LinearOddsModel
from touchledger.features.tables import SnapshotTables
from touchledger.features.training import TrainingSet
from touchledger.fits.store import FitStore, Trained
from touchledger.fits.tables import FITS, fits_table
from touchledger.fits.versions import code_hash, data_hash, fit_version
from touchledger.frames import to_arrow
from touchledger.hazard.covariates import Groups, attributes_of
from touchledger.hazard.credit import find_causes
from touchledger.hazard.design import Design
from touchledger.hazard.model import Hazard, fit_hazard
from touchledger.hazard.relations import HazardRelations
from touchledger.hazard.serialization import HazardTables, to_dict
from touchledger.log import LOGGER
from touchledger.turns import TRAINING

__all__ = ["NAME", "fit_additive_hazard"]

NAME = "additive_hazard"

# Earlier touchpoints that cause this share of conversions aren't there by chance.
_EXPLAINED = 0.1

# What the fit depends on, beside data and settings.
_CODE = (
    [
        *("touchledger.hazard", "touchledger.features", "touchledger.paths"),
        "touchledger.classifiers.linear_odds",
        "touchledger.classifiers.losses",
    ],
    ["numpy", "scipy"],
)


def fit_additive_hazard(
    is_asked_for: bool,
    store: FitStore,
    relations: HazardRelations,
    snapshots: Any,
    features: SnapshotTables,
    seed: int,
) -> pa.Table:
    """Fit the hazard to a sample of users, and its scores to the split `training`.

    Args:
        is_asked_for: Whether `attribution_models` names the model.
        store: Where fits lie, and when they are trained anew.
        relations: Touchpoints and conversions.
        snapshots: The relation `int_training_snapshots`.
        features: What is known at the snapshots.
        seed: Seeds the points of integration.

    Returns:
        What `fits_table` gives: no row where the model isn't asked for, or where there
        are no touchpoints or no conversions.
    """
    if not is_asked_for:
        return FITS.empty_table()
    with TRAINING:
        return _kept_fit(store, relations, snapshots, features, seed)


def _kept_fit(
    store: FitStore,
    relations: HazardRelations,
    snapshots: Any,
    features: SnapshotTables,
    seed: int,
) -> pa.Table:
    tables = relations.sample()
    if not tables.touchpoints.num_rows or not tables.conversions.num_rows:
        missing = "conversions" if tables.touchpoints.num_rows else "touchpoints"
        LOGGER.warning(
            "%s: there are no %s to learn from, so it isn't fitted; its credit is "
            "shared equally.",
            NAME,
            missing,
        )
        return FITS.empty_table()
    examples = TrainingSet.read(to_arrow(snapshots), features)
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
    # First, so that their memory is free again when the hazard takes most.
    odds = _odds(examples)
    groups = Groups.learn(tables.profiles)
    design, hazard = _fitted(tables, groups, seed)
    LOGGER.info(
        "%s: %s conversions, touchpoints are %s",
        NAME,
        f"{len(design.seen.event_user):,}",
        hazard.form,
    )
    return Trained(
        payload={
            "hazard": to_dict(tables, design, hazard, groups),
            "odds": odds and odds.to_dict(),
        },
        rows=tables.touchpoints.num_rows,
    )


def _odds(examples: TrainingSet) -> LinearOddsModel | None:
    reason = examples.reason_untrainable()
    if reason:
        LOGGER.warning("%s: %s, so journeys have no scores.", NAME, reason)
        return None
    return LinearOddsModel.train(
        examples.vocabulary, examples.training, examples.validation
    )


def _fitted(tables: HazardTables, groups: Groups, seed: int) -> tuple[Design, Hazard]:
    """Fit the hazard, under the clock that the conversions go by.

    A touchpoint at the instant of a conversion is its cause, or the conversion itself:
    the visit in which somebody bought. Earlier touchpoints tell: where they explain
    conversions by their timing, the touchpoint at the instant is the arrival.
    """
    seen = tables.observations()
    if seen.is_discrete_time and tables.arrival_minutes:
        clock = {
            "is_discrete_time": False,
            "has_instant_conversions": False,
            "is_observed_after_event": seen.is_observed_after_event,
        }
        timed = tables.design(tables.observations(clock), groups)
        hazard = fit_hazard(timed, seed)
        kept = find_causes(timed, hazard).baseline_parts.mean()
        if 1 - kept >= _EXPLAINED:
            return timed, hazard
    design = tables.design(seen, groups)
    return design, fit_hazard(design, seed)


def _hash(tables: HazardTables, examples: TrainingSet) -> str:
    profiles = {
        f"profile {name}": pa.table({"user": tables.profiles["user_key"], "value": v})
        for name, v in attributes_of(tables.profiles).items()
    }
    return data_hash(
        {
            "touchpoints": tables.touchpoints,
            "conversions": tables.conversions,
            "users": tables.users.select(["user_key"]),
            "campaigns": tables.campaigns,
            "period": tables.period,
            **profiles,
            "examples": pa.table({"hash": [examples.hash()]}),
        }
    )
