"""The LSTM without attention, trained or reused: a row that names its file."""

from pathlib import Path

from touchledger.fits.store import FitStore
from touchledger.networks.relations import SequenceTables
from touchledger.networks.settings import NetworkSettings
from touchledger.networks.tables import fit_network


def model(dbt, session):
    dbt.config(materialized="table")
    return fit_network(
        model="lstm",
        is_asked_for=bool(int(dbt.config.meta_get("is_asked_for"))),
        store=FitStore(
            Path(dbt.config.meta_get("fitted_models_path")),
            str(dbt.config.meta_get("refit")),
        ),
        seed=int(dbt.config.meta_get("seed")),
        settings=NetworkSettings.from_json(dbt.config.meta_get("network")),
        arrival_minutes=float(dbt.config.meta_get("arrival_minutes")),
        snapshots=dbt.ref("int_training_snapshots"),
        tables=SequenceTables(
            touchpoints=dbt.ref("int_snapshot_touchpoints"),
            names=dbt.ref("int_campaigns"),
            profiles=dbt.ref("int_user_profiles"),
            max_touches=int(dbt.config.meta_get("max_touches")),
        ),
    )
