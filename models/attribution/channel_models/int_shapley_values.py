"""Signed Shapley values of observed conversion rates, a row per channel."""

from touchledger.frames import to_arrow
from touchledger.shapley.tables import channel_shapley_values


def model(dbt, session):
    dbt.config(materialized="table")
    return channel_shapley_values(
        paths=to_arrow(dbt.ref("int_paths")),
        outcomes=to_arrow(dbt.ref("int_path_outcomes")),
        permutations=int(dbt.config.meta_get("permutations")),
        seed=int(dbt.config.meta_get("seed")),
    )
