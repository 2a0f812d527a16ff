"""The ground on which all models of a split are compared.

The same journeys, weights and samples of users for all, and beside the models three
that know next to nothing: one rate for all journeys, learned from training users, and
what the span and the length of a journey alone tell, learned there. What is learned may
rest on few users, so a model must also tell journeys of equal span and length apart.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchledger.evaluation.intervals import Resampler
from touchledger.evaluation.measures import losses
from touchledger.evaluation.ranking import Ranked, auc
from touchledger.paths import SPLITS, totals

__all__ = ["Ground", "Journeys", "Trivial", "grounds_of"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_Score = Callable[[_Floats], _Floats]

# So many steps of a number have a rate each, if training has so many examples of the
# rarer outcome for each; a rate counts as if so many more had the rate of all.
_STEPS, _LEARNED_FROM, _SMOOTHING = 20, 10.0, 10.0
# Journeys count as equally long in strata of so many examples of the rarer outcome: in
# many, so that what a number tells within one is little beside chance.
_OF_STRATUM, _MOST_STRATA = 2, 1_000
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Journeys:
    """The examples that models are judged on, by key; arrays `(examples,)`.

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
            examples: `cut_key, journey_key, user_key, split, bucket, touch_count, span,
                weight, is_converted`, a row for each example.
        """
        splits = pc.index_in(examples["split"], pa.array(SPLITS))
        order = np.argsort(examples["cut_key"].to_numpy())

        def numbers(column: pa.ChunkedArray, kind: type) -> NDArray[Any]:
            values: NDArray[Any] = column.to_numpy().astype(kind)[order]
            return values

        return cls(
            keys=numbers(examples["cut_key"], np.int64),
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
            scores: `cut_key, conversion_probability` of these cuts and of others.

        Raises:
            ValueError: If an example has none.
        """
        keys = scores["cut_key"].to_numpy().astype(np.int64)
        by_key = np.full(max(keys.max(), self.keys.max()) + 1, np.nan)
        by_key[keys] = scores["conversion_probability"].to_numpy()
        found = by_key[self.keys]
        missing = int(np.isnan(found).sum())
        if missing:
            raise ValueError(
                f"The model {name} gives no score to {missing:,} of {len(found):,} "
                "examples; it must score all of them."
            )
        return found


@dataclass(frozen=True, eq=False)
class Trivial:
    """How well something that knows next to nothing does."""

    auc: float | None
    samples: _Floats


@dataclass(frozen=True, eq=False)
class StepRates:
    """How often examples convert by one number, in steps of it.

    Attributes:
        ends: The highest number of each step but the last, ascending, `(steps - 1,)`.
        rates: Part of the weight that converts, `(steps,)`, nearer to that of all where
            a step has little of it.
    """

    ends: _Floats
    rates: _Floats

    @classmethod
    def learned(
        cls, values: _Floats, journeys: _Floats, conversions: _Floats
    ) -> "StepRates":
        """Learn the rates.

        Args:
            values: The number of each example, `(rows,)`.
            journeys: Weight of the examples, `(rows,)`.
            conversions: Weight of those that convert, `(rows,)`.

        Example:
            >>> import numpy as np
            >>> learned = StepRates.learned(
            ...     np.repeat([1.0, 2.0, 3.0], 100), np.ones(300),
            ...     np.repeat([0.0, 1.0, 0.0], 100),
            ... )
            >>> learned.of(np.array([1.0, 2.0, 9.0])).round(2).tolist()
            [0.03, 0.94, 0.03]
        """
        ranked = Ranked.of(values, journeys, conversions)
        fewer = min(ranked.positives.sum(), ranked.negatives.sum())
        steps = ranked.bins(int(np.clip(fewer / _LEARNED_FROM, 1, _STEPS)))
        numbers, steps = np.unique(steps, return_inverse=True)
        positives = totals(steps, ranked.positives, len(numbers))
        weight = positives + totals(steps, ranked.negatives, len(numbers))
        rate = positives.sum() / weight.sum() if weight.sum() else 0.0
        return cls(
            ends=ranked.scores[np.flatnonzero(np.diff(steps))],
            rates=(positives + _SMOOTHING * rate) / (weight + _SMOOTHING),
        )

    def of(self, values: _Floats) -> _Floats:
        """Look up the rate of each number, `(rows,)`."""
        rates: _Floats = self.rates[np.searchsorted(self.ends, values)]
        return rates


