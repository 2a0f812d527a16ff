"""Scores of the Markov chains of order 1 to 4, a row per order and split."""

from touchledger.frames import to_arrow
from touchledger.markov.tables import markov_orders


def model(dbt, session):
    dbt.config(materialized="table")
    return markov_orders(
        paths=to_arrow(dbt.ref("int_paths")),
        outcomes=to_arrow(dbt.ref("int_path_outcomes")),
        order=str(dbt.config.meta_get("markov_order")),
    )
