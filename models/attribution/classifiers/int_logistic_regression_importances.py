"""How much each feature matters to logistic regression, a row per feature and type."""

from touchledger.classifiers.tables import journey_model_importances
from touchledger.frames import to_arrow


def model(dbt, session):
    dbt.config(materialized="table")
    return journey_model_importances(
        fits=to_arrow(dbt.ref("int_logistic_regression_fit"))
    )
