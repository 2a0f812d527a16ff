"""The probability of conversion that the additive hazard sees, a row per snapshot."""

from touchledger.features.tables import SnapshotTables
from touchledger.frames import to_arrow
from touchledger.hazard.tables import additive_hazard_scores


def model(dbt, session):
    dbt.config(materialized="table")
    return additive_hazard_scores(
        fits=to_arrow(dbt.ref("int_additive_hazard_fit")),
        snapshots=dbt.ref("int_journey_snapshots"),
        features=SnapshotTables(
            names=dbt.ref("int_campaigns"),
            features=dbt.ref("int_snapshot_features"),
            touchpoints=dbt.ref("int_snapshot_touchpoints"),
            profiles=dbt.ref("int_user_profiles"),
        ),
    )
