"""Examples that are about equal in one number: in their span, or in their length.

A model that knows nothing but that number can't tell such examples apart, whatever the
shape of the number's effect. Pairs within strata are compared by `StratifiedAUC`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchledger.evaluation.ranking import TINY, GroupedScores
from touchledger.paths import totals

__all__ = ["Strata"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

# The mean size of a stratum of nearly equal numbers: small, so that the number tells
# little within a stratum unless its effect changes as fast, and large enough for both
# outcomes to meet.
_EXAMPLES_OF_STRATUM = 4


@dataclass(frozen=True, eq=False)
class Strata:
    """Examples by one number.

    Attributes:
        stratum: The stratum of each example, from 0 on, `(rows,)`.
        compared: The weight of each example, times the part of its stratum that has the
            other outcome: as much as the example counts in an area within strata,
            `(rows,)`.
    """

    stratum: _Ints
    compared: _Floats

    @classmethod
    def of(cls, values: _Floats, positives: _Floats, negatives: _Floats) -> "Strata":
        """Put examples of equal numbers together, or of nearly equal ones if many.

        Args:
            values: The number of each example, `(rows,)`.
            positives: Weight that converts, `(rows,)`.
            negatives: Weight that doesn't, `(rows,)`.

        Example:
            >>> import numpy as np
            >>> label = np.array([1.0, 0.0, 0.0])
            >>> found = Strata.of(np.array([2.0, 5.0, 2.0]), label, 1 - label)
            >>> found.stratum.tolist()
            [0, 0, 0]
        """
        stratum = _stratum(values, positives + negatives)
        strata = int(stratum.max(initial=-1)) + 1
        hits = totals(stratum, positives, strata)
        misses = totals(stratum, negatives, strata)
        weight = np.maximum(hits + misses, TINY)
        return cls(
            stratum,
            positives * (misses / weight)[stratum]
            + negatives * (hits / weight)[stratum],
        )


def _stratum(values: _Floats, weight: _Floats) -> _Ints:
    # A heavy example is one, or light ones would be equal to all others.
    counted = (weight > 0).astype(float)
    ranked = GroupedScores.of(values, counted, np.zeros(len(values)))
    most = max(int(counted.sum()) // _EXAMPLES_OF_STRATUM, 1)
    if len(ranked.scores) <= most:
        return ranked.group
    return ranked.equal_parts(most)[ranked.group]
