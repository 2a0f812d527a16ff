"""How the trainings of networks went, a row per network and epoch."""

from touchledger.frames import to_arrow
from touchledger.networks.tables import training_history


def model(dbt, session):
    dbt.config(materialized="table")
    return training_history(fits=to_arrow(dbt.ref("int_fits")))
