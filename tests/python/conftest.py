"""Builds that many tests look at, and how tests are shared out to processes."""

import fcntl
import json
import re
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from dbt_build import PROJECT, WITHOUT_NETWORKS, Build, Run, dbt, dbt_alone
from real_data import real_data_path
from session_world import SETTINGS, write_sessions
from slowest import Slowest
from touchledger.settings import ATTRIBUTION_MODELS, FITTED_MODELS

# What takes longest goes first, so that no process waits for another at the end.
LONGEST_FIRST = ("test_no_effect", "test_scoreboard", "test_worlds", "test_bad_input")

OneBuild = Callable[[Path], Build]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Slowest())


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep tests together that share a fixture, and let the others go anywhere."""
    return _ByFixture(config, log)


class _ByFixture(LoadScopeScheduling):
    """Takes a file's fixtures from its text: here no test is loaded."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, parameters = nodeid.partition("[")
        file = file.partition("::")[0]
        fixtures = _module_fixtures(file)
        if not fixtures:
            return nodeid
        # A fixture's own parameter is the first of the test's.
        has_parameters = any("params=" in fixture for fixture in fixtures)
        return file + (re.split(r"[]-]", parameters)[0] if has_parameters else "")


@cache
def _module_fixtures(file: str) -> list[str]:
    source = (PROJECT / file).read_text()
    return re.findall(r'fixture\(scope="(?:module|session)".*', source)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    name = item.path.stem
    is_long = name in LONGEST_FIRST
    return LONGEST_FIRST.index(name) if is_long else len(LONGEST_FIRST)


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Build]:
    """Build a ledger once for all test processes: the first that asks for it does."""
    own = tmp_path_factory.getbasetemp()
    folder = own.parent if own.name.startswith("popen-") else own

    def build(name: str, make: OneBuild) -> Build:
        place = folder / f"shared_{name}"
        place.mkdir(exist_ok=True)
        kept = place / "build.json"
        with (place / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                made = make(place)
                kept.write_text(json.dumps(asdict(made), default=str))
        stored = json.loads(kept.read_text())
        found = Build(**{**stored, "database": Path(stored["database"])})
        assert found.exit_code == 0, found.output
        return found

    return build


@pytest.fixture(scope="session")
def demo(built_once: Callable[..., Build]) -> Build:
    """The demo as a user builds it, with all models and data tests."""

    def make(folder: Path) -> Build:
        # Unit tests are run beside it, in test_demo.py.
        command = ("build", "--exclude-resource-type", "unit_test")
        run = Run({"attribution_models": ATTRIBUTION_MODELS}, command)
        with dbt_alone(folder, run) as process:
            output, _ = process.communicate()
        return Build(process.returncode, output, folder / "ledger.duckdb")

    return built_once("demo", make)


@pytest.fixture(scope="session")
def july_2018(built_once: Callable[..., Build]) -> Build:
    settings = {
        "dataset": "stream",
        "data_path": str(real_data_path("touchpoint_stream/july_2018.csv")),
        "columns": {"stream": {"user_id": "customer_id", "occurred_at": "time"}},
        "lookback_days": None,
        "markov_order": 3,
        "attribution_models": ATTRIBUTION_MODELS,
    }
    return built_once("july_2018", of(settings))


@pytest.fixture(scope="session")
def path_data(built_once: Callable[..., Build]) -> Build:
    settings = {
        "dataset": "paths",
        "data_path": str(real_data_path("paths/path_data.csv.gz")),
        # What is known of these paths is known of rules and of the Markov chain.
        "attribution_models": [
            name for name in WITHOUT_NETWORKS if name not in FITTED_MODELS
        ],
        "markov_order": 1,
    }
    return built_once("path_data", of(settings))


@pytest.fixture(scope="session")
def sessions(built_once: Callable[..., Build]) -> Build:
    def make(folder: Path) -> Build:
        return of({**SETTINGS, "data_path": str(write_sessions(folder))})(folder)

    return built_once("sessions", make)


def of(settings: dict[str, Any]) -> OneBuild:
    """Give what builds a ledger in a folder under these settings."""
    return lambda folder: dbt(folder, settings, writes_artifacts=True)
