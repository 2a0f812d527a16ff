"""Rows are in the order of a plain sort by three columns, whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchledger.hazard.sorting import MICROSECONDS, in_order

# 2024, and a day on which microseconds next to each other are one double.
TODAY, FAR = 19_723 * MICROSECONDS, 2_000_000 * MICROSECONDS

many = settings(max_examples=200, deadline=None, derandomize=True)


def sorted_rows(order, *columns):
    return [tuple(column[i].item() for column in columns) for i in order]


def assert_in_order(user, microsecond, tie):
    day = microsecond / MICROSECONDS
    found = in_order(user, microsecond, tie)
    assert sorted(found.tolist()) == list(range(len(user)))
    expected = np.lexsort((tie, day, user))
    assert sorted_rows(found, user, day, tie) == sorted_rows(expected, user, day, tie)


@many
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 2**16 - 1, 2**16, 2**16 + 1, 2**33, 2**62]),
            st.sampled_from([0, 1]) | st.integers(0, 10),
            st.sampled_from([0, 1, 5, 2**40]),
        ),
        max_size=20,
    ),
    st.sampled_from([0, TODAY, FAR - 5]),
)
def test_rows_are_sorted_by_user_then_day_then_tie(rows, start):
    columns = np.array(rows, np.int64).reshape(-1, 3).T
    assert_in_order(columns[0], columns[1] + start, columns[2])


@pytest.mark.parametrize("start", [TODAY, FAR])
def test_thousands_of_rows_are_sorted_as_few_are(start):
    random = np.random.default_rng(1)
    size = 20_000
    user = random.integers(0, 200_000, size) % 5_000 * 37
    microsecond = start + random.integers(0, 50, size)
    assert_in_order(user, microsecond, random.integers(1, 700, size))


def test_numbers_that_do_not_fit_into_one_are_sorted_all_the_same():
    microsecond = np.array([TODAY, 0, TODAY, TODAY])
    tie = np.array([2**40, 0, 2**40 - 1, 3])
    assert in_order(np.zeros(4, int), microsecond, tie).tolist() == [1, 3, 2, 0]
