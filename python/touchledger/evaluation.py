"""How good predicted conversion probabilities are, beside the majority baseline.

Journeys with equal paths get equal probabilities, so scores come with weights: how many
journeys have them, and how many of those convert.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

__all__ = ["MEASURES", "evaluate"]

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
_BINS = 10


def evaluate(
    probability: _Floats, journeys: _Floats, conversions: _Floats
) -> dict[str, float | None]:
    """Judge probabilities by what came of the journeys.

    Args:
        probability: Predicted conversion probabilities, `(scores,)`.
        journeys: How many journeys each was predicted for, `(scores,)`.
        conversions: How many of them convert, `(scores,)`.

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
    total, converting = float(journeys.sum()), float(conversions.sum())
    if not total:
        return dict.fromkeys(MEASURES)
    weights = np.concatenate([conversions, journeys - conversions])
    counts = weights > 0
    labels = np.repeat([1, 0], len(probability))[counts]
    scores = np.clip(np.tile(probability, 2)[counts], _SMALLEST, 1 - _SMALLEST)
    weights = weights[counts]
    calls = scores >= 0.5
    has_both = 0 < converting < total
    hits = float(weights[calls & (labels == 1)].sum())
    called = float(weights[calls].sum())
    return {
        "log_loss": metrics.log_loss(
            labels, scores, sample_weight=weights, labels=[0, 1]
        ),
        "auc": metrics.roc_auc_score(labels, scores, sample_weight=weights)
        if has_both
        else None,
        "average_precision": metrics.average_precision_score(
            labels, scores, sample_weight=weights
        )
        if converting
        else None,
        "brier": float(np.average((scores - labels) ** 2, weights=weights)),
        "accuracy": float(weights[calls == labels].sum() / total),
        "f1": 2 * hits / (called + converting) if called + converting else None,
        "majority_accuracy": max(converting, total - converting) / total,
        "calibration_error": _calibration_error(probability, journeys, conversions),
    }


def _calibration_error(
    probability: _Floats, journeys: _Floats, conversions: _Floats
) -> float:
    """Journeys of one probability stay together, in the tenth of their middle."""
    scores, group = np.unique(probability, return_inverse=True)
    size = np.bincount(group, journeys)
    middle = np.cumsum(size) - size / 2
    tenth = np.minimum((middle * _BINS / size.sum()).astype(int), _BINS - 1)
    predicted = np.bincount(tenth, scores * size, _BINS)
    observed = np.bincount(tenth, np.bincount(group, conversions), _BINS)
    return float(np.abs(predicted - observed).sum() / size.sum())
