"""The pandas ledger against worked examples, a reading of the rules as loops, and
exact results on real data.
"""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pandas_ledger import (
    ATTRIBUTION_MODELS,
    UNATTRIBUTED,
    JourneySettings,
    build_journeys,
    channel_totals,
    heuristic_credits,
)
from real_data import july_2018, path_data, real_data_path, reference_path
from sizes import sized

START = pd.Timestamp("2024-03-10 12:00")
MICROSECOND = timedelta(microseconds=1)
DAYS_30 = timedelta(days=30)
WITHOUT_LIMITS = JourneySettings(lookback_days=None, null_journey_gap_days=None)
# Sums of at most a few hundred shares of one: far above rounding, far below a share.
ROUNDING = 1e-12


def at(value):
    """A time: itself, or days after START."""
    return value if isinstance(value, pd.Timestamp) else START + timedelta(days=value)


def touches(*rows):
    """Touchpoints from (id, user, channel, time[, interaction])."""
    return pd.DataFrame(
        {
            "touchpoint_id": pd.Series([row[0] for row in rows], dtype="str"),
            "user_id": pd.Series([row[1] for row in rows], dtype="str"),
            "channel": pd.Series([row[2] for row in rows], dtype="str"),
            "interaction": pd.Series(
                [row[4] if len(row) > 4 else None for row in rows], dtype="str"
            ),
            "occurred_at": pd.Series(
                [at(row[3]) for row in rows], dtype="datetime64[us]"
            ),
        }
    )


def conversions(*rows):
    """Conversions from (id, user, time[, revenue[, type]])."""
    return pd.DataFrame(
        {
            "conversion_id": pd.Series([row[0] for row in rows], dtype="str"),
            "user_id": pd.Series([row[1] for row in rows], dtype="str"),
            "converted_at": pd.Series(
                [at(row[2]) for row in rows], dtype="datetime64[us]"
            ),
            "revenue": pd.Series(
                [row[3] if len(row) > 3 else 1.0 for row in rows], dtype=float
            ),
            "conversion_type": pd.Series(
                [row[4] if len(row) > 4 else None for row in rows], dtype="str"
            ),
        }
    )


def members(touchpoints, convs, **options):
    """Which touchpoints each journey holds: `c-1: t1 t2`, `n-t3: t3`."""
    journeys, steps = build_journeys(touchpoints, convs, JourneySettings(**options))
    ids = {journey: [] for journey in journeys["journey_id"]}
    for journey, touchpoint in zip(
        steps["journey_id"], steps["touchpoint_id"], strict=True
    ):
        ids[journey].append(touchpoint)
    return {journey: " ".join(held) for journey, held in ids.items()}


def path_of(channels, *path_transforms):
    """The path of one journey, and the letters' positions that remain of it."""
    journeys, steps = build_journeys(
        touches(*[(f"{i:02}", "u", name, i) for i, name in enumerate(channels)]),
        conversions(),
        JourneySettings(path_transforms=path_transforms, null_journey_gap_days=None),
    )
    assert steps["position"].tolist() == list(range(1, len(steps) + 1))
    assert journeys["touch_count"].tolist() == [len(steps)]
    return journeys["path"].item(), [int(i) for i in steps["touchpoint_id"]]


def credit(rows, converted_at=0, revenue=1.0, **options):
    """Credit of one conversion by model, in order of position."""
    given_settings = JourneySettings(**options)
    convs = conversions(("1", "u", converted_at, revenue))
    journeys, steps = build_journeys(touches(*rows), convs, given_settings)
    ledger = heuristic_credits(journeys, steps, convs, given_settings)
    return {
        model: ledger.loc[ledger["attribution_model"] == model, "credit"].tolist()
        for model in ATTRIBUTION_MODELS
    }


def credit_of(channels, **options):
    """Credit of a journey of these channels, one a day, the last at the conversion."""
    n = len(channels)
    rows = [(f"{i:02}", "u", name, i + 1 - n) for i, name in enumerate(channels)]
    return credit(rows, **options)


# What takes part


