"""The probability of conversion that the Markov chain sees, a row per order and
subpath."""

from touchledger.frames import to_arrow
from touchledger.markov.tables import markov_path_scores


def model(dbt, session):
    dbt.config(materialized="table")
    return markov_path_scores(
        subpaths=to_arrow(
            dbt.ref("int_snapshot_paths")
            .filter("channel_keys is not null")
            .select("subpath_key", "channel_keys")
        ),
        outcomes=to_arrow(dbt.ref("int_subpath_outcomes")),
        paths=to_arrow(dbt.ref("int_paths").select("path_key", "channel_keys")),
        order=str(dbt.config.meta_get("markov_order")),
    )
