"""Web sessions, through whole builds: a known world, and real data."""

from pathlib import Path

import pytest

from dbt_build import Build, dbt
from real_data import real_data_path
from session_world import CASES, SETTINGS, Case, write_sessions
from sizes import sized
from touchledger.settings import ATTRIBUTION_MODELS

MODELS = ("build", "--resource-type", "model", "--resource-type", "seed")
LOOKED_AT = (
    *("dim_channels", "fct_attribution_credits", "fct_channel_performance"),
    *("fct_engagement_evaluation", "fct_journeys", "fct_model_evaluation"),
    "rejected_rows",
)
MARTS = (*MODELS, "--select", *(f"+{mart}" for mart in LOOKED_AT))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_session_gets_the_channel_that_tag_and_referrer_ask_for(
    case: Case, sessions: Build
) -> None:
    [found] = sessions.query(
        "select channel, source, medium from staging.stg_sessions "
        f"where session_id = '{case.name}'"
    ).values.tolist()
    assert tuple(found) == case.expected
    touchpoints = sessions.query(
        "select channel from staging.stg_touchpoints "
        f"where touchpoint_id = '{case.name}'"
    )
    assert touchpoints["channel"].tolist() == [case.expected[0]]


def test_a_converting_session_is_the_last_touch_of_its_own_journey(
    sessions: Build,
) -> None:
    [found] = sessions.query(
        "select count(*) as conversions, "
        "count_if(touchpoint_id = conversion_id) as by_themselves "
        "from marts.fct_attribution_credits "
        "where attribution_model = 'last_touch' and credit = 1"
    ).values.tolist()
    # Every third of 400 users converts.
    assert found == [134, 134]


def test_tags_that_the_referrer_contradicts_are_found(sessions: Build) -> None:
    found = sessions.query(
        "select utm_source, referrer_source, disagreement "
        "from marts.fct_source_disagreements order by all"
    )
    assert found.values.tolist() == [
        ["banner", "shop.example", "own_site"],
        ["fb", "google", "other_category"],
        # By performance max, and by brand.
        ["google", "youtube", "other_category"],
        ["google", "youtube", "other_category"],
    ]
    [counts] = sessions.query(
        "select sum(sessions), sum(conversions) from marts.fct_source_disagreements "
        "where channel = 'Paid Search'"
    ).values.tolist()
    expected = sessions.query(
        "select count(*), count_if(is_converted) from staging.stg_sessions "
        "where utm_source = 'google' and referrer_host = 'youtube.com' "
        "and campaign = 'brand'"
    ).values.tolist()
    assert [counts] == expected


def test_sessions_left_open_are_flagged_and_take_part_all_the_same(
    sessions: Build,
) -> None:
    found = sessions.query(
        "select measure, count(*) as n, min(value) as least "
        "from marts.fct_session_outliers group by measure order by measure"
    )
    # Two users, each with one of 65 minutes and the next one an hour after its start.
    assert found.values.tolist() == [
        ["engagement_minutes", 2, pytest.approx(65)],
        ["overlap_minutes", 2, pytest.approx(5)],
    ]
    [count] = sessions.query(
        "select count(*) as n from marts.fct_session_outliers "
        "inner join staging.stg_touchpoints on touchpoint_id = session_id"
    )["n"]
    assert count == 4


def test_minutes_that_depend_on_the_source_are_told_better_than_by_the_mean(
    sessions: Build,
) -> None:
    rows = sessions.query("from marts.fct_engagement_evaluation").set_index("split")
    assert sorted(rows.index) == ["test", "training", "validation"]
    assert rows.loc["test", "verdict"] == "better than the mean"
    assert rows["verdict"].count() == 1
    assert (rows["trees"] > 0).all()


def test_order_of_rows_and_threads_change_no_mart(
    sessions: Build, tmp_path: Path
) -> None:
    other = dbt(
        tmp_path,
        {**SETTINGS, "data_path": str(write_sessions(tmp_path, shuffled=True))},
        sized(MARTS, MODELS),
        {"TOUCHLEDGER_THREADS": "4", "OMP_NUM_THREADS": "3"},
    )
    assert other.exit_code == 0, other.output
    contents = other.contents()
    expected = sessions.contents()
    assert contents.keys() >= sized(set(LOOKED_AT), expected.keys())
    for name, rows in contents.items():
        assert rows == expected[name], name


# Real data


