"""The chance that a journey converts, under a hazard to which everything adds.

Among journeys at risk, one that converts now is met beside others that don't in
proportion to its hazard: cases and controls drawn at random moments of the time at risk
have odds of conversion that are the hazard, in some unit (Prentice & Breslow 1978). So
odds, not their logarithm, are a sum of what is known of the journey, with weights that
can't be negative:

    odds = w_0 + Σ w_k x_k,    P = odds / (1 + odds)

A part of them is the mean odds of everybody; how large it is, validation users say.

Only what lies before the cut is known here: exposure afterwards, which tells effects
from intent, is left to the effects.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from touchledger.features.training import Examples
from touchledger.features.vocabulary import Vocabulary
from touchledger.fitted.losses import log_loss

__all__ = ["AdditiveOdds"]

_Floats = NDArray[np.float64]

_STEPS = 500
_TOLERANCE = 1e-10
_LEAST = 1e-9
# Parts of the odds that are everybody's, to choose from.
_SHARES = (0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7)


@dataclass(frozen=True, eq=False)
class AdditiveOdds:
    """Fitted odds.

    Attributes:
        vocabulary: The features.
        tops: The highest value of each that was learned from, `(features,)`.
        rising: Weights of what grows with a feature, `(features,)`.
        falling: Weights of what shrinks with it; 0 but for numbers, `(features,)`.
        constant: Odds where nothing adds to them.
    """

    vocabulary: Vocabulary
    tops: _Floats
    rising: _Floats
    falling: _Floats
    constant: float

    @classmethod
    def train(
        cls,
        vocabulary: Vocabulary,
        examples: Examples,
        validation: Examples | None = None,
    ) -> "AdditiveOdds":
        """Fit to cuts of journeys, of which some convert and some don't.

        Args:
            vocabulary: The features.
            examples: The cuts.
            validation: Cuts of other users, which say how far to trust the features.
        """
        entered = _entered(examples.matrix, vocabulary)
        tops = np.maximum(entered.max(axis=0).toarray().ravel(), _LEAST)
        numbers = _is_number(vocabulary)
        columns = _columns(entered, tops, numbers)
        # Where what doesn't convert weighs nothing, odds are out of all bounds.
        odds = examples.rate / max(1 - examples.rate, _LEAST)
        weights = _fit(columns, examples, odds)
        count = len(vocabulary)
        falling = np.zeros(count)
        falling[numbers] = weights[1 + count :]
        fit = cls(vocabulary, tops, weights[1 : 1 + count], falling, float(weights[0]))
        if validation is None or not len(validation):
            return fit._drawn_to(odds, _SHARES[0])
        return min(
            (fit._drawn_to(odds, share) for share in _SHARES),
            key=lambda candidate: log_loss(
                candidate.probabilities(validation.matrix),
                validation.labels,
                validation.weights,
            ),
        )

    def _drawn_to(self, odds: float, share: float) -> "AdditiveOdds":
        """Let a part of the odds come by themselves: no journey is without a chance."""
        return replace(
            self,
            rising=self.rising * (1 - share),
            falling=self.falling * (1 - share),
            constant=self.constant * (1 - share) + odds * share,
        )

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> "AdditiveOdds":
        """Read what `to_payload` gave."""
        return cls(
            vocabulary=Vocabulary.from_payload(payload["features"]),
            tops=np.array(payload["tops"]),
            rising=np.array(payload["rising"]),
            falling=np.array(payload["falling"]),
            constant=payload["constant"],
        )

    def to_payload(self) -> dict[str, Any]:
        """Write the fit as lists and numbers."""
        return {
            "features": self.vocabulary.to_payload(),
            "tops": self.tops.tolist(),
            "rising": self.rising.tolist(),
            "falling": self.falling.tolist(),
            "constant": self.constant,
        }

    def probabilities(self, matrix: sparse.csr_array) -> _Floats:
        """Give the chance of conversion of each row, `(cuts,)`."""
        entered = _entered(matrix, self.vocabulary)
        numbers = _is_number(self.vocabulary)
        columns = _columns(entered, self.tops, numbers)
        weights = np.concatenate([[self.constant], self.rising, self.falling[numbers]])
        odds = columns @ weights
        chances: _Floats = odds / (1 + odds)
        return chances


def _is_number(vocabulary: Vocabulary) -> NDArray[np.bool_]:
    return vocabulary.in_groups("journey", "profile_number")


def _entered(matrix: sparse.csr_array, vocabulary: Vocabulary) -> sparse.csr_array:
    """Numbers enter as logarithms, because few are large; counts as they are."""
    entered = matrix.astype(np.float64)
    logged = _is_number(vocabulary)[entered.indices]
    entered.data = np.maximum(entered.data, 0.0)
    entered.data[logged] = np.log1p(entered.data[logged])
    return entered


def _columns(
    entered: sparse.csr_array, tops: _Floats, numbers: NDArray[np.bool_]
) -> sparse.csr_array:
    """Scale columns to at most 1, and add for numbers what they fall short of it."""
    scaled = (entered @ sparse.diags_array(1 / tops)).tocsr()
    scaled.data = np.minimum(scaled.data, 1.0)
    short = 1 - scaled[:, np.flatnonzero(numbers)].toarray()
    ones = np.ones((scaled.shape[0], 1))
    return sparse.hstack([ones, scaled, short]).tocsr()


def _fit(columns: sparse.csr_array, examples: Examples, odds: float) -> _Floats:
    """Minimise the log loss: `Σ w log(1 + odds) - Σ w label log(odds)`."""
    weights = examples.weights / examples.weights.sum()
    converting = weights * examples.labels
    turned = columns.T.tocsr()
    count = columns.shape[1]
    # Where most weight converts odds are high, and the slope by them so flat that the
    # search would end where it begins: so there in units of the mean odds, and with the
    # loss times as much.
    unit = max(odds, 1.0)

    def loss(weight: _Floats) -> tuple[float, _Floats]:
        found = unit * (columns @ weight) + 1e-300
        value = weights @ np.log1p(found) - converting @ np.log(found)
        slope = unit * (turned @ (weights / (1 + found) - converting / found))
        return unit * float(value), unit * slope

    mean = np.asarray(weights @ columns)
    begin = np.full(count, odds / unit / count) / np.maximum(mean, 1 / count)
    lowest = np.zeros(count)
    lowest[0] = min(odds, 1.0) * _LEAST
    found = optimize.minimize(
        loss,
        begin,
        jac=True,
        method="L-BFGS-B",
        bounds=optimize.Bounds(lowest, np.inf),
        options={"maxiter": _STEPS, "ftol": _TOLERANCE, "maxcor": 20},
    )
    fitted: _Floats = unit * found.x
    return fitted