def test_channels_and_conversion_types_decide_what_takes_part():
    touchpoints = touches(
        ("t1", "u", "a", 0),
        ("t2", "u", "b", 1),
        ("t3", "u", "c", 2),
        ("t4", "u", "a", 4),
    )
    convs = conversions(("1", "u", 3, 5.0, "order"), ("2", "u", 5, 5.0, "lead"))
    assert members(touchpoints, convs) == {"c-1": "t1 t2 t3", "c-2": "t4"}
    assert members(touchpoints, convs, channels_to_include=["a", "b"]) == {
        "c-1": "t1 t2",
        "c-2": "t4",
    }
    assert members(
        touchpoints, convs, channels_to_include=["a", "b"], channels_to_exclude=["a"]
    ) == {"c-1": "t2", "c-2": ""}
    assert members(touchpoints, convs, conversion_types=["lead"]) == {
        "c-2": "t1 t2 t3 t4"
    }
    assert members(touchpoints, convs, conversion_types=["none"]) == {
        "n-t1": "t1 t2 t3 t4"
    }


def test_ties_break_by_the_bytes_of_the_id():
    # In UTF-16 the emoji would come before U+FFFD, and no locale puts Z before a.
    ids = ["10", "9", "Z", "a", "é", "\ufffd", "😀"]
    touchpoints = touches(*[(name, "u", "x", 0) for name in reversed(ids)])
    convs = conversions(*[(name, "u", 0) for name in reversed(ids)])
    assert members(touchpoints, conversions()) == {"n-10": " ".join(ids)}
    assert members(touchpoints, convs)["c-10"] == " ".join(ids)


def test_order_of_rows_does_not_matter():
    rng = np.random.default_rng(0)
    touchpoints = touches(
        *[
            (f"t{i}", f"u{i % 7}", "abc"[i % 3], float(rng.integers(0, 40)))
            for i in range(60)
        ]
    )
    convs = conversions(
        *[(f"{i}", f"u{i % 9}", float(rng.integers(0, 40))) for i in range(20)]
    )
    expected = build_journeys(touchpoints, convs, JourneySettings())
    shuffled = build_journeys(
        touchpoints.sample(frac=1, random_state=1),
        convs.sample(frac=1, random_state=2),
        JourneySettings(),
    )
    for left, right in zip(expected, shuffled, strict=True):
        pd.testing.assert_frame_equal(left, right)


# Which conversion a touchpoint belongs to


@pytest.mark.parametrize("touch_reuse", ["until_next_conversion", "every_conversion"])
def test_elapsed_window_includes_both_edges_and_nothing_beyond(touch_reuse):
    touchpoints = touches(
        ("early", "u", "a", START - DAYS_30 - MICROSECOND),
        ("edge", "u", "a", START - DAYS_30),
        ("same", "u", "a", START),
        ("late", "u", "a", START + MICROSECOND),
    )
    assert members(
        touchpoints, conversions(("1", "u", 0)), touch_reuse=touch_reuse
    ) == {"c-1": "edge same", "n-early": "early", "n-late": "late"}


@pytest.mark.parametrize("touch_reuse", ["until_next_conversion", "every_conversion"])
def test_calendar_window_opens_at_midnight(touch_reuse):
    opens = pd.Timestamp("2024-03-08")
    touchpoints = touches(
        ("before", "u", "a", opens - MICROSECOND),
        ("opens", "u", "a", opens),
        ("late", "u", "a", START + MICROSECOND),
    )
    assert members(
        touchpoints,
        conversions(("1", "u", 0)),
        lookback_days=2,
        lookback_unit="calendar_day",
        touch_reuse=touch_reuse,
    ) == {"c-1": "opens", "n-before": "before", "n-late": "late"}


def test_calendar_window_of_no_days_is_the_day_itself():
    touchpoints = touches(("a", "u", "a", -0.5), ("b", "u", "a", -0.6))
    options = {"lookback_days": 0, "lookback_unit": "calendar_day"}
    assert members(touchpoints, conversions(("1", "u", 0)), **options) == {
        "c-1": "a",
        "n-b": "b",
    }


def test_lookback_of_part_of_a_day_is_exact():
    # 0.7 x 86,400,000,000 is a hair less than a whole number in floating point.
    edge = START - timedelta(hours=16, minutes=48)
    touchpoints = touches(("b", "u", "a", edge), ("a", "u", "a", edge - MICROSECOND))
    assert members(touchpoints, conversions(("1", "u", 0)), lookback_days=0.7) == {
        "c-1": "b",
        "n-a": "a",
    }


def test_no_lookback_limit_reaches_back_to_the_first_touchpoint():
    touchpoints = touches(("t", "u", "a", pd.Timestamp("1969-07-20")))
    convs = conversions(("1", "u", 0))
    for unit in ("elapsed", "calendar_day"):
        options = {"lookback_days": None, "lookback_unit": unit}
        assert members(touchpoints, convs, **options) == {"c-1": "t"}


