"""The Markov chain of all journeys, a row per transition."""

from touchledger.frames import to_arrow
from touchledger.markov.tables import markov_transitions


def model(dbt, session):
    dbt.config(materialized="table")
    return markov_transitions(
        paths=to_arrow(dbt.ref("int_paths")),
        outcomes=to_arrow(dbt.ref("int_path_outcomes")),
        channels=to_arrow(dbt.ref("int_campaigns")),
        orders=to_arrow(
            dbt.ref("int_markov_path_scores")
            .select("markov_order", "is_chosen")
            .distinct()
        ),
        order=str(dbt.config.meta_get("markov_order")),
        includes_nulls=bool(int(dbt.config.meta_get("includes_nulls"))),
    )
