"""Files as tools write them are read whole, or the run says why not."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cases import case_folder
from dbt_build import Build, Run, dbt_runs

TOUCHPOINTS = "user_id,occurred_at,channel,note\n"
CONVERSIONS = "conversion_id,user_id,converted_at,revenue\n"
EVENTS: dict[str, Any] = {"dataset": "events", "attribution_models": ["last_touch"]}
SPEND = "spend_date,channel,spend\n2026-01-01,a,5\n\nTotal: Campaigns,,5\n,Totals,5\n"
# What the summary at the end of a run looks at.
SUMMARIZED = (
    *("+fct_channel_performance", "+fct_conversions", "+fct_journeys"),
    *("+rejected_rows", "+stg_spend", "+stg_touchpoints", "+base_input_rows"),
    "+input_findings",
)
# The tests of the rows that came in, beside what they look at.
ROWS = (
    *("build", "--exclude-resource-type", "unit_test", "--indirect-selection"),
    *(
        "cautious",
        "--select",
        "+rejected_rows",
        "+input_files",
        "+fct_conversions",
        "+stg_*",
    ),
    *("input_rows_are_accepted_or_rejected", "input_files_are_read_to_their_end"),
)


MODELS = ("run", "--select", "+rejected_rows", "+fct_conversions", "+input_files")


def touched(build: Build) -> list[tuple[str, int]]:
    """Give the conversions, each with the number of its touchpoints."""
    assert build.exit_code == 0, build.output
    rows = build.query(
        "select conversion_id, touch_count from marts.fct_conversions order by all"
    )
    return list(rows.itertuples(index=False, name=None))


def channels(build: Build) -> list[tuple[str, str, str]]:
    assert build.exit_code == 0, build.output
    rows = build.query(
        "select user_id, channel, cast(occurred_at as varchar) "
        "from staging.stg_touchpoints order by all"
    )
    return list(rows.itertuples(index=False, name=None))


def rejected(build: Build) -> list[tuple[str, str, str]]:
    rows = build.query("select source, row_key, reason from marts.rejected_rows")
    return sorted(rows.itertuples(index=False, name=None))


def written(folder: Path, **files: str | bytes) -> str:
    """Write files whose names have underscores for the dots of extensions."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        whole = content.encode() if isinstance(content, str) else content
        (folder / name.replace("_", ".")).write_bytes(whole)
    return str(folder)


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    """Read all inputs in turn over one database."""
    folder = tmp_path_factory.mktemp("files")
    data = folder / "data"
    paths = {
        name: str(case_folder(name))
        for name in (
            *("bad-bytes-in-a-side-column", "exports-in-parts"),
            *("line-break-in-a-header", "folder-name-is-a-pattern/shop[1]"),
        )
    }

    # The case with the parts as Spark writes them, in a folder named as a partition is.
    parts = data / "folder_of_parts" / "touchpoints" / "channel=email"
    parts.mkdir(parents=True)
    for i, file in enumerate(sorted(case_folder("exports-in-parts").glob("*.gz"))):
        table = pa.Table.from_pandas(pd.read_csv(file, dtype="object"))
        pq.write_table(table, parts / f"part-{i}.parquet")
    (parts.parent / "_SUCCESS").touch()
    shutil.copy(case_folder("exports-in-parts") / "conversions.csv", parts.parents[1])
    paths["folder_of_parts"] = str(parts.parents[1])

    # A column that nobody reads.
    paths["bad_bytes_in_a_note"] = written(
        data / "bad",
        touchpoints_csv=TOUCHPOINTS.encode()
        + b"u,2026-01-01,a,x\nu,2026-01-02,b,\xff\n",
        conversions_csv=CONVERSIONS + "c1,u,2026-01-03,5\n",
    )
    # The tests of rows take as long as the models: where the reader could err.
    tested = ("line-break-in-a-header", "bad_bytes_in_a_note")
    runs = {
        name: Run({**EVENTS, "data_path": path}, ROWS if name in tested else MODELS)
        for name, path in paths.items()
    }
    runs["grouped"] = Run(
        {
            **{"dataset": "paths", "markov_order": 1},
            "data_path": str(case_folder("grouped-journeys-with-value")),
            "attribution_models": ["linear", "markov"],
        },
        (
            *ROWS,
            "+fct_channel_performance",
            "+fct_markov_removal_effects",
            "+fct_paths",
        ),
    )
    runs["little_memory"] = Run(
        {
            **{"dataset": "stream", "attribution_models": ["last_touch"]},
            "data_path": str(case_folder("little-memory-for-text") / "stream.csv"),
        },
        MODELS,
        {"TOUCHLEDGER_MEMORY_LIMIT": "200MB"},
    )
    runs["terminal"] = Run(
        {**EVENTS, "data_path": str(case_folder("terminal-codes-in-names"))},
        ("run", "--select", *SUMMARIZED),
    )
    billion = written(
        data / "billion",
        paths_csv="path,total_conversions,total_null\na,1,1000000000\n",
    )
    runs["billion"] = Run(
        # It is the only row.
        {**EVENTS, "dataset": "paths", "data_path": billion, "max_rejected_share": 1},
        ("run", "--select", "+rejected_rows"),
    )
    runs["totals"] = Run(
        {
            **{**EVENTS, "dataset": "stream"},
            "data_path": str(case_folder("little-memory-for-text")),
            "spend_path": written(data / "spend[1]", costs_csv=SPEND) + "/costs.csv",
        },
        ("run", "--select", "+rejected_rows", "+stg_spend"),
    )
    written(data / "spend1", costs_csv=SPEND.replace(",5", ",7"))
    return dbt_runs(folder, {name.replace("/", " "): run for name, run in runs.items()})


