"""The var `columns` says what a file's columns are; a near name is told, not missed."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from dbt_build import PROJECT, dbt
from touchledger.asked import check_run, describe_input
from touchledger.errors import UserError
from touchledger.inputs.columns import check_columns
from touchledger.inputs.files import InputTable
from touchledger.settings import Settings

STAGING = PROJECT / "models/staging"
PATHS: dict[str, Any] = {
    "table": "paths",
    "required": {"path": "text", "total_conversions": "number"},
    "optional": {"total_conversion_value": "number", "total_null": "number"},
}


def declared(shape: str) -> list[dict[str, Any]]:
    """Give what the models of a shape declare of its files."""
    text = (STAGING / shape / f"_{shape}__models.yml").read_text()
    metas = (
        model["config"].get("meta", {}).get("input")
        for model in yaml.safe_load(text)["models"]
    )
    return [meta for meta in metas if meta]


def described(
    folder: Path, header: str, columns: object = None, meta: dict[str, Any] = PATHS
) -> dict[str, str]:
    (folder / f"{meta['table']}.csv").write_text(header + "\n")
    request = {"meta": meta, "data_path": str(folder), "columns": columns}
    names: dict[str, str] = describe_input(request)["names"]
    return names


def sentence_of(folder: Path, header: str, **others: Any) -> str:
    with pytest.raises(UserError) as caught:
        described(folder, header, **others)
    return str(caught.value).removeprefix(f"The file {folder}/paths.csv ")


@pytest.mark.parametrize(
    ("shape", "tables"),
    {
        "criteo": "criteo",
        "events": "conversions currency_rates spend touchpoints truth user_profiles",
        "paths": "paths",
        "sessions": "sessions",
        "stream": "spend stream",
    }.items(),
)
def test_every_table_of_a_shape_has_names_of_its_own(shape: str, tables: str) -> None:
    known = list(map(InputTable.from_meta, declared(shape)))
    assert sorted({table.key for table in known}) == tables.split()
    for table in known:
        # The channel of sessions has a setting of its own.
        names = table.columns.keys() - set(table.set_columns)
        check_columns({table.key: dict.fromkeys(names, "x")}, known, shape)


@pytest.mark.parametrize(
    ("shape", "columns", "expected"),
    [
        (
            "stream",
            {"touchpoints": {"user_id": "who"}},
            "names the table 'touchpoints'; with the dataset 'stream' it must be one "
            "of spend, stream.",
        ),
        (
            "stream",
            {"spend": {"date": "day"}},
            "names the column 'date' of spend; it must be one of spend_date, channel, "
            "spend, campaign, impressions, clicks.",
        ),
        ("sessions", {"sessions": {"channel": "label"}}, "must be one of user_id, "),
        ("stream", {"stream": {"user_id": None}}, "says null for user_id of stream; "),
    ],
)
def test_a_name_that_is_not_declared_is_one_sentence(
    shape: str, columns: dict[str, Any], expected: str
) -> None:
    with pytest.raises(UserError, match=r"^The setting columns .*\.$") as caught:
        check_columns(columns, map(InputTable.from_meta, declared(shape)), shape)
    assert expected in str(caught.value)


def test_a_setting_of_before_is_refused_with_its_new_form() -> None:
    old = {"spend_columns": {"spend": "Cost (€)"}}
    with pytest.raises(UserError) as caught:
        Settings.from_vars(old, partial=True)
    assert str(caught.value) == (
        "The setting spend_columns is now a part of columns; in its place write "
        'columns: {"spend": {"spend": "Cost (€)"}}.'
    )


def test_the_var_is_held_to_the_tables_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "stream.csv").write_text("user_id,occurred_at,channel,conversion\n")
    settings = {"dataset": "stream", "data_path": str(tmp_path)}
    build = dbt(tmp_path, {**settings, "columns": {"events": {}}}, ("seed",))
    [sentence] = build.error
    assert "The setting columns names the table 'events'; with the dataset " in sentence


def test_case_spaces_and_signs_of_a_name_do_not_count(tmp_path: Path) -> None:
    assert described(tmp_path, "Path, Total-Conversions ,TOTAL_NULL") == {
        "path": "Path",
        "total_conversions": "Total-Conversions",
        "total_null": "TOTAL_NULL",
    }


def test_a_table_has_the_columns_that_the_var_says(tmp_path: Path) -> None:
    columns = {"paths": {"total_null": "no order", "total_conversion_value": None}}
    header = "path,total_conversions,no order,total_conversion_value"
    assert described(tmp_path, header, columns) == {
        "path": "path",
        "total_conversions": "total_conversions",
        "total_null": "no order",
    }


def test_a_required_column_under_another_name_is_proposed(tmp_path: Path) -> None:
    assert sentence_of(tmp_path, "journey,conversions") == (
        "has no column path, total_conversions; it has journey, conversions and must "
        "have path, total_conversions. Perhaps the setting columns: {paths: {path: "
        "journey, total_conversions: conversions}} says it."
    )


@pytest.mark.parametrize("name", ["null_conversion", "totals null"])
def test_an_optional_column_under_a_near_name_stops_the_run(
    name: str, tmp_path: Path
) -> None:
    shown = name if "_" in name else f'"{name}"'
    assert sentence_of(tmp_path, f"path,total_conversions,{name}") == (
        f"has a column {name!r} and no total_null; if it is that, set columns: "
        f"{{paths: {{total_null: {shown}}}}}, and if it is another thing, columns: "
        "{paths: {total_null: null}}."
    )


def test_a_near_name_that_is_said_to_be_another_thing_is_passed_over(
    tmp_path: Path,
) -> None:
    header = "path,total_conversions,null_conversion"
    names = described(tmp_path, header, {"paths": {"total_null": None}})
    assert names.keys() == {"path", "total_conversions"}


def test_a_run_with_a_near_name_stops_before_it_starts(tmp_path: Path) -> None:
    (tmp_path / "paths.csv").write_text("path,total_conversions,null_conversion\n")
    tables = {"tables": [PATHS], "inputs": [{"meta": PATHS, "data_path": "x"}]}
    tables["inputs"][0].update(data_path=str(tmp_path), columns={})
    settings = Settings.from_vars({}, partial=True)
    values = {**vars(settings), "attribution_models": ["linear"]}
    with pytest.raises(UserError, match="has a column 'null_conversion' and no total"):
        check_run({"settings": values, "unknown": {}, **tables})
