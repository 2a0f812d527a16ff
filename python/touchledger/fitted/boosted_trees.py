"""Gradient-boosted trees over the same features (LightGBM).

    log-odds = intercept + sum over trees of the leaf that the journey falls into

Trees are added until the log loss on validation users has stopped to fall. Classes
aren't reweighted, so the chances are those of the weighted examples. What a feature
contributes is its exact tree Shapley value: the sums of a row are its log-odds
(Lundberg et al. 2020, "From local explanations to global understanding with explainable
AI for trees").
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from touchledger.features.training import Examples, TrainingSet
from touchledger.features.vocabulary import Vocabulary
from touchledger.fitted.losses import log_loss
from touchledger.log import LOGGER

__all__ = ["BoostedTrees"]

_Floats = NDArray[np.float64]

_PARAMETERS = {
    "objective": "binary",
    "metric": "binary_logloss",
    "learning_rate": 0.1,
    "num_leaves": 15,
    # The cost of Shapley values grows with the square of the depth.
    "max_depth": 5,
    "min_data_in_leaf": 50,
    "lambda_l2": 1.0,
    # The same trees on any machine. Two threads wait for each other so busily that on
    # a busy machine they are slower than one.
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
_MOST_TREES = 2_000
_PATIENCE = 50
# Where there are no validation users to stop by.
_USUAL_TREES = 50
# Shapley values of so many rows are in memory at once.
_ROWS_AT_ONCE = 10_000
# So many examples say which features matter.
_EXPLAINED_EXAMPLES = 5_000


@dataclass(frozen=True, eq=False)
class BoostedTrees:
    """Fitted trees.

    Attributes:
        vocabulary: The features.
        trees: The trees, in LightGBM's text.
        gains: What splits by each feature lowered the training loss by, `(features,)`.
        mean_shapley: Mean absolute Shapley value in the examples, `(features,)`.
    """

    vocabulary: Vocabulary
    trees: str
    gains: _Floats
    mean_shapley: _Floats

    name: ClassVar[str] = "lightgbm"
    libraries: ClassVar[tuple[str, ...]] = ("numpy", "scipy", "lightgbm")

    @classmethod
    def train(cls, examples: TrainingSet, seed: int) -> "BoostedTrees":
        """Add trees while validation users gain by them.

        Args:
            examples: What is learned from.
            seed: Seeds the sample by which LightGBM bins numbers.
        """
        validation = examples.validation
        parameters = {**_PARAMETERS, "seed": seed}
        dataset = _dataset(examples.training, parameters)
        if validation.has_both:
            booster = lightgbm.train(
                parameters,
                dataset,
                num_boost_round=_MOST_TREES,
                valid_sets=[_dataset(validation, parameters, dataset)],
                callbacks=[lightgbm.early_stopping(_PATIENCE, verbose=False)],
            )
        else:
            booster = lightgbm.train(parameters, dataset, num_boost_round=_USUAL_TREES)
        trees = booster.model_to_string(num_iteration=booster.best_iteration)
        sample = _sample(examples.training)
        shapley = np.abs(_explained(trees, sample.matrix))
        fit = cls(
            vocabulary=examples.vocabulary,
            trees=trees,
            gains=_booster(trees).feature_importance("gain"),
            mean_shapley=(sample.weights / sample.weights.sum()) @ shapley,
        )
        chances = fit.probabilities(validation.matrix)
        LOGGER.info(
            "%s: validation log loss %.5f with %d trees",
            cls.name,
            log_loss(chances, validation.labels, validation.weights),
            _booster(trees).num_trees(),
        )
        return fit

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> "BoostedTrees":
        """Read what `to_payload` gave."""
        return cls(
            vocabulary=Vocabulary.from_payload(payload["features"]),
            trees=payload["trees"],
            gains=np.array(payload["gains"]),
            mean_shapley=np.array(payload["mean_shapley"]),
        )

    def to_payload(self) -> dict[str, Any]:
        """Write the fit as lists, numbers and text."""
        return {
            "features": self.vocabulary.to_payload(),
            "trees": self.trees,
            "gains": self.gains.tolist(),
            "mean_shapley": self.mean_shapley.tolist(),
        }

    def probabilities(self, matrix: sparse.csr_array) -> _Floats:
        """Give the chance of conversion of each row, `(cuts,)`."""
        if not matrix.shape[0]:
            return np.zeros(0)
        chances = _booster(self.trees).predict(sparse.csr_matrix(matrix), num_threads=1)
        return np.asarray(chances)

    def contributions(self, matrix: sparse.csr_array) -> sparse.csr_array:
        """Give what each feature adds to the log-odds, `(cuts, features)`."""
        return _explained(self.trees, matrix)

    def importances(self) -> Iterator[tuple[str, str, float]]:
        """Give features with their gain and their mean absolute Shapley value."""
        for feature, gain, shapley in zip(
            self.vocabulary.features,
            self.gains.tolist(),
            self.mean_shapley.tolist(),
            strict=True,
        ):
            yield str(feature), "gain", gain
            yield str(feature), "mean_absolute_shapley", shapley


def _booster(trees: str) -> lightgbm.Booster:
    return lightgbm.Booster(model_str=trees)


def _dataset(
    examples: Examples,
    parameters: Mapping[str, Any],
    reference: lightgbm.Dataset | None = None,
) -> lightgbm.Dataset:
    return lightgbm.Dataset(
        sparse.csr_matrix(examples.matrix),
        label=examples.labels,
        weight=examples.weights,
        reference=reference,
        params=dict(parameters),
    )


def _sample(examples: Examples) -> Examples:
    """Take examples at equal distances."""
    rows = np.zeros(len(examples), bool)
    rows[:: -(-len(examples) // _EXPLAINED_EXAMPLES)] = True
    return examples.taken(rows)


def _explained(trees: str, matrix: sparse.csr_array) -> sparse.csr_array:
    booster = _booster(trees)
    parts = [
        booster.predict(
            # Values come with as many digits as the features have.
            sparse.csr_matrix(matrix[start : start + _ROWS_AT_ONCE], dtype=np.float64),
            pred_contrib=True,
            num_threads=1,
        )
        for start in range(0, matrix.shape[0], _ROWS_AT_ONCE)
    ]
    # The last column is what the trees say of nobody in particular.
    values = sparse.vstack([sparse.csr_array(part) for part in parts], format="csr")
    return values[:, :-1]
