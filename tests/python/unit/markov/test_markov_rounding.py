"""Rounding leaves no probability of the Markov chain below 0, and none above 1."""

from collections.abc import Mapping

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from path_tables import orders_of, scores_of
from touchledger.markov.effects import markov_removal_effects

# A path to its journeys and how many of them convert.
Counts = Mapping[tuple[int, ...], tuple[int, int]]

counts = st.dictionaries(
    st.lists(st.integers(1, 4), min_size=1, max_size=5).map(tuple),
    st.tuples(st.integers(1, 3), st.integers(0, 3)).filter(lambda c: c[0] >= c[1]),
    min_size=1,
    max_size=6,
)


def tables(found: Counts) -> tuple[pa.Table, pa.Table]:
    keys = range(1, len(found) + 1)
    paths = pa.table({"path_key": keys, "channel_keys": [list(path) for path in found]})
    outcomes = pa.table(
        {
            "path_key": keys,
            "split": ["training"] * len(found),
            "bucket": keys,
            "journeys": [journeys for journeys, _ in found.values()],
            "conversions": [conversions for _, conversions in found.values()],
            "revenue": [float(conversions) for _, conversions in found.values()],
        }
    )
    return paths, outcomes


@settings(max_examples=60, deadline=None, derandomize=True)
@given(found=counts, order=st.sampled_from("1234"), includes_nulls=st.booleans())
# Without channel 3 nothing is left: 0, and not a hair less.
@example({(2, 3, 1, 3): (2, 1), (3, 2, 3): (3, 2)}, "2", False)
def test_removal_leaves_at_least_nothing(
    found: Counts, order: str, includes_nulls: bool
) -> None:
    paths, outcomes = tables(found)
    orders = orders_of((paths, outcomes), order)
    effects = markov_removal_effects(
        paths, outcomes, orders, order, includes_nulls, samples=2, seed=7
    ).to_pylist()
    for row in effects:
        assert 0 <= row["conversion_probability_without"] <= 1 + 1e-12
        assert 0 <= row["removal_effect"] <= 1
        assert row["attributed_revenue"] >= 0
    conversions = sum(conversions for _, conversions in found.values())
    for name in ("attributed_conversions", "attributed_revenue"):
        assert sum(row[name] for row in effects) == pytest.approx(conversions)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(found=counts)
# All convert: 1, and not a hair more.
@example({(2, 3, 2): (2, 2), (2, 1, 2): (3, 3), (2,): (3, 3)})
def test_scores_are_probabilities(found: Counts) -> None:
    scores = scores_of(tables(found), "auto")
    assert all(
        0 <= score <= 1 for score in scores["conversion_probability"].to_pylist()
    )
