"""Times and numbers of text files reach staging, however they are written."""

import datetime
from collections.abc import Mapping
from typing import Any

import pytest

from dbt_build import Build, Run, dbt_runs

ROWS = ("+stg_touchpoints", "+stg_conversions", "+stg_spend", "+rejected_rows")
# How ten o'clock on 1 May 2024 in UTC is written, beside what can't be read.
TEN = {
    "z": "2024-05-01T10:00:00Z",
    "utc": "2024-05-01 10:00:00 UTC",
    "spaced": "2024-05-01 10:00:00.000 +00:00",
    "local": "2024-05-01 10:00:00.000000",
    "short": "2024/5/1 10:00",
    "east": "2024-05-01T15:30:00+05:30",
    "west": "2024-05-01 03:00:00 -0700",
    "hours": "2024-05-01 12:00:00+02",
    "zone": "2024-05-01 12:00:00 Europe/Berlin",
    "letters": "2024-05-01 05:00:00 EST",
    "compact": "20240501T100000",
    "digits": "20240501100000",
    "seconds": "1714557600",
    "padded": " 2024-05-01 10:00:00 ",
}
NO_TIMES = {
    "fourteen and a half": "2024-05-01 10:00:00+14:30",
    "unknown zone": "2024-05-01 10:00:00 Mars/Base",
    "letters of many": "2024-05-01 10:00:00 CET",
    "other unit": "1714557600000",
    "no day": "2024-02-30 10:00:00",
    "word": "soon",
    "far": "294247-01-10 04:00:54.775806",
}
GERMAN = {"1.250,50": 1250.5, "12,5": 12.5, "1.234": 1234.0, "7 €": 7.0, "n/a": 0.0}
DAYS = ("2024-03-09 23:30", "2024-03-10 23:30", "2024-11-03 00:30", "2024-11-03 23:30")
SETTINGS = {
    "dataset": "events",
    "attribution_models": ["linear"],
    "bootstrap_samples": 0,
    # What is rejected is looked at here.
    "max_rejected_share": 1,
}


def lines(header: str, rows: list[tuple[Any, ...]]) -> str:
    return "\n".join([header, *('"' + '","'.join(map(str, r)) + '"' for r in rows)])


def touchpoints(times: Mapping[str, str]) -> str:
    rows = [(name, "u", time, "a") for name, time in times.items()]
    return lines("touchpoint_id,user_id,occurred_at,channel", rows)


def conversions(times: Mapping[str, str]) -> str:
    rows = [(name, "u", time) for name, time in times.items()]
    return lines("conversion_id,user_id,converted_at", rows)


def spend(amounts: Mapping[str, str], column: str = "spend") -> str:
    rows = [(day, "a", amount) for day, amount in amounts.items()]
    return lines(f"spend_date,channel,{column}", rows)


FOLDERS = {
    "forms": {
        "touchpoints": touchpoints({**TEN, **NO_TIMES, "seconds 2": "1714557600.0"}),
        "conversions": conversions({"day": "2024-05-01", "time": "2024-05-01 09:00"}),
        "spend": spend({f"2024050{i}": text for i, text in enumerate(GERMAN, 1)}),
    },
    "stated": {
        "touchpoints": touchpoints({"t": "3.4.24 at 9:30", "iso": "2024-05-01"}),
        "conversions": conversions({"c": "12345"}),
        "spend": spend({"2024-05-01": "1,234"}),
        "currency_rates": "rate_date,currency,rate\n2020-01-01,X,1e15\n",
    },
    "two_ways": {
        "touchpoints": touchpoints({"t": "03/10/2024 9:30"}),
        "conversions": conversions({"c": "2024-05-01"}),
    },
    "thousand": {
        "touchpoints": touchpoints({"t": "2024-05-01"}),
        "conversions": conversions({"c": "2024-05-01"}),
        "spend": spend({"2024-05-01": "1,234"}),
    },
    "days": {
        "touchpoints": touchpoints(
            {f"t{i}": f"{day}:00" for i, day in enumerate(DAYS)}
        ),
        "conversions": conversions({f"c{i}": f"{d}:01" for i, d in enumerate(DAYS)}),
        "spend": spend({day[:10]: "1" for day in DAYS}),
    },
    "huge": {
        "touchpoints": touchpoints({"t": "2024-05-01"}),
        "conversions": "conversion_id,user_id,converted_at,revenue,currency\n"
        "c,u,2024-05-01,1e15,X\nd,u,2024-05-01,5,Y\n",
        "currency_rates": "rate_date,currency,rate\n2020-01-01,X,1e15\n",
    },
}


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    folder = tmp_path_factory.mktemp("written")
    zone = "America/New_York"
    own: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
        "stated": (
            {
                "timestamp_format": {"occurred_at": "%d.%m.%y at %H:%M"}
                | {"converted_at": "epoch_s"},
                "number_format": "1,234.56",
            },
            ROWS,
        ),
        "days": (
            {"input_time_zone": zone, "reporting_time_zone": zone},
            ("+fct_daily_performance",),
        ),
        "huge": ({"reporting_currency": "Y"}, ROWS),
    }
    runs = {}
    for name, tables in FOLDERS.items():
        data = folder / f"data_{name}"
        data.mkdir()
        for table, text in tables.items():
            (data / f"{table}.csv").write_text(text + "\n")
        settings, models = own.get(name, ({}, ROWS))
        runs[name] = Run(
            {**SETTINGS, **settings, "data_path": str(data)},
            ("run", "--select", *models),
        )
    return dbt_runs(folder, runs)


