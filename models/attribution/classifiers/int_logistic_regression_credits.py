"""Credit by logistic regression, a row per touchpoint of a converting journey."""

from touchledger.classifiers.tables import journey_model_credits
from touchledger.features.tables import SnapshotTables
from touchledger.frames import to_arrow


def model(dbt, session):
    dbt.config(materialized="table")
    return journey_model_credits(
        model="logistic_regression",
        is_asked_for=bool(int(dbt.config.meta_get("is_asked_for"))),
        fits=to_arrow(dbt.ref("int_logistic_regression_fit")),
        touchpoints=dbt.ref("int_credited_touchpoints"),
        tables=SnapshotTables(
            names=dbt.ref("int_campaigns"),
            features=dbt.ref("int_snapshot_features"),
            touchpoints=dbt.ref("int_snapshot_touchpoints"),
            profiles=dbt.ref("int_user_profiles"),
        ),
    )
