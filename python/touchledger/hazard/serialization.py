"""A fitted hazard in plain lists, and the way back to it.

Channels are saved by their names: a key may belong to another channel tomorrow. A
channel that the model hasn't met does nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchledger.hazard.covariates import Groups
from touchledger.hazard.design import Design, decays
from touchledger.hazard.model import Hazard
from touchledger.hazard.observations import Observations
from touchledger.hazard.splines import LinearSpline

__all__ = ["HazardTables", "restore", "to_dict"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class HazardTables:
    """What the model looks at.

    Attributes:
        touchpoints: `user_key, channel_key, campaign_key, occurred_at`.
        conversions: `conversion_key, user_key, converted_at, revenue`.
        users: `user_key, attributes`, a row for each user; null where there is no
            profile.
        campaigns: `channel_key, channel, campaign_key, touchpoints`, a row for each
            campaign, with how many touchpoints it has in all.
        period: `first_moment, last_moment` at which anything was seen of anybody, a
            row.
        arrival_minutes: A touchpoint so shortly before a conversion is no cause of it.
    """

    touchpoints: pa.Table
    conversions: pa.Table
    users: pa.Table
    campaigns: pa.Table
    period: pa.Table
    arrival_minutes: float

    @property
    def profiles(self) -> pa.Table:
        """Give `user_key, attributes` of the users that have a profile."""
        return self.users.filter(self.users["attributes"].is_valid())

    def of_users(
        self, touchpoints: pa.Table, conversions: pa.Table, users: pa.Table
    ) -> "HazardTables":
        """Give the tables of other users of the same input."""
        return replace(
            self, touchpoints=touchpoints, conversions=conversions, users=users
        )

    def observations(self, clock: Mapping[str, bool] | None = None) -> Observations:
        """Put touchpoints and conversions on one clock; it's found out if not given."""
        return Observations.from_arrow(
            self.touchpoints,
            self.conversions,
            self.users,
            self.campaigns,
            self.period,
            self.arrival_minutes,
            clock,
        )

    def design(self, seen: Observations, groups: Groups) -> Design:
        """Make columns of what was seen, with attributes in the baseline."""
        return Design(seen, groups.of_users(self.profiles, seen.user_keys))

    def channel_names(self) -> list[str]:
        """Give the names of the channels, in the order of their keys."""
        rows = self.campaigns.select(["channel_key", "channel"]).sort_by("channel_key")
        named = dict(
            zip(
                rows["channel_key"].to_pylist(),
                rows["channel"].to_pylist(),
                strict=True,
            )
        )
        return list(named.values())


def to_dict(
    tables: HazardTables, design: Design, hazard: Hazard, groups: Groups
) -> dict[str, Any]:
    """Write a fitted hazard as lists and numbers."""
    seen = design.seen
    return {
        "form": hazard.form,
        "channels": tables.channel_names(),
        "groups": groups.to_dict(),
        "clock": {
            "is_discrete_time": seen.is_discrete_time,
            "has_instant_conversions": seen.has_instant_conversions,
            "is_observed_after_event": seen.is_observed_after_event,
        },
        "known": hazard.baseline[: design.known_columns].tolist(),
        "exposures": _exposures(design, hazard).tolist(),
        "floor": hazard.bend.floor,
        "near": hazard.bend.weights.tolist(),
        "knots": hazard.bend.knots.tolist(),
        "basis": hazard.baseline[
            len(hazard.baseline) - len(hazard.bend.knots) :
        ].tolist(),
        "effects": hazard.effects.tolist(),
        "log_likelihood": hazard.log_likelihood,
    }


def _exposures(design: Design, hazard: Hazard) -> _Floats:
    end = len(hazard.baseline) - len(hazard.bend.knots)
    blocks = hazard.baseline[design.known_columns : end]
    return blocks.reshape(-1, design.seen.channels)


def restore(payload: Mapping[str, Any], tables: HazardTables) -> tuple[Design, Hazard]:
    """Read what `to_dict` gave, for the channels and users of today.

    Args:
        payload: What was saved.
        tables: What there is to be explained.
    """
    groups = Groups.from_dict(payload["groups"])
    seen = tables.observations(payload["clock"])
    design = tables.design(seen, groups)
    place = {name: column for column, name in enumerate(payload["channels"])}
    columns = np.array([place.get(name, -1) for name in tables.channel_names()], int)

    def moved(rows: _Floats) -> _Floats:
        padded = np.concatenate([rows, np.zeros((len(rows), 1))], axis=1)
        return padded[:, columns]

    exposures = moved(np.array(payload["exposures"]))
    near = np.array([payload["near"]])
    bend = LinearSpline(
        floor=payload["floor"],
        weights=moved(near)[0] if near.size else np.zeros(0),
        knots=np.array(payload["knots"]),
    )
    hazard = Hazard(
        form=payload["form"],
        bend=bend,
        baseline=np.concatenate(
            [payload["known"], exposures.ravel(), payload["basis"]]
        ).astype(np.float64),
        effects=moved(np.array(payload["effects"])),
        log_likelihood=payload["log_likelihood"],
    )
    assert len(hazard.effects) == len(decays(seen))
    return design, hazard
