"""Gradient-boosted trees over the same features (LightGBM).

    log-odds = intercept + sum over trees of the leaf that the journey falls into

Trees are added until the log loss on validation users has stopped to fall. Classes
aren't reweighted, so the probabilities are those of the weighted examples. What a
feature contributes is its exact tree Shapley value: the sums of a row are its log-odds
(Lundberg et al. 2020, "From local explanations to global understanding with explainable
AI for trees").
"""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from touchledger.classifiers.lightgbm_text import check_trees
from touchledger.classifiers.losses import log_loss, tell_loss
from touchledger.features.training import Examples, TrainingSet
from touchledger.features.vocabulary import Vocabulary

__all__ = ["BoostedTrees"]

_Floats = NDArray[np.float64]

_PARAMETERS = {
    "objective": "binary",
    "metric": "binary_logloss",
    "learning_rate": 0.2,
    # Small trees: the cost of Shapley values grows with the square of the depth.
    "num_leaves": 8,
    "max_depth": 4,
    "min_data_in_leaf": 50,
    "lambda_l2": 10.0,
    # The same trees on any machine. Two threads wait for each other so busily that on
    # a busy machine they are slower than one.
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
_MOST_TREES = 2_000
# Training stops where so many trees lower the loss by less than this part of what one
# rate for all has.
_PATIENCE = 50
_LEAST_GAIN = 5e-4
# Where there are no validation users to stop by.
_USUAL_TREES = 50
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
    takes_turns: ClassVar[bool] = False

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
        if validation.has_both_classes:
            of_the_rate = log_loss(
                np.full(len(validation), examples.training.rate),
                validation.labels,
                validation.weights,
            )
            booster = lightgbm.train(
                parameters,
                dataset,
                num_boost_round=_MOST_TREES,
                valid_sets=[_dataset(validation, parameters, dataset)],
                callbacks=[
                    lightgbm.early_stopping(
                        _PATIENCE, verbose=False, min_delta=_LEAST_GAIN * of_the_rate
                    )
                ],
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
        count = _booster(trees).num_trees()
        probabilities = fit.probabilities(validation.matrix)
        tell_loss(cls.name, probabilities, validation, f"{count} trees")
        return fit

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any]) -> "BoostedTrees":
        """Read what `to_dict` gave.

        Raises:
            ValueError: If LightGBM would end the process over the trees.
        """
        check_trees(payload["trees"], len(payload["features"]))
        return cls(
            vocabulary=Vocabulary.from_dict(payload["features"]),
            trees=payload["trees"],
            gains=np.array(payload["gains"]),
            mean_shapley=np.array(payload["mean_shapley"]),
        )

    def to_dict(self) -> dict[str, Any]:
        """Write the fit as lists, numbers and text."""
        return {
            "features": self.vocabulary.to_dict(),
            "trees": self.trees,
            "gains": self.gains.tolist(),
            "mean_shapley": self.mean_shapley.tolist(),
        }

    def probabilities(self, matrix: sparse.csr_array) -> _Floats:
        """Give the probability of conversion of each row, `(snapshots,)`."""
        return np.concatenate([np.zeros(0), *_predicted(self.trees, matrix)])

    def contributions(self, matrix: sparse.csr_array) -> sparse.csr_array:
        """Give what each feature adds to the log-odds, `(snapshots, features)`."""
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
    parts = _predicted(trees, matrix, pred_contrib=True)
    # The last column is what the trees say of nobody in particular.
    values = sparse.vstack([sparse.csr_array(part) for part in parts], format="csr")
    return values[:, :-1]


def _predicted(trees: str, matrix: sparse.csr_array, **options: bool) -> list[Any]:
    """Predict with a thread for each core: rows don't depend on each other."""
    cores = os.cpu_count() or 1
    ends = np.linspace(0, matrix.shape[0], cores + 1).astype(int)

    def part(start: int, stop: int) -> Any:
        # Values come with as many digits as the features have.
        rows = sparse.csr_matrix(matrix[start:stop], dtype=np.float64)
        return _booster(trees).predict(rows, num_threads=1, **options)

    with ThreadPoolExecutor(cores) as pool:
        futures = [
            pool.submit(part, start, stop)
            for start, stop in pairwise(ends)
            if start < stop
        ]
        return [future.result() for future in futures]
