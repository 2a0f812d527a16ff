"""Whole builds train models once, and say so where they can't."""

import datetime
import json
import re
import shutil
from typing import Any

import pytest

from dbt_build import PROJECT, Build, Run, dbt_runs
from sizes import sized
from touchledger.settings import FITTED_MODELS

MARTS = ("fct_fitted_models", "fct_feature_importances")
ALL = ("run", "--select", *(f"+{mart}" for mart in MARTS))
# What they learn from is there already.
FITS = ("run", "--select", "int_*_fit", "int_feature_importances", "int_fits", *MARTS)
BUILD = ("build", "--exclude-resource-type", "unit_test")
# What is looked at where nothing can be learned.
LEDGER = (
    *("run", "--select", "+fct_attribution_credits", "+fct_model_evaluation"),
    *ALL[2:],
)
MODELS = ["lightgbm", "logistic_regression"]
# It learns from when conversions come, and needs less to learn from.
HAZARD = "additive_hazard"


def fits(build: Build) -> dict[str, dict[str, Any]]:
    assert build.exit_code == 0, build.output
    rows = build.query(
        "from marts.fct_fitted_models where fitted_model not like '%lstm' "
        "order by fitted_model"
    )
    return {row["fitted_model"]: row for row in rows.to_dict("records")}


def test_settings_and_macros_know_the_same_fitted_models() -> None:
    macro = (PROJECT / "macros" / "run" / "fitted_models.sql").read_text()
    assert tuple(re.findall(r"'(\w+)'", macro)) == FITTED_MODELS


# Reuse


