"""Journeys come from the engine as a network was trained to see them."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import touchledger.features.tables as tables_module
from network_worlds import arrays_of, drawn_journeys, made_journeys, sequence_tables
from snapshot_tables import training_snapshots
from touchledger.features.profiles import attribute_numbers
from touchledger.networks.fitting import TrainingJourneys
from touchledger.networks.journeys import (
    Journeys,
    equal_journeys,
    journey_hashes,
    padded_lengths,
)
from touchledger.networks.players import Players
from touchledger.networks.reading import Reader, learn_vocabulary
from touchledger.networks.relations import SequenceTables
from touchledger.networks.settings import NetworkSettings
from touchledger.networks.training import Examples
from touchledger.networks.vocabulary import Scaling

NAMES = (
    # channel_key, channel, campaign_key, campaign
    (1, "a", 1, "(none)"),
    (2, "b", 2, "spring"),
    (2, "b", 3, "summer"),
    (3, "rare", 4, "(none)"),
)
TOUCH = (1, 1, 0.0, False)
many = settings(max_examples=100, deadline=None, derandomize=True)


def learned(
    snapshots: Mapping[int, Sequence[Any]], **known: Any
) -> tuple[Reader, SequenceTables]:
    """Learn from snapshots, each of a user of the same key."""
    tables = sequence_tables(snapshots, **{"names": NAMES, **known})
    keys = np.array(sorted(snapshots))
    return learn_vocabulary(tables, keys, keys), tables


def read(reader: Reader, tables: SequenceTables, keys: Sequence[int]) -> Journeys:
    of = np.array(keys)
    return Journeys.joined(list(reader.read(tables, of, of)))


COMMON = {
    key: [(1, 1, 0.0, False), (2, 2, 1.0, True), (2, 3, 3.0, False)]
    for key in range(1, 25)
}
FORMATS = {
    key: [{"format": "video"}, {"format": "text"}, {"format": None}] for key in COMMON
}


@pytest.fixture(scope="module")
def reader() -> Reader:
    """Give a reader that knows two channels, three campaigns and two formats."""
    rare = {**COMMON, 99: [(3, 4, 0.0, False)] * 9}
    profiles = {
        key: {"city": "Rome" if key % 2 else "Oslo", "age": str(30 + key)}
        for key in COMMON
    }
    formats = {**FORMATS, 99: [{"format": "video"}] * 9}
    found, _ = learned(rare, profiles=profiles, columns=formats)
    return found


# Steps


def test_steps_have_rows_numbers_ages_and_exposures(reader: Reader) -> None:
    snapshots = {5: [(2, 2, 1.0, True), (1, 1, 0.0, False), (2, 3, 3.0, False)]}
    formats = {5: [{"format": "text"}, {"format": "video"}, {"format": None}]}
    found = read(reader, sequence_tables(snapshots, names=NAMES, columns=formats), [5])
    channel = reader.categories.rows("channel")
    campaign = reader.categories.rows("campaign")
    shown = reader.categories.rows("feature format")
    assert found.categories.tolist() == [
        [channel["b",], campaign["b", "spring"], shown["text",]],
        [channel["a",], campaign["a", "(none)"], shown["video",]],
        [channel["b",], campaign["b", "summer"], 0],
    ]
    assert found.ages.tolist() == [2.5, 1.5, 0.5]
    assert found.exposures == pytest.approx([1.0, 1.0, np.log2(3 / 2)])
    clicks, costs = found.numbers.T
    assert clicks[0] > 0 > clicks[1] == clicks[2]
    assert costs[1] < costs[0] < costs[2]


def test_what_is_unknown_at_scoring_shares_the_row_of_others(reader: Reader) -> None:
    names = [(1, "a", 1, "(none)"), (1, "a", 2, "winter"), (2, "new", 3, "(none)")]
    names += [(3, "rare", 4, "(none)")]
    snapshots = {1: [(1, 2, 0.0, False), (2, 3, 0.0, False), (3, 4, 0.0, False)]}
    formats = {1: [{"format": "radio"}] * 3}
    found = read(reader, sequence_tables(snapshots, names=names, columns=formats), [1])
    other = {field: reader.categories.other(field) for field in reader.categories.names}
    assert found.categories.tolist() == [
        [
            reader.categories.rows("channel")["a",],
            other["campaign"],
            other["feature format"],
        ],
        list(other.values()),
        list(other.values()),
    ]
    assert len(set(other.values())) == 3


def test_keys_are_those_of_this_run_and_names_those_of_the_training(
    reader: Reader,
) -> None:
    swapped = [(7, "a", 9, "(none)"), (4, "b", 8, "spring")]
    snapshots = {1: [(7, 9, 0.0, False), (4, 8, 0.0, False)]}
    found = read(reader, sequence_tables(snapshots, names=swapped), [1])
    expected = read(
        reader,
        sequence_tables({1: [(1, 1, 0.0, False), (2, 2, 0.0, False)]}, names=NAMES),
        [1],
    )
    assert (found.categories == expected.categories).all()


def test_columns_that_are_gone_or_new_do_no_harm(reader: Reader) -> None:
    snapshots = {1: [TOUCH]}
    without = read(reader, sequence_tables(snapshots, names=NAMES), [1])
    new = {1: [{"colour": "red"}]}
    found = read(reader, sequence_tables(snapshots, names=NAMES, columns=new), [1])
    assert without.categories[:, 2].tolist() == [0]
    assert (found.categories == without.categories).all()


def test_a_column_called_channel_is_no_channel() -> None:
    columns = {key: [{"channel": "b"}] * 3 for key in COMMON}
    found, tables = learned(COMMON, columns=columns)
    assert found.categories.names == ("channel", "campaign", "feature channel")
    rows = read(found, tables, [1]).categories
    assert len(set(rows[:, 0])) == 2
    assert len(set(rows[:, 2])) == 1


@pytest.mark.parametrize(
    ("max_touches", "touches"), [(1, 1), (1, 5), (3, 2), (3, 3), (3, 8)]
)
def test_the_last_touchpoints_are_kept(max_touches: int, touches: int) -> None:
    snapshots = {
        **COMMON,
        20: [(1 + i % 2, 0, float(i), False) for i in range(touches)],
    }
    whole = sequence_tables(snapshots, names=NAMES)
    found, _ = learned(snapshots)
    every = read(found, whole, [20])
    few = read(found, replace(whole, max_touches=max_touches), [20])
    kept = min(max_touches, touches)
    assert few.lengths.tolist() == [kept]
    for name in ("categories", "numbers", "ages"):
        assert (getattr(few, name) == getattr(every, name)[-kept:]).all()
    assert few.exposures[0] == 1.0


def test_the_order_and_the_size_of_ranges_change_nothing(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(2)
    snapshots = {
        key: [(int(c), int(c), 0.5, False) for c in random.integers(1, 4, key % 4 + 1)]
        for key in range(1, 40)
    }
    tables = sequence_tables(snapshots, names=NAMES)
    keys = [key for key in snapshots if key % 3]
    whole = read(reader, tables, keys)
    monkeypatch.setattr(tables_module, "SNAPSHOTS_AT_ONCE", 7)
    parts = read(reader, tables, keys)
    assert whole.lengths.tolist() == [len(snapshots[key]) for key in keys]
    for field in fields(Journeys):
        assert (getattr(parts, field.name) == getattr(whole, field.name)).all()


# Users


def test_attributes_are_levels_numbers_or_missing(reader: Reader) -> None:
    snapshots = {key: [TOUCH] for key in (1, 2, 3, 4)}
    profiles = {
        1: {"city": "Rome", "age": "60"},
        2: {"city": "Atlantis", "age": None},
        3: {"city": None, "age": "no number"},
    }
    tables = sequence_tables(snapshots, profiles=profiles, names=NAMES)
    found = read(reader, tables, [1, 2, 3, 4])
    city, age = (
        found.attributes[:, reader.attributes.names.index(name)]
        for name in ("city", "age")
    )
    assert city[0] != city[1] != city[2]
    assert city[2] == city[3]
    assert age[0] == 0
    assert len(set(age[1:])) == 1
    [numbers] = found.attribute_numbers.T
    # Ages of those learned from lie around 42.5; what is missing is the mean.
    assert numbers[0] > 0
    assert numbers[1:].tolist() == [0, 0, 0]


def test_users_without_profiles_are_read_as_missing(reader: Reader) -> None:
    found = read(reader, sequence_tables({1: [TOUCH]}, names=NAMES), [1])
    assert (found.attributes > 0).all()
    assert not found.attribute_numbers.any()


# Scales


def test_constant_and_missing_numbers_are_zeros() -> None:
    values = np.array([[3.0, np.nan, 1.0], [3.0, np.nan, np.inf], [3.0, np.nan, 3.0]])
    found = Scaling.of(values).scaled(values)
    assert found.tolist() == [[0, 0, -1], [0, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize("constant", [0.0, 0.1, -30.0, 1e9])
def test_another_value_of_a_constant_number_says_nothing(constant: float) -> None:
    # The mean of equal numbers is one of them to the last bit or so.
    scaling = Scaling.of(np.full((1_001, 1), constant))
    assert not scaling.scaled(np.array([[constant + 0.01], [constant + 15]])).any()


def test_small_numbers_and_those_far_from_0_have_a_scale() -> None:
    spread = np.array([[-1.0, -1.0], [1.0, 1.0]])
    # The second is a date as it is often written.
    values = np.column_stack([[-1e-12, 1e-12], [20180730, 20180731]])
    assert Scaling.of(values).scaled(values) == pytest.approx(spread, rel=1e-6)


def test_a_number_far_from_what_was_learned_is_cut_off() -> None:
    scaling = Scaling.of(np.array([[0.0], [1.0]]))
    assert scaling.scaled(np.array([[1e9], [-1e9]])).tolist() == [[10], [-10]]


def test_attributes_beyond_all_bounds_have_a_scale() -> None:
    texts = pa.chunked_array([["1e200", "-1e308", "inf", "7", None]])
    numbers = attribute_numbers(texts)
    assert numbers == pytest.approx([1e18, -1e18, np.nan, 7, np.nan], nan_ok=True)
    scaling = Scaling.of(numbers[:, None])
    assert np.isfinite([*scaling.means, *scaling.deviations]).all()


def test_costs_that_are_all_the_same_are_zeros() -> None:
    found, tables = learned({key: [(1, 1, 0.3, True)] * 3 for key in range(1, 8)})
    assert not read(found, tables, [1, 2]).numbers.any()


def test_a_reader_comes_back_from_json_as_it_was(reader: Reader) -> None:
    back = Reader.from_dict(json.loads(json.dumps(reader.to_dict())))
    assert back.to_dict() == reader.to_dict()
    assert back.categories == reader.categories
    assert back.attributes == reader.attributes


def test_no_snapshots_give_no_journeys(reader: Reader) -> None:
    tables = sequence_tables({1: [TOUCH]}, names=NAMES)
    nothing = np.empty(0, np.int64)
    assert list(reader.read(tables, nothing, nothing)) == []
    for field in fields(Journeys):
        empty, some = (
            getattr(journeys, field.name)
            for journeys in (reader.nothing(), read(reader, tables, [1]))
        )
        assert len(empty) == 0
        assert (empty.dtype, empty.shape[1:]) == (some.dtype, some.shape[1:])


# What is learned from


def training_journeys() -> TrainingJourneys:
    snapshots = training_snapshots(
        [(key, key, "training", 1.0, key % 2 == 0) for key in range(1, 8)]
        + [(key, key, "validation", 1.0, key % 2 == 0) for key in range(8, 11)]
    )
    return TrainingJourneys.read(
        snapshots, sequence_tables(COMMON, names=NAMES), NetworkSettings()
    )


def test_the_hash_of_what_is_learned_from_knows_every_number_of_it() -> None:
    taken = training_journeys()
    taken = replace(
        taken,
        training=replace(
            taken.training, journeys=drawn_journeys([2, 1, 2, 1, 1, 1, 1], seed=5)
        ),
    )
    hashes = [taken.hash()]
    for place, array in enumerate(arrays_of(taken.training)):
        changed = [other.copy() for other in arrays_of(taken.training)]
        changed[place] = (array + 1).astype(array.dtype)
        *of_journeys, labels, weights = changed
        names = (field.name for field in fields(Journeys))
        journeys = Journeys(**dict(zip(names, of_journeys, strict=True)))
        training = Examples(journeys, labels, weights)
        hashes.append(replace(taken, training=training).hash())
    assert len(hashes) == 10
    assert len(set(hashes)) == len(hashes)
    moved = replace(
        taken,
        training=replace(taken.training, labels=np.roll(taken.training.labels, 1)),
    )
    assert moved.hash() not in hashes


def test_the_order_of_rows_changes_nothing_that_is_learned_from() -> None:
    # The tables come in no order as they are; here that of the snapshots is another
    # one.
    snapshots = training_snapshots(
        [(key, key, "training", 1.0, key % 2 == 0) for key in range(1, 8)]
    )
    tables = sequence_tables(COMMON, names=NAMES)
    first = TrainingJourneys.read(snapshots, tables, NetworkSettings())
    other = TrainingJourneys.read(
        snapshots.take(list(range(6, -1, -1))), tables, NetworkSettings()
    )
    assert first.hash() == other.hash()


def test_the_order_of_touchpoints_changes_no_bit_of_what_is_learned_from() -> None:
    random = np.random.default_rng(3)
    touchpoints = {
        # Costs whose sums are another number in another order.
        key: [(1, 1, cost, False) for cost in random.lognormal(0, 3, 5)]
        for key in range(1, 201)
    }
    snapshots = training_snapshots(
        [(key, key, "training", 1.0, key % 2 == 0) for key in touchpoints]
    )
    tables = sequence_tables(touchpoints, names=NAMES)
    rows = tables.touchpoints.to_arrow_table()
    connection = duckdb.connect()
    hashes = {
        TrainingJourneys.read(
            snapshots, replace(tables, touchpoints=relation), NetworkSettings()
        ).hash()
        for relation in (
            connection.from_arrow(rows.take(random.permutation(rows.num_rows)))
            for _ in range(5)
        )
    }
    assert len(hashes) == 1


# Layout


@many
@given(st.lists(st.integers(0, 9), max_size=12))
def test_batches_hold_each_journey_once_at_a_length_that_holds_it(
    lengths: list[int],
) -> None:
    journeys = drawn_journeys(lengths)
    order = np.random.default_rng(1).permutation(len(lengths))
    found = list(journeys.by_length(padded_lengths(journeys.lengths), 12, order))
    rows = [row for _, batch in found for row in batch.tolist()]
    assert sorted(rows) == list(range(len(lengths)))
    for length, batch in found:
        assert (journeys.lengths[batch] <= length).all()
        assert length * len(batch) <= max(12, length)


@many
@given(st.lists(st.integers(0, 4), min_size=1, max_size=5), st.integers(0, 3))
def test_padding_lays_out_every_step_where_it_belongs(
    lengths: list[int], spare: int
) -> None:
    journeys = drawn_journeys(lengths)
    rows = np.arange(len(lengths))[::-1]
    batch = journeys.padded(rows, max(lengths) + spare)
    assert batch["lengths"].tolist() == lengths[::-1]
    for column, row in enumerate(rows):
        steps = slice(journeys.starts[row], journeys.starts[row + 1])
        count = lengths[row]
        for name in ("categories", "numbers", "ages", "exposures"):
            laid_out = batch[name][:, column]
            assert (laid_out[:count] == getattr(journeys, name)[steps]).all()
            assert not laid_out[count:].any()


# Equal journeys

touch = st.tuples(st.integers(1, 2), st.sampled_from([0.5, 1.0]))
some_journeys = st.lists(
    st.tuples(st.lists(touch, max_size=3), st.sampled_from([0.0, 1.0])),
    min_size=1,
    max_size=12,
)


@many
@given(some_journeys)
def test_those_journeys_are_equal_that_have_the_same_steps_and_context(
    drawn: list[tuple[list[tuple[int, float]], float]],
) -> None:
    journeys = made_journeys([[(1, 1.0)], *(touches for touches, _ in drawn)])
    journeys = journeys.taken(np.arange(1, len(drawn) + 1))
    contexts = np.array([[context] for _, context in drawn], np.float32)
    first, of = equal_journeys(journey_hashes(journeys, contexts))
    assert (np.diff(first) > 0).all()
    for one, other in itertools.combinations(range(len(drawn)), 2):
        assert (of[one] == of[other]) == (drawn[one] == drawn[other])
    for place, found in enumerate(of):
        assert drawn[first[found]] == drawn[place]
        assert first[found] <= place


@pytest.mark.parametrize("name", [field.name for field in fields(Journeys)][1:])
def test_journeys_that_differ_in_one_number_are_not_equal(name: str) -> None:
    one = drawn_journeys([3, 2])
    changed = getattr(one, name).copy()
    changed.flat[0] += 1
    both = Journeys.joined([one, replace(one, **{name: changed})])
    first, of = equal_journeys(journey_hashes(both, np.zeros((4, 1), np.float32)))
    assert (first.tolist(), of.tolist()) == ([0, 1, 2], [0, 1, 2, 1])


def test_days_with_the_same_channels_are_equal_wherever_empty_cells_lie() -> None:
    touches = made_journeys([[(1, 0.5), (2, 0.5)], [(2, 0.5)], [(1, 0.5), (2, 0.5)]])
    days = Players.days(touches, 3, has_profile=False).journeys
    without_the_first = days.without_cells(np.array([0, 1, 1, 1, 1], np.int32))
    nothing = np.empty((3, 0), np.float32)
    _, of = equal_journeys(journey_hashes(without_the_first, nothing))
    assert of.tolist() == [0, 0, 1]
    wider = replace(days, categories=days.widened(5))
    assert (journey_hashes(wider, nothing) == journey_hashes(days, nothing)).all()


def test_attributes_that_a_network_ignores_tell_no_days_apart() -> None:
    touches = drawn_journeys([2, 2])
    touches = touches.taken(np.array([0, 0]))
    touches = replace(touches, attributes=np.array([[1, 2], [2, 1]], np.int32))
    nothing = np.empty((2, 0), np.float32)
    for has_profile, distinct in ((True, 2), (False, 1)):
        days = Players.days(touches, 3, has_profile).journeys
        first, _ = equal_journeys(journey_hashes(days, nothing))
        assert len(first) == distinct
