"""Measures of predicted conversion probabilities, beside the majority baseline.

Journeys with equal paths get equal probabilities, so scores come with weights: how many
journeys have them, and how many of those convert. Weights need not be whole numbers.
"""

import numpy as np
from numpy.typing import NDArray

from touchledger.evaluation.ranking import GroupedScores, auc, average_precision

__all__ = ["MEASURES", "evaluate", "losses"]

_Floats = NDArray[np.float64]

MEASURES = (
    "log_loss",
    "auc",
    "average_precision",
    "brier",
    "accuracy",
    "f1",
    "majority_accuracy",
    "calibration_error",
)
# A probability of 0 for what does happen would be infinitely wrong.
_SMALLEST = 1e-15


def evaluate(
    probability: _Floats, journeys: _Floats, conversions: _Floats
) -> dict[str, float | None]:
    """Evaluate probabilities by what came of the journeys.

    Args:
        probability: Predicted conversion probabilities, `(scores,)`.
        journeys: How many journeys each was predicted for, or their weight,
            `(scores,)`.
        conversions: How many of them convert, or their weight, `(scores,)`.

    Returns:
        A value for each of `MEASURES`. Accuracy and F1 call a journey converting from a
        probability of 0.5 on; the majority accuracy is that of calling all journeys
        what most of them are. The calibration error is the mean distance of predicted
        and observed rates over tenths of the journeys, by their probability. What isn't
        defined, such as the AUC of journeys that all convert, is None.

    Example:
        >>> import numpy as np
        >>> result = evaluate(
        ...     np.array([0.2, 0.8]), journeys=np.array([5, 5]),
        ...     conversions=np.array([1, 4]),
        ... )
        >>> result["accuracy"], result["auc"], result["majority_accuracy"]
        (0.8, 0.8, 0.5)
    """
    return measure(GroupedScores.of(probability, journeys, conversions))


def measure(ranked: GroupedScores) -> dict[str, float | None]:
    """Evaluate ranked probabilities, as `evaluate` does."""
    positives, negatives = ranked.positives, ranked.negatives
    converting, lost = float(positives.sum()), float(negatives.sum())
    total = converting + lost
    if not total:
        return dict.fromkeys(MEASURES)
    calls = ranked.scores >= 0.5
    hits, alarms = float(positives[calls].sum()), float(negatives[calls].sum())
    called = hits + alarms
    loss, square = losses(ranked.scores, positives, negatives)
    return {
        "log_loss": float(loss.sum() / total),
        "auc": float(auc(positives, negatives)) if converting and lost else None,
        "average_precision": float(average_precision(positives, negatives))
        if converting
        else None,
        "brier": float(square.sum() / total),
        # Sums in another order may lift what is all right above 1.
        "accuracy": min((hits + lost - alarms) / total, 1.0),
        "f1": min(2 * hits / (called + converting), 1.0)
        if called + converting
        else None,
        "majority_accuracy": max(converting, lost) / total,
        "calibration_error": _calibration_error(ranked),
    }


def losses(
    probability: _Floats, positives: _Floats, negatives: _Floats
) -> tuple[_Floats, _Floats]:
    """Give the log loss and the squared error of each score, times the weights.

    Args:
        probability: Predicted probabilities, `(scores,)`.
        positives: Weight that converts, `(scores,)`.
        negatives: Weight that doesn't, `(scores,)`.
    """
    probability = np.clip(probability, _SMALLEST, 1 - _SMALLEST)
    loss = -positives * np.log(probability) - negatives * np.log1p(-probability)
    square = positives * (1 - probability) ** 2 + negatives * probability**2
    return loss, square


def _calibration_error(ranked: GroupedScores) -> float:
    """Journeys of one probability stay together, in the tenth of their middle."""
    weight = ranked.positives + ranked.negatives
    tenth = ranked.equal_parts()
    distance = np.bincount(tenth, ranked.scores * weight - ranked.positives)
    return float(np.abs(distance).sum() / weight.sum())
