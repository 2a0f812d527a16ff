"""Bad input costs its own rows; an impossible run stops in one sentence."""

import datetime
import gzip
import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from dbt_build import (
    PROJECT,
    Build,
    Run,
    dbt,
    dbt_alone,
    dbt_killed_at,
    dbt_runs,
)
from sizes import sized
from touchledger.asked import check_run, describe_input
from touchledger.errors import UserError
from touchledger.settings import Settings

TOUCHPOINTS = "user_id,occurred_at,channel,cost\nu,2024-01-01,a,1\n"
CONVERSIONS = "conversion_id,user_id,converted_at,revenue\nc,u,2024-01-02,5\n"
STREAM = "user_id,occurred_at,channel,conversion\nu,2024-01-01,a,1\n"
CRITEO_COLUMNS = [
    *("timestamp", "uid", "campaign", "conversion", "conversion_timestamp"),
    *("conversion_id", "attribution", "click", "click_pos", "click_nb", "cost", "cpo"),
    *("time_since_last_click", *(f"cat{i}" for i in range(1, 10))),
]


# Unit tests take longer than all models, and the input is nothing to them.
BUILD = ("build", "--exclude-resource-type", "unit_test")
# What becomes of rows, with the tests that hold for it.
MARTS_OF_ROWS = ("+rejected_rows", "+fct_conversions", "+fct_paths")
MARTS_OF_SESSIONS = (
    *("+fct_session_outliers", "+fct_source_disagreements"),
    "+fct_engagement_evaluation",
)
ROWS = sized((*BUILD, "--select", *MARTS_OF_ROWS, "+stg_*"), BUILD)


def written(folder: Path, files: dict[str, str | bytes | pa.Table | None]) -> str:
    folder.mkdir(parents=True)
    for name, content in files.items():
        if isinstance(content, pa.Table):
            pq.write_table(content, folder / name)
        elif content is not None:
            whole = content.encode() if isinstance(content, str) else content
            (folder / name).write_bytes(whole)
    return str(folder)


