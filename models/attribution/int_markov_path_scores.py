"""The chance of conversion that the Markov chain sees, a row per order and stretch."""

from touchledger.frames import to_arrow
from touchledger.markov.tables import markov_path_scores


def model(dbt, session):
    dbt.config(materialized="table")
    return markov_path_scores(
        stretches=to_arrow(
            dbt.ref("int_path_stretches").select("stretch_key", "channel_keys")
        ),
        outcomes=to_arrow(dbt.ref("int_stretch_outcomes")),
        paths=to_arrow(dbt.ref("int_paths").select("path_key", "channel_keys")),
        order=str(dbt.config.meta_get("markov_order")),
    )
