"""Splits by time: what is learned from isn't chosen by what came of it."""

from collections.abc import Iterator

import duckdb
import pytest

from dbt_build import Build, dbt
from planted_defects import DEFECTS_BY_TIME, TEST_FROM, Defect
from test_invariants import compiled_tests, notices
from touchledger.simulation import world, write_simulation

USERS = 5_000
# Conversions from test_from on are missing, and probability moves the share by a
# twentieth. Where null journeys that cross it are left out, the share is a quarter too
# large.
CLOSE = 0.2
LEARNED_FROM = """
    select
        sum(case when is_converted then 1.0 else 0.0 end)
        / count(distinct journey_key) as share,
        count(distinct journey_key) as journeys
    from journeys.int_journey_snapshots
    where is_example and split in ('training', 'validation')
"""
COMMAND = (
    *("build", "--select", "+fct_model_evaluation", "+int_snapshot_features"),
    *("--indirect-selection", "cautious", "--exclude-resource-type", "unit_test"),
)


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    folder = tmp_path_factory.mktemp("world")
    write_simulation(world(), USERS, 1, folder)
    found = {}
    for split_by in ("user", "time"):
        found[split_by] = dbt(
            tmp_path_factory.mktemp(split_by),
            {
                "dataset": "events",
                "data_path": str(folder),
                "split_by": split_by,
                "test_from": TEST_FROM,
                "attribution_models": ["last_touch", "logistic_regression"],
            },
            COMMAND,
            writes_artifacts=True,
        )
        assert found[split_by].exit_code == 0, found[split_by].output
    return found


def test_about_as_many_journeys_to_learn_from_convert_as_when_split_by_user(
    builds: dict[str, Build],
) -> None:
    by_user, by_time = (
        builds[split_by].query(LEARNED_FROM)["share"].item()
        for split_by in ("user", "time")
    )
    assert by_time == pytest.approx(by_user, rel=CLOSE)


def test_all_journeys_of_known_users_that_began_before_test_from_are_learned_from(
    builds: dict[str, Build],
) -> None:
    begun = builds["time"].query(
        "select count(*) as journeys from journeys.int_journeys "
        f"where started_at < timestamp '{TEST_FROM}'"
    )
    learned_from = builds["time"].query(LEARNED_FROM)
    assert learned_from["journeys"].item() == begun["journeys"].item()


@pytest.fixture(scope="module")
def database(builds: dict[str, Build]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(builds["time"].database)) as connection:
        yield connection


@pytest.mark.parametrize("defect", DEFECTS_BY_TIME, ids=str)
def test_defect_is_noticed_by_time(
    defect: Defect, builds: dict[str, Build], database: duckdb.DuckDBPyConnection
) -> None:
    tests = compiled_tests(builds["time"].database.parent / "target")
    assert notices(database, tests, defect)
