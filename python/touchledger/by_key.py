"""Work that is done key by key: in this process, or by a cluster's workers.

On one machine a range of keys is read from several tables at a time. Spark's workers
have no way to tables, so there each key is packed into one row with all that is known
of it, and a worker takes apart the rows that it is handed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchledger.frames import in_64_bits, is_of_spark, spark_schema, to_arrow
from touchledger.one_thread import use_one_thread

__all__ = ["Packed", "joined", "on_workers", "over_rows", "summed"]


@dataclass(frozen=True, eq=False)
class Packed:
    """What is known of some keys.

    Attributes:
        rows: A row for each key, sorted by it.
        beside: Rows of other tables with these keys, by the table's name, sorted too.
    """

    rows: pa.Table
    beside: dict[str, pa.Table]

    @property
    def attributes(self) -> dict[str, pa.ChunkedArray]:
        """Give the fields of the column `attributes` by name, but for the user's id."""
        column = self.rows["attributes"].combine_chunks()
        return {
            field.name: pa.chunked_array([values])
            for field, values in zip(column.type, column.flatten(), strict=True)
            if field.name != "user_id"
        }


def on_workers(
    rows: Any,
    key: str,
    beside: Mapping[str, Any],
    work: Callable[[Packed], Iterable[pa.Table]],
    schema: pa.Schema,
) -> Any:
    """Do a work on Spark's workers.

    Args:
        rows: A Spark DataFrame with a row for each key.
        key: The key's column, which all tables have.
        beside: Spark DataFrames by name, with any number of rows for a key.
        work: Gives rows for some keys; those of a key depend on nothing else. It is
            sent to the workers, with all that it refers to.
        schema: The schema of its rows.

    Returns:
        A Spark DataFrame of what the work gives.
    """
    # Names are placeholders of this text, which Spark puts its tables for.
    lists = "".join(f", {name}.items as {name}" for name in beside)
    joins = "".join(
        f" left join (select {key}, collect_list(struct(*)) as items "
        f"from {{{name}}} group by {key}) as {name} on own.{key} = {name}.{key}"
        for name in beside
    )
    packed = rows.sparkSession.sql(
        f"select own.*{lists} from {{own}} as own{joins}", own=rows, **beside
    )
    names = tuple(beside)

    def of_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        use_one_thread()
        for batch in batches:
            if batch.num_rows:
                table = pa.Table.from_batches([batch])
                for part in work(_unpacked(table, key, names)):
                    yield from part.to_batches()

    return packed.mapInArrow(of_batches, spark_schema(schema))


def over_rows(
    relation: Any, work: Callable[[pa.Table], pa.Table], schema: pa.Schema
) -> Any:
    """Do a work on the rows of a relation, each by itself.

    Args:
        relation: A relation.
        work: Gives rows for some of its rows.
        schema: Their schema.

    Returns:
        An Arrow table, or a Spark DataFrame where the relation is one.
    """
    if not is_of_spark(relation):
        return work(to_arrow(relation))

    def of_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = work(in_64_bits(pa.Table.from_batches([batch])))
            yield from rows.to_batches()

    return relation.mapInArrow(of_batches, spark_schema(schema))


def joined(parts: Iterable[Any]) -> Any:
    """Put Arrow tables, or Spark DataFrames, of one schema together."""
    found = list(parts)
    if is_of_spark(found[0]):
        return reduce(lambda first, second: first.unionByName(second), found)
    return pa.concat_tables(found)


def summed(rows: Any, key: str) -> pa.Table:
    """Add the columns of a table, or of a Spark DataFrame, up by a key.

    Args:
        rows: The rows.
        key: The key's column; the others are numbers.

    Returns:
        A row for each key, sorted by it, null last.
    """
    if is_of_spark(rows):
        names = [name for name in rows.columns if name != key]
        sums = rows.groupBy(key).sum(*names)
        found = to_arrow(sums.toDF(key, *names))
    else:
        names = [name for name in rows.column_names if name != key]
        sums = rows.group_by(key, use_threads=False).aggregate(
            [(name, "sum") for name in names]
        )
        found = sums.select([key, *(f"{n}_sum" for n in names)]).rename_columns(
            [key, *names]
        )
    return found.sort_by(key)


def _unpacked(packed: pa.Table, key: str, names: Iterable[str]) -> Packed:
    rows = in_64_bits(packed).sort_by(key).combine_chunks()
    keys = rows[key].to_numpy()
    return Packed(
        rows=rows.drop_columns(list(names)),
        beside={name: _items(rows[name], key, keys) for name in names},
    )


def _items(lists: pa.ChunkedArray, key: str, keys: NDArray[np.int64]) -> pa.Table:
    """Give a row for each item."""
    whole = lists.chunk(0)
    table = in_64_bits(pa.Table.from_struct_array(pc.list_flatten(whole)))
    row = pc.list_parent_indices(whole).to_numpy()
    return table.set_column(
        table.schema.get_field_index(key), key, pa.array(keys[row], pa.int64())
    )
