"""What is wrong with the input is told, in rows and in money, and much of it stops."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cases import case_folder
from dbt_build import Build, Run, dbt, dbt_runs

FINDINGS = ("run", "--select", "+input_findings", "+rejected_rows")
LEDGER = (*FINDINGS, "+fct_conversions")
TOUCHPOINTS = "user_id,occurred_at,channel,cost\nu,2024-01-01,a,1\nu,2024-01-01,b,2\n"
CONVERSIONS = "conversion_id,user_id,converted_at,revenue\n"


def shop(folder: Path, **tables: str) -> Mapping[str, Any]:
    """Write a shop of CSV files, and give the settings that read it."""
    folder.mkdir()
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(rows)
    return {
        "dataset": "events",
        "data_path": str(folder),
        "attribution_models": ["last_touch", "linear"],
    }


def findings(build: Build) -> list[tuple[Any, ...]]:
    assert build.exit_code == 0, build.output
    rows = build.query(
        "select kind, table_name, example, row_count, money from marts.input_findings "
        "order by all"
    ).astype(object)
    return list(rows.where(rows.notna(), None).itertuples(index=False, name=None))


def spend_by_channel(build: Build) -> dict[str, float]:
    assert build.exit_code == 0, build.output
    rows = build.query(
        "select channel, sum(spend) from staging.stg_spend group by channel"
    )
    return dict(rows.itertuples(index=False, name=None))


def conversions(build: Build) -> list[tuple[Any, ...]]:
    assert build.exit_code == 0, build.output
    rows = build.query(
        "select conversion_id, revenue, is_attributed from marts.fct_conversions "
        "order by 1"
    )
    return list(rows.itertuples(index=False, name=None))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    folder = tmp_path_factory.mktemp("findings")
    good = shop(
        folder / "good",
        touchpoints=TOUCHPOINTS,
        conversions=CONVERSIONS + "c,u,2024-01-02,5\n",
    )
    broken = shop(
        folder / "broken",
        touchpoints=TOUCHPOINTS,
        conversions=CONVERSIONS + "c,u,2 Jan at noon,5\nd,u,3 Jan at noon,7\n",
    )
    untidy = shop(
        folder / "untidy",
        touchpoints="user_id,occurred_at,channel,cost,currency\n"
        " u ,2024-01-01, a ,1,usd\nNone,2024-01-01,a,2,USD\nu,2024-01-01,a,many,USD\n",
        conversions="conversion_id,user_id,converted_at,revenue,currency\n"
        "c,u,2024-01-02,5,USD\nc,u,2024-01-02,,USD\nd,u,2024-01-02,7,USD\n"
        "d,u,2024-01-03,9,USD\ne,u,soon,11, usd\n",
        spend="spend_date,channel,spend,clicks,currency\n2024-01-01,a,3,few,USD\n"
        "2024-01-02,a,4,1,USD\n2024-01-02,a,4,1,USD\n2024-01-02,A,6,1,USD\n",
    )
    allowing = {"max_rejected_share": 1}
    return dbt_runs(
        folder,
        {
            "good": Run(good, LEDGER, writes_artifacts=True),
            "broken": Run(broken, LEDGER),
            "broken_build": Run(
                broken, ("build", "--exclude-resource-type", "unit_test", *LEDGER[1:])
            ),
            "allowed": Run({**broken, **allowing}, FINDINGS),
            "untidy": Run({**untidy, **allowing}, LEDGER),
            "kept_last": Run(
                {**untidy, **allowing, "spend_duplicates": "keep_last"}, FINDINGS
            ),
            "stopped": Run(
                {**untidy, **allowing, "spend_duplicates": "stop"}, FINDINGS
            ),
        },
    )


def test_a_clean_input_has_no_findings(runs: dict[str, Build]) -> None:
    assert findings(runs["good"]) == []


@pytest.mark.parametrize("name", ["broken", "broken_build"])
def test_a_table_that_loses_its_rows_stops_the_run_before_any_mart(
    runs: dict[str, Build], name: str
) -> None:
    build = runs[name]
    assert build.exit_code == 1
    assert (
        "The table conversions loses 2 of its 2 rows and 12.00 of 12.00, and "
        "max_rejected_share allows 5 %: converted_at is missing or not a UTC time in 2 "
        "rows (all 2 values look like '2 Jan at noon')" in build.output
    )
    assert "Traceback" not in build.output
    assert build.contents() == runs["good"].contents()
    # What was read can be looked at.
    rows = build.query("select sum(row_count) as n from staging.base_input_rows")
    assert rows["n"][0] == 4


def test_the_setting_lets_a_broken_table_pass(runs: dict[str, Build]) -> None:
    assert findings(runs["allowed"]) == [
        ("rejected_rows", "conversions", "2 Jan at noon", 2, 12.0)
    ]


def test_findings_tell_rows_and_money(runs: dict[str, Build]) -> None:
    assert findings(runs["untidy"]) == [
        ("blanked_values", "spend", "few", 1, None),
        ("blanked_values", "touchpoints", "many", 1, None),
        ("channel_spellings", "spend", "A, a", 2, None),
        ("conflicting_amounts", "conversions", "d", 1, 9.0),
        ("left_out_rows", "conversions", "c", 2, 9.0),
        ("left_out_rows", "touchpoints", "None", 1, 2.0),
        ("rejected_rows", "conversions", "soon", 1, 11.0),
        ("repeated_spend", "spend", "2024-01-02 a", 1, 4.0),
        ("spend_without_touchpoints", "spend", "A", 1, 6.0),
    ]
    assert spend_by_channel(runs["untidy"]) == {"A": 6, "a": 11}
    assert conversions(runs["untidy"]) == [("c", 5, True), ("d", 7, False)]


def test_the_summary_tells_what_is_rejected_in_rows_and_money(tmp_path: Path) -> None:
    settings = shop(
        tmp_path / "shop",
        touchpoints=TOUCHPOINTS,
        conversions=CONVERSIONS + "c,u,2024-01-02,5\nd,u,soon,7\n",
    )
    build = dbt(tmp_path, {**settings, "max_rejected_share": 1}, ("run",))
    assert build.exit_code == 0, build.output
    assert (
        "    conversions: 1 rows and 7.00: converted_at is missing or not a UTC time, "
        "such as soon" in build.output
    )
    assert "see marts.input_findings" in build.output


def test_repeated_spend_counts_once_or_stops_as_set(runs: dict[str, Build]) -> None:
    assert spend_by_channel(runs["kept_last"]) == {"A": 6, "a": 7}
    stopped = runs["stopped"]
    assert stopped.exit_code == 1
    assert "rows that are equal to others, such as that of '2024-01-02 a'" in (
        stopped.output
    )


def test_every_mart_waits_until_the_input_may_pass(runs: dict[str, Build]) -> None:
    manifest = runs["good"].database.parent / "target/manifest.json"
    parsed = json.loads(manifest.read_text())
    parents = parsed["parent_map"]

    def ancestors(node: str) -> set[str]:
        found: set[str] = set()
        waiting = [node]
        while waiting:
            for parent in parents.get(waiting.pop(), []):
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return found

    marts = [
        name
        for name, node in parsed["nodes"].items()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    ]
    assert marts
    gate = "model.touchledger.base_input_rows"
    assert [name for name in marts if gate not in ancestors(name)] == []


def test_names_that_may_be_one_are_told(tmp_path: Path) -> None:
    folder = case_folder("names-and-ids")
    build = dbt(
        tmp_path,
        {
            "dataset": "events",
            "data_path": str(folder),
            "attribution_models": ["last_touch"],
        },
        LEDGER,
    )
    assert findings(build) == [
        ("channel_spellings", "spend", "Email, email", 2, None),
        ("channel_spellings", "touchpoints", "Paid Search, paid search", 2, None),
        ("spend_without_touchpoints", "spend", "email", 1, 5.0),
        ("touchpoints_without_spend", "touchpoints", "Email", None, None),
        ("user_spellings", "conversions", "1001", 1, 100.0),
        ("user_spellings", "conversions", "ben@example.com", 1, 100.0),
    ]
    assert spend_by_channel(build) == {"Paid Search": 40, "paid search": 20, "email": 5}
    assert [(key, is_attributed) for key, _, is_attributed in conversions(build)] == [
        ("n1", True),
        ("n2", False),
        ("n3", True),
        ("n4", False),
    ]


def test_currencies_are_the_same_in_upper_and_lower_case(tmp_path: Path) -> None:
    folder = case_folder("currency-spelling")
    build = dbt(
        tmp_path,
        {
            "dataset": "events",
            "data_path": str(folder),
            "attribution_models": ["last_touch"],
        },
        LEDGER,
    )
    assert findings(build) == []
    assert [revenue for _, revenue, _ in conversions(build)] == [100]
    assert sum(spend_by_channel(build).values()) == 25


def test_mixed_currencies_stop_in_a_sentence_that_names_the_setting(
    tmp_path: Path,
) -> None:
    settings = shop(
        tmp_path / "shop",
        touchpoints=TOUCHPOINTS,
        conversions="conversion_id,user_id,converted_at,revenue,currency\n"
        "c,u,2024-01-02,5,USD\nd,u,2024-01-02,5,EUR\n",
    )
    build = dbt(tmp_path, settings, LEDGER)
    assert build.exit_code == 1
    assert "currency is one of several and reporting_currency is not set" in (
        build.output
    )
    assert "set reporting_currency" in build.output


def test_an_export_of_events_counts_a_transaction_once(tmp_path: Path) -> None:
    """Pages without a source are no touchpoints, and a reload is no second order."""
    build = dbt(
        tmp_path,
        {
            "dataset": "stream",
            "data_path": str(case_folder("ga4-flat-export") / "prepared/events.csv"),
            "columns": {
                "stream": {
                    "user_id": "user_pseudo_id",
                    "occurred_at": "event_time",
                    "channel": "source_medium",
                    "conversion": "is_purchase",
                    "conversion_value": "purchase_revenue",
                }
            },
            "attribution_models": [
                *("first_touch", "last_touch", "last_non_direct", "linear"),
            ],
        },
        (*LEDGER, "+fct_channel_performance"),
    )
    assert build.exit_code == 0, build.output
    google, direct, letter = "google / cpc", "(direct) / (none)", "newsletter / email"
    earned = build.query(
        "select attribution_model, channel, attributed_revenue "
        "from marts.fct_channel_performance where attributed_revenue > 0"
    )
    assert {row[:2]: row[2] for row in earned.itertuples(index=False, name=None)} == {
        ("first_touch", google): 50,
        ("first_touch", letter): 30,
        ("last_touch", direct): 50,
        ("last_touch", letter): 30,
        ("last_non_direct", google): 50,
        ("last_non_direct", letter): 30,
        ("linear", google): 25,
        ("linear", direct): 25,
        ("linear", letter): 30,
    }
    rows = build.query("select conversion_id, converted_at from marts.fct_conversions")
    assert dict(rows.astype(str).itertuples(index=False, name=None)) == {
        "T-1": "2024-05-03 08:05:00",
        "T-2": "2024-05-02 09:10:00",
    }
    assert findings(build) == [
        ("left_out_rows", "conversions", "T-1", 2, 80.0),
        ("left_out_rows", "touchpoints", None, 5, 0.0),
    ]
