"""The project gives on Spark what it gives on DuckDB."""

from pathlib import Path

import pytest

from agreement import differences, duckdb_tables, spark_tables
from conftest import BUILT, BothEngines
from small_inputs import INPUTS

# A build of all 17 models has so many tables; fewer would mean that some are missing.
LEAST_TABLES = 110


@pytest.mark.parametrize("shape", ["demo", *INPUTS])
def test_every_shape_is_parsed(shape: str, both: BothEngines) -> None:
    parse = both.on_spark(f"parse_{shape}")
    assert parse.exit_code == 0, parse.output


@pytest.mark.parametrize("shape", [shape for shape in INPUTS if shape not in BUILT])
def test_shapes_that_are_not_built_are_compiled(shape: str, both: BothEngines) -> None:
    run = both.on_spark(f"compile_{shape}")
    assert run.exit_code == 0, run.output


@pytest.mark.parametrize("shape", BUILT)
def test_every_table_is_that_of_duckdb(shape: str, both: BothEngines) -> None:
    ours, theirs = both.on_duckdb(shape), both.on_spark(shape)
    assert ours.exit_code == 0, ours.output
    assert theirs.exit_code == 0, theirs.output
    tables = duckdb_tables(ours.database)
    assert spark_tables(theirs.database) == tables
    assert len(tables) >= LEAST_TABLES
    found = {
        ".".join(table): said
        for table in sorted(tables)
        if (said := differences(ours.database, theirs.database, table))
    }
    assert found == {}


def test_data_tests_are_run_and_the_summary_is_printed(both: BothEngines) -> None:
    ours, theirs = both.on_duckdb("demo").output, both.on_spark("demo").output
    passed = [line.split("Done. ")[1] for line in lines_with("Done. PASS=", theirs)]
    assert passed == [
        line.split("Done. ")[1] for line in lines_with("Done. PASS=", ours)
    ]
    _, _, summary = ours.partition("The ledger (dataset demo, ")
    # All but the first line, which names the database.
    assert summary.partition("\n")[2].partition("\n\n")[0] in theirs


def lines_with(text: str, output: str) -> list[str]:
    return [line for line in output.splitlines() if text in line]


def test_a_hash_that_is_not_duckdbs_is_noticed(both: BothEngines) -> None:
    ours, theirs = both.on_duckdb("demo"), both.on_spark("old_hash")
    assert theirs.exit_code == 0, theirs.output
    table = ("journeys", "int_users")
    [said, *_] = differences(ours.database, theirs.database, table)
    assert "rows" in said or "figures" in said


def test_a_table_that_is_not_there_is_noticed(
    both: BothEngines, tmp_path: Path
) -> None:
    assert spark_tables(tmp_path) != duckdb_tables(both.on_duckdb("demo").database)
