"""A ledger is a file: it may be renamed, copied, moved and attached."""

from pathlib import Path

import duckdb
import pytest

from dbt_build import Build

RELATIONS = """
    select database_name, schema_name, view_name as name
    from duckdb_views() where not internal
    union all
    select database_name, schema_name, table_name from duckdb_tables()
"""


def reads_all(connection: duckdb.DuckDBPyConnection, database: str) -> int:
    """Read a row of every relation of a database, and give their number."""
    rows = connection.execute(
        f"select schema_name, name from ({RELATIONS}) where database_name = ?",
        [database],
    ).fetchall()
    for schema, name in rows:
        connection.execute(f'from "{database}"."{schema}"."{name}" limit 1').fetchall()
    return len(rows)


@pytest.fixture(scope="module")
def ledger(demo: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the demo's ledger under another name than it was built with."""
    file = tmp_path_factory.mktemp("ledgers") / "next.duckdb"
    file.write_bytes(demo.database.read_bytes())
    return file


def test_a_copy_under_another_name_reads_itself(ledger: Path) -> None:
    with duckdb.connect(str(ledger), read_only=True) as connection:
        assert reads_all(connection, "next") > 100


def test_a_ledger_is_attached_under_any_name(ledger: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{ledger}' as shop (read_only)")
        assert reads_all(connection, "shop") > 100


def test_marts_and_their_columns_say_what_they_are(ledger: Path) -> None:
    with duckdb.connect(str(ledger), read_only=True) as connection:
        silent = connection.execute(
            """
            select table_name from duckdb_tables()
            where schema_name = 'marts' and comment is null
            union all
            select table_name || '.' || column_name from duckdb_columns()
            where schema_name = 'marts' and comment is null
            """
        ).fetchall()
    assert silent == []
