"""The chance of conversion that logistic regression sees, a row per cut."""

from touchledger.features.tables import CutTables
from touchledger.fitted.journey_models import journey_model_scores
from touchledger.frames import to_arrow


def model(dbt, session):
    dbt.config(materialized="table")
    return journey_model_scores(
        fits=to_arrow(dbt.ref("int_logistic_regression_fit")),
        cuts=dbt.ref("int_journey_cuts"),
        tables=CutTables(
            names=dbt.ref("int_campaigns"),
            features=dbt.ref("int_cut_features"),
            channels=dbt.ref("int_cut_channels"),
            campaigns=dbt.ref("int_cut_campaigns"),
            touchpoints=dbt.ref("int_cut_touchpoints"),
            profiles=dbt.ref("int_user_profiles"),
        ),
    )