def test_second_purchase_a_second_later_has_no_touchpoint_of_its_own():
    touchpoints = touches(("t1", "u", "a", -1), ("t2", "u", "b", 0))
    convs = conversions(
        ("1", "u", START), ("2", "u", START + timedelta(seconds=1)), ("3", "u", START)
    )
    assert members(touchpoints, convs) == {"c-1": "t1 t2", "c-2": "", "c-3": ""}
    assert members(touchpoints, convs, touch_reuse="every_conversion") == {
        "c-1": "t1 t2",
        "c-2": "t1 t2",
        "c-3": "t1 t2",
    }


def test_only_the_next_conversion_is_a_candidate():
    # Day 0 lies too early for conversion 1 and must not fall through to another.
    touchpoints = touches(("t1", "u", "a", 0), ("t2", "u", "a", 35))
    convs = conversions(("1", "u", 31), ("2", "u", 36))
    assert members(touchpoints, convs) == {"c-1": "", "c-2": "t2", "n-t1": "t1"}


def test_every_conversion_takes_all_of_its_own_window():
    touchpoints = touches(*[(f"t{day:02}", "u", "a", day) for day in (0, 10, 20, 45)])
    convs = conversions(("1", "u", 15), ("2", "u", 40), ("3", "v", 40))
    assert members(touchpoints, convs, touch_reuse="every_conversion") == {
        "c-1": "t00 t10",
        "c-2": "t10 t20",
        "c-3": "",
        "n-t45": "t45",
    }


def test_users_do_not_mix():
    touchpoints = touches(("t1", "u", "a", 0), ("t2", "v", "b", 0), ("t3", "w", "c", 0))
    assert members(touchpoints, conversions(("1", "v", 1))) == {
        "c-1": "t2",
        "n-t1": "t1",
        "n-t3": "t3",
    }


# Null journeys


def test_null_journeys_break_at_gaps_longer_than_the_limit():
    touchpoints = touches(
        ("t1", "u", "a", START),
        ("t2", "u", "a", START + DAYS_30),
        ("t3", "u", "a", START + 2 * DAYS_30 + MICROSECOND),
        ("t4", "v", "a", START + 2 * DAYS_30 + MICROSECOND),
    )
    assert members(touchpoints, conversions()) == {
        "n-t1": "t1 t2",
        "n-t3": "t3",
        "n-t4": "t4",
    }
    assert members(touchpoints, conversions(), null_journey_gap_days=None) == {
        "n-t1": "t1 t2 t3",
        "n-t4": "t4",
    }


def test_a_gap_within_the_lookback_breaks_no_null_journey():
    touchpoints = touches(
        ("t1", "u", "a", START),
        ("t2", "u", "a", START + DAYS_30),
        ("t3", "u", "a", START + 2 * DAYS_30 + MICROSECOND),
    )
    assert members(touchpoints, conversions(), null_journey_gap_days=1) == {
        "n-t1": "t1 t2",
        "n-t3": "t3",
    }
    assert members(
        touchpoints, conversions(), null_journey_gap_days=1, lookback_days=None
    ) == {"n-t1": "t1 t2 t3"}


def test_null_journeys_break_at_conversions_even_if_those_have_no_touchpoint():
    touchpoints = touches(("t1", "u", "a", 0), ("t2", "u", "a", 2), ("t3", "u", "a", 3))
    # Half a day of lookback: no touchpoint is in the window of conversion 1.
    convs = conversions(("1", "u", 1))
    assert members(touchpoints, convs, lookback_days=0.5) == {
        "c-1": "",
        "n-t1": "t1",
        "n-t2": "t2 t3",
    }


def test_a_conversion_type_that_takes_no_part_breaks_nothing():
    touchpoints = touches(("t1", "u", "a", 0), ("t2", "u", "a", 2))
    convs = conversions(("1", "u", 1, 0.0, "lead"))
    assert members(touchpoints, convs, conversion_types=["order"]) == {"n-t1": "t1 t2"}


