"""Builds of some models end well with dbt's default command line."""

from pathlib import Path

import pytest

from dbt_build import Build, Run, dbt, dbt_alone, dbt_runs
from touchledger.simulation import world, write_simulation

SUMMARY = "The ledger (dataset events, "


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, object]:
    data = tmp_path / "data"
    data.mkdir()
    (data / "touchpoints.csv").write_text(
        "user_id,occurred_at,channel,cost\nu,2024-01-01,a,1\nv,2024-01-01,b,1\n"
    )
    (data / "conversions.csv").write_text(
        "conversion_id,user_id,converted_at,revenue\nc,u,2024-01-02,5\n"
    )
    return {
        "dataset": "events",
        "data_path": str(data),
        "attribution_models": ["linear", "markov"],
    }


def test_marts_that_the_summary_reads_in_part_are_built_without_it(
    settings: dict[str, object], tmp_path: Path
) -> None:
    marts = ("fct_channel_performance", "fct_campaign_performance", "rejected_rows")
    build = dbt(tmp_path, settings, ("build", "--select", *(f"+{m}" for m in marts)))
    assert build.exit_code == 0, build.output
    assert "credit_sums_to_one_per_conversion" not in build.output
    assert "channels_with_spend_stay" in build.output
    assert SUMMARY not in build.output
    assert build.query("select count(*) as n from marts.rejected_rows")["n"][0] == 0


@pytest.mark.parametrize("mart", ["fct_paths", "fct_user_propensity"])
def test_a_mart_and_what_it_comes_from_are_built_alone(
    mart: str, settings: dict[str, object], tmp_path: Path
) -> None:
    build = dbt(tmp_path, settings, ("build", "--select", f"+{mart}"))
    assert build.exit_code == 0, build.output


def test_a_run_without_seeds_works_where_no_seed_is_needed(
    settings: dict[str, object], tmp_path: Path
) -> None:
    # Each of these needed a seed.
    rules = ("base_traffic_sources", "base_session_channels")
    models = (*rules, "fct_source_disagreements", "fct_session_outliers")
    run = dbt(tmp_path, settings, ("run", "--select", *(f"+{m}" for m in models)))
    assert run.exit_code == 0, run.output


def test_a_whole_run_ends_with_the_summary(
    settings: dict[str, object], tmp_path: Path
) -> None:
    with dbt_alone(tmp_path, Run(settings, ("run",))) as process:
        said, _ = process.communicate()
    assert process.returncode == 0, said
    assert SUMMARY in said


# Over the database of another input


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    """Build one shop, then journeys alone and then all of another over it."""
    folder = tmp_path_factory.mktemp("shops")
    settings = {}
    for seed in (1, 2):
        data = folder / f"data{seed}"
        # Both have users of the same names.
        write_simulation(world("steady"), 400, seed, data)
        settings[seed] = {
            "dataset": "events",
            "data_path": str(data),
            "attribution_models": ["linear", "markov", "logistic_regression"],
        }
    marts = ("+fct_journey_scores", "+fct_channel_performance", "+fct_paths")
    whole = ("run", "--select", *marts, "+fct_user_propensity", "+fct_journeys")
    builds = dbt_runs(
        folder,
        {
            "one": Run(settings[1], whole),
            "journeys": Run(settings[2], ("run", "--select", "+fct_journeys")),
            "over": Run(settings[2], whole),
        },
    )
    fresh = folder / "alone"
    fresh.mkdir()
    return {**builds, "fresh": dbt(fresh, settings[2], whole)}


def test_scores_are_what_one_run_said_of_a_journey(shops: dict[str, Build]) -> None:
    before, after = (shops[name].contents() for name in ("one", "journeys"))
    assert shops["journeys"].exit_code == 0, shops["journeys"].output
    assert after["fct_journeys"] != before["fct_journeys"]
    assert len(before["fct_journey_scores"]) > 400
    assert after["fct_journey_scores"] == before["fct_journey_scores"]


def test_a_build_over_another_input_gives_what_one_into_a_fresh_file_does(
    shops: dict[str, Build],
) -> None:
    assert shops["over"].exit_code == 0, shops["over"].output
    over, fresh = shops["over"].contents(), shops["fresh"].contents()
    assert over == fresh
