"""Input that lies in tables of the database, or in folders of Parquet parts."""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dbt_build import Build, Run, dbt, dbt_runs

TOUCHPOINTS = """
    select 'u' || i % 7 as user_id, timestamp '2024-01-01' + interval (i) hour
        as occurred_at, ['a', 'O''Neil', 'b'][1 + i % 3] as channel, i / 10 as cost
    from range(60) as t(i)
"""
CONVERSIONS = """
    select 'c' || i as conversion_id, 'u' || i as user_id,
        timestamp '2024-01-02' + interval (i) hour as converted_at, 1.5 * i as revenue
    from range(5) as t(i)
"""
TABLES = {"touchpoints": TOUCHPOINTS, "conversions": CONVERSIONS}
COMMAND = ("run", "--select", "+fct_attribution_credits", "+rejected_rows")
MODELS: dict[str, Any] = {"dataset": "events", "attribution_models": ["linear"]}


def written(folder: Path, name: str, sql: str, condition: str = "true") -> None:
    file = folder / f"{name}.parquet"
    duckdb.sql(f"copy (from ({sql}) where {condition}) to '{file}' (format parquet)")


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    folder = tmp_path_factory.mktemp("inputs")
    files, parts = folder / "files", folder / "parts"
    for place in (files, parts, parts / "touchpoints.parquet"):
        place.mkdir()
    for name, sql in TABLES.items():
        written(files, name, sql)
    for i in range(2):
        condition = f"hour(occurred_at) % 2 = {i}"
        written(parts / "touchpoints.parquet", f"part-{i}", TOUCHPOINTS, condition)
    shutil.copy(files / "conversions.parquet", parts)
    with duckdb.connect(str(folder / "ledger.duckdb")) as database:
        database.execute("create schema raw; create schema bare")
        for name, sql in TABLES.items():
            database.execute(f"create table raw.{name} as {sql}")
        database.execute("create table bare.touchpoints (user_id text)")
    return dbt_runs(
        folder,
        {
            "files": Run({**MODELS, "data_path": str(files)}, COMMAND),
            "parts": Run({**MODELS, "data_path": str(parts)}, COMMAND),
            "tables": Run({**MODELS, "input_schema": "raw"}, COMMAND),
            "no_schema": Run({**MODELS, "input_schema": "nowhere"}, COMMAND),
            "no_table": Run({**MODELS, "input_schema": "bare"}, COMMAND),
            "both": Run(
                {**MODELS, "input_schema": "raw", "data_path": str(files)}, COMMAND
            ),
        },
    )


@pytest.mark.parametrize("name", ["parts", "tables"])
def test_the_ledger_is_that_of_single_files(
    name: str, builds: dict[str, Build]
) -> None:
    assert builds[name].exit_code == 0, builds[name].output
    expected = builds["files"].contents()
    assert len(expected["fct_attribution_credits"]) >= 5
    assert builds[name].contents() == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    {
        "no_schema": "There is no table nowhere.conversions; the schema that the "
        "setting input_schema names must have the table conversions.",
        "no_table": "There is no table bare.conversions; the schema that the setting "
        "input_schema names must have the table conversions.",
        "both": "; one of them must be null.",
    }.items(),
)
def test_an_impossible_schema_is_one_sentence(
    name: str, expected: str, builds: dict[str, Build]
) -> None:
    assert builds[name].exit_code != 0
    [sentence] = builds[name].error
    assert sentence.endswith(expected)


def test_a_folder_without_a_part_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "touchpoints.parquet").mkdir()
    written(tmp_path, "conversions", CONVERSIONS)
    run = dbt(tmp_path, {**MODELS, "data_path": str(tmp_path)}, COMMAND)
    [sentence] = run.error
    assert sentence.strip() == (
        f"The folder {tmp_path}/touchpoints.parquet has no part in it; it must hold "
        "files with .parquet."
    )
