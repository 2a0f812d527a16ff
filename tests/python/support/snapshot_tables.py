"""Tables of features as the engine hands them over, made by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from touchledger.features.tables import SnapshotTables

__all__ = [
    "NAMES",
    "features_type",
    "relation",
    "snapshot_tables",
    "training_snapshots",
]

NAMES = (
    # channel_key, channel, campaign_key, campaign
    (1, "a", 1, "(none)"),
    (2, "b", 2, "spring"),
    (2, "b", 3, "summer"),
)


def relation(columns: str, rows: Sequence[tuple[Any, ...]]) -> duckdb.DuckDBPyRelation:
    """Give rows as a relation; columns are `name type, …` as SQL declares them."""
    connection = duckdb.connect()
    connection.execute(f"create table rows_ ({columns})")
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"insert into rows_ values ({marks})", rows)
    # Rows come in no order: whoever needs one must ask for it.
    return connection.sql("select * from rows_ order by hash(rowid)")


def snapshot_tables(
    snapshots: Mapping[int, Sequence[tuple[int, int, float, bool]]],
    profiles: Mapping[int, Mapping[str, Any]] | None = None,
    names: Sequence[tuple[int, str, int, str]] = NAMES,
    columns: Mapping[int, Sequence[Mapping[str, str | None] | None]] | None = None,
) -> SnapshotTables:
    """Give the features of snapshots.

    Args:
        snapshots: Snapshot key to touchpoints a day apart: channel_key, campaign_key
            (0: no feature), cost and whether it is a click.
        profiles: User key to attributes.
        names: The campaigns.
        columns: Snapshot key to what columns of the input say of its touchpoints, in
            their order; None for a touchpoint at the instant of the cutoff.
    """
    features = []
    for key, touches in snapshots.items():
        of_channel = [channel for channel, *_ in touches]
        count, days = len(touches), len(touches) - 1
        features.append(
            (
                key,
                of_channel[0],
                of_channel[-1],
                touches[-1][1] or None,
                count,
                len(set(of_channel)),
                sum(click for *_, click in touches),
                min(count, 2),
                min(count, 8),
                sum(cost for _, _, cost, _ in touches),
                float(days),
                1.0 if days else 0.0,
                1.0 if days else 0.0,
                of_channel,
                [campaign for _, campaign, *_ in touches],
            )
        )
    attributes = ["user_id", *sorted({k for p in (profiles or {}).values() for k in p})]
    struct = ", ".join(f'"{name}" varchar' for name in attributes)
    return SnapshotTables(
        names=relation(
            "channel_key bigint, channel varchar, "
            "campaign_key bigint, campaign varchar",
            names,
        ),
        features=relation(
            "snapshot_key bigint, first_channel_key bigint, last_channel_key bigint, "
            "last_campaign_key bigint, touch_count bigint, channel_count bigint, "
            "click_count bigint, last_day_touch_count bigint, "
            "last_week_touch_count bigint, cost double, span_days double, "
            "mean_gap_days double, last_gap_days double, channel_keys bigint[], "
            "campaign_keys bigint[]",
            features,
        ),
        touchpoints=_touchpoints(snapshots, columns),
        profiles=relation(
            f"user_key bigint, attributes struct({struct})",
            [
                (user, {name: profile.get(name) for name in attributes})
                for user, profile in (profiles or {}).items()
            ],
        ),
    )


def features_type(
    columns: Mapping[int, Sequence[Mapping[str, str | None] | None]] | None,
) -> str:
    """Give the type that the engine has for what columns of the input say."""
    names = {
        name: None
        for known in (columns or {}).values()
        for of in known
        for name in of or {}
    }
    fields = ", ".join(f'"{name}" varchar' for name in names)
    return f"struct({fields})" if names else "boolean"


def _touchpoints(
    snapshots: Mapping[int, Sequence[Any]],
    columns: Mapping[int, Sequence[Mapping[str, str | None] | None]] | None,
) -> duckdb.DuckDBPyRelation:
    rows = [
        (key, known)
        for key, touches in snapshots.items()
        for known in (columns or {}).get(key, [None] * len(touches))
    ]
    return relation(f"snapshot_key bigint, features {features_type(columns)}", rows)


def training_snapshots(rows: Sequence[tuple[int, int, str, float, bool]]) -> pa.Table:
    """Give rows of `int_training_snapshots`: snapshot, user, split, weight,
    is_converted."""
    return relation(
        "snapshot_key bigint, user_key bigint, split varchar, weight double, "
        "is_converted boolean",
        rows,
    ).to_arrow_table()
