"""Journeys as a network reads them, and the names and scales that it learns.

The position of a touchpoint in its snapshot says where it goes, so nothing is sorted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchledger.features.tables import SNAPSHOTS_AT_ONCE
from touchledger.networks.journeys import Journeys
from touchledger.networks.relations import Chunk, SequenceTables
from touchledger.networks.vocabulary import (
    AttributeRows,
    Categories,
    Level,
    Scaling,
    counted_texts,
)

__all__ = ["PLACES", "Reader", "learn_vocabulary"]

_Ints = NDArray[np.int64]

PLACES = ("channel", "campaign")


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads journeys as a network was trained to see them.

    Attributes:
        categories: The rows of steps.
        attributes: The rows of attributes.
        number_scaling: Of clicks and of the logarithm of the cost.
        attribute_scaling: Of attributes that are numbers.
    """

    categories: Categories
    attributes: AttributeRows
    number_scaling: Scaling
    attribute_scaling: Scaling

    def read(
        self, tables: SequenceTables, snapshot_keys: _Ints, user_keys: _Ints
    ) -> Iterator[Journeys]:
        """Read snapshots, a range after the other, in their order.

        Args:
            tables: The relations.
            snapshot_keys: The snapshots, ascending, `(snapshots,)`.
            user_keys: The user of each, `(snapshots,)`.
        """
        by_key = self.rows_by_key(tables.named)
        for chunk in tables.chunks(snapshot_keys, user_keys):
            yield self.journeys(chunk, by_key)

    def rows_by_key(self, names: pa.Table) -> dict[str, NDArray[np.int32]]:
        """Give the rows of channels and of campaigns by their keys.

        Args:
            names: `channel_key, channel, campaign_key, campaign`.
        """
        return {field: self.categories.by_key(names, field) for field in PLACES}

    def nothing(self) -> Journeys:
        """Give no journeys at all."""
        return Journeys(
            lengths=np.empty(0, np.int64),
            categories=np.empty((0, len(self.categories.names)), np.int32),
            numbers=np.empty((0, 2), np.float32),
            ages=np.empty(0, np.float32),
            exposures=np.empty(0, np.float32),
            attributes=np.empty((0, len(self.attributes.names)), np.int32),
            attribute_numbers=np.empty((0, len(self.attributes.numbers)), np.float32),
        )

    def journeys(
        self, chunk: Chunk, by_key: Mapping[str, NDArray[np.int32]]
    ) -> Journeys:
        """Read the snapshots of a chunk.

        Args:
            chunk: What is known of them.
            by_key: What `rows_by_key` gave.
        """
        rows = chunk.touchpoints
        lengths, target = _places(chunk)
        categories = np.zeros((len(target), len(self.categories.names)), np.int32)
        features = chunk.features
        for column, field in enumerate(self.categories.names):
            if field in PLACES:
                keys = pc.fill_null(rows[f"{field}_key"], 0).to_numpy()
                found = by_key[field][keys]
            elif _name(field) in features:
                found = self.categories.of_texts(features[_name(field)], field)
            else:
                found = 0
            categories[target, column] = found
        numbers = np.empty((len(target), 2))
        numbers[target] = chunk.numbers
        ages = np.empty(len(target), np.float32)
        ages[target] = rows["days_before_cutoff"].to_numpy()
        channels = np.empty(len(target), np.int64)
        channels[target] = rows["channel_key"].to_numpy()
        attributes, known = self.attributes.encoded(
            chunk.attributes, len(chunk.snapshot_keys)
        )
        return Journeys(
            lengths=lengths,
            categories=categories,
            numbers=self.number_scaling.scaled(numbers),
            ages=ages,
            exposures=_exposures(lengths, channels),
            attributes=attributes,
            attribute_numbers=self.attribute_scaling.scaled(known),
        )

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any]) -> "Reader":
        """Read what `to_dict` gave."""
        return cls(
            categories=Categories.from_dict(payload["categories"]),
            attributes=AttributeRows.from_dict(payload["attributes"]),
            number_scaling=Scaling.from_dict(payload["number_scaling"]),
            attribute_scaling=Scaling.from_dict(payload["attribute_scaling"]),
        )

    def to_dict(self) -> dict[str, Any]:
        """Write all as lists, numbers and text."""
        return {name: part.to_dict() for name, part in vars(self).items()}


