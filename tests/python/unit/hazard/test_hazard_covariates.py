"""Attributes of users as columns of the baseline."""

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchledger.hazard.covariates import Groups, attributes_of

many = settings(max_examples=60, deadline=None, derandomize=True)

# A level of ten users isn't rare any more.
COMMON = 10


def profiles_of(user_keys=None, **attributes) -> pa.Table:
    columns = {name: pa.array(values) for name, values in attributes.items()}
    users = len(next(iter(columns.values())))
    ids = pa.array([f"u{user}" for user in range(users)])
    struct = pa.StructArray.from_arrays(
        [ids, *columns.values()], names=["user_id", *columns]
    )
    keys = list(range(users)) if user_keys is None else user_keys
    return pa.table({"user_key": pa.array(keys, pa.int64()), "attributes": struct})


def columns_of(profiles: pa.Table, users: int | None = None) -> np.ndarray:
    """Learn the columns of users 0, 1, ... and make them."""
    keys = np.arange(profiles.num_rows if users is None else users)
    return Groups.learn(profiles).of_users(profiles, keys).toarray()


def names_of(groups: Groups) -> list[str]:
    return [str(feature) for feature in groups.vocabulary.features]


# Levels


def test_a_common_level_is_a_column_and_rare_ones_share_one():
    levels = ["red"] * COMMON + ["blue"] * COMMON + ["pink", "grey"]
    profiles = profiles_of(colour=levels)
    assert names_of(Groups.learn(profiles)) == [
        "profile: colour / blue",
        "profile: colour / red",
        "profile: colour / (other)",
        "profile: colour / (missing)",
    ]
    found = columns_of(profiles)
    red, blue, rare = [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]
    assert found.tolist() == [red] * COMMON + [blue] * COMMON + [rare] * 2


def test_a_level_that_was_not_learned_is_a_rare_one():
    groups = Groups.learn(profiles_of(colour=["red"] * COMMON))
    found = groups.of_users(profiles_of(colour=["green", "red"]), np.arange(2))
    assert found.toarray().tolist() == [[0, 1, 0], [1, 0, 0]]


def test_a_missing_level_has_a_column_and_blank_text_is_missing():
    found = columns_of(profiles_of(colour=["red"] * COMMON + [None, "", " "]))
    assert found[COMMON:].tolist() == [[0, 0, 1]] * 3


def test_flags_are_levels():
    found = columns_of(profiles_of(is_member=[True, False] * COMMON))
    assert (found.sum(axis=1) == 1).all()
    assert (found[0] != found[1]).any()


# Numbers

numbers = st.floats(-1e6, 1e6, allow_subnormal=False)


@many
@given(st.lists(st.one_of(st.none(), numbers), min_size=2, max_size=30))
def test_a_number_has_two_columns_that_sum_to_one_and_none_where_it_is_missing(ages):
    ages = [40.0, *ages]
    rising, falling, missing = columns_of(profiles_of(age=ages)).T
    is_missing = np.array([age is None for age in ages])
    assert (missing == is_missing).all()
    assert rising + falling == pytest.approx(np.where(is_missing, 0, 1))
    assert min(rising.min(), falling.min()) >= 0


@many
@given(st.lists(numbers, min_size=2, max_size=30))
def test_columns_of_a_number_rise_and_fall_with_it(ages):
    rising, falling, _ = columns_of(profiles_of(age=ages)).T
    order = np.argsort(ages)
    assert (np.diff(rising[order]) >= 0).all()
    assert (np.diff(falling[order]) <= 0).all()


def test_numbers_fill_the_range_of_those_that_are_known():
    ages = [float(age) for age in range(20, 61)] + [None] * 60
    rising, falling, _ = columns_of(profiles_of(age=ages)).T
    assert (rising[0], falling[0]) == (0, 1)
    assert (rising[40], falling[40]) == (1, 0)
    # Values beyond the outermost percentiles count as the percentile.
    assert rising[20] == pytest.approx(0.5)
    outlier = columns_of(profiles_of(age=[*range(200), 10**9]))[:, 0]
    assert outlier[99] == pytest.approx(0.5, abs=0.01)


def test_negative_numbers_make_no_negative_columns():
    found = columns_of(profiles_of(balance=[-500, -20, 0, 70]))
    assert found.min() >= 0
    assert found[:, 0].argsort().tolist() == [0, 1, 2, 3]


def test_a_number_that_is_the_same_for_all_stays_in_range():
    found = columns_of(profiles_of(age=[30, 30, None]))
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.max() <= 1


# Users


def test_rows_are_those_of_the_users_whatever_their_order():
    keys = [9, 2, 5]
    profiles = profiles_of(keys, colour=["red", "blue", None], age=[3, 1, 2])
    users = np.array([2, 5, 9])
    groups = Groups.learn(profiles)
    found = groups.of_users(profiles, users).toarray()
    # Levels are too few to be columns; what is known best is the age.
    rising = found[:, names_of(groups).index("profile: age")]
    assert rising[0] < rising[1] < rising[2]
    turned = groups.of_users(profiles.take([2, 0, 1]), users).toarray()
    assert (turned == found).all()


def test_a_user_without_a_profile_has_nothing_and_other_profiles_do_no_harm():
    profiles = profiles_of([1, 3, 7], age=[10, 20, 30])
    found = Groups.learn(profiles).of_users(profiles, np.array([0, 3, 4, 7])).toarray()
    assert found[[0, 2]].tolist() == [[0, 0, 0]] * 2
    assert found[1].tolist() == [pytest.approx(0.5), pytest.approx(0.5), 0]
    assert found[3].tolist() == [1, 0, 0]


def test_without_profiles_there_are_no_columns():
    for profiles in (profiles_of([], age=pa.array([], pa.int64())),):
        assert attributes_of(profiles) == {}
        assert columns_of(profiles, users=3).shape == (3, 0)


def test_profiles_that_hold_only_the_user_have_no_columns():
    alone = pa.StructArray.from_arrays([pa.array(["u", "v"])], names=["user_id"])
    profiles = pa.table({"user_key": [0, 1], "attributes": alone})
    assert columns_of(profiles).shape == (2, 0)


def test_columns_that_were_learned_are_empty_where_profiles_are_gone():
    groups = Groups.learn(profiles_of(age=[1, 2, 3]))
    gone = profiles_of([], age=pa.array([], pa.int64()))
    found = groups.of_users(gone, np.arange(4))
    assert found.shape == (4, 3)
    assert not found.nnz


def test_an_attribute_that_is_gone_or_new_changes_no_other_column():
    profiles = profiles_of(age=[1, 2, 3], colour=["red"] * 3)
    groups = Groups.learn(profiles)
    today = profiles_of(age=[1, 2, 3], taste=["sweet"] * 3)
    before, after = (
        groups.of_users(p, np.arange(3)).toarray() for p in (profiles, today)
    )
    assert after.shape == before.shape
    assert (after[:, :3] == before[:, :3]).all()
    assert not after[:, 3:].any()


def test_groups_come_back_from_json_as_they_were():
    profiles = profiles_of(
        age=[-1.5, 2.25, None] * COMMON, colour=["red", "a / b", None] * COMMON
    )
    groups = Groups.learn(profiles)
    again = Groups.from_dict(json.loads(json.dumps(groups.to_dict())))
    assert again == groups
    keys = np.arange(profiles.num_rows)
    before, after = (g.of_users(profiles, keys).toarray() for g in (groups, again))
    assert (before == after).all()
