"""Each dbt test passes on the sound demo and fails once a defect is planted.

A test that can't fail guards nothing. The compiled SQL of the tests runs against a copy
of the demo, each defect in a transaction of its own that is rolled back.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dbt_build import PROJECT, Build, dbt
from planted_defects import (
    DEFECTS,
    DEFECTS_OF_SESSIONS,
    DEFECTS_UNDER_OTHER_SETTINGS,
    DROP_CONSTRAINTS,
    Defect,
)

# They change what the tests ask, and hold for the demo as it is built by default.
OTHER_SETTINGS = {
    "lookback_unit": "calendar_day",
    "touch_reuse": "every_conversion",
    "path_transforms": ["exposure"],
    "conversion_types": ["purchase", "signup"],
}


@pytest.fixture(scope="module")
def database(
    demo: Build, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    copy = tmp_path_factory.mktemp("defects") / demo.database.name
    shutil.copy(demo.database, copy)
    with duckdb.connect(str(copy)) as connection:
        # Rows can be planted in a table, not in a view.
        for view in ("int_journey_touchpoints", "int_observed_touchpoints"):
            connection.execute(
                f"create table journeys.stored as from journeys.{view};"
                f"drop view journeys.{view};"
                f"alter table journeys.stored rename to {view}"
            )
        yield connection


def compiled_tests(folder: Path) -> dict[str, str]:
    """Give the SQL that dbt ran or compiled in a target folder, by the test's name."""
    results = json.loads((folder / "run_results.json").read_text())["results"]
    return {
        result["unique_id"].split(".")[2]: result["compiled_code"]
        for result in results
        if result["unique_id"].startswith("test.")
    }


@pytest.fixture(scope="module")
def tests(demo: Build) -> dict[str, str]:
    return compiled_tests(demo.database.parent / "target")


@pytest.fixture(scope="module")
def tests_under_other_settings(
    demo: Build, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("other_settings")
    shutil.copy(demo.database, folder)
    compiled = dbt(
        folder,
        OTHER_SETTINGS,
        ("compile", "--select", "test_type:singular"),
        writes_artifacts=True,
    )
    assert compiled.exit_code == 0, compiled.output
    return compiled_tests(folder / "target")


@pytest.fixture(scope="module")
def sessions_database(
    sessions: Build, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    copy = tmp_path_factory.mktemp("defects") / sessions.database.name
    shutil.copy(sessions.database, copy)
    with duckdb.connect(str(copy)) as connection:
        yield connection


@pytest.fixture(scope="module")
def tests_of_sessions(sessions: Build) -> dict[str, str]:
    return compiled_tests(sessions.database.parent / "target")


def failures(
    database: duckdb.DuckDBPyConnection, tests: dict[str, str], name: str
) -> int:
    (sql,) = (sql for test, sql in tests.items() if test.startswith(name))
    row = database.sql(f"select count(*) from ({sql})").fetchone()
    assert row is not None
    return int(row[0])


def notices(
    database: duckdb.DuckDBPyConnection, tests: dict[str, str], defect: Defect
) -> bool:
    assert failures(database, tests, defect.test) == 0, "fails before the defect"
    database.begin()
    try:
        database.execute(defect.sql)
        return failures(database, tests, defect.test) > 0
    except duckdb.ConversionException:
        # Not a number fits in no sum of decimals: dbt reports an error, not a pass.
        return True
    finally:
        database.rollback()


@pytest.mark.parametrize("defect", DEFECTS, ids=str)
def test_defect_is_noticed(
    defect: Defect, database: duckdb.DuckDBPyConnection, tests: dict[str, str]
) -> None:
    assert notices(database, tests, defect)


@pytest.mark.parametrize("defect", DEFECTS_UNDER_OTHER_SETTINGS, ids=str)
def test_defect_is_noticed_under_other_settings(
    defect: Defect,
    database: duckdb.DuckDBPyConnection,
    tests_under_other_settings: dict[str, str],
) -> None:
    assert notices(database, tests_under_other_settings, defect)


@pytest.mark.parametrize("defect", DEFECTS_OF_SESSIONS, ids=str)
def test_defect_of_sessions_is_noticed(
    defect: Defect,
    sessions_database: duckdb.DuckDBPyConnection,
    tests_of_sessions: dict[str, str],
) -> None:
    assert notices(sessions_database, tests_of_sessions, defect)


@pytest.mark.parametrize(
    "name",
    sorted(
        path.stem
        for folder in ("generic", "singular")
        for path in PROJECT.glob(f"tests/{folder}/*.sql")
    ),
)
def test_every_dbt_test_has_a_planted_defect(name: str) -> None:
    defects = (*DEFECTS, *DEFECTS_OF_SESSIONS)
    assert any(defect.test.startswith(name) for defect in defects)


def test_dbt_stops_with_the_name_of_the_broken_invariant(
    demo: Build, tmp_path: Path
) -> None:
    shutil.copy(demo.database, tmp_path)
    defect = next(defect for defect in DEFECTS if defect.sql.startswith("delete"))
    with duckdb.connect(str(tmp_path / demo.database.name)) as connection:
        connection.execute(defect.sql)
    run = dbt(tmp_path, command=("test", "--select", defect.test))
    assert run.exit_code == 1
    assert f"Failure in test {defect.test}" in run.output


def test_contract_refuses_negative_credit(database: duckdb.DuckDBPyConnection) -> None:
    (negative,) = (
        defect.sql.removeprefix(DROP_CONSTRAINTS)
        for defect in DEFECTS
        if str(defect) == "credit_is_between_zero_and_one: negative"
    )
    with pytest.raises(duckdb.ConstraintException):
        database.execute(negative)
