"""What the dbt models of the journey models return: fits, scores, credit, importances.

A journey model learns from the features of snapshots. It is trained, or its file
reused, in one step; the others read the file that this step reported and apply it, a
chunk of snapshots after the other.
"""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from touchledger.by_key import joined
from touchledger.classifiers.boosted_trees import BoostedTrees
from touchledger.classifiers.logistic_regression import LogisticRegression
from touchledger.features.by_snapshot import over_snapshots
from touchledger.features.credit import Touchpoints, shared, touchpoint_contributions
from touchledger.features.matrix import Encoder
from touchledger.features.tables import Chunk, SnapshotTables
from touchledger.features.training import TrainingSet
from touchledger.features.vocabulary import Vocabulary
from touchledger.fits.store import FitStore, Trained
from touchledger.fits.tables import (
    CREDITS,
    FITS,
    IMPORTANCES,
    SCORES,
    credits_table,
    equal_credits,
    fit_once,
    importances_table,
    reported_fit,
)
from touchledger.fits.versions import code_hash
from touchledger.frames import to_arrow
from touchledger.log import LOGGER, Progress
from touchledger.turns import TRAINING

__all__ = [
    "JOURNEY_MODELS",
    "Scorer",
    "fit_journey_model",
    "journey_model_credits",
    "journey_model_importances",
    "journey_model_scores",
    "scores",
]

_Ints = NDArray[np.int64]

# Contributions are dense: so many journeys are in memory at once.
_JOURNEYS_AT_ONCE = 10_000


class Scorer(Protocol):
    """What gives probabilities of conversion by the features of snapshots."""

    @property
    def vocabulary(self) -> Vocabulary:
        """Give the features."""

    def probabilities(self, matrix: sparse.csr_array) -> NDArray[np.float64]:
        """Give the probability of conversion of each row."""


class JourneyModel(Scorer, Protocol):
    """A model of the features of snapshots."""

    name: ClassVar[str]
    libraries: ClassVar[tuple[str, ...]]
    # Whether its fit leaves no memory for that of another such model.
    takes_turns: ClassVar[bool]

    @classmethod
    def train(cls, examples: TrainingSet, seed: int) -> Self:
        """Fit to the training users."""

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any]) -> Self:
        """Read what `to_dict` gave."""

    def to_dict(self) -> dict[str, Any]:
        """Write the fit as lists, numbers and text."""

    def contributions(self, matrix: sparse.csr_array) -> sparse.csr_array:
        """Give what each feature adds to the log-odds of each row."""

    def importances(self) -> Iterator[tuple[str, str, float]]:
        """Give features with a type of importance and its value."""


JOURNEY_MODELS: dict[str, type[JourneyModel]] = {
    model.name: model for model in (LogisticRegression, BoostedTrees)
}
_CODE = ("touchledger.features", "touchledger.classifiers.losses")


def fit_journey_model(
    model: str,
    is_asked_for: bool,
    store: FitStore,
    seed: int,
    snapshots: Any,
    tables: SnapshotTables,
) -> pa.Table:
    """Train a model, or reuse its file.

    Args:
        model: One of `JOURNEY_MODELS`.
        is_asked_for: Whether `attribution_models` names it.
        store: Where fits lie, and when they are trained anew.
        seed: Seeds what the training draws.
        snapshots: The relation `int_training_snapshots`.
        tables: The features.

    Returns:
        What `fits_table` gives: no row where the model isn't asked for, or where there
        is nothing to learn.
    """
    if not is_asked_for:
        return FITS.empty_table()
    kind = JOURNEY_MODELS[model]

    def train(examples: TrainingSet) -> Trained:
        LOGGER.info(
            "%s: learns from %s examples (%s convert) and %s features",
            model,
            f"{len(examples.training):,}",
            f"{int(examples.training.labels.sum()):,}",
            f"{len(examples.vocabulary):,}",
        )
        fit = kind.train(examples, seed)
        return Trained(payload=fit.to_dict(), rows=len(examples.training))

    with TRAINING if kind.takes_turns else nullcontext():
        return fit_once(
            model,
            store,
            settings={"seed": seed},
            code=lambda: code_hash([*_CODE, kind.__module__], kind.libraries),
            read=lambda: TrainingSet.read(to_arrow(snapshots), tables),
            train=train,
            otherwise="its credit is shared equally",
        )


