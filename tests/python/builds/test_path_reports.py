"""Sequences of channels and lengths of journeys equal counts in plain Python.

They are counted from the texts of the paths, one window of channels after the other.
"""

from collections import Counter, defaultdict

import pandas as pd
import pytest

from dbt_build import Build

# Quotients of the same integers, multiplied in another order at most.
ROUNDING = 1e-12


@pytest.fixture(scope="module", params=["demo", "july_2018", "path_data"])
def build(request: pytest.FixtureRequest) -> Build:
    build: Build = request.getfixturevalue(request.param)
    return build


def windows(path: str, length: int) -> Counter[tuple[str, ...]]:
    """How often each run of neighbours of this length is in a path."""
    channels = path.split(" > ")
    return Counter(
        tuple(channels[place : place + length])
        for place in range(len(channels) - length + 1)
    )


def counted_sequences(paths: pd.DataFrame, length: int) -> pd.DataFrame:
    """Count the sequences of one length, with their lifts, from rows of fct_paths."""
    totals: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0, 0, 0, 0])
    at_least_as_long = [0, 0]
    for row in paths.itertuples():
        found = windows(row.path, length)
        for sequence, repeats in found.items():
            total = totals[sequence]
            total[0] += repeats * row.journeys
            total[1] += row.journeys
            total[2] += row.conversions
            total[3] += row.revenue
        if found:
            at_least_as_long[0] += row.journeys
            at_least_as_long[1] += row.conversions
    occurrences = sum(total[0] for total in totals.values())
    places = [Counter[str]() for _ in range(length)]
    for sequence, total in totals.items():
        for place, channel in zip(places, sequence, strict=True):
            place[channel] += int(total[0])
    rate = at_least_as_long[1] / at_least_as_long[0]
    rows = []
    for sequence, total in totals.items():
        expected = occurrences
        for place, channel in zip(places, sequence, strict=True):
            expected *= place[channel] / occurrences
        rows.append(
            (
                " > ".join(sequence),
                *(*sequence, None)[:3],
                length,
                *total,
                total[2] / total[1],
                total[2] / total[1] / rate,
                expected,
                total[0] / expected,
            )
        )
    return pd.DataFrame(
        rows,
        columns=[
            "sequence",
            "first_channel",
            "second_channel",
            "third_channel",
            "sequence_length",
            "occurrences",
            "journeys",
            "conversions",
            "revenue",
            "conversion_rate",
            "conversion_lift",
            "expected_occurrences",
            "lift",
        ],
    )


def assert_same(actual: pd.DataFrame, expected: pd.DataFrame, keys: list[str]) -> None:
    actual, expected = (
        frame.sort_values(keys, ignore_index=True) for frame in (actual, expected)
    )
    pd.testing.assert_frame_equal(
        actual, expected, check_dtype=False, rtol=ROUNDING, atol=0
    )


def test_sequences_equal_windows_over_the_texts_of_the_paths(build: Build) -> None:
    paths = build.query("from marts.fct_paths")
    for length in (2, 3):
        actual = build.query(
            f"from marts.fct_channel_sequences where sequence_length = {length}"
        )
        expected = counted_sequences(paths, length)
        assert_same(actual, expected, ["sequence"])


def test_touch_counts_equal_the_channels_in_the_texts_of_the_paths(
    build: Build,
) -> None:
    paths = build.query(
        "select path, journeys, conversions, revenue from marts.fct_paths"
    )
    paths["value"] = paths.pop("path").str.split(" > ").str.len()
    expected = paths.groupby("value", as_index=False).sum()
    expected["conversion_rate"] = expected["conversions"] / expected["journeys"]
    assert_same(lengths(build, "touch_count"), with_shares(expected), ["value"])


def test_days_to_convert_equal_the_time_between_start_and_end(build: Build) -> None:
    journeys = build.query(
        "select revenue, started_at, ended_at from marts.fct_journeys "
        "where is_converted and touch_count > 0"
    )
    days = (journeys["ended_at"] - journeys["started_at"]).dt.days
    expected = (
        journeys.groupby(days.rename("value"))["revenue"]
        .agg(journeys="size", conversions="size", revenue="sum")
        .reset_index()
    )
    expected["conversion_rate"] = float("nan")
    assert_same(lengths(build, "days_to_convert"), with_shares(expected), ["value"])


def lengths(build: Build, measure: str) -> pd.DataFrame:
    return build.query(
        "select * exclude (measure) from marts.fct_journey_lengths "
        f"where measure = '{measure}'"
    )


def with_shares(counts: pd.DataFrame) -> pd.DataFrame:
    """Complete the columns of fct_journey_lengths, for counts in order of value."""
    counts["nulls"] = counts["journeys"] - counts["conversions"]
    counts["journey_share"] = counts["journeys"] / counts["journeys"].sum()
    counts["cumulative_share"] = counts["journeys"].cumsum() / counts["journeys"].sum()
    return counts[
        [
            "value",
            "journeys",
            "conversions",
            "nulls",
            "revenue",
            "conversion_rate",
            "journey_share",
            "cumulative_share",
        ]
    ]