# Settings


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("dataset", "event", "one of demo"),
        ("data_path", 5, "needs the path of a folder"),
        ("columns", {"stream": {"user_id": 5}}, "map tables to column names"),
        ("columns", {"stream": {"user_id": ""}}, "map tables to column names"),
        ("columns", {"stream": ["user_id"]}, "map tables to column names"),
        ("columns", {"user_id": "who"}, "map tables to column names"),
        ("columns", ["stream"], "map tables to column names"),
        ("attribution_models", ["linear", "linear"], "name each model once"),
        ("spend_path", "", "text or null"),
        ("criteo_channel", "cat10", "one of campaign, cat1"),
        ("session_channel_column", "", "text or null"),
        ("session_channel_column", ["channel_id"], "text or null"),
        ("session_own_hosts", "example.com", "a list of texts"),
        ("session_own_hosts", ["https://example.com"], "a host such as example.com"),
        ("session_own_hosts", ["www.example.com"], "a host such as example.com"),
        ("session_own_hosts", ["example"], "a host such as example.com"),
        ("session_missing_texts", "blank", "a list of texts"),
        ("session_missing_texts", [None], "a list of texts"),
        ("timestamp_format", "dd/mm/yyyy", "a format such as '%d/%m/%Y %H:%M'"),
        ("timestamp_format", {"occurred_at": 5}, "or a map of columns to these"),
        ("number_format", "1234", "one of '1,234.56', '1.234,56', '1 234,56'"),
        ("input_time_zone", "Mars/Base", "UTC or the name of a time zone"),
        ("reporting_time_zone", None, "UTC or the name of a time zone"),
        ("date_only_conversions", "noon", "one of end_of_day, start_of_day"),
        ("as_of", "soon", "UTC date or time"),
        ("as_of", "", "UTC date or time"),
        ("as_of", "2024-13-01", "UTC date or time"),
        # The database would pass over the offset silently.
        ("as_of", "2024-01-01 00:00:00+02:00", "UTC date or time"),
        ("reporting_currency", 5, "text or null"),
        ("lookback_days", "30", "a number from 0 to 36500"),
        ("lookback_days", -1, "a number from 0 to 36500"),
        ("lookback_days", float("nan"), "a number from 0 to 36500"),
        ("lookback_days", float("inf"), "a number from 0 to 36500"),
        ("lookback_days", True, "a number from 0 to 36500"),
        ("lookback_unit", "week", "one of elapsed, calendar_day"),
        ("touch_reuse", None, "one of until_next_conversion, every_conversion"),
        ("null_journey_gap_days", [30], "a number from 0 to 36500"),
        ("conversion_types", "sale", "a list of texts"),
        ("channels_to_include", [5], "a list of texts"),
        ("channels_to_exclude", None, "a list of texts"),
        ("direct_channels", [""], "a list of texts"),
        ("milestone_interactions", {"lead": 1}, "a list of texts"),
        ("path_transforms", "unique", "a list of steps"),
        ("path_transforms", ["uniq"], "one of exposure, unique"),
        ("path_transforms", [{"unique": ["a"]}], "takes no value"),
        ("path_transforms", [{"unique": []}], "takes no value"),
        ("path_transforms", ["remove_if_not_all"], "takes a list of channels"),
        ("path_transforms", [{"remove_if_not_all": "a"}], "takes a list of channels"),
        ("null_path_censoring", "long", "one of auto, complete, censored"),
        ("null_path_censoring", "complete", "must be auto"),
        ("max_touches", 0, "a whole number of at least 1"),
        ("max_touches", 2.5, "a whole number of at least 1"),
        ("half_life_days", 10**400, "it must be a number from"),
        ("position_based_weights", {"first": 10**400, "last": 0.1}, "a sum above 0"),
        ("attribution_models", [], "at least one of first_touch"),
        ("attribution_models", ["lineal"], "one of first_touch"),
        ("attribution_models", "linear", "a list of texts"),
        ("half_life_days", 0, "a number from"),
        ("half_life_days", float("inf"), "a number from"),
        ("position_based_weights", {"first": 1}, "each of first, last"),
        ("position_based_weights", {"first": 0, "last": 0}, "sum above 0"),
        ("position_based_weights", {"first": 0.6, "last": 0.6}, "at most 1"),
        ("w_shaped_weights", {"first": 1, "milestone": -1, "last": 1}, "at least 0"),
        ("w_shaped_weights", [0.3, 0.3, 0.3], "each of first, milestone, last"),
        ("attribution_models", ["markow"], "one of first_touch"),
        ("markov_order", 0, "one of auto, 1, 2, 3, 4"),
        ("markov_order", 5, "one of auto, 1, 2, 3, 4"),
        ("markov_order", 2.0, "one of auto, 1, 2, 3, 4"),
        ("markov_order", True, "one of auto, 1, 2, 3, 4"),
        ("markov_order", "two", "one of auto, 1, 2, 3, 4"),
        ("markov_order", "2", "one of auto, 1, 2, 3, 4"),
        ("markov_order", None, "one of auto, 1, 2, 3, 4"),
        ("markov_includes_nulls", "yes", "true or false"),
        ("markov_includes_nulls", 1, "true or false"),
        ("arrival_minutes", -1, "a number from 0 to 1440"),
        ("arrival_minutes", "x", "a number from 0 to 1440"),
        ("arrival_minutes", 2000, "a number from 0 to 1440"),
        ("arrival_minutes", None, "a number from 0 to 1440"),
        ("shapley_permutations", 1, "a whole number of at least 2"),
        ("shapley_permutations", 1e3, "a whole number of at least 2"),
        ("split_by", "week", "one of user, time"),
        ("test_fraction", 1.2, "a number from 0 to 1"),
        ("test_fraction", "0.2", "a number from 0 to 1"),
        ("test_fraction", float("nan"), "a number from 0 to 1"),
        ("validation_fraction", -0.1, "a number from 0 to 1"),
        # With the default of the other one.
        ("test_fraction", 0.9, "together they must be below 1"),
        ("validation_fraction", 0.8, "together they must be below 1"),
        ("test_from", "soon", "UTC date or time"),
        ("test_from", 5, "UTC date or time"),
        ("test_from", "2026-01-31T12:00:00+02:00", "UTC date or time"),
        ("refit", "sometimes", "one of auto, always, never"),
        ("refit", True, "one of auto, always, never"),
        ("fitted_models_path", None, "must be text"),
        ("fitted_models_path", "", "must be text"),
        ("training_limit", 0, "a whole number of at least 1"),
        ("training_limit", 1e6, "a whole number of at least 1"),
        ("hazard_limit", 0, "a whole number of at least 1"),
        ("evaluation_limit", 0.5, "a whole number of at least 1"),
        ("bootstrap_samples", -1, "a whole number of at least 0"),
        ("bootstrap_samples", 1e3, "a whole number of at least 0"),
        ("seed", "7", "a whole number from 0 to 2147483647"),
        ("seed", 2**31, "a whole number from 0 to 2147483647"),
        ("lookback", 30, "the settings are arrival_minutes, as_of"),
    ],
)
def test_an_impossible_setting_is_one_sentence(
    name: str, value: object, allowed: str
) -> None:
    dataset = {"dataset": "stream", "datasets": {"stream": {}}}
    values = {**(dataset if name == "data_path" else {}), name: value}
    with pytest.raises(UserError) as caught:
        Settings.from_vars(values, partial=True)
    sentence = str(caught.value)
    assert name in sentence
    offending = value[0] if isinstance(value, list) and len(value) == 1 else value
    assert repr(offending) in sentence or "is empty" in sentence or name == "lookback"
    assert allowed in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_settings_that_do_not_fit_together_are_one_sentence() -> None:
    with pytest.raises(UserError, match=r"^The setting test_from is null; with .*\.$"):
        Settings.from_vars({"split_by": "time"}, partial=True)


def test_every_setting_of_the_project_is_checked():
    macro = (PROJECT / "macros/run/project_settings.sql").read_text()
    names = set(re.findall(r"'(\w+)'", macro.partition("] %}")[0]))
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    assert names == set(project["vars"])


def test_paths_cannot_be_split_by_time():
    with pytest.raises(
        UserError, match=r"^The setting split_by is 'time'; .* no times"
    ):
        Settings.from_vars(
            {
                "dataset": "mine",
                "datasets": {"mine": {"folder": "paths"}},
                "data_path": "paths.csv",
                "split_by": "time",
                "test_from": "2026-01-31",
            },
            partial=True,
        )
    fractions = {"test_fraction": 0.5, "validation_fraction": 0.5}
    with pytest.raises(UserError, match=r"are 0\.5 and 0\.5; together they must .*\.$"):
        Settings.from_vars(fractions, partial=True)


# Files that make a run impossible


