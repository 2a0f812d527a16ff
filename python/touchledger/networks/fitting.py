"""The journeys that a network learns from, and its training."""

from dataclasses import asdict, dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchledger.evaluation.ranking import GroupedScores
from touchledger.evaluation.ranking import auc as auc_of
from touchledger.fits.versions import data_hash
from touchledger.networks.journeys import Journeys
from touchledger.networks.network import JourneyNetwork
from touchledger.networks.players import Players
from touchledger.networks.reading import PLACES, Reader, learn_vocabulary
from touchledger.networks.relations import SequenceTables
from touchledger.networks.runtime import MAKING, use_one_thread_each
from touchledger.networks.saved import SavedNetwork
from touchledger.networks.settings import NetworkSettings
from touchledger.networks.shape import NetworkShape
from touchledger.networks.training import Examples, train

__all__ = ["TrainingJourneys", "fitted_network"]

_Floats = NDArray[np.float64]

_MINUTES_A_DAY = 1440
# Where most conversions come at the instant of a touchpoint, that is how they were
# recorded, and no arrival.
_MOST = 0.5


@dataclass(frozen=True, eq=False)
class TrainingJourneys:
    """What a network learns from, and what says when to stop.

    Attributes:
        reader: The names and scales of the journeys to learn from.
        training: Journeys to learn from.
        validation: Journeys of other users.
        snapshots: How many snapshots the journeys to learn from stand for.
        converting: How many of these convert.
    """

    reader: Reader
    training: Examples
    validation: Examples
    snapshots: int
    converting: int

    @classmethod
    def read(
        cls, snapshots: pa.Table, tables: SequenceTables, settings: NetworkSettings
    ) -> "TrainingJourneys":
        """Read snapshots.

        Args:
            snapshots: `snapshot_key, user_key, split, weight, is_converted`, a row for
                each snapshot of the splits training and validation.
            tables: The journeys.
            settings: Say what a step is.
        """
        snapshots = snapshots.sort_by("snapshot_key")
        snapshot_keys, user_keys = (
            snapshots["snapshot_key"].to_numpy(),
            snapshots["user_key"].to_numpy(),
        )
        learns = snapshots["split"].to_numpy() == "training"
        reader = learn_vocabulary(tables, snapshot_keys[learns], user_keys[learns])

        def examples(rows: NDArray[np.bool_]) -> Examples:
            parts = list(reader.read(tables, snapshot_keys[rows], user_keys[rows]))
            taken = snapshots.filter(rows)
            journeys = Journeys.joined(parts) if parts else reader.nothing()
            found = Examples(
                journeys=journeys,
                labels=taken["is_converted"].to_numpy().astype(np.float32),
                weights=taken["weight"].to_numpy().astype(np.float32),
            )
            if settings.steps != "days":
                return found
            by_day = Players.days(journeys, settings.days, settings.has_profile)
            return replace(found, journeys=by_day.journeys).distinct()

        return cls(
            reader,
            examples(learns),
            examples(~learns),
            snapshots=int(learns.sum()),
            converting=int(snapshots.filter(learns)["is_converted"].to_numpy().sum()),
        )

    def reason_untrainable(self) -> str | None:
        """Say why nothing can be learned, as a clause; None where something can."""
        labels = self.training.labels
        if not len(labels):
            return "there are no journeys to learn from"
        if not labels.any():
            return "no journey to learn from converts"
        if (labels == 1).all():
            return "every journey to learn from converts"
        channels, campaigns = (self._rows_of(field) for field in PLACES)
        if len(channels) > 1 or len(campaigns) > 1:
            return None
        if channels.max(initial=0) > self.reader.categories.other("channel"):
            return "all journeys to learn from touch the same channel"
        return "all journeys to learn from touch channels too rare to tell apart"

    def _rows_of(self, field: str) -> NDArray[np.int32]:
        """Give the rows of a field that journeys to learn from have."""
        known = self.reader.categories
        rows = np.array([known.other(field), *known.rows(field).values()], np.int32)
        has_row = np.zeros(len(known), bool)
        has_row[self.training.journeys.categories] = True
        return rows[has_row[rows]]

    def arrival_days(self, arrival_minutes: float) -> float:
        """Give the time of arrivals in days; below 0 where there are none."""
        journeys = self.training.journeys
        last = journeys.ages[journeys.starts[1:] - 1]
        at_once = (last[self.training.labels > 0] <= 0).mean()
        if at_once >= _MOST or not arrival_minutes:
            return -1.0
        return arrival_minutes / _MINUTES_A_DAY

    def shape(self, arrival_minutes: float) -> NetworkShape:
        """Say what a network of these journeys is made for."""
        journeys, weights = self.training.journeys, self.training.weights
        rate = float(np.average(self.training.labels, weights=weights))
        return NetworkShape(
            categories=len(self.reader.categories),
            fields=journeys.categories.shape[1],
            numbers=journeys.numbers.shape[1],
            attributes=len(self.reader.attributes),
            attribute_fields=journeys.attributes.shape[1],
            attribute_numbers=journeys.attribute_numbers.shape[1],
            arrival_days=self.arrival_days(arrival_minutes),
            log_odds=float(np.log(rate / (1 - rate))),
        )

    def hash(self) -> str:
        """Hash all that is learned from."""
        tables = {"reader": pa.table({"reader": [str(self.reader.to_dict())]})}
        for name in ("training", "validation"):
            examples: Examples = getattr(self, name)
            for part, columns in {
                "steps": ("categories", "numbers", "ages", "exposures"),
                "journeys": ("lengths", "attributes", "attribute_numbers"),
            }.items():
                arrays = [_columns(getattr(examples.journeys, c)) for c in columns]
                flat = [column for array in arrays for column in array]
                if part == "journeys":
                    flat += [examples.labels, examples.weights]
                # Their order counts: a step belongs to the journey that it is in.
                flat.append(np.arange(len(flat[0])))
                tables[f"{name} {part}"] = pa.table(
                    flat, names=[str(i) for i in range(len(flat))]
                )
        return data_hash(tables)


def fitted_network(
    name: str,
    examples: TrainingJourneys,
    settings: NetworkSettings,
    seed: int,
    arrival_minutes: float,
) -> SavedNetwork:
    """Train a network.

    Args:
        name: The model, as progress names it.
        examples: Journeys to learn from.
        settings: The parts of the network.
        seed: Draws weights and the order of journeys.
        arrival_minutes: A touchpoint so shortly before a conversion is the arrival.
    """
    shape = examples.shape(arrival_minutes)
    with MAKING:
        use_one_thread_each()
        network = JourneyNetwork(settings.to_dict(), asdict(shape), seed)
    history = train(name, network, examples.training, examples.validation, seed, _auc)
    return SavedNetwork(network, examples.reader, tuple(history))


def _auc(scores: _Floats, labels: _Floats, weights: _Floats) -> float | None:
    if not 0 < labels @ weights < weights.sum():
        return None
    ranked = GroupedScores.of(scores, weights, labels * weights)
    return float(auc_of(ranked.positives, ranked.negatives))


def _columns(array: NDArray[np.generic]) -> list[NDArray[np.generic]]:
    return list(array.T) if array.ndim > 1 else [array]
