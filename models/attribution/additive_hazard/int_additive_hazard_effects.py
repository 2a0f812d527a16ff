"""What touchpoints caused by the additive hazard, a row per campaign."""

from touchledger.frames import to_arrow
from touchledger.hazard.relations import HazardRelations
from touchledger.hazard.tables import additive_hazard_effects


def model(dbt, session):
    dbt.config(materialized="table")
    return additive_hazard_effects(
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
