"""Attributes of users as features, whatever they are called and hold.

An attribute whose values are all numbers is a number; any other is text, and its common
levels are features. Rare levels share one, and so do users of whom nothing is known.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchledger.features.levels import LevelCounts
from touchledger.features.vocabulary import Feature, Vocabulary

__all__ = [
    "attribute_cells",
    "attribute_features",
    "attribute_numbers",
    "attribute_texts",
]

Cells = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]

# The matrix holds numbers of 32 bits, and their squares must be finite too.
_LARGEST = 1e18


@dataclass
class _Seen:
    """What values of one attribute have been seen."""

    is_number: bool = True
    levels: LevelCounts = field(default_factory=LevelCounts)

    def add(self, texts: pa.ChunkedArray) -> None:
        known = texts.drop_null()
        if self.is_number:
            self.is_number = bool(np.isfinite(attribute_numbers(known)).all())
        self.levels.add(known)

    def features(self, name: str) -> Iterator[Feature]:
        if self.is_number and self.levels.counts:
            yield Feature("profile_number", (name,))
        else:
            for level in self.levels.common():
                yield Feature("profile_level", (name, level))
            yield Feature("profile_other", (name,))
        yield Feature("profile_missing", (name,))


def attribute_features(
    chunks: Iterable[Mapping[str, pa.ChunkedArray]],
) -> list[Feature]:
    """Say which features the attributes of users make.

    Args:
        chunks: Attributes by name, a chunk of users after the other.

    Returns:
        Features of the groups `profile_…`.

    Example:
        >>> import pyarrow as pa
        >>> chunk = {"age": pa.chunked_array([["31", None, "45"]])}
        >>> for feature in attribute_features([chunk]):
        ...     print(feature)
        profile: age
        profile: age / (missing)
    """
    seen: dict[str, _Seen] = {}
    for attributes in chunks:
        for name, values in attributes.items():
            seen.setdefault(name, _Seen()).add(attribute_texts(values))
    return [feature for name, s in seen.items() for feature in s.features(name)]


def attribute_cells(
    attributes: Mapping[str, pa.ChunkedArray], vocabulary: Vocabulary
) -> Iterator[Cells]:
    """Give the cells of the matrix that attributes fill.

    Args:
        attributes: Attributes by name, `(snapshots,)` each.
        vocabulary: The features. A level that isn't in it is the rare one, or nothing.

    Yields:
        Rows, columns and values.
    """
    numbers, levels, other, missing = (
        vocabulary.columns(f"profile_{kind}")
        for kind in ("number", "level", "other", "missing")
    )
    for name, values in attributes.items():
        texts = attribute_texts(values)
        if (name,) in missing:
            yield _ones(np.flatnonzero(texts.is_null()), missing[(name,)])
        if (name,) in numbers:
            found = attribute_numbers(texts)
            rows = np.flatnonzero(np.isfinite(found) & (found != 0))
            yield rows, np.full(len(rows), numbers[(name,)]), found[rows]
            continue
        encoded = texts.combine_chunks().dictionary_encode()
        rare = other.get((name,), -1)
        of_level = [
            levels.get((name, level), rare) for level in encoded.dictionary.to_pylist()
        ]
        codes = pc.fill_null(encoded.indices, len(of_level)).to_numpy()
        columns = np.array([*of_level, -1])[codes]
        rows = np.flatnonzero(columns >= 0)
        yield rows, columns[rows], np.ones(len(rows))


def _ones(rows: NDArray[np.int64], column: int) -> Cells:
    return rows, np.full(len(rows), column), np.ones(len(rows))


def attribute_texts(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write an attribute as text.

    Args:
        values: The attribute, of any type.

    Returns:
        Texts. Blank ones are no value, and nor are lists, structures and bytes.

    Example:
        >>> import pyarrow as pa
        >>> attribute_texts(pa.chunked_array([[1, None]])).to_pylist()
        ['1', None]
    """
    if pa.types.is_nested(values.type) or pa.types.is_binary(values.type):
        return pa.chunked_array([pa.nulls(len(values), pa.string())])
    texts = pc.utf8_trim_whitespace(values.cast(pa.string()))
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def attribute_numbers(texts: pa.ChunkedArray) -> NDArray[np.float64]:
    """Read texts as numbers up to 1e18; what is none, or missing, is NaN."""
    found = pd.to_numeric(texts.to_pandas().astype(object), errors="coerce")
    numbers: NDArray[np.float64] = found.to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isinf(numbers), np.nan, np.clip(numbers, -_LARGEST, _LARGEST))
