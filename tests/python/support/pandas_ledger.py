"""Journeys and heuristic credit in pandas, written from docs/journeys.md alone.

It shares no line with the SQL of the project, so that each can prove the other:
the tests build the same data with both, and the benchmark times both. Headings of
docs/journeys.md are quoted above the code that carries them out.

All arithmetic on time is done in whole microseconds. Instants are `datetime64` in
UTC, with or without a time zone; ids, users and channels are text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

__all__ = [
    "ATTRIBUTION_MODELS",
    "UNATTRIBUTED",
    "JourneySettings",
    "build_journeys",
    "channel_totals",
    "heuristic_credits",
]

ATTRIBUTION_MODELS = (
    "first_touch",
    "last_touch",
    "last_non_direct",
    "linear",
    "linear_unique",
    "shapley_simplified",
    "time_decay",
    "position_based",
    "w_shaped",
)
UNATTRIBUTED = "(unattributed)"

DAY = 24 * 60 * 60 * 1_000_000  # microseconds
FOREVER = 2**61  # microseconds; 73,000 years, and no overflow when subtracted

TOUCH_COLUMNS = ["touchpoint_id", "user_id", "channel", "campaign", "interaction"]
PLAIN_STEPS = ("exposure", "unique", "first", "frequency")
CHANNEL_STEPS = ("remove_if_not_all", "remove_if_last_and_not_all")


@dataclass(frozen=True)
class JourneySettings:
    """The vars of dbt_project.yml that journeys and heuristic credit depend on.

    An entry of `path_transforms` is the name of a step, or for a step that takes
    channels a mapping such as `{"remove_if_not_all": ["direct"]}`.
    """

    lookback_days: float | None = 30
    lookback_unit: str = "elapsed"
    touch_reuse: str = "until_next_conversion"
    null_journey_gap_days: float | None = 30
    conversion_types: Sequence[str] = ()
    channels_to_include: Sequence[str] = ()
    channels_to_exclude: Sequence[str] = ()
    path_transforms: Sequence[str | Mapping[str, Sequence[str]]] = ()
    direct_channels: Sequence[str] = ("direct",)
    half_life_days: float = 7
    position_based_weights: Mapping[str, float] = field(
        default_factory=lambda: {"first": 0.4, "last": 0.4}
    )
    w_shaped_weights: Mapping[str, float] = field(
        default_factory=lambda: {"first": 0.3, "milestone": 0.3, "last": 0.3}
    )
    milestone_interactions: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse settings that docs/journeys.md gives no meaning to."""
        _one_of("lookback_unit", self.lookback_unit, ("elapsed", "calendar_day"))
        _one_of(
            "touch_reuse",
            self.touch_reuse,
            ("until_next_conversion", "every_conversion"),
        )
        for name, _ in _named_steps(self.path_transforms):
            _one_of("path_transforms", name, PLAIN_STEPS + CHANNEL_STEPS)
        for name in ("lookback_days", "null_journey_gap_days"):
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise ValueError(f"{name} is {value}; it must be 0 or more, or None")
        if not self.half_life_days > 0:
            raise ValueError(f"half_life_days is {self.half_life_days}; must be > 0")
        for name in ("position_based_weights", "w_shaped_weights"):
            weights = getattr(self, name).values()
            if min(weights) < 0 or not 0 < sum(weights) <= 1 + 1e-9:
                raise ValueError(
                    f"{name} is {getattr(self, name)}; weights must be 0 or more, "
                    "and sum to more than 0 and at most 1"
                )


