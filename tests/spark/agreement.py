"""Whether a table on Spark is the table on DuckDB.

Everything but a double must be equal, in whatever order the rows come; a double may
differ by 1e-12 of itself: engines add decimals that came of doubles in another order.
"""

import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from dbt_build import OF_THE_RUN

__all__ = ["TOLERANCE", "differences", "duckdb_tables", "spark_tables"]

TOLERANCE = 1e-12

# Columns that tell of the run, in whatever table they are.
_LEFT_OUT = {column for columns in OF_THE_RUN.values() for column in columns}

# A table's schema and name.
Name = tuple[str, str]
# What must be equal of a row, and its doubles.
_Row = tuple[str, list[float]]


def duckdb_tables(database: Path) -> set[Name]:
    """Name the tables of a database."""
    with duckdb.connect(str(database), read_only=True) as connection:
        sql = "select schema_name, table_name from duckdb_tables()"
        return {(schema, name) for schema, name in connection.sql(sql).fetchall()}


def spark_tables(warehouse: Path) -> set[Name]:
    """Name the tables of a warehouse."""
    return {
        (folder.parent.name.removesuffix(".db"), folder.name)
        for folder in warehouse.glob("*.db/*")
    }


def differences(database: Path, warehouse: Path, table: Name) -> list[str]:
    """Say how a table on Spark differs from that on DuckDB; nothing if it doesn't."""
    schema, name = table
    with duckdb.connect(str(database), read_only=True) as connection:
        ours = _rows(connection, f'"{schema}"."{name}"')
        folder = warehouse / f"{schema}.db" / name
        theirs = _rows(connection, f"read_parquet('{folder}/*.parquet')")
    if ours[0] != theirs[0]:
        return [f"columns: {sorted(set(ours[0]) ^ set(theirs[0]))}"]
    if len(ours[1]) != len(theirs[1]):
        return [f"{len(ours[1])} rows on DuckDB, {len(theirs[1])} on Spark"]
    pairs = list(zip(ours[1], theirs[1], strict=True))
    unlike = [f"{a[0]} on DuckDB, {b[0]} on Spark" for a, b in pairs if a[0] != b[0]]
    if unlike:
        return [f"{len(unlike)} of {len(pairs)} rows", *unlike[:1]]
    furthest = max((_apart(a[1], b[1]) for a, b in pairs), default=0.0)
    return [f"figures, by {furthest:.1e}"] if furthest > TOLERANCE else []


def _rows(connection: Any, source: str) -> tuple[list[str], list[_Row]]:
    """Fetch the columns' names, and the rows in an order that both engines share."""
    names = sorted(set(connection.sql(f"from {source}").columns) - _LEFT_OUT)
    columns = ", ".join(f'"{name}"' for name in names)
    rows = [
        (_exact(row), list(_doubles(row)))
        for row in connection.sql(f"select {columns} from {source}").fetchall()
    ]
    return names, sorted(rows, key=lambda row: (row[0], [f"{x:.9g}" for x in row[1]]))


def _exact(value: Any) -> str:
    """Write what must be equal: a double leaves a mark, numbers lose their type."""
    if isinstance(value, float):
        return "double"
    if isinstance(value, dict):
        return str([(name, _exact(value[name])) for name in sorted(value)])
    if isinstance(value, list | tuple):
        return str([_exact(item) for item in value])
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"{Decimal(value).normalize():f}"
    return repr(value)


def _doubles(value: Any) -> Iterator[float]:
    """Give the doubles in a value, in a fixed order."""
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict):
        for name in sorted(value):
            yield from _doubles(value[name])
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _doubles(item)


def _apart(ours: list[float], theirs: list[float]) -> float:
    """Find the greatest relative difference; infinities and "no number" must agree."""
    gaps = [0.0]
    for a, b in zip(ours, theirs, strict=True):
        if a != b and not (math.isnan(a) and math.isnan(b)):
            is_finite = math.isfinite(a) and math.isfinite(b)
            gaps.append(abs(a - b) / max(abs(a), abs(b)) if is_finite else math.inf)
    return max(gaps)
