"""How near the hazard comes to the truth, beside rules that learn nothing."""

import numpy as np
import pytest

from attribution_truth import (
    distance,
    journeys_of,
    least_distance,
    rule_credits,
    shop_of_world,
)
from hazard_shops import (
    INTENT,
    Event,
    Seller,
    Shop,
    Touch,
    design_of,
    observed,
    simulated_shop,
)
from sizes import sized
from touchledger.hazard.credit import find_causes
from touchledger.hazard.model import fit_hazard

SEED = 1
# Few of them leave the hazard a fifth as far off as the best rule, and not a third.
USERS = sized(12_000, 40_000)
# What the best rule is off by, the hazard may be off by a third of.
PART = 1 / 3

SELLERS = (
    Seller(0.5, effect=0.06, days=1.5),
    Seller(0.5, effect=0.03, days=4.0, intent_share=0.5),
    Seller(0.6, intent_share=0.9),
    Seller(0.4, effect=0.04, days=7.0, campaigns=(0.5, 1.5)),
    Seller(0.7),
)


def distances(shop: Shop) -> dict[str, tuple[float, float]]:
    """Give the distance of the best rule and of the hazard, by channel and campaign."""
    design = design_of(shop.seen)
    causes = find_causes(design, fit_hazard(design, SEED))
    journeys = journeys_of(shop.seen)
    found = {}
    for name in ("channel", "campaign_key"):
        key = getattr(shop.seen, name)
        keys = int(key.max()) + 1
        truth = shop.caused(key, keys)
        best = min(
            distance(np.bincount(key[journeys.touch], credit, keys), truth)
            for credit in rule_credits(journeys).values()
        )
        caused = np.bincount(key[causes.pairs.touch], causes.parts, keys)
        found[name] = best, distance(caused, truth)
    return found


@pytest.mark.parametrize("name", ["steady", "bursts", "multiplicative", "saturation"])
def test_the_hazard_is_a_third_as_far_from_the_truth_as_the_best_rule(name):
    for best, ours in distances(shop_of_world(name, USERS, SEED)).values():
        assert ours <= PART * best


def test_a_world_without_effects_is_left_to_the_baseline():
    shop = shop_of_world("no_effect", USERS, SEED)
    assert (shop.cause == INTENT).all()
    design = design_of(shop.seen)
    causes = find_causes(design, fit_hazard(design, SEED))
    assert causes.baseline_parts.mean() > 0.9


@pytest.mark.parametrize("in_bursts", [False, True])
def test_the_hazard_beats_every_rule_where_converted_users_are_not_observed(in_bursts):
    shop = simulated_shop(SELLERS, USERS, SEED, until_first=True, in_bursts=in_bursts)
    assert not shop.seen.is_observed_after_event
    for best, ours in distances(shop).values():
        assert ours < best


def test_the_hazard_beats_every_rule_where_touchpoints_cause_at_their_instant():
    shop = simulated_shop(SELLERS, USERS, SEED, at_once=True)
    assert shop.seen.has_instant_conversions
    for best, ours in distances(shop).values():
        assert ours < best


# The yardsticks


def test_journeys_are_the_touchpoints_of_thirty_days_since_the_last_conversion():
    touches = [Touch(0, 0.0), Touch(0, 5.0), Touch(0, 20.0), Touch(0, 33.0)]
    touches += [Touch(1, 2.0), Touch(2, 31.0), Touch(2, 32.5)]
    events = [Event(0, 20.0), Event(0, 34.0), Event(1, 33.0), Event(2, 32.0)]
    seen = observed(touches, events)
    journeys = journeys_of(seen)
    # The touchpoint at the instant of a conversion belongs to it; the fifth is too old.
    assert journeys.touch.tolist() == [0, 1, 2, 3, 5]
    assert journeys.conversion.tolist() == [0, 0, 0, 1, 3]
    assert journeys.journey.tolist() == [0, 0, 0, 1, 2]
    assert journeys.lag.tolist() == [20, 15, 0, 1, 1]


def test_rules_share_journeys_out_as_they_say():
    touches = [Touch(0, day) for day in (0.0, 7.0, 14.0)]
    touches += [Touch(1, day) for day in (0.0, 7.0)] + [Touch(2, 1.0)]
    events = [Event(0, 14.0), Event(1, 7.0), Event(2, 7.0)]
    credits = rule_credits(journeys_of(observed(touches, events)))
    thirds, sevenths, halves = [1 / 3] * 3, [1 / 7, 2 / 7, 4 / 7], [1 / 2, 1 / 2]
    assert {name: credit.tolist() for name, credit in credits.items()} == {
        "first touch": [1, 0, 0, 1, 0, 1],
        "last touch": [0, 0, 1, 0, 1, 1],
        "linear": pytest.approx([*thirds, *halves, 1]),
        "time decay": pytest.approx([*sevenths, 1 / 3, 2 / 3, 1]),
        "40/20/40": pytest.approx([0.4, 0.2, 0.4, *halves, 1]),
    }


@pytest.mark.parametrize(
    ("sets", "truth", "expected"),
    [
        # All that was caused can be given back.
        (["ab", "ab"], [1, 1], 0),
        # Half of the journeys hold nothing that caused anything.
        (["a", "b"], [0, 7], 1 / 2),
        (["a", "ab", "b"], [1, 1], 0),
        # Two thirds are b's, which caused a quarter.
        (["ab", "b", "b"], [3, 1], 2 / 3 - 1 / 4),
        # Together a and b hold all journeys, and caused half.
        (["a", "ab", "b"], [1, 1, 2], 1 / 2),
    ],
)
def test_the_least_distance_is_what_no_ledger_can_undo(sets, truth, expected):
    journey = np.repeat(np.arange(len(sets)), [len(held) for held in sets])
    channel = np.array(["abc".index(letter) for held in sets for letter in held])
    found = least_distance(journey, channel, np.array(truth, float))
    assert found == pytest.approx(expected)