def build_journeys(
    touchpoints: pd.DataFrame, conversions: pd.DataFrame, settings: JourneySettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Turn touchpoints and conversions into journeys and their touchpoints.

    `touchpoints` has touchpoint_id, user_id, channel, occurred_at and optionally
    campaign, interaction; `conversions` has conversion_id, user_id, converted_at and
    optionally conversion_type, revenue. Ids are unique. Rows come in any order.

    Returns one row per journey (converting ones first, each kind by user and time),
    and one row per touchpoint of a journey, in the order of journeys and positions.
    """
    touches, convs = _what_takes_part(touchpoints, conversions, settings)

    touch_key, conv_key, opens_key = _user_time_keys(touches, convs)
    # How many conversions come before the touchpoint in the order of (user, time):
    # the index of the first that isn't earlier, if that one is the same user's.
    upcoming = np.searchsorted(conv_key, touch_key, side="left")
    if settings.touch_reuse == "until_next_conversion":
        touch, owner = _until_next_conversion(touches, convs, upcoming)
    else:
        touch, owner = _every_conversion(touch_key, conv_key, opens_key)
    null_touch, null_number = _null_journeys(touches, touch, upcoming, settings)

    # A journey's number: converting ones first, then the null ones.
    steps = touches.take(np.concatenate([touch, null_touch])).reset_index(drop=True)
    steps["journey"] = np.concatenate([owner, len(convs) + null_number])

    journeys = _journeys_before_transforms(steps, convs)
    steps["frequency"] = 0
    for name, channels in _named_steps(settings.path_transforms):
        steps = _apply_step(steps, name, channels)
    steps = steps.reset_index(drop=True)
    by_journey = steps.groupby("journey", sort=False)["journey"]
    steps["position"] = by_journey.cumcount() + 1
    steps["touch_count"] = by_journey.transform("size")

    sizes = np.bincount(steps["journey"], minlength=len(journeys))
    journeys["touch_count"] = sizes
    journeys["path"] = _paths(steps, sizes)
    steps["journey_id"] = journeys["journey_id"].take(steps["journey"]).array
    return (
        journeys[
            [
                "journey_id",
                "user_id",
                "conversion_id",
                "is_converted",
                "revenue",
                "started_at",
                "ended_at",
                "touch_count",
                "path",
                "days_to_convert",
            ]
        ],
        steps[
            [
                "journey_id",
                *TOUCH_COLUMNS,
                "occurred_at",
                "position",
                "touch_count",
            ]
        ],
    )


def heuristic_credits(
    journeys: pd.DataFrame,
    journey_touchpoints: pd.DataFrame,
    conversions: pd.DataFrame,
    settings: JourneySettings,
) -> pd.DataFrame:
    """Split each conversion over its touchpoints by each of the nine rules.

    Returns one row per conversion, touchpoint and attribution model, rows of no
    credit included; a conversion without touchpoints has one row per model.
    """
    converting = journeys.loc[journeys["is_converted"]]
    converting = converting[["journey_id", "conversion_id", "revenue", "touch_count"]]

    steps = journey_touchpoints.merge(
        converting.drop(columns="touch_count"), on="journey_id"
    ).merge(conversions[["conversion_id", "converted_at"]], on="conversion_id")
    steps["journey"] = pd.factorize(steps["journey_id"])[0]
    steps = steps.sort_values(["journey", "position"], ignore_index=True)
    credit = _credit_by_model(steps, settings)

    unattributed = converting.loc[converting["touch_count"] == 0].assign(
        channel=UNATTRIBUTED
    )
    columns = ["journey_id", "conversion_id", "touchpoint_id", "channel", "campaign"]
    rows = pd.concat(
        [steps[[*columns, "revenue"]], unattributed.drop(columns="touch_count")],
        ignore_index=True,
    )
    whole = np.ones(len(unattributed))
    models = len(ATTRIBUTION_MODELS)
    ledger = pd.concat([rows] * models, ignore_index=True)
    ledger["attribution_model"] = pd.Categorical.from_codes(
        np.repeat(np.arange(models), len(rows)), categories=ATTRIBUTION_MODELS
    )
    ledger["credit"] = np.concatenate(
        [part for name in ATTRIBUTION_MODELS for part in (credit[name], whole)]
    )
    ledger["attributed_revenue"] = ledger["credit"] * ledger.pop("revenue")
    return ledger


def channel_totals(ledger: pd.DataFrame) -> pd.DataFrame:
    """Sum the credit to one row per attribution model and channel."""
    return (
        ledger.groupby(["attribution_model", "channel"], observed=True)
        .agg(
            attributed_conversions=("credit", "sum"),
            attributed_revenue=("attributed_revenue", "sum"),
        )
        .reset_index()
        .astype({"attribution_model": "str"})
    )


# "What takes part"


def _what_takes_part(
    touchpoints: pd.DataFrame, conversions: pd.DataFrame, settings: JourneySettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Filter and sort; add `user` (a number), `at` and `opens_at` (microseconds)."""
    touches = touchpoints.reindex(columns=[*TOUCH_COLUMNS, "occurred_at"])
    touches = touches.astype(dict.fromkeys(TOUCH_COLUMNS, "str"))
    if settings.channels_to_include:
        touches = touches[touches["channel"].isin(list(settings.channels_to_include))]
    touches = touches[~touches["channel"].isin(list(settings.channels_to_exclude))]

    convs = conversions.reindex(
        columns=["conversion_id", "user_id", "conversion_type", "revenue"]
    ).assign(converted_at=conversions["converted_at"])
    convs = convs.astype({"conversion_id": "str", "user_id": "str", "revenue": float})
    if settings.conversion_types:
        convs = convs[convs["conversion_type"].isin(list(settings.conversion_types))]
    convs["revenue"] = convs["revenue"].fillna(0.0)

    user, _ = pd.factorize(
        pd.concat([touches["user_id"], convs["user_id"]], ignore_index=True),
        sort=True,
    )
    touches = touches.assign(
        user=user[: len(touches)], at=_microseconds(touches["occurred_at"])
    )
    convs = convs.assign(
        user=user[len(touches) :], at=_microseconds(convs["converted_at"])
    )
    convs["opens_at"] = _window_opens_at(convs["at"], settings)
    # Text sorts by code point, which for UTF-8 is the order of the bytes.
    return (
        touches.sort_values(["user", "at", "touchpoint_id"], ignore_index=True),
        convs.sort_values(["user", "at", "conversion_id"], ignore_index=True),
    )


# "Which conversion a touchpoint belongs to"


def _window_opens_at(
    converted_at: pd.Series, settings: JourneySettings
) -> pd.Series | np.ndarray:
    """First microsecond of each conversion's window; the last is its own."""
    if settings.lookback_days is None:
        return np.full(len(converted_at), -FOREVER)
    if settings.lookback_unit == "elapsed":
        return converted_at - _in_microseconds(settings.lookback_days)
    # Dates lie whole days apart, so half a day of lookback adds none.
    whole_days = int(min(settings.lookback_days, FOREVER // DAY))
    return converted_at // DAY * DAY - whole_days * DAY


def _user_time_keys(
    touches: pd.DataFrame, convs: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number each (user, instant) so that numbers compare as the pairs do.

    Returns the numbers of touchpoints, of conversions and of the openings of windows.
    """
    users = [touches["user"], convs["user"], convs["user"]]
    instants = [touches["at"], convs["at"], convs["opens_at"]]
    ordered = np.unique(np.concatenate(instants))
    touch_key, conv_key, opens_key = (
        user.to_numpy() * len(ordered) + np.searchsorted(ordered, at)
        for user, at in zip(users, instants, strict=True)
    )
    return touch_key, conv_key, opens_key


def _until_next_conversion(
    touches: pd.DataFrame, convs: pd.DataFrame, upcoming: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give each touchpoint to its first conversion, if it is in that one's window."""
    # After the last conversion comes one of nobody.
    candidate_user = np.append(convs["user"], -1)[upcoming]
    candidate_opens_at = np.append(convs["opens_at"], 0)[upcoming]
    belongs = (candidate_user == touches["user"]) & (
        candidate_opens_at <= touches["at"]
    )
    touch = np.flatnonzero(belongs)
    return touch, upcoming[touch]


def _every_conversion(
    touch_key: np.ndarray, conv_key: np.ndarray, opens_key: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give each conversion all touchpoints of its window: one subpath of the order."""
    start = np.searchsorted(touch_key, opens_key, side="left")
    count = np.searchsorted(touch_key, conv_key, side="right") - start
    owner = np.repeat(np.arange(len(conv_key)), count)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(start, count) + within, owner


# "Null journeys"


def _null_journeys(
    touches: pd.DataFrame,
    owned: np.ndarray,
    upcoming: np.ndarray,
    settings: JourneySettings,
) -> tuple[np.ndarray, np.ndarray]:
    """Split the touchpoints of no conversion; number the journeys from 0."""
    is_free = np.ones(len(touches), dtype=bool)
    is_free[owned] = False
    free = np.flatnonzero(is_free)
    user, at = touches["user"].to_numpy()[free], touches["at"].to_numpy()[free]
    longest = (
        FOREVER
        if settings.null_journey_gap_days is None
        else _in_microseconds(settings.null_journey_gap_days)
    )
    begins = np.ones(len(free), dtype=bool)
    begins[1:] = (
        (np.diff(user) != 0)
        # The count of earlier conversions grows where one lies at or after the first
        # neighbour and before the second.
        | (np.diff(upcoming[free]) != 0)
        | ((np.diff(at) > longest) & (at[:-1] < _window_opens_at(at[1:], settings)))
    )
    return free, np.cumsum(begins) - 1


def _journeys_before_transforms(
    steps: pd.DataFrame, convs: pd.DataFrame
) -> pd.DataFrame:
    """One row per journey, by number; ids and times are those of the whole journey."""
    first = steps.drop_duplicates("journey").set_index("journey")
    last = steps.drop_duplicates("journey", keep="last").set_index("journey")

    converting = convs[["user_id", "conversion_id", "revenue"]].assign(
        journey_id="c-" + convs["conversion_id"],
        is_converted=True,
        started_at=first["occurred_at"].reindex(convs.index),
        ended_at=convs["converted_at"],
        days_to_convert=(convs["at"] - first["at"].reindex(convs.index)) / DAY,
    )
    of_null = first.index >= len(convs)
    null = pd.DataFrame(
        {
            "user_id": first["user_id"][of_null],
            "conversion_id": pd.Series(pd.NA, first.index[of_null], dtype="str"),
            "revenue": 0.0,
            "journey_id": "n-" + first["touchpoint_id"][of_null],
            "is_converted": False,
            "started_at": first["occurred_at"][of_null],
            "ended_at": last["occurred_at"][of_null],
            "days_to_convert": np.nan,
        }
    )
    return pd.concat([converting, null])


# "Path transforms"


def _named_steps(
    path_transforms: Sequence[str | Mapping[str, Sequence[str]]],
) -> list[tuple[str, list[str]]]:
    """Write every transform as (name, channels)."""
    named = []
    for transform in path_transforms:
        if isinstance(transform, str):
            named.append((transform, []))
        else:
            for name, channels in transform.items():
                listed = [channels] if isinstance(channels, str) else list(channels)
                named.append((name, listed))
    return named


def _apply_step(steps: pd.DataFrame, name: str, channels: list[str]) -> pd.DataFrame:
    """Keep the touchpoints that one step keeps, in every journey at once."""
    if name == "exposure":
        here = steps[["journey", "channel"]]
        return steps[(here != here.shift()).any(axis=1)]
    if name == "unique":
        return steps[~steps.duplicated(["journey", "channel"], keep="last")]
    if name == "first":
        return steps[~steps.duplicated(["journey", "channel"], keep="first")]
    if name == "frequency":
        counted = steps.assign(
            frequency=steps.groupby(["journey", "channel"])["at"].transform("size")
        )
        return counted[~counted.duplicated(["journey", "channel"], keep="first")]
    for channel in channels:
        row = pd.Series(np.arange(len(steps)), index=steps.index)
        is_other = steps["channel"] != channel
        last_other = row.where(is_other).groupby(steps["journey"]).transform("max")
        if name == "remove_if_not_all":
            steps = steps[is_other | last_other.isna()]
        else:
            steps = steps[(row <= last_other) | last_other.isna()]
    return steps


# "The path"


def _paths(steps: pd.DataFrame, sizes: np.ndarray) -> pd.Series:
    """Join the channels of each journey; journeys come by number, in `sizes` rows."""
    names = (
        steps["channel"]
        .str.replace("\\", "\\\\", regex=False)
        .str.replace(">", "\\>", regex=False)
    )
    counted = steps["frequency"] > 0
    if counted.any():
        times = "(" + steps["frequency"].astype("str") + ")"
        names = names.mask(counted, names + times)
    ends = np.concatenate([[0], np.cumsum(sizes)])
    lists = pa.LargeListArray.from_arrays(
        pa.array(ends, pa.int64()), pa.array(names.to_numpy(object), pa.string())
    )
    paths = pd.Series(pc.binary_join(lists, " > ").to_pandas(), dtype="str")
    return paths.mask(sizes == 0)


# "Rules of credit"


def _credit_by_model(
    steps: pd.DataFrame, settings: JourneySettings
) -> dict[str, np.ndarray]:
    """Credit of every row of `steps` under every model; rows lie in journey order."""
    n = steps["touch_count"]
    is_first = steps["position"] == 1
    is_last = steps["position"] == n
    linear_unique = _linear_unique(steps)

    weights = settings.position_based_weights
    position_based = _split_by_roles(
        steps, [(is_first, weights["first"]), (is_last, weights["last"])]
    )
    weights = settings.w_shaped_weights
    milestone = _first_position(
        steps, steps["interaction"].isin(list(settings.milestone_interactions))
    )
    with_milestone = _split_by_roles(
        steps,
        [
            (is_first, weights["first"]),
            (steps["position"] == milestone, weights["milestone"]),
            (is_last, weights["last"]),
        ],
    )
    credit = {
        "first_touch": is_first,
        "last_touch": is_last,
        "last_non_direct": _last_non_direct(steps, settings),
        "linear": 1 / n,
        "linear_unique": linear_unique,
        "shapley_simplified": linear_unique,
        "time_decay": _time_decay(steps, settings),
        "position_based": position_based,
        "w_shaped": with_milestone.where(milestone.notna(), position_based),
    }
    return {name: values.to_numpy(dtype=float) for name, values in credit.items()}


def _first_position(steps: pd.DataFrame, condition: pd.Series) -> pd.Series:
    """Position of the journey's first touchpoint that meets it, on each row; or NaN."""
    met = steps["position"].where(condition)
    return met.groupby(steps["journey"]).transform("min")


def _last_non_direct(steps: pd.DataFrame, settings: JourneySettings) -> pd.Series:
    direct = [channel.lower() for channel in settings.direct_channels]
    is_direct = steps["channel"].str.lower().isin(direct)
    last = steps["position"].where(~is_direct).groupby(steps["journey"])
    return steps["position"] == last.transform("max").fillna(steps["touch_count"])


def _linear_unique(steps: pd.DataFrame) -> pd.Series:
    is_new = ~steps.duplicated(["journey", "channel"])
    channels = is_new.groupby(steps["journey"]).transform("sum")
    of_channel = steps.groupby(["journey", "channel"])["position"].transform("size")
    return 1 / channels / of_channel


def _time_decay(steps: pd.DataFrame, settings: JourneySettings) -> pd.Series:
    before = _microseconds(steps["converted_at"]) - _microseconds(steps["occurred_at"])
    # Only ratios count: measured from the last touchpoint, the largest weight is 1,
    # and a far conversion can't turn all of them into 0.
    extra = before - before.groupby(steps["journey"]).transform("min")
    weight = np.exp2(-(extra / DAY) / settings.half_life_days)
    return weight / weight.groupby(steps["journey"]).transform("sum")


def _split_by_roles(
    steps: pd.DataFrame, roles: list[tuple[pd.Series, float]]
) -> pd.Series:
    """Give roles their weights, the other touchpoints the rest, in equal parts."""
    weight = pd.Series(0.0, index=steps.index)
    has_role = pd.Series(False, index=steps.index)
    for holds, of_role in roles:
        weight += holds * of_role
        has_role |= holds
    total = weight.groupby(steps["journey"]).transform("sum")
    others = (~has_role).groupby(steps["journey"]).transform("sum")
    # `others` is 0 only where every row has a role; 1 there keeps the division quiet.
    rest = (1 - total).clip(lower=0) / others.clip(lower=1)
    return (weight / total).where(others == 0, weight.where(has_role, rest))


# Time in whole microseconds


def _microseconds(instants: pd.Series) -> pd.Series:
    """Microseconds since 1970, UTC."""
    if isinstance(instants.dtype, pd.DatetimeTZDtype):
        instants = instants.dt.tz_convert("UTC").dt.tz_localize(None)
    return instants.astype("datetime64[us]").astype("int64")


def _in_microseconds(days: float) -> int:
    """Round days to whole microseconds: 0.7 days are 16 h 48 min, not a hair less."""
    return min(round(days * DAY), FOREVER)


def _one_of(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; allowed are {', '.join(allowed)}")
