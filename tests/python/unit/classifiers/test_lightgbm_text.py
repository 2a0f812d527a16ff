"""A broken text of trees is an error, and not the end of the process."""

import lightgbm
import numpy as np
import pytest

from touchledger.classifiers.lightgbm_text import check_trees


@pytest.fixture(scope="module")
def trees() -> str:
    random = np.random.default_rng(1)
    data = lightgbm.Dataset(random.random((80, 3)), random.integers(0, 2, 80))
    parameters = {"objective": "binary", "verbose": -1, "num_leaves": 4}
    text = lightgbm.train(
        {**parameters, "min_data_in_leaf": 1}, data, 3
    ).model_to_string()
    assert "num_leaves=4" in text
    return str(text)


def test_what_lightgbm_writes_holds(trees: str) -> None:
    check_trees(trees, 3)


def test_a_model_of_one_leaf_holds() -> None:
    data = lightgbm.Dataset(np.zeros((80, 3)), np.arange(80) % 2)
    booster = lightgbm.train({"objective": "binary", "verbose": -1}, data, 1)
    check_trees(booster.model_to_string(), 3)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("tree_sizes=", "sizes=", "it has no trees"),
        ("max_feature_idx=2", "max_feature_idx=9", "know 10 features, not 3"),
        ("left_child=", "left_child=1 ", "tree 0 has 4 of 3 left_child"),
        ("threshold=", "threshold=0 ", "tree 0 has 4 of 3 threshold"),
        ("Tree=1", "Tree=7", "tree 1 isn't where it should be"),
        ("end of trees", "", "have no end"),
    ],
)
def test_a_tree_that_is_not_whole_is_an_error(
    old: str, new: str, expected: str, trees: str
) -> None:
    assert old in trees
    with pytest.raises(ValueError, match=expected):
        check_trees(trees.replace(old, new, 1), 3)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("split_feature", "splits by a feature that isn't there"),
        ("left_child", "has a branch without an end"),
        ("leaf_value", "could not convert"),
    ],
)
def test_a_value_that_points_nowhere_is_an_error(
    name: str, expected: str, trees: str
) -> None:
    begin = trees.index(f"{name}=", trees.index("Tree=0")) + len(name) + 1
    # Of the same length, so that the trees stay where they are.
    broken = trees[:begin] + ("x" if name == "leaf_value" else "9") + trees[begin + 1 :]
    with pytest.raises(ValueError, match=expected):
        check_trees(broken, 3)
