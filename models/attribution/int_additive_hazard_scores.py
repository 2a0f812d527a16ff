"""The chance of conversion that the additive hazard sees, a row per cut."""

from touchledger.features.tables import CutTables
from touchledger.frames import to_arrow
from touchledger.hazard.tables import additive_hazard_scores


def model(dbt, session):
    dbt.config(materialized="table")
    return additive_hazard_scores(
        fits=to_arrow(dbt.ref("int_additive_hazard_fit")),
        cuts=dbt.ref("int_journey_cuts"),
        features=CutTables(
            names=dbt.ref("int_campaigns"),
            features=dbt.ref("int_cut_features"),
            channels=dbt.ref("int_cut_channels"),
            campaigns=dbt.ref("int_cut_campaigns"),
            touchpoints=dbt.ref("int_cut_touchpoints"),
            profiles=dbt.ref("int_user_profiles"),
        ),
    )
