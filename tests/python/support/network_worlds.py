"""Journeys, tables and networks for tests, small enough to be worked by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from snapshot_tables import NAMES, features_type, relation
from touchledger.networks.journeys import Journeys
from touchledger.networks.network import JourneyNetwork
from touchledger.networks.relations import SequenceTables
from touchledger.networks.runtime import use_one_thread_each
from touchledger.networks.settings import PRESETS, NetworkSettings
from touchledger.networks.shape import NetworkShape
from touchledger.networks.training import Examples

__all__ = [
    "SHAPE",
    "arrays_of",
    "drawn_journeys",
    "made_journeys",
    "network",
    "of_channels",
    "sequence_tables",
    "small",
    "without",
]

# Before any test makes TensorFlow work, after which it is too late.
use_one_thread_each()

# Rows of channels and of campaigns, of two attributes, and a number each.
SHAPE = NetworkShape(
    categories=8,
    fields=2,
    numbers=2,
    attributes=5,
    attribute_fields=2,
    attribute_numbers=1,
    arrival_days=-1.0,
    log_odds=-1.0,
)


def small(preset: str, **changes: Any) -> NetworkSettings:
    """Give the settings of a preset of few units: each unit takes time to trace."""
    few = {"embedding": 4, "units": 3, "epochs": 1}
    return replace(PRESETS[preset], **{**few, **changes})


def network(
    settings: NetworkSettings, shape: NetworkShape = SHAPE, seed: int = 7
) -> JourneyNetwork:
    """Make a network whose weights are far from the small ones that it starts with."""
    made = JourneyNetwork(settings.to_dict(), asdict(shape), seed)
    random = np.random.default_rng(seed)
    made.set_weights([w + random.normal(0, 0.4, w.shape) for w in made.get_weights()])
    return made


def drawn_journeys(lengths: Sequence[int], seed: int = 1) -> Journeys:
    """Draw journeys of the kind that `SHAPE` is for."""
    random = np.random.default_rng(seed)
    steps, count = int(np.sum(lengths)), len(lengths)
    ages = [np.sort(random.gamma(1.0, 4.0, length))[::-1] for length in lengths]
    return Journeys(
        lengths=np.array(lengths, np.int64),
        categories=random.integers(0, SHAPE.categories, (steps, 2)).astype(np.int32),
        numbers=random.normal(size=(steps, 2)).astype(np.float32),
        ages=np.concatenate([np.empty(0), *ages]).astype(np.float32),
        exposures=random.random(steps).astype(np.float32),
        attributes=random.integers(0, SHAPE.attributes, (count, 2)).astype(np.int32),
        attribute_numbers=random.normal(size=(count, 1)).astype(np.float32),
    )


def made_journeys(touches: Sequence[Sequence[tuple[int, float]]]) -> Journeys:
    """Make journeys that are known by their channels alone.

    Args:
        touches: Row of the channel and age of each touchpoint of each journey.
    """
    flat = [touch for journey in touches for touch in journey]
    exposures = [
        np.log2((1 + k) / k)
        for journey in touches
        for position, (channel, _) in enumerate(journey)
        for k in [1 + [c for c, _ in journey[:position]].count(channel)]
    ]
    return Journeys(
        lengths=np.array([len(journey) for journey in touches], np.int64),
        categories=np.array([[channel] for channel, _ in flat], np.int32),
        numbers=np.zeros((len(flat), 2), np.float32),
        ages=np.array([age for _, age in flat], np.float32),
        exposures=np.array(exposures, np.float32),
        attributes=np.zeros((len(touches), 0), np.int32),
        attribute_numbers=np.zeros((len(touches), 0), np.float32),
    )


def of_channels(journeys: Journeys, log_odds: float = -1.0) -> NetworkShape:
    """Say what a network of journeys of `made_journeys` is made for."""
    return NetworkShape(
        categories=int(journeys.categories.max()) + 1,
        fields=journeys.categories.shape[1],
        numbers=2,
        attributes=1,
        attribute_fields=0,
        attribute_numbers=0,
        arrival_days=-1.0,
        log_odds=log_odds,
    )


def without(journeys: Journeys, steps: Sequence[int]) -> Journeys:
    """Leave steps out."""
    kept = np.ones(len(journeys.ages), bool)
    kept[list(steps)] = False
    return journeys.only(kept)


def arrays_of(examples: Examples) -> list[NDArray[Any]]:
    """Give all that examples hold."""
    return [*vars(examples.journeys).values(), examples.labels, examples.weights]


def sequence_tables(
    snapshots: Mapping[int, Sequence[tuple[int, int, float, bool]]],
    profiles: Mapping[int, Mapping[str, Any]] | None = None,
    names: Sequence[tuple[int, str, int, str]] = NAMES,
    columns: Mapping[int, Sequence[Mapping[str, str | None] | None]] | None = None,
    max_touches: int = 100,
) -> SequenceTables:
    """Give journeys as the engine has them.

    Args:
        snapshots: Snapshot key to touchpoints a day apart, the last half a day before
            the cutoff: channel_key, campaign_key (0: none), cost and whether it is a
                click.
        profiles: User key to attributes.
        names: The campaigns.
        columns: Snapshot key to what columns of the input say of its touchpoints.
        max_touches: The last so many touchpoints are read.
    """
    rows = [
        (
            *(key, position, len(touches), channel, campaign or None, cost, is_click),
            len(touches) - position + 0.5,
            (columns or {}).get(key, [None] * len(touches))[position - 1],
        )
        for key, touches in snapshots.items()
        for position, (channel, campaign, cost, is_click) in enumerate(touches, 1)
    ]
    attributes = sorted({name for of in (profiles or {}).values() for name in of})
    struct = ", ".join(f'"{name}" varchar' for name in ["user_id", *attributes])
    return SequenceTables(
        touchpoints=relation(
            "snapshot_key bigint, position bigint, touch_count bigint, channel_key "
            "bigint, "
            "campaign_key bigint, cost double, is_click boolean, "
            f"days_before_cutoff double, features {features_type(columns)}",
            rows,
        ),
        names=_names(names),
        profiles=relation(
            f"user_key bigint, attributes struct({struct})",
            [
                (user, {name: of.get(name) for name in ["user_id", *attributes]})
                for user, of in (profiles or {}).items()
            ],
        ),
        max_touches=max_touches,
    )


def _names(names: Sequence[tuple[int, str, int, str]]) -> duckdb.DuckDBPyRelation:
    return relation(
        "channel_key bigint, channel varchar, campaign_key bigint, campaign varchar",
        names,
    )
