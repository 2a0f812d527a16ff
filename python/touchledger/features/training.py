"""The snapshots that a model learns from, as a matrix with labels and weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from touchledger.features.matrix import Encoder
from touchledger.features.profiles import attribute_features
from touchledger.features.tables import SnapshotTables
from touchledger.features.touchpoint_levels import level_features
from touchledger.features.vocabulary import Vocabulary
from touchledger.fits.versions import data_hash

__all__ = ["Examples", "TrainingSet"]


@dataclass(frozen=True, eq=False)
class Examples:
    """Snapshots with what became of them.

    Attributes:
        matrix: Their features, `(snapshots, features)`.
        labels: 1 where the journey converts, else 0, `(snapshots,)`.
        weights: What each counts, `(snapshots,)`.
    """

    matrix: sparse.csr_array
    labels: NDArray[np.float64]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        """Give the number of snapshots."""
        return len(self.labels)

    @property
    def rate(self) -> float:
        """Give the share of the weight that converts."""
        return float(self.labels @ self.weights / self.weights.sum())

    @property
    def has_both_classes(self) -> bool:
        """Say whether some convert and some don't."""
        converting = float(self.labels @ self.weights)
        return 0 < converting < float(self.weights.sum())

    def taken(self, rows: NDArray[np.bool_]) -> "Examples":
        """Keep some snapshots."""
        return Examples(self.matrix[rows], self.labels[rows], self.weights[rows])


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """What a model learns from, and what it chooses its settings by.

    Attributes:
        vocabulary: The features; those that are the same in all snapshots to learn from
            are left out.
        training: Snapshots to learn from.
        validation: Snapshots of other users, to choose settings by.
        places: How many channels, or else campaigns, the snapshots to learn from touch.
    """

    vocabulary: Vocabulary
    training: Examples
    validation: Examples
    places: int

    @classmethod
    def read(cls, snapshots: pa.Table, tables: SnapshotTables) -> "TrainingSet":
        """Read the features of snapshots.

        Args:
            snapshots: `snapshot_key, user_key, split, weight, is_converted`, a row for
                each snapshot of the splits training and validation.
            tables: The features.
        """
        snapshots = snapshots.sort_by("snapshot_key")
        snapshot_keys, user_keys = (
            snapshots["snapshot_key"].to_numpy(),
            snapshots["user_key"].to_numpy(),
        )
        learns = snapshots["split"].to_numpy() == "training"
        names = tables.named()
        attributes = attribute_features(tables.attributes(user_keys[learns]))
        known = tables.observed_touchpoints(snapshot_keys[learns])
        levels = level_features(touchpoints.texts for touchpoints in known)
        encoder = Encoder(Vocabulary.possible(names, [*attributes, *levels]), names)
        parts = [
            encoder.matrix(chunk) for chunk in tables.chunks(snapshot_keys, user_keys)
        ]
        empty = sparse.csr_array((0, len(encoder.vocabulary)), dtype=np.float32)
        matrix = sparse.vstack([empty, *parts], format="csr")
        lowest, highest = _bounds(matrix[learns])
        varying = np.flatnonzero(lowest < highest)
        places = [
            int((highest[encoder.vocabulary.in_groups(group)] > 0).sum())
            for group in ("channel", "campaign")
        ]
        examples = Examples(
            matrix=matrix[:, varying],
            labels=snapshots["is_converted"].to_numpy().astype(np.float64),
            weights=snapshots["weight"].to_numpy(),
        )
        return cls(
            vocabulary=encoder.vocabulary.only(varying),
            training=examples.taken(learns),
            validation=examples.taken(~learns),
            places=max(places),
        )

    def reason_untrainable(self) -> str | None:
        """Say why nothing can be learned, as a clause; None where something can."""
        if not len(self.training):
            return "there are no journeys to learn from"
        if not self.training.labels.any():
            return "no journey to learn from converts"
        if not self.training.has_both_classes:
            return "every journey to learn from converts"
        if self.places < 2:
            return "all journeys to learn from touch the same channel"
        return None

    def hash(self) -> str:
        """Hash all that is learned from."""
        features = pa.array(map(str, self.vocabulary.to_dict()), pa.string())
        tables = {"features": pa.table({"feature": features})}
        for name, part in (
            ("training", self.training),
            ("validation", self.validation),
        ):
            cells = part.matrix.tocoo()
            tables[f"{name}_cells"] = pa.table(
                {"row": cells.row, "column": cells.col, "value": cells.data}
            )
            tables[name] = pa.table(
                {
                    "row": np.arange(len(part)),
                    "label": part.labels,
                    "weight": part.weights,
                }
            )
        return data_hash(tables)


def _bounds(matrix: sparse.csr_array) -> tuple[NDArray[Any], NDArray[Any]]:
    if not matrix.shape[0]:
        return np.zeros(matrix.shape[1]), np.zeros(matrix.shape[1])
    lowest, highest = matrix.min(axis=0), matrix.max(axis=0)
    return lowest.toarray().ravel(), highest.toarray().ravel()
