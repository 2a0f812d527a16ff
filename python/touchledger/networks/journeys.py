"""Journeys as flat arrays: the steps of one after those of the other, never padded."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchledger.fits.versions import mixed_bits

__all__ = ["Journeys", "equal_journeys", "journey_hashes", "padded_lengths"]

_Floats = NDArray[np.float32]
_Ints = NDArray[np.int64]
_Rows = NDArray[np.int32]

# Where there are few journeys, fewer lengths mean fuller batches, more of them less
# padding.
_FEW_LENGTHS = (1, 2, 4, 8)
_MANY_STEPS = 200_000


@dataclass(frozen=True, eq=False)
class Journeys:
    """What a network reads of journeys.

    Attributes:
        lengths: Steps of each journey, `(journeys,)`.
        categories: Rows of the embedding, `(steps, fields)`; 0 for nothing. The first
            field is the channel.
        numbers: What each step is known by as numbers, `(steps, numbers)`.
        ages: Days from the step to the snapshot, `(steps,)`.
        exposures: What each step adds to the exposure to its channel, `(steps,)`: the
            k-th touchpoint of a channel adds log2((1 + k) / k).
        attributes: Rows of the embedding of attributes, `(journeys, attributes)`; 0
            for nothing.
        attribute_numbers: Attributes that are numbers, scaled, `(journeys, numbers)`.
    """

    lengths: _Ints
    categories: _Rows
    numbers: _Floats
    ages: _Floats
    exposures: _Floats
    attributes: _Rows
    attribute_numbers: _Floats

    def __len__(self) -> int:
        """Give the number of journeys."""
        return len(self.lengths)

    @cached_property
    def starts(self) -> _Ints:
        """Give the first step of each journey, and the end, `(journeys + 1,)`."""
        return np.concatenate([[0], np.cumsum(self.lengths)])

    def steps_of(self, rows: _Ints) -> _Ints:
        """Give the steps of some journeys, one journey after the other."""
        lengths = self.lengths[rows]
        ends = np.cumsum(lengths)
        shift = np.repeat(self.starts[rows] - (ends - lengths), lengths)
        return shift + np.arange(ends[-1] if len(ends) else 0)

    def taken(self, rows: _Ints) -> "Journeys":
        """Keep some journeys, in the order asked for."""
        return self._of(rows, self.lengths[rows], self.steps_of(rows))

    def without_profile(self) -> "Journeys":
        """Leave out the attributes of users."""
        return replace(
            self,
            attributes=self.attributes[:, :0],
            attribute_numbers=self.attribute_numbers[:, :0],
        )

    def without_cells(self, kept: NDArray[np.bool_]) -> "Journeys":
        """Keep some categories of steps, in the order of cells; steps stay."""
        categories = self.categories.copy()
        categories[np.nonzero(categories)] *= kept
        return replace(self, categories=categories)

    def only(self, kept: NDArray[np.bool_]) -> "Journeys":
        """Keep some steps, `(steps,)`; a journey may keep none."""
        counted = np.concatenate([[0], np.cumsum(kept)])
        lengths = np.diff(counted[self.starts])
        return self._of(np.arange(len(self)), lengths, np.flatnonzero(kept))

    def _of(self, rows: _Ints, lengths: _Ints, steps: _Ints) -> "Journeys":
        return Journeys(
            lengths=lengths,
            categories=self.categories[steps],
            numbers=self.numbers[steps],
            ages=self.ages[steps],
            exposures=self.exposures[steps],
            attributes=self.attributes[rows],
            attribute_numbers=self.attribute_numbers[rows],
        )

    def widened(self, width: int) -> _Rows:
        """Give the categories with nothing in further fields, `(steps, width)`."""
        missing = width - self.categories.shape[1]
        return np.pad(self.categories, ((0, 0), (0, missing)))

    @classmethod
    def joined(cls, parts: list["Journeys"]) -> "Journeys":
        """Put journeys one after the other; at least one part."""
        width = max(part.categories.shape[1] for part in parts)
        parts = [replace(part, categories=part.widened(width)) for part in parts]
        return cls(
            **{
                field.name: np.concatenate(
                    [getattr(part, field.name) for part in parts]
                )
                for field in fields(cls)
            }
        )

    def by_length(
        self, lengths: tuple[int, ...], batch_steps: int, order: _Ints
    ) -> Iterator[tuple[int, _Ints]]:
        """Put journeys of about the same length together.

        Args:
            lengths: What journeys are padded to, ascending.
            batch_steps: Steps in a batch, padding included, at most.
            order: Journeys in the order in which they are taken.

        Yields:
            The padded length and the journeys of a batch.
        """
        of = np.searchsorted(lengths, self.lengths[order])
        for place, length in enumerate(lengths):
            rows = order[of == place]
            size = max(batch_steps // max(length, 1), 1)
            for start in range(0, len(rows), size):
                yield length, rows[start : start + size]

    def cells_of(self, rows: _Ints) -> tuple[_Ints, _Ints]:
        """Say where `padded` lays the steps of journeys: places, and journeys."""
        lengths = self.lengths[rows]
        starts = np.cumsum(lengths) - lengths
        places = np.arange(int(lengths.sum())) - np.repeat(starts, lengths)
        return places, np.repeat(np.arange(len(rows)), lengths)

    def padded(self, rows: _Ints, length: int) -> dict[str, NDArray[Any]]:
        """Lay journeys out as a network takes them: `(length, journeys)` per step.

        Args:
            rows: Journeys of at most so many steps.
            length: Steps of each; those beyond its own are marked as not there.
        """
        lengths = self.lengths[rows]
        # Journeys of this very length need no cells to be left empty.
        is_full = bool((lengths == length).all())
        if is_full:
            steps = self.starts[rows] + np.arange(length)[:, None]
        else:
            steps, places = self.steps_of(rows), self.cells_of(rows)

        def laid_out(values: NDArray[Any]) -> NDArray[Any]:
            if is_full:
                cells: NDArray[Any] = values.take(steps, axis=0)
            else:
                cells = np.zeros((length, len(rows), *values.shape[1:]), values.dtype)
                cells[places] = values[steps]
            return cells

        return {
            "categories": laid_out(self.categories),
            "numbers": laid_out(self.numbers),
            "ages": laid_out(self.ages),
            "exposures": laid_out(self.exposures),
            "lengths": lengths.astype(np.int32),
            "attributes": self.attributes[rows],
            "attribute_numbers": self.attribute_numbers[rows],
        }


def padded_lengths(lengths: _Ints) -> tuple[int, ...]:
    """Say what journeys are padded to: each its own length where there are many.

    Args:
        lengths: Steps of each journey.

    Returns:
        Lengths, ascending; the last is that of the longest journey.

    Example:
        >>> padded_lengths(np.array([1, 5, 3]))
        (1, 2, 4, 5)
    """
    present = np.unique(lengths)
    if not len(present):
        return ()
    if int(np.sum(lengths)) >= _MANY_STEPS:
        return tuple(int(length) for length in present)
    longest = int(present[-1])
    return (*(length for length in _FEW_LENGTHS if length < longest), longest)


def journey_hashes(
    journeys: Journeys, contexts: NDArray[np.float32]
) -> NDArray[np.uint64]:
    """Hash journeys to 128 bits: as good as no two that differ meet.

    Args:
        journeys: The journeys.
        contexts: What is known of them apart from their steps, `(journeys, units)`.

    Returns:
        Hashes, `(journeys, 2)`; of a journey alone, whatever others there are.
    """
    times = journeys.ages[:, None], journeys.exposures[:, None]
    of_step = _hashed([journeys.numbers, *times], journeys.categories)
    places, _ = journeys.cells_of(np.arange(len(journeys)))
    placed = mixed_bits(of_step ^ mixed_bits(places.astype(np.uint64)[:, None]))
    # The sums wrap around, and so do their differences.
    running = np.concatenate([np.zeros((1, 2), np.uint64), np.cumsum(placed, axis=0)])
    starts = journeys.starts
    sums = running[starts[1:]] - running[starts[:-1]]
    whole = _hashed(
        [
            journeys.lengths[:, None].astype(np.int32),
            journeys.attributes,
            journeys.attribute_numbers,
            contexts,
        ]
    )
    return mixed_bits(sums ^ whole)


def equal_journeys(hashes: NDArray[np.uint64]) -> tuple[_Ints, _Ints]:
    """Find journeys that a network can't tell apart.

    Args:
        hashes: What `journey_hashes` gives, `(journeys, 2)`.

    Returns:
        One journey for all equal ones, ascending, `(distinct,)`; and for each journey
        which of these it equals, `(journeys,)`.
    """
    _, first, of = np.unique(
        np.ascontiguousarray(hashes).view("u8,u8").ravel(),
        return_index=True,
        return_inverse=True,
    )
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return first[order], rank[of]


def _hashed(
    columns: list[NDArray[Any]], categories: _Rows | None = None
) -> NDArray[np.uint64]:
    """Hash rows to 128 bits, `(rows, 2)`; categories that are nothing don't count."""
    found = np.array([[1, 2]], np.uint64).repeat(len(columns[0]), axis=0)
    for column in () if categories is None else categories.T:
        mixed = mixed_bits(found * np.uint64(3) + column.astype(np.uint64)[:, None])
        found = np.where(column[:, None] == 0, found, mixed)
    for block in columns:
        for column in block.T:
            bits = np.ascontiguousarray(column).view(np.uint32).astype(np.uint64)
            found = mixed_bits(found * np.uint64(3) + bits[:, None])
    return found
