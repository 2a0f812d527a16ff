"""Run dbt as a user would, in a process of its own, on a database file of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Build:
    """What one dbt command left behind."""

    exit_code: int
    output: str
    database: Path

    def query(self, sql: str) -> pd.DataFrame:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.sql(sql).df()


def dbt_environment(database: Path) -> dict[str, str]:
    """Give the environment in which dbt builds this database."""
    return {
        **os.environ,
        "TOUCHLEDGER_DB": str(database),
        "PYTHONPATH": str(PROJECT / "python"),
    }


def dbt(
    folder: Path,
    settings: Mapping[str, Any] | None = None,
    command: tuple[str, ...] = ("build",),
    environment: Mapping[str, str] | None = None,
    cwd: Path = PROJECT,
) -> Build:
    """Run a dbt command on the project.

    Args:
        folder: Takes the database `ledger.duckdb`, dbt's target and its logs.
        settings: Vars.
        command: dbt's command and its own options.
        environment: Added to this process's.
        cwd: Where dbt is started.
    """
    database = folder / "ledger.duckdb"
    run = subprocess.run(
        [
            str(Path(sys.executable).parent / "dbt"),
            "--no-use-colors",
            *command,
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(folder / "target")),
            *("--log-path", str(folder / "logs")),
            *("--vars", json.dumps(dict(settings or {}), default=str)),
        ],
        cwd=cwd,
        env={**dbt_environment(database), **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Build(run.returncode, run.stdout, database)
