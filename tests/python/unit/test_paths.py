"""Paths and their outcomes, whatever the tables look like that they come in."""

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from path_tables import OUTCOMES_SCHEMA, PATHS_SCHEMA, Row, row_lists, tables_of
from touchledger.bootstrap import BUCKETS
from touchledger.paths import SPLITS, Paths, totals

many = settings(max_examples=60, deadline=None, derandomize=True)

PATHS = pa.table(
    {"path_key": [40, 7, 12], "channel_keys": [[5, 9, 5], [9], [30, 5]]},
    schema=PATHS_SCHEMA,
)
OUTCOMES = pa.table(
    {
        "path_key": [7, 40, 40, 12, 7],
        "split": ["test", "training", "test", "unused", "training"],
        "bucket": [0, 999, 3, 3, 0],
        "journeys": [5, 3, 2, 4, 1],
        "conversions": [1, 3, 0, 2, 1],
        "revenue": [2.5, 6.0, 0.0, 1.0, 0.5],
    },
    schema=OUTCOMES_SCHEMA,
)
ARRAYS = ("keys", "offsets", "channels", "channel_keys", "path_of_touch")


def contents(paths: Paths) -> list[bytes]:
    """Give all that paths hold, to the last bit and with its type."""
    arrays = [getattr(paths, name) for name in ARRAYS]
    for split in (None, *SPLITS):
        found = paths.outcomes(split)
        arrays += [found.journeys, found.conversions, found.revenue]
    for name in ("journeys", "conversions"):
        arrays.append(paths.by_bucket(name).toarray())
    return [str(array.dtype).encode() + array.tobytes() for array in arrays]


def chunked(table: pa.Table, size: int) -> pa.Table:
    """Snapshot a table into chunks, with empty ones between."""
    parts = []
    for begin in range(0, table.num_rows, size):
        parts += [table.slice(begin, size), table.slice(0, 0)]
    return pa.concat_tables(parts)


def test_paths_are_sorted_by_key_and_channels_numbered_by_theirs():
    paths = Paths.from_arrow(PATHS, OUTCOMES)
    assert len(paths) == 3
    assert paths.keys.tolist() == [7, 12, 40]
    assert paths.channel_keys.tolist() == [5, 9, 30]
    assert paths.offsets.tolist() == [0, 1, 3, 6]
    assert paths.channels.tolist() == [1, 2, 0, 0, 1, 0]
    assert paths.path_of_touch.tolist() == [0, 1, 1, 2, 2, 2]


def test_outcomes_are_added_up_by_path_in_one_split_or_in_all():
    paths = Paths.from_arrow(PATHS, OUTCOMES)
    every = paths.outcomes()
    assert every.journeys.tolist() == [6, 4, 5]
    assert every.conversions.tolist() == [2, 2, 3]
    assert every.revenue.tolist() == [3.0, 1.0, 6.0]
    test = paths.outcomes("test")
    assert test.journeys.tolist() == [5, 0, 2]
    assert test.conversions.tolist() == [1, 0, 0]
    assert not paths.outcomes("validation").journeys.any()


def test_converting_journeys_are_all_that_is_left_of_converting_outcomes():
    found = Paths.from_arrow(PATHS, OUTCOMES).outcomes()
    converting = found.converting()
    assert converting.journeys.tolist() == converting.conversions.tolist() == [2, 2, 3]
    assert converting.revenue.tolist() == found.revenue.tolist()


def test_counts_are_added_up_by_bucket_over_splits():
    paths = Paths.from_arrow(PATHS, OUTCOMES)
    journeys = paths.by_bucket("journeys")
    assert journeys.shape == (BUCKETS, 3)
    assert {
        place: journeys[place] for place in zip(*journeys.nonzero(), strict=True)
    } == {
        (0, 0): 6,
        (3, 1): 4,
        (3, 2): 2,
        (999, 2): 3,
    }
    assert paths.by_bucket("conversions").sum(axis=0).tolist() == [2, 2, 3]


def test_empty_tables_are_no_paths():
    paths = Paths.from_arrow(PATHS_SCHEMA.empty_table(), OUTCOMES_SCHEMA.empty_table())
    assert len(paths) == 0
    assert paths.offsets.tolist() == [0]
    full = Paths.from_arrow(PATHS, OUTCOMES)
    for name in ARRAYS:
        assert getattr(paths, name).dtype == getattr(full, name).dtype, name
    for split in (None, *SPLITS):
        found = paths.outcomes(split)
        assert found.journeys.shape == found.revenue.shape == (0,)
        assert found.journeys.dtype == np.float64
    assert paths.by_bucket("journeys").shape == (BUCKETS, 0)