@dataclass(frozen=True, eq=False)
class Ground:
    """The journeys of one split, with what any model is compared to.

    Attributes:
        split: The split.
        journeys: All journeys.
        rows: Which of them are in the split, ascending.
        rate: Part of the weight that converts among training users; None without them.
        resampler: The samples.
        trivial: What `span` and `length` alone tell.
        strata: Examples of equal span, and of equal length, `(rows,)` each.
    """

    split: str
    journeys: Journeys
    rows: _Ints
    rate: float | None
    resampler: Resampler
    trivial: Mapping[str, Trivial]
    strata: Mapping[str, _Ints]

    @property
    def is_converted(self) -> NDArray[np.bool_]:
        """Which journeys convert, `(rows,)`."""
        return self.journeys.is_converted[self.rows]

    @cached_property
    def least_users(self) -> float:
        """How many users convert, or how many don't: the fewer, as they count.

        They count as `_effective` says.
        """
        user, weight = self.journeys.user[self.rows], self.journeys.weight[self.rows]
        _, user = np.unique(user, return_inverse=True)
        return min(
            _effective(np.bincount(user, weight * outcome))
            for outcome in (self.is_converted, ~self.is_converted)
        )

    def ranked(self, scores: _Floats) -> Ranked:
        """Rank scores of all journeys, `(journeys,)`, in this split."""
        weight = self.journeys.weight[self.rows]
        return Ranked.of(scores[self.rows], weight, weight * self.is_converted)

    @cached_property
    def constant_loss(self) -> tuple[float, _Floats] | None:
        """Log loss of giving all journeys the rate, and the same in each sample."""
        if self.rate is None:
            return None
        draws = self.resampler
        chance = np.full(len(self.rows), self.rate)
        loss, _ = losses(chance, draws.positives, draws.negatives)
        weight = draws.positives + draws.negatives
        with np.errstate(invalid="ignore"):
            return (
                float(loss.sum() / weight.sum()),
                draws.sums(loss) / draws.sums(weight),
            )


def grounds_of(journeys: Journeys, samples: int, seed: int) -> Iterator[Ground]:
    """Prepare the ground of each split that has journeys, training first.

    Nobody looks at `unused`.

    Args:
        journeys: All examples.
        samples: Bootstrap samples.
        seed: Seeds them.
    """
    rate: float | None = None
    learned: dict[str, _Score] = {}
    for code, split in enumerate(SPLITS):
        rows = np.flatnonzero(journeys.split == code)
        if not len(rows) or split == "unused":
            continue
        weight = journeys.weight[rows]
        positives = weight * journeys.is_converted[rows]
        draws = Resampler.of(
            journeys.bucket[rows], positives, weight - positives, samples, seed
        )
        alone = {"span": journeys.span[rows], "length": journeys.length[rows]}
        if split == "training":
            rate = float(positives.sum() / weight.sum()) if weight.sum() else None
            converting, others = _counted(positives), _counted(weight - positives)
            learned = {
                name: _learned(values, converting + others, converting)
                for name, values in alone.items()
            }
        trivial = {
            name: _trivial(learned[name](values) if learned else values, draws)
            for name, values in alone.items()
        }
        strata = {name: _strata(values, draws) for name, values in alone.items()}
        yield Ground(split, journeys, rows, rate, draws, trivial, strata)


def _effective(weights: NDArray[Any]) -> float:
    """Count unequal weights as so many equal ones as would have as wide an interval.

    (Σw)² / Σw² (Kish 1965, "Survey sampling").
    """
    squares = max(float((weights**2).sum()), _TINY)
    return float(weights.sum()) ** 2 / squares


def _counted(weights: _Floats) -> _Floats:
    """Scale weights to add up to no less than the examples that have any.

    What didn't convert weighs as many as there are null journeys, and may be met far
    more often. Rates only rank, so outcomes may be scaled apart.
    """
    count = np.count_nonzero(weights)
    raised: _Floats = weights * max(1.0, count / max(float(weights.sum()), _TINY))
    return raised


def _learned(values: _Floats, journeys: _Floats, conversions: _Floats) -> _Score:
    """Learn how a number tells who converts; the arguments are those of `StepRates`.

    Steps see any shape, but need many of either outcome, where a direction needs few.
    What ranks the examples best is taken.
    """

    def ranks(score: _Score) -> float:
        ranked = Ranked.of(score(values), journeys, conversions)
        return float(np.nan_to_num(auc(ranked.positives, ranked.negatives)))

    steps = StepRates.learned(values, journeys, conversions)
    # Of ways that rank as well the first is taken: steps don't know numbers in between.
    ways: tuple[_Score, ...] = (np.positive, np.negative, steps.of)
    return max(ways, key=ranks)


def _strata(values: _Floats, draws: Resampler) -> _Ints:
    """Deal examples by a number, equal ones together, `(rows,)`."""
    ranked = Ranked.of(values, draws.positives + draws.negatives, draws.positives)
    rarer = min(np.count_nonzero(w) for w in (draws.positives, draws.negatives))
    return ranked.bins(int(np.clip(rarer // _OF_STRATUM, 1, _MOST_STRATA)))[
        ranked.group
    ]


def _trivial(values: _Floats, draws: Resampler) -> Trivial:
    ranked = Ranked.of(values, draws.positives + draws.negatives, draws.positives)
    area = float(auc(ranked.positives, ranked.negatives))
    return Trivial(
        auc=None if np.isnan(area) else area,
        samples=draws.measures_of_rank(ranked)["auc"],
    )
