"""Features are what was known of snapshots, in the columns that a fit knows."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse

import touchledger.features.levels as levels_module
import touchledger.features.tables as tables_module
from snapshot_tables import (
    NAMES,
    features_type,
    relation,
    snapshot_tables,
    training_snapshots,
)
from touchledger.features.credit import (
    Touchpoints,
    shared,
    touchpoint_contributions,
)
from touchledger.features.matrix import Encoder
from touchledger.features.profiles import attribute_features, attribute_texts
from touchledger.features.tables import SnapshotTables
from touchledger.features.touchpoint_levels import level_features
from touchledger.features.training import TrainingSet
from touchledger.features.vocabulary import Feature, Vocabulary

# channel, campaign, cost, click: a once; b twice in spring, once in summer, then a.
SNAPSHOTS = {
    1: [(1, 0, 0.5, False)],
    2: [(2, 2, 0.0, True), (2, 3, 0.25, True), (2, 2, 0.0, False), (1, 0, 0.0, False)],
    5: [(2, 3, 0.0, False)],
}
KEYS = np.array([1, 2, 5])


def encoded(
    tables: SnapshotTables,
    vocabulary: Vocabulary,
    keys: NDArray[np.int64] = KEYS,
    users: NDArray[np.int64] | None = None,
) -> dict[str, list[float]]:
    """Give the values of each feature by its name."""
    encoder = Encoder(vocabulary, tables.named())
    users = keys if users is None else users
    parts = [encoder.matrix(chunk).toarray() for chunk in tables.chunks(keys, users)]
    columns = np.concatenate(parts).T.tolist()
    return dict(zip(map(str, vocabulary.features), columns, strict=True))


def possible(tables: SnapshotTables) -> Vocabulary:
    users = np.arange(10)
    return Vocabulary.possible(
        tables.named(), attribute_features(tables.attributes(users))
    )


# The matrix


@pytest.mark.parametrize("snapshots_at_once", [1, 2, 1000])
def test_cells_hold_what_the_tables_say(
    snapshots_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables_module, "SNAPSHOTS_AT_ONCE", snapshots_at_once)
    tables = snapshot_tables(SNAPSHOTS)
    assert encoded(tables, possible(tables)) == {
        "touch_count": [1, 4, 1],
        "channel_count": [1, 2, 1],
        "last_day_touch_count": [1, 2, 1],
        "last_week_touch_count": [1, 4, 1],
        "span_days": [0, 3, 0],
        "mean_gap_days": [0, 1, 0],
        "last_gap_days": [0, 1, 0],
        "click_count": [0, 2, 0],
        "cost": [0.5, 0.25, 0],
        "channel: a": [1, 1, 0],
        "channel: b": [0, 3, 1],
        "first_channel: a": [1, 0, 0],
        "first_channel: b": [0, 1, 1],
        "last_channel: a": [1, 1, 0],
        "last_channel: b": [0, 0, 1],
        "campaign: a / (none)": [0, 0, 0],
        "campaign: b / spring": [0, 2, 0],
        "campaign: b / summer": [0, 1, 1],
        "last_campaign: a / (none)": [0, 0, 0],
        "last_campaign: b / spring": [0, 0, 0],
        "last_campaign: b / summer": [0, 0, 1],
    }


def test_snapshots_that_are_not_asked_for_are_left_out() -> None:
    tables = snapshot_tables(SNAPSHOTS)
    found = encoded(tables, possible(tables), np.array([1, 5]))
    assert found["touch_count"] == [1, 1]
    assert found["channel: b"] == [0, 1]


def test_what_a_vocabulary_does_not_know_stays_zero() -> None:
    tables = snapshot_tables(SNAPSHOTS)
    known = Vocabulary((Feature("channel", ("b",)), Feature("channel", ("gone",))))
    assert encoded(tables, known) == {
        "channel: b": [0, 3, 1],
        "channel: gone": [0, 0, 0],
    }


def test_columns_go_by_name_where_keys_have_moved() -> None:
    tables = snapshot_tables(SNAPSHOTS)
    vocabulary = possible(tables)
    # A new channel comes before all others.
    names = [(1, "A", 1, "x"), *((c + 1, n, k + 1, m) for c, n, k, m in NAMES)]
    moved = {
        snapshot: [(c + 1, k + 1 if k else 0, *rest) for c, k, *rest in touches]
        for snapshot, touches in SNAPSHOTS.items()
    }
    later = snapshot_tables(moved, names=names)
    assert encoded(later, vocabulary) == encoded(tables, vocabulary)


def test_no_two_features_share_a_name() -> None:
    features = [
        Feature("campaign", ("a / b", "c")),
        Feature("campaign", ("a", "b / c")),
        Feature("campaign", ("a\\", "/ b / c")),
        Feature("campaign", ("a\\\\", " b / c")),
        Feature("profile_number", ("age",)),
        Feature("profile_missing", ("age",)),
        Feature("profile_other", ("age",)),
        Feature("profile_level", ("age", "(missing)")),
        Feature("profile_level", ("age", "(other)")),
        Feature("profile_level", ("age", "\\(other)")),
        Feature("profile_number", ("age / (other)",)),
        Feature("channel", ("a",)),
        Feature("last_channel", ("a",)),
        Feature("journey", ("touch_count",)),
        Feature("touchpoint_level", ("channel", "a")),
        Feature("touchpoint_level", ("\\channel", "a")),
        Feature("touchpoint_level", ("profile", "age")),
        Feature("touchpoint_level", ("device: tv", "x")),
        Feature("touchpoint_level", ("device", "tv: x")),
        Feature("touchpoint_level", ("device", "(other)")),
        Feature("touchpoint_level", ("device", "\\(other)")),
        Feature("touchpoint_other", ("device",)),
        Feature("touchpoint_missing", ("device",)),
    ]
    assert len(set(map(str, features))) == len(features)


def test_a_vocabulary_comes_back_from_its_payload() -> None:
    tables = snapshot_tables(SNAPSHOTS, {1: {"age": "3", "region": "x"}})
    vocabulary = possible(tables)
    assert Vocabulary.from_dict(vocabulary.to_dict()) == vocabulary


# Attributes of users


def users_with(**attributes: list[str | None]) -> SnapshotTables:
    profiles = [
        dict(zip(attributes, values, strict=True))
        for values in zip(*attributes.values(), strict=True)
    ]
    return snapshot_tables(SNAPSHOTS, dict(enumerate(profiles)))


def profile_cells(tables: SnapshotTables, users: list[int]) -> dict[str, list[float]]:
    everybody = np.arange(100)
    features = attribute_features(tables.attributes(everybody))
    keys = np.array([1, 2, 5])[: len(users)]
    return encoded(tables, Vocabulary(tuple(features)), keys, np.array(users))


def test_attributes_that_are_all_numbers_are_numbers_and_others_are_levels() -> None:
    tables = users_with(
        age=["31", " 4.5e1 ", None, "-2"] * 10, region=["x", "x", "y", "7"] * 10
    )
    assert profile_cells(tables, [0, 1, 2]) == {
        "profile: age": [31, 45, 0],
        "profile: age / (missing)": [0, 0, 1],
        "profile: region / x": [1, 1, 0],
        "profile: region / 7": [0, 0, 0],
        "profile: region / y": [0, 0, 1],
        "profile: region / (other)": [0, 0, 0],
        "profile: region / (missing)": [0, 0, 0],
    }


@pytest.mark.parametrize("value", ["nan", "inf", "1,5", "0x1f", "eleven"])
def test_an_attribute_with_a_value_that_is_no_finite_number_is_text(value: str) -> None:
    tables = users_with(age=["31"] * 20 + [value] * 20)
    assert f"profile: age / {value}" in profile_cells(tables, [0])


def test_a_number_that_cannot_be_read_later_is_missing_but_for_its_mark() -> None:
    vocabulary = Vocabulary(
        (Feature("profile_number", ("age",)), Feature("profile_missing", ("age",)))
    )
    tables = users_with(age=["old", "7", ""])
    assert encoded(tables, vocabulary, KEYS, np.array([0, 1, 2])) == {
        "profile: age": [0, 7, 0],
        "profile: age / (missing)": [0, 0, 1],
    }


def test_a_number_beyond_all_measure_stays_finite() -> None:
    tables = users_with(age=["1e300", "-1e300", "0"])
    largest, lowest, nothing = profile_cells(tables, [0, 1, 2])["profile: age"]
    assert np.isfinite(np.float32(largest) ** 2)
    assert largest == -lowest > 1e15
    assert nothing == 0


def test_users_without_a_profile_and_blank_values_are_missing() -> None:
    tables = users_with(region=["x"] * 20 + ["", "  ", None])
    found = profile_cells(tables, [0, 20, 99])
    assert found["profile: region / (missing)"] == [0, 1, 1]
    assert found["profile: region / x"] == [1, 0, 0]


def test_rare_levels_and_levels_never_seen_share_a_feature() -> None:
    tables = users_with(region=["x"] * 10 + ["y"] * 9)
    found = profile_cells(tables, [0, 10])
    assert found == {
        "profile: region / x": [1, 0],
        "profile: region / (other)": [0, 1],
        "profile: region / (missing)": [0, 0],
    }
    new = users_with(region=["z"])
    vocabulary = possible(tables)
    cells = encoded(new, vocabulary, np.array([1]), np.array([0]))
    assert cells["profile: region / (other)"] == [1]


def test_an_attribute_has_fifty_levels_at_most_whatever_is_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    common = [f"level {i:02}" for i in range(60)]
    # The first 50 are a little more common; addresses are as many as users.
    region = [*common * 20, *common[:50]]
    address = [f"street {i}" for i in range(len(region))]
    monkeypatch.setattr(levels_module, "_KEPT_LEVELS", 200)
    monkeypatch.setattr(tables_module, "SNAPSHOTS_AT_ONCE", 100)
    tables = users_with(region=region, address=address)
    features = attribute_features(tables.attributes(np.arange(len(region))))
    levels = [f.level for f in features if f.group == "profile_level"]
    assert levels == [("region", level) for level in common[:50]]


def test_without_profiles_there_are_no_features_of_users() -> None:
    assert attribute_features(snapshot_tables(SNAPSHOTS).attributes(KEYS)) == []


def test_values_of_other_types_are_read_as_text() -> None:
    tables = snapshot_tables(SNAPSHOTS)
    profiles = relation(
        "user_key bigint, attributes struct(user_id varchar, vip boolean, since date, "
        "spent double)",
        [
            (
                user,
                {
                    "user_id": "u",
                    "vip": user % 2 > 0,
                    "since": "2024-01-31",
                    "spent": 2,
                },
            )
            for user in range(20)
        ],
    )
    tables = SnapshotTables(**{**vars(tables), "profiles": profiles})
    assert profile_cells(tables, [0, 1]) == {
        "profile: vip / false": [1, 0],
        "profile: vip / true": [0, 1],
        "profile: vip / (other)": [0, 0],
        "profile: vip / (missing)": [0, 0],
        "profile: since / 2024-01-31": [1, 1],
        "profile: since / (other)": [0, 0],
        "profile: since / (missing)": [0, 0],
        "profile: spent": [2, 2],
        "profile: spent / (missing)": [0, 0],
    }


# Columns of touchpoints

# One touchpoint says nothing of the device, and the last of snapshot 2 comes at the
# cutoff.
PHONE, TV = {"device": "phone"}, {"device": "tv"}
COLUMNS = {1: [PHONE], 2: [TV, PHONE, {"device": None}, None], 5: [TV]}
DEVICES = Vocabulary(
    (
        Feature("touchpoint_level", ("device", "phone")),
        Feature("touchpoint_level", ("device", "watch")),
        Feature("touchpoint_other", ("device",)),
        Feature("touchpoint_missing", ("device",)),
    )
)


@pytest.mark.parametrize("snapshots_at_once", [1, 2, 1000])
def test_levels_of_columns_count_touchpoints_that_may_be_known(
    snapshots_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables_module, "SNAPSHOTS_AT_ONCE", snapshots_at_once)
    more = {1: [PHONE], 2: [PHONE, PHONE, {"device": None}, None], 5: [TV]}
    assert encoded(snapshot_tables(SNAPSHOTS, columns=more), DEVICES) == {
        "device: phone": [1, 2, 0],
        "device: watch": [0, 0, 0],
        "device: (other)": [0, 0, 1],
        "device: (missing)": [0, 1, 0],
    }


def test_a_level_that_is_new_is_no_feature_where_there_was_no_rare_one() -> None:
    known = Vocabulary(DEVICES.features[:2])
    assert encoded(snapshot_tables(SNAPSHOTS, columns=COLUMNS), known) == {
        "device: phone": [1, 1, 0],
        "device: watch": [0, 0, 0],
    }


def test_without_columns_a_fit_that_knew_some_finds_nothing() -> None:
    assert not any(map(any, encoded(snapshot_tables(SNAPSHOTS), DEVICES).values()))


def test_common_levels_of_the_snapshots_that_are_learned_from_are_features() -> None:
    snapshots = {key: [(1, 0, 0.0, False)] * 3 for key in range(1, 12)}
    # Nine touchpoints on a tv in snapshots to learn from, more in those of others.
    columns = {
        key: [PHONE, TV if key < 10 else {"device": "radio"}, {"device": None}]
        for key in snapshots
    }
    columns[11] = [TV, TV, TV]
    rows = [
        (key, key, "training" if key < 11 else "validation", 1.0, key % 2 > 0)
        for key in snapshots
    ]
    tables = snapshot_tables(snapshots, columns=columns)
    found = level_features(
        known.texts for known in tables.observed_touchpoints(np.arange(1, 11))
    )
    assert list(map(str, found)) == [
        "device: phone",
        "device: (other)",
        "device: (missing)",
    ]
    learned = TrainingSet.read(training_snapshots(rows), tables)
    # All snapshots that are learned from have one of each.
    assert not learned.vocabulary.features
    columns[1] = [TV, TV, TV]
    tables = snapshot_tables(snapshots, columns=columns)
    learned = TrainingSet.read(training_snapshots(rows), tables)
    # The tv has become common, the phone rare.
    assert list(map(str, learned.vocabulary.features)) == [
        "device: tv",
        "device: (other)",
        "device: (missing)",
    ]


def test_a_contribution_of_a_level_is_shared_by_its_touchpoints() -> None:
    columns = {1: [PHONE], 2: [TV, PHONE, TV, None], 5: [{"device": None}]}
    vocabulary = Vocabulary((*DEVICES.features, Feature("channel", ("b",))))
    tables = snapshot_tables(SNAPSHOTS, columns=columns)
    table, keys = touchpoints_of(SNAPSHOTS, columns)
    found = Touchpoints.from_arrow(table, keys)
    # phone 1, watch 10, other 4, missing 7, channel b 300.
    row = np.array([1.0, 10.0, 4.0, 7.0, 300.0])
    sums = touchpoint_contributions(
        sparse.csr_array(np.tile(row, (len(keys), 1))),
        found,
        Encoder(vocabulary, tables.named()),
    )
    by_snapshot = [sums[found.row == i].tolist() for i in range(len(keys))]
    assert by_snapshot == [[1], [102, 101, 102, 0], [307]]


# What is learned from


ROWS = [
    (1, 1, "training", 1.0, True),
    (2, 1, "training", 0.5, False),
    (5, 3, "validation", 2.0, False),
]


def test_features_that_do_not_vary_in_training_are_left_out() -> None:
    found = TrainingSet.read(training_snapshots(ROWS), snapshot_tables(SNAPSHOTS))
    names = list(map(str, found.vocabulary.features))
    # Only validation users begin with b and end with it.
    assert "last_channel: b" not in names
    assert "last_channel: a" not in names
    assert "channel: a" not in names
    assert "channel: b" in names
    assert found.training.matrix.shape == (2, len(names))
    assert found.training.labels.tolist() == [1, 0]
    assert found.training.weights.tolist() == [1, 0.5]
    assert found.validation.labels.tolist() == [0]
    assert found.validation.matrix[:, [names.index("channel: b")]].toarray() == [[1]]


@pytest.mark.parametrize(
    ("rows", "snapshots", "reason"),
    [
        ([], SNAPSHOTS, "there are no journeys to learn from"),
        (
            [(1, 1, "validation", 1.0, True)],
            SNAPSHOTS,
            "there are no journeys to learn from",
        ),
        (
            [(1, 1, "training", 1.0, False)],
            SNAPSHOTS,
            "no journey to learn from converts",
        ),
        (
            [(1, 1, "training", 1.0, True)],
            SNAPSHOTS,
            "every journey to learn from converts",
        ),
        (
            [(1, 1, "training", 1.0, True), (2, 2, "training", 0.0, False)],
            SNAPSHOTS,
            "every journey to learn from converts",
        ),
        (
            ROWS,
            {key: [(1, 0, 0.0, False)] * key for key in SNAPSHOTS},
            "all journeys to learn from touch the same channel",
        ),
        (
            ROWS,
            {key: [(2, 2, 0.0, False)] * key for key in SNAPSHOTS},
            "all journeys to learn from touch the same channel",
        ),
        (ROWS, {key: [(2, 2 + key % 2, 0.0, False)] for key in SNAPSHOTS}, None),
        (ROWS, SNAPSHOTS, None),
    ],
)
def test_where_nothing_can_be_learned_the_reason_is_told(
    rows: list[Any], snapshots: dict[int, Any], reason: str | None
) -> None:
    found = TrainingSet.read(training_snapshots(rows), snapshot_tables(snapshots))
    assert found.reason_untrainable() == reason


def test_the_hash_of_a_training_set_knows_all_that_is_learned_from() -> None:
    def hash_of(
        rows: list[Any] = ROWS, snapshots: dict[int, Any] = SNAPSHOTS, **tables: Any
    ) -> str:
        return TrainingSet.read(
            training_snapshots(rows), snapshot_tables(snapshots, **tables)
        ).hash()

    renamed = [(c, n, k, "autumn" if m == "spring" else m) for c, n, k, m in NAMES]
    others = [
        hash_of(
            [(1, 1, "training", 1.0, False), (2, 1, "training", 0.5, True), ROWS[2]]
        ),
        hash_of([*ROWS[:2], (5, 3, "validation", 2.5, False)]),
        hash_of([*ROWS[:2], (5, 3, "training", 2.0, False)]),
        hash_of(snapshots={**SNAPSHOTS, 1: [(1, 0, 0.75, False)]}),
        hash_of(snapshots={**SNAPSHOTS, 2: SNAPSHOTS[2][::-1]}),
        hash_of(names=renamed),
        hash_of(columns=COLUMNS),
        hash_of(
            [*ROWS[:2], (5, 3, "training", 2.0, False)], profiles={3: {"age": "9"}}
        ),
    ]
    assert len({hash_of(), *others}) == len(others) + 1
    assert hash_of() == hash_of(ROWS[::-1])
    # Users of whom nothing is learned.
    assert hash_of() == hash_of(profiles={9: {"age": "31"}})


# Credit


def touchpoints_of(
    snapshots: dict[int, Any], columns: dict[int, Any] | None = None
) -> tuple[pa.Table, NDArray[np.int64]]:
    rows = [
        (
            *(key, position, len(touches), channel, campaign or None, cost, click),
            columns[key][position - 1] if columns else None,
        )
        for key, touches in snapshots.items()
        for position, (channel, campaign, cost, click) in enumerate(touches, 1)
    ]
    table = relation(
        "snapshot_key bigint, position bigint, touch_count bigint, channel_key bigint, "
        "campaign_key bigint, cost double, is_click boolean, "
        f"features {features_type(columns)}",
        rows,
    ).to_arrow_table()
    return table.sort_by(
        [("snapshot_key", "ascending"), ("position", "ascending")]
    ), np.array(list(snapshots))


def contributions_by_position(values: dict[str, float]) -> list[list[float]]:
    """Give the touchpoints' sums where features of every snapshot contribute these."""
    tables = snapshot_tables(SNAPSHOTS)
    vocabulary = possible(tables)
    encoder = Encoder(vocabulary, tables.named())
    names = list(map(str, vocabulary.features))
    row = np.array([values.get(name, 0.0) for name in names])
    table, keys = touchpoints_of(SNAPSHOTS)
    found = Touchpoints.from_arrow(table, keys)
    sums = touchpoint_contributions(
        sparse.csr_array(np.tile(row, (len(keys), 1))), found, encoder
    )
    return [sums[found.row == i].tolist() for i in range(len(keys))]


