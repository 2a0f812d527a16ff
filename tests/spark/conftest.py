"""Builds of the same input on both engines, made once for all tests."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import pytest

from dbt_build import PROJECT, Build, Run, dbt_alone
from dialect import sql_of_cases
from small_inputs import INPUTS
from touchledger.settings import ATTRIBUTION_MODELS

BUILD = ("build", "--exclude-resource-type", "unit_test")
FEW_MODELS = ["linear", "markov", "shapley"]
# What is built on both engines.
BUILT: Mapping[str, Mapping[str, Any]] = {
    "demo": {"attribution_models": ATTRIBUTION_MODELS},
    "stream": {"attribution_models": FEW_MODELS, "evaluation_limit": 300},
    "paths": {"attribution_models": FEW_MODELS},
}
SHOW = (
    *("--quiet", "show", "--inline", sql_of_cases()),
    *("--limit", "1000", "--output", "json"),
)
# As it was before the engines agreed.
OLD_HASH = """
{% macro spark__hash_bucket(text, buckets) -%}
    pmod(xxhash64({{ text }}), {{ buckets }})
{%- endmacro %}
"""


@dataclass(frozen=True)
class BothEngines:
    """What ran, each command in a folder of its name."""

    folder: Path

    def on_spark(self, name: str) -> Build:
        """Give what a command left; its database is the folder of the tables."""
        return self._build(self.folder / name, self.folder / f"tables_{name}")

    def on_duckdb(self, name: str) -> Build:
        """Give what the same build left on DuckDB."""
        folder = self.folder / f"duckdb_{name}"
        return self._build(folder, folder / "ledger.duckdb")

    def _build(self, folder: Path, database: Path) -> Build:
        output = (folder / "output.txt").read_text()
        return Build(int((folder / "exit_code").read_text()), output, database)


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> BothEngines:
    """Build on both engines, side by side."""
    folder = tmp_path_factory.mktemp("both")
    settings = {
        name: {"dataset": name, **write_input(folder, name), **BUILT.get(name, {})}
        for name in ("demo", *INPUTS)
    }
    text = folder / "text"
    text.mkdir()
    (text / "touchpoints.csv").write_text("user_id,occurred_at,channel\n")
    impossible = {
        "text_files": {"dataset": "stream", "data_path": str(text / "touchpoints.csv")},
        "file_format": {"file_format": "csv"},
        "no_schema": {"dataset": "events", "input_schema": "nowhere"},
    }
    duckdb_builds = Thread(target=build_on_duckdb, args=(folder, settings))
    duckdb_builds.start()
    run_on_spark(folder, settings, impossible)
    duckdb_builds.join()
    return BothEngines(folder)


def write_input(folder: Path, name: str) -> dict[str, Any]:
    """Write the input of a shape as Parquet: the settings that read it."""
    if name not in INPUTS:
        return {}
    given = INPUTS[name]
    place = folder / "input" / name
    place.mkdir(parents=True)
    for table, sql in given.tables.items():
        duckdb.sql(f"copy ({sql}) to '{place / table}.parquet' (format parquet)")
    is_one_table = len(given.tables) == 1
    path = place / f"{next(iter(given.tables))}.parquet" if is_one_table else place
    return {"data_path": str(path), **given.settings}


def build_on_duckdb(folder: Path, settings: Mapping[str, Mapping[str, Any]]) -> None:
    """Build what is built on both engines, and ask what macros give."""
    for name in ("dialect", *BUILT):
        place = folder / f"duckdb_{name}"
        place.mkdir()
        asked = SHOW if name == "dialect" else BUILD
        run = Run(settings.get(name, {}), asked, {"TOUCHLEDGER_THREADS": "1"})
        with dbt_alone(place, run) as process:
            (place / "output.txt").write_text(process.communicate()[0])
        (place / "exit_code").write_text(str(process.returncode))


def run_on_spark(
    folder: Path,
    shapes: Mapping[str, Mapping[str, Any]],
    impossible: Mapping[str, Mapping[str, Any]],
) -> None:
    """Parse all shapes, build some and compile the others, in one session."""
    settings = {**shapes, **impossible}

    def run(name: str, shape: str, *command: str, **more: Any) -> dict[str, Any]:
        fits = str(folder / name / "fitted_models")
        return {
            "folder": str(folder / name),
            "command": command,
            "settings": {**settings[shape], "fitted_models_path": fits},
            **more,
        }

    runs = [
        *(run(f"parse_{shape}", shape, "parse") for shape in shapes),
        *(
            run(shape, shape, *BUILD, keep=str(folder / f"tables_{shape}"))
            for shape in BUILT
        ),
        *(
            run(f"compile_{shape}", shape, "compile")
            for shape in shapes
            if shape not in BUILT
        ),
        *(run(name, name, "run") for name in impossible),
        run("dialect", "demo", *SHOW),
        run(
            "old_hash",
            "demo",
            *("build", "--exclude-resource-type", "unit_test"),
            *("--select", "+int_users"),
            macros={"spark__hash_bucket": OLD_HASH},
            keep=str(folder / "tables_old_hash"),
        ),
    ]
    subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            str(Path(__file__).with_name("dbt_on_spark.py")),
        ],
        input=json.dumps(runs, default=str),
        env={
            **os.environ,
            "PYTHONPATH": str(PROJECT / "python"),
            "TOUCHLEDGER_SPARK": str(folder / "spark"),
            "TOUCHLEDGER_SPARK_PARTITIONS": "1",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        },
        text=True,
        check=True,
    )
