"""The tables of features, read in ranges of snapshots: a chunk is in memory, never all.

Keys of snapshots begin with those of users, so a range of snapshots is also a range of
users.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchledger.by_key import Packed
from touchledger.frames import rows_between, to_arrow

__all__ = [
    "SNAPSHOTS_AT_ONCE",
    "Chunk",
    "ObservedTouchpoints",
    "SnapshotTables",
    "parts_of",
]

_Ints = NDArray[np.int64]

# Snapshots in a chunk: some 100 MB of numbers.
SNAPSHOTS_AT_ONCE = 500_000


@dataclass(frozen=True, eq=False)
class ObservedTouchpoints:
    """What columns of the input say of touchpoints whose columns are known.

    Attributes:
        row: What each belongs to: the place of its snapshot among some,
            `(touchpoints,)`.
        texts: The columns by name, `(touchpoints,)` each; null for nothing.
    """

    row: _Ints
    texts: dict[str, pa.ChunkedArray]

    @classmethod
    def from_arrow(cls, row: _Ints, features: pa.ChunkedArray) -> "ObservedTouchpoints":
        """Leave out touchpoints of which nothing may be known.

        Args:
            row: As above.
            features: The column `features` of `int_snapshot_touchpoints`.
        """
        if not pa.types.is_struct(features.type):
            return cls(row[:0], {})
        is_known = features.is_valid()
        fields = pa.table({"features": features.filter(is_known)}).flatten()
        texts = {
            field.name: fields[f"features.{field.name}"] for field in features.type
        }
        return cls(row[is_known.to_numpy()], texts)


@dataclass(frozen=True, eq=False)
class Chunk:
    """What is known of some snapshots.

    Attributes:
        snapshot_keys: The snapshots, ascending, `(snapshots,)`.
        features: Rows of `int_snapshot_features`, one for each snapshot, in their
            order.
        touchpoints: What columns of the input say of their touchpoints.
        attributes: Attributes of the snapshots' users by name, `(snapshots,)` each;
            null where the user has no profile.
    """

    snapshot_keys: _Ints
    features: pa.Table
    touchpoints: ObservedTouchpoints
    attributes: dict[str, pa.ChunkedArray]

    def __len__(self) -> int:
        """Give the number of snapshots."""
        return len(self.snapshot_keys)

    def touched(self, group: str) -> tuple[_Ints, _Ints]:
        """List touchpoints: the place of the snapshot, and the key of what is touched.

        Args:
            group: channel or campaign.
        """
        lists = self.features[f"{group}_keys"].combine_chunks()
        return (
            pc.list_parent_indices(lists).to_numpy(),
            pc.list_flatten(lists).to_numpy(),
        )

    @classmethod
    def from_packed(cls, packed: Packed) -> "Chunk":
        """Take apart what was packed with `of_snapshots` and profiles."""
        snapshot_keys = packed.rows["snapshot_key"].to_numpy()
        touchpoints = packed.beside["touchpoints"]
        row = np.searchsorted(snapshot_keys, touchpoints["snapshot_key"].to_numpy())
        return cls(
            snapshot_keys=snapshot_keys,
            features=packed.beside["features"],
            touchpoints=ObservedTouchpoints.from_arrow(row, touchpoints["features"]),
            attributes=packed.attributes,
        )


@dataclass(frozen=True, eq=False)
class SnapshotTables:
    """Relations of the engine that hold the features.

    Attributes:
        names: `channel_key, channel, campaign_key, campaign`, a row for each campaign.
        features: `int_snapshot_features`.
        touchpoints: `int_snapshot_touchpoints`.
        profiles: `int_user_profiles`.
    """

    names: Any
    features: Any
    touchpoints: Any
    profiles: Any

    def named(self) -> pa.Table:
        """Fetch the names of channels and campaigns, in the order of their keys."""
        return to_arrow(self.names).sort_by("campaign_key")

    def of_snapshots(self) -> dict[str, Any]:
        """Give the relations by `snapshot_key` that a chunk is made of, by name."""
        return {
            "features": self.features,
            "touchpoints": self.touchpoints.select("snapshot_key", "features"),
        }

    def chunk_maker(self) -> Callable[[Packed], Chunk]:
        """Give what makes a chunk of packed snapshots."""
        return Chunk.from_packed

    def chunks(
        self, snapshot_keys: _Ints, user_keys: _Ints, at_once: int | None = None
    ) -> Iterator[Chunk]:
        """Read what is known of snapshots, a range after the other.

        Args:
            snapshot_keys: The snapshots, ascending, `(snapshots,)`.
            user_keys: The user of each, `(snapshots,)`. Snapshots of a range have users
                of a
                range: keys of snapshots begin with those of users.
            at_once: Snapshots in a chunk; `SNAPSHOTS_AT_ONCE` if not given.

        Yields:
            Chunks that together have all snapshots, in their order.
        """
        for part in parts_of(snapshot_keys, at_once):
            yield self._chunk(snapshot_keys[part], user_keys[part])

    def observed_touchpoints(
        self, snapshot_keys: _Ints
    ) -> Iterator[ObservedTouchpoints]:
        """Read what columns of the input say of the touchpoints of snapshots.

        Args:
            snapshot_keys: The snapshots, ascending, `(snapshots,)`.

        Yields:
            Touchpoints of a range of snapshots after the other; nothing where the
            setting
            `touchpoint_features` names no column.
        """
        if self._has_features():
            for part in parts_of(snapshot_keys):
                yield self._touchpoints(snapshot_keys[part])

    def attributes(self, user_keys: _Ints) -> Iterator[dict[str, pa.ChunkedArray]]:
        """Read the attributes of users alone.

        Args:
            user_keys: Users; each may occur several times.

        Yields:
            Attributes by name, as a chunk has them.
        """
        for start in range(0, len(user_keys), SNAPSHOTS_AT_ONCE):
            attributes = self.attributes_of(
                user_keys[start : start + SNAPSHOTS_AT_ONCE]
            )
            if not attributes:
                return
            yield attributes

    def _chunk(self, snapshot_keys: _Ints, user_keys: _Ints) -> Chunk:
        rows = rows_between(
            self.features, "snapshot_key", snapshot_keys[0], snapshot_keys[-1]
        )
        return Chunk(
            snapshot_keys=snapshot_keys,
            features=rows.filter(
                np.isin(rows["snapshot_key"].to_numpy(), snapshot_keys)
            ),
            touchpoints=self._touchpoints(snapshot_keys),
            attributes=self.attributes_of(user_keys),
        )

    def _has_features(self) -> bool:
        schema = to_arrow(self.touchpoints.limit(0)).schema
        return bool(pa.types.is_struct(schema.field("features").type))

    def _touchpoints(self, snapshot_keys: _Ints) -> ObservedTouchpoints:
        if not self._has_features():
            return ObservedTouchpoints(snapshot_keys[:0], {})
        known = self.touchpoints.select("snapshot_key", "features")
        # In any order: they are only counted, and it takes long to sort texts.
        rows = to_arrow(
            known.filter(
                f"snapshot_key between {snapshot_keys[0]} and {snapshot_keys[-1]}"
            )
        )
        rows = rows.filter(np.isin(rows["snapshot_key"].to_numpy(), snapshot_keys))
        row = np.searchsorted(snapshot_keys, rows["snapshot_key"].to_numpy())
        return ObservedTouchpoints.from_arrow(row, rows["features"])

    def attributes_of(self, user_keys: _Ints) -> dict[str, pa.ChunkedArray]:
        """Read the attributes of some users, as a chunk has them."""
        first, last = user_keys.min(), user_keys.max()
        rows = rows_between(self.profiles, "user_key", first, last)
        known = rows["user_key"].to_numpy()
        place = np.searchsorted(known, user_keys)
        is_known = np.isin(user_keys, known)
        # Null: the user has no profile, and no attribute either.
        places = pa.array(np.where(is_known, place, 0), mask=~is_known)
        fields = rows.select(["attributes"]).flatten()
        return {
            name: fields[f"attributes.{name}"].take(places)
            for name in (field.name for field in rows.schema.field("attributes").type)
            if name != "user_id"
        }


def parts_of(keys: _Ints, at_once: int | None = None) -> Iterator[slice]:
    """Part keys, in their order, into as many as are read at once."""
    count = at_once or SNAPSHOTS_AT_ONCE
    for start in range(0, len(keys), count):
        yield slice(start, start + count)
