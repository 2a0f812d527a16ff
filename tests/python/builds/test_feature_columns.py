"""Columns of touchpoints reach the fitted models as the input has them."""

import re
from pathlib import Path
from typing import Any

import pytest

from dbt_build import Build, Run, dbt, dbt_runs
from touchledger.asked import describe_input
from touchledger.errors import UserError
from touchledger.inputs.feature_columns import check_feature_names, feature_columns

MODELS = ("build", "--exclude-resource-type", "unit_test", "test", "--select")
SNAPSHOT_TOUCHPOINTS = (*MODELS, "+int_snapshot_touchpoints")


# The setting


@pytest.mark.parametrize(
    ("names", "dataset", "said"),
    [
        ("device", "events", "a list of texts"),
        ([5], "events", "a list of texts"),
        (["device", "Device"], "events", "name each column once"),
        (["device"], "paths", "with dataset paths it must be empty"),
        (["cpo"], "events", "names 'cpo', which knows the outcome"),
        (["CPO"], "stream", "names 'CPO', which knows the outcome"),
        (["device", "attribution"], "criteo", "names 'attribution', which knows"),
        (["conversion_timestamp"], "events", "which knows the outcome"),
        (["converted_at"], "sessions", "which knows the outcome"),
        (["click_pos"], "criteo", "which knows the outcome"),
        (["click_nb"], "criteo", "which knows the outcome"),
    ],
)
def test_names_that_cannot_be_features_are_one_sentence(
    names: object, dataset: str, said: str
) -> None:
    with pytest.raises(UserError) as caught:
        check_feature_names(names, dataset)
    sentence = str(caught.value)
    assert sentence.startswith("The setting touchpoint_features ")
    assert said in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("names", "dataset"),
    [([], "paths"), (["device", "cat1"], "criteo"), (["converter"], "events")],
)
def test_other_names_may_be_features(names: list[str], dataset: str) -> None:
    check_feature_names(names, dataset)


DECLARED = {"user_id": "who", "channel": "channel", "page": "page"}
HEADER = ["who", "channel", "page", "device"]


def test_columns_are_found_in_the_order_of_the_setting() -> None:
    wanted = ["device", "page"]
    assert feature_columns("x", HEADER, DECLARED, ["page"], wanted) == (
        "device",
        "page",
    )


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("devise", "'devise', which isn't there; of x it may name page, device."),
        # Upper and lower case differ in names of a file's columns.
        ("Device", "'Device', which isn't there; of x it may name page, device."),
        ("who", "'who', whose meaning is known; of x it may name page, device."),
        ("user_id", "'user_id', which isn't there; of x it may name page, device."),
    ],
)
def test_a_column_that_is_not_there_or_known_already_is_one_sentence(
    name: str, sentence: str
) -> None:
    with pytest.raises(UserError) as caught:
        feature_columns("x", HEADER, DECLARED, ["page"], [name])
    assert str(caught.value) == f"The setting touchpoint_features names {sentence}"


def test_where_there_is_no_column_to_name_the_sentence_says_so() -> None:
    with pytest.raises(UserError, match=r"of x it may name no column\.$"):
        feature_columns("x", ["who"], {"user_id": "who"}, [], ["who"])


def test_columns_are_held_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "stream.csv").write_text("who,channel,device\n")
    request: dict[str, Any] = {
        "meta": {"table": "stream", "required": {"user_id": "text", "channel": "text"}},
        "columns": {"stream": {"user_id": "who"}},
        "data_path": str(tmp_path),
    }
    assert describe_input(request)["features"] == ()
    found = describe_input({**request, "features": ["device"]})
    assert found["features"] == ("device",)
    with pytest.raises(UserError) as caught:
        describe_input({**request, "features": ["who"]})
    assert str(caught.value) == (
        "The setting touchpoint_features names 'who', whose meaning is known; of the "
        f"file {tmp_path}/stream.csv it may name device."
    )


# Whole builds


FILES = {
    "events/touchpoints.csv": (
        'user_id,occurred_at,channel,device,Wi-Fi "o"\n'
        "u,2024-01-01,a, phone ,\n"
        "u,2024-01-02,a,,2\n"
        "u,2024-01-03,b,tv,3\n"
        "v,2024-01-01,b,PHONE,3\n"
    ),
    "events/conversions.csv": ("conversion_id,user_id,converted_at\nc,u,2024-01-03\n"),
    "stream/stream.csv": (
        "who,occurred_at,channel,conversion,device\n"
        "u,2024-01-01,a,0,phone\nu,2024-01-02,b,1,tv\n"
    ),
    "sessions/sessions.csv": (
        "user_id,started_at,conversion,utm_source,src,page\n"
        "u,2024-01-01,0,Google,x,/home\nu,2024-01-02,0,(Blank),y,\n"
        "u,2024-01-03,1,google,z,/pay\n"
    ),
    "criteo/criteo_attribution_dataset.tsv": "\n".join(
        "\t".join(row)
        for row in (
            (
                *("timestamp", "uid", "campaign", "conversion", "conversion_timestamp"),
                *("conversion_id", "click", "cost", "cat1", "cat2"),
            ),
            ("10", "u", "1", "1", "20", "5", "1", "0.1", "7", "-1"),
            ("15", "u", "2", "1", "20", "5", "0", "0.1", "8", "9"),
        )
    )
    + "\n",
}
NAMED = {
    "events": ['Wi-Fi "o"', "device"],
    "stream": ["device"],
    "sessions": ["utm_source", "page", "src"],
    "criteo": ["cat2", "cat1"],
}


