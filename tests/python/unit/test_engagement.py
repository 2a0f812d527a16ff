"""The regressor of session minutes, on sessions whose law is known."""

import numpy as np
import pyarrow as pa
import pytest

from touchledger.engagement import VERDICTS, engagement_evaluation

SPLITS = ("training", "validation", "test")
BETTER, NO_BETTER, WORSE, TOO_FEW = VERDICTS
# Sums of some thousand numbers of size 100.
ROUNDING = 1e-10


def sessions(minutes, split, channel="a", **columns) -> pa.Table:
    """Give sessions of as many users, a bucket each, with nothing else known."""
    n = len(minutes)
    values = {
        "session_key": np.arange(n),
        "user_key": np.arange(n),
        "bucket": np.arange(n) % 1000,
        "split": split,
        "channel": channel,
        **dict.fromkeys(("source", "medium", "campaign"), "a"),
        **dict.fromkeys(("weekday", "hour", "earlier_sessions"), 0),
        "earlier_minutes": None,
        "days_since_previous": None,
        "engagement_minutes": np.asarray(minutes, dtype=float),
        **columns,
    }
    spread = {
        name: [value] * n if value is None or np.ndim(value) == 0 else value
        for name, value in values.items()
    }
    for name in ("earlier_minutes", "days_since_previous"):
        spread[name] = pa.array(spread[name], pa.float64())
    return pa.table(spread)


def evaluated(table: pa.Table, samples: int = 300) -> dict[str, dict]:
    rows = engagement_evaluation(table, samples=samples, seed=7).to_pylist()
    return {row["split"]: row for row in rows}


def drawn(n: int = 3_000, seed: int = 1):
    """Draw a split in thirds, a channel that halves the sessions, and noise."""
    random = np.random.default_rng(seed)
    channel = random.integers(0, 2, n)
    noise = random.normal(0, 2, n)
    return np.array(SPLITS)[np.arange(n) % 3], channel, noise


def named(codes) -> list[str]:
    return ["ab"[code] for code in codes]


# What is learned


def test_what_the_channel_explains_is_learned_and_noise_is_not():
    split, channel, noise = drawn()
    result = evaluated(sessions(10 + 6 * channel + noise, split, named(channel)))
    test = result["test"]
    assert test["verdict"] == BETTER
    # The noise has a variance of 4, the channel one of 9; 1,000 sessions know the
    # first to 4.5 %.
    assert test["mse"] == pytest.approx(4, rel=0.15)
    assert test["mean_baseline_mse"] == pytest.approx(13, rel=0.15)
    assert test["r_squared"] == pytest.approx(9 / 13, abs=0.05)


@pytest.mark.parametrize("name", ["hour", "weekday", "earlier_sessions"])
def test_numbers_known_at_the_start_are_learned_from(name):
    split, code, noise = drawn()
    result = evaluated(sessions(10 + 6 * code + noise, split, **{name: code}))
    assert result["test"]["verdict"] == BETTER


def test_missing_history_is_told_from_a_short_one():
    split, code, noise = drawn()
    history = [None if c else 10.0 for c in code]
    result = evaluated(sessions(10 + 6 * code + noise, split, earlier_minutes=history))
    assert result["test"]["verdict"] == BETTER


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_told_no_better_than_by_the_mean(seed):
    split, channel, noise = drawn(seed=seed)
    result = evaluated(sessions(10 + noise, split, named(channel)))
    assert result["test"]["verdict"] == NO_BETTER
    assert result["test"]["r_squared"] < 0.01


def test_no_tree_is_kept_that_validation_users_lose_by():
    split, channel, noise = drawn()
    # For them, channels are the other way round.
    channel = np.where(split == "validation", 1 - channel, channel)
    minutes = 10 + 6 * np.where(split == "validation", 1 - channel, channel) + noise
    result = evaluated(sessions(minutes, split, named(channel)))
    for row in result.values():
        assert row["trees"] == 0
        assert row["mse"] == row["mean_baseline_mse"]
        assert row["mse_gain"] == 0
    assert result["test"]["verdict"] == NO_BETTER


def test_a_law_that_turns_round_is_told_worse_than_by_the_mean():
    split, channel, noise = drawn()
    slope = np.where(split == "test", -6, 6)
    result = evaluated(sessions(10 + slope * channel + noise, split, named(channel)))
    assert result["test"]["verdict"] == WORSE
    assert result["test"]["mse_gain_upper"] < 0


def test_without_validation_users_as_many_trees_are_grown_as_are_fixed():
    split, channel, noise = drawn()
    split = np.where(split == "validation", "training", split)
    result = evaluated(sessions(10 + 6 * channel + noise, split, named(channel)))
    assert sorted(result) == ["test", "training"]
    assert result["test"]["trees"] == 20
    assert result["test"]["verdict"] == BETTER


def test_more_campaigns_than_the_trees_can_split_and_new_ones_do_no_harm():
    split, channel, noise = drawn()
    # Two large campaigns, and hundreds that are nowhere but in one session.
    campaign = [
        "ab"[code] if i % 2 else f"campaign {i}" for i, code in enumerate(channel)
    ]
    result = evaluated(sessions(10 + 6 * channel + noise, split, campaign=campaign))
    assert len(set(campaign)) > 1_000
    assert result["test"]["verdict"] == BETTER