@pytest.fixture(scope="module")
def runs(demo: Build, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    folder = tmp_path_factory.mktemp("fits")
    for name in ("kept", "broken"):
        shutil.copytree(demo.database.parent / "fitted_models", folder / name)
    shutil.copy(demo.database, folder)
    half = (folder / "broken" / "lightgbm.json").read_text()
    (folder / "broken" / "lightgbm.json").write_text(half[: len(half) // 2])

    def run(path: str, command: tuple[str, ...] = FITS, **settings: object) -> Run:
        return Run({"fitted_models_path": str(folder / path), **settings}, command)

    return dbt_runs(
        folder,
        {
            "unchanged": run("kept"),
            "always": run("kept", refit="always"),
            # What they learn from changes with these, so it is built, too.
            "other_seed": run("of_seed", ALL, seed=8),
            # What was learned from is no longer what is there.
            "never": run("kept", refit="never"),
            "other_data": run("kept", ALL, channels_to_exclude=["email"]),
            "nothing_there": run("nowhere", refit="never"),
            "broken": run("broken"),
        },
    )


def test_a_second_build_on_unchanged_input_reuses_the_fits(
    demo: Build, runs: dict[str, Build]
) -> None:
    first, again = fits(demo), fits(runs["unchanged"])
    assert sorted(first) == [HAZARD, *MODELS]
    for model in first:
        assert not first[model]["is_reused"]
        assert again[model]["is_reused"]
        for column in ("version", "trained_at", "rows"):
            assert again[model][column] == first[model][column]


@pytest.mark.parametrize("name", ["other_seed", "other_data"])
def test_another_seed_or_other_data_train_anew(
    name: str, demo: Build, runs: dict[str, Build]
) -> None:
    first, anew = fits(demo), fits(runs[name])
    for model in [HAZARD, *MODELS]:
        assert not anew[model]["is_reused"]
        assert anew[model]["version"] != first[model]["version"]
        assert anew[model]["trained_at"] > first[model]["trained_at"]


def test_always_trains_the_same_fit_again(demo: Build, runs: dict[str, Build]) -> None:
    first, again = fits(demo), fits(runs["always"])
    for model in [HAZARD, *MODELS]:
        assert not again[model]["is_reused"]
        assert again[model]["version"] == first[model]["version"]
        assert again[model]["trained_at"] > first[model]["trained_at"]
    importances = "from marts.fct_feature_importances order by all"
    assert runs["always"].query(importances).equals(demo.query(importances))


def test_never_applies_the_files_whatever_the_data(runs: dict[str, Build]) -> None:
    kept, applied = fits(runs["always"]), fits(runs["never"])
    for model in [HAZARD, *MODELS]:
        assert applied[model] == {**kept[model], "is_reused": True}
    said = " ".join(runs["never"].output.split())
    for model in [HAZARD, *MODELS]:
        warning = rf"{model}: the file \S+/{model}\.json was trained on other data, "
        assert len(re.findall(warning, said)) == 1


def test_never_without_a_file_stops_with_one_sentence(runs: dict[str, Build]) -> None:
    run = runs["nothing_there"]
    assert run.exit_code == 2
    assert (
        "nowhere/logistic_regression.json; with the setting refit 'never' it must be "
        "there (auto trains it)."
    ) in run.output
    # At once, before the first model.
    assert "OK created" not in run.output
    assert "Traceback" not in run.output


def test_a_broken_file_is_named_in_one_sentence(runs: dict[str, Build]) -> None:
    run = runs["broken"]
    assert run.exit_code == 1
    [sentence] = {
        line.strip() for line in run.output.splitlines() if "isn't a whole" in line
    }
    assert sentence.startswith("The file ")
    assert "broken/lightgbm.json isn't a whole fitted model (" in sentence
    assert sentence.endswith("); the setting refit 'always' trains it anew.")
    assert "Traceback" not in run.output


def test_a_build_says_what_it_learns_from_and_how_well(demo: Build) -> None:
    for model in MODELS:
        assert f"{model}: learns from 1,969 examples (165 convert) and " in demo.output
        assert f"{model}: validation log loss 0." in demo.output


# Input from which nothing can be learned


def table(header: str, rows: list[tuple[object, ...]]) -> str:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    folder = tmp_path_factory.mktemp("odd")
    start = datetime.datetime(2024, 1, 1)
    day = datetime.timedelta(days=1)
    users = range(40)
    touches = [
        (user, start + day * (user + i), "ab"[(user + i) % 2])
        for user in users
        for i in range(1 + user % 3)
    ]
    conversions = [(f"c{user}", user, start + day * (user + 3)) for user in users]

    def run(
        name: str,
        touched: list[tuple[object, ...]],
        converted: list[tuple[object, ...]],
        **settings: object,
    ) -> Run:
        data = folder / f"{name}_data"
        data.mkdir()
        (data / "touchpoints.csv").write_text(
            table("user_id,occurred_at,channel", touched)
        )
        (data / "conversions.csv").write_text(
            table("conversion_id,user_id,converted_at", converted)
        )
        command = sized(LEDGER, BUILD)
        return Run({"dataset": "events", "data_path": str(data), **settings}, command)

    one_channel = [(user, at, "a") for user, at, _ in touches]
    return dbt_runs(
        folder,
        {
            "no_converters": run("no_converters", touches, []),
            "no_nulls": run("no_nulls", touches, conversions),
            "one_channel": run("one_channel", one_channel, conversions[::2]),
            "no_training": run(
                "no_training",
                touches,
                conversions[::2],
                test_fraction=0.0,
                validation_fraction=0.999,
            ),
        },
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    {
        "no_converters": "no journey to learn from converts",
        "no_nulls": "every journey to learn from converts",
        "one_channel": "all journeys to learn from touch the same channel",
        "no_training": "there are no journeys to learn from",
    }.items(),
)
def test_where_nothing_can_be_learned_the_build_goes_on_with_equal_credit(
    name: str, reason: str, odd: dict[str, Build]
) -> None:
    build = odd[name]
    assert build.exit_code == 0, build.output
    said = " ".join(build.output.split())
    for model in MODELS:
        assert f"{model}: {reason}, so it isn't fitted; its credit is shared" in said
    for mart in ("fct_fitted_models", "fct_feature_importances"):
        rows = build.query(f"from marts.{mart} where fitted_model <> '{HAZARD}'")
        assert not len(rows)
    verdicts = build.query(
        "select fitted_model, verdict from marts.fct_model_evaluation "
        "where fitted_model in ('lightgbm', 'logistic_regression')"
    )
    assert set(verdicts["fitted_model"]) == set(MODELS)
    assert set(verdicts["verdict"]) == {"not fitted"}
    unequal = build.query(
        "select * from marts.fct_attribution_credits "
        f"where attribution_model in ({json.dumps(MODELS)[1:-1]}) "
        "and abs(credit - 1 / touch_count) > 1e-12".replace('"', "'")
    )
    assert not len(unequal)
    if name != "no_converters":
        touched = build.query(
            "select count(*) as n from marts.fct_attribution_credits "
            "where attribution_model = 'lightgbm' and touch_count > 1"
        )
        assert touched["n"][0] > 0
