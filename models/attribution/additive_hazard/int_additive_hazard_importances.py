"""What a touchpoint of each channel brings in all, a row per channel."""

from touchledger.frames import to_arrow
from touchledger.hazard.tables import additive_hazard_importances


def model(dbt, session):
    dbt.config(materialized="table")
    return additive_hazard_importances(
        fits=to_arrow(dbt.ref("int_additive_hazard_fit"))
    )
