"""The probability that a journey converts, under a hazard to which everything adds.

Among journeys at risk, one that converts now is met beside others that don't in
proportion to its hazard: cases and controls drawn at random moments of the time at risk
have odds of conversion that are the hazard, in some unit (Prentice & Breslow 1978). So
odds, not their logarithm, are a sum of what is known of the journey, with weights that
can't be negative:

    odds = w_0 + Σ w_k x_k,    P = odds / (1 + odds)

A part of them is the mean odds of everybody; how large it is, validation users say.

Only what lies before the cutoff is known here: exposure afterwards, which tells effects
from intent, is left to the effects.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from touchledger.classifiers.losses import log_loss
from touchledger.features.training import Examples
from touchledger.features.vocabulary import Vocabulary

__all__ = ["LinearOddsModel"]

_Floats = NDArray[np.float64]

_STEPS = 500
_TOLERANCE = 1e-10
_LEAST = 1e-9
# Parts of the odds that are everybody's, to choose from.
_SHARES = (0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7)


@dataclass(frozen=True, eq=False)
class LinearOddsModel:
    """Fitted odds.

    Attributes:
        vocabulary: The features.
        maxima: The highest value of each that was learned from, `(features,)`.
        increasing: Weights of what grows with a feature, `(features,)`.
        decreasing: Weights of what shrinks with it; 0 but for numbers, `(features,)`.
        constant: Odds where nothing adds to them.
    """

    vocabulary: Vocabulary
    maxima: _Floats
    increasing: _Floats
    decreasing: _Floats
    constant: float

    @classmethod
    def train(
        cls,
        vocabulary: Vocabulary,
        examples: Examples,
        validation: Examples | None = None,
    ) -> "LinearOddsModel":
        """Fit to snapshots of journeys, of which some convert and some don't.

        Args:
            vocabulary: The features.
            examples: The snapshots.
            validation: Snapshots of other users, which say how far to trust the
                features.
        """
        entered = _entered(examples.matrix, vocabulary)
        maxima = np.maximum(entered.max(axis=0).toarray().ravel(), _LEAST)
        # Where what doesn't convert weighs nothing, odds are out of all bounds.
        odds = examples.rate / max(1 - examples.rate, _LEAST)
        scaled, falls = _scaled(entered, maxima), np.flatnonzero(_is_number(vocabulary))
        fit = cls(vocabulary, maxima, *_fit(scaled, falls, examples, odds))
        if validation is None or not len(validation):
            return fit._drawn_to(odds, _SHARES[0])
        found = fit._odds(validation.matrix)
        share = min(
            _SHARES,
            key=lambda share: log_loss(
                _probabilities(found * (1 - share) + odds * share),
                validation.labels,
                validation.weights,
            ),
        )
        return fit._drawn_to(odds, share)

    def _drawn_to(self, odds: float, share: float) -> "LinearOddsModel":
        """Let a part of the odds come by themselves: no journey is without a chance."""
        return replace(
            self,
            increasing=self.increasing * (1 - share),
            decreasing=self.decreasing * (1 - share),
            constant=self.constant * (1 - share) + odds * share,
        )

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any]) -> "LinearOddsModel":
        """Read what `to_dict` gave."""
        return cls(
            vocabulary=Vocabulary.from_dict(payload["features"]),
            maxima=np.array(payload["maxima"]),
            increasing=np.array(payload["increasing"]),
            decreasing=np.array(payload["decreasing"]),
            constant=payload["constant"],
        )

    def to_dict(self) -> dict[str, Any]:
        """Write the fit as lists and numbers."""
        return {
            "features": self.vocabulary.to_dict(),
            "maxima": self.maxima.tolist(),
            "increasing": self.increasing.tolist(),
            "decreasing": self.decreasing.tolist(),
            "constant": self.constant,
        }

    def probabilities(self, matrix: sparse.csr_array) -> _Floats:
        """Give the probability of conversion of each row, `(snapshots,)`."""
        return _probabilities(self._odds(matrix))

    def _odds(self, matrix: sparse.csr_array) -> _Floats:
        scaled = _scaled(_entered(matrix, self.vocabulary), self.maxima)
        falls = np.flatnonzero(self.decreasing)
        odds: _Floats = self.constant + scaled @ self.increasing
        return odds + _short(scaled, falls) @ self.decreasing[falls]


def _probabilities(odds: _Floats) -> _Floats:
    probabilities: _Floats = odds / (1 + odds)
    return probabilities


def _is_number(vocabulary: Vocabulary) -> NDArray[np.bool_]:
    return vocabulary.in_groups("journey", "profile_number")


def _entered(matrix: sparse.csr_array, vocabulary: Vocabulary) -> sparse.csr_array:
    """Numbers enter as logarithms, because few are large; counts as they are."""
    entered = matrix.astype(np.float64)
    logged = _is_number(vocabulary)[entered.indices]
    entered.data = np.maximum(entered.data, 0.0)
    entered.data[logged] = np.log1p(entered.data[logged])
    return entered


def _scaled(entered: sparse.csr_array, maxima: _Floats) -> sparse.csr_array:
    """Bring columns to at most 1."""
    scaled = (entered @ sparse.diags_array(1 / maxima)).tocsr()
    scaled.data = np.minimum(scaled.data, 1.0)
    return scaled


def _short(scaled: sparse.csr_array, columns: NDArray[np.int64]) -> _Floats:
    """Say what columns fall short of 1; dense, since most cells are 0 there.

    Odds that fall with x are `w (1 - x)` and not `w - w x`: where all x are near 1 and
    w is large, the difference by rounding would be more than the odds.
    """
    short: _Floats = 1 - scaled[:, columns].toarray()
    return short


def _fit(
    scaled: sparse.csr_array, falls: NDArray[np.int64], examples: Examples, odds: float
) -> tuple[_Floats, _Floats, float]:
    """Minimise the log loss: `Σ w log(1 + odds) - Σ w label log(odds)`.

    Args:
        scaled: The columns, `(snapshots, features)`.
        falls: Those that odds may fall with.
        examples: What became of the snapshots.
        odds: Odds to begin with.

    Returns:
        `increasing`, `decreasing` and `constant` of the odds.
    """
    weights = examples.weights / examples.weights.sum()
    cases = np.flatnonzero(examples.labels)
    converting = (weights * examples.labels)[cases]
    features = scaled.shape[1]
    # Where most weight converts odds are high, and the slope by them so flat that the
    # search would end where it begins: so there in units of the mean odds, and with the
    # loss times as much.
    unit = max(odds, 1.0)
    short = _short(scaled, falls)

    def sums(over_rows: _Floats) -> _Floats:
        parts = [over_rows.sum()], scaled.T @ over_rows, short.T @ over_rows
        return np.concatenate(parts)

    # Rare columns bend the loss least. In units of the root of their mean square all
    # bend it alike, which takes far fewer steps.
    square = scaled.power(2).T @ weights, np.square(short).T @ weights
    unit_of = np.sqrt(np.maximum(np.concatenate([[1.0], *square]), _LEAST))

    def unscaled(point: _Floats) -> tuple[_Floats, _Floats, float]:
        weight, decreasing = point / unit_of, np.zeros(features)
        decreasing[falls] = weight[1 + features :]
        return weight[1 : 1 + features], decreasing, float(weight[0])

    def loss(point: _Floats) -> tuple[float, _Floats]:
        increasing, decreasing, constant = unscaled(point)
        found = (
            unit * (constant + scaled @ increasing + short @ decreasing[falls]) + 1e-300
        )
        value = weights @ np.log1p(found) - converting @ np.log(found[cases])
        pull = weights / (1 + found)
        pull[cases] -= converting / found[cases]
        return unit * float(value), unit * unit * sums(pull) / unit_of

    mean = sums(weights)
    count = len(mean)
    begin = np.full(count, odds / unit / count) / np.maximum(mean, 1 / count)
    lowest = np.zeros(count)
    lowest[0] = min(odds, 1.0) * _LEAST
    found = optimize.minimize(
        loss,
        begin * unit_of,
        jac=True,
        method="L-BFGS-B",
        bounds=optimize.Bounds(lowest, np.inf),
        options={"maxiter": _STEPS, "ftol": _TOLERANCE, "gtol": 0, "maxcor": 20},
    )
    return unscaled(unit * found.x)
