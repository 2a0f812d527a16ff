"""Whole builds train networks once, say how it goes, and end well where they can't."""

import random
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from dbt_build import Build, Run, dbt, dbt_killed_at, dbt_runs
from sizes import IS_FULL, sized

MODELS = ["linear", "lstm", "attention_lstm", "lstm_shapley"]
NETWORKS = ("attention_lstm", "lstm")
NETWORK = {"units": 2, "embedding": 2, "epochs": 2}
BUILD = ("build", "--exclude-resource-type", "unit_test")
FITS = ("run", "--select", "int_*_fit", "int_fits", "fct_fitted_models")
LOOKED_AT = (
    *("run", "--select", "+fct_fitted_models", "+fct_attribution_credits"),
    *("+fct_training_history", "+fct_shapley_by_day"),
)
DAYS = ("run", "--select", "fct_shapley_by_day")
# Sums of credit of a few touchpoints.
ROUNDING = 1e-9

Rows = list[str]


def touches(channels: str, users: int) -> Rows:
    draw = random.Random(1)
    return [
        f"u{user},2024-01-{draw.randint(1, 28):02d} {draw.randint(0, 23):02d}:00:00,"
        f"{draw.choice(channels)}"
        for user in range(users)
        for _ in range(1 + user % 3)
    ]


def conversions(users: int) -> Rows:
    draw = random.Random(2)
    return [
        f"c{user},u{user},2024-01-{draw.randint(20, 28)} {draw.randint(0, 23):02d}:30,5"
        for user in range(0, users, 3)
    ]


def events(folder: Path, touchpoints: Rows, converting: Rows) -> dict[str, Any]:
    """Write a shop: the settings that read it."""
    folder.mkdir(parents=True)
    for name, header, rows in (
        ("touchpoints", "user_id,occurred_at,channel", touchpoints),
        ("conversions", "conversion_id,user_id,converted_at,revenue", converting),
    ):
        (folder / f"{name}.csv").write_text("\n".join([header, *rows, ""]))
    return {
        "dataset": "events",
        "data_path": str(folder),
        "attribution_models": MODELS,
        "network": NETWORK,
        "bootstrap_samples": 0,
    }


def fits(build: Build) -> dict[str, dict[str, Any]]:
    assert build.exit_code == 0, build.output
    rows = build.query("from marts.fct_fitted_models order by fitted_model")
    return {row["fitted_model"]: row for row in rows.to_dict("records")}


def said(build: Build) -> str:
    """Give what dbt wrote as one line."""
    return " ".join(build.output.split())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return events(
        tmp_path_factory.mktemp("shop") / "data", touches("abc", 150), conversions(150)
    )


