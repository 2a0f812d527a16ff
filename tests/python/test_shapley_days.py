"""Shapley values by channel and day: their sums, and shares where there is a whole."""

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchledger.sequences.days import shapley_by_day

many = settings(max_examples=60, deadline=None, derandomize=True)

touchpoint_lists = st.lists(
    st.tuples(st.integers(-2, 2), st.integers(0, 3), st.floats(-1e6, 1e6)), max_size=30
)


def table_of(touchpoints):
    """Add up a list of (channel, day, value)."""
    return shapley_by_day(
        np.array([row[0] for row in touchpoints], dtype=np.int64),
        np.array([row[1] for row in touchpoints], dtype=np.int64),
        np.array([row[2] for row in touchpoints], dtype=np.float64),
    )


def rows_of(table):
    return list(zip(*table.to_pydict().values(), strict=True))


def test_cells_have_the_sums_and_shares_worked_by_hand():
    touchpoints = [(7, 0, 0.5), (3, 2, 0.25), (7, 0, 0.5), (7, 1, -0.25), (3, 0, 0.0)]
    assert rows_of(table_of(touchpoints)) == [
        (3, 0, 0.0, 0.0),
        (3, 2, 0.25, 0.25),
        (7, 0, 1.0, 1.0),
        (7, 1, -0.25, -0.25),
    ]


@many
@given(touchpoint_lists)
def test_cells_are_exact_sums_in_order_of_channel_and_day(touchpoints):
    sums = {}
    for channel, day, value in touchpoints:
        sums[channel, day] = sums.get((channel, day), 0) + Fraction(value)
    table = table_of(touchpoints)
    assert [row[:3] for row in rows_of(table)] == [
        (*cell, float(total)) for cell, total in sorted(sums.items())
    ]
    whole = float(sum(sums.values()))
    if whole > 0:
        expected = [cell / whole for cell in table["shapley_value"].to_pylist()]
        assert table["share"].to_pylist() == expected
    else:
        assert table["share"].null_count == len(table)


@many
@given(touchpoint_lists, st.randoms(use_true_random=False))
def test_the_order_of_touchpoints_changes_no_bit(touchpoints, shuffle):
    shuffled = shuffle.sample(touchpoints, len(touchpoints))
    assert table_of(shuffled).equals(table_of(touchpoints))


def test_values_that_cancel_leave_what_is_left():
    # A running sum would lose the 1 beside 1e16.
    table = table_of([(1, 0, 1e16), (1, 0, 1.0), (1, 0, -1e16)])
    assert table["shapley_value"].to_pylist() == [1.0]


@pytest.mark.parametrize("values", [(0.0, 0.0), (0.5, -0.5), (0.25, -0.5)])
def test_parts_of_nothing_or_of_a_loss_are_null(values):
    table = table_of([(1, 0, values[0]), (2, 0, values[1])])
    assert table["shapley_value"].to_pylist() == list(values)
    assert table["share"].to_pylist() == [None, None]


@pytest.mark.parametrize("touchpoints", [[], [(1, 0, 0.5)], [(1, 0, 0.0)]])
def test_columns_have_their_types_with_and_without_rows(touchpoints):
    table = table_of(touchpoints)
    assert len(table) == len(touchpoints)
    assert table.schema.names == [
        "channel_key",
        "days_before_conversion",
        "shapley_value",
        "share",
    ]
    assert table.schema.types == [pa.int64()] * 2 + [pa.float64()] * 2
