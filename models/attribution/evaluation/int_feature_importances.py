"""How much each feature matters to each fitted model, a row per feature and type."""

from touchledger.frames import to_arrow
from touchledger.importances import feature_importances


def model(dbt, session):
    dbt.config(materialized="table")
    return feature_importances(fits=to_arrow(dbt.ref("int_fits")))
