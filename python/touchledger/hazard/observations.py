"""What was seen of whom, and when: touchpoints and conversions on one clock.

Touchpoints of one user lie next to each other in order of time, so that those before
and after any moment are a range. Time is in days from the first day of the input.

Two things about the input decide what can be learned from it. Conversions that nearly
always come at a touchpoint were recorded on touchpoints: the clock that counts is then
the touchpoint, not the time. And users whose touchpoints end with their conversion are
not observed after it: what comes later can't stand for what they wanted before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchledger.hazard.sorting import MICROSECONDS, in_order

__all__ = ["Observations", "Pairs", "pair_up"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

# From this share of conversions at the very instant of a touchpoint on, touchpoints are
# the clock, and so they are where nearly all come shortly after one.
_MARKED = 0.75
_SHORTLY_AFTER = 0.95
# Fewer conversions at the very instant of a touchpoint are probability.
_SOME = 0.02
# Fewer touchpoints after conversions than this share of those before: not observed.
_FOLLOWED = 0.4
_FOLLOW_DAYS = 30.0
# Touchpoints looked at on either side of a moment.
_NEAREST = 500


@dataclass(frozen=True, eq=False)
class Observations:
    """Touchpoints and conversions, each sorted by user and time.

    Attributes:
        user: User of each touchpoint, numbered from 0, `(touchpoints,)`.
        moment: Day of each touchpoint, `(touchpoints,)`.
        channel: Channel of each touchpoint, numbered from 0, `(touchpoints,)`.
        campaign_key: Campaign of each touchpoint, `(touchpoints,)`.
        event_user: User of each conversion, `(conversions,)`.
        event_moment: Day of each conversion, `(conversions,)`.
        event_key: Key of each conversion, `(conversions,)`.
        user_keys: Key of each numbered user, ascending.
        channel_keys: Key of each numbered channel, ascending.
        start: Day 0, in days since 1970.
        horizon: Days observed.
        arrival: Days before a conversion in which a touchpoint is its arrival.
        is_discrete_time: Whether conversions are marks on touchpoints, and nothing
            else.
        has_instant_conversions: Whether some conversions are.
        is_observed_after_event: Whether users are observed after they convert.
        end: Day until which each user is observed, `(users,)`.
    """

    user: _Ints
    moment: _Floats
    channel: _Ints
    campaign_key: _Ints
    event_user: _Ints
    event_moment: _Floats
    event_key: _Ints
    user_keys: _Ints
    channel_keys: _Ints
    start: float
    horizon: float
    arrival: float
    is_discrete_time: bool
    has_instant_conversions: bool
    is_observed_after_event: bool
    end: _Floats

    @classmethod
    def from_arrow(
        cls,
        touchpoints: pa.Table,
        conversions: pa.Table,
        users: pa.Table,
        channels: pa.Table,
        period: pa.Table,
        arrival_minutes: float,
        clock: Mapping[str, bool] | None = None,
    ) -> "Observations":
        """Take the tables of the models before the journeys.

        Args:
            touchpoints: `user_key, channel_key, campaign_key, occurred_at`.
            conversions: `conversion_key, user_key, converted_at`.
            users: `user_key`, a row for each user.
            channels: `channel_key`, at least one row for each channel.
            period: `first_moment, last_moment` of the whole input, a row; null if
                nothing was seen. There may be other users than these.
            arrival_minutes: A touchpoint so shortly before a conversion is how the
                user arrived, and no cause.
            clock: What `under_clock` takes, where it's known; else it's found out.
        """
        touch = _sorted(touchpoints, "occurred_at", "campaign_key")
        known = conversions.select(["conversion_key", "user_key", "converted_at"])
        event = _sorted(known, "converted_at", "conversion_key")
        user_keys = np.sort(_numbers(users["user_key"]))
        channel_keys = np.unique(_numbers(channels["channel_key"]))
        start = _day(period["first_moment"])
        # A horizon of whole days ends after the last moment.
        horizon = _day(period["last_moment"]) + 1 - start
        seen = cls(
            user=np.searchsorted(user_keys, touch["user_key"]),
            moment=touch["moment"] - start,
            channel=np.searchsorted(channel_keys, touch["channel_key"]),
            campaign_key=touch["campaign_key"],
            event_user=np.searchsorted(user_keys, event["user_key"]),
            event_moment=event["moment"] - start,
            event_key=event["conversion_key"],
            user_keys=user_keys,
            channel_keys=channel_keys,
            start=start,
            horizon=horizon,
            arrival=arrival_minutes / 1440,
            is_discrete_time=False,
            has_instant_conversions=False,
            is_observed_after_event=True,
            end=np.full(len(user_keys), horizon),
        )
        return seen.under_clock(**(_clock(seen) if clock is None else clock))

    def under_clock(
        self,
        is_discrete_time: bool,
        has_instant_conversions: bool,
        is_observed_after_event: bool,
    ) -> "Observations":
        """Take a view of how conversions were recorded, and whether users are seen on.

        Args:
            is_discrete_time: Whether conversions are marks on touchpoints, and nothing
                else.
            has_instant_conversions: Whether some conversions are.
            is_observed_after_event: Whether users are observed after they convert.
        """
        moment = self.event_moment
        if is_discrete_time:
            last = _last_touch(self)
            moment = np.where(moment - last <= self.arrival, last, moment)
        seen = replace(
            self,
            event_moment=moment,
            arrival=0.0 if is_discrete_time else self.arrival,
            is_discrete_time=is_discrete_time,
            has_instant_conversions=has_instant_conversions,
            is_observed_after_event=is_observed_after_event,
        )
        return seen if is_observed_after_event else replace(seen, end=_ends(seen))

    @property
    def users(self) -> int:
        """Users, whether or not they were reached."""
        return len(self.user_keys)

    @property
    def channels(self) -> int:
        """Channels, whether or not they have touchpoints."""
        return len(self.channel_keys)

    def weekday(self, moment: _Floats) -> _Ints:
        """Tell the weekday of moments, Monday being 0."""
        # 1970-01-01 was a Thursday.
        return (np.floor(moment + self.start).astype(np.int64) + 3) % 7

    def days(self, times: pa.ChunkedArray) -> _Floats:
        """Turn times into days since the first one of the input."""
        days: _Floats = _microseconds(times) / MICROSECONDS
        return days - self.start

    def of_users(self, chosen: NDArray[np.bool_]) -> "Observations":
        """Leave out all users but some; `chosen` has an entry a user."""
        touch, event = chosen[self.user], chosen[self.event_user]
        number = np.cumsum(chosen) - 1
        return replace(
            self,
            user=number[self.user[touch]],
            moment=self.moment[touch],
            channel=self.channel[touch],
            campaign_key=self.campaign_key[touch],
            event_user=number[self.event_user[event]],
            event_moment=self.event_moment[event],
            event_key=self.event_key[event],
            user_keys=self.user_keys[chosen],
            end=self.end[chosen],
        )


@dataclass(frozen=True, eq=False)
class Pairs:
    """Points in time paired with touchpoints of the same user; arrays `(pairs,)`.

    Attributes:
        point: Which point.
        touch: Which touchpoint.
        lag: Days from the touchpoint to the point; negative if it comes later.
    """

    point: _Ints
    touch: _Ints
    lag: _Floats


def pair_up(seen: Observations, user: _Ints, moment: _Floats) -> Pairs:
    """Pair points with the touchpoints of their user, earlier ones and later ones.

    A point has the nearest ones alone where there are thousands, as of a robot.

    Args:
        seen: The touchpoints.
        user: User of each point, `(points,)`.
        moment: Day of each point, `(points,)`.
    """
    place = np.searchsorted(
        _places(seen, seen.user, seen.moment), _places(seen, user, moment)
    )
    begin = np.maximum(np.searchsorted(seen.user, user), place - _NEAREST)
    end = np.searchsorted(seen.user, user, side="right")
    count = np.minimum(end, place + _NEAREST) - begin
    point = np.repeat(np.arange(len(user)), count)
    first = np.repeat(begin - np.cumsum(count) + count, count)
    touch = first + np.arange(len(point))
    return Pairs(point, touch, moment[point] - seen.moment[touch])


def _sorted(table: pa.Table, time: str, tie: str) -> dict[str, NDArray[Any]]:
    rows: dict[str, NDArray[Any]] = {
        name: _numbers(table[name]) for name in table.column_names if name != time
    }
    microsecond = _microseconds(table[time])
    rows["moment"] = microsecond / MICROSECONDS
    order = in_order(rows["user_key"], microsecond, rows[tie])
    return {name: values[order] for name, values in rows.items()}


def _day(moment: pa.ChunkedArray) -> float:
    """Give the day of a moment; 0 if there is none."""
    found = _microseconds(moment.drop_null()) // MICROSECONDS
    return float(found[0]) if len(found) else 0.0


def _microseconds(times: pa.ChunkedArray) -> _Ints:
    return _numbers(times.cast(pa.timestamp("us")).cast(pa.int64()))


def _numbers(column: pa.ChunkedArray) -> _Ints:
    numbers: _Ints = column.to_numpy().astype(np.int64)
    return numbers


def _clock(seen: Observations) -> dict[str, bool]:
    """Tell how conversions were recorded, and whether users are seen after them."""
    last = _last_touch(seen)
    touched = np.isfinite(last)
    lag = seen.event_moment[touched] - last[touched]
    at_once = float((lag == 0).mean()) if len(lag) else 0.0
    soon = float((lag <= seen.arrival).mean()) if len(lag) else 0.0
    is_discrete_time = at_once >= _MARKED or soon >= _SHORTLY_AFTER
    return {
        "is_discrete_time": is_discrete_time,
        "has_instant_conversions": is_discrete_time or at_once >= _SOME,
        "is_observed_after_event": _is_followed(seen),
    }


def _places(seen: Observations, user: _Ints, moment: _Floats) -> _Floats:
    """Put users one after the other on one line, so that moments can be looked up."""
    return user * (seen.horizon + 1) + moment


def _last_touch(seen: Observations) -> _Floats:
    """Tell the last touchpoint up to each conversion; minus infinity for none."""
    found = np.full(len(seen.event_user), -np.inf)
    if not len(seen.user):
        return found
    line = _places(seen, seen.user, seen.moment)
    place = _places(seen, seen.event_user, seen.event_moment)
    last = np.maximum(np.searchsorted(line, place, side="right") - 1, 0)
    mine = (seen.user[last] == seen.event_user) & (line[last] <= place)
    return np.where(mine, seen.moment[last], found)


def _is_followed(seen: Observations) -> bool:
    """Compare touchpoints after conversions with as long a time before them."""
    span = np.minimum(seen.event_moment, seen.horizon - seen.event_moment)
    span = np.minimum(span, _FOLLOW_DAYS)
    line = _places(seen, seen.user, seen.moment)
    place = _places(seen, seen.event_user, seen.event_moment)
    before = np.searchsorted(line, place) - np.searchsorted(line, place - span)
    after = np.searchsorted(line, place + span, side="right")
    after = after - np.searchsorted(line, place, side="right")
    return bool(after.sum() >= _FOLLOWED * before.sum())


def _ends(seen: Observations) -> _Floats:
    """End the time of users at their last conversion, if nothing follows it."""
    last_touch, last_event = np.full((2, seen.users), -1.0)
    np.maximum.at(last_touch, seen.user, seen.moment)
    np.maximum.at(last_event, seen.event_user, seen.event_moment)
    over = (last_event >= 0) & (last_touch <= last_event)
    return np.where(over, np.maximum(last_event, 1e-6), seen.horizon)
