"""Distinct paths and what came of them, as flat arrays.

A path is a subpath of one long array of channels, so that millions of paths are worked
on at once. Channels are numbered from 0 in the order of their keys, and paths are
sorted by theirs: the same input gives the same arrays, in whatever order its rows come.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from touchledger.bootstrap import BUCKETS

__all__ = ["SPLITS", "Outcomes", "Paths", "totals"]

SPLITS = ("training", "validation", "test", "unused")

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Journeys, conversions and revenue of each path; arrays `(paths,)`."""

    journeys: _Floats
    conversions: _Floats
    revenue: _Floats

    def converting(self) -> "Outcomes":
        """Leave the journeys that don't convert out."""
        return Outcomes(self.conversions, self.conversions, self.revenue)


@dataclass(frozen=True, eq=False)
class Paths:
    """Distinct paths, `channels[offsets[i]:offsets[i + 1]]` being path i.

    Attributes:
        keys: Key of each path, ascending.
        offsets: Where paths begin and end, `(paths + 1,)`.
        channels: Channels of all paths, numbered from 0.
        channel_keys: Key of each numbered channel, ascending.
        path_of_touch: Which path each entry of `channels` belongs to.
    """

    keys: _Ints
    offsets: _Ints
    channels: _Ints
    channel_keys: _Ints
    path_of_touch: _Ints
    _rows: dict[str, NDArray[Any]]

    @classmethod
    def from_arrow(
        cls, paths: pa.Table, outcomes: pa.Table | None, key: str = "path_key"
    ) -> "Paths":
        """Take the tables of the models `int_paths` and `int_path_outcomes`.

        Args:
            paths: `path_key, channel_keys` (a list, never empty), a row for each path.
            outcomes: `path_key, split, bucket, journeys, conversions, revenue`; the
                paths are among those of `paths`. Journeys need not be whole numbers.
                None: what came of them won't be asked.
            key: The column that names a path in both, if not `path_key`.

        Example:
            >>> import pyarrow as pa
            >>> paths = Paths.from_arrow(
            ...     pa.table({"path_key": [4, 2], "channel_keys": [[7, 9], [9]]}),
            ...     pa.table({"path_key": [2, 4], "split": ["test", "training"],
            ...               "bucket": [0, 1], "journeys": [5, 3],
            ...               "conversions": [1, 1], "revenue": [0.0, 2.0]}),
            ... )
            >>> paths.offsets.tolist(), paths.channels.tolist()
            ([0, 1, 3], [1, 0, 1])
            >>> paths.outcomes(split="training").journeys.tolist()
            [0.0, 3.0]
        """
        keys = _numbers(paths[key], np.int64)
        order = np.argsort(keys)
        keys = keys[order]
        lists = paths["channel_keys"].combine_chunks().cast(pa.list_(pa.int64()))
        lists = lists.take(pa.array(order))
        lengths = lists.value_lengths().to_numpy(zero_copy_only=False)
        channels, channel_keys = pd.factorize(
            lists.flatten().to_numpy(zero_copy_only=False), sort=True
        )
        return cls(
            keys=keys,
            offsets=np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]),
            channels=channels.astype(np.int64),
            channel_keys=channel_keys.astype(np.int64),
            path_of_touch=np.repeat(np.arange(len(lengths)), lengths),
            _rows={} if outcomes is None else _sorted_rows(outcomes, key, keys),
        )

    def __len__(self) -> int:
        """Count the paths."""
        return len(self.keys)

    def outcomes(self, split: str | None = None) -> Outcomes:
        """Add up what came of each path, in one split or in all."""
        rows = self._rows
        chosen = slice(None) if split is None else rows["split"] == SPLITS.index(split)
        return Outcomes(
            *(
                totals(rows["path"][chosen], rows[name][chosen], len(self))
                for name in ("journeys", "conversions", "revenue")
            )
        )

    def by_bucket(self, name: str) -> sparse.csr_array:
        """Give `journeys` or `conversions` by bucket of users, `(buckets, paths)`."""
        rows = self._rows
        return sparse.csr_array(
            (rows[name], (rows["bucket"], rows["path"])), shape=(BUCKETS, len(self))
        )


def totals(places: NDArray[Any], values: NDArray[Any], count: int) -> _Floats:
    """Add values up by their place, 0 to `count` - 1."""
    return np.bincount(places, values, count).astype(np.float64, copy=False)


def _sorted_rows(outcomes: pa.Table, key: str, keys: _Ints) -> dict[str, NDArray[Any]]:
    """Sums of doubles depend on their order: rows get one of their own."""
    splits = pc.index_in(outcomes["split"], pa.array(SPLITS))
    rows = {
        "path": np.searchsorted(keys, _numbers(outcomes[key], np.int64)),
        "bucket": _numbers(outcomes["bucket"], np.int64),
        "split": _numbers(splits, np.int64),
        **{
            name: _numbers(outcomes[name], np.float64)
            for name in ("journeys", "conversions", "revenue")
        },
    }
    # One key sorts faster than three.
    place = (rows["path"] * BUCKETS + rows["bucket"]) * len(SPLITS) + rows["split"]
    order = np.argsort(place, kind="stable")
    return {name: values[order] for name, values in rows.items()}


def _numbers(column: pa.ChunkedArray, kind: type) -> NDArray[Any]:
    numbers: NDArray[Any] = column.to_numpy().astype(kind)
    return numbers