AT_THE_CONVERSION = (
    "snapshot_key = (select snapshot_key from journeys.int_journey_snapshots where "
    "is_converted)"
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    folder = tmp_path_factory.mktemp("features")
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content.replace('Wi-Fi "o"', '"Wi-Fi ""o"""'))

    def run(dataset: str, **settings: object) -> Run:
        return Run(
            {
                "dataset": dataset,
                "data_path": str(folder / dataset),
                "touchpoint_features": NAMED[dataset],
                **(
                    {"columns": {"stream": {"user_id": "who"}}}
                    if dataset == "stream"
                    else {}
                ),
                **settings,
            },
            SNAPSHOT_TOUCHPOINTS,
        )

    return dbt_runs(
        folder,
        {
            **{f"{dataset}_run": run(dataset) for dataset in NAMED},
            "events_none": run("events", touchpoint_features=[]),
            "events_known": run("events", touchpoint_features=["channel"]),
            "demo_unknown": Run(
                {"touchpoint_features": ["devise"]}, SNAPSHOT_TOUCHPOINTS
            ),
            "demo_text": Run(
                {"touchpoint_features": "device"},
                SNAPSHOT_TOUCHPOINTS,
                shares_parse=False,
            ),
        },
    )


def features(build: Build, dataset: str) -> list[tuple[str | None, ...] | None]:
    assert build.exit_code == 0, build.output
    rows = build.query(
        "select features from features.int_snapshot_touchpoints "
        f"where {AT_THE_CONVERSION} order by position"
    )
    return [
        tuple(known[name] for name in NAMED[dataset])
        if isinstance(known, dict)
        else None
        for known in rows["features"]
    ]


@pytest.mark.parametrize(
    ("dataset", "expected"),
    {
        # The last touchpoint comes at the instant of the cutoff.
        "events": [(None, "phone"), ("2", None), None],
        "stream": [("phone",), None],
        "sessions": [("Google", "/home", "x"), (None, None, "y"), None],
        "criteo": [(None, "7"), ("9", "8")],
    }.items(),
)
def test_each_dataset_gives_its_columns_but_at_the_instant_of_the_cutoff(
    dataset: str, expected: list[Any], runs: dict[str, Build]
) -> None:
    assert features(runs[f"{dataset}_run"], dataset) == expected


def test_touchpoints_say_how_long_before_the_cutoff_they_were(
    runs: dict[str, Build],
) -> None:
    rows = runs["events_run"].query(
        "select days_before_cutoff from features.int_snapshot_touchpoints "
        f"where {AT_THE_CONVERSION} order by position"
    )
    assert rows["days_before_cutoff"].tolist() == [2, 1, 0]


def test_without_the_setting_the_column_is_null_and_narrow(
    runs: dict[str, Build],
) -> None:
    assert features(runs["events_none"], "events") == [None] * 3
    [kind] = runs["events_none"].query(
        "select data_type from duckdb_columns() where table_name = "
        "'int_snapshot_touchpoints' and column_name = 'features'"
    )["data_type"]
    assert kind == "BOOLEAN"


@pytest.mark.parametrize(
    ("name", "sentence"),
    {
        "events_known": r"names 'channel', whose meaning is known; of the file "
        r"\S+/touchpoints.csv it may name device, Wi-Fi \"o\"\.",
        "demo_unknown": r"names 'devise', which isn't there; of the seed "
        r"demo_touchpoints it may name device, creative_format\.",
        "demo_text": r"is \"?'?device\"?'?; it must be a list( of texts)?\.",
    }.items(),
)
def test_an_impossible_name_stops_the_run_in_one_sentence(
    name: str, sentence: str, runs: dict[str, Build]
) -> None:
    run = runs[name]
    assert run.exit_code != 0
    said = " ".join(run.output.split())
    assert re.search(f"The setting touchpoint_features {sentence}", said), run.output
    assert "Traceback" not in run.output


def test_models_of_the_demo_learn_from_its_columns(demo: Build, tmp_path: Path) -> None:
    columns = ["device", "creative_format"]
    build = dbt(
        tmp_path,
        {
            "touchpoint_features": columns,
            "attribution_models": ["lightgbm", "logistic_regression"],
        },
        (*MODELS, "+fct_feature_importances", "+int_lightgbm_credits"),
    )
    assert build.exit_code == 0, build.output
    found = build.query(
        "select distinct fitted_model, feature from marts.fct_feature_importances "
        "where feature like 'device: %' or feature like 'creative_format: %'"
    )
    by_model = found.groupby("fitted_model")["feature"].agg(set)
    assert sorted(by_model.index) == ["lightgbm", "logistic_regression"]
    for names in by_model:
        assert {"device: mobile", "creative_format: native"} <= names
    rows = "from attribution.int_lightgbm_credits order by all"
    assert not build.query(rows).equals(demo.query(rows))
