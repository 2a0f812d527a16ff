"""What the baseline knows of users: their attributes, in columns of 0 to 1.

A level of a text is a column. A number has two, one that rises with it and one that
falls: rates can't be negative, and so neither can weights. Both are 0 where the number
is missing, which has a column of its own.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from touchledger.features.profiles import (
    attribute_cells,
    attribute_features,
    attribute_texts,
)
from touchledger.features.vocabulary import Vocabulary

__all__ = ["Groups", "attributes_of"]

_Ints = NDArray[np.int64]

# Values beyond these percentiles count as the percentile.
_RANGE = (1, 99)


@dataclass(frozen=True)
class Groups:
    """Columns of attributes, and the range of those that are numbers.

    Attributes:
        vocabulary: The attributes' features.
        ranges: Lowest and highest value by column, for numbers.
    """

    vocabulary: Vocabulary
    ranges: dict[int, tuple[float, float]]

    @classmethod
    def learn(cls, profiles: pa.Table) -> "Groups":
        """Choose the columns.

        Args:
            profiles: `user_key, attributes`, attributes being a struct.
        """
        attributes = attributes_of(profiles)
        vocabulary = Vocabulary(tuple(attribute_features([attributes])))
        values = _matrix(attributes, vocabulary, profiles.num_rows).tocsc()
        ranges = {}
        for column, is_missing in _numbers(vocabulary).items():
            known = values[:, [is_missing]].toarray() == 0
            low, high = np.percentile(values[:, [column]].toarray()[known], _RANGE)
            ranges[column] = (float(low), float(high))
        return cls(vocabulary, ranges)

    @classmethod
    def from_dict(cls, payload: dict[str, Any]) -> "Groups":
        """Read what `to_dict` gave."""
        vocabulary = Vocabulary.from_dict(payload["features"])
        return cls(vocabulary, {int(c): (a, b) for c, a, b in payload["ranges"]})

    def to_dict(self) -> dict[str, Any]:
        """Write the columns in lists."""
        return {
            "features": self.vocabulary.to_dict(),
            "ranges": [[column, *ends] for column, ends in self.ranges.items()],
        }

    def of_users(self, profiles: pa.Table, user_keys: _Ints) -> sparse.csr_array:
        """Make the columns of users, `(users, columns)`.

        Args:
            profiles: `user_key, attributes`.
            user_keys: The users, ascending; one without a profile has nothing.
        """
        known = profiles.sort_by("user_key")
        cells = _matrix(attributes_of(known), self.vocabulary, known.num_rows).tocsc()
        missing = _numbers(self.vocabulary)
        columns = []
        for column in range(len(self.vocabulary)):
            values = cells[:, [column]]
            if column in self.ranges:
                low, high = self.ranges[column]
                part = np.clip((values.toarray() - low) / max(high - low, 1e-12), 0, 1)
                is_known = cells[:, [missing[column]]].toarray() == 0
                columns += [is_known * part, is_known * (1 - part)]
            else:
                columns.append(values)
        keys = known["user_key"].to_numpy()
        place = np.searchsorted(user_keys, keys)
        is_user = np.isin(keys, user_keys)
        rows = np.flatnonzero(is_user)
        moved = sparse.csr_array(
            (np.ones(len(rows)), (place[rows], rows)),
            shape=(len(user_keys), len(keys)),
        )
        if not columns:
            return sparse.csr_array((len(user_keys), 0))
        return (moved @ sparse.hstack(columns).tocsr()).tocsr()


def attributes_of(profiles: pa.Table) -> dict[str, pa.ChunkedArray]:
    """Take the attributes out of `user_key, attributes`, by name, as text."""
    if not profiles.num_rows:
        return {}
    fields = profiles.select(["attributes"]).flatten()
    return {
        name.removeprefix("attributes."): attribute_texts(fields[name])
        for name in fields.column_names
        if name != "attributes.user_id"
    }


def _numbers(vocabulary: Vocabulary) -> dict[int, int]:
    """Give the columns of numbers, each with the one that says where it's missing."""
    missing = vocabulary.columns("profile_missing")
    numbers = vocabulary.columns("profile_number")
    return {column: missing[name] for name, column in numbers.items()}


def _matrix(
    attributes: dict[str, pa.ChunkedArray], vocabulary: Vocabulary, users: int
) -> sparse.csr_array:
    rows, columns, values = [np.zeros(0, int)], [np.zeros(0, int)], [np.zeros(0)]
    for row, column, value in attribute_cells(attributes, vocabulary):
        rows.append(row)
        columns.append(column)
        values.append(value)
    cells = (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_array(
        (np.concatenate(values), cells), shape=(users, len(vocabulary))
    )
