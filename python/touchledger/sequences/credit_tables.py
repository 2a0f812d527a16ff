"""What the dbt models of networks' credit return: attention, and Shapley values."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchledger.features.credit import shared
from touchledger.fitted.tables import CREDITS
from touchledger.frames import rows_between, to_arrow
from touchledger.log import LOGGER, Progress
from touchledger.sequences.loading import loaded_network
from touchledger.sequences.relations import SequenceTables

if TYPE_CHECKING:
    from touchledger.sequences.saved import SavedNetwork

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
        a converting journey; 0 for those that the network doesn't read. Without a fit
        touchpoints share equally.
    """
    if not is_asked_for:
        return CREDITS.empty_table()
    found = loaded_network(fits)
    if found is not None and found[1].network.settings.attention == "none":
        LOGGER.warning(
            "attention_lstm: the network has no attention, so its credit is shared "
            "equally; lstm_shapley says what touchpoints add."
        )
        found = None
    parts = []
    for credited in _credited(touchpoints, tables, found and found[0]):
        if found is None or credited.players is None:
            credit = 1.0 / credited.touch_counts
        else:
            weights = found[1].attention(credited.players.journeys)
            of_players = credited.players.shared(weights)
            credit = credited.shared(credited.spread(of_players))
        names = pa.repeat(pa.scalar("attention_lstm"), len(credit))
        parts.append(
            pa.table(
                [credited.journey_keys, credited.positions, names, credit],
                schema=CREDITS,
            )
        )
    return pa.concat_tables([CREDITS.empty_table(), *parts])


def network_shapley_values(
    is_asked_for: bool,
    fits: pa.Table,
    touchpoints: Any,
    tables: SequenceTables,
    exact_up_to: int,
    permutations: int,
    seed: int,
) -> pa.Table:
    """Give the Shapley value of each touchpoint for the network's chance.

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
    found = loaded_network(fits)
    counted = to_arrow(touchpoints.filter("place = 1").select("cut_key")).num_rows
    progress = Progress("lstm_shapley", "journeys done", counted)
    parts, done = [], 0
    for credited in _credited(touchpoints, tables, found and found[0]):
        if found is None or credited.players is None:
            missing = pa.nulls(credited.rows.num_rows, pa.float64())
            parts.append(credited.table(missing, missing, 1.0 / credited.touch_counts))
            continue
        values = found[1].touchpoint_values(
            credited.players.journeys,
            exact_up_to=exact_up_to,
            permutations=permutations,
            seed=seed,
            on_games=partial(progress.reach, done),
        )
        done += len(values.full)
        of_touchpoints = credited.spread(values.values)
        parts.append(
            credited.table(
                of_touchpoints,
                credited.spread(values.standard_errors),
                credited.shared(of_touchpoints),
            )
        )
    return pa.concat_tables([VALUES.empty_table(), *parts])


@dataclass(frozen=True, eq=False)
class _Credited:
    """Touchpoints of some converting journeys, and what a network reads of these."""

    rows: pa.Table
    players: Any
    max_touches: int

    @property
    def journey_keys(self) -> pa.ChunkedArray:
        return self.rows["journey_key"]

    @property
    def positions(self) -> pa.ChunkedArray:
        return self.rows["position"]

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
        journey = np.cumsum(self.rows["place"].to_numpy() == 1) - 1
        has_any = np.bincount(journey, values > 0)[journey] > 0
        parts = np.where(has_any, values, self._is_read)
        return shared(parts, journey, self.touch_counts)

    @property
    def _is_among_last(self) -> NDArray[np.bool_]:
        left = self.touch_counts - self.rows["place"].to_numpy()
        return np.asarray(left < self.max_touches)

    @property
    def _is_read(self) -> NDArray[np.bool_]:
        found = self._is_among_last.copy()
        found[found] = self.players.player >= 0
        return found

    def table(self, values: Any, errors: Any, credit: _Floats) -> pa.Table:
        """Put numbers beside the touchpoints that they are of."""
        columns = [self.journey_keys, self.positions, values, errors, credit]
        return pa.table(columns, schema=VALUES)


def _credited(
    touchpoints: Any, tables: SequenceTables, saved: "SavedNetwork | None"
) -> Iterator[_Credited]:
    """Read converting journeys, a range after the other."""
    keys = to_arrow(
        touchpoints.filter("place = 1").select("cut_key", "user_key")
    ).sort_by("cut_key")
    cut_keys, user_keys = keys["cut_key"].to_numpy(), keys["user_key"].to_numpy()
    several = touchpoints.select(
        "cut_key", "journey_key", "position", "place", "touch_count"
    )
    for start in range(0, len(cut_keys), _JOURNEYS_AT_ONCE):
        part = slice(start, start + _JOURNEYS_AT_ONCE)
        rows = rows_between(several, "cut_key", cut_keys[part][0], cut_keys[part][-1])
        rows = rows.sort_by([("cut_key", "ascending"), ("place", "ascending")])
        players = None
        if saved is not None:
            read = list(saved.reader.read(tables, cut_keys[part], user_keys[part]))
            players = saved.players(type(read[0]).joined(read))
        yield _Credited(rows, players, tables.max_touches)