def test_journeys_carry_times_revenue_and_counts():
    touchpoints = touches(
        ("t1", "u", "a", 0),
        ("t2", "u", "a", 0.5),
        ("t3", "u", "b", 3),
        ("t4", "u", "b", 4),
    )
    convs = conversions(("1", "u", 2, 9.5), ("2", "w", 1, 3.0))
    journeys, steps = build_journeys(
        touchpoints, convs, JourneySettings(path_transforms=["unique"])
    )
    rows = journeys.astype(object).where(journeys.notna(), None).to_dict("records")
    assert rows == [
        {
            "journey_id": "c-1",
            "user_id": "u",
            "conversion_id": "1",
            "is_converted": True,
            "revenue": 9.5,
            "started_at": at(0),
            "ended_at": at(2),
            "touch_count": 1,
            "path": "a",
            "days_to_convert": 2.0,
        },
        {
            "journey_id": "c-2",
            "user_id": "w",
            "conversion_id": "2",
            "is_converted": True,
            "revenue": 3.0,
            "started_at": None,
            "ended_at": at(1),
            "touch_count": 0,
            "path": None,
            "days_to_convert": None,
        },
        {
            "journey_id": "n-t3",
            "user_id": "u",
            "conversion_id": None,
            "is_converted": False,
            "revenue": 0.0,
            "started_at": at(3),
            "ended_at": at(4),
            "touch_count": 1,
            "path": "b",
            "days_to_convert": None,
        },
    ]
    assert steps["touchpoint_id"].tolist() == ["t2", "t4"]


@pytest.mark.parametrize("touch_reuse", ["until_next_conversion", "every_conversion"])
@pytest.mark.parametrize("has_touches", [True, False])
@pytest.mark.parametrize("has_conversions", [True, False])
def test_columns_and_types_hold_for_empty_input(
    touch_reuse, has_touches, has_conversions
):
    options = JourneySettings(
        touch_reuse=touch_reuse,
        path_transforms=["exposure", {"remove_if_last_and_not_all": "a"}, "frequency"],
    )

    def build(touchpoints, convs):
        journeys, steps = build_journeys(touchpoints, convs, options)
        ledger = heuristic_credits(journeys, steps, convs, options)
        return journeys, steps, ledger, channel_totals(ledger)

    full_touches, full_convs = touches(("t", "u", "a", 0)), conversions(("1", "u", 0))
    full = build(full_touches, full_convs)
    partial = build(
        full_touches if has_touches else full_touches[:0],
        full_convs if has_conversions else full_convs[:0],
    )
    for left, right in zip(full, partial, strict=True):
        pd.testing.assert_series_equal(left.dtypes, right.dtypes)


# Path transforms


@pytest.mark.parametrize(
    ("transform", "path", "kept"),
    [
        ("exposure", "a > b > a", [0, 2, 3]),
        ("unique", "b > a", [2, 3]),
        ("first", "a > b", [0, 2]),
        ("frequency", "a(3) > b(1)", [0, 2]),
        ({"remove_if_not_all": ["a"]}, "b", [2]),
        ({"remove_if_last_and_not_all": ["a"]}, "a > a > b", [0, 1, 2]),
    ],
)
def test_each_transform_keeps_what_the_table_says(transform, path, kept):
    assert path_of("aaba", transform) == (path, kept)


@pytest.mark.parametrize(
    ("channels", "transform", "path"),
    [
        ("aaa", {"remove_if_not_all": ["a"]}, "a > a > a"),
        ("aaa", {"remove_if_last_and_not_all": ["a"]}, "a > a > a"),
        ("baaa", {"remove_if_last_and_not_all": ["a"]}, "b"),
        ("aba", {"remove_if_not_all": "z"}, "a > b > a"),
        # One after the other: once a is gone, b is all there is, and stays.
        ("abab", {"remove_if_not_all": ["a", "b"]}, "b > b"),
        ("abab", {"remove_if_not_all": ["b", "a"]}, "a > a"),
        ("xba", {"remove_if_last_and_not_all": ["a", "b"]}, "x"),
        ("xba", {"remove_if_last_and_not_all": ["b", "a"]}, "x > b"),
    ],
)
def test_removal_stops_short_of_the_last_channel(channels, transform, path):
    assert path_of(channels, transform)[0] == path


def test_each_transform_works_on_what_the_one_before_left():
    assert path_of("abba", {"remove_if_not_all": "b"}, "exposure")[0] == "a"
    assert path_of("aabba", "exposure", "frequency")[0] == "a(2) > b(1)"
    assert path_of("aabba", "frequency", {"remove_if_not_all": "a"})[0] == "b(2)"


def test_transforms_do_not_reach_across_journeys():
    touchpoints = touches(
        ("t1", "u", "a", 0),
        ("t2", "u", "a", 2),
        ("t3", "u", "a", 4),
        ("t4", "v", "a", 0),
    )
    convs = conversions(("1", "u", 1), ("2", "u", 3))
    for step in ("exposure", "unique", "first", "frequency"):
        assert members(touchpoints, convs, path_transforms=[step]) == {
            "c-1": "t1",
            "c-2": "t2",
            "n-t3": "t3",
            "n-t4": "t4",
        }


