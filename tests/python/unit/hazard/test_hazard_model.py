"""What touchpoints add: known effects found again, and inputs that say little."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import optimize

from hazard_shops import (
    INTENT,
    Event,
    Seller,
    Shop,
    Touch,
    clock_of,
    design_of,
    observed,
    simulated_shop,
)
from sizes import sized
from touchledger.hazard import model as effects
from touchledger.hazard.credit import find_causes
from touchledger.hazard.design import Design, decays
from touchledger.hazard.model import Hazard, fit_hazard

SEED = 3
USERS = 8_000
FAST, SLOW, FOLLOWER, IDLE = range(4)
# Some six hundred conversions an effect: four standard errors of a count of Poisson.
EFFECT = 0.16
HALF_LIFE = 0.35
# A follower of intent, and a channel that does nothing, cause less than this part of
# all conversions.
NEXT_TO_NOTHING = 0.02

ADDITIVE = (
    Seller(0.8, effect=0.10, days=1.5),
    Seller(0.8, effect=0.08, days=10.0),
    Seller(1.0, intent_share=0.9),
    Seller(0.6),
)
# A touchpoint of the first brings, at once, 20 / 1.5 times what comes by itself.
MULTIPLICATIVE = (
    Seller(0.8, effect=20.0, days=1.5),
    Seller(0.8, effect=20.0, days=10.0),
    Seller(1.0, intent_share=0.9),
    Seller(0.6),
)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A shop, and what was learned from it."""

    shop: Shop
    design: Design
    hazard: Hazard

    @classmethod
    def of(cls, sellers, users=USERS, **settings) -> "Fitted":
        shop = simulated_shop(sellers, users, SEED, **settings)
        design = design_of(shop.seen)
        return cls(shop, design, fit_hazard(design, SEED))

    @property
    def effects(self):
        """What a touchpoint of each channel adds, over all time."""
        return self.hazard.effects.sum(axis=0)

    @property
    def caused(self):
        """Conversions caused by channel, as the model has it."""
        seen, causes = self.design.seen, find_causes(self.design, self.hazard)
        channel = seen.channel[causes.pairs.touch]
        return np.bincount(channel, causes.parts, seen.channels)

    @property
    def kept(self) -> float:
        """Part of the conversions that came by themselves."""
        return float(find_causes(self.design, self.hazard).baseline_parts.mean())

    def half_life(self, channel: int) -> float:
        """Days in which half of what a touchpoint adds is added."""
        weights = self.hazard.effects[:, channel]
        means = np.array(decays(self.design.seen))
        half = weights.sum() / 2
        return float(
            optimize.brentq(
                lambda days: weights @ (1 - np.exp(-days / means)) - half, 0.01, 60
            )
        )


@pytest.fixture(scope="module")
def additive() -> Fitted:
    return Fitted.of(ADDITIVE, wish=0.1)


@pytest.fixture(scope="module")
def multiplicative() -> Fitted:
    return Fitted.of(MULTIPLICATIVE, users=2 * USERS, wish=0.25, multiplicative=True)


def as_bytes(hazard: Hazard) -> tuple[object, ...]:
    return (
        hazard.form,
        hazard.baseline.tobytes(),
        hazard.effects.tobytes(),
        hazard.bend.knots.tobytes(),
        hazard.log_likelihood,
    )


def expected_conversions(fitted: Fitted) -> float:
    """Add the rate up over all time at risk, on a grid of quarters of a day."""
    seen, step = fitted.design.seen, 0.25
    grid = [np.arange(step / 2, end, step) for end in seen.end]
    user = np.repeat(np.arange(seen.users), [len(points) for points in grid])
    columns = fitted.design.at(user, np.concatenate(grid))
    rate = fitted.hazard.baseline_rates(columns)
    lift = columns.effects @ fitted.hazard.effects.ravel()
    whole = rate * (1 + lift) if fitted.hazard.form == "multiplicative" else rate + lift
    return float(whole.sum() * step)


# Known effects


def test_a_shop_knows_its_causes(additive):
    seen, cause = additive.shop.seen, additive.shop.cause
    caused = cause != INTENT
    assert 0.4 < caused.mean() < 0.8
    assert (seen.user[cause[caused]] == seen.event_user[caused]).all()
    waits = seen.event_moment[caused] - seen.moment[cause[caused]]
    assert waits.min() >= 0
    fast = seen.channel[cause[caused]] == FAST
    assert waits[fast].mean() == pytest.approx(1.5, rel=0.15)
    assert additive.shop.caused(seen.channel, 4)[[FOLLOWER, IDLE]].tolist() == [0, 0]