def column(build: Build, sql: str) -> dict[str, Any]:
    rows = build.query(sql)
    return dict(zip(rows.iloc[:, 0], rows.iloc[:, 1], strict=True))


def test_an_instant_is_the_same_however_it_is_written(
    builds: dict[str, Build],
) -> None:
    assert builds["forms"].exit_code == 0, builds["forms"].output
    read = column(
        builds["forms"],
        "select touchpoint_id, cast(occurred_at as text) from staging.stg_touchpoints",
    )
    assert read == dict.fromkeys([*TEN, "seconds 2"], "2024-05-01 10:00:00")


def test_what_is_no_time_costs_its_own_row(builds: dict[str, Build]) -> None:
    rejected = column(
        builds["forms"],
        "select split_part(row_key, ' | ', 1), reason from "
        "marts.rejected_rows where source = 'touchpoints'",
    )
    reason = "occurred_at is missing or not a UTC time"
    assert rejected == dict.fromkeys(NO_TIMES, reason)


def test_a_conversion_with_a_date_alone_counts_at_the_end_of_its_day(
    builds: dict[str, Build],
) -> None:
    read = column(
        builds["forms"],
        "select conversion_id, cast(converted_at as text) from staging.stg_conversions",
    )
    assert read == {
        "day": "2024-05-01 23:59:59.999999",
        "time": "2024-05-01 09:00:00",
    }


def test_a_comma_before_decimals_is_seen_in_the_column(
    builds: dict[str, Build],
) -> None:
    read = column(
        builds["forms"], "select spend_date, spend from staging.stg_spend order by 1"
    )
    assert list(read.values()) == list(GERMAN.values())
    assert [day.date() for day in read] == [
        datetime.date(2024, 5, day) for day in range(1, 1 + len(GERMAN))
    ]


def test_stated_formats_are_read(builds: dict[str, Build]) -> None:
    build = builds["stated"]
    assert build.exit_code == 0, build.output
    assert column(
        build,
        "select touchpoint_id, cast(occurred_at as text) from staging.stg_touchpoints "
        "union all select conversion_id, cast(converted_at as text) "
        "from staging.stg_conversions union all select 'spend', cast(spend as text) "
        "from staging.stg_spend",
    ) == {
        "t": "2024-04-03 09:30:00",
        "iso": "2024-05-01 00:00:00",
        "c": "1970-01-01 03:25:45",
        "spend": "1234.0",
    }


@pytest.mark.parametrize(
    ("name", "sentence"),
    {
        "two_ways": "The column occurred_at of the table touchpoints has '03/10/2024 "
        "9:30', which can be read in two ways; the setting timestamp_format must say "
        "its form, such as '%d/%m/%Y %H:%M' or '%m/%d/%Y'.",
        "thousand": "The column spend of the table spend has '1,234', which can be "
        "read in two ways; the setting number_format must be one of '1,234.56', "
        "'1.234,56', '1 234,56'.",
    }.items(),
)
def test_what_can_be_read_in_two_ways_stops_the_run_before_a_model(
    name: str, sentence: str, builds: dict[str, Build]
) -> None:
    assert builds[name].exit_code != 0
    assert sentence in " ".join(builds[name].output.split())
    assert "OK created" not in builds[name].output


def test_days_of_reports_are_days_of_their_zone_all_year(
    builds: dict[str, Build],
) -> None:
    build = builds["days"]
    assert build.exit_code == 0, build.output
    days = build.query(
        "select cast(performance_date as text) as day, touchpoints, spend, "
        "attributed_conversions from marts.fct_daily_performance order by day"
    )
    assert days.to_numpy().tolist() == [
        ["2024-03-09", 1, 1, 1],
        ["2024-03-10", 1, 1, 1],
        ["2024-11-03", 2, 1, 2],
    ]


def test_an_amount_beyond_all_sums_is_rejected(builds: dict[str, Build]) -> None:
    build = builds["huge"]
    assert build.exit_code == 0, build.output
    assert build.query("select reason from marts.rejected_rows")[
        "reason"
    ].to_list() == ["revenue in the reporting currency is above 1e15"]
