"""Everybody who could still convert is among the future buyers."""

from pathlib import Path

import pytest

from dbt_build import Build, Run, dbt_runs

MODELS = ("build", "--exclude-resource-type", "unit_test", "test", "--select")
TRANSFORMS = {
    "removed": [
        {"remove_if_not_all": ["direct", "email", "display"]},
        {"remove_if_last_and_not_all": ["paid_search_brand", "organic_search"]},
    ],
    "shortened": ["exposure", "unique", "frequency", "first"],
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    folder: Path = tmp_path_factory.mktemp("future_buyers")
    return dbt_runs(
        folder,
        {
            name: Run(
                {"path_transforms": steps, "attribution_models": ["markov"]},
                (*MODELS, "+fct_user_propensity"),
            )
            for name, steps in TRANSFORMS.items()
        },
    )


@pytest.mark.parametrize("name", TRANSFORMS)
def test_path_transforms_lose_no_user_who_has_not_converted(
    name: str, runs: dict[str, Build]
) -> None:
    build = runs[name]
    assert build.exit_code == 0, build.output
    expected = build.query(
        "select distinct user_id from staging.stg_touchpoints where user_id not in "
        "(select user_id from staging.stg_conversions) order by user_id"
    )
    found = build.query("select user_id from marts.fct_user_propensity order by all")
    assert found["user_id"].tolist() == expected["user_id"].tolist()
    [(kept, all_touched)] = build.query(
        "select (select count(*) from journeys.int_journey_touchpoints), "
        "(select count(*) from journeys.int_touchpoints)"
    ).itertuples(index=False)
    assert kept < all_touched