def learn_vocabulary(
    tables: SequenceTables, snapshot_keys: _Ints, user_keys: _Ints
) -> Reader:
    """Learn the names and the scales of snapshots to learn from.

    Args:
        tables: The relations.
        snapshot_keys: Snapshots to learn from, ascending, `(snapshots,)`.
        user_keys: The user of each, `(snapshots,)`.
    """
    counts: dict[str, Counter[Level]] = {field: Counter() for field in PLACES}
    sums = np.zeros((3, 2))
    levels = {row["campaign_key"]: row for row in tables.named.to_pylist()}
    channels = {row["channel_key"]: row["channel"] for row in levels.values()}
    for chunk in tables.chunks(snapshot_keys, user_keys):
        rows = chunk.touchpoints
        for key, count in _counted(rows["channel_key"]):
            counts["channel"][(channels[key],)] += count
        for key, count in _counted(rows["campaign_key"]):
            row = levels[key]
            counts["campaign"][(row["channel"], row["campaign"])] += count
        for name, texts in chunk.features.items():
            counts.setdefault(_field(name), Counter()).update(counted_texts(texts))
        # Rows come in any order, and sums of sorted numbers are the same for all.
        numbers = np.sort(chunk.numbers, axis=0)
        sums += [
            np.full(2, len(numbers)),
            numbers.sum(axis=0),
            (numbers**2).sum(axis=0),
        ]
    attributes = AttributeRows.seen(tables.attributes(user_keys))
    return Reader(
        categories=Categories.counted(counts),
        attributes=attributes,
        number_scaling=Scaling.of_sums(*sums),
        attribute_scaling=_attribute_scaling(tables, user_keys, attributes),
    )


def _attribute_scaling(
    tables: SequenceTables, user_keys: _Ints, attributes: AttributeRows
) -> Scaling:
    parts = [
        attributes.encoded(
            part, min(SNAPSHOTS_AT_ONCE, len(user_keys) - i * SNAPSHOTS_AT_ONCE)
        )[1]
        for i, part in enumerate(tables.attributes(user_keys))
    ]
    empty = np.empty((0, len(attributes.numbers)))
    return Scaling.of(np.concatenate([empty, *parts]))


def _field(name: str) -> str:
    """Name the field of a column of the input, whatever the column is called."""
    return f"feature {name}"


def _name(field: str) -> str:
    return field.removeprefix("feature ")


def _counted(keys: pa.ChunkedArray) -> Iterator[tuple[int, int]]:
    for row in pc.value_counts(keys.drop_null()).to_pylist():
        yield row["values"], row["counts"]


def _places(chunk: Chunk) -> tuple[_Ints, _Ints]:
    """Give the steps of each snapshot, and the step that each touchpoint is."""
    rows = chunk.touchpoints
    snapshot = np.searchsorted(chunk.snapshot_keys, rows["snapshot_key"].to_numpy())
    lengths = np.bincount(snapshot, minlength=len(chunk.snapshot_keys))
    starts = np.cumsum(lengths) - lengths
    passed_over = np.maximum(rows["touch_count"].to_numpy() - chunk.max_touches, 0)
    return lengths, starts[snapshot] + rows["position"].to_numpy() - 1 - passed_over


def _exposures(lengths: _Ints, channels: _Ints) -> NDArray[np.float32]:
    """Say what each step adds to the exposure to its channel, `(steps,)`."""
    journey = np.repeat(np.arange(len(lengths)), lengths)
    # Stable: of touchpoints of one channel the earlier ones stay the earlier ones.
    order = np.lexsort((channels, journey))
    is_first = np.ones(len(order), bool)
    is_first[1:] = (np.diff(journey[order]) != 0) | (np.diff(channels[order]) != 0)
    firsts = np.flatnonzero(is_first)
    count = (
        np.arange(len(order)) - np.repeat(firsts, np.diff([*firsts, len(order)])) + 1
    )
    exposures = np.empty(len(order), np.float32)
    exposures[order] = np.log2((1 + count) / count)
    return exposures
