"""Logistic regression over many-hot journeys.

    log-odds = intercept + sum of coefficient x feature

A channel, a campaign and a level of an attribute or of a column of touchpoints are in a
journey or not (1 or 0); counts, days and money enter as log(1 + x), because few are
large; these and numbers of attributes are divided by their standard deviation.
Coefficients are drawn toward 0 (L2); how strongly is chosen by the log loss on
validation users.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit
from sklearn import linear_model

from touchledger.classifiers.losses import log_loss, tell_loss
from touchledger.features.training import Examples, TrainingSet
from touchledger.features.vocabulary import TOUCHPOINT_GROUPS, Vocabulary

__all__ = ["LogisticRegression"]

_Floats = NDArray[np.float64]

# Inverse strength of the L2 penalty, from strong to weak.
_STRENGTHS = (0.001, 0.01, 0.1, 1.0)
# Where there are no validation users to choose by.
_USUAL_STRENGTH = 0.1
_TOLERANCE = 1e-6
_MAX_ITERATIONS = 1_000
_MANY_HOT = ("channel", "campaign", *TOUCHPOINT_GROUPS)


@dataclass(frozen=True, eq=False)
class LogisticRegression:
    """A fitted logistic regression.

    Attributes:
        vocabulary: The features.
        scales: What each is divided by, `(features,)`.
        coefficients: Of the divided features, `(features,)`.
        intercept: Log-odds where all features are 0.
        strength: Inverse strength of the penalty.
    """

    vocabulary: Vocabulary
    scales: _Floats
    coefficients: _Floats
    intercept: float
    strength: float

    name: ClassVar[str] = "logistic_regression"
    libraries: ClassVar[tuple[str, ...]] = ("numpy", "scipy", "scikit-learn")
    takes_turns: ClassVar[bool] = True

    @classmethod
    def train(cls, examples: TrainingSet, seed: int) -> "LogisticRegression":
        """Fit to the training users; nothing is drawn, so the seed changes nothing."""
        del seed
        vocabulary, validation = examples.vocabulary, examples.validation
        entered = _entered(examples.training.matrix, vocabulary)
        scales = _scales(entered, examples.training.weights, vocabulary)
        scaled = replace(examples.training, matrix=_divided(entered, scales))
        best: tuple[float, LogisticRegression] | None = None
        for strength, coefficients, intercept in _solutions(
            scaled,
            vocabulary.in_groups("journey"),
            _STRENGTHS if validation.has_both_classes else (_USUAL_STRENGTH,),
        ):
            fit = cls(vocabulary, scales, coefficients, intercept, strength)
            probabilities = fit.probabilities(validation.matrix)
            loss = log_loss(probabilities, validation.labels, validation.weights)
            if best and loss >= best[0]:
                break
            best = loss, fit
        assert best
        _, fit = best
        probabilities = fit.probabilities(validation.matrix)
        tell_loss(cls.name, probabilities, validation, f"C = {fit.strength:g}")
        return fit

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any]) -> "LogisticRegression":
        """Read what `to_dict` gave."""
        for name in ("scales", "coefficients"):
            if len(payload[name]) != len(payload["features"]):
                raise ValueError(f"{name} aren't as many as features")
        return cls(
            vocabulary=Vocabulary.from_dict(payload["features"]),
            scales=np.array(payload["scales"]),
            coefficients=np.array(payload["coefficients"]),
            intercept=payload["intercept"],
            strength=payload["strength"],
        )

    def to_dict(self) -> dict[str, Any]:
        """Write the fit as lists and numbers."""
        return {
            "features": self.vocabulary.to_dict(),
            "scales": self.scales.tolist(),
            "coefficients": self.coefficients.tolist(),
            "intercept": self.intercept,
            "strength": self.strength,
        }

    def probabilities(self, matrix: sparse.csr_array) -> _Floats:
        """Give the probability of conversion of each row, `(snapshots,)`."""
        probabilities: _Floats = expit(
            _entered(matrix, self.vocabulary) @ self._unscaled() + self.intercept
        )
        return probabilities

    def contributions(self, matrix: sparse.csr_array) -> sparse.csr_array:
        """Give what each feature adds to the log-odds, `(snapshots, features)`."""
        entered = _entered(matrix, self.vocabulary)
        entered.data *= self._unscaled()[entered.indices]
        return entered

    def importances(self) -> Iterator[tuple[str, str, float]]:
        """Give features with their coefficients, as they enter and per deviation."""
        is_logged = _is_logged(self.vocabulary)
        for feature, logged, plain, scaled in zip(
            self.vocabulary.features,
            is_logged.tolist(),
            self._unscaled().tolist(),
            self.coefficients.tolist(),
            strict=True,
        ):
            name = f"log(1 + {feature})" if logged else str(feature)
            yield name, "coefficient", plain
            yield name, "scaled_coefficient", scaled

    def _unscaled(self) -> _Floats:
        return self.coefficients / self.scales


def _is_logged(vocabulary: Vocabulary) -> NDArray[np.bool_]:
    return vocabulary.in_groups("journey")


def _entered(matrix: sparse.csr_array, vocabulary: Vocabulary) -> sparse.csr_array:
    entered = matrix.astype(np.float64)
    is_logged = _is_logged(vocabulary)[entered.indices]
    is_many_hot = vocabulary.in_groups(*_MANY_HOT)[entered.indices]
    entered.data[is_logged] = np.log1p(entered.data[is_logged])
    entered.data[is_many_hot] = 1.0
    return entered


def _scales(
    matrix: sparse.csr_array, weights: _Floats, vocabulary: Vocabulary
) -> _Floats:
    """Give the weighted standard deviations; 1 for what is 0 or 1 anyway."""
    share = weights / weights.sum()
    mean = share @ matrix
    deviation = np.sqrt(np.maximum(share @ matrix.power(2) - mean**2, 0))
    is_number = vocabulary.in_groups("journey", "profile_number")
    return np.where(is_number & (deviation > 0), deviation, 1.0)


def _divided(matrix: sparse.csr_array, scales: _Floats) -> sparse.csr_array:
    divided = matrix.copy()
    divided.data /= scales[divided.indices]
    return divided


def _solutions(
    scaled: Examples, is_number: NDArray[np.bool_], strengths: tuple[float, ...]
) -> Iterator[tuple[float, _Floats, float]]:
    """Solve from the strongest penalty on, each time from where the last one ended."""
    # Around their means numbers are less alike, and the solver needs half the time.
    numbers = scaled.matrix[:, is_number].toarray()
    means = (scaled.weights / scaled.weights.sum()) @ numbers
    parts = [sparse.csr_array(numbers - means), scaled.matrix[:, ~is_number]]
    centred = sparse.hstack(parts, format="csr")
    regression = linear_model.LogisticRegression(
        solver="newton-cg", tol=_TOLERANCE, max_iter=_MAX_ITERATIONS, warm_start=True
    )
    for strength in strengths:
        regression.set_params(C=strength)
        regression.fit(centred, scaled.labels, sample_weight=scaled.weights)
        coefficients = np.empty(len(is_number))
        of_numbers, others = np.split(regression.coef_[0], [len(means)])
        coefficients[is_number], coefficients[~is_number] = of_numbers, others
        yield (
            strength,
            coefficients,
            float(regression.intercept_[0] - of_numbers @ means),
        )
