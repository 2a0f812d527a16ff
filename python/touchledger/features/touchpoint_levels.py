"""Columns of touchpoints as features: how many touchpoints have each common level.

Rare levels share a feature, and so do touchpoints of which the column says nothing.
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchledger.features.levels import LevelCounts
from touchledger.features.vocabulary import Feature, Vocabulary

__all__ = ["level_columns", "level_features"]


def level_features(
    chunks: Iterable[Mapping[str, pa.ChunkedArray]],
) -> list[Feature]:
    """Say which features the columns of touchpoints make.

    Args:
        chunks: Texts by the column's name, some touchpoints after the others.

    Returns:
        Features of the groups `touchpoint_…`.

    Example:
        >>> import pyarrow as pa
        >>> chunk = {"device": pa.chunked_array([["phone"] * 10 + ["tv", None]])}
        >>> for feature in level_features([chunk]):
        ...     print(feature)
        device: phone
        device: (other)
        device: (missing)
    """
    seen: dict[str, LevelCounts] = {}
    for texts_of in chunks:
        for name, texts in texts_of.items():
            seen.setdefault(name, LevelCounts()).add(texts)
    return [
        feature for name, counts in seen.items() for feature in _features(name, counts)
    ]


def level_columns(
    name: str, texts: pa.ChunkedArray, vocabulary: Vocabulary
) -> NDArray[np.int64]:
    """Find the feature of each touchpoint.

    Args:
        name: The column.
        texts: What it says of each touchpoint, `(touchpoints,)`; null for nothing.
        vocabulary: The features. A level that isn't in it is a rare one.

    Returns:
        The column of the matrix, `(touchpoints,)`; -1 where there is none.
    """
    levels, other, missing = (
        vocabulary.columns(f"touchpoint_{kind}")
        for kind in ("level", "other", "missing")
    )
    encoded = texts.combine_chunks().dictionary_encode()
    rare = other.get((name,), -1)
    of_level = [
        levels.get((name, level), rare) for level in encoded.dictionary.to_pylist()
    ]
    codes = pc.fill_null(encoded.indices, len(of_level)).to_numpy()
    columns: NDArray[np.int64] = np.array([*of_level, missing.get((name,), -1)])[codes]
    return columns


def _features(name: str, counts: LevelCounts) -> Iterator[Feature]:
    for level in counts.common():
        yield Feature("touchpoint_level", (name, level))
    yield Feature("touchpoint_other", (name,))
    yield Feature("touchpoint_missing", (name,))
