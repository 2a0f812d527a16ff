"""How well a regressor tells the minutes of sessions, a row per split."""

from touchledger.engagement import engagement_evaluation
from touchledger.frames import to_arrow


def model(dbt, session):
    dbt.config(materialized="table")
    return engagement_evaluation(
        sessions=to_arrow(dbt.ref("int_session_features")),
        samples=int(dbt.config.meta_get("bootstrap_samples")),
        seed=int(dbt.config.meta_get("seed")),
    )
