"""The additive hazard, fitted or reused: a row that says which file holds the fit."""

from pathlib import Path

from touchledger.features.tables import SnapshotTables
from touchledger.fits.store import FitStore
from touchledger.hazard.fitting import fit_additive_hazard
from touchledger.hazard.relations import HazardRelations


def model(dbt, session):
    dbt.config(materialized="table")
    return fit_additive_hazard(
        is_asked_for=bool(int(dbt.config.meta_get("is_asked_for"))),
        store=FitStore(
            folder=Path(dbt.config.meta_get("fitted_models_path")),
            refit=str(dbt.config.meta_get("refit")),
        ),
        seed=int(dbt.config.meta_get("seed")),
        relations=HazardRelations(
            touchpoints=dbt.ref("int_hazard_touchpoints"),
            conversions=dbt.ref("int_hazard_conversions"),
            users=dbt.ref("int_hazard_users"),
            names=dbt.ref("int_campaigns"),
            ledger=dbt.ref("int_hazard_ledger"),
            arrival_minutes=float(dbt.config.meta_get("arrival_minutes")),
        ),
        snapshots=dbt.ref("int_training_snapshots"),
        features=SnapshotTables(
            names=dbt.ref("int_campaigns"),
            features=dbt.ref("int_snapshot_features"),
            touchpoints=dbt.ref("int_snapshot_touchpoints"),
            profiles=dbt.ref("int_user_profiles"),
        ),
    )
