"""Small inputs of the hazard, and simulated shops of which all causes are known."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from touchledger.hazard.design import Design
from touchledger.hazard.observations import Observations
from touchledger.hazard.relations import HazardRelations
from touchledger.hazard.serialization import HazardTables

__all__ = [
    "INTENT",
    "MONDAY",
    "Event",
    "Seller",
    "Shop",
    "Tables",
    "Touch",
    "clock_of",
    "design_of",
    "observed",
    "period_of",
    "relations_of",
    "simulated_shop",
    "tables_of",
]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

MONDAY = dt.date(2024, 1, 1)
INTENT = -1

_DAY = 86_400_000_000
_HOUR = 60.0
_BURST_DAYS = 4.0
_BURSTS = 1.2


class Touch(NamedTuple):
    """A touchpoint; its campaign is named like its channel unless told otherwise."""

    user: int
    day: float
    channel: int = 0
    campaign: int | None = None


class Event(NamedTuple):
    """A conversion."""

    user: int
    day: float


class Tables(NamedTuple):
    """What `Observations.from_arrow` takes, in that order."""

    touchpoints: pa.Table
    conversions: pa.Table
    users: pa.Table
    channels: pa.Table

    def shuffled(self, seed: int) -> "Tables":
        """Put the rows of each table in another order."""
        random = np.random.default_rng(seed)
        return Tables(*(t.take(random.permutation(t.num_rows)) for t in self))

    def observations(
        self, arrival_minutes: float = 0.0, clock: Mapping[str, bool] | None = None
    ) -> Observations:
        """Put touchpoints and conversions on one clock."""
        period = period_of(self.touchpoints, self.conversions)
        return Observations.from_arrow(*self, period, arrival_minutes, clock)


def period_of(touchpoints: pa.Table, conversions: pa.Table) -> pa.Table:
    """Give the first and the last moment at which anything was seen."""
    moments = pa.chunked_array(
        [*touchpoints["occurred_at"].chunks, *conversions["converted_at"].chunks],
        pa.timestamp("us"),
    )
    ends = pc.min_max(moments)
    return pa.table(
        {"first_moment": [ends["min"]], "last_moment": [ends["max"]]},
        schema=pa.schema(
            dict.fromkeys(("first_moment", "last_moment"), pa.timestamp("us"))
        ),
    )


def relations_of(
    tables: HazardTables,
    ledger: pa.Table | None = None,
    sampled: Callable[[int], bool] = lambda _: True,
) -> HazardRelations:
    """Hand tables over as the engine does; `sampled` tells whom is learned from."""
    connection = duckdb.connect()
    converting = set(tables.conversions["user_key"].to_pylist())

    def relation(table: pa.Table) -> duckdb.DuckDBPyRelation:
        users = table["user_key"].to_pylist()
        flags = {
            "is_sampled": pa.array([sampled(user) for user in users], pa.bool_()),
            "is_converting": pa.array(
                [user in converting for user in users], pa.bool_()
            ),
        }
        for name, values in flags.items():
            table = table.append_column(name, values)
        return connection.from_arrow(table)

    return HazardRelations(
        touchpoints=relation(tables.touchpoints),
        conversions=relation(tables.conversions),
        users=relation(tables.users),
        names=connection.from_arrow(tables.campaigns),
        ledger=None if ledger is None else relation(ledger),
        arrival_minutes=tables.arrival_minutes,
    )


def tables_of(
    touches: Sequence[Touch], events: Sequence[Event], users: int, channels: int
) -> Tables:
    """Write touchpoints and conversions as tables; days count from MONDAY."""
    user, day, channel, campaign = (
        zip(*touches, strict=True) if touches else ([], [], [], [])
    )
    named = [c if c is not None else k for c, k in zip(campaign, channel, strict=True)]
    return _tables(
        {"user": user, "day": day, "channel": channel, "campaign": named},
        {"user": [e.user for e in events], "day": [e.day for e in events]},
        users,
        channels,
    )


def observed(
    touches: Sequence[Touch],
    events: Sequence[Event],
    users: int = 4,
    channels: int = 3,
    arrival_minutes: float = 0.0,
    clock: Mapping[str, bool] | None = None,
) -> Observations:
    """Observe a few touchpoints and conversions."""
    tables = tables_of(touches, events, users, channels)
    return tables.observations(arrival_minutes, clock)


def clock_of(*words: str) -> dict[str, bool]:
    """Name what holds of a clock: is_discrete_time, has_instant_conversions,
    is_observed_after_event."""
    allowed = ("is_discrete_time", "has_instant_conversions", "is_observed_after_event")
    assert set(words) <= set(allowed)
    return {word: word in words for word in allowed}


def design_of(seen: Observations, groups: ArrayLike | None = None) -> Design:
    """Make the columns, with nothing known of the users unless groups are given."""
    known = np.zeros((seen.users, 0)) if groups is None else groups
    return Design(seen, sparse.csr_array(known))


@dataclass(frozen=True)
class Seller:
    """A channel of a simulated shop.

    Attributes:
        touches: Mean touchpoints of a user over the horizon.
        effect: What a touchpoint adds: conversions, or parts of the wish where
            effects multiply.
        days: Mean days from a touchpoint to what it causes.
        intent_share: Part of the touchpoints that follows the user's wish.
        campaigns: Factor on the effect by campaign, all equally often.
    """

    touches: float
    effect: float = 0.0
    days: float = 2.0
    intent_share: float = 0.0
    campaigns: tuple[float, ...] = (1.0,)


@dataclass(frozen=True, eq=False)
class Shop:
    """A simulated shop.

    Attributes:
        tables: What was observed.
        seen: The same on one clock.
        cause: Touchpoint of `seen` that caused each conversion, or INTENT.
    """

    tables: Tables
    seen: Observations
    cause: _Ints

    @classmethod
    def of(
        cls, tables: Tables, touch_ids: NDArray[Any], causes: NDArray[Any]
    ) -> "Shop":
        """Follow causes to their touchpoints.

        Args:
            tables: Touchpoints and conversions; a conversion's key is its row.
            touch_ids: Name of each touchpoint, no two alike.
            causes: Name of the touchpoint that caused each conversion; other names
                are no touchpoint's.
        """
        seen = tables.observations(_HOUR)
        named = np.argsort(touch_ids)
        place = np.searchsorted(touch_ids, causes, sorter=named)
        row = named[np.minimum(place, len(named) - 1)]
        is_caused = touch_ids[row] == causes
        # Rows of the table in the order of the observations.
        touch = tables.touchpoints
        moment = touch["occurred_at"].cast(pa.int64()).to_numpy()
        keys = touch["campaign_key"].to_numpy(), moment, touch["user_key"].to_numpy()
        turned = np.argsort(np.lexsort(keys))
        cause = np.where(is_caused, turned[row], INTENT)
        return cls(tables, seen, cause[seen.event_key])

    def caused(self, key_of_touch: _Ints, keys: int) -> _Floats:
        """Count what touchpoints caused by channel or campaign, `(keys,)`."""
        is_discrete_time = self.cause[self.cause != INTENT]
        return np.bincount(key_of_touch[is_discrete_time], minlength=keys).astype(
            np.float64
        )


def simulated_shop(
    sellers: Sequence[Seller],
    users: int,
    seed: int,
    *,
    wish: float = 0.06,
    multiplicative: bool = False,
    in_bursts: bool = False,
    until_first: bool = False,
    at_once: bool = False,
    days: float = 90.0,
) -> Shop:
    """Draw a shop.

    A user's wish is gamma distributed. Each touchpoint has its own Poisson number of
    conversions, after exponential waits, so that causes are known.

    Args:
        sellers: The channels.
        users: How many users.
        seed: Seeds all draws.
        wish: Mean conversions of a user that no touchpoint caused.
        multiplicative: Whether touchpoints do more for those who wish more.
        in_bursts: Whether most of the wish comes in bursts of days.
        until_first: Whether nobody is observed after the first conversion.
        at_once: Whether touchpoints cause at their very instant what they cause.
        days: Days observed.
    """
    random = np.random.default_rng(seed)
    crowd = _Crowd.draw(random, users, days, in_bursts)
    user, day, channel, campaign, effect, wait = _touches(random, crowd, sellers)
    if multiplicative:
        effect = effect * crowd.wish[user] * wish / days
    cause = np.repeat(np.arange(len(user)), random.poisson(effect))
    later = 0.0 if at_once else random.exponential(wait[cause])
    wished, wished_day = crowd.follow(random, wish)
    event_user = np.append(user[cause], wished)
    event_day = np.append(day[cause] + later, wished_day)
    cause = np.append(cause, np.full(len(wished), INTENT))
    order = np.lexsort((event_day, event_user))
    order = order[event_day[order] < days]
    event_user, event_day, cause = event_user[order], event_day[order], cause[order]
    kept = np.ones(len(user), bool)
    if until_first:
        first = np.diff(event_user, prepend=-1) > 0
        event_user, event_day, cause = event_user[first], event_day[first], cause[first]
        end = np.full(users, days)
        end[event_user] = event_day
        kept = day <= end[user]
    tables = _tables(
        {
            "user": user[kept],
            "day": day[kept],
            "channel": channel[kept],
            "campaign": campaign[kept],
        },
        {"user": event_user, "day": event_day},
        users,
        len(sellers),
    )
    return Shop.of(tables, np.flatnonzero(kept), cause)


@dataclass(frozen=True, eq=False)
class _Crowd:
    """What users wish: a level each, and bursts of it where it comes in bursts."""

    days: float
    wish: _Floats
    quiet: float
    burst_user: _Ints
    burst_day: _Floats
    burst_days: _Floats

    @classmethod
    def draw(
        cls, random: np.random.Generator, users: int, days: float, in_bursts: bool
    ) -> "_Crowd":
        user = np.repeat(np.arange(users), random.poisson(_BURSTS * in_bursts, users))
        return cls(
            days,
            random.gamma(1.0, 1.0, users),
            0.3 if in_bursts else 1.0,
            user,
            random.random(len(user)) * days,
            random.exponential(_BURST_DAYS, len(user)),
        )

    def follow(self, random: np.random.Generator, mean: float) -> tuple[_Ints, _Floats]:
        """Draw what follows the wish: user and day of each."""
        user = np.repeat(
            np.arange(len(self.wish)), random.poisson(mean * self.quiet * self.wish)
        )
        part = (1 - self.quiet) / (_BURSTS * _BURST_DAYS)
        means = mean * part * self.wish[self.burst_user] * self.burst_days
        burst = np.repeat(np.arange(len(self.burst_user)), random.poisson(means))
        day = self.burst_day[burst] + random.random(len(burst)) * self.burst_days[burst]
        seen = day < self.days
        return (
            np.append(user, self.burst_user[burst[seen]]),
            np.append(random.random(len(user)) * self.days, day[seen]),
        )


def _touches(
    random: np.random.Generator, crowd: _Crowd, sellers: Sequence[Seller]
) -> tuple[_Ints, _Floats, _Ints, _Ints, _Floats, _Floats]:
    """Draw user, day, channel, campaign, effect and mean wait of the touchpoints."""
    rows, campaigns = [], 0
    for channel, seller in enumerate(sellers):
        even = seller.touches * (1 - seller.intent_share)
        user = np.repeat(
            np.arange(len(crowd.wish)), random.poisson(even, len(crowd.wish))
        )
        day = random.random(len(user)) * crowd.days
        pulled, pulled_day = crowd.follow(random, seller.touches * seller.intent_share)
        user, day = np.append(user, pulled), np.append(day, pulled_day)
        campaign = random.integers(len(seller.campaigns), size=len(user))
        rows.append(
            (
                user,
                day,
                np.full(len(user), channel),
                campaigns + campaign,
                seller.effect * np.array(seller.campaigns)[campaign],
                np.full(len(user), seller.days),
            )
        )
        campaigns += len(seller.campaigns)
    user, day, *others = (np.concatenate(part) for part in zip(*rows, strict=True))
    return user, day, *others


def _tables(
    touch: dict[str, ArrayLike], event: dict[str, ArrayLike], users: int, channels: int
) -> Tables:
    """Write arrays as tables."""
    event_user = np.asarray(event["user"], np.int64)
    return Tables(
        pa.table(
            {
                "user_key": np.asarray(touch["user"], np.int64),
                "channel_key": np.asarray(touch["channel"], np.int64),
                "campaign_key": np.asarray(touch["campaign"], np.int64),
                "occurred_at": _times(touch["day"]),
            }
        ),
        pa.table(
            {
                "conversion_key": np.arange(len(event_user)),
                "user_key": event_user,
                "converted_at": _times(event["day"]),
            }
        ),
        pa.table({"user_key": np.arange(users)}),
        pa.table({"channel_key": np.arange(channels)}),
    )


def _times(days: ArrayLike) -> pa.Array:
    first = (MONDAY - dt.date(1970, 1, 1)).days
    moments = np.round((first + np.asarray(days, np.float64)) * _DAY)
    return pa.array(moments.astype(np.int64)).cast(pa.timestamp("us"))
