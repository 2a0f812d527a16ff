"""The probability of conversion that logistic regression sees, a row per snapshot."""

from touchledger.classifiers.tables import journey_model_scores
from touchledger.features.tables import SnapshotTables
from touchledger.frames import to_arrow


def model(dbt, session):
    dbt.config(materialized="table")
    return journey_model_scores(
        fits=to_arrow(dbt.ref("int_logistic_regression_fit")),
        snapshots=dbt.ref("int_journey_snapshots"),
        tables=SnapshotTables(
            names=dbt.ref("int_campaigns"),
            features=dbt.ref("int_snapshot_features"),
            touchpoints=dbt.ref("int_snapshot_touchpoints"),
            profiles=dbt.ref("int_user_profiles"),
        ),
    )
