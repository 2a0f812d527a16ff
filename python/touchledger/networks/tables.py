"""What the dbt models of networks return: fits, scores and how trainings went.

TensorFlow is loaded only where a network is asked for: it takes seconds.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pyarrow as pa

from touchledger.features.by_snapshot import over_snapshots
from touchledger.fits.store import FitStore, Trained
from touchledger.fits.tables import FITS, SCORES, fit_once, reported_fit
from touchledger.fits.versions import code_hash
from touchledger.frames import to_arrow
from touchledger.log import LOGGER, Progress
from touchledger.networks.loading import stored_network
from touchledger.networks.relations import Chunk, SequenceTables
from touchledger.networks.settings import NetworkSettings

__all__ = [
    "HISTORY",
    "NETWORKS",
    "fit_network",
    "network_scores",
    "training_history",
]

NETWORKS = ("lstm", "attention_lstm")
HISTORY = pa.schema(
    {
        "fitted_model": pa.string(),
        "epoch": pa.int64(),
        "loss": pa.float64(),
        "validation_loss": pa.float64(),
        "validation_auc": pa.float64(),
        "journeys_per_second": pa.float64(),
    }
)
_CODE = ("touchledger.networks", "touchledger.features")
_LIBRARIES = ("tensorflow", "keras")


def fit_network(
    model: str,
    is_asked_for: bool,
    store: FitStore,
    seed: int,
    settings: NetworkSettings,
    arrival_minutes: float,
    snapshots: Any,
    tables: SequenceTables,
) -> pa.Table:
    """Train a network, or reuse its file.

    Args:
        model: One of `NETWORKS`.
        is_asked_for: Whether `attribution_models` needs it.
        store: Where fits lie, and when they are trained anew.
        seed: Draws weights and the order of journeys.
        settings: The parts of the network; `lstm` is the one without attention.
        arrival_minutes: A touchpoint so shortly before a conversion is the arrival.
        snapshots: The relation `int_training_snapshots`.
        tables: The journeys.

    Returns:
        What `fits_table` gives: no row where the network isn't asked for, or where
        there is nothing to learn.
    """
    if not is_asked_for:
        return FITS.empty_table()
    from touchledger.networks.fitting import TrainingJourneys, fitted_network

    has_credit = model == "attention_lstm"
    parts = settings if has_credit else settings.without_attention()
    described = {
        "seed": seed,
        "arrival_minutes": arrival_minutes,
        "max_touches": tables.max_touches,
        "network": parts.to_dict(),
    }

    def train(examples: TrainingJourneys) -> Trained:
        LOGGER.info(
            "%s: learns from %s examples (%s convert)",
            model,
            f"{examples.snapshots:,}",
            f"{examples.converting:,}",
        )
        saved = fitted_network(model, examples, parts, seed, arrival_minutes)
        return saved.to_trained(rows=examples.snapshots)

    return fit_once(
        model,
        store,
        settings=described,
        code=lambda: code_hash(_CODE, _LIBRARIES),
        read=lambda: TrainingJourneys.read(to_arrow(snapshots), tables, parts),
        train=train,
        otherwise=(
            "its credit is shared equally" if has_credit else "it gives no scores"
        ),
    )


def network_scores(fits: pa.Table, snapshots: Any, tables: SequenceTables) -> Any:
    """Give each snapshot the probability that its journey converts.

    Args:
        fits: What `fit_network` returned.
        snapshots: The relation `int_journey_snapshots`.
        tables: The journeys.

    Returns:
        `snapshot_key, conversion_probability`, an Arrow table or a Spark DataFrame; no
        rows where there is no fit.
    """
    network = stored_network(fits)
    if network is None:
        return SCORES.empty_table()
    by_key = network.saved.reader.rows_by_key(tables.named)

    def probabilities(
        chunk: Chunk, _: pa.Table | None, said: Progress
    ) -> Iterator[pa.Table]:
        saved = network.saved
        journeys = saved.players(saved.reader.journeys(chunk, by_key)).journeys
        found = network.applied.probabilities(journeys)
        said.add(len(chunk))
        yield pa.table([chunk.snapshot_keys, found], schema=SCORES)

    progress = partial(Progress, network.fit.name, "snapshots scored")
    return over_snapshots(snapshots, tables, probabilities, SCORES, progress)


def training_history(fits: pa.Table) -> pa.Table:
    """Give how trainings went.

    Args:
        fits: Rows of `int_fits`.

    Returns:
        `fitted_model, epoch, loss, validation_loss, validation_auc,
        journeys_per_second`, a row for each epoch of each network.
    """
    rows = []
    for place in range(fits.num_rows):
        fit = reported_fit(fits.slice(place, 1))
        assert fit is not None
        rows += [
            {"fitted_model": fit.name, **epoch}
            for epoch in fit.payload.get("history", ())
        ]
    return pa.Table.from_pylist(rows, schema=HISTORY)
