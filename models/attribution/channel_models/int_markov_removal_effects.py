"""What the removal of each channel would cost, a row per channel."""

from touchledger.frames import to_arrow
from touchledger.markov.effects import markov_removal_effects


def model(dbt, session):
    dbt.config(materialized="table")
    return markov_removal_effects(
        paths=to_arrow(dbt.ref("int_paths")),
        outcomes=to_arrow(dbt.ref("int_path_outcomes")),
        orders=to_arrow(
            dbt.ref("int_markov_path_scores")
            .select("markov_order", "is_chosen")
            .distinct()
        ),
        order=str(dbt.config.meta_get("markov_order")),
        includes_nulls=bool(int(dbt.config.meta_get("includes_nulls"))),
        samples=int(dbt.config.meta_get("bootstrap_samples")),
        seed=int(dbt.config.meta_get("seed")),
    )