@pytest.fixture(scope="module")
def first(shop: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Build:
    build = dbt(tmp_path_factory.mktemp("first"), shop, BUILD)
    assert build.exit_code == 0, build.output
    return build


@pytest.fixture(scope="module")
def runs(
    shop: dict[str, Any], first: Build, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Build]:
    folder = tmp_path_factory.mktemp("runs")
    kept = first.database.parent / "fitted_models"
    for name in ("kept", "broken"):
        shutil.copytree(kept, folder / name)
    shutil.copy(first.database, folder)
    [network] = (folder / "broken").glob("attention_lstm.*.keras")
    data = bytearray(network.read_bytes())
    data[len(data) // 2] ^= 1
    network.write_bytes(bytes(data))

    def run(command: tuple[str, ...], path: str = "kept", **settings: Any) -> Run:
        where = str(folder / path)
        return Run({**shop, "fitted_models_path": where, **settings}, command)

    models = ("run",)

    later = {"as_of": "2101-01-01"}
    return dbt_runs(
        folder,
        {
            "again": run(models),
            "append": run(DAYS, shapley_by_day_output="append", **later),
            "append_again": run(DAYS, shapley_by_day_output="append", **later),
            "overwrite": run(DAYS, **later),
            "nothing_there": run(FITS, "nowhere", refit="never"),
            "broken": run(FITS, "broken"),
            "never": run(FITS, refit="never", network={**NETWORK, "units": 3}),
            "other_network": run(FITS, network={**NETWORK, "units": 3}),
            "append_nothing": run(
                ("run", "--select", "int_lstm_shapley_values", *DAYS[2:]),
                shapley_by_day_output="append",
                attribution_models=["linear"],
                **later,
            ),
        },
    )


# Reuse


def test_a_second_build_reuses_the_networks_and_gives_the_same_ledger(
    first: Build, runs: dict[str, Build]
) -> None:
    before, after = fits(first), fits(runs["again"])
    assert tuple(before) == tuple(after) == NETWORKS
    for name in NETWORKS:
        assert (before[name]["is_reused"], after[name]["is_reused"]) == (False, True)
        assert before[name]["version"] == after[name]["version"]
    assert first.contents() == runs["again"].contents()


def test_another_network_is_trained_anew(first: Build, runs: dict[str, Build]) -> None:
    before, after = fits(first), fits(runs["other_network"])
    for name in NETWORKS:
        assert not after[name]["is_reused"]
        assert before[name]["version"] != after[name]["version"]
    left = {
        file.name.split(".")[0] for file in Path(after["lstm"]["file"]).parent.iterdir()
    }
    assert left == set(NETWORKS)


def test_never_applies_the_file_and_says_that_it_is_of_another_network(
    first: Build, runs: dict[str, Build]
) -> None:
    kept, applied = fits(first), fits(runs["never"])
    for name in NETWORKS:
        assert applied[name]["is_reused"]
        assert applied[name]["version"] == kept[name]["version"]
        assert re.search(
            rf"{name}: the file \S+ was trained on other", said(runs["never"])
        )


def test_never_without_a_file_stops_with_one_sentence(runs: dict[str, Build]) -> None:
    run = runs["nothing_there"]
    assert run.exit_code == 2
    assert "OK created" not in run.output
    assert "with the setting refit 'never' it must be there" in said(run)
    assert "Traceback" not in run.output


def test_a_network_file_that_was_edited_is_named_in_one_sentence(
    runs: dict[str, Build],
) -> None:
    run = runs["broken"]
    assert run.exit_code == 1
    [sentence] = {
        line.strip() for line in run.output.splitlines() if "isn't a whole" in line
    }
    assert re.fullmatch(
        r"The file \S+/attention_lstm\.json isn't a whole fitted model "
        r"\(attention_lstm\.\w+-network\.keras doesn't match its hash\); "
        r"the setting refit 'always' trains it anew\.",
        sentence,
    )
    assert "Traceback" not in run.output


# What a build says and leaves behind


@pytest.mark.parametrize("name", NETWORKS)
def test_a_training_says_how_it_goes(name: str, first: Build) -> None:
    lines = re.findall(
        rf"\b{name}: epoch (\d) of at most 2, loss \d\.\d{{4}}, validation loss "
        r"\d\.\d{4}, AUC \d\.\d{3}, [\d,]+ journeys/s, (\d+) s left at most",
        said(first),
    )
    assert [epoch for epoch, _ in lines] == ["1", "2"]
    assert lines[-1][1] == "0"
    assert re.search(
        rf"\b{name}: learns from [\d,]+ examples \(\d+ convert\)", said(first)
    )


def test_the_history_has_a_row_for_each_epoch(first: Build) -> None:
    rows = first.query(
        "select fitted_model, list(epoch order by epoch) as epochs, "
        "bool_and(isfinite(loss) and isfinite(validation_loss)) as is_finite "
        "from marts.fct_training_history group by all order by all"
    )
    assert rows["fitted_model"].tolist() == list(NETWORKS)
    assert [list(epochs) for epochs in rows["epochs"]] == [[1, 2], [1, 2]]
    assert rows["is_finite"].all()


def test_credit_of_networks_adds_up_and_the_plain_lstm_gives_none(first: Build) -> None:
    sums = first.query(
        "select attribution_model, count(distinct conversion_id) as conversions, "
        "max(abs(total - 1)) as error from ("
        "select attribution_model, conversion_id, sum(credit) as total "
        "from marts.fct_attribution_credits group by all) group by all order by all"
    )
    assert sums["attribution_model"].tolist() == sorted(set(MODELS) - {"lstm"})
    assert sums["conversions"].nunique() == 1
    assert (sums["error"] < ROUNDING).all()


def test_both_networks_are_evaluated(first: Build) -> None:
    rows = first.query(
        "select distinct fitted_model from marts.fct_model_evaluation "
        "where split = 'test' and log_loss is not null order by all"
    )
    assert set(NETWORKS) <= set(rows["fitted_model"])
    scored = first.query(
        "select fitted_model, count(*) as n, min(conversion_probability) as least, "
        "max(conversion_probability) as most from marts.fct_journey_scores "
        "where fitted_model in ('lstm', 'attention_lstm') group by all order by all"
    )
    journeys = first.query(
        "select count(*) as n from marts.fct_journeys where touch_count > 0"
    )["n"][0]
    assert scored["fitted_model"].tolist() == list(NETWORKS)
    assert (scored["n"] == journeys).all()
    assert (scored["least"] > 0).all()
    assert (scored["most"] < 1).all()


def by_day(build: Build) -> dict[str, list[tuple[Any, ...]]]:
    assert build.exit_code == 0, build.output
    rows = build.query(
        "select strftime(as_of, '%Y') as year, channel, days_before_conversion, "
        "touchpoints, shapley_value, share from marts.fct_shapley_by_day order by all"
    )
    years: dict[str, list[tuple[Any, ...]]] = {}
    for year, *row in rows.itertuples(index=False):
        years.setdefault(year, []).append(tuple(row))
    return years


def test_values_by_day_of_other_runs_stay_when_a_run_appends(
    first: Build, runs: dict[str, Build]
) -> None:
    before = by_day(first)
    assert list(before) == ["2100"]
    assert before["2100"]
    twice = by_day(runs["append"])
    assert twice == {"2100": before["2100"], "2101": before["2100"]}
    assert by_day(runs["append_again"]) == twice
    assert by_day(runs["overwrite"]) == {"2101": before["2100"]}
    assert by_day(runs["append_nothing"]) == {}


# A training that is killed


def test_a_killed_training_leaves_no_fit_and_the_next_build_works(
    shop: dict[str, Any], first: Build, tmp_path: Path
) -> None:
    shutil.copy(first.database, tmp_path)
    # It would go on for minutes.
    endless = {**shop, "network": {**NETWORK, "epochs": 10_000, "patience": 10_000}}
    command = ("run", "--select", "int_attention_lstm_fit")
    dbt_killed_at("attention_lstm: epoch 2", tmp_path, Run(endless, command))
    folder = tmp_path / "fitted_models"
    assert not folder.exists() or not any(folder.iterdir())
    again = dbt(tmp_path, shop, command)
    assert again.exit_code == 0, again.output
    names = sorted(file.name.split(".")[0] for file in folder.iterdir())
    assert names == ["attention_lstm", "attention_lstm"]
    assert again.query(
        "select is_reused from attribution.int_attention_lstm_fit"
    ).values.tolist() == [[False]]


# Settings


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        ({"preset": "deepest"}, "The setting network has the preset 'deepest'; "),
        ({"preset": ["dnamta"]}, "The setting network has the preset ['dnamta']; "),
        ({"depth": 3}, "The setting network has no 'depth'; it has preset, "),
        (
            {"preset": "touchledger", "steps": "days"},
            "The setting network has the head 'odds', which ",
        ),
        ({"units": 0}, "The setting network: units is 0; "),
        (
            {"layers": 1_000_000},
            "The setting network: layers is 1000000; it must be a whole number "
            "from 1 to 16.",
        ),
    ],
)
def test_an_impossible_network_stops_the_run_with_one_sentence(
    network: dict[str, Any], sentence: str, impossible: dict[str, Build]
) -> None:
    build = impossible[str(network)]
    assert build.exit_code != 0
    [line] = [line.strip() for line in build.error if "setting network" in line]
    assert line.startswith(sentence)
    assert line.endswith((".", ")."))
    assert "OK created" not in build.output
    assert "Traceback" not in build.output


