"""Frames in and out of dbt's Python models, whatever the engine hands over.

A DuckDB relation and a Spark frame both become an Arrow table: Arrow keeps the types of
an empty table, which pandas does not.
"""

from collections.abc import Callable
from typing import Any

import pyarrow as pa

__all__ = [
    "from_arrow",
    "in_64_bits",
    "is_of_spark",
    "queried",
    "rows_between",
    "rows_with",
    "spark_schema",
    "to_arrow",
]


def to_arrow(relation: Any) -> pa.Table:
    """Fetch what `dbt.ref` returned.

    Args:
        relation: A DuckDB relation, or a Spark DataFrame of version 4 or later.

    Returns:
        The rows as an Arrow table.
    """
    if hasattr(relation, "toArrow"):
        return in_64_bits(relation.toArrow())
    if hasattr(relation, "to_arrow_table"):
        return relation.to_arrow_table()
    raise TypeError(f"dbt.ref gave a {type(relation)}, which has no way to Arrow")


def is_of_spark(relation: Any) -> bool:
    """Tell a Spark DataFrame from a DuckDB relation and an Arrow table."""
    return hasattr(relation, "mapInArrow")


def queried(relation: Any, sql: str) -> pa.Table:
    """Ask a relation in SQL that both engines read.

    Args:
        relation: As `to_arrow` takes it.
        sql: A query of `{rows}`, which stands for the relation.

    Returns:
        What it gives, as an Arrow table.
    """
    if is_of_spark(relation):
        return to_arrow(relation.sparkSession.sql(sql, rows=relation))
    return to_arrow(relation.query("rows_", sql.format(rows="rows_")))


def rows_with(relation: Any, column: str) -> Callable[[str], pa.Table]:
    """Fetch rows by a text column, so that not all of them are in memory at once.

    Args:
        relation: As `to_arrow` takes it.
        column: The column.

    Returns:
        A function that gives the rows which have a value in the column.
    """

    def fetch(value: str) -> pa.Table:
        quoted = value.replace("'", "''")
        return to_arrow(relation.filter(f"{column} = '{quoted}'"))

    return fetch


def rows_between(relation: Any, key: str, first: int, last: int) -> pa.Table:
    """Fetch the rows in a range of an integer key, sorted by it.

    Args:
        relation: As `to_arrow` takes it.
        key: The key's column.
        first: The lowest key to fetch.
        last: The highest.

    Returns:
        The rows as an Arrow table.
    """
    return to_arrow(relation.filter(f"{key} between {first} and {last}")).sort_by(key)


def from_arrow(table: Any, session: Any) -> Any:
    """Hand a table to Spark.

    Args:
        table: What a Python model returns: an Arrow table, or a Spark DataFrame.
        session: The Spark session.

    Returns:
        A Spark DataFrame of the same rows.
    """
    if not isinstance(table, pa.Table):
        return table
    known = table.cast(
        pa.schema(
            [field.with_type(_known_to_spark(field.type)) for field in table.schema]
        )
    )
    # Of a table in several chunks Spark takes the first alone, without a word.
    rows = known.combine_chunks() if len(known) else []
    return session.createDataFrame(rows, spark_schema(known.schema))


def spark_schema(schema: pa.Schema) -> Any:
    """Give a schema as Spark has it; its times have no zone.

    Args:
        schema: An Arrow schema.
    """
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema, prefer_timestamp_ntz=True)


def _known_to_spark(kind: pa.DataType) -> pa.DataType:
    """Give the type that holds the same values and that Spark has a name for."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_unsigned_integer(kind):
        return pa.int64()
    return pa.bool_() if pa.types.is_null(kind) else kind


def in_64_bits(table: pa.Table) -> pa.Table:
    """Widen integers: Spark counts in 32 bits here and there, DuckDB in 64.

    Args:
        table: A table.

    Returns:
        The same rows.
    """
    return table.cast(
        pa.schema(
            [
                field.with_type(pa.int64()) if field.type == pa.int32() else field
                for field in table.schema
            ]
        )
    )