def test_a_journey_keeps_its_name_and_times_when_its_first_touchpoint_goes():
    journeys, steps = build_journeys(
        touches(("t1", "u", "a", 0), ("t2", "u", "a", 1)),
        conversions(),
        JourneySettings(path_transforms=["unique"]),
    )
    assert journeys["journey_id"].tolist() == ["n-t1"]
    assert journeys["started_at"].tolist() == [at(0)]
    assert steps["touchpoint_id"].tolist() == ["t2"]


# The path


def test_paths_of_different_journeys_differ():
    assert path_of(["a", "b"])[0] == "a > b"
    assert path_of(["a > b"])[0] == r"a \> b"
    assert path_of(["a \\", "b"])[0] == r"a \\ > b"
    assert path_of(["\\>"])[0] == r"\\\>"
    assert path_of([">", ">"], "frequency")[0] == r"\>(2)"


# Rules of credit


def test_rules_on_one_worked_journey():
    got = credit_of(["a", "b", "a", "Direct"])
    decay = np.array([2 ** (-d / 7) for d in (3, 2, 1, 0)])
    expected = {
        "first_touch": [1, 0, 0, 0],
        "last_touch": [0, 0, 0, 1],
        "last_non_direct": [0, 0, 1, 0],
        "linear": [1 / 4] * 4,
        "linear_unique": [1 / 6, 1 / 3, 1 / 6, 1 / 3],
        "shapley_simplified": [1 / 6, 1 / 3, 1 / 6, 1 / 3],
        "time_decay": decay / decay.sum(),
        "position_based": [0.4, 0.1, 0.1, 0.4],
        "w_shaped": [0.4, 0.1, 0.1, 0.4],
    }
    assert set(got) == set(expected)
    for model, values in expected.items():
        assert got[model] == pytest.approx(values, abs=ROUNDING), model


def test_one_touchpoint_takes_all_and_two_share_equally_by_position():
    for values in credit_of("a").values():
        assert values == [1.0]
    for model in ("position_based", "w_shaped", "linear"):
        assert credit_of("ab")[model] == [0.5, 0.5]


def test_last_non_direct_falls_back_to_the_last_touchpoint():
    assert credit_of(["direct", "DIRECT"])["last_non_direct"] == [0, 1]
    assert credit_of(["a", "direct"], direct_channels=[])["last_non_direct"] == [0, 1]
    assert credit_of(["a", "B", "none"], direct_channels=["b", "None"])[
        "last_non_direct"
    ] == [1, 0, 0]


def test_time_decay_halves_with_every_half_life_to_the_microsecond():
    rows = [("t1", "u", "a", -3.5), ("t2", "u", "b", 0)]
    got = credit(rows, half_life_days=3.5)["time_decay"]
    assert got == pytest.approx([1 / 3, 2 / 3], abs=ROUNDING)

    rows = [("t1", "u", "a", START - MICROSECOND), ("t2", "u", "b", START)]
    got = credit(rows, half_life_days=1 / 86_400e6)["time_decay"]
    assert got == pytest.approx([1 / 3, 2 / 3], abs=ROUNDING)


def test_time_decay_survives_a_conversion_many_half_lives_away():
    rows = [("t1", "u", "a", -2001), ("t2", "u", "b", -2000)]
    got = credit(rows, half_life_days=1, lookback_days=None)["time_decay"]
    assert got == pytest.approx([1 / 3, 2 / 3], abs=ROUNDING)


@pytest.mark.parametrize(
    ("interactions", "expected"),
    [
        ("....", [0.4, 0.1, 0.1, 0.4]),
        (".m..", [0.3, 0.3, 0.1, 0.3]),
        (".mm.", [0.3, 0.3, 0.1, 0.3]),
        ("m...", [0.6, 0.05, 0.05, 0.3]),
        ("...m", [0.3, 0.05, 0.05, 0.6]),
        (".m.", [1 / 3, 1 / 3, 1 / 3]),
        ("m..", [0.6, 0.1, 0.3]),
        ("m.", [2 / 3, 1 / 3]),
        (".m", [1 / 3, 2 / 3]),
        ("m", [1]),
    ],
)
def test_w_shaped_adds_up_the_roles_of_a_touchpoint(interactions, expected):
    rows = [(f"t{i}", "u", "a", i - 9, mark) for i, mark in enumerate(interactions)]
    got = credit(rows, milestone_interactions=["m"])["w_shaped"]
    assert got == pytest.approx(expected, abs=ROUNDING)