@pytest.fixture(scope="module")
def impossible(
    shop: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Build]:
    networks: list[dict[str, Any]] = [
        {"preset": "deepest"},
        {"preset": ["dnamta"]},
        {"depth": 3},
        {"preset": "touchledger", "steps": "days"},
        {"units": 0},
        {"layers": 1_000_000},
    ]
    return dbt_runs(
        tmp_path_factory.mktemp("impossible"),
        {str(network): Run({**shop, "network": network}, FITS) for network in networks},
    )


# Input from which nothing can be learned


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    folder = tmp_path_factory.mktemp("odd")
    worlds = {
        "no_journeys": ([], conversions(30)),
        "no_converters": (touches("ab", 60), []),
        "one_channel": (touches("a", 60), conversions(60)),
        "one_user": (
            ["u0,2024-01-01 00:00,a", "u0,2024-01-02 00:00,b"],
            conversions(1),
        ),
    }
    return dbt_runs(
        folder,
        {
            name: Run(events(folder / f"{name}_data", *rows), sized(LOOKED_AT, BUILD))
            for name, rows in worlds.items()
        },
    )


@pytest.mark.parametrize(
    ("name", "reasons"),
    {
        "no_journeys": ["there are no journeys to learn from"],
        "no_converters": ["no journey to learn from converts"],
        "one_channel": ["all journeys to learn from touch the same channel"],
        # It depends on the split that the user is in.
        "one_user": [
            "there are no journeys to learn from",
            "no journey to learn from converts",
            "every journey to learn from converts",
            "all journeys to learn from touch the same channel",
        ],
    }.items(),
)
def test_where_nothing_can_be_learned_the_build_ends_well_and_says_why(
    name: str, reasons: list[str], first: Build, odd: dict[str, Build]
) -> None:
    build = odd[name]
    assert build.exit_code == 0, build.output
    for network, otherwise in (
        ("attention_lstm", "its credit is shared equally"),
        ("lstm", "it gives no scores"),
    ):
        assert any(
            f"{network}: {reason}, so it isn't fitted; {otherwise}." in said(build)
            for reason in reasons
        )
    assert fits(build) == {}
    columns = (
        "select table_name, column_name, data_type from information_schema.columns "
        "where table_schema = 'marts'"
    )
    found = set(build.query(columns).itertuples(index=False, name=None))
    expected = set(first.query(columns).itertuples(index=False, name=None))
    assert found == expected if IS_FULL else found <= expected
    for mart in ("fct_training_history", "fct_shapley_by_day"):
        assert not len(build.query(f"from marts.{mart}"))
    unequal = build.query(
        "from marts.fct_attribution_credits "
        "where touch_count > 0 and abs(credit - 1 / touch_count) > 1e-12"
    )
    assert not len(unequal)
