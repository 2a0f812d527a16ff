"""What a network calls the channels, campaigns and attributes that it has met.

Names, not keys, stand for channels and campaigns: a key may belong to another one
tomorrow. A name that few touchpoints have shares a row with all such, and so does one
that comes up after the training.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchledger.features.profiles import (
    attribute_features,
    attribute_numbers,
    attribute_texts,
)
from touchledger.features.vocabulary import Feature

__all__ = ["AttributeRows", "Categories", "Scaling", "counted_texts"]

_Floats = NDArray[np.float64]
_Rows = NDArray[np.int32]

# A level of fewer touchpoints says little of the next one.
_RAREST = 10
# The commonest; an embedding of more has little to learn each from.
_MOST_LEVELS = 5_000
# Of the size of numbers: sums of equal ones differ from a product by less.
_LEAST = 1e-6
Level = tuple[str, ...]


@dataclass(frozen=True)
class Categories:
    """The rows of the embedding of steps.

    Attributes:
        fields: The categories of a step with the levels that have a row of their own,
            in the order of rows. In each field the row before them is for all others.
    """

    fields: tuple[tuple[str, tuple[Level, ...]], ...]

    @classmethod
    def counted(cls, counts: Mapping[str, Mapping[Level, int]]) -> "Categories":
        """Give rows to levels by how many touchpoints have them.

        Args:
            counts: Touchpoints to learn from by field and level.

        Example:
            >>> rows = Categories.counted({"channel": {("email",): 40, ("fax",): 2}})
            >>> rows.rows("channel"), len(rows)
            ({('email',): 2}, 3)
        """
        fields = []
        for name, levels in counts.items():
            common = sorted(levels.items(), key=lambda item: (-item[1], item[0]))
            kept = [level for level, count in common[:_MOST_LEVELS] if count >= _RAREST]
            fields.append((name, tuple(kept)))
        return cls(tuple(fields))

    @classmethod
    def from_dict(cls, payload: Sequence[Any]) -> "Categories":
        """Read what `to_dict` gave."""
        return cls(
            tuple(
                (name, tuple(tuple(level) for level in levels))
                for name, levels in payload
            )
        )

    def to_dict(self) -> list[Any]:
        """Write the fields as lists of texts."""
        return [
            [name, [list(level) for level in levels]] for name, levels in self.fields
        ]

    @property
    def names(self) -> tuple[str, ...]:
        """Give the fields."""
        return tuple(name for name, _ in self.fields)

    def __len__(self) -> int:
        """Give the number of rows, the one for nothing included."""
        return 1 + sum(1 + len(levels) for _, levels in self.fields)

    def other(self, field: str) -> int:
        """Give the row of a field's other levels."""
        row = 1
        for name, levels in self.fields:
            if name == field:
                return row
            row += 1 + len(levels)
        raise KeyError(field)

    def rows(self, field: str) -> dict[Level, int]:
        """Give the row of each level of a field that has one of its own."""
        first = self.other(field) + 1
        levels = dict(self.fields)[field]
        return {level: first + place for place, level in enumerate(levels)}

    def by_key(self, names: pa.Table, field: str) -> _Rows:
        """Give the row of each channel or campaign.

        Args:
            names: `channel_key, channel, campaign_key, campaign`.
            field: `channel` or `campaign`.

        Returns:
            Rows by key, `(highest key + 1,)`; 0 for the key 0, which is nothing.
        """
        columns = ("channel",) if field == "channel" else ("channel", "campaign")
        keys = names[f"{field}_key"].to_numpy()
        known, other = self.rows(field), self.other(field)
        levels = zip(*(names[column].to_pylist() for column in columns), strict=True)
        rows = np.full(int(keys.max(initial=0)) + 1, other, np.int32)
        rows[0] = 0
        rows[keys] = [known.get(level, other) for level in levels]
        return rows

    def of_texts(self, texts: pa.ChunkedArray, field: str) -> _Rows:
        """Give the row of each text; 0 where there is none."""
        known, other = self.rows(field), self.other(field)
        encoded = texts.combine_chunks().dictionary_encode()
        rows = [known.get((text,), other) for text in encoded.dictionary.to_pylist()]
        codes = pc.fill_null(encoded.indices, len(rows)).to_numpy()
        found: _Rows = np.array([*rows, 0], np.int32)[codes]
        return found


def counted_texts(texts: pa.ChunkedArray) -> Counter[Level]:
    """Count texts, as levels of one part."""
    found = pc.value_counts(texts.drop_null()).to_pylist()
    return Counter({(row["values"],): row["counts"] for row in found})