def test_weights_are_settings():
    got = credit_of("abc", position_based_weights={"first": 0.2, "last": 0.7})
    assert got["position_based"] == pytest.approx([0.2, 0.1, 0.7], abs=ROUNDING)
    assert got["w_shaped"] == got["position_based"]
    got = credit_of("ab", position_based_weights={"first": 0.1, "last": 0.3})
    assert got["position_based"] == pytest.approx([0.25, 0.75], abs=ROUNDING)


def test_a_role_of_no_weight_takes_no_part_of_the_rest():
    got = credit_of("abc", position_based_weights={"first": 0, "last": 0.5})
    assert got["position_based"] == pytest.approx([0, 0.5, 0.5], abs=ROUNDING)


def test_no_credit_is_negative_when_the_weights_round_to_more_than_one():
    weights = {"first": 0.8, "milestone": 0.2, "last": 5e-16}
    rows = [(f"t{i}", "u", "a", i - 9, mark) for i, mark in enumerate(".m..")]
    got = credit(rows, milestone_interactions=["m"], w_shaped_weights=weights)
    assert min(got["w_shaped"]) == 0


def test_conversions_without_touchpoints_keep_their_credit_in_one_row_a_model():
    convs = conversions(("1", "u", 1, 4.0), ("2", "v", 1, 6.0))
    options = JourneySettings()
    journeys, steps = build_journeys(touches(("t", "u", "a", 0)), convs, options)
    ledger = heuristic_credits(journeys, steps, convs, options)
    assert len(ledger) == 2 * len(ATTRIBUTION_MODELS)
    rows = ledger[ledger["conversion_id"] == "2"]
    assert rows["attribution_model"].tolist() == list(ATTRIBUTION_MODELS)
    assert rows[["touchpoint_id", "campaign"]].isna().all(axis=None)
    assert (rows["channel"] == UNATTRIBUTED).all()
    assert (rows["credit"] == 1).all()
    assert (rows["attributed_revenue"] == 6).all()
    totals = channel_totals(ledger).set_index(["attribution_model", "channel"])
    assert totals.loc[("linear", "a")].tolist() == [1, 4]
    assert totals.loc[("linear", UNATTRIBUTED)].tolist() == [1, 6]


@pytest.mark.parametrize(
    "options",
    [
        {"lookback_unit": "week"},
        {"lookback_days": -1},
        {"touch_reuse": "never"},
        {"path_transforms": ["last"]},
        {"half_life_days": 0},
        {"position_based_weights": {"first": 0.6, "last": 0.5}},
        {"w_shaped_weights": {"first": 0, "milestone": 0, "last": 0}},
    ],
)
def test_settings_without_meaning_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        JourneySettings(**options)


# The same rules read as loops, one touchpoint and one conversion at a time


def loop_members(touchpoints, convs, given_settings):
    """Members of each journey before transforms, as docs/journeys.md words them."""
    by_user = {}
    for row in touchpoints.itertuples():
        by_user.setdefault(row.user_id, ([], []))[0].append(row)
    for row in convs.itertuples():
        by_user.setdefault(row.user_id, ([], []))[1].append(row)

    def in_window(touch, converted_at):
        if touch.occurred_at > converted_at:
            return False
        if given_settings.lookback_days is None:
            return True
        limit = timedelta(days=given_settings.lookback_days)
        if given_settings.lookback_unit == "elapsed":
            return converted_at - touch.occurred_at <= limit
        return converted_at.date() - touch.occurred_at.date() <= limit

    result = {}
    for own_touches, own_convs in by_user.values():
        own_touches.sort(key=lambda t: (t.occurred_at, t.touchpoint_id.encode()))
        own_convs.sort(key=lambda c: (c.converted_at, c.conversion_id.encode()))
        for conv in own_convs:
            result[f"c-{conv.conversion_id}"] = []
        before, null_id = None, None
        for touch in own_touches:
            later = [c for c in own_convs if c.converted_at >= touch.occurred_at]
            if given_settings.touch_reuse == "until_next_conversion":
                later = later[:1]
            owners = [c for c in later if in_window(touch, c.converted_at)]
            for conv in owners:
                result[f"c-{conv.conversion_id}"].append(touch.touchpoint_id)
            if owners:
                continue
            gap = given_settings.null_journey_gap_days
            if (
                before is None
                or any(
                    before.occurred_at <= c.converted_at < touch.occurred_at
                    for c in own_convs
                )
                or (
                    gap is not None
                    and touch.occurred_at - before.occurred_at > timedelta(days=gap)
                    and not in_window(before, touch.occurred_at)
                )
            ):
                null_id = f"n-{touch.touchpoint_id}"
                result[null_id] = []
            result[null_id].append(touch.touchpoint_id)
            before = touch
    return {journey: " ".join(held) for journey, held in result.items()}