def test_effects_that_add_are_found_again(additive):
    assert additive.hazard.form == "additive"
    for channel in (FAST, SLOW):
        effect = ADDITIVE[channel].effect
        assert additive.effects[channel] == pytest.approx(effect, rel=EFFECT), channel
    idle = additive.caused[[FOLLOWER, IDLE]] / len(additive.shop.cause)
    assert idle.max() < NEXT_TO_NOTHING


def test_effects_that_multiply_are_found_again(multiplicative):
    assert multiplicative.hazard.form == "multiplicative"
    for channel in (FAST, SLOW):
        effect = MULTIPLICATIVE[channel].effect
        assert multiplicative.effects[channel] == pytest.approx(effect, rel=0.25), (
            channel
        )
    idle = multiplicative.caused[[FOLLOWER, IDLE]] / len(multiplicative.shop.cause)
    assert idle.max() < NEXT_TO_NOTHING


@pytest.mark.parametrize("name", ["additive", "multiplicative"])
def test_half_lives_are_found_again(name, request):
    fitted = request.getfixturevalue(name)
    for channel, days in ((FAST, 1.5), (SLOW, 10.0)):
        half_life = days * np.log(2)
        assert fitted.half_life(channel) == pytest.approx(half_life, rel=HALF_LIFE)


@pytest.mark.parametrize("name", ["additive", "multiplicative"])
def test_what_came_by_itself_is_left_to_the_baseline(name, request):
    fitted = request.getfixturevalue(name)
    by_itself = (fitted.shop.cause == INTENT).mean()
    assert fitted.kept == pytest.approx(by_itself, abs=0.03)


def test_effects_at_the_very_instant_are_found_among_conversions_at_other_times():
    fitted = Fitted.of(ADDITIVE, wish=0.1, at_once=True)
    seen = fitted.design.seen
    assert (seen.has_instant_conversions, seen.is_discrete_time) == (True, False)
    at_once, later = fitted.hazard.effects[0], fitted.hazard.effects[1:]
    assert at_once[[FAST, SLOW]] == pytest.approx([0.10, 0.08], rel=EFFECT)
    assert at_once[[FOLLOWER, IDLE]].max() < 0.002
    assert later.max() < 0.01


def test_effects_are_found_where_touchpoints_are_the_clock():
    fitted = Fitted.of(ADDITIVE, wish=0.0, at_once=True)
    assert fitted.design.seen.is_discrete_time
    assert fitted.effects[[FAST, SLOW]] == pytest.approx([0.10, 0.08], rel=EFFECT)
    idle = fitted.caused[[FOLLOWER, IDLE]] / len(fitted.shop.cause)
    assert idle.max() < NEXT_TO_NOTHING
    assert fitted.kept < 0.1


@pytest.mark.parametrize("in_bursts", [False, True])
def test_touchpoints_that_do_nothing_leave_the_conversions_to_the_baseline(in_bursts):
    idle = (Seller(0.8), Seller(0.4), Seller(1.0, intent_share=0.9))
    assert Fitted.of(idle, wish=0.3, in_bursts=in_bursts).kept > 0.9


# Expected conversions


@pytest.mark.parametrize("until_first", [False, True])
@pytest.mark.parametrize("is_multiplicative", [False, True])
def test_as_many_conversions_are_expected_as_came(until_first, is_multiplicative):
    # Half of the users convert: where they leave, time at risk differs much by user.
    fitted = Fitted.of(
        MULTIPLICATIVE if is_multiplicative else ADDITIVE,
        users=sized(1_000, 3_000),
        wish=0.8,
        multiplicative=is_multiplicative,
        until_first=until_first,
        days=30.0,
    )
    assert fitted.design.seen.is_observed_after_event != until_first
    came = len(fitted.shop.cause)
    # Both sides are sums over points, up to a fifth of a percent apart.
    assert expected_conversions(fitted) == pytest.approx(came, rel=0.005)


# Rare channels


