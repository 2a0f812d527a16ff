"""The simulated shop: what happens in it, and that its truth is exact."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from touchledger.simulation import Campaign, Channel, World, simulate, world, worlds
from touchledger.simulation.people import Crowd

USERS = 30_000
SEED = 11
DAY = pd.Timedelta(days=1)

Frames = dict[str, pd.DataFrame]


def frames(pieces: Iterable[dict[str, pa.Table]]) -> Frames:
    parts: dict[str, list[pa.Table]] = {}
    for piece in pieces:
        for name, table in piece.items():
            parts.setdefault(name, []).append(table)
    return {name: pa.concat_tables(p).to_pandas() for name, p in parts.items()}


def shop_of(kind: World, users: int = USERS, shape: str = "events") -> Frames:
    return frames(simulate(kind, users, SEED, shape))


def changed(kind: World, channel: str, **settings: object) -> World:
    channels = tuple(
        replace(one, **settings) if one.name == channel else one
        for one in kind.channels
    )
    return replace(kind, channels=channels)


def with_causes(shop: Frames) -> pd.DataFrame:
    truth = shop["truth"].merge(shop["conversions"], on="conversion_id")
    return truth.merge(
        shop["touchpoints"], on="touchpoint_id", how="left", suffixes=("", "_touch")
    )


@pytest.fixture(scope="module")
def shop() -> Frames:
    return shop_of(world())


def test_tables_have_the_columns_of_the_events_shape(shop: Frames) -> None:
    assert {name: list(frame.columns) for name, frame in shop.items()} == {
        "touchpoints": [
            "touchpoint_id",
            "user_id",
            "occurred_at",
            "channel",
            "campaign",
            "interaction",
            "cost",
            "device",
            "creative_format",
        ],
        "conversions": [
            "conversion_id",
            "user_id",
            "converted_at",
            "conversion_type",
            "revenue",
        ],
        "user_profiles": [
            "user_id",
            "region",
            "age_band",
            "loyalty_tier",
            "main_device",
            "tenure_days",
            "usual_basket",
        ],
        "truth": ["conversion_id", "cause", "touchpoint_id"],
        "spend": [
            "spend_date",
            "channel",
            "campaign",
            "spend",
            "impressions",
            "clicks",
        ],
    }


def test_ids_are_unique_and_refer_to_known_users(shop: Frames) -> None:
    assert shop["touchpoints"]["touchpoint_id"].is_unique
    assert shop["conversions"]["conversion_id"].is_unique
    assert shop["user_profiles"]["user_id"].is_unique
    users = set(shop["user_profiles"]["user_id"])
    assert len(users) == USERS
    assert set(shop["touchpoints"]["user_id"]) <= users
    assert set(shop["conversions"]["user_id"]) <= users


def test_users_are_the_same_whatever_their_number() -> None:
    few, many = shop_of(world(), 300), shop_of(world(), 9_000)
    for name in ("touchpoints", "conversions", "user_profiles", "truth"):
        same = many[name].head(len(few[name]))
        pd.testing.assert_frame_equal(few[name], same, obj=name)
    kept = many["touchpoints"]["user_id"].isin(few["user_profiles"]["user_id"])
    assert kept.sum() == len(few["touchpoints"])


@pytest.mark.parametrize("name", worlds())
def test_every_conversion_has_one_cause_that_could_have_caused_it(name: str) -> None:
    shop = shop_of(world(name), 9_000)
    truth = with_causes(shop)
    assert sorted(shop["truth"]["conversion_id"]) == sorted(
        shop["conversions"]["conversion_id"]
    )
    assert set(truth["cause"]) <= {"touch", "intent"}
    is_discrete_time = truth[truth["cause"] == "touch"]
    assert is_discrete_time["channel"].notna().all()
    assert (is_discrete_time["user_id"] == is_discrete_time["user_id_touch"]).all()
    assert (is_discrete_time["occurred_at"] <= is_discrete_time["converted_at"]).all()
    assert truth.loc[truth["cause"] == "intent", "touchpoint_id"].isna().all()


@pytest.mark.parametrize("name", sorted(set(worlds()) - {"no_effect"}))
def test_about_half_of_the_conversions_are_caused_by_touches(name: str) -> None:
    truth = shop_of(world(name), USERS // 2)["truth"]
    assert 0.4 < (truth["cause"] == "touch").mean() < 0.6


def test_no_touch_causes_anything_in_a_world_without_effect() -> None:
    truth = shop_of(world("no_effect"), USERS // 4)["truth"]
    assert set(truth["cause"]) == {"intent"}
    assert len(truth) > 500


def test_shop_has_the_size_it_should_have(shop: Frames) -> None:
    touches = shop["touchpoints"].groupby("user_id").size()
    assert 5 < touches.sum() / USERS < 6
    assert touches.max() > 60
    assert 0.05 < shop["conversions"]["user_id"].nunique() / USERS < 0.12
    assert (shop["conversions"].groupby("user_id").size() > 1).any()
    moments = shop["touchpoints"]["occurred_at"]
    assert moments.min() >= pd.Timestamp("2024-01-01")
    assert moments.max() < pd.Timestamp("2024-01-01") + 90 * DAY


def test_some_users_have_no_touch_and_some_of_those_convert(shop: Frames) -> None:
    untouched = set(shop["user_profiles"]["user_id"])
    untouched -= set(shop["touchpoints"]["user_id"])
    assert 0.05 < len(untouched) / USERS < 0.2
    assert shop["conversions"]["user_id"].isin(untouched).sum() > 20


def test_a_user_signs_up_once_at_most_and_signups_have_no_revenue(shop: Frames) -> None:
    conversions = shop["conversions"]
    signups = conversions[conversions["conversion_type"] == "signup"]
    assert len(signups) > 500
    assert signups["user_id"].is_unique
    assert (signups["revenue"] == 0).all()
    purchases = conversions[conversions["conversion_type"] == "purchase"]
    assert (purchases["revenue"] > 0).all()


def test_brand_search_and_direct_cause_nothing_yet_often_come_last(
    shop: Frames,
) -> None:
    causes = with_causes(shop)["channel"].value_counts()
    last = pd.merge_asof(
        shop["conversions"].sort_values("converted_at"),
        shop["touchpoints"].sort_values("occurred_at"),
        left_on="converted_at",
        right_on="occurred_at",
        by="user_id",
    )["channel"].value_counts(normalize=True)
    for channel in ("paid_search_brand", "direct"):
        assert channel not in causes
        assert last[channel] > 0.2
    assert "display" not in causes


@pytest.mark.parametrize(("name", "low", "high"), [("steady", 0, 2), ("bursts", 3, 9)])
def test_brand_search_crowds_before_purchases_by_intent_when_intent_bursts(
    name: str, low: float, high: float
) -> None:
    # Without arrivals and repeats nothing but bursts can bring the two together.
    kind = replace(world(name), arrival_share=0.0, repeat_rate=0.0)
    shop = shop_of(kind)
    truth = with_causes(shop)
    wanted = truth.loc[truth["cause"] == "intent", ["user_id", "converted_at"]]
    brand = shop["touchpoints"].query("channel == 'paid_search_brand'")
    pairs = wanted.merge(brand, on="user_id")
    pairs = pairs[pairs["converted_at"] > pd.Timestamp("2024-01-31")]
    before = pairs["converted_at"] - pairs["occurred_at"]
    near = before.between(0 * DAY, 3 * DAY).sum()
    far = before.between(20 * DAY, 30 * DAY).sum()
    assert low < (near / 3) / (far / 10) < high


def test_retargeting_comes_only_after_a_visit(shop: Frames) -> None:
    touches = shop["touchpoints"]
    visits = touches[
        (touches["interaction"] != "impression") & (touches["channel"] != "retargeting")
    ]
    first = visits.groupby("user_id")["occurred_at"].min()
    follow = touches[touches["channel"] == "retargeting"]
    assert len(follow) > 1_000
    assert (follow["user_id"].map(first) < follow["occurred_at"]).all()


def test_touches_keep_the_rhythm_of_the_week(shop: Frames) -> None:
    touches = shop["touchpoints"].query("channel == 'organic_search'")
    weeks = touches[touches["occurred_at"] < pd.Timestamp("2024-03-25")]
    weekday = weeks["occurred_at"].dt.day_of_week
    share = weekday.value_counts(normalize=True).sort_index()
    planned = np.array(world().weekdays) / sum(world().weekdays)
    # Four standard errors of a share of 1/7; bursts make days a little dependent.
    tolerance = 4 * np.sqrt(1 / 7 * 6 / 7 / len(weeks)) * 1.5
    assert np.abs(share.to_numpy() - planned).max() < tolerance


def test_spend_is_the_sum_of_touch_costs_where_touches_are_paid(shop: Frames) -> None:
    touches = shop["touchpoints"].dropna(subset="cost")
    assert (touches["cost"] > 0).all()
    keys = [touches["occurred_at"].dt.date, touches["channel"], touches["campaign"]]
    paid = touches.groupby(keys)["cost"].agg(["sum", "size"])
    spend = shop["spend"].set_index(["spend_date", "channel", "campaign"])
    spend = spend.loc[paid.index]
    # Costs are whole ten-thousandths: only the sum of floats can differ.
    np.testing.assert_allclose(spend["spend"], paid["sum"], atol=1e-9)
    assert (spend["impressions"] == paid["size"]).all()


def test_fees_stand_at_the_level_where_they_are_paid(shop: Frames) -> None:
    spend = shop["spend"]
    assert spend.loc[spend["channel"] == "affiliate", "campaign"].isna().all()
    assert spend.loc[spend["channel"] == "email", "campaign"].notna().all()
    assert not {"direct", "organic_search"} & set(spend["channel"])
    touches = shop["touchpoints"]
    free = touches["channel"].isin(["affiliate", "email", "direct", "organic_search"])
    assert touches.loc[free, "cost"].isna().all()
    assert touches.loc[~free, "cost"].notna().all()
    silent = spend["channel"] == "out_of_home"
    assert spend.loc[silent, "spend"].sum() > 0
    assert "out_of_home" not in set(touches["channel"])


def test_four_times_the_budget_gives_less_than_four_times_the_touches() -> None:
    usual = changed(world(), "display", returns=0.75)
    rich = changed(usual, "display", budget=4.0)
    before = shop_of(usual)["touchpoints"].query("channel == 'display'")
    after = shop_of(rich)["touchpoints"].query("channel == 'display'")
    # About 27,000 touches clustered in users: 4 % is some four standard errors.
    assert len(after) / len(before) == pytest.approx(4**0.75, rel=0.04)
    spent = after["cost"].sum() / before["cost"].sum()
    assert spent == pytest.approx(4, rel=0.04)


def test_saturation_reduces_what_a_further_touch_brings() -> None:
    lost = 0.7
    kind = replace(world("saturation"), saturation=lost, effect_scale=12.0)
    shop = shop_of(kind)
    touches = shop["touchpoints"]
    touches = touches[touches["channel"].isin(["social_paid", "Online Video"])]
    rank = touches.groupby(["user_id", "channel"]).cumcount()
    made = shop["truth"]["touchpoint_id"].value_counts()
    brought = touches["touchpoint_id"].map(made).fillna(0)
    rate = brought.groupby(rank).mean()
    # Later touches have less of the horizon left, and clickers are seen more often.
    assert rate[1] / rate[0] == pytest.approx(1 - lost, abs=0.05)
    assert rate[2] / rate[1] == pytest.approx(1 - lost, abs=0.12)


def test_half_of_what_a_touch_causes_comes_within_its_half_life(shop: Frames) -> None:
    causes = with_causes(shop)
    generic = causes[causes["channel"] == "paid_search_generic"]
    wait = (generic["converted_at"] - generic["occurred_at"]) / DAY
    assert len(wait) > 500
    assert (wait < 1.0).mean() == pytest.approx(0.5, abs=0.12)


def test_order_matters_in_a_world_of_order() -> None:
    kind = world("order")
    shop = shop_of(kind)
    causes = with_causes(shop)
    for needy, other in kind.needs:
        touches = shop["touchpoints"]
        first = touches[touches["channel"] == other]
        first = first.groupby("user_id")["occurred_at"].min()
        caused = causes[causes["channel"] == needy]
        assert len(caused) > 50
        assert (caused["user_id"].map(first) <= caused["occurred_at"]).all()


def test_profile_moves_conversion(shop: Frames) -> None:
    buyers = set(shop["conversions"]["user_id"])
    profiles = shop["user_profiles"]
    rate = profiles["user_id"].isin(buyers).groupby(profiles["loyalty_tier"]).mean()
    assert rate["gold"] > 1.5 * rate["basic"]
    assert 0.05 < profiles["age_band"].isna().mean() < 0.11
    assert profiles["tenure_days"].isna().any()
    assert profiles["usual_basket"].isna().any()


def test_without_spread_and_pull_users_want_the_same() -> None:
    everyone, by_profile, by_probability = (
        Crowd.draw(
            np.random.default_rng(SEED),
            replace(world(), intent_spread=spread, profile_pull=pull),
            first=0,
            size=5_000,
        ).intent
        for spread, pull in ((0, 0), (0, 1), (0.9, 0))
    )
    assert set(everyone) == {1.0}
    assert 0.2 < np.log(by_profile).std() < 0.6
    assert np.log(by_probability).std() == pytest.approx(0.9, rel=0.05)
    assert by_probability.mean() == pytest.approx(1, rel=0.1)


def test_stream_holds_the_same_conversions_and_costs_as_events(shop: Frames) -> None:
    flat = shop_of(world(), USERS, "stream")
    rows = flat["stream"]
    flagged = rows[rows["conversion"] == 1].sort_values(["user_id", "occurred_at"])
    made = shop["conversions"].sort_values(["user_id", "converted_at"])
    assert list(flagged["user_id"]) == list(made["user_id"])
    assert list(flagged["occurred_at"]) == list(made["converted_at"])
    np.testing.assert_allclose(flagged["conversion_value"], made["revenue"])
    assert set(flagged["interaction"]) == {"conversion"}
    assert rows["cost"].sum() == pytest.approx(shop["touchpoints"]["cost"].sum())
    assert rows["channel"].notna().all()
    pd.testing.assert_frame_equal(flat["spend"], shop["spend"])


def test_stream_truth_names_each_conversion_and_its_cause(shop: Frames) -> None:
    flat = shop_of(world(), USERS, "stream")
    truth = flat["truth"]
    assert not truth.duplicated(["user_id", "converted_at"]).any()
    assert list(truth["cause"]) == list(shop["truth"]["cause"])
    caused = truth[truth["cause"] == "touch"]
    found = caused.merge(
        flat["stream"],
        left_on=["user_id", "touch_occurred_at", "touch_channel", "touch_campaign"],
        right_on=["user_id", "occurred_at", "channel", "campaign"],
    )
    assert found["converted_at"].nunique() == caused["converted_at"].nunique()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: world("flat"), "world is 'flat'; allowed: bursts, multiplicative"),
        (lambda: Campaign("a", share=0), "campaign 'a': share is 0; allowed: at least"),
        (lambda: Channel("a", ()), "channel 'a': campaigns and formats must hold"),
        (
            lambda: Channel("a", (Campaign("b"),), payment="gift"),
            "payment is 'gift'; allowed: touch, campaign_fee, channel_fee, none",
        ),
        (
            lambda: Channel("a", (Campaign("b"),), returns=1.5),
            "returns is 1.5; allowed: 0.05 to 1",
        ),
        (
            lambda: Channel("a", (Campaign("b"),), effect=float("nan")),
            "effect is nan; allowed: at least 0",
        ),
        (
            lambda: Channel("a", (Campaign("b"),), weekdays=(1.0, 2.0)),
            "allowed: seven numbers",
        ),
        (
            lambda: replace(world(), combination="mixing"),
            "combination is 'mixing'; allowed: additive, multiplicative",
        ),
        (lambda: replace(world(), quiet_share=2), "quiet_share is 2; allowed: 0 to 1"),
        (lambda: replace(world(), horizon_days=1.5), "allowed: a whole number"),
        (lambda: replace(world(), bursts_per_user=0), "bursts_per_user is 0"),
        (
            lambda: replace(world(), intent_spread=-1),
            "intent_spread is -1; allowed: at",
        ),
        (lambda: replace(world(), profile_pull=-1), "profile_pull is -1; allowed: at"),
        (lambda: replace(world(), channels=()), "need to be one or more"),
        (
            lambda: replace(world(), needs=(("email", "radio"),)),
            "needs is 'radio'; allowed: paid_search_brand,",
        ),
        (
            lambda: replace(world(), needs=(("email", "email"),)),
            "the two channels need to differ",
        ),
        (lambda: simulate(world(), 0, 1), "users is 0; allowed: a whole number, 1 or"),
        (lambda: simulate(world(), 1, -1), "seed is -1; allowed: a whole number, 0 or"),
        (
            lambda: simulate(world(), 1, 1, "wide"),
            "shape is 'wide'; allowed: events, stream, criteo",
        ),
    ],
)
def test_impossible_settings_are_refused_with_the_allowed_values(
    build: object, message: str
) -> None:
    assert callable(build)
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        build()
