"""Whole builds with the additive hazard, on input that has little to learn from."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from dbt_build import Build, Run, dbt, dbt_runs
from sizes import sized

MODELS = ["linear", "additive_hazard"]
BUILD = ("build", "--exclude-resource-type", "unit_test")
# What the tests look at.
LOOKED_AT = (
    *("run", "--select", "+fct_conversions"),
    *("+fct_additive_hazard_effects", "+fct_fitted_models", "+fct_journey_scores"),
    *("+fct_feature_importances", "+fct_attribution_credits"),
)
# Rounding of sums of a few hundred parts.
ROUNDING = 1e-9

TOUCHPOINTS = "user_id,occurred_at,channel,campaign"
CONVERSIONS = "conversion_id,user_id,converted_at,revenue"
USERS, EACH = 60, 6


def touches(channels: str, users: int, campaigns: int = 2) -> list[str]:
    draw = random.Random(1)
    return [
        f"u{user},2024-01-{draw.randint(1, 28):02d} {draw.randint(0, 23):02d}:00:00,"
        f"{draw.choice(channels)},campaign {draw.randint(1, campaigns)}"
        for user in range(users)
        for _ in range(EACH)
    ]


def conversions(users: int, each: int = 1) -> list[str]:
    draw = random.Random(2)
    return [
        f"c{user}.{number},u{user},"
        f"2024-01-{draw.randint(8, 28):02d} {draw.randint(0, 23):02d}:30:00,5"
        for user in range(users)
        for number in range(each)
    ]


def events(folder: Path, touchpoints: list[str], converting: list[str]) -> Run:
    folder.mkdir()
    for name, header, rows in (
        ("touchpoints", TOUCHPOINTS, touchpoints),
        ("conversions", CONVERSIONS, converting),
    ):
        (folder / f"{name}.csv").write_text("\n".join([header, *rows, ""]))
    settings = {
        "dataset": "events",
        "data_path": str(folder),
        "attribution_models": MODELS,
    }
    return Run(settings, sized(LOOKED_AT, BUILD))


def test_beyond_their_limits_models_learn_from_samples_and_all_data_tests_hold(
    tmp_path: Path,
) -> None:
    run = events(tmp_path / "data", touches("abc", USERS), conversions(USERS // 2))
    limits = {"hazard_limit": 200, "evaluation_limit": 10}
    models = ["additive_hazard", "logistic_regression"]
    settings = {**run.settings, **limits, "attribution_models": models}
    build = dbt(tmp_path, settings, BUILD)
    assert build.exit_code == 0, build.output
    fits = build.query("from marts.fct_fitted_models where is_reused is not null")
    learned = dict(zip(fits["fitted_model"], fits["rows"], strict=True))
    assert 0 < learned["additive_hazard"] < USERS * EACH
    effects = build.query("from marts.fct_additive_hazard_effects")
    assert effects["touchpoints"].sum() == USERS * EACH
    evaluation = build.query("from marts.fct_model_evaluation")
    whole = build.query("select count(*) as n from marts.fct_journeys")["n"][0]
    of_model = evaluation.groupby("fitted_model")["journeys"].sum()
    assert (of_model < whole).all()


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    data = tmp_path_factory.mktemp("data")
    everybody = touches("abc", USERS)
    runs = {
        "usual": replace(
            events(data / "usual", everybody, conversions(USERS // 2)), command=BUILD
        ),
        "no_conversions": events(data / "no_conversions", everybody, []),
        "no_touchpoints": events(data / "no_touchpoints", [], conversions(USERS)),
        "one_channel": events(
            data / "one_channel", touches("a", USERS, 1), conversions(USERS // 2)
        ),
        "one_user": events(data / "one_user", touches("abc", 1), conversions(1, 3)),
    }
    return dbt_runs(tmp_path_factory.mktemp("builds"), runs)


SCORES = "from marts.fct_journey_scores where fitted_model = 'additive_hazard'"

FITTED = ["usual", "one_channel", "one_user"]
NOT_FITTED = {"no_conversions": "conversions", "no_touchpoints": "touchpoints"}
NAMES = [*FITTED, *NOT_FITTED]


@pytest.mark.parametrize("name", NAMES)
def test_the_build_goes_on(name: str, builds: dict[str, Build]) -> None:
    assert builds[name].exit_code == 0, builds[name].output


@pytest.mark.parametrize("name", NOT_FITTED)
def test_without_touchpoints_or_conversions_nothing_is_fitted_and_nothing_caused(
    name: str, builds: dict[str, Build]
) -> None:
    build = builds[name]
    for mart in (
        "fct_additive_hazard_effects",
        "fct_fitted_models",
        "fct_feature_importances",
    ):
        assert build.query(f"from marts.{mart}").empty, mart
    assert build.query(SCORES).empty
    said = f"additive_hazard: there are no {NOT_FITTED[name]} to learn from"
    assert said in build.output


@pytest.mark.parametrize("name", FITTED)
def test_what_touchpoints_caused_and_what_came_by_itself_make_up_all_conversions(
    name: str, builds: dict[str, Build]
) -> None:
    build = builds[name]
    effects = build.query("from marts.fct_additive_hazard_effects")
    counted = build.query(
        "select channel, campaign, count(*) as touchpoints "
        "from staging.stg_touchpoints group by all"
    )
    keys = ["channel", "campaign"]
    both = effects.merge(counted, on=keys, validate="one_to_one", how="outer")
    assert both["touchpoints_x"].tolist() == both["touchpoints_y"].tolist()
    [baseline] = set(effects["baseline_share"])
    totals = build.query("select count(*) as n from marts.fct_conversions")["n"][0]
    caused = effects["incremental_conversions"].sum()
    assert caused + baseline * totals == pytest.approx(totals, abs=ROUNDING)
    # Each conversion earned 5.
    assert effects["incremental_revenue"].tolist() == pytest.approx(
        (5 * effects["incremental_conversions"]).tolist()
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_conversion_is_given_away_once_under_the_hazard_as_under_the_rule(
    name: str, builds: dict[str, Build]
) -> None:
    credit = builds[name].query(
        "select attribution_model, sum(credit) as credit, "
        "(select count(*) from marts.fct_conversions) as conversions "
        "from marts.fct_attribution_credits group by attribution_model"
    )
    expected = [] if name == "no_conversions" else sorted(MODELS)
    assert sorted(credit["attribution_model"]) == expected
    assert credit["credit"].tolist() == pytest.approx(credit["conversions"].tolist())


@pytest.mark.parametrize("name", FITTED)
def test_journeys_have_scores_where_something_tells_them_apart(
    name: str, builds: dict[str, Build]
) -> None:
    build = builds[name]
    is_scored = name != "one_channel"
    assert build.query(SCORES).empty is not is_scored
    said = "additive_hazard: all journeys to learn from touch the same channel, so"
    assert (said in build.output) is not is_scored
    fits = build.query("from marts.fct_fitted_models")
    assert fits["fitted_model"].tolist() == ["additive_hazard"]


def test_a_channel_alone_has_all_effects(builds: dict[str, Build]) -> None:
    effects = builds["one_channel"].query("from marts.fct_additive_hazard_effects")
    assert effects["channel"].tolist() == ["a"]
    assert effects["share"].tolist() == pytest.approx([1])
    importances = builds["one_channel"].query("from marts.fct_feature_importances")
    assert importances["feature"].tolist() == ["channel: a"]