TWO_KINDS = {
    "touchpoints.csv": TOUCHPOINTS,
    "touchpoints.parquet": pa.table({"a": [1]}),
}
FATAL_FILES = {
    "snapshot gzip": (
        {"touchpoints.csv.gz": gzip.compress(TOUCHPOINTS.encode() * 999)[:-20]},
        "touchpoints.csv.gz isn't a whole gzip file",
    ),
    "not gzip": (
        {"touchpoints.csv.gz": TOUCHPOINTS},
        "touchpoints.csv.gz can't be read: Not a gzipped file",
    ),
    "missing column": (
        {"touchpoints.csv": "user_id,channel\nu,a\n"},
        "has no column occurred_at; it has user_id, channel and must have user_id, "
        "occurred_at, channel",
    ),
    "no file": ({}, "has no file touchpoints; it must be there as touchpoints with"),
    "two files": (TWO_KINDS, "it must hold the table touchpoints once"),
    "nothing in it": ({"touchpoints.csv": ""}, "is empty; it must begin with column"),
    "nothing in gzip": ({"touchpoints.csv.gz": gzip.compress(b"")}, "is empty"),
    "column twice": (
        {"touchpoints.csv": "user_id,occurred_at,channel,channel\n"},
        "names a column twice",
    ),
    "column twice but for case": (
        {"touchpoints.csv": "user_id,occurred_at,channel,Channel\n"},
        "names a column twice (upper and lower case are alike)",
    ),
    "parquet column twice": (
        {
            "touchpoints.parquet": pa.table(
                [["u"], ["2024-01-01"], ["a"], ["b"]],
                names=["user_id", "occurred_at", "channel", "channel"],
            )
        },
        "names a column twice",
    ),
    "column without name": (
        {"touchpoints.csv": ",user_id,occurred_at,channel\n0,u,2024-01-01,a\n"},
        "has a column without a name at place 1",
    ),
    "broken parquet": ({"touchpoints.parquet": b"PAR1..PAR1"}, "can't be read"),
    "open quote": (
        {"touchpoints.csv": TOUCHPOINTS + 'u,2024-01-02,"a,1\n' + TOUCHPOINTS},
        "has in line 3 a quote that isn't closed",
    ),
    "text after a quote": (
        {"touchpoints.csv": TOUCHPOINTS + 'u,2024-01-02,"a"b,1\nu,2024-01-02,a,1\n'},
        "has in line 3 a quote that isn't closed, or text after a closing quote",
    ),
    "line ends of two kinds": (
        {
            "touchpoints.csv": TOUCHPOINTS.replace("\n", "\r\n")
            + "u,2024-01-02,a,1\n" * 9
        },
        "can't be split into rows",
    ),
    "taken name": (
        {
            "touchpoints.csv": TOUCHPOINTS,
            "user_profiles.csv": "user_id,Row_Key\nu,1\n",
        },
        "has a column Row_Key; the names row_hash, occurrence",
    ),
}
INPUTS = {
    "touchpoints": {"required": dict.fromkeys(["user_id", "occurred_at", "channel"])},
    "user_profiles": {
        "required": {"user_id": "text"},
        "is_optional": True,
        "keep_other_columns": True,
    },
}


@pytest.mark.parametrize("name", FATAL_FILES)
def test_an_impossible_file_is_one_sentence(name: str, tmp_path: Path) -> None:
    files, expected = FATAL_FILES[name]
    data_path = written(tmp_path / "in", files)
    with pytest.raises(UserError) as caught:
        check_inputs(data_path, INPUTS)
    sentence = str(caught.value)
    assert expected in sentence
    assert data_path in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert not sentence.endswith("..")


@pytest.mark.parametrize(
    ("files", "pattern", "expected"),
    [
        ({}, "*.csv", "There is no file or folder"),
        ({"a.csv": "x\n", "b.csv": "y\n"}, "*.csv", "b.csv has other columns than"),
        ({"a.csv": "x\n", "b.tsv": "x\n"}, "*", "b.tsv is of another kind than"),
        ({"a.csv": "x\n", "b.txt": "x\n"}, "*", "b.txt can't be read; it must be a"),
        (
            {"a.parquet": pa.table({"x": [1]}), "b.parquet": pa.table({"x": ["1"]})},
            "*",
            "b.parquet has other columns than",
        ),
    ],
)
def test_files_of_a_glob_that_do_not_fit_are_one_sentence(
    files: dict[str, str], pattern: str, expected: str, tmp_path: Path
) -> None:
    data_path = written(tmp_path / "in", files) + f"/{pattern}"
    with pytest.raises(UserError) as caught:
        check_inputs(data_path, {"stream": {"required": {"x": "text"}}})
    assert expected in str(caught.value)


def test_odd_names_of_folders_and_files_are_read_as_they_are(tmp_path: Path) -> None:
    folder = written(tmp_path / "it's [a] *", {"touchpoints.csv": TOUCHPOINTS})
    check_inputs(folder, {"touchpoints": {"required": {"user_id": "text"}}})
    check_inputs(
        f"{folder}/touchpoints.csv", {"touchpoints": {"required": {"user_id": "text"}}}
    )


@pytest.mark.parametrize(
    "request_",
    [{"columns": {"stream": {"campaign": "c"}}}, {"named": {"campaign": "c"}}],
)
def test_an_optional_column_that_a_setting_names_must_be_there(
    request_: dict[str, dict], tmp_path: Path
) -> None:
    path = written(tmp_path / "in", {"stream.csv": STREAM})
    meta = {
        "table": "stream",
        "required": {"user_id": "text"},
        "optional": {"campaign": "text", "cost": "number"},
    }
    request = {"meta": meta, "data_path": path}
    assert describe_input({**request, "named": {"campaign": None}})["names"] == {
        "user_id": "user_id"
    }
    with pytest.raises(UserError) as caught:
        describe_input({**request, **request_})
    assert str(caught.value) == (
        f"The file {path}/stream.csv has no column c; it has user_id, occurred_at, "
        "channel, conversion and must have user_id, c."
    )


