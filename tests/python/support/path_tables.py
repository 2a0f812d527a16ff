"""Small worlds of paths, as the models int_paths and int_path_outcomes give them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from touchledger.bootstrap import BUCKETS
from touchledger.markov.tables import markov_path_scores
from touchledger.paths import SPLITS, Paths

__all__ = [
    "OUTCOMES_SCHEMA",
    "PATHS_SCHEMA",
    "Row",
    "orders_of",
    "paths_of",
    "row_lists",
    "scored",
    "scores_of",
    "simulated_tables",
    "tables_of",
]

PATHS_SCHEMA = pa.schema({"path_key": pa.int64(), "channel_keys": pa.list_(pa.int64())})
OUTCOMES_SCHEMA = pa.schema(
    {
        "path_key": pa.int64(),
        "split": pa.string(),
        "bucket": pa.int64(),
        "journeys": pa.int64(),
        "conversions": pa.int64(),
        "revenue": pa.float64(),
    }
)


class Row(NamedTuple):
    """Journeys of one path; a letter is a channel, and its key that of the letter."""

    path: str
    journeys: int
    conversions: int
    revenue: float = 0.0
    split: str = "training"
    bucket: int = 0


def tables_of(rows: Sequence[Row]) -> tuple[pa.Table, pa.Table]:
    """Write rows as paths, numbered in the order of the rows, and their outcomes."""
    numbered = {
        path: key for key, path in enumerate(dict.fromkeys(r.path for r in rows))
    }
    paths = [
        {"path_key": key, "channel_keys": [ord(letter) for letter in path]}
        for path, key in numbered.items()
    ]
    outcomes = [{**row._asdict(), "path_key": numbered[row.path]} for row in rows]
    return (
        pa.Table.from_pylist(paths, schema=PATHS_SCHEMA),
        pa.Table.from_pylist(outcomes, schema=OUTCOMES_SCHEMA),
    )


def paths_of(rows: Sequence[Row]) -> Paths:
    """Take rows as the package does."""
    return Paths.from_arrow(*tables_of(rows))


def scored(tables: tuple[pa.Table, pa.Table], order: str) -> pa.Table:
    """Score paths of which all is known: each is a subpath that has its key."""
    subpaths, outcomes = (
        table.rename_columns({"path_key": "subpath_key"}) for table in tables
    )
    return markov_path_scores(subpaths, outcomes, tables[0], order)


def scores_of(tables: tuple[pa.Table, pa.Table], order: str) -> pa.Table:
    """Score paths by the order that is chosen: `path_key` and the probability."""
    scores = scored(tables, order)
    chosen = scores.filter(scores["is_chosen"])
    return chosen.select(["subpath_key", "conversion_probability"]).rename_columns(
        {"subpath_key": "path_key"}
    )


def orders_of(tables: tuple[pa.Table, pa.Table], order: str) -> pa.Table:
    """Give the orders without the scores of paths."""
    keys = ["markov_order", "states", "is_chosen", "log_likelihood"]
    return scored(tables, order).group_by(keys).aggregate([]).sort_by("markov_order")


def simulated_tables(
    touches: NDArray[np.int64],
    converts: NDArray[np.bool_],
    split: ArrayLike = "training",
    bucket: ArrayLike = 0,
    revenue: ArrayLike = 0.0,
) -> tuple[pa.Table, pa.Table]:
    """Count simulated journeys by path, split and bucket.

    Args:
        touches: Channels from 0 on, `(journeys, touches)`; -1 after the last.
        converts: Which journeys convert, `(journeys,)`.
        split: Split of all journeys or of each.
        bucket: Bucket of users of all journeys or of each.
        revenue: Revenue of each conversion.
    """
    different, path = np.unique(touches, axis=0, return_inverse=True)
    journeys = pd.DataFrame(
        {
            "path_key": path,
            "split": split,
            "bucket": bucket,
            "journeys": 1,
            "conversions": converts.astype(np.int64),
            "revenue": np.where(converts, revenue, 0.0),
        }
    )
    keys = ["path_key", "split", "bucket"]
    outcomes = journeys.groupby(keys, as_index=False).sum()
    return (
        pa.table(
            {
                "path_key": np.arange(len(different)),
                "channel_keys": [row[row >= 0] for row in different],
            },
            schema=PATHS_SCHEMA,
        ),
        pa.Table.from_pandas(outcomes, schema=OUTCOMES_SCHEMA, preserve_index=False),
    )


@st.composite
def row_lists(
    draw: st.DrawFn, channels: str = "abcd", min_size: int = 0, max_size: int = 10
) -> list[Row]:
    """Worlds of short paths with repeats; rates and revenue as they come."""
    rows = []
    texts = st.text(channels, min_size=1, max_size=7)
    for path in draw(st.lists(texts, min_size=min_size, max_size=max_size)):
        journeys = draw(st.integers(1, 9))
        conversions = draw(st.integers(0, journeys))
        rows.append(
            Row(
                path,
                journeys,
                conversions,
                # Eighths are exact: sums have the same bits in any order.
                conversions * draw(st.integers(0, 80)) / 8,
                draw(st.sampled_from(SPLITS)),
                draw(st.integers(0, BUCKETS - 1)),
            )
        )
    return rows