def test_tables_without_a_single_chunk_are_no_paths():
    # As a query without rows may hand them over.
    nothing = [
        pa.table({f.name: pa.chunked_array([], type=f.type) for f in schema})
        for schema in (PATHS_SCHEMA, OUTCOMES_SCHEMA)
    ]
    assert nothing[0]["channel_keys"].num_chunks == 0
    assert len(Paths.from_arrow(*nothing)) == 0


def test_paths_without_outcomes_have_none():
    paths = Paths.from_arrow(PATHS, OUTCOMES_SCHEMA.empty_table())
    assert paths.outcomes().journeys.tolist() == [0, 0, 0]
    assert paths.by_bucket("journeys").nnz == 0


@many
@given(row_lists(min_size=1), st.integers(1, 3), st.randoms(use_true_random=False))
def test_order_and_chunks_of_rows_change_no_bit(rows, size, shuffle):
    # Rows of one path, split and bucket are one row in the real tables.
    rows = list({(row.path, row.split, row.bucket): row for row in rows}.values())
    tables = tables_of(rows)
    again = [chunked(shuffled(table, shuffle), size) for table in tables]
    assert again[0]["channel_keys"].num_chunks > 1
    assert contents(Paths.from_arrow(*again)) == contents(Paths.from_arrow(*tables))


@many
@given(st.permutations(range(12)))
def test_sums_of_amounts_that_round_are_the_same_in_any_order_of_rows(places):
    # Three buckets in each of the four splits.
    rows = [Row("a", 1, 1, 0.1 * 1.7**k, SPLITS[k % 4], k % 3) for k in range(12)]
    paths, outcomes = tables_of(rows)
    assert contents(Paths.from_arrow(paths, outcomes.take(places))) == contents(
        Paths.from_arrow(paths, outcomes)
    )


def shuffled(table: pa.Table, shuffle: random.Random) -> pa.Table:
    return table.take(shuffle.sample(range(table.num_rows), table.num_rows))


def test_a_slice_of_a_longer_table_is_only_the_slice():
    more = pa.table(
        {"path_key": [1, 2, 3], "channel_keys": [[77], [78, 78], [79]]},
        schema=PATHS_SCHEMA,
    )
    longer = pa.concat_tables([more, PATHS, more]).combine_chunks()
    part = longer.slice(3, 3)
    assert part["channel_keys"].chunk(0).offset > 0
    outcomes = pa.concat_tables([OUTCOMES, OUTCOMES]).combine_chunks().slice(5, 5)
    assert contents(Paths.from_arrow(part, outcomes)) == contents(
        Paths.from_arrow(PATHS, OUTCOMES)
    )


def test_lists_that_skip_values_are_read_by_their_offsets():
    # Offsets that begin after 0, as those of a slice that was moved do.
    lists = pa.ListArray.from_arrays(
        pa.array([2, 5, 6, 8], pa.int32()),
        pa.array([77, 78, 5, 9, 5, 9, 30, 5, 79], pa.int64()),
    )
    moved = pa.table({"path_key": PATHS["path_key"], "channel_keys": lists})
    assert contents(Paths.from_arrow(moved, OUTCOMES)) == contents(
        Paths.from_arrow(PATHS, OUTCOMES)
    )


@pytest.mark.parametrize("lists", [pa.list_(pa.int32()), pa.large_list(pa.int64())])
@pytest.mark.parametrize("whole", [pa.int32(), pa.int64()])
def test_kinds_of_lists_and_numbers_change_nothing(lists, whole):
    # Engines differ in how wide their numbers are.
    paths = pa.table(
        {
            "path_key": PATHS["path_key"].cast(whole),
            "channel_keys": PATHS["channel_keys"].combine_chunks().cast(lists),
        }
    )
    outcomes = OUTCOMES
    for name in ("path_key", "bucket", "journeys", "conversions"):
        place = outcomes.column_names.index(name)
        outcomes = outcomes.set_column(place, name, outcomes[name].cast(whole))
    assert contents(Paths.from_arrow(paths, outcomes)) == contents(
        Paths.from_arrow(PATHS, OUTCOMES)
    )


def test_a_path_of_many_touchpoints_stays_one_path():
    rows = [Row("ab" * 5_000, 3, 1), Row("b", 2, 2)]
    paths = Paths.from_arrow(*tables_of(rows))
    assert paths.offsets.tolist() == [0, 10_000, 10_001]
    assert paths.channels[:4].tolist() == [0, 1, 0, 1]


def test_totals_are_sums_by_place():
    found = totals(np.array([2, 0, 2]), np.array([1.5, 2.0, 3.0]), 4)
    assert found.tolist() == [2.0, 0.0, 4.5, 0.0]
    nothing = totals(np.zeros(0, dtype=np.int64), np.zeros(0), 2)
    assert (nothing.tolist(), nothing.dtype) == ([0.0, 0.0], np.float64)
