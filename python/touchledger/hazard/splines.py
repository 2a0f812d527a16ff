"""How exposure near a moment bends the baseline.

Exposure is a trace of intent and no measure of it: twice as many touchpoints around a
moment need not mean twice the wish to buy. So the baseline may follow any curve of the
exposure near the moment, which is learned as a linear spline: a sum of hat functions.
Each is 1 at its knot and falls to 0 at its neighbours, on a scale of logarithms.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["LinearSpline"]

_Floats = NDArray[np.float64]

_KNOTS = 12
_HIGHEST = 0.98
_SMALLEST = 1e-12
_APART = 1e-6


@dataclass(frozen=True, eq=False)
class LinearSpline:
    """A basis of hat functions over the logarithm of exposure.

    Attributes:
        floor: Rate of conversions without any exposure.
        weights: Rate that each of the last columns of the baseline adds, `(channels,)`.
        knots: Rates, ascending, `(knots,)`; none where there is nothing to bend.
    """

    floor: float
    weights: _Floats
    knots: _Floats

    @classmethod
    def none(cls) -> "LinearSpline":
        """Leave the baseline straight."""
        return cls(0.0, np.zeros(0), np.zeros(0))

    @classmethod
    def at_quantiles(
        cls, floor: float, weights: _Floats, baseline: sparse.csr_array
    ) -> "LinearSpline":
        """Put the knots where the conversions are, `(conversions, columns)`."""
        bend = cls(floor, weights, np.zeros(0))
        if not baseline.shape[0]:
            return bend
        places = np.linspace(0, _HIGHEST, _KNOTS)
        knots = np.unique(np.quantile(bend.exposure(baseline), places))
        knots = knots[knots > _SMALLEST]
        # Between knots that are all but equal there is nothing to bend.
        apart = np.diff(np.log(knots), prepend=-np.inf) > _APART
        knots = knots[apart]
        return cls(floor, weights, knots if len(knots) > 1 else np.zeros(0))

    def exposure(self, baseline: sparse.csr_array) -> _Floats:
        """Sum up the exposure of points, as a rate of conversions, `(points,)`."""
        first = baseline.shape[1] - len(self.weights)
        near: _Floats = baseline[:, first:] @ self.weights + self.floor
        return near

    def basis(self, exposure: _Floats) -> sparse.csr_array:
        """Make the columns of points, `(points, knots)`; each row sums to 1.

        Example:
            >>> import numpy as np
            >>> bend = LinearSpline(0.0, np.ones(1), np.array([1.0, 100.0]))
            >>> bend.basis(np.array([0.1, 10.0])).toarray().round(9).tolist()
            [[1.0, 0.0], [0.5, 0.5]]
        """
        count, points = len(self.knots), len(exposure)
        if not count:
            return sparse.csr_array((points, 0))
        knots = np.log(self.knots)
        place = np.log(np.maximum(exposure, _SMALLEST)).clip(knots[0], knots[-1])
        left = np.searchsorted(knots, place, side="right") - 1
        left = left.clip(0, count - 2)
        part = (place - knots[left]) / (knots[left + 1] - knots[left])
        row = np.arange(points)
        return sparse.csr_array(
            (
                np.concatenate([1 - part, part]),
                (np.concatenate([row, row]), np.concatenate([left, left + 1])),
            ),
            shape=(points, count),
        )

    def extend(self, baseline: sparse.csr_array) -> sparse.csr_array:
        """Put the basis behind the columns of the baseline."""
        if not len(self.knots):
            return baseline
        basis = self.basis(self.exposure(baseline))
        return sparse.hstack([baseline, basis]).tocsr()
