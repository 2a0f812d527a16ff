"""The tables of features, read in ranges of cuts: a chunk is in memory, never all.

Cuts are numbered in the order of users, so a range of cuts is also a range of users.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchledger.frames import rows_between, to_arrow

__all__ = ["Chunk", "CutTables"]

_Ints = NDArray[np.int64]

# Cuts in a chunk: some 100 MB of numbers.
CUTS_AT_ONCE = 500_000


@dataclass(frozen=True, eq=False)
class Chunk:
    """What is known of some cuts.

    Attributes:
        cut_keys: The cuts, ascending, `(cuts,)`.
        features: Rows of `int_cut_features`, one for each cut, in their order.
        channels: Rows of `int_cut_channels`, of these cuts alone.
        campaigns: Rows of `int_cut_campaigns`, of these cuts alone.
        attributes: Attributes of the cuts' users by name, `(cuts,)` each; null where
            the user has no profile.
    """

    cut_keys: _Ints
    features: pa.Table
    channels: pa.Table
    campaigns: pa.Table
    attributes: dict[str, pa.ChunkedArray]

    def __len__(self) -> int:
        """Give the number of cuts."""
        return len(self.cut_keys)


@dataclass(frozen=True, eq=False)
class CutTables:
    """Relations of the engine that hold the features.

    Attributes:
        names: `channel_key, channel, campaign_key, campaign`, a row for each campaign.
        features: `int_cut_features`.
        channels: `int_cut_channels`.
        campaigns: `int_cut_campaigns`.
        profiles: `int_user_profiles`.
    """

    names: Any
    features: Any
    channels: Any
    campaigns: Any
    profiles: Any

    def named(self) -> pa.Table:
        """Fetch the names of channels and campaigns, in the order of their keys."""
        return to_arrow(self.names).sort_by("campaign_key")

    def chunks(self, cut_keys: _Ints, user_keys: _Ints) -> Iterator[Chunk]:
        """Read what is known of cuts, a range after the other.

        Args:
            cut_keys: The cuts, ascending, `(cuts,)`.
            user_keys: The user of each, `(cuts,)`, ascending as well.

        Yields:
            Chunks that together have all cuts, in their order.
        """
        ranges = cut_keys // CUTS_AT_ONCE
        starts = np.flatnonzero(np.diff(ranges, prepend=-1))
        for start, stop in pairwise([*starts, len(cut_keys)]):
            yield self._chunk(cut_keys[start:stop], user_keys[start:stop])

    def attributes(self, user_keys: _Ints) -> Iterator[dict[str, pa.ChunkedArray]]:
        """Read the attributes of users alone.

        Args:
            user_keys: Users, ascending; each may occur several times.

        Yields:
            Attributes by name, as a chunk has them.
        """
        for start in range(0, len(user_keys), CUTS_AT_ONCE):
            attributes = self.attributes_of(user_keys[start : start + CUTS_AT_ONCE])
            if not attributes:
                return
            yield attributes

    def _chunk(self, cut_keys: _Ints, user_keys: _Ints) -> Chunk:
        def of_cuts(relation: Any) -> pa.Table:
            rows = rows_between(relation, "cut_key", cut_keys[0], cut_keys[-1])
            return rows.filter(np.isin(rows["cut_key"].to_numpy(), cut_keys))

        return Chunk(
            cut_keys=cut_keys,
            features=of_cuts(self.features),
            channels=of_cuts(self.channels),
            campaigns=of_cuts(self.campaigns),
            attributes=self.attributes_of(user_keys),
        )

    def attributes_of(self, user_keys: _Ints) -> dict[str, pa.ChunkedArray]:
        """Read the attributes of some users, as a chunk has them."""
        rows = rows_between(self.profiles, "user_key", user_keys[0], user_keys[-1])
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
