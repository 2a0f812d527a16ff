"""What charts of a fitted model show: calibration by tenths, ROC and precision-recall.

Tenths are equal parts of the weight of journeys, by their probability. Points of a
curve are some of its thresholds, dense where either outcome is, so that a curve of
millions of scores keeps its shape in `POINTS` of them.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchledger.evaluation.ranking import GroupedScores
from touchledger.paths import totals

__all__ = ["CALIBRATION", "CURVE", "POINTS", "calibration", "curve"]

# The most points of a curve, its origin included.
POINTS = 200

CALIBRATION = pa.struct(
    {
        "decile": pa.int64(),
        "journeys": pa.int64(),
        "conversions": pa.int64(),
        "predicted_rate": pa.float64(),
        "observed_rate": pa.float64(),
    }
)
CURVE = pa.struct(
    {
        "threshold": pa.float64(),
        "false_positive_rate": pa.float64(),
        "true_positive_rate": pa.float64(),
        "precision": pa.float64(),
    }
)


def calibration(
    ranked: GroupedScores, is_converted: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    """Compare predicted and observed rates by tenths of the journeys.

    Args:
        ranked: The predicted probabilities, a row for each journey.
        is_converted: Which journeys convert, `(rows,)`.

    Returns:
        Rows of `CALIBRATION`, ascending. Rates are weighted, journeys and conversions
        counted. Equal probabilities are in one tenth, so some tenths may be missing.

    Example:
        >>> import numpy as np
        >>> converted = np.array([False, True, True])
        >>> weight = np.array([4.0, 1.0, 5.0])
        >>> scores = np.array([0.2, 0.2, 0.9])
        >>> ranked = GroupedScores.of(scores, weight, weight * converted)
        >>> [(row["decile"], row["observed_rate"])
        ...  for row in calibration(ranked, converted)]
        [(3, 0.2), (8, 1.0)]
    """
    tenth = ranked.equal_parts()
    weight = ranked.positives + ranked.negatives
    filled = np.flatnonzero(totals(tenth, weight, 10))
    of_rows = tenth[ranked.group]
    sizes, predicted, observed, journeys, conversions = (
        totals(places, values, 10)[filled]
        for places, values in (
            (tenth, weight),
            (tenth, ranked.scores * weight),
            (tenth, ranked.positives),
            (of_rows, np.ones(len(of_rows))),
            (of_rows, is_converted),
        )
    )
    columns = (
        (filled + 1).tolist(),
        journeys.astype(np.int64).tolist(),
        conversions.astype(np.int64).tolist(),
        (predicted / sizes).tolist(),
        (observed / sizes).tolist(),
    )
    return _rows(CALIBRATION, columns)


def curve(ranked: GroupedScores) -> list[dict[str, Any]]:
    """Give points of the ROC and precision-recall curves.

    Args:
        ranked: The predicted probabilities.

    Returns:
        Rows of `CURVE` from the origin, where nothing is called converting, to where
        all is; empty where all journeys have one outcome.

    Example:
        >>> import numpy as np
        >>> ranked = GroupedScores.of(
        ...     np.array([0.2, 0.9]), np.array([5.0, 5.0]), np.array([1.0, 4.0])
        ... )
        >>> [(row["false_positive_rate"], row["true_positive_rate"])
        ...  for row in curve(ranked)]
        [(0.0, 0.0), (0.2, 0.8), (1.0, 1.0)]
    """
    # From the highest score down; rates that end in the last sum end in 1.
    hits = np.cumsum(ranked.positives[::-1])[::-1]
    alarms = np.cumsum(ranked.negatives[::-1])[::-1]
    if not len(hits) or not hits[0] or not alarms[0]:
        return []
    # A point calls all groups from the first one of its bin on. Some call nobody:
    # journeys without a time at risk weigh nothing.
    bins = ranked.bins(POINTS - 1)
    first = np.flatnonzero((np.diff(bins, prepend=-1) > 0) & (hits + alarms > 0))[::-1]
    called = hits[first] + alarms[first]
    columns = (
        [None, *ranked.scores[first].tolist()],
        [0.0, *(alarms[first] / alarms[0]).tolist()],
        [0.0, *(hits[first] / hits[0]).tolist()],
        [None, *(hits[first] / called).tolist()],
    )
    return _rows(CURVE, columns)


def _rows(kind: pa.StructType, columns: Iterable[list[Any]]) -> list[dict[str, Any]]:
    rows = zip(*columns, strict=True)
    return [dict(zip(kind.names, row, strict=True)) for row in rows]
