"""A scoreboard in words: is a model better than knowing next to nothing?

A model must first beat the majority: a lower log loss than that of giving every journey
the rate of training users, and an AUC above a half. Then it must rank better than the
span and the length of a journey alone. Each claim holds if the 95 % interval of the
difference says so.
"""

from collections.abc import Iterable

from touchledger.evaluation.intervals import Bounds

__all__ = ["NO_SCORES", "VERDICTS", "verdict"]

NO_SCORES = "gives no scores"
_TOO_LITTLE = "too little to judge by"
_MAJORITY = "no better than the majority"
_TRIVIAL = "no better than span or length alone"
_BETTER = "better than the trivial baselines"

VERDICTS = (NO_SCORES, _TOO_LITTLE, _MAJORITY, _TRIVIAL, _BETTER)


def verdict(
    auc: Bounds | None, excess_loss: Bounds | None, margins: Iterable[Bounds | None]
) -> str:
    """Put into words what the intervals say.

    Args:
        auc: Interval of the AUC; None where there is none.
        excess_loss: That of the log loss above that of a constant rate; None where
            nobody taught a rate.
        margins: Those of the AUC above that of each trivial baseline.

    Returns:
        One of `VERDICTS`.

    Example:
        >>> verdict(Bounds(0.45, 0.6), Bounds(-0.2, -0.1), [])
        'no better than the majority'
        >>> verdict(Bounds(0.6, 0.7), Bounds(-0.2, -0.1), [Bounds(-0.1, 0.2)])
        'no better than span or length alone'
    """
    if auc is None or excess_loss is None:
        return _TOO_LITTLE
    if auc.lower <= 0.5 or excess_loss.upper >= 0:
        return _MAJORITY
    if any(margin is None or margin.lower <= 0 for margin in margins):
        return _TRIVIAL
    return _BETTER
