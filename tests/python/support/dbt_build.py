"""Run dbt as a user would, in a process of its own, on a database file of its own.

`dbt_server.py` starts these processes, so that they needn't import or parse anything.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from touchledger.settings import ATTRIBUTION_MODELS

PROJECT = Path(__file__).parents[3]

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
    """A dbt command to run.

    Attributes:
        settings: Vars.
        command: dbt's command and its own options.
        environment: Added to the environment.
        prelude: Python that runs before dbt does, in its process.
        shares_parse: Whether the project is taken as parsed before. Vars that dbt
            refuses while it parses need a parse of their own.
        writes_artifacts: Whether dbt writes its JSON files into the target folder.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    command: tuple[str, ...] = ("build",)
    environment: Mapping[str, str] = field(default_factory=dict)
    prelude: str = ""
    shares_parse: bool = True
    writes_artifacts: bool = False


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
    **others: Any,
) -> Build:
    """Run a dbt command on the project.

    Args:
        folder: Takes the database `ledger.duckdb`, dbt's target and its logs.
        settings: Vars.
        command: dbt's command and its own options.
        environment: Added to the environment.
        others: Further fields of `Run`.
    """
    run = Run(settings or {}, command, environment or {}, **others)
    return _built(folder, run)


def dbt_runs(folder: Path, runs: Mapping[str, Run]) -> dict[str, Build]:
    """Run dbt commands one after the other over one database.

    Args:
        folder: Takes the database `ledger.duckdb` that they share, and a folder for
            each with dbt's target, its logs and the database as it left it.
        runs: Name to what is run.
    """
    shared = _database(folder)
    builds = {}
    for name, run in runs.items():
        (folder / name).mkdir(exist_ok=True)
        moved = {"TOUCHLEDGER_DB": str(shared), **run.environment}
        build = _built(folder / name, replace(run, environment=moved))
        # What isn't in the database's own file yet is in its log beside it.
        for file in folder.glob(f"{shared.name}*"):
            shutil.copy(file, folder / name)
        builds[name] = replace(build, database=_database(folder / name))
    return builds


# What the command `dbt` does.
_DBT = "from dbt.cli.main import cli; cli()"


def dbt_alone(folder: Path, run: Run, cwd: Path = PROJECT) -> subprocess.Popen[str]:
    """Start dbt as a user does: in a process of its own, which parses by itself."""
    return subprocess.Popen(
        [sys.executable, "-c", _DBT, *_words(folder, run)],
        cwd=cwd,
        env=_environment(folder, run),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


# What dbt says goes through one function, so that nothing happens after the sign.
_KILLED_AT = """
import os
import signal
import sys

write = sys.stdout.write


def write_and_end(text):
    written = write(text)
    if {sign!r} in text:
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    return written


sys.stdout.write = write_and_end
"""


def dbt_killed_at(sign: str, folder: Path, run: Run) -> Build:
    """Run a dbt command that is killed at the moment at which it says the sign."""
    build = _built(folder, replace(run, prelude=_KILLED_AT.format(sign=sign)))
    assert build.exit_code == -signal.SIGKILL, f"not killed at {sign!r}: {build.output}"
    return build


def _built(folder: Path, run: Run) -> Build:
    number = len(list(folder.glob("output*.txt")))
    output = folder / f"output{number}.txt"
    output.touch()
    # Tests run side by side, one to a core.
    alone = ["--log-level-file", "none"]
    if not run.writes_artifacts:
        alone.append("--no-write-json")
    request = {
        "command": [*alone, *_words(folder, run), "--threads", "1"],
        "settings": _settings(folder, run),
        "environment": {"TOUCHLEDGER_THREADS": "1", **_environment(folder, run)},
        "cwd": str(PROJECT),
        "output": str(output),
        "prelude": run.prelude,
        "shares_parse": run.shares_parse,
    }
    exit_code = _SERVER.exit_code_of(request)
    return Build(exit_code, output.read_text(), _database(folder))


class _Server:
    """The client's end of `dbt_server.py`, which starts at the first request."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        # CPU seconds of all that it ran.
        self.cpu = 0.0

    def exit_code_of(self, request: Mapping[str, Any]) -> int:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("dbt_server.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(PROJECT / "python")},
                cwd=PROJECT,
                text=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(request, default=str), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, "the process that starts dbt has ended"
        answer: dict[str, Any] = json.loads(line)
        self.cpu += answer["cpu"]
        exit_code: int = answer["exit_code"]
        return exit_code


_SERVER = _Server()


def cpu_of_runs() -> float:
    """Give the CPU seconds of all dbt commands that this process waited for."""
    return _SERVER.cpu


def _settings(folder: Path, run: Run) -> dict[str, Any]:
    return {
        "fitted_models_path": str(folder / "fitted_models"),
        "attribution_models": WITHOUT_NETWORKS,
        **run.settings,
    }


def _words(folder: Path, run: Run) -> list[str]:
    """Give the words of a command whose fits, target and logs lie in the folder."""
    return [
        "--no-use-colors",
        *run.command,
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(folder / "target")),
        *("--log-path", str(folder / "logs")),
        *("--vars", json.dumps(_settings(folder, run), default=str)),
    ]


def _environment(folder: Path, run: Run) -> dict[str, str]:
    """Give the environment in which dbt builds the database of the folder."""
    return {
        **os.environ,
        "TOUCHLEDGER_DB": str(_database(folder)),
        "PYTHONPATH": str(PROJECT / "python"),
        "PYTHONUNBUFFERED": "1",
        **run.environment,
    }


def _database(folder: Path) -> Path:
    return folder / "ledger.duckdb"