@dataclass(frozen=True, eq=False)
class Scaling:
    """Numbers moved to a mean of 0 and a standard deviation of 1.

    Attributes:
        means: Of what was learned from, `(numbers,)`.
        deviations: Likewise; 0 for numbers that are all the same. Nothing was learned
            of what another value means, so each value is the mean.
    """

    means: _Floats
    deviations: _Floats

    @classmethod
    def of(cls, values: NDArray[np.floating[Any]]) -> "Scaling":
        """Learn from `(rows, numbers)`; what isn't finite doesn't count."""
        known = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
        count = np.maximum(np.isfinite(known).sum(axis=0), 1)
        means = np.nansum(known, axis=0) / count
        deviations = np.sqrt(np.nansum((known - means) ** 2, axis=0) / count)
        # Dates such as 20180731 are far from 0 and near each other: size says nothing.
        lowest = np.nanmin(known, axis=0, initial=np.inf)
        highest = np.nanmax(known, axis=0, initial=-np.inf)
        return cls(means, np.where(lowest < highest, deviations, 0))

    @classmethod
    def of_sums(cls, count: _Floats, total: _Floats, squares: _Floats) -> "Scaling":
        """Learn from sums of numbers and of their squares, `(numbers,)` each.

        Numbers whose deviation is next to nothing beside their size count as the same.
        """
        means = total / np.maximum(count, 1)
        square = squares / np.maximum(count, 1)
        deviations = np.sqrt(np.maximum(square - means**2, 0))
        varies = deviations > _LEAST * np.sqrt(square)
        return cls(means, np.where(varies, deviations, 0))

    def scaled(self, values: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """Scale `(rows, numbers)`; a missing number becomes the mean."""
        varies = self.deviations > 0
        found = (values - self.means) / np.where(varies, self.deviations, 1)
        known = varies & np.isfinite(found)
        return np.where(known, np.clip(found, -10, 10), 0.0).astype(np.float32)

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any]) -> "Scaling":
        """Read what `to_dict` gave."""
        return cls(np.array(payload["means"]), np.array(payload["deviations"]))

    def to_dict(self) -> dict[str, Any]:
        """Write the numbers as lists."""
        return {"means": self.means.tolist(), "deviations": self.deviations.tolist()}


@dataclass(frozen=True)
class AttributeRows:
    """The rows of the embedding of attributes, and which attributes are numbers.

    Attributes:
        features: What `features.profiles.attribute_features` gives.
    """

    features: tuple[Feature, ...]

    @classmethod
    def seen(cls, chunks: Any) -> "AttributeRows":
        """Learn from attributes of users, as `SnapshotTables.attributes` gives them."""
        return cls(tuple(attribute_features(chunks)))

    @classmethod
    def from_dict(cls, payload: Sequence[Sequence[str]]) -> "AttributeRows":
        """Read what `to_dict` gave."""
        return cls(tuple(Feature(group, tuple(level)) for group, *level in payload))

    def to_dict(self) -> list[list[str]]:
        """Write the features as lists of texts."""
        return [[feature.group, *feature.level] for feature in self.features]

    @property
    def names(self) -> tuple[str, ...]:
        """Give the attributes; each has a category, if only that it is missing."""
        return tuple(dict.fromkeys(feature.level[0] for feature in self.features))

    @property
    def numbers(self) -> tuple[str, ...]:
        """Give the attributes that are numbers."""
        return tuple(f.level[0] for f in self.features if f.group == "profile_number")

    def __len__(self) -> int:
        """Give the number of rows, the one for nothing included."""
        return 1 + len(self.features)

    def encoded(
        self, attributes: Mapping[str, pa.ChunkedArray], journeys: int
    ) -> tuple[_Rows, _Floats]:
        """Encode attributes of users.

        Args:
            attributes: Attributes by name, `(journeys,)` each. One that wasn't there
                before is left out; one that isn't there any more is missing.
            journeys: How many journeys there are.

        Returns:
            Rows, `(journeys, attributes)`, and numbers, `(journeys, numbers)`, which
            are NaN where they are missing.
        """
        rows = np.zeros((journeys, len(self.names)), np.int32)
        numbers = np.full((journeys, len(self.numbers)), np.nan)
        place = {(f.group, f.level): 1 + i for i, f in enumerate(self.features)}
        for column, name in enumerate(self.names):
            missing = place.get(("profile_missing", (name,)), 0)
            if name not in attributes:
                rows[:, column] = missing
                continue
            texts = attribute_texts(attributes[name])
            if name in self.numbers:
                found = attribute_numbers(texts)
                numbers[:, self.numbers.index(name)] = found
                rows[:, column] = np.where(np.isfinite(found), 0, missing)
                continue
            other = place.get(("profile_other", (name,)), 0)
            encoded = texts.combine_chunks().dictionary_encode()
            levels = [
                place.get(("profile_level", (name, text)), other)
                for text in encoded.dictionary.to_pylist()
            ]
            codes = pc.fill_null(encoded.indices, len(levels)).to_numpy()
            rows[:, column] = np.array([*levels, missing])[codes]
        return rows, numbers
