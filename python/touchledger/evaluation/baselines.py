"""What a single number of a journey tells of who converts: its span, or its length.

It ranks journeys in the way that training users teach. That may rest on few users, so
it also says which journeys are equal in that number: what ranks by the number alone
can't tell these apart, whatever the way.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchledger.evaluation.intervals import Resampler, SampledAUC
from touchledger.evaluation.ranking import TINY, GroupedScores, auc
from touchledger.paths import totals

__all__ = ["NaiveBaseline", "ScoringFunction", "StepRates", "learned_way", "trivial_of"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
# Gives scores to numbers.
ScoringFunction = Callable[[_Floats], _Floats]

# So many steps of a number have a rate each, if training has so many examples of the
# rarer outcome for each; a rate counts as if so many more had the rate of all.
_STEPS, _LEARNED_FROM, _SMOOTHING = 100, 10.0, 10.0
# So many examples with about the same number count as equal, in the mean: few, so that
# what the number tells among them is little beside chance unless it changes as
# fast, and enough for what converts to be beside what doesn't.
_OF_STRATUM = 4


@dataclass(frozen=True, eq=False)
class NaiveBaseline:
    """How well something that knows next to nothing does.

    Attributes:
        auc: Its AUC.
        stratum: Which examples it takes for equal, `(rows,)`.
        compared: How much of each example's weight is compared with the other outcome
            among its equals, `(rows,)`.
    """

    auc: SampledAUC
    stratum: _Ints
    compared: _Floats


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
        ranked = GroupedScores.of(values, journeys, conversions)
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


def _counted(weights: _Floats) -> _Floats:
    """Scale weights to add up to no less than the examples that have any.

    What didn't convert weighs as many as there are null journeys, and may be met far
    more often. Rates only rank, so outcomes may be scaled apart.
    """
    count = np.count_nonzero(weights)
    raised: _Floats = weights * max(1.0, count / max(float(weights.sum()), TINY))
    return raised


def learned_way(
    values: _Floats, positives: _Floats, negatives: _Floats
) -> ScoringFunction:
    """Learn how a number tells who converts.

    Steps see any shape, but need many of either outcome, where a direction needs few.
    What ranks the examples best is taken.

    Args:
        values: The number of each example, `(rows,)`.
        positives: Weight that converts, `(rows,)`.
        negatives: Weight that doesn't, `(rows,)`.
    """
    conversions = _counted(positives)
    journeys = conversions + _counted(negatives)

    def ranks(score: ScoringFunction) -> float:
        ranked = GroupedScores.of(score(values), journeys, conversions)
        return float(np.nan_to_num(auc(ranked.positives, ranked.negatives)))

    steps = StepRates.learned(values, journeys, conversions)
    # Of ways that rank as well the first is taken: steps don't know numbers in between.
    ways: tuple[ScoringFunction, ...] = (np.positive, np.negative, steps.of)
    return max(ways, key=ranks)


def trivial_of(
    values: _Floats, way: ScoringFunction, draws: Resampler
) -> NaiveBaseline:
    """Evaluate a number alone.

    Args:
        values: The number of each example, `(rows,)`.
        way: How it ranks.
        draws: Samples of the examples.
    """
    weight = draws.positives + draws.negatives
    ranked = GroupedScores.of(way(values), weight, draws.positives)
    stratum = _strata(values, weight)
    return NaiveBaseline(
        auc=SampledAUC.of(
            float(auc(ranked.positives, ranked.negatives)),
            draws.measures_of_rank(ranked)["auc"],
        ),
        stratum=stratum,
        compared=_compared(stratum, draws),
    )


def _strata(values: _Floats, weight: _Floats) -> _Ints:
    """Deal examples by a number, equal ones together, `(rows,)`."""
    # A heavy example is one, or light ones would be equal to all others.
    counted = (weight > 0).astype(float)
    ranked = GroupedScores.of(values, counted, np.zeros(len(values)))
    most = max(int(counted.sum()) // _OF_STRATUM, 1)
    if len(ranked.scores) <= most:
        return ranked.group
    return ranked.equal_parts(most)[ranked.group]


def _compared(stratum: _Ints, draws: Resampler) -> _Floats:
    """Give the weight of each example by how much of the other outcome is beside it.

    So much of it counts in an area within strata (`StratifiedAUC`), `(rows,)`.
    """
    strata = int(stratum.max(initial=-1)) + 1
    hits = totals(stratum, draws.positives, strata)
    misses = totals(stratum, draws.negatives, strata)
    weight = np.maximum(hits + misses, TINY)
    compared: _Floats = (
        draws.positives * (misses / weight)[stratum]
        + draws.negatives * (hits / weight)[stratum]
    )
    return compared