def check_inputs(data_path: str, tables: dict[str, dict]) -> None:
    settings = {"dataset": "events", "datasets": {"events": {}}, "data_path": data_path}
    neutral = {
        "columns": {},
        "network": {},
        "position_based_weights": {"first": 0.4, "last": 0.4},
        "w_shaped_weights": {"first": 0.3, "milestone": 0.3, "last": 0.3},
    }
    check_run(
        {
            "settings": {**neutral, **settings},
            "unknown": {},
            "tables": [{"table": name, **meta} for name, meta in tables.items()],
            "inputs": [
                {"meta": {"table": name, **meta}, "data_path": data_path}
                for name, meta in tables.items()
            ],
        }
    )


# Rows, through whole builds


def lines(*rows: str | bytes, end: bytes = b"\n") -> bytes:
    return b"".join(
        (row.encode() if isinstance(row, str) else row) + end for row in rows
    )


def criteo_row(**values: object) -> str:
    defaults = {
        "timestamp": 10,
        "uid": "u",
        "campaign": 1,
        "conversion": 0,
        "cost": 0.1,
    }
    row = {**dict.fromkeys(CRITEO_COLUMNS, -1), "click": 0, **defaults, **values}
    return "\t".join(map(str, row.values()))


TEXTS: dict[str, bytes] = {
    "touchpoints.csv": lines(
        "touchpoint_id,user_id,occurred_at,channel,campaign,cost",
        # Kept.
        "t01,u,2024-01-01 10:00:00+02:00,a,x,1",
        't02,u,2024-01-01T10:00:00Z,"say ""hi"", then a > b",,',
        "t03,u,1970-01-01, a ,x,0",
        "t04,ü,2024-01-01 10:00:00.123456,\U0001f680,x,1e3",
        't05,u,2024-01-01,"two\nlines",x,2.50',
        ",v,2024-01-01,a,x,1",
        ",v,2024-01-01,a,x,1",
        "t14,u,1704067200,a,x,1",
        # Rejected.
        "t10,,2024-01-01,a,x,1",
        "t11,u,,a,x,1",
        "t12,u,noon,a,x,1",
        "t13,u,2024-02-30,a,x,1",
        "t15,u,1969-12-31 23:59:59,a,x,1",
        "t16,u,2100-01-01 00:00:01,a,x,1",
        "t17,u,infinity,a,x,1",
        "t18,u,2024-01-01,,x,1",
        f"t19,u,2024-01-01,{'x' * 1_000_000},x,1",
        "t20,u,2024-01-01,a,x,-0.01",
        "t21,u,2024-01-01,a,x,inf",
        "t22,u,2024-01-01,a,x,NaN",
        "t23,u,2024-01-01,a,x,a few",
        "t24,u,2024-01-01,a,x,free",
        "t25,u,2024-01-01,a,x,1e16",
        "t01,u,2024-01-02,b,x,1",
        "t01,u,2024-01-03,b,x,1",
        "t26,u,2024-01-01",
        "t27,u,2024-01-01,a,x,1,more",
        b"t28,u,2024-01-01,\xff\xfe,x,1",
        # A row that is broken doesn't take the good one of its id with it.
        "t29,,2024-01-01,a,x,1",
        "t29,u,2024-01-01,a,x,1",
    ),
    # A byte order mark, and line ends of Windows.
    "conversions.csv": b"\xef\xbb\xbf"
    + lines(
        "revenue,conversion_id,user_id,converted_at",
        "5,c01,u,2024-01-01 12:00:00",
        ",c02,v,2024-01-02",
        "-5,c10,u,2024-01-02",
        "Infinity,c11,u,2024-01-02",
        "nan,c12,u,2024-01-02",
        "five,c13,u,2024-01-02",
        "5,,u,2024-01-02",
        "5,c14,,2024-01-02",
        "5,c15,u,later",
        "5,c16,u,2100-01-02",
        "7,c01,u,2024-01-03",
        end=b"\r\n",
    ),
    "spend.csv.gz": gzip.compress(
        lines(
            "spend_date,channel,spend,clicks",
            "2024-01-01,a,10.5,3",
            "2024-01-01,a,10.5,3",
            "2024-01-01,a,-1,3",
            "2024-01-01,a,,3",
            "2024-01-01,a,inf,3",
            "2024-01-01,a,1,-3",
            "2024-01-01,,1,3",
            "1969-12-31,a,1,3",
            "2200-01-01,a,1,3",
            "someday,a,1,3",
        )
    ),
    "user_profiles.csv": lines("user_id,region", "u,north", "u,north", ",south", "v,"),
}
PARQUETS = {
    "touchpoints.parquet": pa.table(
        {
            "touchpoint_id": [1, 2],
            "user_id": [7, 8],
            "occurred_at": pa.array(
                [datetime.datetime(2024, 1, 1, 12), None],
                pa.timestamp("ns", "Europe/Berlin"),
            ),
            "channel": pa.array(["a", "a"]).dictionary_encode(),
            "cost": pa.array([Decimal("0.10"), None], pa.decimal128(12, 2)),
        }
    ),
    "conversions.parquet": pa.table(
        {
            "conversion_id": [1, 2],
            "user_id": [7, 8],
            "converted_at": pa.array([datetime.date(2024, 1, 2)] * 2),
            "revenue": pa.array(
                [Decimal("19.99"), Decimal("-1.00")], pa.decimal128(9, 2)
            ),
        }
    ),
    # Seconds since 1970, by their size.
    "spend.parquet": pa.table(
        {"spend_date": [1_704_067_200], "channel": ["a"], "spend": [5]}
    ),
}
STREAM_LINES = lines(
    "id,occurred_at,channel,conversion,conversion_value",
    "u,2024-01-01,a,1,5",
    "u,2024-01-01,a,1,5",
    "u,2024-01-02,b,FALSE,",
    "u,2024-01-03,a,maybe,5",
    "u,2024-01-04,a,1,-5",
    ",2024-01-04,b,0,",
    "u,2024-01-05,a",
)
CRITEO_LINES = lines(
    "\t".join(CRITEO_COLUMNS),
    criteo_row(),
    criteo_row(timestamp=20, conversion=1, conversion_timestamp=30, conversion_id=7),
    criteo_row(timestamp=25, conversion=1, conversion_timestamp=30, conversion_id=7),
    criteo_row(conversion=1),
    criteo_row(conversion="x"),
    criteo_row(uid=""),
    criteo_row(timestamp=-1),
    criteo_row(timestamp="9e15"),
    criteo_row(cost=-1),
    "30\tu",
)
SESSION_LINES = lines(
    "id,user,start,end,utm_source,referrer,sign_up,value,label",
    # Kept.
    "s1,u,2024-01-01 9:05:00,2024-01-01 9:15:00,,https://www.google.com/,FALSE,,a",
    "s2,u,2024-01-02,,blank,,TRUE,5,blank",
    ",u,2024-01-03,2024-01-03,,,,,",
    ",u,2024-01-03,2024-01-03,,,,,",
    # The session is kept, not the conversion.
    "s3,u,2024-01-04,,google,,maybe,,a",
    "s4,u,2024-01-04,,google,,1,-5,a",
    # Rejected.
    "s5,,2024-01-05,,google,,0,,a",
    "s6,u,yesterday,,google,,1,,a",
    "s7,u,2024-01-05,2024-01-04 23:59:59,google,,yes,,a",
    "s8,u,2024-01-05,tomorrow,google,,0,,a",
    "s9,u,2024-01-05,2100-01-02,google,,0,,a",
    "s1,u,2024-01-06,,google,,1,,a",
    f"s10,u,2024-01-05,,{'g' * 256},,0,,a",
    "s11,u,2024-01-05",
)
PATH_LINES = lines(
    "path,total_conversions,total_conversion_value,total_null",
    r"a \> b > c,2,5,1",
    "a > > b,1,1,1",
    ",1,1,1",
    "a,1.5,1,1",
    "b,1,-1,1",
    "c,0,3,0",
    "d,1,1,-1",
    "e,1",
)


