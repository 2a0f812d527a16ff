"""Which features there are, and what each belongs to.

A feature has a group and, within it, a level. The groups `channel` and `campaign` count
a journey's touchpoints of a channel or campaign; `first_channel`, `last_channel` and
`last_campaign` are 1 for the one that it is; `journey` has what the journey as a whole
is known by, and the groups of `profile_…` have attributes of the user. The groups of
`touchpoint_…` count touchpoints by columns of the input. Names, not keys, stand for
channels and campaigns: a key may belong to another one tomorrow.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["JOURNEY_FEATURES", "TOUCHPOINT_GROUPS", "Feature", "Vocabulary"]

# Columns of int_snapshot_features.
JOURNEY_FEATURES = (
    "touch_count",
    "channel_count",
    "last_day_touch_count",
    "last_week_touch_count",
    "span_days",
    "mean_gap_days",
    "last_gap_days",
    "click_count",
    "cost",
)
TOUCHPOINT_GROUPS = ("touchpoint_level", "touchpoint_other", "touchpoint_missing")
_CHANNEL_GROUPS = ("channel", "first_channel", "last_channel")
_CAMPAIGN_GROUPS = ("campaign", "last_campaign")


@dataclass(frozen=True)
class Feature:
    """A column of the matrix.

    Attributes:
        group: What kind of feature it is.
        level: What it stands for within the group.

    Example:
        >>> print(Feature("campaign", ("email", "spring")))
        campaign: email / spring
        >>> print(Feature("profile_missing", ("age",)))
        profile: age / (missing)
    """

    group: str
    level: tuple[str, ...]

    def __str__(self) -> str:
        """Name it as `fct_feature_importances` does."""
        if self.group == "journey":
            return self.level[0]
        group, _, kind = self.group.partition("_")
        if group == "touchpoint":
            return _of_touchpoints(kind, *self.level)
        # Marked where it could be taken for something else: no two share a name.
        parts = [level.replace("\\", r"\\").replace("/", r"\/") for level in self.level]
        if group != "profile":
            return f"{self.group}: {' / '.join(parts)}"
        if kind in ("missing", "other"):
            parts.append(f"({kind})")
        elif kind == "level" and parts[-1] in ("(missing)", "(other)"):
            parts[-1] = "\\" + parts[-1]
        return f"profile: {' / '.join(parts)}"


@dataclass(frozen=True)
class Vocabulary:
    """Features in the order of their columns."""

    features: tuple[Feature, ...]

    @classmethod
    def possible(cls, names: pa.Table, others: Iterable[Feature]) -> "Vocabulary":
        """Give every feature that snapshots may have.

        Args:
            names: `channel, campaign`, a row for each campaign, in the order of keys.
            others: The features of the groups `profile_…` and `touchpoint_…`.
        """
        campaigns = _levels(names, ("channel", "campaign"))
        channels = list(dict.fromkeys(_levels(names, ("channel",))))
        return cls(
            (
                *(Feature("journey", (name,)) for name in JOURNEY_FEATURES),
                *(Feature(group, c) for group in _CHANNEL_GROUPS for c in channels),
                *(Feature(group, c) for group in _CAMPAIGN_GROUPS for c in campaigns),
                *others,
            )
        )

    @classmethod
    def from_dict(cls, payload: Sequence[Sequence[str]]) -> "Vocabulary":
        """Read what `to_dict` gave."""
        return cls(tuple(Feature(group, tuple(level)) for group, *level in payload))

    def to_dict(self) -> list[list[str]]:
        """Write the features as lists of texts."""
        return [[feature.group, *feature.level] for feature in self.features]

    def __len__(self) -> int:
        """Give the number of features."""
        return len(self.features)

    def only(self, columns: NDArray[np.int64]) -> "Vocabulary":
        """Keep some columns, in their order."""
        return Vocabulary(tuple(self.features[column] for column in columns))

    def columns(self, group: str) -> dict[tuple[str, ...], int]:
        """Give the column of each level of a group."""
        return {
            feature.level: column
            for column, feature in enumerate(self.features)
            if feature.group == group
        }

    def in_groups(self, *groups: str) -> NDArray[np.bool_]:
        """Say of each column whether it is in one of the groups, `(features,)`."""
        return np.array([f.group in groups for f in self.features], bool)

    def by_key(self, names: pa.Table, group: str) -> NDArray[np.int64]:
        """Give the column of each channel or campaign in a group.

        Args:
            names: `channel_key, channel, campaign_key, campaign`.
            group: A group of channels or of campaigns.

        Returns:
            Columns by key, `(highest key + 1,)`; -1 where there is none.
        """
        is_campaign = group in _CAMPAIGN_GROUPS
        keys = names["campaign_key" if is_campaign else "channel_key"].to_pylist()
        levels = _levels(
            names, ("channel", "campaign") if is_campaign else ("channel",)
        )
        known = self.columns(group)
        columns = np.full(max(keys, default=0) + 1, -1)
        for key, level in zip(keys, levels, strict=True):
            columns[key] = known.get(level, -1)
        return columns


def _of_touchpoints(kind: str, column: str, level: str = "") -> str:
    """Name a feature by its column, marked where it is called like another one."""
    column = column.replace("\\", r"\\").replace(":", r"\:")
    if column in (*_CHANNEL_GROUPS, *_CAMPAIGN_GROUPS, "profile"):
        column = "\\" + column
    if kind != "level":
        level = f"({kind})"
    elif level.lstrip("\\") in ("(missing)", "(other)"):
        level = "\\" + level
    return f"{column}: {level}"


def _levels(names: pa.Table, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return list(zip(*(names[column].to_pylist() for column in columns), strict=True))
