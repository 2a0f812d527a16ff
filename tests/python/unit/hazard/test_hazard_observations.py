"""What is seen of touchpoints and conversions: order, clocks, and who is near whom."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hazard_shops import MONDAY, Event, Touch, clock_of, observed, tables_of
from touchledger.hazard.observations import Observations, pair_up

NEAREST = 500
DAYS_BEFORE_MONDAY = 19_723
MICROSECOND = 1 / 86_400_000_000

many = settings(max_examples=50, deadline=None, derandomize=True)


@st.composite
def rows(draw):
    """Draw touchpoints and conversions with plenty of ties."""
    users, moments = st.integers(0, 3), st.integers(0, 5).map(lambda n: n / 4)
    touch = st.tuples(users, moments, st.integers(0, 2)).map(lambda row: Touch(*row))
    event = st.tuples(users, moments).map(lambda row: Event(*row))
    return draw(st.lists(touch, max_size=12)), draw(st.lists(event, max_size=5))


def as_bytes(seen: Observations) -> dict[str, bytes]:
    values = {field.name: getattr(seen, field.name) for field in fields(seen)}
    return {name: np.asarray(value).tobytes() for name, value in values.items()}


def converting(
    at_once: int, soon: int, later: int, untouched: int = 0, arrival_minutes: float = 60
) -> Observations:
    """Let users convert so long after a touchpoint; all are touched again at the end.

    Args:
        at_once: How many convert at the very instant.
        soon: How many half an hour later.
        later: How many after two days.
        untouched: How many without any touchpoint.
        arrival_minutes: What counts as an arrival.
    """
    lags = np.repeat([0.0, 1 / 48, 2.0], [at_once, soon, later])
    events = [Event(user, 5 + lag) for user, lag in enumerate(lags)]
    touches = [Touch(user, day) for user in range(len(lags)) for day in (5.0, 9.5)]
    events += [Event(len(lags) + user, 6.0) for user in range(untouched)]
    touches += [Touch(len(events), 0.0)]
    return observed(
        touches, events, users=len(events) + 1, arrival_minutes=arrival_minutes
    )


# Order


@many
@given(rows(), st.integers(0, 5))
def test_the_order_of_rows_does_not_matter(drawn, seed):
    tables = tables_of(*drawn, users=4, channels=3)
    again = tables.shuffled(seed)
    plain, shuffled = tables.observations(30), again.observations(30)
    assert as_bytes(plain) == as_bytes(shuffled)


@many
@given(rows())
def test_touchpoints_and_conversions_are_in_order_of_user_and_moment(drawn):
    seen = observed(*drawn)
    for user, moment in (
        (seen.user, seen.moment),
        (seen.event_user, seen.event_moment),
    ):
        points = list(zip(user.tolist(), moment.tolist(), strict=True))
        assert points == sorted(points)


def test_users_and_channels_are_numbered_in_the_order_of_their_keys():
    tables = tables_of([Touch(1, 0.5, 2)], [Event(3, 0.75)], users=5, channels=4)
    chosen = tables._replace(
        users=tables.users.take([3, 1]), channels=tables.channels.take([2, 0, 0, 2])
    )
    seen = chosen.observations()
    assert seen.user_keys.tolist() == [1, 3]
    assert seen.channel_keys.tolist() == [0, 2]
    assert (seen.users, seen.channels) == (2, 2)
    assert (seen.user.tolist(), seen.event_user.tolist()) == ([0], [1])
    assert seen.channel.tolist() == [1]


# Time


def test_time_begins_with_the_first_day_and_ends_with_the_last():
    seen = observed([Touch(0, 3.25), Touch(1, 4.0)], [Event(0, 6.5)])
    assert seen.start == DAYS_BEFORE_MONDAY + 3
    assert seen.moment.tolist() == [0.25, 1.0]
    assert seen.event_moment.tolist() == [3.5]
    assert seen.horizon == 4


def test_a_last_moment_at_midnight_is_within_the_horizon():
    assert observed([Touch(0, 0.0)], [Event(0, 2.0)]).horizon == 3


def test_weekdays_are_those_of_the_calendar():
    assert MONDAY.weekday() == 0
    seen = observed([Touch(0, 2.5)], [])
    assert seen.weekday(np.array([0.0, 0.9, 1.0, 4.0, 5.0])).tolist() == [2, 2, 3, 6, 0]


def test_nothing_observed_is_a_day_without_anything():
    seen = observed([], [])
    assert (seen.horizon, len(seen.user), len(seen.event_user)) == (1, 0, 0)
    assert not seen.is_discrete_time
    assert not seen.has_instant_conversions


# Clocks


@pytest.mark.parametrize(
    ("counts", "is_discrete_time", "has_instant_conversions"),
    [
        ({"at_once": 0, "soon": 0, "later": 100}, False, False),
        ({"at_once": 1, "soon": 0, "later": 99}, False, False),
        ({"at_once": 2, "soon": 0, "later": 98}, False, True),
        ({"at_once": 74, "soon": 0, "later": 26}, False, True),
        ({"at_once": 75, "soon": 0, "later": 25}, True, True),
        ({"at_once": 0, "soon": 94, "later": 6}, False, False),
        ({"at_once": 0, "soon": 95, "later": 5}, True, True),
        ({"at_once": 50, "soon": 45, "later": 5}, True, True),
        ({"at_once": 75, "soon": 0, "later": 25, "untouched": 300}, True, True),
    ],
)
def test_touchpoints_are_the_clock_where_conversions_come_at_them(
    counts, is_discrete_time, has_instant_conversions
):
    seen = converting(**counts)
    assert (seen.is_discrete_time, seen.has_instant_conversions) == (
        is_discrete_time,
        has_instant_conversions,
    )


def test_without_an_arrival_only_the_very_instant_counts():
    assert not converting(
        at_once=0, soon=100, later=0, arrival_minutes=0
    ).is_discrete_time


def test_conversions_move_to_the_touchpoint_they_were_recorded_on():
    seen = converting(at_once=1, soon=97, later=2, untouched=1)
    assert seen.is_discrete_time
    assert seen.arrival == 0
    assert seen.event_moment.tolist() == [5.0] * 98 + [7.0] * 2 + [6.0]


def test_conversions_stay_where_they_are_where_time_is_the_clock():
    seen = converting(at_once=2, soon=1, later=1)
    assert seen.event_moment == pytest.approx([5, 5, 5 + 1 / 48, 7], abs=MICROSECOND)
    assert seen.arrival == 1 / 24


def test_the_touchpoint_of_somebody_else_is_not_the_last_one():
    touches = [Touch(0, 1.0), Touch(1, 2.0), Touch(2, 0.5)]
    events = [Event(1, 1.0), Event(2, 2.0)]
    seen = observed(touches, events, arrival_minutes=60)
    assert not seen.has_instant_conversions


@pytest.mark.parametrize(
    ("after", "is_observed_after_event"), [(0, False), (1, False), (2, True)]
)
def test_users_are_followed_if_touchpoints_go_on_after_conversions(
    after, is_observed_after_event
):
    # Four touchpoints in the five days before; what follows in five days counts.
    touches = [Touch(0, float(day)) for day in (1, 2, 3, 4)]
    touches += [Touch(0, 6.0 + day) for day in range(after)]
    touches += [Touch(1, 10.9)]
    assert (
        observed(touches, [Event(0, 5.0)]).is_observed_after_event
        == is_observed_after_event
    )


def test_an_early_conversion_does_not_hide_that_users_are_not_followed():
    # Before the first conversion there was no time for touchpoints, so that what comes
    # later says nothing.
    touches = [Touch(0, day / 4) for day in range(4, 40)]
    touches += [Touch(1, day / 4) for day in range(20)]
    assert not observed(touches, [Event(0, 0.0), Event(1, 5.0)]).is_observed_after_event


def test_followed_users_are_observed_to_the_end():
    touches = [Touch(0, 0.5), Touch(1, 6.5)]
    seen = observed(touches, [Event(0, 2.0)], clock=clock_of("is_observed_after_event"))
    assert seen.end.tolist() == [7] * 4


def test_users_not_followed_are_observed_until_their_last_conversion():
    touches = [Touch(0, 1.0), Touch(1, 1.0), Touch(1, 6.5), Touch(3, 0.0)]
    events = [Event(0, 2.0), Event(0, 3.0), Event(1, 2.0), Event(2, 0.0)]
    seen = observed(touches, events, clock=clock_of())
    # The second one is seen again, the third one converts before all else, and the
    # fourth one never does.
    assert seen.end == pytest.approx([3, 7, 0, 7], abs=1e-5)
    assert seen.end.min() > 0


def test_a_given_clock_takes_the_place_of_the_one_that_shows():
    touches = [Touch(user, 0.5) for user in range(100)]
    events = [Event(user, 0.5) for user in range(90)]
    events += [Event(user, 0.75) for user in range(90, 100)]
    tables = tables_of(touches, events, users=101, channels=1)
    found = tables.observations(60)
    assert (found.is_discrete_time, found.is_observed_after_event, found.arrival) == (
        True,
        False,
        0,
    )
    told = tables.observations(60, clock_of("is_observed_after_event"))
    assert (told.is_discrete_time, told.is_observed_after_event, told.arrival) == (
        False,
        True,
        1 / 24,
    )
    assert told.end.tolist() == [1] * 101


# Some users


@many
@given(rows(), st.lists(st.booleans(), min_size=4, max_size=4))
def test_the_observations_of_some_users_are_all_that_was_seen_of_them(drawn, chosen):
    seen = observed(*drawn)
    part = seen.of_users(np.array(chosen))
    keys = seen.user_keys[chosen]
    assert part.user_keys.tolist() == keys.tolist()
    assert part.end.tolist() == seen.end[chosen].tolist()
    for one, user_of in ((part, part.user_keys), (seen, seen.user_keys)):
        assert (np.diff(one.user) >= 0).all()
        assert one.user.max(initial=0) < max(len(user_of), 1)
    whose = np.isin(seen.user_keys[seen.user], keys)
    for name in ("moment", "channel", "campaign_key"):
        assert getattr(part, name).tolist() == getattr(seen, name)[whose].tolist()
    assert (
        part.user_keys[part.user].tolist() == seen.user_keys[seen.user][whose].tolist()
    )
    whose = np.isin(seen.user_keys[seen.event_user], keys)
    for name in ("event_moment", "event_key"):
        assert getattr(part, name).tolist() == getattr(seen, name)[whose].tolist()


# Pairs


@many
@given(rows(), rows())
def test_a_point_is_paired_with_every_touchpoint_of_its_user(drawn, others):
    seen, (touches, _) = observed(*drawn), others
    user = np.array([touch.user for touch in touches], int)
    moment = np.array([touch.day for touch in touches], float)
    pairs = pair_up(seen, user, moment)
    expected = [
        (point, touch)
        for point in range(len(user))
        for touch in np.flatnonzero(seen.user == user[point])
    ]
    found = list(zip(pairs.point.tolist(), pairs.touch.tolist(), strict=True))
    assert found == expected
    lags = moment[pairs.point] - seen.moment[pairs.touch]
    assert pairs.lag.tolist() == lags.tolist()


@pytest.mark.parametrize(
    ("moment", "first", "last"),
    [(0.0, 0, 500), (1.0, 0, 600), (7.5, 250, 1250), (14.995, 1000, 1500)],
)
def test_of_thousands_of_touchpoints_the_nearest_are_looked_at(moment, first, last):
    # A hundred a day, half of a step off the points.
    robot = [Touch(1, (n + 0.5) / 100) for n in range(1500)]
    seen = observed([Touch(0, 0.0), *robot, Touch(2, 14.9)], [])
    pairs = pair_up(seen, np.array([1]), np.array([moment]))
    assert pairs.touch.tolist() == list(range(1 + first, 1 + last))
