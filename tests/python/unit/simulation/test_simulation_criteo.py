"""The criteo shape: the published columns, quirks and proportions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from touchledger.simulation import simulate, world, worlds, write_simulation

USERS = 60_000
MONTH = 30 * 86_400
COLUMNS = [
    "timestamp",
    "uid",
    "campaign",
    "conversion",
    "conversion_timestamp",
    "conversion_id",
    "attribution",
    "click",
    "click_pos",
    "click_nb",
    "cost",
    "cpo",
    "time_since_last_click",
    *(f"cat{place}" for place in range(1, 10)),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("criteo")
    write_simulation(world(), USERS, 5, folder, shape="criteo")
    return folder


@pytest.fixture(scope="module")
def rows(folder: Path) -> pd.DataFrame:
    return pq.read_table(folder / "criteo_attribution_dataset.parquet").to_pandas()


@pytest.fixture(scope="module")
def truth(folder: Path) -> pd.DataFrame:
    return pq.read_table(folder / "truth.parquet").to_pandas()


def test_columns_are_the_published_ones(rows: pd.DataFrame) -> None:
    assert list(rows.columns) == COLUMNS
    kinds = rows.dtypes.astype(str)
    assert {name for name in COLUMNS if kinds[name] == "float64"} == {"cost", "cpo"}
    assert set(kinds.drop(["cost", "cpo"])) == {"int64"}


def test_rows_are_in_order_of_time_within_thirty_days(rows: pd.DataFrame) -> None:
    assert rows["timestamp"].is_monotonic_increasing
    assert rows["timestamp"].min() >= 0
    assert rows["timestamp"].max() < MONTH


def test_proportions_are_those_of_the_published_data(
    rows: pd.DataFrame, truth: pd.DataFrame
) -> None:
    per_user = rows.groupby("uid").size()
    scale = 6_100_000 / USERS
    assert len(rows) * scale == pytest.approx(16.5e6, rel=0.04)
    assert len(per_user) * scale == pytest.approx(6.0e6, rel=0.01)
    assert (per_user <= 2).mean() > 0.7
    assert per_user.max() > 100
    assert 0.04 < rows["conversion"].mean() < 0.05
    assert 250_000 < len(truth) * scale < 450_000
    assert 0.3 < rows["click"].mean() < 0.4
    assert (rows["cost"] > 0).all()
    assert (rows["cpo"] > 0).all()


def test_campaigns_and_contexts_are_large_numbers_with_heavy_tails(
    rows: pd.DataFrame,
) -> None:
    popularity = rows["campaign"].value_counts()
    assert 600 < len(popularity) <= 675
    assert popularity.iloc[:68].sum() / len(rows) > 0.3
    assert popularity.index.max() > 1_000_000
    levels = (9, 70, 1_800, 21, 51, 30, 57_000, 11, 30)
    for place, level in enumerate(levels, start=1):
        count = rows[f"cat{place}"].nunique()
        assert count <= level
        assert level == 57_000 or count > 0.9 * level


def test_minus_one_means_none(rows: pd.DataFrame) -> None:
    without = rows[rows["conversion"] == 0]
    for column in ("conversion_timestamp", "conversion_id", "click_pos", "click_nb"):
        assert (without[column] == -1).all()
    assert (without["attribution"] == 0).all()
    converted = rows[rows["conversion"] == 1]
    assert (converted["conversion_id"] >= 0).all()
    clicked = converted["click"] == 1
    assert (converted.loc[clicked, "click_pos"] >= 0).all()
    assert (converted.loc[~clicked, ["click_pos", "click_nb"]] == -1).all(axis=None)
    assert (rows["time_since_last_click"] >= -1).all()
    assert (rows["time_since_last_click"] == -1).mean() > 0.3


def test_each_impression_names_the_users_next_conversion_within_thirty_days(
    rows: pd.DataFrame,
) -> None:
    converted = rows[rows["conversion"] == 1]
    wait = converted["conversion_timestamp"] - converted["timestamp"]
    assert wait.between(0, MONTH).all()
    per_id = converted.groupby("conversion_id")
    assert (per_id["uid"].nunique() == 1).all()
    assert (per_id["conversion_timestamp"].nunique() == 1).all()
    known = converted[["uid", "conversion_timestamp"]].drop_duplicates()
    pairs = rows.reset_index().merge(known, on="uid", suffixes=("", "_known"))
    wait = pairs["conversion_timestamp_known"] - pairs["timestamp"]
    pairs = pairs[wait.between(0, MONTH)]
    nearest = pairs.groupby("index")["conversion_timestamp_known"].min()
    assert (rows.loc[nearest.index, "conversion_timestamp"] == nearest).all()
    assert len(nearest) == len(converted)


def test_conversions_may_fall_after_the_last_day(rows: pd.DataFrame) -> None:
    assert rows["conversion_timestamp"].max() > rows["timestamp"].max() + 86_400


def test_clicks_of_a_conversion_are_counted_in_order(rows: pd.DataFrame) -> None:
    clicks = rows[rows["click_pos"] >= 0]
    per_id = clicks.groupby("conversion_id")
    assert (per_id["click_pos"].transform("size") == clicks["click_nb"]).all()
    assert (clicks["click_nb"] > 1).any()
    positions = clicks.sort_values(["conversion_id", "click_pos"])
    expected = positions.groupby("conversion_id").cumcount()
    assert (positions["click_pos"] == expected).all()
    in_time = positions.groupby("conversion_id")["timestamp"].diff().dropna()
    assert (in_time >= 0).all()


def test_attribution_marks_all_clicks_of_an_attributed_conversion(
    rows: pd.DataFrame,
) -> None:
    attributed = rows[rows["attribution"] == 1]
    assert (attributed["click"] == 1).all()
    assert (attributed["conversion"] == 1).all()
    clicks = rows[rows["click_pos"] >= 0]
    marks = clicks.groupby("conversion_id")["attribution"].agg(["min", "max"])
    assert (marks["min"] == marks["max"]).all()
    assert 0.5 < marks["max"].mean() < 0.95
    last = attributed["click_pos"] == attributed["click_nb"] - 1
    assert last.sum() == marks["max"].sum()


def test_time_since_last_click_is_that_to_the_last_click_seen(
    rows: pd.DataFrame,
) -> None:
    # The order of one user's rows within a second is that of the file.
    ordered = rows.sort_values(["uid", "timestamp"], kind="stable")
    seen = ordered["timestamp"].where(ordered["click"] == 1)
    last = seen.groupby(ordered["uid"]).ffill()
    last = last.groupby(ordered["uid"]).shift()
    known = last.notna()
    since = ordered["timestamp"] - last
    assert (since[known] == ordered.loc[known, "time_since_last_click"]).all()
    before = ordered.loc[~known, "time_since_last_click"]
    assert 0.1 < (before >= 0).mean() < 0.4


def test_truth_names_every_conversion_once_and_a_row_that_caused_it(
    rows: pd.DataFrame, truth: pd.DataFrame
) -> None:
    ids = rows.loc[rows["conversion"] == 1, "conversion_id"].unique()
    assert sorted(ids) == sorted(truth["conversion_id"])
    caused = truth[truth["cause"] == "touch"]
    assert 0.3 < len(caused) / len(truth) < 0.7
    assert truth.loc[truth["cause"] == "intent", "timestamp"].isna().all()
    keys = ["uid", "timestamp", "campaign"]
    found = caused.merge(rows[keys].drop_duplicates(), on=keys)
    assert len(found) == len(caused)
    when = rows.groupby("conversion_id")["conversion_timestamp"].first()
    assert (caused["timestamp"] <= caused["conversion_id"].map(when)).all()


@pytest.mark.parametrize("name", worlds())
def test_every_world_has_a_criteo_shape(name: str) -> None:
    pieces = list(simulate(world(name), 30_000, 5, "criteo"))
    causes = np.concatenate([piece["truth"]["cause"].to_numpy() for piece in pieces])
    assert len(causes) > 800
    caused = (causes == "touch").mean()
    assert caused == 0 if name == "no_effect" else caused > 0.2


def test_users_are_the_same_whatever_their_number() -> None:
    few = next(simulate(world(), 100, 5, "criteo"))
    many = next(simulate(world(), 40_000, 5, "criteo"))
    for name in ("impressions", "truth"):
        assert many[name].slice(0, few[name].num_rows).equals(few[name])