def loop_transform(journey, transforms):
    """Apply transforms to a list of (id, channel); returns the ids that remain."""
    for name, channels in transforms:
        names = [channel for _, channel in journey]
        if name == "exposure":
            keep = [i == 0 or names[i - 1] != names[i] for i in range(len(names))]
        elif name == "unique":
            keep = [names[i] not in names[i + 1 :] for i in range(len(names))]
        elif name in ("first", "frequency"):
            keep = [names[i] not in names[:i] for i in range(len(names))]
        for channel in channels:
            names = [other for _, other in journey]
            if set(names) <= {channel}:
                keep = [True] * len(names)
            elif name == "remove_if_not_all":
                keep = [other != channel for other in names]
            else:
                keep = [set(names[i:]) != {channel} for i in range(len(names))]
            journey = [step for step, kept in zip(journey, keep, strict=True) if kept]
        if not channels:
            journey = [step for step, kept in zip(journey, keep, strict=True) if kept]
    return [touchpoint for touchpoint, _ in journey]


def loop_credit(held, converted_at, options):
    """Credit of one journey by model; `held` is its rows of `touches`, in order."""
    n = len(held)
    names = [row.channel for row in held]
    direct = {name.lower() for name in options.direct_channels}
    indirect = [i for i in range(n) if names[i].lower() not in direct]
    marked = [
        i for i in range(n) if held[i].interaction in options.milestone_interactions
    ]
    share = [1 / len(set(names)) / names.count(name) for name in names]
    days = [(converted_at - row.occurred_at) / timedelta(days=1) for row in held]
    decay = [2 ** (-d / options.half_life_days) for d in days]

    def by_roles(*roles):
        own = [sum(weight for i, weight in roles if i == k) for k in range(n)]
        others = set(range(n)) - {i for i, _ in roles}
        if not others:
            return [weight / sum(own) for weight in own]
        rest = (1 - sum(own)) / len(others)
        return [rest if k in others else own[k] for k in range(n)]

    position = options.position_based_weights
    shaped = options.w_shaped_weights
    position_based = by_roles((0, position["first"]), (n - 1, position["last"]))
    w_shaped = position_based
    if marked:
        w_shaped = by_roles(
            (0, shaped["first"]),
            (marked[0], shaped["milestone"]),
            (n - 1, shaped["last"]),
        )
    last_non_direct = indirect[-1] if indirect else n - 1
    return {
        "first_touch": [float(k == 0) for k in range(n)],
        "last_touch": [float(k == n - 1) for k in range(n)],
        "last_non_direct": [float(k == last_non_direct) for k in range(n)],
        "linear": [1 / n] * n,
        "linear_unique": share,
        "shapley_simplified": share,
        "time_decay": [weight / sum(decay) for weight in decay],
        "position_based": position_based,
        "w_shaped": w_shaped,
    }


# Steps of half a day, and a microsecond to either side, hit every edge there is.
times = st.builds(
    lambda half_days, off: (
        START + timedelta(hours=12 * half_days) + timedelta(microseconds=off)
    ),
    st.integers(0, 8),
    st.sampled_from([0, 0, 0, -1, 1]),
)
users = st.sampled_from("uvw")
touch_rows = st.lists(st.tuples(users, st.sampled_from("abc"), times), max_size=20)
conversion_rows = st.lists(st.tuples(users, times), max_size=7)
transforms = st.lists(
    st.one_of(
        st.sampled_from(["exposure", "unique", "first", "frequency"]).map(
            lambda name: (name, [])
        ),
        st.tuples(
            st.sampled_from(["remove_if_not_all", "remove_if_last_and_not_all"]),
            st.lists(st.sampled_from("abc"), min_size=1, max_size=3),
        ),
    ),
    max_size=3,
)
limits = st.sampled_from([None, 0, 0.5, 1, 1.5, 2])


