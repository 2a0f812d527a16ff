"""Shapley values by the attention LSTM, a row per credited touchpoint."""

from touchledger.frames import to_arrow
from touchledger.networks.credit_tables import network_shapley_values
from touchledger.networks.relations import SequenceTables


def model(dbt, session):
    dbt.config(materialized="table")
    return network_shapley_values(
        is_asked_for=bool(int(dbt.config.meta_get("is_asked_for"))),
        fits=to_arrow(dbt.ref("int_attention_lstm_fit")),
        touchpoints=dbt.ref("int_credited_touchpoints"),
        tables=SequenceTables(
            touchpoints=dbt.ref("int_snapshot_touchpoints"),
            names=dbt.ref("int_campaigns"),
            profiles=dbt.ref("int_user_profiles"),
            max_touches=int(dbt.config.meta_get("max_touches")),
        ),
        exact_up_to=int(dbt.config.meta_get("exact_up_to")),
        permutations=int(dbt.config.meta_get("permutations")),
        seed=int(dbt.config.meta_get("seed")),
    )