def test_a_rare_channel_is_drawn_to_the_effect_of_all():
    random, users = np.random.default_rng(SEED), 6_000
    days = random.random(users) * 60
    touches = [Touch(user, day) for user, day in enumerate(days)]
    # One in ten converts by the touchpoint, and one in twenty by himself.
    events = [Event(n, days[n] + random.exponential(2)) for n in range(0, users, 10)]
    events += [Event(n, random.random() * 60) for n in range(0, users, 20)]
    lucky = [Touch(users + n, 30.0, channel=1) for n in range(3)]
    unlucky = [Touch(users + 3 + n, 30.0, channel=2) for n in range(3)]
    seen = observed(
        [*touches, *lucky, *unlucky], [*events, Event(users, 31.0)], users=users + 6
    )
    hazard = fit_hazard(design_of(seen), SEED)
    assert hazard.form == "additive"
    usual, high, low = hazard.effects.sum(axis=0)
    assert usual == pytest.approx(0.1, rel=EFFECT)
    # One in three converted, and none in three; so few say next to nothing.
    assert usual < high < 0.28
    assert 0.1 * usual < low < usual


# Inputs that say little


def touched(users=30, channels=3) -> list[Touch]:
    return [Touch(n % users, n % 17 + 0.3, n % channels) for n in range(80)]


def converting(users=40) -> list[Event]:
    return [Event(3 * n % users, n + 0.4) for n in range(15)]


@pytest.mark.parametrize(
    ("touches", "events", "channels"),
    [
        (touched(), [], 3),
        (touched(), converting()[:1], 3),
        (touched(channels=1), converting(), 1),
        (touched(channels=1), converting(), 3),
        ([], converting(), 3),
        ([], converting(), 0),
        ([], [], 3),
        ([], [], 0),
        ([Touch(0, 0.5)], [Event(0, 0.5)], 1),
        ([Touch(0, 0.5)], [Event(1, 0.5)], 1),
        ([Touch(0, 0.5), Touch(0, 0.5, 1)], [Event(0, 0.5)] * 2, 2),
    ],
)
@pytest.mark.parametrize(
    "clock",
    [
        None,
        clock_of(),
        clock_of("is_observed_after_event"),
        clock_of("has_instant_conversions", "is_observed_after_event"),
        clock_of("is_discrete_time", "has_instant_conversions"),
    ],
)
def test_little_input_is_fitted_without_an_error(
    touches, events, channels, clock, monkeypatch
):
    monkeypatch.setattr(effects, "_POINTS", 4_000)
    seen = observed(touches, events, 40, channels, arrival_minutes=60, clock=clock)
    design = design_of(seen)
    hazard = fit_hazard(design, SEED)
    for values in (hazard.baseline, hazard.effects):
        assert np.isfinite(values).all()
        assert values.min(initial=0) >= 0
    assert hazard.effects.shape == (len(decays(seen)), channels)
    causes = find_causes(design, hazard)
    whole = np.bincount(causes.pairs.point, causes.parts, len(events))
    assert whole + causes.baseline_parts == pytest.approx(1, abs=1e-9)


def test_users_who_convert_without_touchpoints_raise_the_baseline_alone():
    touches = [Touch(n, n % 9 + 0.5) for n in range(200)]
    events = [Event(200 + n, n % 9 + 0.7) for n in range(100)]
    fitted = design_of(observed(touches, events, users=300, channels=1))
    hazard = fit_hazard(fitted, SEED)
    assert hazard.effects.sum() < 0.01
    assert find_causes(fitted, hazard).baseline_parts == pytest.approx(1, abs=1e-9)


# Determinism


@pytest.mark.parametrize("is_large", [False, True])
@pytest.mark.parametrize("is_multiplicative", [False, True])
def test_the_same_input_gives_the_same_bytes_in_any_order(
    is_large, is_multiplicative, monkeypatch
):
    users = sized(1_000, 3_000)
    enough = users * 5 // 3
    monkeypatch.setattr(effects, "_POINTS", 40_000)
    if is_large:
        monkeypatch.setattr(effects, "_ENOUGH", enough)
    sellers = MULTIPLICATIVE if is_multiplicative else ADDITIVE
    tables = simulated_shop(
        sellers, users, SEED, wish=0.4, multiplicative=is_multiplicative
    ).tables
    assert tables.touchpoints.num_rows > enough
    plain, again, shuffled = (
        fit_hazard(design_of(one.observations(60)), SEED)
        for one in (tables, tables, tables.shuffled(SEED))
    )
    assert as_bytes(plain) == as_bytes(again)
    assert as_bytes(plain) == as_bytes(shuffled)


def test_on_large_input_effects_are_still_learned_from_everybody(additive, monkeypatch):
    monkeypatch.setattr(effects, "_ENOUGH", len(additive.shop.seen.user) // 3)
    hazard = fit_hazard(additive.design, SEED)
    assert hazard.form == "additive"
    assert as_bytes(hazard) == as_bytes(additive.hazard)
