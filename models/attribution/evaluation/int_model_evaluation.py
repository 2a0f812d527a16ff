"""How well each model tells which journeys convert, a row per model and split."""

from touchledger.evaluation.scoreboard import model_evaluation
from touchledger.frames import rows_with, to_arrow


def model(dbt, session):
    dbt.config(materialized="table")
    return model_evaluation(
        examples=to_arrow(dbt.ref("int_examples")),
        scores_of=rows_with(dbt.ref("int_evaluated_scores"), "fitted_model"),
        models=to_arrow(dbt.ref("int_evaluated_models")),
        samples=int(dbt.config.meta_get("bootstrap_samples")),
        seed=int(dbt.config.meta_get("seed")),
    )
