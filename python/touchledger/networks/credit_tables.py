"""What the dbt models of networks' credit return: attention, and Shapley values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchledger.by_key import over_rows
from touchledger.features.by_snapshot import over_snapshots
from touchledger.features.credit import shared
from touchledger.fits.tables import CREDITS, credits_table, equal_credits
from touchledger.log import LOGGER, Progress
from touchledger.networks.loading import StoredNetwork, stored_network
from touchledger.networks.relations import Chunk, SequenceTables

if TYPE_CHECKING:
    from touchledger.networks.players import Players

__all__ = ["VALUES", "attention_credits", "network_shapley_values"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

VALUES = pa.schema(
    {
        "journey_key": pa.int64(),
        "position": pa.int64(),
        "shapley_value": pa.float64(),
        "standard_error": pa.float64(),
        "credit": pa.float64(),
    }
)
_JOURNEYS_AT_ONCE = 200_000
# What a share of a touchpoint is made of, without a network.
_SHARED = ("journey_key", "position", "touch_count")


def attention_credits(
    is_asked_for: bool, fits: pa.Table, touchpoints: Any, tables: SequenceTables
) -> pa.Table:
    """Share each conversion by the attention to its touchpoints.

    Args:
        is_asked_for: Whether `attribution_models` names `attention_lstm`.
        fits: What `fit_network` returned.
        touchpoints: The relation `int_credited_touchpoints`.
        tables: The journeys.

    Returns:
        `journey_key, position, attribution_model, credit`, a row for each touchpoint of
        a converting journey, as an Arrow table or a Spark DataFrame; 0 for those that
        the network doesn't read. Without a fit touchpoints share equally.
    """
    if not is_asked_for:
        return CREDITS.empty_table()
    network = stored_network(fits)
    if network is not None and network.saved.network.settings.attention == "none":
        LOGGER.warning(
            "attention_lstm: the network has no attention, so its credit is shared "
            "equally; lstm_shapley says what touchpoints add."
        )
        network = None
    if network is None:
        return equal_credits("attention_lstm", touchpoints)
    applied_network = network

    def credits_of(credited: _Credited, said: Progress) -> pa.Table:
        weights = applied_network.applied.attention(credited.players.journeys)
        of_players = credited.players.shared(weights)
        said.add(len(credited.players.journeys))
        credit = credited.shared(credited.spread(of_players))
        return credits_table("attention_lstm", credited.rows, credit)

    progress = partial(Progress, "attention_lstm", "journeys credited")
    return _over_credited(touchpoints, tables, network, credits_of, CREDITS, progress)


def network_shapley_values(
    is_asked_for: bool,
    fits: pa.Table,
    touchpoints: Any,
    tables: SequenceTables,
    exact_up_to: int,
    permutations: int,
    seed: int,
) -> pa.Table:
    """Give the Shapley value of each touchpoint for the network's probability.

    Args:
        is_asked_for: Whether `attribution_models` names `lstm_shapley`.
        fits: What `fit_network` returned for `attention_lstm`.
        touchpoints: The relation `int_credited_touchpoints`.
        tables: The journeys.
        exact_up_to: Journeys of at most so many touchpoints are computed exactly.
        permutations: Orders drawn for each longer one.
        seed: Draws them.

    Returns:
        `journey_key, position, shapley_value, standard_error, credit`, a row for each
        touchpoint of a converting journey; 0 for those that the network doesn't read.
        Credit is in proportion to values above 0; where there are none, what is read
        has equal parts.
        Without a fit values are missing.
    """
    if not is_asked_for:
        return VALUES.empty_table()
    network = stored_network(fits)
    if network is None:
        return over_rows(touchpoints.select(*_SHARED), _no_values, VALUES)
    applied_network = network

    def values_of(credited: _Credited, said: Progress) -> pa.Table:
        so_far = said.add_so_far()
        values = applied_network.applied.touchpoint_values(
            credited.players.journeys,
            exact_up_to=exact_up_to,
            permutations=permutations,
            seed=seed,
            on_games=so_far,
        )
        so_far(len(values.full))
        of_touchpoints = credited.spread(values.values)
        return credited.table(
            of_touchpoints,
            credited.spread(values.standard_errors),
            credited.shared(of_touchpoints),
        )

    progress = partial(Progress, "lstm_shapley", "journeys done")
    return _over_credited(touchpoints, tables, network, values_of, VALUES, progress)


@dataclass(frozen=True, eq=False)
class _Credited:
    """Touchpoints of some converting journeys, and what a network reads of these."""

    rows: pa.Table
    players: "Players"
    max_touches: int

    @property
    def touch_counts(self) -> _Ints:
        counts: _Ints = self.rows["touch_count"].to_numpy()
        return counts

    def spread(self, of_players: _Floats) -> _Floats:
        """Put numbers of players to touchpoints; those that aren't read have 0."""
        found = np.zeros(self.rows.num_rows)
        found[self._is_among_last] = self.players.spread(of_players)
        return found

    def shared(self, values: _Floats) -> _Floats:
        """Share each journey in proportion to the values above 0.

        Where there are none, what the network reads shares equally; where it reads
        nothing, all touchpoints do.
        """
        journey = np.cumsum(self.rows["position"].to_numpy() == 1) - 1
        has_any = np.bincount(journey, values > 0)[journey] > 0
        parts = np.where(has_any, values, self._is_read)
        return shared(parts, journey, self.touch_counts)

    @property
    def _is_among_last(self) -> NDArray[np.bool_]:
        left = self.touch_counts - self.rows["position"].to_numpy()
        return np.asarray(left < self.max_touches)

    @property
    def _is_read(self) -> NDArray[np.bool_]:
        found = self._is_among_last.copy()
        found[found] = self.players.player >= 0
        return found

    def table(self, values: Any, errors: Any, credit: _Floats) -> pa.Table:
        """Put numbers beside the touchpoints that they are of."""
        keys = [self.rows["journey_key"], self.rows["position"]]
        return pa.table([*keys, values, errors, credit], schema=VALUES)


def _over_credited(
    touchpoints: Any,
    tables: SequenceTables,
    network: StoredNetwork,
    work: Callable[[_Credited, Progress], pa.Table],
    schema: pa.Schema,
    progress: Callable[[int], Progress],
) -> Any:
    """Do a work on converting journeys, as `over_snapshots` does it."""
    by_key = network.saved.reader.rows_by_key(tables.named)
    max_touches = tables.max_touches

    def of_chunk(
        chunk: Chunk, rows: pa.Table | None, said: Progress
    ) -> Iterator[pa.Table]:
        assert rows is not None
        rows = rows.sort_by([("snapshot_key", "ascending"), ("position", "ascending")])
        saved = network.saved
        players = saved.players(saved.reader.journeys(chunk, by_key))
        yield work(_Credited(rows, players, max_touches), said)

    return over_snapshots(
        touchpoints.filter("position = 1"),
        tables,
        of_chunk,
        schema,
        progress,
        beside=touchpoints.select("snapshot_key", *_SHARED),
        at_once=_JOURNEYS_AT_ONCE,
    )


def _no_values(rows: pa.Table) -> pa.Table:
    missing = pa.nulls(rows.num_rows, pa.float64())
    equal = 1.0 / rows["touch_count"].to_numpy()
    columns = [rows["journey_key"], rows["position"], missing, missing, equal]
    return pa.table(columns, schema=VALUES)
