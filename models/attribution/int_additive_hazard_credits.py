"""Credit by the additive hazard, a row per touchpoint of a converting journey."""

from touchledger.frames import to_arrow
from touchledger.hazard.saved import HazardTables
from touchledger.hazard.tables import additive_hazard_credits


def model(dbt, session):
    dbt.config(materialized="table")
    # After it: each holds what all touchpoints caused, and both need too much memory.
    dbt.ref("int_additive_hazard_effects")
    return additive_hazard_credits(
        is_asked_for=bool(int(dbt.config.meta_get("is_asked_for"))),
        fits=to_arrow(dbt.ref("int_additive_hazard_fit")),
        tables=HazardTables(
            touchpoints=to_arrow(dbt.ref("int_hazard_touchpoints")),
            conversions=to_arrow(dbt.ref("int_hazard_conversions")),
            users=to_arrow(dbt.ref("int_hazard_users")),
            campaigns=to_arrow(dbt.ref("int_campaigns")),
            profiles=to_arrow(dbt.ref("int_user_profiles")),
            arrival_minutes=float(dbt.config.meta_get("arrival_minutes")),
        ),
        ledger=to_arrow(dbt.ref("int_hazard_ledger")),
    )
