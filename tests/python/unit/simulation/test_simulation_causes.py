"""Closed forms of the two ways in which touches and intent make conversions."""

from dataclasses import replace

import numpy as np
import pytest

from touchledger.simulation import world
from touchledger.simulation.conversions import (
    INTENT,
    Conversions,
    Sparks,
    draw_conversions,
)
from touchledger.simulation.people import Crowd

USERS = 60_000
HORIZON = 90
DELAY = 2.0


def one_touch_each(combination: str, effect: float, intent: float) -> Conversions:
    """Give each user one touch at the start and the same steady intent."""
    kind = replace(
        world("steady"),
        combination=combination,
        intent_conversions=intent,
        repeat_rate=0.0,
        weekdays=(1.0,) * 7,
    )
    random = np.random.default_rng(5)
    crowd = Crowd.draw(random, kind, 0, USERS)
    crowd = replace(crowd, intent=np.ones(USERS))
    sparks = Sparks(
        np.arange(USERS),
        np.zeros(USERS),
        np.full(USERS, effect),
        np.full(USERS, DELAY),
    )
    return draw_conversions(random, crowd, kind, sparks, np.ones(HORIZON))


def four_errors(count: float) -> float:
    """Four standard errors of a Poisson count."""
    return 4 * count**0.5


def test_adding_intent_and_touches_each_make_their_own_conversions() -> None:
    made = one_touch_each("additive", effect=0.05, intent=0.1)
    by_intent = int((made.cause == INTENT).sum())
    assert by_intent == pytest.approx(USERS * 0.1, abs=four_errors(USERS * 0.1))
    caused = made.moment[made.cause != INTENT]
    assert len(caused) == pytest.approx(USERS * 0.05, abs=four_errors(USERS * 0.05))
    # Exponential waits: the mean of n has standard error DELAY / sqrt(n).
    assert caused.mean() == pytest.approx(DELAY, abs=4 * DELAY / len(caused) ** 0.5)


def test_multiplying_touches_leave_the_conversions_by_intent_as_they_were() -> None:
    made = one_touch_each("multiplicative", effect=0.02, intent=0.5)
    by_intent = made.moment[made.cause == INTENT]
    expected = USERS * 0.5
    assert len(by_intent) == pytest.approx(expected, abs=four_errors(expected))
    early = (by_intent < 3).mean()
    assert early == pytest.approx(3 / HORIZON, abs=4 * (3 / HORIZON / expected) ** 0.5)


def test_multiplying_touches_add_the_integral_of_the_lift() -> None:
    made = one_touch_each("multiplicative", effect=0.02, intent=0.5)
    lift = 50 * 0.02  # K times the effect
    moments = np.linspace(0, HORIZON, 200_001)
    extra = np.expm1(lift * np.exp(-moments / DELAY))
    expected = USERS * 0.5 / HORIZON * float(np.trapezoid(extra, moments))
    # Moments fall on hours of the day, not evenly within it: up to 10 % on day one.
    caused = int((made.cause != INTENT).sum())
    assert caused == pytest.approx(expected, rel=0.1, abs=four_errors(expected))


def test_multiplying_credit_goes_to_touches_in_proportion_to_their_term() -> None:
    kind = replace(
        world("steady"),
        combination="multiplicative",
        intent_conversions=2.0,
        repeat_rate=0.0,
    )
    random = np.random.default_rng(6)
    crowd = Crowd.draw(random, kind, 0, 20_000)
    user = np.repeat(np.arange(20_000), 2)
    sparks = Sparks(
        user,
        np.tile([0.0, 0.0], 20_000),
        np.tile([0.01, 0.03], 20_000),
        np.full(40_000, 5.0),
    )
    made = draw_conversions(random, crowd, kind, sparks, np.ones(HORIZON))
    caused = made.cause[made.cause != INTENT]
    assert len(caused) > 2_000
    assert (caused % 2 == 1).mean() == pytest.approx(0.75, abs=0.04)


def test_no_conversion_comes_before_its_cause_or_after_the_horizon() -> None:
    for combination in ("additive", "multiplicative"):
        made = one_touch_each(combination, effect=0.05, intent=0.1)
        assert made.moment.min() >= 0
        assert made.moment.max() < HORIZON
        caused = made.cause != INTENT
        assert (made.user[caused] == made.cause[caused]).all()
