"""A scoreboard in words: is a model better than knowing next to nothing?

A model must first rank better than chance: an AUC above a half. It must then know more
than the span and the length of a journey: it must rank journeys of equal span, and of
equal length, better than chance. Last, its probabilities must be better than the rate
of training users for every journey: a lower log loss. Each claim holds if the 95 %
interval says so; where few users convert, or few don't, intervals by a bootstrap are
too narrow, and nothing is claimed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from touchledger.evaluation.intervals import Bounds

__all__ = [
    "LEAST_SAMPLES",
    "LEAST_USERS",
    "NOT_FITTED",
    "NO_SCORES",
    "VERDICTS",
    "StratifiedComparison",
    "verdict",
]

# By rounding, what ranks no better than chance may have an area above a half.
_CHANCE = 0.5 + 1e-6
# So many users of either outcome must be there, or nothing is claimed; and so many
# samples, of which one in forty is beyond either bound.
LEAST_USERS, LEAST_SAMPLES = 10, 40

NO_SCORES = "gives no scores"
NOT_FITTED = "not fitted"
_TOO_LITTLE = "insufficient data"
_MAJORITY = "no better than the majority"
_CHANCES = (
    "ranks better than chance, but its probabilities are no better than the majority "
    "rate"
)
_TRIVIAL = "no better than span or length alone"
_BETTER = "better than the trivial baselines"

VERDICTS = (
    NOT_FITTED,
    NO_SCORES,
    _TOO_LITTLE,
    _MAJORITY,
    _TRIVIAL,
    _CHANCES,
    _BETTER,
)


@dataclass(frozen=True)
class StratifiedComparison:
    """How a model ranks journeys of equal span, or of equal length.

    Attributes:
        auc: Interval of its AUC among such journeys; None where none of them differ in
            their outcome.
        users: Users of the rarer outcome that such journeys count as.
    """

    auc: Bounds | None
    users: float

    @property
    def is_better(self) -> bool:
        """Say whether the model tells such journeys apart."""
        if self.auc is None or self.users < LEAST_USERS:
            return False
        return self.auc.lower > _CHANCE


def verdict(
    users: float,
    samples: int,
    auc: Bounds | None,
    excess_loss: Bounds | None,
    at_equal: Iterable[StratifiedComparison],
) -> str:
    """Put into words what the intervals say.

    Args:
        users: How many convert, or how many don't, as they count: the fewer.
        samples: How many samples the intervals are of.
        auc: Interval of the AUC; None where there is none.
        excess_loss: That of the log loss above that of a constant rate; None where
            nobody taught a rate.
        at_equal: How the model ranks at equal span, and at equal length.

    Returns:
        One of `VERDICTS`.

    Example:
        >>> verdict(90, 500, Bounds(0.45, 0.6), Bounds(-0.2, -0.1), [])
        'no better than the majority'
        >>> length = StratifiedComparison(auc=Bounds(0.4, 0.6), users=80)
        >>> verdict(90, 500, Bounds(0.6, 0.7), Bounds(-0.2, -0.1), [length])
        'no better than span or length alone'
    """
    if users < LEAST_USERS or samples < LEAST_SAMPLES:
        return _TOO_LITTLE
    if auc is None or excess_loss is None:
        return _TOO_LITTLE
    if auc.lower <= _CHANCE:
        return _MAJORITY
    if not all(found.is_better for found in at_equal):
        return _TRIVIAL
    if excess_loss.upper >= 0:
        return _CHANCES
    return _BETTER