@pytest.mark.parametrize("name", ["exports-in-parts", "folder_of_parts"])
def test_parts_of_a_table_are_one_table(name: str, builds: dict[str, Build]) -> None:
    build = builds[name]
    assert touched(build) == [("c1", 1), ("c2", 1)]
    assert channels(build) == [
        ("u1", "google", "2024-05-01 10:00:00"),
        ("u2", "google", "2024-05-01 11:00:00"),
    ]
    files = build.query("select * from marts.input_files where row_count = 1")
    assert files["table_name"].to_list() == ["touchpoints", "touchpoints"]
    assert files["sha256"].nunique() == 2


def test_a_line_break_in_a_header_loses_no_row(builds: dict[str, Build]) -> None:
    assert touched(builds["line-break-in-a-header"]) == [("c1", 2)]


def test_a_folder_whose_name_looks_like_a_pattern_is_itself(
    builds: dict[str, Build],
) -> None:
    build = builds["folder-name-is-a-pattern shop[1]"]
    assert channels(build) == [("mine", "mine", "2026-01-01 00:00:00")]


@pytest.mark.parametrize(
    ("name", "column"),
    [("bad-bytes-in-a-side-column", "t1"), ("bad_bytes_in_a_note", "a")],
)
def test_a_row_with_a_bad_byte_is_rejected_whoever_reads_the_column(
    name: str, column: str, builds: dict[str, Build]
) -> None:
    assert touched(builds[name]) == [("c1", 1)]
    reason = "the line isn't a row: invalid encoding"
    assert rejected(builds[name]) == [("touchpoints", "touchpoints.csv:3", reason)]


def test_journeys_that_did_not_convert_are_kept_without_their_value(
    builds: dict[str, Build],
) -> None:
    build = builds["grouped"]
    assert build.exit_code == 0, build.output
    [[journeys, conversions, revenue]] = build.query(
        "select sum(journeys), sum(conversions), sum(revenue) from marts.fct_paths"
    ).to_numpy()
    assert (journeys, conversions, revenue) == (580, 150, 300)
    credit = build.query(
        "select attribution_model, channel, attributed_conversions, attributed_revenue "
        "from marts.fct_channel_performance where attributed_conversions > 0 "
        "order by all"
    )
    assert credit.to_numpy().tolist() == [
        [model, channel, pytest.approx(75), pytest.approx(150)]
        for model in ("linear", "markov")
        for channel in ("Google_Search", "Meta_Ads")
    ]
    effects = build.query(
        "select channel, removal_effect from marts.fct_markov_removal_effects"
    )
    assert dict(effects.to_numpy()) == pytest.approx(
        {"Google_Search": 1, "Meta_Ads": 1, "Organic_Search": 0, "Direct": 0}
    )
    [[source, _, reason]] = rejected(build)
    assert (source, reason) == (
        "conversions",
        "total_conversion_value has no conversion",
    )


def test_a_small_file_needs_little_memory(builds: dict[str, Build]) -> None:
    [(_, touch_count)] = touched(builds["little_memory"])
    assert touch_count == 2


def test_terminal_codes_in_names_are_printed_as_text(builds: dict[str, Build]) -> None:
    build = builds["terminal"]
    assert build.exit_code == 0, build.output
    assert r"\x1b[2J\x1b[H\x1b[32mAll tests" in build.output
    assert r"\x1b]0;title\x07search" in build.output
    assert "\x1b" not in build.output
    names = build.query("select distinct channel from marts.fct_channel_performance")
    assert sorted(names["channel"]) == [
        "\x1b[2J\x1b[H\x1b[32mAll tests passed\x1b[0m",
        "\x1b]0;title\x07search",
    ]


def test_a_path_of_a_billion_nulls_is_rejected(builds: dict[str, Build]) -> None:
    build = builds["billion"]
    assert build.exit_code == 0, build.output
    [(_, _, reason)] = rejected(build)
    assert reason == "total_null is not a whole number from 0 to 1e7"


def test_totals_below_a_report_are_no_spend(builds: dict[str, Build]) -> None:
    build = builds["totals"]
    assert build.exit_code == 0, build.output
    reasons = [(source, reason) for source, _, reason in rejected(build)]
    assert reasons == [("spend", "the row is a total of other rows")] * 2
    # Not that of the folder spend1, which the name looks like a pattern of.
    spend = build.query("select channel, spend from staging.stg_spend")
    assert spend.to_numpy().tolist() == [["a", 5.0]]
