"""Credit by the additive hazard, a row per touchpoint of a converting journey."""

from touchledger.frames import to_arrow
from touchledger.hazard.relations import HazardRelations
from touchledger.hazard.tables import additive_hazard_credits


def model(dbt, session):
    dbt.config(materialized="table")
    return additive_hazard_credits(
        is_asked_for=bool(int(dbt.config.meta_get("is_asked_for"))),
        fits=to_arrow(dbt.ref("int_additive_hazard_fit")),
        relations=HazardRelations(
            touchpoints=dbt.ref("int_hazard_touchpoints"),
            conversions=dbt.ref("int_hazard_conversions"),
            users=dbt.ref("int_hazard_users"),
            names=dbt.ref("int_campaigns"),
            ledger=dbt.ref("int_hazard_ledger"),
            arrival_minutes=float(dbt.config.meta_get("arrival_minutes")),
        ),
    )
