"""Work that is done snapshot by snapshot, on one machine or on a cluster's workers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from typing import Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchledger.by_key import Packed, on_workers
from touchledger.frames import is_of_spark, rows_between, to_arrow
from touchledger.log import Progress

__all__ = ["Work", "over_snapshots"]

_Chunk = TypeVar("_Chunk", bound=Sized)
_Made = TypeVar("_Made", bound=Sized, covariant=True)
_Ints = NDArray[np.int64]

# What is done on a chunk of snapshots and the rows beside it, in one part or in
# several; it tells the progress how many it has done.
Work = Callable[[_Chunk, pa.Table | None, Progress], Iterable[pa.Table]]


class _Tables(Protocol[_Made]):
    """Relations that hold what is known of snapshots."""

    @property
    def profiles(self) -> Any:
        """Give the relation `int_user_profiles`."""

    def chunks(
        self, snapshot_keys: _Ints, user_keys: _Ints, at_once: int | None = None
    ) -> Iterator[_Made]:
        """Read what is known of snapshots, so many at once, in their order."""

    def of_snapshots(self) -> Mapping[str, Any]:
        """Give the relations by `snapshot_key` that a chunk is made of, by name."""

    def chunk_maker(self) -> Callable[[Packed], _Made]:
        """Give what makes a chunk of packed snapshots; it holds no relation."""


def over_snapshots(
    snapshots: Any,
    tables: _Tables[_Chunk],
    work: Work[_Chunk],
    schema: pa.Schema,
    progress: Callable[[int], Progress],
    beside: Any = None,
    at_once: int | None = None,
) -> Any:
    """Do a work on all snapshots.

    Args:
        snapshots: A relation with `snapshot_key` and `user_key`, a row for each
            snapshot.
        tables: What is known of them.
        work: Gives rows for a chunk of snapshots; those of a snapshot depend on nothing
            else. Spark sends it to its workers, with all that it refers to.
        schema: The schema of its rows.
        progress: Gives what says how far the work is, of so many snapshots.
        beside: A relation whose rows the work needs beside the chunk, by
            `snapshot_key`.
        at_once: Snapshots in a chunk on one machine, where not as many as usual.

    Returns:
        The rows of all snapshots: an Arrow table, or a Spark DataFrame where snapshots
        are one.
    """
    if is_of_spark(snapshots):
        return _on_workers(snapshots, tables, work, schema, beside)
    rows = to_arrow(snapshots.select("snapshot_key", "user_key")).sort_by(
        "snapshot_key"
    )
    snapshot_keys, user_keys = (
        rows["snapshot_key"].to_numpy(),
        rows["user_key"].to_numpy(),
    )
    said, done, parts = progress(len(snapshot_keys)), 0, [schema.empty_table()]
    for chunk in tables.chunks(snapshot_keys, user_keys, at_once):
        keys = snapshot_keys[done : done + len(chunk)]
        done += len(keys)
        near = (
            None
            if beside is None
            else rows_between(beside, "snapshot_key", keys[0], keys[-1])
        )
        parts += work(chunk, near, said)
    return pa.concat_tables(parts)


def _on_workers(
    snapshots: Any,
    tables: _Tables[_Chunk],
    work: Work[_Chunk],
    schema: pa.Schema,
    beside: Any,
) -> Any:
    known = snapshots.select("snapshot_key", "user_key").join(
        tables.profiles, "user_key", "left"
    )
    others = dict(tables.of_snapshots())
    if beside is not None:
        others["beside"] = beside
    make = tables.chunk_maker()

    def of_packed(packed: Packed) -> Iterable[pa.Table]:
        # Who waits for workers looks at Spark.
        return work(make(packed), packed.beside.get("beside"), Progress("", "", 0))

    return on_workers(known, "snapshot_key", others, of_packed, schema)
