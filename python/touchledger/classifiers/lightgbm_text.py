"""LightGBM's text of a model, looked at before LightGBM reads it.

LightGBM finds each tree by its length, in several threads. An error in one of them, or
a tree that points beyond its own ends, ends the whole process; Python can't catch it.
"""

import re
from itertools import accumulate, pairwise

__all__ = ["check_trees"]

# For each inner node, and for each leaf.
_OF_NODES = ("split_feature", "split_gain", "threshold", "decision_type")
_CHILDREN = ("left_child", "right_child")
_OF_LEAVES = ("leaf_value",)


def check_trees(text: str, features: int) -> None:
    """Hold the text of a model to what LightGBM reads without a check.

    Args:
        text: What `Booster.model_to_string` gave.
        features: How many features the model knows.

    Raises:
        ValueError: If a tree isn't whole.
    """
    sizes = re.search(r"^tree_sizes=([0-9 ]+)$", text, re.MULTILINE)
    known = re.search(r"^max_feature_idx=([0-9]+)$", text, re.MULTILINE)
    start = text.find("Tree=0\n")
    if not sizes or not known or start < 0:
        raise ValueError("it has no trees")
    if int(known[1]) + 1 != features:
        raise ValueError(f"its trees know {int(known[1]) + 1} features, not {features}")
    ends = [start, *(start + n for n in accumulate(map(int, sizes[1].split())))]
    for number, (begin, end) in enumerate(pairwise(ends)):
        lines = text[begin:end].splitlines()
        if not lines or lines[0] != f"Tree={number}" or end > len(text):
            raise ValueError(f"tree {number} isn't where it should be")
        _check_tree(
            number, dict(line.split("=", 1) for line in lines if "=" in line), features
        )
    if not text[ends[-1] :].startswith("end of trees"):
        raise ValueError("its trees have no end")


def _check_tree(number: int, fields: dict[str, str], features: int) -> None:
    leaves = int(fields["num_leaves"])
    for name, text in fields.items():
        # What isn't a number ends LightGBM too.
        values = [float(word) for word in text.split()]
        count = leaves - 1 if name in (*_OF_NODES, *_CHILDREN) else leaves
        if name in (*_OF_NODES, *_CHILDREN, *_OF_LEAVES) and len(values) != count:
            raise ValueError(f"tree {number} has {len(values)} of {count} {name}")
        if name == "split_feature" and not all(0 <= v < features for v in values):
            raise ValueError(f"tree {number} splits by a feature that isn't there")
        if name in _CHILDREN and not all(-leaves <= v < leaves - 1 for v in values):
            raise ValueError(f"tree {number} has a branch without an end")
