"""Run dbt commands one after the other in one process, which has one Spark session.

It reads a list of runs as JSON from its input. Each has a `folder`, a `command` and
`settings`, and maybe `macros` (name to text, in place of the project's own) and `keep`
(a folder that takes the tables; the catalogue is empty afterwards). It writes
`output.txt` and `exit_code` into each folder as it goes.
"""

import json
import os
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession

PROJECT = Path(__file__).parents[2]


def main() -> None:
    """Run what the input asks for."""
    for run in json.load(sys.stdin):
        folder = Path(run["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        with (
            (folder / "output.txt").open("w") as output,
            redirect_stdout(output),
            redirect_stderr(output),
        ):
            succeeded = invoke(folder, run)
        if run.get("keep"):
            shutil.copytree(
                Path(os.environ["TOUCHLEDGER_SPARK"], "warehouse"), run["keep"]
            )
            empty_catalogue()
        (folder / "exit_code").write_text(str(1 - succeeded))
        print(f"{folder.name}: exit code {1 - succeeded}", flush=True)


def invoke(folder: Path, run: dict[str, Any]) -> bool:
    """Run one command."""
    places = [
        *("--target", "spark", "--project-dir", str(PROJECT)),
        *("--profiles-dir", str(PROJECT), "--target-path", str(folder / "target")),
        *("--vars", json.dumps(run["settings"])),
    ]
    manifest = None
    if run.get("macros"):
        manifest = dbtRunner().invoke(["--quiet", "parse", *places]).result
        for name, text in run["macros"].items():
            manifest.macros[f"macro.touchledger.{name}"].macro_sql = text
    words = ["--no-use-colors", "--log-level-file", "none", *run["command"], *places]
    return bool(dbtRunner(manifest=manifest).invoke(words).success)


def empty_catalogue() -> None:
    """Drop all schemas but the default one, which can't be."""
    spark = SparkSession.builder.getOrCreate()
    for row in spark.sql("show schemas").collect():
        if row[0] != "default":
            spark.sql(f"drop schema `{row[0]}` cascade")


if __name__ == "__main__":
    os.chdir(PROJECT)
    main()
