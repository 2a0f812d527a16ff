"""The probability of conversion that the LSTM without attention sees, a row per
snapshot."""

from touchledger.frames import to_arrow
from touchledger.networks.relations import SequenceTables
from touchledger.networks.tables import network_scores


def model(dbt, session):
    dbt.config(materialized="table")
    return network_scores(
        fits=to_arrow(dbt.ref("int_lstm_fit")),
        snapshots=dbt.ref("int_journey_snapshots"),
        tables=SequenceTables(
            touchpoints=dbt.ref("int_snapshot_touchpoints"),
            names=dbt.ref("int_campaigns"),
            profiles=dbt.ref("int_user_profiles"),
            max_touches=int(dbt.config.meta_get("max_touches")),
        ),
    )
