"""Columns of the hazard, held against plain loops, and integrals against sums."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hazard_shops import Event, Touch, clock_of, design_of, observed
from touchledger.hazard.design import DECAY_DAYS, Design, decays
from touchledger.hazard.observations import Observations

USERS, CHANNELS = 3, 2
# The constant, and six weekdays.
KNOWN = 7
# Moments fall on 64ths of a day, so that no jump lies within a step of the grid.
TICK = Fraction(1, 64)
ARRIVAL_MINUTES = 3 * float(TICK) * 1440
STEPS = 8
# The rule of midpoints is off by step² / 24 times the change of the slope, which is at
# most 1 / 0.7² for a touchpoint; there are up to eight.
GRID = 1e-5
ROUNDING = 1e-12
NEAR_DAYS = 3.0
SETTLING_DAYS = 10.0

many = settings(max_examples=25, deadline=None, derandomize=True)


FOLLOWED = (
    clock_of("is_observed_after_event"),
    clock_of("has_instant_conversions", "is_observed_after_event"),
)
NOT_FOLLOWED = (clock_of(), clock_of("has_instant_conversions"))
BY_TOUCH = (
    clock_of("is_discrete_time", "has_instant_conversions"),
    clock_of("is_discrete_time", "has_instant_conversions", "is_observed_after_event"),
)


@st.composite
def inputs(draw, clocks=(*FOLLOWED, *NOT_FOLLOWED, *BY_TOUCH)):
    """Draw touchpoints and conversions of a few users, under one of the clocks."""
    moments = st.integers(0, 6 * 64 - 1).map(lambda tick: float(tick * TICK))
    touch = st.tuples(st.integers(0, 1), moments, st.integers(0, CHANNELS - 1))
    touches = draw(
        st.lists(
            touch.map(lambda row: Touch(*row)),
            min_size=1,
            max_size=8,
            unique_by=lambda touch: touch[:2],
        )
    )
    event = st.tuples(st.integers(0, USERS - 1), moments)
    events = draw(st.lists(event.map(lambda row: Event(*row)), max_size=3))
    events += [Event(*draw(st.sampled_from(touches))[:2])]
    arrival = draw(st.sampled_from([0.0, ARRIVAL_MINUTES]))
    clock = draw(st.sampled_from(clocks))
    return observed(touches, events, USERS, CHANNELS, arrival, clock)


def with_groups(seen: Observations) -> Design:
    return design_of(seen, [[1, 0.0], [0, 0.5], [1, 0.25]])


def touches_of(seen: Observations, user: int) -> list[tuple[float, int]]:
    own = seen.user == user
    return list(zip(seen.moment[own], seen.channel[own], strict=True))


def columns_at(seen: Observations, user: int, moment: float) -> np.ndarray:
    """Work out the columns by the definition: baseline without groups, effects."""
    long_run, near = np.zeros((2, CHANNELS))
    effects = np.zeros((len(decays(seen)), CHANNELS))
    for day, channel in touches_of(seen, user):
        lag = moment - day
        if lag >= seen.arrival:
            for row, mean in enumerate(decays(seen)):
                if mean:
                    effects[row, channel] += math.exp(-lag / mean) / mean
        if seen.has_instant_conversions and lag == 0:
            effects[0, channel] += 1
        is_exposure = lag > 0 and lag >= seen.arrival
        if seen.is_observed_after_event and (is_exposure or lag < 0):
            long_run[channel] += 1 / seen.horizon
            near[channel] += math.exp(-abs(lag) / NEAR_DAYS) / (2 * NEAR_DAYS)
        if not seen.is_observed_after_event and is_exposure:
            long_run[channel] += 1 / (moment + SETTLING_DAYS)
    exposure = [*long_run, *near] if seen.is_observed_after_event else [*long_run]
    return np.array([*exposure, *effects.ravel()])


def columns_of(design: Design, user, moment) -> np.ndarray:
    """Take the columns that `columns_at` works out."""
    columns = design.at(np.array(user), np.array(moment, float))
    known = design.known_columns
    return np.hstack([columns.baseline.toarray()[:, known:], columns.effects.toarray()])


def midpoints(seen: Observations) -> tuple[np.ndarray, np.ndarray, float]:
    """Snapshot the time at risk into steps within which all columns are smooth."""
    step = float(TICK) / STEPS
    grid = [np.arange(step / 2, end, step) for end in seen.end]
    user = np.repeat(np.arange(seen.users), [len(points) for points in grid])
    return user, np.concatenate(grid), step


def parts(design: Design) -> dict[str, np.ndarray]:
    """Snapshot the integrals up by what they are of."""
    exposure = design.baseline_integral[design.known_columns :].reshape(-1, CHANNELS)
    effects = design.effects_integral.reshape(-1, CHANNELS)
    means = decays(design.seen)
    return {
        "known": design.baseline_integral[: design.known_columns],
        "long_run": exposure[0],
        "near": exposure[1:].ravel(),
        "marks": effects[[row for row, days in enumerate(means) if not days]].ravel(),
        "decays": effects[[row for row, days in enumerate(means) if days]].ravel(),
    }


def on_the_grid(design: Design) -> dict[str, np.ndarray]:
    """Add the columns up over time, in the parts of `parts`; marks are no time."""
    seen = design.seen
    user, moment, step = midpoints(seen)
    columns = design.at(user, moment)
    baseline = np.asarray(columns.baseline.sum(axis=0)) * step
    effects = np.asarray(columns.effects.sum(axis=0)) * step
    exposure = baseline[design.known_columns :].reshape(-1, CHANNELS)
    return {
        "known": baseline[: design.known_columns],
        "long_run": exposure[0],
        "near": exposure[1:].ravel(),
        "decays": effects[-len(DECAY_DAYS) * CHANNELS :],
    }


# Columns


@many
@given(inputs(), st.data())
def test_columns_are_those_of_the_definition(seen, data):
    moments = st.integers(0, 8 * 64).map(lambda tick: float(tick * TICK))
    user = data.draw(st.lists(st.integers(0, USERS - 1), min_size=1, max_size=6))
    moment = [data.draw(moments) for _ in user]
    expected = [columns_at(seen, *point) for point in zip(user, moment, strict=True)]
    found = columns_of(design_of(seen), user, moment)
    assert found == pytest.approx(np.array(expected), abs=ROUNDING)


@many
@given(inputs())
def test_columns_at_conversions_are_those_of_their_users_and_moments(seen):
    design = with_groups(seen)
    found = design.at_events()
    same = design.at(seen.event_user, seen.event_moment)
    assert (found.baseline.toarray() == same.baseline.toarray()).all()
    assert (found.effects.toarray() == same.effects.toarray()).all()


@pytest.mark.parametrize("clock", [FOLLOWED[0], NOT_FOLLOWED[0]])
def test_a_touchpoint_after_the_point_has_no_effect(clock):
    seen = observed([Touch(0, 0.5)], [], clock=clock)
    columns = design_of(seen).at(np.array([0]), np.array([0.4]))
    assert columns.effects.nnz == 0
    # Where users are followed it is exposure all the same.
    assert columns.baseline.toarray()[0, KNOWN:].any() == seen.is_observed_after_event


@pytest.mark.parametrize("clock", [FOLLOWED[0], NOT_FOLLOWED[0]])
def test_a_touchpoint_within_the_arrival_is_in_no_column(clock):
    touches = [Touch(0, 0.5, channel=0), Touch(0, 0.52, channel=1)]
    seen = observed(touches, [], channels=2, arrival_minutes=60, clock=clock)
    design = design_of(seen)
    # The first touchpoint was an hour before the second of these points.
    early, late = columns_of(design, [0, 0], [0.53, 0.55])
    assert not early.any()
    assert late[0::2].all()
    assert not late[1::2].any()


def test_a_touchpoint_acts_once_the_arrival_is_over():
    seen = observed([Touch(0, 0.5)], [], arrival_minutes=ARRIVAL_MINUTES)
    end = 0.5 + 3 * float(TICK)
    columns = design_of(seen).at(np.array([0, 0]), np.array([end, end + 1e-6]))
    acting = np.diff(columns.effects.indptr)
    assert acting.tolist() == [0, len(DECAY_DAYS)]


def test_a_mark_is_in_the_column_of_the_very_instant_alone():
    touches = [Touch(0, 0.5), Touch(0, 1.0)]
    seen = observed(touches, [], arrival_minutes=60, clock=FOLLOWED[1])
    columns = design_of(seen).at(np.array([0, 0]), np.array([0.5, 0.501]))
    assert columns.effects.toarray()[:, 0].tolist() == [1, 0]
    assert columns.effects.nnz == 1


def test_weekdays_have_a_column_each_but_for_monday():
    # The first of January 2024 was a Monday.
    seen = observed([Touch(0, 0.0)], [Event(0, 8.5)])
    moments = np.array([0.0, 0.99, 1.0, 5.5, 6.0, 7.0, 8.5])
    columns = design_of(seen).at(np.zeros(len(moments), int), moments)
    weekdays = columns.baseline.toarray()[:, 1:KNOWN]
    tuesday, saturday, sunday = np.eye(6)[[0, 4, 5]].tolist()
    monday = [0] * 6
    assert weekdays.tolist() == [
        *(monday, monday, tuesday, saturday, sunday, monday, tuesday)
    ]


def test_weekdays_are_those_of_the_calendar_wherever_the_input_begins():
    # Thursday the 29th of February, 2024.
    seen = observed([Touch(0, 59.25)], [Event(0, 60.5)])
    columns = design_of(seen).at(np.array([0, 0]), np.array([0.25, 1.5]))
    assert columns.baseline.toarray()[:, 1:KNOWN].argmax(axis=1).tolist() == [2, 3]


def test_groups_follow_the_constant_and_the_weekdays():
    seen = observed([Touch(0, 0.0)], [Event(0, 1.0)], users=3)
    columns = with_groups(seen).at(np.array([1, 2, 0]), np.zeros(3))
    baseline = columns.baseline.toarray()
    assert baseline[:, 0].tolist() == [1, 1, 1]
    assert baseline[:, KNOWN : KNOWN + 2].tolist() == [[0, 0.5], [1, 0.25], [1, 0]]
    assert with_groups(seen).known_columns == KNOWN + 2


# Integrals over time


@many
@given(inputs(FOLLOWED))
def test_integrals_are_sums_over_time_where_users_are_followed(seen):
    design = with_groups(seen)
    found, summed = parts(design), on_the_grid(design)
    for name in ("known", "near", "decays"):
        assert found[name] == pytest.approx(summed[name], abs=GRID), name
    # An arrival is no exposure, but the integral of a whole horizon leaves that out.
    arrivals = np.minimum(seen.arrival, seen.horizon - seen.moment) / seen.horizon
    missing = np.bincount(seen.channel, arrivals, CHANNELS)
    assert found["long_run"] == pytest.approx(summed["long_run"] + missing, abs=GRID)


@many
@given(inputs(NOT_FOLLOWED))
def test_integrals_are_sums_over_time_where_users_are_not_followed(seen):
    design = with_groups(seen)
    found, summed = parts(design), on_the_grid(design)
    for name in ("known", "long_run", "near", "decays"):
        assert found[name] == pytest.approx(summed[name], abs=GRID), name


@many
@given(inputs((FOLLOWED[1], NOT_FOLLOWED[1])))
def test_the_integral_of_marks_is_how_many_touchpoints_there_are(seen):
    marks = parts(design_of(seen))["marks"]
    assert marks.tolist() == np.bincount(seen.channel, minlength=CHANNELS).tolist()


def test_users_without_a_touchpoint_after_their_conversion_are_at_risk_until_then():
    touches = [Touch(0, 0.5), Touch(1, 0.5), Touch(1, 5.0)]
    events = [Event(0, 2.5), Event(1, 2.5)]
    seen = observed(touches, events, users=3, clock=NOT_FOLLOWED[0])
    assert seen.horizon == 6
    assert design_of(seen).baseline_integral[0] == 2.5 + 6 + 6


# Sums over touchpoints


@many
@given(inputs(BY_TOUCH))
def test_integrals_are_sums_over_touchpoints_where_these_are_the_clock(seen):
    design = with_groups(seen)
    points = zip(seen.user, seen.moment, strict=True)
    summed = sum(columns_at(seen, *point) for point in points)
    known = design.baseline_integral[: design.known_columns]
    found = [
        *design.baseline_integral[design.known_columns :],
        *design.effects_integral,
    ]
    assert found == pytest.approx(summed, abs=ROUNDING)
    assert not known.any()
