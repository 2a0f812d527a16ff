"""Journeys fetched from the engine in ranges of snapshots, never all at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchledger.by_key import Packed
from touchledger.features.profiles import attribute_texts
from touchledger.features.tables import SnapshotTables, parts_of
from touchledger.frames import to_arrow

__all__ = ["Chunk", "SequenceTables"]

_Ints = NDArray[np.int64]

_COLUMNS = (
    "snapshot_key",
    "position",
    "touch_count",
    "channel_key",
    "campaign_key",
    "cost",
    "is_click",
    "days_before_cutoff",
    "features",
)


@dataclass(frozen=True, eq=False)
class SequenceTables:
    """Relations of the engine that hold journeys.

    Attributes:
        touchpoints: `int_snapshot_touchpoints`.
        names: `channel_key, channel, campaign_key, campaign`, a row for each campaign.
        profiles: `int_user_profiles`.
        max_touches: The last so many touchpoints of a journey are read.
    """

    touchpoints: Any
    names: Any
    profiles: Any
    max_touches: int

    @cached_property
    def named(self) -> pa.Table:
        """Fetch the names of channels and campaigns, in the order of their keys."""
        return to_arrow(self.names).sort_by("campaign_key")

    def of_snapshots(self) -> dict[str, Any]:
        """Give the relations by `snapshot_key` that a chunk is made of, by name."""
        return {"touchpoints": self._read}

    def chunk_maker(self) -> Callable[[Packed], "Chunk"]:
        """Give what makes a chunk of packed snapshots."""
        return partial(Chunk.from_packed, max_touches=self.max_touches)

    def chunks(
        self, snapshot_keys: _Ints, user_keys: _Ints, at_once: int | None = None
    ) -> Iterator["Chunk"]:
        """Read what is known of snapshots, a range after the other.

        Args:
            snapshot_keys: The snapshots, ascending, `(snapshots,)`.
            user_keys: The user of each, `(snapshots,)`.
            at_once: Snapshots in a chunk; as many as of features if not given.
        """
        for part in parts_of(snapshot_keys, at_once):
            yield Chunk(
                snapshot_keys=snapshot_keys[part],
                touchpoints=self._touchpoints(snapshot_keys[part]),
                attributes=self._profiles.attributes_of(user_keys[part]),
                max_touches=self.max_touches,
            )

    def attributes(self, user_keys: _Ints) -> Iterator[dict[str, pa.ChunkedArray]]:
        """Read the attributes of users alone; they may occur again."""
        return self._profiles.attributes(user_keys)

    @property
    def _profiles(self) -> SnapshotTables:
        return SnapshotTables(self.names, None, self.touchpoints, self.profiles)

    @property
    def _read(self) -> Any:
        is_read = f"touch_count - position < {self.max_touches}"
        return self.touchpoints.filter(is_read).select(*_COLUMNS)

    def _touchpoints(self, snapshot_keys: _Ints) -> pa.Table:
        rows = to_arrow(
            self._read.filter(
                f"snapshot_key between {snapshot_keys[0]} and {snapshot_keys[-1]}"
            )
        )
        return rows.filter(np.isin(rows["snapshot_key"].to_numpy(), snapshot_keys))


@dataclass(frozen=True, eq=False)
class Chunk:
    """Touchpoints of some snapshots, in no order, and the profiles of their users."""

    snapshot_keys: _Ints
    touchpoints: pa.Table
    attributes: dict[str, pa.ChunkedArray]
    max_touches: int

    def __len__(self) -> int:
        """Give the number of snapshots."""
        return len(self.snapshot_keys)

    @classmethod
    def from_packed(cls, packed: Packed, max_touches: int) -> "Chunk":
        """Take apart what was packed with `of_snapshots` and profiles."""
        return cls(
            snapshot_keys=packed.rows["snapshot_key"].to_numpy(),
            touchpoints=packed.beside["touchpoints"],
            attributes=packed.attributes,
            max_touches=max_touches,
        )

    @property
    def features(self) -> dict[str, pa.ChunkedArray]:
        """Give the categories of touchpoints that the input has beside ours."""
        column = self.touchpoints["features"]
        if not pa.types.is_struct(column.type):
            return {}
        rows = self.touchpoints.select(["features"]).flatten()
        names = (field.name for field in column.type)
        return {name: attribute_texts(rows[f"features.{name}"]) for name in names}

    @property
    def numbers(self) -> NDArray[np.float64]:
        """Give clicks and the logarithm of the cost, `(touchpoints, 2)`."""
        clicks = self.touchpoints["is_click"].to_numpy().astype(np.float64)
        return np.column_stack([clicks, np.log1p(self.touchpoints["cost"].to_numpy())])
