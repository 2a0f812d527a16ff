"""Where a journey stands that is known in part: the state after a stretch of its path.

A fitted model sees a journey up to some touchpoint, and not what lies beyond the
lookback. After such a stretch the journey stands where one would that had begun with
it: in the state of its last touchpoints, which is a short one where the stretch is.
Else the state would tell that something was forgotten, which happens to null journeys
alone.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from touchledger.markov.states import States
from touchledger.paths import Paths

__all__ = ["UNKNOWN", "Stretches", "states_after"]

_Ints = NDArray[np.int64]

# The state after a stretch with which no journey begins.
UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class Stretches:
    """Stretches of paths; arrays `(stretches,)`.

    Attributes:
        keys: Key of each stretch, ascending.
        last: Its last touchpoint, a place in `Paths.channels`.
        length: How many touchpoints it has.
        is_beginning: Whether its path begins with it.
    """

    keys: _Ints
    last: _Ints
    length: _Ints
    is_beginning: NDArray[np.bool_]

    @classmethod
    def from_arrow(cls, table: pa.Table, paths: Paths) -> "Stretches":
        """Take the table of the model `int_path_stretches`.

        Args:
            table: `stretch_key, path_key, first_position, last_position`; positions
                count from 1.
            paths: The paths.

        Example:
            >>> import pyarrow as pa
            >>> paths = Paths.from_arrow(
            ...     pa.table({"path_key": [4], "channel_keys": [[7, 9, 7]]}),
            ...     pa.table({"path_key": [4], "split": ["test"], "bucket": [0],
            ...               "journeys": [1], "conversions": [0], "revenue": [0.0]}),
            ... )
            >>> stretches = Stretches.from_arrow(
            ...     pa.table({"stretch_key": [1], "path_key": [4],
            ...               "first_position": [2], "last_position": [3]}), paths,
            ... )
            >>> stretches.last.tolist(), stretches.length.tolist()
            ([2], [2])
        """
        columns = {
            name: table[name].to_numpy().astype(np.int64) for name in table.column_names
        }
        order = np.argsort(columns["stretch_key"])
        path, first, last = (
            columns[name][order]
            for name in ("path_key", "first_position", "last_position")
        )
        return cls(
            keys=columns["stretch_key"][order],
            last=paths.offsets[np.searchsorted(paths.keys, path)] + last - 1,
            length=last - first + 1,
            is_beginning=first == 1,
        )


def states_after(states: States, stretches: Stretches) -> _Ints:
    """Find the state of one order after each stretch.

    Args:
        states: The states of the order.
        stretches: Stretches of the same paths.

    Returns:
        States, `(stretches,)`; `UNKNOWN` where no journey begins with the stretch and
        it is too short for another state.
    """
    found: _Ints = states.of_touch[stretches.last].copy()
    # All others show as many touchpoints as the state after their last one.
    short = np.flatnonzero(~stretches.is_beginning & (stretches.length < states.order))
    if not len(short):
        return found
    back = np.arange(states.order)
    places = stretches.last[short, None] - back
    is_seen = back < stretches.length[short, None]
    seen = np.where(is_seen, states.paths.channels[places * is_seen], -1)
    is_short = np.flatnonzero(states.channels[:, -1] < 0)
    known = pd.MultiIndex.from_arrays(list(states.channels[is_short].T))
    match = known.get_indexer(pd.MultiIndex.from_arrays(list(seen.T)))
    found[short] = UNKNOWN
    found[short[match >= 0]] = is_short[match[match >= 0]]
    return found
