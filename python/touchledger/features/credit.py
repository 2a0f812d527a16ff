"""What features contribute to a journey's log-odds, folded back to its touchpoints.

What a channel, a campaign or a level of a column of the input contributes is shared
equally by its touchpoints, that of the clicks by those that are clicks, that of the
cost in proportion to cost; those of the first and the last channel go to the first and
the last touchpoint. What the journey as a whole or the user's profile contributes earns
no credit. A touchpoint's sum counts where it is positive, and a journey's credit is
shared in proportion; equally, where no sum is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from touchledger.features.matrix import Encoder
from touchledger.features.tables import ObservedTouchpoints

__all__ = ["Touchpoints", "shared", "touchpoint_contributions"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Touchpoints:
    """Touchpoints of snapshots; arrays `(touchpoints,)`.

    Attributes:
        row: The row of the snapshot in the matrix.
        position: From 1 to `touch_count`.
        touch_count: How many the snapshot has.
        channel_keys: Their channels.
        campaign_keys: Their campaigns; 0 where the campaign is no feature.
        clicks: 1 for a click, else 0.
        costs: What they cost.
        known: Those whose columns of the input are known; their row is the touchpoint.
    """

    row: _Ints
    position: _Ints
    touch_count: _Ints
    channel_keys: _Ints
    campaign_keys: _Ints
    clicks: _Floats
    costs: _Floats
    known: ObservedTouchpoints

    @classmethod
    def from_arrow(cls, table: pa.Table, snapshot_keys: _Ints) -> "Touchpoints":
        """Read rows of `int_credited_touchpoints`.

        Args:
            table: The rows.
            snapshot_keys: The snapshot of each row of the matrix, ascending.
        """
        return cls(
            row=np.searchsorted(snapshot_keys, table["snapshot_key"].to_numpy()),
            position=table["position"].to_numpy(),
            touch_count=table["touch_count"].to_numpy(),
            channel_keys=table["channel_key"].to_numpy(),
            campaign_keys=pc.fill_null(table["campaign_key"], 0).to_numpy(),
            clicks=table["is_click"].to_numpy().astype(np.float64),
            costs=table["cost"].to_numpy(),
            known=ObservedTouchpoints.from_arrow(
                np.arange(table.num_rows), table["features"]
            ),
        )


def touchpoint_contributions(
    contributions: sparse.csr_array, touchpoints: Touchpoints, encoder: Encoder
) -> _Floats:
    """Give what each touchpoint contributes to the log-odds, `(touchpoints,)`.

    Args:
        contributions: What each feature contributes, `(snapshots, features)`.
        touchpoints: The touchpoints of these snapshots.
        encoder: Knows which feature is in which column.
    """
    row = touchpoints.row
    sums = np.zeros(len(row))
    for place, columns in _columns(touchpoints, encoder):
        known = columns >= 0
        place, columns = place[known], columns[known]
        # Of no cells, scipy gives something else than no numbers.
        if len(place):
            found = contributions[row[place], columns]
            sums[place] += found / _alike(row[place], columns)
    journey = encoder.vocabulary.columns("journey")
    for name, amounts in (
        ("click_count", touchpoints.clicks),
        ("cost", touchpoints.costs),
    ):
        if (name,) in journey:
            of_snapshot = contributions[:, [journey[(name,)]]].toarray().ravel()
            sums += of_snapshot[row] * _share(amounts, row)
    for groups, is_there in (
        (("first_channel",), touchpoints.position == 1),
        (
            ("last_channel", "last_campaign"),
            touchpoints.position == touchpoints.touch_count,
        ),
    ):
        columns = np.flatnonzero(encoder.vocabulary.in_groups(*groups))
        of_snapshot = np.asarray(contributions[:, columns].sum(axis=1)).ravel()
        sums += np.where(is_there, of_snapshot[row], 0.0)
    return sums


def shared(contributions: _Floats, row: _Ints, touch_count: _Ints) -> _Floats:
    """Share each journey's conversion among its touchpoints.

    Args:
        contributions: What each touchpoint contributes, `(touchpoints,)`.
        row: The journey of each.
        touch_count: How many its journey has.

    Returns:
        Credit of at least 0 that sums to 1 over each journey, `(touchpoints,)`.

    Example:
        >>> import numpy as np
        >>> row, count = np.array([0, 0, 0, 1]), np.array([3, 3, 3, 1])
        >>> shared(np.array([3.0, 1.0, -1.0, -2.0]), row, count).tolist()
        [0.75, 0.25, 0.0, 1.0]
    """
    positive = np.maximum(contributions, 0.0)
    total = np.bincount(row, positive)[row]
    return np.where(
        total > 0, positive / np.where(total > 0, total, 1.0), 1.0 / touch_count
    )


def _columns(
    touchpoints: Touchpoints, encoder: Encoder
) -> Iterator[tuple[_Ints, _Ints]]:
    """Give touchpoints with the feature that counts them, of one kind after another."""
    every = np.arange(len(touchpoints.row))
    yield every, encoder.columns_of("channel", touchpoints.channel_keys)
    yield every, encoder.columns_of("campaign", touchpoints.campaign_keys)
    for name, texts in touchpoints.known.texts.items():
        yield touchpoints.known.row, encoder.level_columns_of(name, texts)


def _alike(row: _Ints, columns: _Ints) -> _Ints:
    """Count the touchpoints of the same snapshot that the same feature counts."""
    _, place, counts = np.unique(
        row * (columns.max(initial=0) + 1) + columns,
        return_inverse=True,
        return_counts=True,
    )
    alike: _Ints = counts[place]
    return alike


def _share(amounts: _Floats, row: _Ints) -> _Floats:
    """Give each touchpoint's part of its snapshot's total; 0 where that is 0."""
    total = np.bincount(row, amounts)[row]
    return np.where(total > 0, amounts / np.where(total > 0, total, 1.0), 0.0)