@pytest.fixture(scope="module")
def web_sessions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    """Build them with the channels of a column, and with those of the rules."""
    settings = {
        "dataset": "sessions",
        "data_path": str(real_data_path("web_sessions/do_campaigns.csv")),
        "columns": {
            "sessions": {
                "started_at": "session_start_ts",
                "ended_at": "session_end_ts",
                "conversion": "Sign_up",
            }
        },
        # The first touch is the user's first.
        "lookback_days": None,
    }
    more = {
        "column": {
            "session_channel_column": "channel_id",
            "attribution_models": ATTRIBUTION_MODELS,
        },
        "rules": {"session_own_hosts": ["digitalocean.com", "paperspace.com"]},
    }
    builds = {
        name: dbt(
            tmp_path_factory.mktemp(name),
            {**settings, **own},
            sized(MARTS, ("build", "--exclude-resource-type", "unit_test")),
        )
        for name, own in more.items()
    }
    for build in builds.values():
        assert build.exit_code == 0, build.output
    return builds


@pytest.mark.parametrize(
    ("rule", "expected"),
    {
        "first_touch": {"web_referral": 54, "adwords_search": 36, "google_organic": 18},
        "last_touch": {
            "web_referral": 56,
            "adwords_search": 38,
            "google_organic": 13,
            "(blank)": 1,
        },
    }.items(),
)
def test_sign_ups_by_the_channel_of_a_column_are_the_known_ones(
    rule: str, expected: dict[str, int], web_sessions: dict[str, Build]
) -> None:
    found = web_sessions["column"].query(
        "select channel, attributed_conversions from marts.fct_channel_performance "
        f"where attribution_model = '{rule}' and attributed_conversions > 0"
    )
    assert dict(found.values.tolist()) == expected


@pytest.mark.parametrize("name", ["column", "rules"])
def test_real_sessions_tell_no_sign_up_and_the_scoreboard_says_so(
    name: str, web_sessions: dict[str, Build]
) -> None:
    found = web_sessions[name].query(
        "select fitted_model, verdict from marts.fct_model_evaluation "
        "where split = 'test' and auc is not null "
        "and fitted_model not like '%order%' and fitted_model not like '%lstm'"
    )
    # Whoever signs up does so soon or late, and models that see times see no more.
    assert dict(found.values.tolist()) == {
        "markov": "no better than the majority",
        "logistic_regression": "no better than span or length alone",
        "lightgbm": "no better than span or length alone",
        "additive_hazard": "no better than span or length alone",
    }


def test_networks_of_real_sessions_are_no_better_than_the_baselines(
    web_sessions: dict[str, Build],
) -> None:
    found = web_sessions["column"].query(
        "select fitted_model, verdict from marts.fct_model_evaluation "
        "where split = 'test' and fitted_model like '%lstm' order by fitted_model"
    )
    assert found["fitted_model"].tolist() == ["attention_lstm", "lstm"]
    assert found["verdict"].str.startswith("no better than ").all()


@pytest.mark.parametrize("name", ["column", "rules"])
def test_no_real_session_and_no_sign_up_is_lost(
    name: str, web_sessions: dict[str, Build]
) -> None:
    [found] = (
        web_sessions[name]
        .query(
            "select (select count(*) from staging.stg_touchpoints) as touchpoints, "
            "(select count(distinct user_id) from staging.stg_touchpoints) as users, "
            "(select sum(touch_count) from marts.fct_journeys) as in_journeys, "
            "(select count(*) from marts.rejected_rows) as rejected, "
            "(select count(distinct conversion_id) from marts.fct_attribution_credits "
            "where touchpoint_id is not null) as conversions"
        )
        .values.tolist()
    )
    assert found == [5000, 996, 5000, 0, 108]


def test_real_sessions_get_the_channel_that_their_tags_and_referrers_say(
    web_sessions: dict[str, Build],
) -> None:
    found = web_sessions["rules"].query(
        "select channel, sum(touchpoints) from marts.dim_channels group by channel"
    )
    assert dict(found.values.tolist()) == {
        # Performance max, which the column calls by two names.
        "Cross-network": 3016,
        "Organic Search": 559,
        # 196 of do-top-hat, 196 of github.com and 186 of course.fast.ai.
        "Referral": 578,
        "Direct": 547,
        "Paid Search": 245,
        "Paid Social": 55,
    }


@pytest.mark.parametrize("name", ["column", "rules"])
def test_minutes_of_real_sessions_are_told_no_better_than_by_the_mean(
    name: str, web_sessions: dict[str, Build]
) -> None:
    [row] = (
        web_sessions[name]
        .query("from marts.fct_engagement_evaluation where split = 'test'")
        .to_dict("records")
    )
    assert row["verdict"] == "no better than the mean"
    assert row["mse_gain_lower"] <= 0 <= row["mse_gain_upper"]
