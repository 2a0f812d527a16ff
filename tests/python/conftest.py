from pathlib import Path

import pytest

from dbt_build import WITHOUT_NETWORKS, Build, dbt
from real_data import real_data_path
from session_world import SETTINGS, write_sessions
from touchledger.settings import ATTRIBUTION_MODELS, FITTED_MODELS


def built(folder: Path, settings: dict[str, object]) -> Build:
    build = dbt(folder, settings)
    assert build.exit_code == 0, build.output
    return build


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Build:
    return built(tmp_path_factory.mktemp("demo"), {})


@pytest.fixture(scope="session")
def july_2018(tmp_path_factory: pytest.TempPathFactory) -> Build:
    settings = {
        "dataset": "stream",
        "data_path": str(real_data_path("touchpoint_stream/july_2018.csv")),
        "stream_columns": {"user_id": "customer_id", "occurred_at": "time"},
        "lookback_days": None,
        "markov_order": 3,
        "attribution_models": ATTRIBUTION_MODELS,
    }
    return built(tmp_path_factory.mktemp("july_2018"), settings)


@pytest.fixture(scope="session")
def path_data(tmp_path_factory: pytest.TempPathFactory) -> Build:
    settings = {
        "dataset": "paths",
        "data_path": str(real_data_path("paths/path_data.csv.gz")),
        # What is known of these paths is known of rules and of the Markov chain.
        "attribution_models": [
            name for name in WITHOUT_NETWORKS if name not in FITTED_MODELS
        ],
        "markov_order": 1,
    }
    return built(tmp_path_factory.mktemp("path_data"), settings)


@pytest.fixture(scope="session")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("sessions")
    return built(folder, {**SETTINGS, "data_path": str(write_sessions(folder))})