@settings(max_examples=sized(30, 80), deadline=None, derandomize=True)
@given(
    touch_rows,
    conversion_rows,
    limits,
    limits,
    st.sampled_from(["elapsed", "calendar_day"]),
    st.sampled_from(["until_next_conversion", "every_conversion"]),
    transforms,
)
def test_journeys_and_credit_equal_the_rules_read_as_loops(
    touch_list, conversion_list, lookback, gap, unit, reuse, named
):
    touchpoints = touches(
        *[
            (f"{i}", user, name, time, {"b": "m"}.get(name))
            for i, (user, name, time) in enumerate(touch_list)
        ]
    )
    convs = conversions(
        *[(f"{i}", user, time) for i, (user, time) in enumerate(conversion_list)]
    )
    options = {
        "lookback_days": lookback,
        "null_journey_gap_days": gap,
        "lookback_unit": unit,
        "touch_reuse": reuse,
    }
    before = loop_members(touchpoints, convs, JourneySettings(**options))
    assert members(touchpoints, convs, **options) == before

    by_id = {row.touchpoint_id: row for row in touchpoints.itertuples()}
    after = {
        journey: loop_transform([(i, by_id[i].channel) for i in held.split()], named)
        for journey, held in before.items()
    }
    given_settings = JourneySettings(
        path_transforms=[
            {name: channels} if channels else name for name, channels in named
        ],
        direct_channels=["A"],
        milestone_interactions=["m", "M"],
        half_life_days=1.5,
        **options,
    )
    journeys, steps = build_journeys(touchpoints, convs, given_settings)
    ours = {journey: [] for journey in journeys["journey_id"]}
    for row in steps.itertuples():
        ours[row.journey_id].append(row.touchpoint_id)
    assert ours == after

    expected = {}
    for conv in convs.itertuples():
        held = [by_id[i] for i in after[f"c-{conv.conversion_id}"]]
        if not held:
            for model in ATTRIBUTION_MODELS:
                expected[model, conv.conversion_id, None] = 1.0
            continue
        for model, values in loop_credit(
            held, conv.converted_at, given_settings
        ).items():
            for row, value in zip(held, values, strict=True):
                expected[model, conv.conversion_id, row.touchpoint_id] = value
    ledger = heuristic_credits(journeys, steps, convs, given_settings)
    keys = ledger[["attribution_model", "conversion_id", "touchpoint_id"]]
    keys = keys.astype(object).where(keys.notna(), None)
    got = dict(
        zip(keys.itertuples(index=False, name=None), ledger["credit"], strict=True)
    )
    assert len(got) == len(ledger)
    assert got == pytest.approx(expected, abs=ROUNDING)


# Real data


REFERENCE_MODELS = {
    "first": "first_touch",
    "last": "last_touch",
    "linear_touch": "linear",
    "linear_unique": "linear_unique",
    "position_40_20_40": "position_based",
    "shapley_simplified": "shapley_simplified",
}


@pytest.mark.parametrize(
    ("name", "load", "converting", "revenue", "null"),
    [
        # 9,506 journeys, of which 1,838 convert.
        ("july_2018", july_2018, 1_838, 11_423.5, 9_506 - 1_838),
        ("path_data", path_data, 19_785, 74_802.97, 68_602),
    ],
)
def test_channel_totals_equal_the_exact_results_on_real_data(
    name, load, converting, revenue, null
):
    touchpoints, convs = load()
    journeys, steps = build_journeys(touchpoints, convs, WITHOUT_LIMITS)
    assert journeys["is_converted"].sum() == converting
    assert (~journeys["is_converted"]).sum() == null
    # The published total has two decimals.
    assert journeys["revenue"].sum() == pytest.approx(revenue, abs=0.005)

    totals = channel_totals(heuristic_credits(journeys, steps, convs, WITHOUT_LIMITS))
    totals = totals.set_index("channel")
    exact = pd.read_csv(reference_path(f"{name}/heuristics.csv"))
    exact = exact.set_index("channel_name")
    for column, model in REFERENCE_MODELS.items():
        ours = totals[totals["attribution_model"] == model]
        assert set(ours.index) == set(exact.index)
        for measure, suffix in (
            ("attributed_conversions", ""),
            ("attributed_revenue", "_value"),
        ):
            np.testing.assert_allclose(
                ours[measure].reindex(exact.index),
                exact[column + suffix],
                rtol=1e-9,
                err_msg=f"{model} {measure}",
            )


def test_real_data_is_missed_quietly_at_home_and_loudly_in_ci(monkeypatch, tmp_path):
    monkeypatch.delenv("TOUCHLEDGER_REAL_DATA", raising=False)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="TOUCHLEDGER_REAL_DATA is unset"):
        real_data_path("paths")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="TOUCHLEDGER_REAL_DATA is unset"):
        reference_path("july_2018")
    monkeypatch.setenv("TOUCHLEDGER_REAL_DATA", str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match="there is no"):
        real_data_path("paths")
