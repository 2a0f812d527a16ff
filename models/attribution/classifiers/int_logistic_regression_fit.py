"""Logistic regression, trained or reused: a row that says which file holds the fit."""

from pathlib import Path

from touchledger.classifiers.tables import fit_journey_model
from touchledger.features.tables import SnapshotTables
from touchledger.fits.store import FitStore


def model(dbt, session):
    dbt.config(materialized="table")
    return fit_journey_model(
        model="logistic_regression",
        is_asked_for=bool(int(dbt.config.meta_get("is_asked_for"))),
        store=FitStore(
            folder=Path(dbt.config.meta_get("fitted_models_path")),
            refit=str(dbt.config.meta_get("refit")),
        ),
        seed=int(dbt.config.meta_get("seed")),
        snapshots=dbt.ref("int_training_snapshots"),
        tables=SnapshotTables(
            names=dbt.ref("int_campaigns"),
            features=dbt.ref("int_snapshot_features"),
            touchpoints=dbt.ref("int_snapshot_touchpoints"),
            profiles=dbt.ref("int_user_profiles"),
        ),
    )
