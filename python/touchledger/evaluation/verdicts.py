"""A scoreboard in words: is a model better than knowing next to nothing?

A model must first rank better than chance: an AUC above a half. It must then rank
better than the span and the length of a journey alone: its AUC must be above theirs,
and it must rank journeys of equal span, and of equal length, better than chance. Last,
its chances must be better than the rate of training users for every journey: a lower
log loss. What may be chance holds if the 95 % interval says so; where few users
convert, or few don't, intervals by a bootstrap are too narrow, and nothing is claimed.
"""

from collections.abc import Iterable

from touchledger.evaluation.intervals import Bounds

__all__ = ["LEAST_USERS", "NOT_FITTED", "NO_SCORES", "VERDICTS", "verdict"]

# So many users of either outcome must be there, or nothing is claimed.
LEAST_USERS = 10

NO_SCORES = "gives no scores"
NOT_FITTED = "not fitted"
_TOO_LITTLE = "too little to judge by"
_MAJORITY = "no better than the majority"
_CHANCES = (
    "ranks better than chance, but its chances are no better than the majority rate"
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


def verdict(
    users: float,
    auc: Bounds | None,
    excess_loss: Bounds | None,
    gains: Iterable[float],
    within: Iterable[Bounds | None],
) -> str:
    """Put into words what the intervals say.

    Args:
        users: How many convert, or how many don't, as they count: the fewer.
        auc: Interval of the AUC; None where there is none.
        excess_loss: That of the log loss above that of a constant rate; None where
            nobody taught a rate.
        gains: The AUC above that of each trivial baseline.
        within: Intervals of the AUC among journeys that each baseline takes for equal;
            None where there are no such of either outcome.

    Returns:
        One of `VERDICTS`.

    Example:
        >>> verdict(90, Bounds(0.45, 0.6), Bounds(-0.2, -0.1), [], [])
        'no better than the majority'
        >>> verdict(90, Bounds(0.6, 0.7), Bounds(-1, -0.1), [0.1], [Bounds(0.4, 0.6)])
        'no better than span or length alone'
    """
    if users < LEAST_USERS or auc is None or excess_loss is None:
        return _TOO_LITTLE
    if auc.lower <= 0.5:
        return _MAJORITY
    if any(gain <= 0 for gain in gains) or any(
        interval is None or interval.lower <= 0.5 for interval in within
    ):
        return _TRIVIAL
    if excess_loss.upper >= 0:
        return _CHANCES
    return _BETTER
