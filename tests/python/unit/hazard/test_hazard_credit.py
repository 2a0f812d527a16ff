"""What touchpoints caused, and the credit of whole conversions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution_truth import Journeys, journeys_of, ledger_credit
from hazard_shops import (
    Event,
    Seller,
    Touch,
    clock_of,
    design_of,
    observed,
    simulated_shop,
)
from sizes import sized
from touchledger.hazard.credit import find_causes, spread
from touchledger.hazard.design import decays
from touchledger.hazard.model import Hazard, fit_hazard
from touchledger.hazard.splines import LinearSpline

CHANNELS, CAMPAIGNS = 3, 5
ROUNDING = 1e-9
# Fitting stops when no total is off by more than a millionth, or after 200 rounds.
FITTED = 1e-3

many = settings(max_examples=sized(30, 60), deadline=None, derandomize=True)

CLOCKS = (
    clock_of(),
    clock_of("is_observed_after_event"),
    clock_of("has_instant_conversions"),
    clock_of("has_instant_conversions", "is_observed_after_event"),
    clock_of("is_discrete_time", "has_instant_conversions"),
)


def channel_of(campaign: int) -> int:
    return campaign % CHANNELS


@st.composite
def models(draw):
    """Draw a few users and any model of them, however badly it fits."""
    ticks = st.integers(0, 300).map(lambda tick: tick / 48)
    touch = st.tuples(st.integers(0, 2), ticks, st.integers(0, CAMPAIGNS - 1))
    rows = draw(st.lists(touch, min_size=1, max_size=10))
    touches = [Touch(user, day, channel_of(k), k) for user, day, k in rows]
    event = st.tuples(st.integers(0, 3), ticks).map(lambda row: Event(*row))
    events = draw(st.lists(event, min_size=1, max_size=4))
    events += [Event(*touches[0][:2])]
    clock = draw(st.sampled_from(CLOCKS))
    seen = observed(touches, events, channels=CHANNELS, arrival_minutes=60, clock=clock)
    design = design_of(seen)
    number = st.sampled_from([0.0, 0.001, 0.2, 3.0])

    def numbers(count: int) -> np.ndarray:
        return np.array(draw(st.lists(number, min_size=count, max_size=count)))

    rows = len(decays(seen))
    hazard = Hazard(
        form=draw(st.sampled_from(["additive", "multiplicative"])),
        bend=LinearSpline.none(),
        baseline=numbers(design.at_events().baseline.shape[1]),
        effects=numbers(rows * CHANNELS).reshape(rows, CHANNELS),
        log_likelihood=0.0,
    )
    return design, hazard


def expected_parts(design, hazard, causes) -> tuple[list[float], dict]:
    """Work out what came by itself, and the parts of touchpoints, one by one."""
    seen, columns = design.seen, design.at_events()
    kept, parts = [], {}
    for event, moment in enumerate(seen.event_moment):
        adds = {}
        for touch in np.flatnonzero(seen.user == seen.event_user[event]):
            lag = moment - seen.moment[touch]
            value = 0.0
            for row, days in enumerate(decays(seen)):
                weight = hazard.effects[row, seen.channel[touch]]
                if days and lag >= seen.arrival:
                    value += weight * math.exp(-lag / days) / days
                elif not days and lag == 0:
                    value += weight
            campaign = np.searchsorted(causes.campaigns.keys, seen.campaign_key[touch])
            adds[touch] = value * causes.factors[campaign]
        lift, rate = sum(adds.values()), columns.baseline[[event]] @ hazard.baseline
        if hazard.form == "multiplicative":
            kept.append(1 / (1 + lift))
            adds = {touch: math.log1p(value) for touch, value in adds.items()}
        else:
            kept.append(float(rate[0] / (rate[0] + lift)) if rate[0] + lift else 1.0)
        whole = sum(adds.values())
        for touch, value in adds.items():
            if value:
                parts[event, touch] = (1 - kept[-1]) * value / whole
    return kept, parts


@st.composite
def ledgers(draw, with_parts=True):
    """Draw journeys, their campaigns, and what touchpoints caused of them."""
    lengths = draw(st.lists(st.integers(1, 5), min_size=1, max_size=12))
    journey = np.repeat(np.arange(len(lengths)), lengths)
    campaign = draw(
        st.lists(
            st.integers(0, CAMPAIGNS - 1), min_size=len(journey), max_size=len(journey)
        )
    )
    number = st.sampled_from([0.0, 0.0, 0.1, 1.0, 2.0]) if with_parts else st.just(0.0)
    parts = np.array(
        draw(st.lists(number, min_size=len(journey), max_size=len(journey)))
    )
    whole = np.bincount(journey, parts)
    kept = draw(st.sampled_from([0.0, 0.3, 4.0]))
    parts = parts / np.maximum(whole + kept, 1e-9)[journey]
    return journey, np.array(campaign), parts


def some_targets(low: float = 0.0):
    number = st.sampled_from([low, 0.01, 0.5, 2.0, 300.0])
    return st.lists(number, min_size=CAMPAIGNS, max_size=CAMPAIGNS).map(np.array)


# Fitting is slow where a total can hardly be had.
even_weights = st.lists(
    st.sampled_from([0.5, 1.0, 2.0, 8.0]), min_size=CAMPAIGNS, max_size=CAMPAIGNS
).map(np.array)


# Causes


@many
@given(models())
def test_a_conversion_is_caused_by_its_touchpoints_and_by_itself_and_nothing_else(
    model,
):
    design, hazard = model
    causes = find_causes(design, hazard)
    assert causes.parts.min(initial=0) >= 0
    assert causes.baseline_parts.min() >= 0
    whole = np.bincount(
        causes.pairs.point, causes.parts, minlength=len(design.seen.event_user)
    )
    assert whole + causes.baseline_parts == pytest.approx(1, abs=ROUNDING)


@many
@given(models())
def test_parts_are_those_of_the_definition(model):
    design, hazard = model
    causes = find_causes(design, hazard)
    kept, expected = expected_parts(design, hazard, causes)
    assert causes.baseline_parts == pytest.approx(np.array(kept), abs=ROUNDING)
    pairs = zip(causes.pairs.point.tolist(), causes.pairs.touch.tolist(), strict=True)
    found = dict(zip(pairs, causes.parts.tolist(), strict=True))
    assert found.keys() == expected.keys()
    for pair, part in expected.items():
        assert found[pair] == pytest.approx(part, abs=ROUNDING)


@many
@given(models())
def test_nothing_is_caused_by_what_came_later_or_by_the_arrival(model):
    design, hazard = model
    lag = find_causes(design, hazard).pairs.lag
    late = lag < design.seen.arrival
    if design.seen.has_instant_conversions:
        late &= lag != 0
    assert not late.any()


@pytest.mark.parametrize("multiplicative", [False, True])
def test_campaigns_of_a_channel_are_told_apart(multiplicative):
    unit = 200.0 if multiplicative else 1.0
    sellers = [
        Seller(1.0, effect=0.1 * unit, campaigns=(0.5, 1.5)),
        Seller(1.0, effect=0.05 * unit, campaigns=(1.0, 1.0)),
    ]
    wish = 0.3 if multiplicative else 0.1
    shop = simulated_shop(sellers, 10_000, 1, wish=wish, multiplicative=multiplicative)
    design = design_of(shop.seen)
    causes = find_causes(design, fit_hazard(design, 0))
    # Four standard errors of some two hundred conversions.
    assert causes.factors == pytest.approx([0.5, 1.5, 1, 1], abs=0.25)


def test_a_rare_campaign_is_taken_to_do_as_its_channel():
    shop = simulated_shop([Seller(1.0, effect=0.1)], 5_000, 1)
    touches, events = shop.tables.touchpoints, shop.tables.conversions
    names = np.zeros(touches.num_rows, int)
    names[np.random.default_rng(0).choice(len(names), 10, replace=False)] = 1
    touches = touches.set_column(2, "campaign_key", [names])
    tables = shop.tables._replace(touchpoints=touches, conversions=events)
    design = design_of(tables.observations(60))
    causes = find_causes(design, fit_hazard(design, 0))
    # Ten touchpoints bring one conversion, give or take one, beside a belief of five.
    assert causes.factors[1] == pytest.approx(1, abs=0.35)
    assert causes.factors[0] == pytest.approx(1, abs=0.01)


def test_a_channel_does_what_it_does_whatever_its_campaigns_are():
    # Half of the touchpoints are of one campaign that does little; the others are of
    # twenty that do more, each of which has few.
    few = 20
    seller = Seller(1.0, effect=0.1, campaigns=(0.5,) * few + (2.0,) * few)
    tables = simulated_shop([seller], 1_500, 1).tables
    names = np.maximum(tables.touchpoints["campaign_key"].to_numpy(), few - 1)
    touches = tables.touchpoints.set_column(2, "campaign_key", [names])
    design = design_of(tables._replace(touchpoints=touches).observations(60))
    causes = find_causes(design, fit_hazard(design, 0))
    assert causes.factors[0] < 0.8
    assert np.mean(causes.factors[1:]) > 1.2
    campaign = np.searchsorted(causes.campaigns.keys, design.seen.campaign_key)
    # Touchpoints near the end have less time, in some campaigns more than in others.
    assert causes.factors[campaign].mean() == pytest.approx(1, abs=0.03)


# Credit of whole conversions


@many
@given(ledgers(), some_targets())
def test_credit_sums_to_one_for_each_journey_and_is_never_negative(ledger, targets):
    credit = spread(*ledger, targets)
    assert credit.min() >= 0
    assert np.bincount(ledger[0], credit) == pytest.approx(1, abs=ROUNDING)


@many
@given(ledgers(), some_targets())
def test_credit_is_at_least_what_was_caused(ledger, targets):
    assert (spread(*ledger, targets) >= ledger[2] - ROUNDING).all()


@many
@given(ledgers(), some_targets())
def test_the_credit_of_a_single_touchpoint_is_one(ledger, targets):
    alone = np.bincount(ledger[0])[ledger[0]] == 1
    assert (spread(*ledger, targets)[alone] == 1).all()


@many
@given(ledgers(), even_weights, st.floats(0.001, 1000))
def test_totals_that_can_be_had_are_had(ledger, weights, unit):
    journey, campaign, parts = ledger
    share = weights[campaign] / np.bincount(journey, weights[campaign])[journey]
    rest = 1 - np.bincount(journey, parts)
    wanted = np.bincount(campaign, parts + rest[journey] * share, CAMPAIGNS)
    credit = spread(journey, campaign, parts, wanted * unit)
    assert np.bincount(campaign, credit, CAMPAIGNS) == pytest.approx(wanted, abs=FITTED)


@many
@given(ledgers(with_parts=False), some_targets(low=0.1))
def test_campaigns_that_caused_nothing_get_nothing_beside_others(ledger, targets):
    journey, campaign, parts = ledger
    targets[:2] = 0.0
    idle = targets[campaign] == 0
    beside_others = np.bincount(journey, ~idle)[journey] > 0
    credit = spread(journey, campaign, parts, targets)
    assert (credit[idle & beside_others] == 0).all()


@many
@given(ledgers(), some_targets(), st.floats(0.001, 1000))
def test_the_unit_of_the_targets_does_not_matter(ledger, targets, unit):
    scaled = spread(*ledger, targets * unit)
    assert scaled == pytest.approx(spread(*ledger, targets), abs=FITTED)


@many
@given(ledgers(with_parts=False))
def test_where_nothing_was_caused_at_all_credit_is_equal(ledger):
    journey, campaign, parts = ledger
    credit = spread(journey, campaign, parts, np.zeros(CAMPAIGNS))
    assert credit == pytest.approx(1 / np.bincount(journey)[journey])


def test_where_totals_cannot_be_had_the_rest_keeps_their_proportions():
    # The first campaign caused nothing, but has a journey of its own: two journeys are
    # left for the others, which caused two conversions to one.
    journey, campaign = np.array([0, 1, 1, 2, 2]), np.array([0, 0, 1, 1, 2])
    credit = spread(journey, campaign, np.zeros(5), np.array([0.0, 2.0, 1.0]))
    assert credit == pytest.approx([1, 0, 1, 1 / 3, 2 / 3], abs=FITTED)


def test_where_totals_cannot_be_had_nothing_goes_wrong():
    # Both campaigns are alone, and so they get a journey each.
    journey = campaign = np.array([0, 1])
    for targets in ([1.0, 1e9], [0.0, 1.0], [1e-300, 1.0], [0.0, 0.0]):
        credit = spread(journey, campaign, np.array([0.3, 1.0]), np.array(targets))
        assert credit.tolist() == [1, 1]


def test_without_journeys_there_is_no_credit():
    nothing = np.zeros(0, np.int64)
    assert len(spread(nothing, nothing, np.zeros(0), np.array([1.0]))) == 0


@pytest.mark.parametrize("multiplicative", [False, True])
def test_the_ledger_of_a_fitted_model_comes_near_to_what_was_caused(multiplicative):
    unit = 200.0 if multiplicative else 1.0
    sellers = [
        Seller(1.5, effect=0.1 * unit),
        Seller(1.5, effect=0.05 * unit, campaigns=(0.5, 1.5)),
        Seller(1.5, effect=0.07 * unit, days=4.0),
    ]
    shop = simulated_shop(sellers, 4_000, 1, multiplicative=multiplicative)
    design = design_of(shop.seen)
    causes = find_causes(design, fit_hazard(design, 0))
    journeys: Journeys = journeys_of(shop.seen)
    credit = ledger_credit(design, causes, journeys)
    assert np.bincount(journeys.journey, credit) == pytest.approx(1, abs=ROUNDING)
    campaign = design.seen.campaign_key
    given_away = np.bincount(campaign[journeys.touch], credit)
    caused = np.bincount(campaign[causes.pairs.touch], causes.parts)
    shares = given_away / given_away.sum(), caused / caused.sum()
    assert np.abs(shares[0] - shares[1]).max() < 0.01
