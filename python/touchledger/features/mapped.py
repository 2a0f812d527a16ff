"""Work that is done cut by cut: in chunks in this process, or by a cluster's workers.

On one machine a chunk of cuts is read from six tables by a range of keys. Spark's
workers have no way to tables, so there each cut is packed into one row with all that is
known of it, and a worker takes chunks from the rows that it is handed.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchledger.features.tables import Chunk, CutTables, KnownTouchpoints
from touchledger.frames import in_64_bits, rows_between, spark_schema, to_arrow
from touchledger.log import Progress
from touchledger.one_thread import use_one_thread

__all__ = ["JOURNEYS_AT_ONCE", "Work", "joined", "over_cuts", "over_rows"]

# What is done on a chunk of cuts and the rows beside it, in one part or in several.
Work = Callable[[Chunk, pa.Table | None], Iterable[pa.Table]]

# The work with rows beside it gives parts of so many journeys.
JOURNEYS_AT_ONCE = 10_000
# The tables by name, as Spark takes them.
_PACKED = """
    select
        features.*,
        profiles.attributes,
        channels.channels,
        campaigns.campaigns,
        touchpoints.touchpoints,
        {also}
    from {features} as features
    inner join {cuts} as cuts on features.cut_key = cuts.cut_key
    left join {profiles} as profiles on cuts.user_key = profiles.user_key
    left join (
        select cut_key, collect_list(struct(channel_key, touch_count)) as channels
        from {channels} group by cut_key
    ) as channels on features.cut_key = channels.cut_key
    left join (
        select cut_key, collect_list(struct(campaign_key, touch_count)) as campaigns
        from {campaigns} group by cut_key
    ) as campaigns on features.cut_key = campaigns.cut_key
    left join (
        select cut_key, collect_list(features) as touchpoints
        from {touchpoints} group by cut_key
    ) as touchpoints on features.cut_key = touchpoints.cut_key
"""
_BESIDE = """
    left join (
        select cut_key, collect_list(struct(*)) as beside from {beside} group by cut_key
    ) as besides on features.cut_key = besides.cut_key
"""


def over_cuts(
    cuts: Any,
    tables: CutTables,
    work: Work,
    schema: pa.Schema,
    progress: Callable[[int], Progress],
    beside: Any = None,
) -> Any:
    """Do a work on all cuts.

    Args:
        cuts: A relation with `cut_key` and `user_key`, a row for each cut.
        tables: The features.
        work: Gives rows for a chunk of cuts; those of a cut depend on nothing else.
            Spark sends it to its workers, with all that it refers to.
        schema: The schema of its rows.
        progress: Gives what says how far the work is, of so many cuts.
        beside: A relation whose rows the work needs beside the features, by `cut_key`.

    Returns:
        The rows of all cuts: an Arrow table, or a Spark DataFrame where cuts are one.
    """
    if _is_of_spark(cuts):
        return _on_workers(cuts, tables, work, schema, beside)
    rows = to_arrow(cuts.select("cut_key", "user_key")).sort_by("cut_key")
    cut_keys, user_keys = rows["cut_key"].to_numpy(), rows["user_key"].to_numpy()
    said = progress(len(cut_keys))
    parts = []
    for chunk in tables.chunks(cut_keys, user_keys):
        keys = chunk.cut_keys
        near = (
            None
            if beside is None
            else rows_between(beside, "cut_key", keys[0], keys[-1])
        )
        for part in work(chunk, near):
            parts.append(part)
            said.add(len(chunk) if near is None else JOURNEYS_AT_ONCE)
    return pa.concat_tables([schema.empty_table(), *parts])


def over_rows(
    relation: Any, work: Callable[[pa.Table], pa.Table], schema: pa.Schema
) -> Any:
    """Do a work on the rows of a relation, each by itself.

    Args:
        relation: A relation.
        work: Gives rows for some of its rows.
        schema: Their schema.

    Returns:
        As `over_cuts`.
    """
    if not _is_of_spark(relation):
        return work(to_arrow(relation))

    def of_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = work(in_64_bits(pa.Table.from_batches([batch])))
            yield from rows.to_batches()

    return relation.mapInArrow(of_batches, spark_schema(schema))


def joined(parts: Iterable[Any]) -> Any:
    """Put results of `over_cuts` and `over_rows` together."""
    found = list(parts)
    if _is_of_spark(found[0]):
        return reduce(lambda first, second: first.unionByName(second), found)
    return pa.concat_tables(found)


def _is_of_spark(relation: Any) -> bool:
    return hasattr(relation, "mapInArrow")


def _on_workers(
    cuts: Any, tables: CutTables, work: Work, schema: pa.Schema, beside: Any
) -> Any:
    others = {} if beside is None else {"beside": beside}
    # The name is a placeholder of this text, the tables are Spark's.
    text = _PACKED.replace("{also}", "besides.beside" if others else "null as beside")
    packed = cuts.sparkSession.sql(
        text + (_BESIDE if others else ""),
        cuts=cuts,
        features=tables.features,
        profiles=tables.profiles,
        channels=tables.channels,
        campaigns=tables.campaigns,
        touchpoints=tables.touchpoints,
        **others,
    )

    def of_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        use_one_thread()
        for batch in batches:
            if batch.num_rows:
                for part in work(*_unpacked(pa.Table.from_batches([batch]))):
                    yield from part.to_batches()

    return packed.mapInArrow(of_batches, spark_schema(schema))


def _unpacked(packed: pa.Table) -> tuple[Chunk, pa.Table | None]:
    """Take packed cuts apart: what is known of them, and the rows beside."""
    rows = in_64_bits(packed).sort_by("cut_key").combine_chunks()
    keys = rows["cut_key"].to_numpy()
    attributes = rows["attributes"].chunk(0)
    place, known = _items(rows["touchpoints"])
    chunk = Chunk(
        cut_keys=keys,
        features=rows,
        channels=_table(rows["channels"], keys),
        campaigns=_table(rows["campaigns"], keys),
        touchpoints=KnownTouchpoints.from_arrow(place, known),
        attributes={
            field.name: pa.chunked_array([values])
            for field, values in zip(attributes.type, attributes.flatten(), strict=True)
            if field.name != "user_id"
        },
    )
    is_packed = pa.types.is_list(rows["beside"].type)
    return chunk, _table(rows["beside"], keys) if is_packed else None


def _items(lists: pa.ChunkedArray) -> tuple[NDArray[np.int64], pa.ChunkedArray]:
    """Give the row of each item, and the items."""
    whole = lists.chunk(0)
    row: NDArray[np.int64] = pc.list_parent_indices(whole).to_numpy().astype(np.int64)
    return row, pa.chunked_array([pc.list_flatten(whole)])


def _table(lists: pa.ChunkedArray, keys: NDArray[np.int64]) -> pa.Table:
    """Give a row for each item, with the key of its cut."""
    row, items = _items(lists)
    table = in_64_bits(pa.Table.from_struct_array(items.chunk(0)))
    if "cut_key" in table.column_names:
        return table
    return table.append_column("cut_key", pa.array(keys[row]))
