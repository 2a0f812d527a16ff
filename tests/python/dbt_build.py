"""Run dbt as a user would, in a process of its own, on a database file of its own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from touchledger.settings import ATTRIBUTION_MODELS

PROJECT = Path(__file__).parents[2]

# Networks take seconds a build, so only those builds have them that ask for them.
NETWORKS = ("lstm", "attention_lstm", "lstm_shapley")
WITHOUT_NETWORKS = [name for name in ATTRIBUTION_MODELS if name not in NETWORKS]

# What isn't the same in two builds of the same input: fits tell by the clock when they
# were trained and how fast, and where they are kept.
OF_THE_RUN = {
    "fct_fitted_models": ("file", "is_reused", "trained_at"),
    "fct_training_history": ("journeys_per_second",),
}


@dataclass(frozen=True)
class Run:
    """A dbt command to run: the vars, and the command with its own options."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    command: tuple[str, ...] = ("build",)


@dataclass(frozen=True)
class Build:
    """What one dbt command left behind."""

    exit_code: int
    output: str
    database: Path

    @property
    def error(self) -> list[str]:
        """What dbt says below "Encountered an error", without the names of macros."""
        said = self.output.partition("Encountered an error:\n")[2].splitlines()
        return [
            line
            for line in said
            if line.startswith("  ") and line.strip() and not line.startswith("  > ")
        ]

    def contents(self) -> dict[str, list[str]]:
        """All marts to the last bit, in an order that doesn't depend on the run.

        What `OF_THE_RUN` names is left out.
        """
        with duckdb.connect(str(self.database), read_only=True) as connection:
            names = connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'marts'"
            ).fetchall()
            assert names, "there are no marts"
            return {
                name: sorted(
                    map(
                        repr, connection.execute(of_the_input("marts", name)).fetchall()
                    )
                )
                for (name,) in names
            }

    def query(self, sql: str) -> pd.DataFrame:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.sql(sql).df()


def of_the_input(schema: str, name: str) -> str:
    """Give the SQL that reads what doesn't depend on the run."""
    left_out = OF_THE_RUN.get(name)
    kept = f"* exclude ({', '.join(left_out)})" if left_out else "*"
    return f"select {kept} from {schema}.{name}"


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
    run = subprocess.run(
        dbt_command(folder, Run(settings or {}, command)),
        cwd=cwd,
        env={**dbt_environment(folder), **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Build(run.returncode, run.stdout, _database(folder))


def dbt_runs(folder: Path, runs: Mapping[str, Run]) -> dict[str, Build]:
    """Run many dbt commands one after the other, in one process to save time.

    Args:
        folder: Takes the database `ledger.duckdb` that they share, and a folder for
            each with dbt's target, its logs and the database as it left it.
        runs: Name to what is run.
    """
    commands = {name: dbt_command(folder / name, run)[1:] for name, run in runs.items()}
    for name in runs:
        (folder / name).mkdir(exist_ok=True)
    process = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(commands),
        env=dbt_environment(folder),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {
        name: Build(exit_code, output, _database(folder / name))
        for name, (exit_code, output) in json.loads(process.stdout).items()
    }


def dbt_command(folder: Path, run: Run) -> list[str]:
    """Give the words of a command whose fits, target and logs lie in the folder."""
    settings = {
        "fitted_models_path": str(folder / "fitted_models"),
        "attribution_models": WITHOUT_NETWORKS,
        **run.settings,
    }
    return [
        str(Path(sys.executable).parent / "dbt"),
        "--no-use-colors",
        *run.command,
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(folder / "target")),
        *("--log-path", str(folder / "logs")),
        *("--vars", json.dumps(settings, default=str)),
    ]


def dbt_environment(folder: Path) -> dict[str, str]:
    """Give the environment in which dbt builds the database of the folder."""
    return {
        **os.environ,
        "TOUCHLEDGER_DB": str(_database(folder)),
        "PYTHONPATH": str(PROJECT / "python"),
    }


def _database(folder: Path) -> Path:
    return folder / "ledger.duckdb"


def _run_in_turn(commands: Mapping[str, list[str]]) -> dict[str, tuple[int, str]]:
    from dbt.cli.main import dbtRunner

    runner = dbtRunner()
    results = {}
    for name, command in commands.items():
        # All that reaches the terminal counts, not only what dbt logs.
        with tempfile.TemporaryFile() as captured:
            terminal = os.dup(1), os.dup(2)
            os.dup2(captured.fileno(), 1)
            os.dup2(captured.fileno(), 2)
            try:
                success = runner.invoke(command).success
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                for number, stream in enumerate(terminal, 1):
                    os.dup2(stream, number)
                    os.close(stream)
            captured.seek(0)
            results[name] = (1 - success, captured.read().decode())
        # What isn't in the database's own file yet is in its log beside it.
        database = Path(os.environ["TOUCHLEDGER_DB"])
        for file in database.parent.glob(f"{database.name}*"):
            shutil.copy(file, database.parent / name)
    return results


if __name__ == "__main__":
    print(json.dumps(_run_in_turn(json.load(sys.stdin))))
