"""Frames in and out of dbt's Python models, whatever the engine hands over.

A DuckDB relation and a Spark frame both become an Arrow table: Arrow keeps the types of
an empty table, which pandas does not.
"""

from collections.abc import Callable
from typing import Any

import pyarrow as pa

__all__ = ["rows_between", "rows_with", "to_arrow"]


def to_arrow(relation: Any) -> pa.Table:
    """Fetch what `dbt.ref` returned.

    Args:
        relation: A DuckDB relation, or a Spark DataFrame of version 4 or later.

    Returns:
        The rows as an Arrow table.
    """
    for fetch in ("to_arrow_table", "toArrow"):
        if hasattr(relation, fetch):
            return getattr(relation, fetch)()
    raise TypeError(f"dbt.ref gave a {type(relation)}, which has no way to Arrow")


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
