"""The examples by which all models of a split are compared.

The same journeys, weights and samples of users for all. Beside the models stands one
that knows next to nothing: one rate for all journeys, learned from training users. And
journeys of equal span, and of equal length, are put together (`strata`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchledger.evaluation.intervals import Resampler
from touchledger.evaluation.measures import losses
from touchledger.evaluation.ranking import TINY, GroupedScores
from touchledger.evaluation.strata import Strata
from touchledger.paths import SPLITS

__all__ = ["EvaluationSet", "Journeys", "evaluation_sets"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Journeys:
    """The examples that models are evaluated on, by key; arrays `(examples,)`.

    A converting journey may be there twice: as one, and before it converted.
    """

    keys: _Ints
    journey: _Ints
    split: _Ints
    user: _Ints
    bucket: _Ints
    is_converted: NDArray[np.bool_]
    weight: _Floats
    span: _Floats
    length: _Floats

    @classmethod
    def from_arrow(cls, examples: pa.Table) -> "Journeys":
        """Take the table of the model `int_examples`.

        Args:
            examples: `snapshot_key, journey_key, user_key, split, bucket, touch_count,
                span, weight, is_converted`, a row for each example.
        """
        splits = pc.index_in(examples["split"], pa.array(SPLITS))
        order = np.argsort(examples["snapshot_key"].to_numpy())

        def numbers(column: pa.ChunkedArray, kind: type) -> NDArray[Any]:
            values: NDArray[Any] = column.to_numpy().astype(kind)[order]
            return values

        return cls(
            keys=numbers(examples["snapshot_key"], np.int64),
            journey=numbers(examples["journey_key"], np.int64),
            split=numbers(splits, np.int64),
            user=numbers(examples["user_key"], np.int64),
            bucket=numbers(examples["bucket"], np.int64),
            is_converted=numbers(examples["is_converted"], np.bool_),
            weight=numbers(examples["weight"], np.float64),
            span=numbers(examples["span"], np.float64),
            length=numbers(examples["touch_count"], np.float64),
        )

    def scored(self, name: str, scores: pa.Table) -> _Floats:
        """Look up the score of each example, `(examples,)`.

        Args:
            name: The model's name.
            scores: `snapshot_key, conversion_probability` of these snapshots and of
                others.

        Raises:
            ValueError: If an example has none, or one that is no probability.
        """
        keys = scores["snapshot_key"].to_numpy().astype(np.int64)
        order = np.argsort(keys)
        place = np.searchsorted(keys[order], self.keys).clip(max=len(keys) - 1)
        row = order[place]
        probability = scores["conversion_probability"].to_numpy()[row]
        found = np.where(keys[row] == self.keys, probability, np.nan)
        missing = int(np.isnan(found).sum())
        if missing:
            raise ValueError(
                f"The model {name} gives no score to {missing:,} of {len(found):,} "
                "examples; it must score all of them."
            )
        wrong = np.abs(found - 0.5) > 0.5 + _ROUNDING
        if wrong.any():
            raise ValueError(
                f"The model {name} gives {int(wrong.sum()):,} of {len(found):,} "
                f"examples a score such as {found[wrong][0]:g}; it must be a "
                f"probability, "
                "from 0 to 1."
            )
        return np.clip(found, 0, 1)


@dataclass(frozen=True, eq=False)
class EvaluationSet:
    """The journeys of one split, with what any model is compared to.

    Attributes:
        split: The split.
        journeys: All journeys.
        rows: Which of them are in the split, ascending.
        rate: Part of the weight that converts among training users; None without them.
        resampler: The samples.
        strata: Journeys of equal `span`, and of equal `length`.
    """

    split: str
    journeys: Journeys
    rows: _Ints
    rate: float | None
    resampler: Resampler
    strata: Mapping[str, Strata]

    @property
    def is_converted(self) -> NDArray[np.bool_]:
        """Which journeys convert, `(rows,)`."""
        return self.journeys.is_converted[self.rows]

    @cached_property
    def least_users(self) -> float:
        """How many users convert, or how many don't: the fewer, as they count.

        They count as `_effective` says.
        """
        return self._fewer_users(self.journeys.weight[self.rows])

    @cached_property
    def least_compared(self) -> Mapping[str, float]:
        """The same of users that are compared with equals, for each of `strata`."""
        return {
            name: self._fewer_users(found.compared)
            for name, found in self.strata.items()
        }

    def _fewer_users(self, weight: _Floats) -> float:
        _, user = np.unique(self.journeys.user[self.rows], return_inverse=True)
        return min(
            _effective(np.bincount(user, weight * outcome))
            for outcome in (self.is_converted, ~self.is_converted)
        )

    def ranked(self, scores: _Floats) -> GroupedScores:
        """Rank scores of all journeys, `(journeys,)`, in this split."""
        weight = self.journeys.weight[self.rows]
        return GroupedScores.of(scores[self.rows], weight, weight * self.is_converted)

    @cached_property
    def constant_loss(self) -> tuple[float, _Floats] | None:
        """Log loss of giving all journeys the rate, and the same in each sample."""
        if self.rate is None:
            return None
        draws = self.resampler
        probability = np.full(len(self.rows), self.rate)
        loss, _ = losses(probability, draws.positives, draws.negatives)
        weight = draws.positives + draws.negatives
        with np.errstate(invalid="ignore"):
            return (
                float(loss.sum() / weight.sum()),
                draws.sums(loss) / draws.sums(weight),
            )


def evaluation_sets(
    journeys: Journeys, samples: int, seed: int
) -> Iterator[EvaluationSet]:
    """Prepare the examples of each split that has any, training first.

    Nobody looks at `unused`.

    Args:
        journeys: All examples.
        samples: Bootstrap samples.
        seed: Seeds them.
    """
    rate: float | None = None
    for code, split in enumerate(SPLITS):
        rows = np.flatnonzero(journeys.split == code)
        if not len(rows) or split == "unused":
            continue
        weight = journeys.weight[rows]
        positives = weight * journeys.is_converted[rows]
        draws = Resampler.of(
            journeys.bucket[rows], positives, weight - positives, samples, seed
        )
        if split == "training":
            rate = float(positives.sum() / weight.sum()) if weight.sum() else None
        strata = {
            name: Strata.of(values[rows], draws.positives, draws.negatives)
            for name, values in (("span", journeys.span), ("length", journeys.length))
        }
        yield EvaluationSet(split, journeys, rows, rate, draws, strata)


def _effective(weights: NDArray[Any]) -> float:
    """Count unequal weights as so many equal ones as would have as wide an interval.

    (Σw)² / Σw² (Kish 1965, "Survey sampling").
    """
    squares = max(float((weights**2).sum()), TINY)
    return float(weights.sum()) ** 2 / squares