# Which rows are used doesn't depend on who credits them.
QUICK = {
    "attribution_models": ["linear", "markov", "shapley"],
    "max_rejected_share": 1,
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    """Build good and bad input in turn over one database, in one process."""
    folder = tmp_path_factory.mktemp("bad_input")
    data = folder / "data"

    def events(name: str, files: dict, **settings: object) -> Run:
        path = written(data / name, files)
        return Run({**QUICK, "dataset": "events", "data_path": path, **settings}, ROWS)

    def one_table(dataset: str, file: str, content: bytes, **settings: object) -> Run:
        path = written(data / dataset, {file: content}) + f"/{file}"
        # Of sessions there is a whole build that all tests share.
        command = ROWS if dataset == "sessions" else BUILD
        return Run(
            {**QUICK, "dataset": dataset, "data_path": path, **settings}, command
        )

    def refused(**settings: object) -> Run:
        """Give a run of settings that dbt refuses while it parses."""
        return Run(settings, shares_parse=False)

    good = {"touchpoints.csv": TOUCHPOINTS, "conversions.csv": CONVERSIONS}
    no_rows = {name: text.split("\n")[0] for name, text in good.items()}
    spend = written(data / "spend", {"costs.csv": "spend_date,channel,spend\nx,a,5\n"})
    renamed = {"stream": {"user_id": "id"}}
    return dbt_runs(
        folder,
        {
            # First, so that all marts that are there are its own.
            "no_sessions": Run(
                {
                    "dataset": "sessions",
                    "data_path": written(
                        data / "no_sessions", {"sessions.csv": "user_id,started_at\n"}
                    ),
                },
                sized((*BUILD, "--select", *MARTS_OF_ROWS, *MARTS_OF_SESSIONS), BUILD),
            ),
            "texts": events("texts [1]'s", TEXTS),
            "parquets": events("parquets", PARQUETS),
            "stream": one_table(
                "stream",
                "stream.csv",
                STREAM_LINES,
                columns=renamed,
                spend_path=f"{spend}/costs.csv",
            ),
            "criteo": one_table("criteo", "impressions.tsv", CRITEO_LINES),
            "sessions": one_table(
                "sessions",
                "sessions.csv",
                SESSION_LINES,
                columns={
                    "sessions": {
                        "session_id": "id",
                        "user_id": "user",
                        "started_at": "start",
                        "ended_at": "end",
                        "conversion": "sign_up",
                        "conversion_value": "value",
                    }
                },
                session_channel_column="label",
            ),
            "paths": one_table("paths", "paths.csv", PATH_LINES),
            "headers": replace(events("headers", no_rows), command=BUILD),
            "good": events("good", good),
            "cut_gzip": events(
                "cut_gzip",
                {**good, **FATAL_FILES["snapshot gzip"][0]} | {"touchpoints.csv": None},
            ),
            "open_quote": events(
                "open_quote", {**good, **FATAL_FILES["open quote"][0]}
            ),
            "no_folder": Run({"dataset": "events", "data_path": str(data / "nowhere")}),
            "no_spend": Run(
                {
                    "dataset": "stream",
                    "data_path": written(data / "s", {"s.csv": STREAM}) + "/s.csv",
                    "spend_path": f"{data}/no_spend.csv",
                }
            ),
            "no_label": Run(
                {
                    "dataset": "sessions",
                    "data_path": str(data / "sessions"),
                    "columns": {"sessions": {"user_id": "user", "started_at": "start"}},
                    "session_channel_column": "channel_id",
                }
            ),
            "unknown_dataset": refused(dataset="event"),
            "no_tables": refused(dataset="mine", datasets={"mine": "paths"}),
            "no_datasets": refused(datasets=None),
            "unknown_setting": Run({"lookback": 30}),
            "text_for_number": refused(lookback_days="30"),
            "not_a_list": refused(channels_to_exclude=5),
            "half_life": Run({"half_life_days": -7}),
            "order": Run({"markov_order": "two"}),
            "nulls": Run({"markov_includes_nulls": "yes"}),
            "unknown_model": Run({"attribution_models": ["linear", "markow"]}),
            "no_test_from": Run({"split_by": "time"}),
            "fractions": Run({"test_fraction": 0.5, "validation_fraction": 0.5}),
        },
    )


def rejected(build: Build) -> dict[tuple[str, str], int]:
    rows = build.query("select source, reason from marts.rejected_rows")
    return dict(Counter(rows.itertuples(index=False, name=None)))


def count(build: Build, relation: str) -> int:
    return int(build.query(f"select count(*) as n from {relation}")["n"][0])


def test_rows_of_text_files_are_kept_or_rejected_one_by_one(
    runs: dict[str, Build],
) -> None:
    build = runs["texts"]
    assert build.exit_code == 0, build.output
    no_row = "the line isn't a row: "
    assert rejected(build) == {
        ("touchpoints", "user_id is missing"): 2,
        ("touchpoints", "occurred_at is missing or not a UTC time"): 4,
        ("touchpoints", "occurred_at is before 1970"): 1,
        ("touchpoints", "occurred_at is after as_of"): 1,
        ("touchpoints", "channel is missing"): 1,
        ("touchpoints", "channel is longer than 255 characters"): 1,
        ("touchpoints", "cost is negative"): 1,
        ("touchpoints", "cost is not finite"): 2,
        ("touchpoints", "cost is above 1e15"): 1,
        ("touchpoints", "touchpoint_id occurs more than once"): 2,
        ("touchpoints", no_row + "missing columns"): 1,
        ("touchpoints", no_row + "too many columns"): 1,
        ("touchpoints", no_row + "invalid encoding"): 1,
        ("conversions", "revenue is not finite"): 2,
        ("conversions", "conversion_id is missing"): 1,
        ("conversions", "converted_at is missing or not a UTC time"): 1,
        ("conversions", "converted_at is after as_of"): 1,
        ("conversions", "conversion_id occurs more than once"): 1,
        ("spend", "spend is missing"): 1,
        ("spend", "spend is not finite"): 1,
        ("spend", "channel is missing"): 1,
        ("spend", "spend_date is before 1970"): 1,
        ("spend", "spend_date is after as_of"): 1,
        ("spend", "spend_date is missing or not a UTC time"): 1,
        ("user_profiles", "user_id occurs more than once"): 1,
        ("user_profiles", "user_id is missing"): 1,
    }
    kept = build.query(
        "select user_id, channel, campaign, cost, occurred_at "
        "from staging.stg_touchpoints order by touchpoint_id"
    )
    ten = datetime.datetime(2024, 1, 1, 10)
    midnight = datetime.datetime(2024, 1, 1)
    found = Counter(
        (*row[:3], None if row[3] != row[3] else row[3], row[4].to_pydatetime())
        for row in kept.itertuples(index=False, name=None)
    )
    assert found == Counter(
        {
            ("u", "a", "x", 1.0, ten - datetime.timedelta(hours=2)): 1,
            ("u", 'say "hi", then a > b', "(none)", None, ten): 1,
            ("u", "a", "x", 0.0, datetime.datetime(1970, 1, 1)): 1,
            # A cost that can't be read is blank.
            ("u", "a", "x", None, midnight): 2,
            ("ü", "\U0001f680", "x", 1000.0, ten.replace(microsecond=123456)): 1,
            ("u", "two\nlines", "x", 2.5, midnight): 1,
            ("v", "a", "x", 1.0, midnight): 2,
            # One is written as seconds since 1970.
            ("u", "a", "x", 1.0, midnight): 2,
        }
    )
    # One has a revenue that can't be read, and one no user.
    assert count(build, "staging.stg_conversions") == 4
    assert count(build, "marts.fct_conversions") == 4
    assert count(build, "staging.stg_refunds") == 1
    # One is a credit, and one has clicks below 0.
    assert count(build, "staging.stg_spend") == 4
    assert count(build, "staging.stg_user_profiles") == 2
    keys = build.query("select row_key from marts.rejected_rows")["row_key"]
    assert keys.notna().all()
    assert keys.str.len().max() <= 255


def test_accepted_and_rejected_rows_are_all_rows(runs: dict[str, Build]) -> None:
    build = runs["texts"]
    for source, rows in {
        "touchpoints": 30,
        "conversions": 11,
        "spend": 10,
        "user_profiles": 4,
    }.items():
        lost = count(build, f"marts.rejected_rows where source = '{source}'")
        kept = count(build, f"staging.stg_{source}")
        if source == "conversions":
            kept += count(build, "staging.stg_refunds")
        assert kept + lost == rows, source


def test_parquet_columns_of_other_types_are_read_or_rejected(
    runs: dict[str, Build],
) -> None:
    build = runs["parquets"]
    assert build.exit_code == 0, build.output
    assert rejected(build) == {
        ("touchpoints", "occurred_at is missing or not a UTC time"): 1,
    }
    assert count(build, "staging.stg_refunds") == 1
    spend = build.query(
        "select cast(spend_date as varchar) as day from staging.stg_spend"
    )
    assert spend["day"].to_list() == ["2024-01-01"]
    touchpoint = build.query("from staging.stg_touchpoints").iloc[0]
    assert touchpoint["user_id"] == "7"
    assert touchpoint["cost"] == 0.1
    assert touchpoint["occurred_at"] == datetime.datetime(2024, 1, 1, 12)
    conversion = build.query("from marts.fct_conversions").iloc[0]
    assert conversion["revenue"] == 19.99
    # A date alone is the end of its day.
    assert conversion["converted_at"] == datetime.datetime(
        2024, 1, 2, 23, 59, 59, 999999
    )
    assert conversion["is_attributed"]


def test_rows_of_a_stream_are_kept_or_rejected(runs: dict[str, Build]) -> None:
    build = runs["stream"]
    assert build.exit_code == 0, build.output
    assert rejected(build) == {
        ("touchpoints", "user_id is missing"): 1,
        ("conversions", "conversion is not a flag (0 or 1)"): 1,
        ("stream", "the line isn't a row: missing columns"): 1,
        ("spend", "spend_date is missing or not a UTC time"): 1,
    }
    assert count(build, "staging.stg_touchpoints") == 5
    assert count(build, "marts.fct_conversions") == 2


def test_rows_of_criteo_are_kept_or_rejected(runs: dict[str, Build]) -> None:
    build = runs["criteo"]
    assert build.exit_code == 0, build.output
    assert rejected(build) == {
        ("touchpoints", "user_id is missing"): 1,
        ("touchpoints", "occurred_at is before 1970"): 1,
        ("touchpoints", "occurred_at is missing or not a UTC time"): 1,
        ("touchpoints", "cost is negative"): 1,
        (
            "conversions",
            "conversion = 1 without a conversion_id and conversion_timestamp",
        ): 1,
        ("conversions", "conversion is not a flag (0 or 1)"): 1,
        ("criteo_attribution_dataset", "the line isn't a row: missing columns"): 1,
    }
    assert count(build, "staging.stg_touchpoints") == 5
    assert count(build, "marts.fct_conversions") == 1


def test_rows_of_sessions_are_kept_or_rejected(runs: dict[str, Build]) -> None:
    build = runs["sessions"]
    assert build.exit_code == 0, build.output
    assert rejected(build) == {
        ("touchpoints", "user_id is missing"): 1,
        ("touchpoints", "started_at is missing or not a UTC time"): 1,
        ("conversions", "started_at is missing or not a UTC time"): 1,
        ("touchpoints", "ended_at is before started_at"): 1,
        ("conversions", "ended_at is before started_at"): 1,
        ("touchpoints", "ended_at is missing or not a UTC time"): 1,
        ("touchpoints", "ended_at is after as_of"): 1,
        ("touchpoints", "session_id occurs more than once"): 1,
        ("conversions", "session_id occurs more than once"): 1,
        ("touchpoints", "utm_source is longer than 255 characters"): 1,
        ("conversions", "conversion is not a flag (0 or 1)"): 1,
        ("sessions", "the line isn't a row: missing columns"): 1,
    }
    kept = build.query(
        "select session_id, channel, rule_channel, "
        "coalesce(engagement_minutes, -1) as minutes "
        "from staging.stg_sessions where session_id like 's%' order by session_id"
    )
    assert kept.values.tolist() == [
        ["s1", "a", "Organic Search", 10],
        ["s2", "(blank)", "Direct", -1],
        ["s3", "a", "Organic Search", -1],
        ["s4", "a", "Organic Search", -1],
    ]
    # Two equal rows without an id are two sessions.
    assert count(build, "staging.stg_sessions where channel = '(blank)'") == 3
    assert count(build, "staging.stg_touchpoints") == 6
    [conversion] = build.query("from marts.fct_conversions").to_dict("records")
    assert (conversion["conversion_id"], conversion["revenue"]) == ("s2", 5)
    assert conversion["converted_at"] == datetime.datetime(2024, 1, 2)


def test_rows_of_paths_are_kept_or_rejected(runs: dict[str, Build]) -> None:
    build = runs["paths"]
    assert build.exit_code == 0, build.output
    whole = "is not a whole number from 0 to 1e7"
    assert rejected(build) == {
        ("conversions", "path has an empty channel"): 1,
        ("conversions", "path is missing"): 1,
        ("conversions", f"total_conversions {whole}"): 1,
        ("conversions", f"total_null {whole}"): 1,
        ("conversions", "total_conversion_value is not a number of at least 0"): 1,
        ("conversions", "total_conversion_value has no conversion"): 1,
        ("paths", "the line isn't a row: missing columns"): 1,
    }
    paths = build.query("select path, conversions, nulls, revenue from marts.fct_paths")
    assert paths.values.tolist() == [[r"a \> b > c", 2, 1, 5.0]]


@pytest.mark.parametrize("name", ["headers", "no_sessions"])
def test_files_with_a_header_alone_give_empty_marts(
    name: str, runs: dict[str, Build]
) -> None:
    build = runs[name]
    assert build.exit_code == 0, build.output
    marts = build.contents()
    # The files are there, with no row in them.
    marts.pop("input_files", None)
    assert not any(marts.values())


@pytest.mark.parametrize(
    ("name", "expected"),
    {
        "cut_gzip": "cut_gzip/touchpoints.csv.gz isn't a whole gzip file",
        "open_quote": "open_quote/touchpoints.csv has in line 3 a quote",
        "no_folder": "There is no file or folder ",
        "no_spend": "no_spend.csv (relative paths",
        "no_label": "has no column channel_id; it has id, user, start, end, utm_source",
        "unknown_dataset": "dataset is 'event'; it must be one of demo, events, stream",
        "no_datasets": "datasets is 'None'; it must map the names of datasets to",
        "no_tables": "datasets has 'paths' for mine; it must have a folder under",
        "unknown_setting": "There is no setting 'lookback'; the settings are ",
        "text_for_number": 'lookback_days is "30"; it must be a number or null',
        "not_a_list": "channels_to_exclude is 5; it must be a list",
        "half_life": "half_life_days is -7; it must be a number from",
        "order": "markov_order is 'two'; it must be one of auto, 1, 2, 3, 4",
        "nulls": "markov_includes_nulls is 'yes'; it must be true or false",
        "unknown_model": "attribution_models is 'markow'; it must be one of ",
        "no_test_from": "test_from is null; with split_by time it must be a UTC date",
        "fractions": "test_fraction and validation_fraction are 0.5 and 0.5; together",
    }.items(),
)
def test_an_impossible_run_stops_with_one_sentence_and_changes_nothing(
    name: str, expected: str, runs: dict[str, Build]
) -> None:
    build = runs[name]
    assert build.exit_code != 0
    [sentence] = build.error
    assert expected in sentence
    assert sentence.endswith(".")
    assert "Traceback" not in build.output
    assert " of 1 " not in build.output
    assert "ERROR creating" not in build.output
    assert build.contents() == runs["good"].contents()


def test_a_python_model_that_finds_the_run_impossible_ends_in_one_sentence(
    demo: Build, tmp_path: Path
) -> None:
    shutil.copy(demo.database, tmp_path)
    run = dbt(
        tmp_path,
        {"markov_order": 2},
        ("run", "--select", "int_markov_transitions"),
        prelude="import touchledger.markov.states as s; s.MAX_STATES = 50",
    )
    assert run.exit_code == 1
    assert re.search(
        r"  Runtime Error in model int_markov_transitions \(\S+\)\n"
        r"  The Markov chain of order 2 has \d+ states; at most 50 are solved, so the "
        r"setting markov_order must be lower, or auto\.\n",
        run.output,
    )
    assert "Traceback" not in run.output


# The process


def test_a_killed_run_leaves_readable_marts_and_the_next_run_mends_all(
    tmp_path: Path,
) -> None:
    command = sized(("run", "--select", *MARTS_OF_ROWS), BUILD)
    last = sized("fct_paths", "fct_attribution_credits")
    seeds = dbt(tmp_path, QUICK, ("seed",))
    assert seeds.exit_code == 0, seeds.output
    clean = dbt(tmp_path, QUICK, command)
    assert clean.exit_code == 0, clean.output
    old = clean.contents()
    for sign in (
        "OK created sql table model staging.base_touchpoints",
        f"START sql table model marts.{last}",
    ):
        run = Run({**QUICK, "lookback_days": 7}, command)
        left = dbt_killed_at(sign, tmp_path, run).contents()
        assert left.keys() == old.keys()
        # It is built after both moments: it is the old one, whole.
        assert left[last] == old[last]
    again = dbt(tmp_path, QUICK, command, {"TOUCHLEDGER_THREADS": "4"})
    assert again.exit_code == 0, again.output
    # Equal to the clean build, on another number of threads.
    assert again.contents() == old


def test_dbt_runs_from_another_folder_and_keeps_to_its_limits(tmp_path: Path) -> None:
    moved = tmp_path / "moved.duckdb"
    show = Run(
        command=(
            "--quiet",
            "show",
            "--inline",
            "select current_setting('memory_limit') as memory, "
            "current_setting('threads') as threads, "
            "current_setting('TimeZone') as zone",
            "--output",
            "json",
        ),
        environment={
            "TOUCHLEDGER_MEMORY_LIMIT": "512MiB",
            "TOUCHLEDGER_THREADS": "3",
            "TOUCHLEDGER_DB": str(moved),
        },
    )
    process = dbt_alone(tmp_path, show, cwd=tmp_path)
    shown, _ = process.communicate()
    assert process.returncode == 0, shown
    [row] = json.loads(shown[shown.index("{") :])["show"]
    assert row == {"memory": "512.0 MiB", "threads": 3, "zone": "UTC"}
    assert moved.exists()
    assert not (tmp_path / "ledger.duckdb").exists()