def journey_model_scores(fits: pa.Table, snapshots: Any, tables: SnapshotTables) -> Any:
    """Give each snapshot the probability that its journey converts.

    Args:
        fits: What `fit_journey_model` returned.
        snapshots: The relation `int_journey_snapshots`.
        tables: The features.

    Returns:
        `snapshot_key, conversion_probability`, as `scores` gives it; no rows where
        there is no fit.
    """
    fit = _fitted(fits)
    return (
        SCORES.empty_table()
        if fit is None
        else scores(fit.name, fit, snapshots, tables)
    )


def scores(name: str, fit: Scorer, snapshots: Any, tables: SnapshotTables) -> Any:
    """Give each snapshot a probability, on the workers where there are any.

    Args:
        name: The model, as progress names it.
        fit: What gives the probabilities.
        snapshots: The relation `int_journey_snapshots`.
        tables: The features.

    Returns:
        `snapshot_key, conversion_probability`, a row for each snapshot: an Arrow table,
        or a Spark DataFrame.
    """
    encoder = Encoder(fit.vocabulary, tables.named())

    def probabilities(
        chunk: Chunk, _: pa.Table | None, said: Progress
    ) -> Iterator[pa.Table]:
        found = fit.probabilities(encoder.matrix(chunk))
        said.add(len(chunk))
        yield pa.table([chunk.snapshot_keys, found], schema=SCORES)

    progress = partial(Progress, name, "snapshots scored")
    return over_snapshots(snapshots, tables, probabilities, SCORES, progress)


def journey_model_credits(
    model: str,
    is_asked_for: bool,
    fits: pa.Table,
    touchpoints: Any,
    tables: SnapshotTables,
) -> Any:
    """Share each conversion by what its touchpoints contribute to the log-odds.

    Args:
        model: One of `JOURNEY_MODELS`.
        is_asked_for: Whether `attribution_models` names it.
        fits: What `fit_journey_model` returned.
        touchpoints: The relation `int_credited_touchpoints`.
        tables: The features.

    Returns:
        `journey_key, position, attribution_model, credit`, a row for each touchpoint of
        a converting journey. Without a fit, touchpoints share equally.
    """
    if not is_asked_for:
        return CREDITS.empty_table()
    fit = _fitted(fits)
    if fit is None:
        return equal_credits(model, touchpoints)
    encoder = Encoder(fit.vocabulary, tables.named())

    def shares(
        chunk: Chunk, rows: pa.Table | None, said: Progress
    ) -> Iterator[pa.Table]:
        assert rows is not None
        for part in _shared_journeys(fit, chunk, rows, encoder):
            said.add(_JOURNEYS_AT_ONCE)
            yield part

    # A journey of one touchpoint needs no model.
    several = touchpoints.filter("touch_count > 1")
    return joined(
        [
            equal_credits(model, touchpoints.filter("touch_count = 1")),
            over_snapshots(
                several.filter("position = 1"),
                tables,
                shares,
                CREDITS,
                partial(Progress, fit.name, "journeys credited"),
                beside=several,
            ),
        ]
    )


def journey_model_importances(fits: pa.Table) -> pa.Table:
    """Give the features with their importances.

    Args:
        fits: What `fit_journey_model` returned.

    Returns:
        `fitted_model, feature, importance_type, importance`; no rows where there is no
        fit.
    """
    fit = _fitted(fits)
    if fit is None:
        return IMPORTANCES.empty_table()
    return importances_table(fit.name, fit.importances())


def _fitted(fits: pa.Table) -> JourneyModel | None:
    fit = reported_fit(fits)
    return None if fit is None else fit.read(JOURNEY_MODELS[fit.name].from_dict)


def _shared_journeys(
    fit: JourneyModel, chunk: Chunk, rows: pa.Table, encoder: Encoder
) -> Iterator[pa.Table]:
    """Share the conversions of a chunk, some journeys after the others."""
    # Sums depend on the order of what is added, in their last digits.
    rows = rows.sort_by([("snapshot_key", "ascending"), ("position", "ascending")])
    matrix = encoder.matrix(chunk)
    for start in range(0, len(chunk), _JOURNEYS_AT_ONCE):
        keys = chunk.snapshot_keys[start : start + _JOURNEYS_AT_ONCE]
        first, last = np.searchsorted(rows["snapshot_key"], [keys[0], keys[-1] + 1])
        part = rows.slice(first, last - first)
        found = Touchpoints.from_arrow(part, keys)
        contributions = fit.contributions(matrix[start : start + len(keys)])
        sums = touchpoint_contributions(contributions, found, encoder)
        credit = shared(sums, found.row, found.touch_count)
        yield credits_table(fit.name, part, credit)