@pytest.mark.parametrize(
    ("feature", "expected"),
    {
        # Snapshot 2 is b, b, b, a: spring and a click; summer, a click and all of the
        # cost.
        "channel: a": [[6], [0, 0, 0, 6], [0]],
        "channel: b": [[0], [2, 2, 2, 0], [6]],
        "campaign: b / spring": [[0], [3, 0, 3, 0], [0]],
        "campaign: b / summer": [[0], [0, 6, 0, 0], [6]],
        "click_count": [[0], [3, 3, 0, 0], [0]],
        "cost": [[6], [0, 6, 0, 0], [0]],
        "first_channel: a": [[6], [6, 0, 0, 0], [6]],
        "last_channel: b": [[6], [0, 0, 0, 6], [6]],
        "last_campaign: b / spring": [[6], [0, 0, 0, 6], [6]],
        "touch_count": [[0], [0, 0, 0, 0], [0]],
        "span_days": [[0], [0, 0, 0, 0], [0]],
    }.items(),
)
def test_a_contribution_goes_to_the_touchpoints_that_it_is_about(
    feature: str, expected: list[list[float]]
) -> None:
    assert contributions_by_position({feature: 6.0}) == expected


def test_contributions_of_a_touchpoint_add_up() -> None:
    values = {"channel: b": 3.0, "campaign: b / spring": -4.0, "click_count": 1.0}
    assert contributions_by_position(values)[1] == [-0.5, 1.5, -1, 0]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(
        st.lists(
            st.floats(-1e6, 1e6) | st.sampled_from([0.0, -0.0, 5e-324, -1e-300]),
            min_size=1,
            max_size=6,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_credit_is_shared_by_what_is_positive_and_sums_to_one(
    journeys: list[list[float]],
) -> None:
    row = np.repeat(np.arange(len(journeys)), list(map(len, journeys)))
    counts = np.array(list(map(len, journeys)))[row]
    credit = shared(np.concatenate(journeys), row, counts)
    assert (credit >= 0).all()
    assert np.bincount(row, credit) == pytest.approx(np.ones(len(journeys)))
    for journey, values in enumerate(journeys):
        positive = [max(value, 0.0) for value in values]
        found = credit[row == journey].tolist()
        if not sum(positive):
            assert found == [1 / len(values)] * len(values)
        else:
            assert [c > 0 for c in found] == [p / sum(positive) > 0 for p in positive]


@pytest.mark.parametrize(
    "values",
    [
        pa.chunked_array([[[1, 2], None]]),
        pa.chunked_array([[{"a": 1}, None]]),
        pa.chunked_array([pa.array([b"\xff", b"x"], pa.binary())]),
    ],
)
def test_lists_structures_and_bytes_are_no_attributes(values: pa.ChunkedArray) -> None:
    assert attribute_texts(values).to_pylist() == [None, None]