# How it is evaluated


def test_measures_are_those_of_their_definitions():
    # Nothing to learn from: the regressor is the mean of training, 4.
    table = sessions([2, 6, 4, 10, 1], ["training"] * 3 + ["test"] * 2)
    row = evaluated(table)["test"]
    assert (row["sessions"], row["users"]) == (2, 2)
    assert row["mse"] == pytest.approx((36 + 9) / 2, abs=ROUNDING)
    assert row["mae"] == pytest.approx(4.5, abs=ROUNDING)
    assert row["mean_baseline_mse"] == row["mse"]
    # Their own mean is 5.5, which each misses by 4.5.
    assert row["r_squared"] == pytest.approx(1 - 22.5 / 20.25, abs=ROUNDING)


def test_sessions_of_one_length_have_no_r_squared():
    table = sessions([2, 6, 5, 5], ["training", "training", "test", "test"])
    assert evaluated(table)["test"]["r_squared"] is None


def test_bounds_are_those_of_a_mean_over_users():
    split, channel, noise = drawn(9_000)
    minutes = 10 + 2 * channel + noise
    test = evaluated(sessions(minutes, split, named(channel)), samples=2_000)["test"]
    # The trees know the mean of each channel, 10 and 12; the baseline tells 11.
    own = split == "test"
    gains = (minutes - 11)[own] ** 2 - noise[own] ** 2
    width = 2 * 1.96 * gains.std() / np.sqrt(len(gains))
    assert test["mse_gain_upper"] - test["mse_gain_lower"] == pytest.approx(
        width, rel=0.1
    )
    middle = (test["mse_gain_upper"] + test["mse_gain_lower"]) / 2
    assert middle == pytest.approx(test["mse_gain"], abs=width / 10)


def test_sessions_of_one_user_count_as_one_draw():
    split, channel, noise = drawn()
    minutes = 10 + 2 * channel + noise
    table = sessions(minutes, split, named(channel))
    again = pa.concat_tables([table] * 4).set_column(
        0, "session_key", pa.array(np.arange(4 * len(table)))
    )
    # Four times the sessions of as many users say no more.
    one, four = evaluated(table)["test"], evaluated(again)["test"]
    assert four["users"] == one["users"]
    assert four["sessions"] == 4 * one["sessions"]
    widths = [row["mse_gain_upper"] - row["mse_gain_lower"] for row in (one, four)]
    assert widths[1] == pytest.approx(widths[0], rel=0.1)


@pytest.mark.parametrize(("users", "verdict"), [(9, TOO_FEW), (10, BETTER)])
def test_a_verdict_needs_ten_users(users, verdict):
    split, channel, noise = drawn()
    split[split == "test"] = "training"
    split[:users] = "test"
    row = evaluated(sessions(10 + 60 * channel + noise, split, named(channel)))["test"]
    assert row["verdict"] == verdict
    assert (row["mse_gain_lower"] is None) == (verdict == TOO_FEW)


def test_only_the_test_has_a_verdict_and_only_with_samples():
    split, channel, noise = drawn()
    table = sessions(10 + 6 * channel + noise, split, named(channel))
    result = evaluated(table)
    assert [result[name]["verdict"] for name in SPLITS] == [None, None, BETTER]
    assert result["training"]["mse_gain_lower"] is not None
    unsampled = evaluated(table, samples=0)
    bounds = ("mse_gain_lower", "mse_gain_upper", "verdict")
    assert {row[name] for row in unsampled.values() for name in bounds} == {None}
    assert unsampled["test"]["mse"] == result["test"]["mse"]


def test_unused_sessions_neither_teach_nor_evaluate():
    split, channel, noise = drawn()
    minutes = 10 + 6 * channel + noise
    used = np.arange(len(split)) % 2 == 0
    few = sessions(minutes, split, named(channel)).filter(pa.array(used))
    all_ = sessions(
        np.where(used, minutes, 1e6), np.where(used, split, "unused"), named(channel)
    )
    assert evaluated(all_) == evaluated(few)


# Nothing to learn from, and order


def test_without_training_sessions_there_are_no_rows_of_the_same_types():
    table = sessions([5.0, 6.0], ["test", "validation"])
    full = engagement_evaluation(
        sessions([5.0, 6.0], ["training", "test"]), samples=3, seed=7
    )
    for nothing in (table, table.slice(0, 0)):
        empty = engagement_evaluation(nothing, samples=3, seed=7)
        assert empty.num_rows == 0
        assert empty.schema == full.schema


def test_order_of_rows_changes_nothing():
    split, channel, noise = drawn()
    table = sessions(10 + 6 * channel + noise, split, named(channel))
    order = np.random.default_rng(3).permutation(len(table))
    shuffled = pa.concat_tables([table.take(part) for part in np.array_split(order, 5)])
    assert evaluated(shuffled) == evaluated(table)
