"""The loss by which fitted models choose their settings."""

import numpy as np
from numpy.typing import NDArray

from touchledger.features.training import Examples
from touchledger.log import LOGGER

__all__ = ["log_loss", "tell_loss"]

_Floats = NDArray[np.float64]

_SMALLEST = 1e-15


def log_loss(probability: _Floats, labels: _Floats, weights: _Floats) -> float:
    """Give the weighted mean of -log P(what happened).

    Args:
        probability: Predicted probabilities, `(snapshots,)`.
        labels: 1 where it happened, else 0, `(snapshots,)`.
        weights: What each counts, `(snapshots,)`.

    Returns:
        The loss; 0 where nothing counts.

    Example:
        >>> import numpy as np
        >>> round(log_loss(np.array([0.5]), np.array([1.0]), np.array([2.0])), 4)
        0.6931
    """
    total = weights.sum()
    if not total:
        return 0.0
    probability = np.clip(
        np.where(labels > 0, probability, 1 - probability), _SMALLEST, 1
    )
    return float(-(weights @ np.log(probability)) / total)


def tell_loss(
    model: str, probability: _Floats, validation: Examples, choice: str
) -> None:
    """Say how well validation users are predicted.

    Args:
        model: Who predicts.
        probability: Its predictions, `(snapshots,)`.
        validation: The snapshots.
        choice: What was chosen by them.
    """
    if len(validation):
        loss = log_loss(probability, validation.labels, validation.weights)
        LOGGER.info("%s: validation log loss %.5f with %s", model, loss, choice)
    else:
        LOGGER.info("%s: %s; there are no validation users", model, choice)
