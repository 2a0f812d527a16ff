"""Work that is done cut by cut, on one machine or on a cluster's workers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from typing import Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchledger.by_key import Packed, on_workers
from touchledger.frames import is_of_spark, rows_between, to_arrow
from touchledger.log import Progress

__all__ = ["Work", "over_cuts"]

_Chunk = TypeVar("_Chunk", bound=Sized)
_Made = TypeVar("_Made", bound=Sized, covariant=True)
_Ints = NDArray[np.int64]

# What is done on a chunk of cuts and the rows beside it, in one part or in several; it
# tells the progress how many it has done.
Work = Callable[[_Chunk, pa.Table | None, Progress], Iterable[pa.Table]]


class _Tables(Protocol[_Made]):
    """Relations that hold what is known of cuts."""

    @property
    def profiles(self) -> Any:
        """Give the relation `int_user_profiles`."""

    def chunks(
        self, cut_keys: _Ints, user_keys: _Ints, at_once: int | None = None
    ) -> Iterator[_Made]:
        """Read what is known of cuts, so many at once, in their order."""

    def of_cuts(self) -> Mapping[str, Any]:
        """Give the relations by `cut_key` that a chunk is made of, by name."""

    def chunk_maker(self) -> Callable[[Packed], _Made]:
        """Give what makes a chunk of packed cuts; it holds no relation."""


def over_cuts(
    cuts: Any,
    tables: _Tables[_Chunk],
    work: Work[_Chunk],
    schema: pa.Schema,
    progress: Callable[[int], Progress],
    beside: Any = None,
    at_once: int | None = None,
) -> Any:
    """Do a work on all cuts.

    Args:
        cuts: A relation with `cut_key` and `user_key`, a row for each cut.
        tables: What is known of them.
        work: Gives rows for a chunk of cuts; those of a cut depend on nothing else.
            Spark sends it to its workers, with all that it refers to.
        schema: The schema of its rows.
        progress: Gives what says how far the work is, of so many cuts.
        beside: A relation whose rows the work needs beside the chunk, by `cut_key`.
        at_once: Cuts in a chunk on one machine, where not as many as usual.

    Returns:
        The rows of all cuts: an Arrow table, or a Spark DataFrame where cuts are one.
    """
    if is_of_spark(cuts):
        return _on_workers(cuts, tables, work, schema, beside)
    rows = to_arrow(cuts.select("cut_key", "user_key")).sort_by("cut_key")
    cut_keys, user_keys = rows["cut_key"].to_numpy(), rows["user_key"].to_numpy()
    said, done, parts = progress(len(cut_keys)), 0, [schema.empty_table()]
    for chunk in tables.chunks(cut_keys, user_keys, at_once):
        keys = cut_keys[done : done + len(chunk)]
        done += len(keys)
        near = (
            None
            if beside is None
            else rows_between(beside, "cut_key", keys[0], keys[-1])
        )
        parts += work(chunk, near, said)
    return pa.concat_tables(parts)


def _on_workers(
    cuts: Any,
    tables: _Tables[_Chunk],
    work: Work[_Chunk],
    schema: pa.Schema,
    beside: Any,
) -> Any:
    known = cuts.select("cut_key", "user_key").join(tables.profiles, "user_key", "left")
    others = dict(tables.of_cuts())
    if beside is not None:
        others["beside"] = beside
    make = tables.chunk_maker()

    def of_packed(packed: Packed) -> Iterable[pa.Table]:
        # Who waits for workers looks at Spark.
        return work(make(packed), packed.beside.get("beside"), Progress("", "", 0))

    return on_workers(known, "cut_key", others, of_packed, schema)
