"""Networks read journeys as their formulas say, and explain them exactly."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import combinations, permutations
from math import factorial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import touchledger.networks.applied as applied_module
import touchledger.networks.journeys as journeys_module
from network_worlds import (
    SHAPE,
    drawn_journeys,
    made_journeys,
    network,
    of_channels,
    small,
    without,
)
from touchledger.networks.applied import AppliedNetwork
from touchledger.networks.coalitions import ShapleyValues
from touchledger.networks.journeys import Journeys
from touchledger.networks.network import JourneyNetwork
from touchledger.networks.players import Players
from touchledger.networks.runtime import keras
from touchledger.networks.settings import PRESETS

# Numbers of 32 bits, by operations that go another way at another width.
ROUNDING = 2e-6
# Sums of a few numbers of 64 bits.
SUMS = 1e-12

Floats = NDArray[np.float64]
LENGTHS = [3, 1, 5, 2, 5, 4, 1]


@pytest.fixture(scope="module", autouse=True)
def two_lengths() -> Iterator[None]:
    """Pad journeys to two lengths: each that is traced takes time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journeys_module, "_FEW_LENGTHS", (2,))
        yield


@pytest.fixture(scope="module", params=PRESETS)
def preset(request: pytest.FixtureRequest) -> AppliedNetwork:
    """Give a network of each kind, traced once for all tests that use it."""
    return AppliedNetwork(network(small(request.param)))


@pytest.fixture(scope="module")
def additive() -> AppliedNetwork:
    """Give a network of the default kind with arrivals of up to half a day."""
    shape = replace(SHAPE, arrival_days=0.5)
    return AppliedNetwork(network(small("touchledger"), shape))


def read(model: JourneyNetwork, journeys: Journeys, length: int) -> tuple[Any, Any]:
    """Give log-odds and attention of journeys that are padded to a length."""
    found = model(journeys.padded(np.arange(len(journeys)), length))
    return np.asarray(found["log_odds"]), np.asarray(found["attention"])


def values_of(
    applied: AppliedNetwork, journeys: Journeys, exact_up_to: int = 9, seed: int = 7
) -> ShapleyValues:
    return applied.touchpoint_values(
        journeys,
        exact_up_to=exact_up_to,
        permutations=8,
        seed=seed,
        on_games=lambda done: None,
    )


def read_by(applied: AppliedNetwork, journeys: Journeys) -> Journeys:
    """Lay journeys out as a network reads them."""
    settings = applied.network.settings
    if settings.steps == "days":
        return Players.days(journeys, settings.days, settings.has_profile).journeys
    return journeys


def of_each(journeys: Journeys, of_steps: Floats) -> list[Floats]:
    return np.split(of_steps, np.cumsum(journeys.lengths)[:-1])


# Padding


def test_attention_is_a_share_of_the_steps_that_are_there(
    preset: AppliedNetwork,
) -> None:
    journeys = drawn_journeys(LENGTHS)
    _, attention = read(preset.network, journeys, 8)
    there = np.arange(8)[:, None] < journeys.lengths
    assert not attention[~there].any()
    assert (attention[there] >= 0).all()
    assert attention.sum(axis=0) == pytest.approx(np.ones(len(LENGTHS)), abs=ROUNDING)
    sums = [steps.sum() for steps in of_each(journeys, preset.attention(journeys))]
    assert sums == pytest.approx(np.ones(len(LENGTHS)), abs=SUMS)


def test_an_equal_journey_has_the_same_log_odds_and_attention_at_any_padding(
    preset: AppliedNetwork,
) -> None:
    journeys = drawn_journeys(LENGTHS)
    odds, attention = read(preset.network, journeys, 5)
    for length in (6, 11):
        padded_odds, padded = read(preset.network, journeys, length)
        assert padded_odds == pytest.approx(odds, abs=ROUNDING)
        assert padded[:5] == pytest.approx(attention, abs=ROUNDING)


def test_an_equal_journey_has_the_same_log_odds_and_attention_in_any_batch(
    preset: AppliedNetwork,
) -> None:
    journeys = drawn_journeys(LENGTHS)
    odds = preset.log_odds(journeys)
    attention = of_each(journeys, preset.attention(journeys))
    order = np.array([6, 2, 0, 2, 5, 1, 4, 3])
    moved = journeys.taken(order)
    assert preset.log_odds(moved) == pytest.approx(odds[order], abs=ROUNDING)
    for place, steps in zip(
        order, of_each(moved, preset.attention(moved)), strict=True
    ):
        assert steps == pytest.approx(attention[place], abs=ROUNDING)
    for place in range(len(journeys)):
        alone = journeys.taken(np.array([place]))
        assert preset.log_odds(alone) == pytest.approx(odds[[place]], abs=ROUNDING)
        assert preset.attention(alone) == pytest.approx(attention[place], abs=ROUNDING)


def test_the_same_batch_gives_the_same_bits(preset: AppliedNetwork) -> None:
    journeys = drawn_journeys(LENGTHS)
    fresh = AppliedNetwork(preset.network)
    assert (fresh.log_odds(journeys) == preset.log_odds(journeys)).all()
    assert (fresh.attention(journeys) == preset.attention(journeys)).all()


def test_what_lies_in_padding_changes_no_bit(preset: AppliedNetwork) -> None:
    journeys = drawn_journeys(LENGTHS)
    batch = journeys.padded(np.arange(len(journeys)), 6)
    expected = preset.network(batch)
    for name in ("categories", "numbers", "ages", "exposures"):
        # Padding comes last, so it can't be older than what is there.
        filling = 0 if name == "ages" else 1
        batch[name][np.arange(6)[:, None] >= journeys.lengths] = filling
    found = preset.network(batch)
    for name in ("log_odds", "attention"):
        assert (np.asarray(found[name]) == np.asarray(expected[name])).all()


def test_every_input_matters(preset: AppliedNetwork) -> None:
    # Else the tests of sameness would hold for a network that reads nothing.
    journeys = drawn_journeys([4])
    odds = preset.log_odds(journeys)
    settings = preset.network.settings
    names = {"categories", "numbers"}
    names |= {"exposures", "ages"} if settings.head == "odds" else {"ages"}
    names |= {"attributes", "attribute_numbers"} if settings.has_profile else set()
    for name in sorted(names):
        old = getattr(journeys, name)
        other = (old + 1) % 5 if old.dtype.kind == "i" else old + 1
        changed = preset.log_odds(replace(journeys, **{name: other.astype(old.dtype)}))
        assert abs(changed - odds) > 1e-4, name


# A network whose numbers are worked by hand

BASELINE = -1.5
EXPOSURE = np.array([0.03, -0.02, 0.05])
EMBEDDED = np.array([[0.5, -1.0], [1.0, 0.2], [-0.7, 0.9]])
SCORING = np.array([1.5, -0.8])
SCORE_BIAS = -0.4
EFFECT = np.array([0.04, -0.03, 0.02])
RATES = np.array([0.1, 0.3, 0.6])


def inverse_softplus(values: Floats) -> Floats:
    return np.log(np.expm1(values))


@pytest.fixture(scope="module")
def by_hand() -> AppliedNetwork:
    """Give a network with weights set by hand.

    Its LSTM forgets all, and its gates are open: h = tanh(tanh(embedding)), whatever
    came before. So each touchpoint's part is known by its channel and its age.
    """
    settings = small("touchledger", embedding=2, units=2, has_profile=False)
    made = network(settings, of_channels(made_journeys([[(3, 0.0)]])))
    zeros = np.zeros((2, 2))
    made.embedding.set_weights([EMBEDDED])
    made.numbers.set_weights([np.zeros((3, 2)), np.zeros(2)])
    [[lstm]] = made.readers
    lstm.set_weights(
        [
            np.concatenate([zeros, zeros, np.eye(2), zeros], axis=1),
            np.zeros((2, 8)),
            # Of gates for input, forgetting, candidate, output.
            np.repeat([100.0, -100.0, 0.0, 100.0], 2),
        ]
    )
    made.hidden.set_weights([np.eye(2), np.zeros(2)])
    made.score.set_weights([SCORING[:, None], np.array([SCORE_BIAS])])
    # The layer's own lowest rate is that of a half-life of 14 days.
    rates = inverse_softplus(RATES - np.log(2) / 14)
    made.decay.set_weights([np.array([0.0, *rates])])
    made.exposure.set_weights([EXPOSURE[:, None]])
    made.arrival.set_weights([np.zeros((3, 1))])
    made.effect.set_weights([EFFECT[:, None]])
    made.bias.assign([BASELINE])
    return AppliedNetwork(made)


TOUCHES = [
    [(1, 9.0), (2, 4.0)],
    [(2, 1.0)],
    [(3, 8.0), (1, 5.0), (1, 0.5)],
    [(1, 20.0), (2, 3.0), (3, 2.0), (2, 0.1)],
]


def parts(touches: list[tuple[int, float]]) -> tuple[float, Floats]:
    """Give the odds of the baseline, and those that each touchpoint adds."""
    states = np.tanh(np.tanh(np.tanh(EMBEDDED)))
    scores = states @ SCORING + SCORE_BIAS + 10 * EFFECT
    channels = np.array([channel - 1 for channel, _ in touches])
    ages = np.array([age for _, age in touches])
    baseline = BASELINE
    for channel in range(3):
        # log2((1 + k) / k) for the k-th touchpoint sums to log2(1 + touchpoints).
        count = (channels == channel).sum()
        baseline += 10 * EXPOSURE[channel] * np.log2(1 + count)
    return float(np.exp(baseline)), np.exp(scores[channels] - RATES[channels] * ages)


def test_log_odds_are_those_of_the_formula(by_hand: AppliedNetwork) -> None:
    expected = [np.log(base + added.sum()) for base, added in map(parts, TOUCHES)]
    found = by_hand.log_odds(made_journeys(TOUCHES))
    assert found == pytest.approx(expected, abs=ROUNDING)


def test_attention_is_the_share_of_the_odds_that_touchpoints_add(
    by_hand: AppliedNetwork,
) -> None:
    journeys = made_journeys(TOUCHES)
    found = of_each(journeys, by_hand.attention(journeys))
    for touches, shares in zip(TOUCHES, found, strict=True):
        _, added = parts(touches)
        assert shares == pytest.approx(added / added.sum(), abs=ROUNDING)


def probability(odds: float) -> float:
    return odds / (1 + odds)


def test_two_touchpoints_have_the_shapley_values_of_the_formula(
    by_hand: AppliedNetwork,
) -> None:
    base, (first, second) = parts(TOUCHES[0])
    alone = (
        probability(base + first) - probability(base),
        probability(base + second) - probability(base),
    )
    whole = probability(base + first + second) - probability(base)
    expected = [
        (alone[0] + whole - alone[1]) / 2,
        (alone[1] + whole - alone[0]) / 2,
    ]
    found = values_of(by_hand, made_journeys(TOUCHES[:1]))
    assert found.values == pytest.approx(expected, abs=ROUNDING)


def orders(count: int) -> Iterator[tuple[int, ...]]:
    return permutations(range(count))


def test_shapley_values_are_the_mean_gain_over_all_orders(
    by_hand: AppliedNetwork,
) -> None:
    journeys = made_journeys(TOUCHES)
    found = of_each(journeys, values_of(by_hand, journeys).values)
    for touches, values in zip(TOUCHES, found, strict=True):
        base, added = parts(touches)
        gains = np.zeros(len(touches))
        for order in orders(len(touches)):
            odds = base
            for touch in order:
                gains[touch] += probability(odds + added[touch]) - probability(odds)
                odds += added[touch]
        expected = gains / factorial(len(touches))
        assert values == pytest.approx(expected, abs=ROUNDING)


# Shapley values of any network


@pytest.mark.parametrize("exact_up_to", [9, 2])
def test_shapley_values_sum_to_what_the_journey_adds_to_nothing(
    preset: AppliedNetwork, exact_up_to: int
) -> None:
    journeys = read_by(preset, drawn_journeys(LENGTHS))
    found = values_of(preset, journeys, exact_up_to)
    players = journeys.lengths
    every = np.arange(len(journeys))
    longest = int(journeys.lengths.max())
    context = preset.network.context(journeys.padded(every, longest))
    odds = np.asarray(preset.network.without_steps(context), np.float64)
    if preset.network.settings.steps == "days":
        # A player is a category of a day; the days themselves stay.
        of_day = (journeys.categories > 0).sum(axis=1)
        players = np.add.reduceat(of_day, journeys.starts[:-1])
        nobody = np.zeros_like(journeys.categories)
        odds = preset.log_odds(replace(journeys, categories=nobody))
    sums = [part.sum() for part in np.split(found.values, np.cumsum(players)[:-1])]
    assert sums == pytest.approx((found.full - found.empty).tolist(), abs=SUMS)
    assert found.full == pytest.approx(preset.probabilities(journeys), abs=ROUNDING)
    assert found.empty == pytest.approx(1 / (1 + np.exp(-odds)), abs=ROUNDING)
    assert bool(found.standard_errors.any()) == (exact_up_to < players.max())


def test_equal_coalitions_computed_once_are_worth_what_each_is(
    by_hand: AppliedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = [(1, 1.0)] * 3 + [(2, 1.0)] * 2, [(2, 1.0)] * 4
    journeys = made_journeys([one, other, one])
    computed = []
    equal = applied_module.equal_journeys

    def counted(hashes: Any) -> tuple[Any, Any]:
        first, of = equal(hashes)
        computed.append((len(hashes), len(first)))
        return first, of

    monkeypatch.setattr(applied_module, "equal_journeys", counted)
    once = values_of(by_hand, journeys)
    # The third is the first. Of the first, 4 times 3 coalitions differ; of the
    # second, 5.
    assert computed[0] == (3, 2)
    assert np.sum(computed[1:], axis=0).tolist() == [2**5 + 2**4, 4 * 3 + 5]
    monkeypatch.setattr(
        applied_module,
        "equal_journeys",
        lambda hashes: (np.arange(len(hashes)),) * 2,
    )
    each = values_of(by_hand, journeys)
    assert each.values == pytest.approx(once.values, abs=ROUNDING)
    assert each.full == pytest.approx(once.full, abs=ROUNDING)


@pytest.mark.parametrize("name", ["touchledger", "dnamta"])
def test_numbers_of_users_start_without_any_effect(name: str) -> None:
    made = JourneyNetwork(small(name).to_dict(), asdict(SHAPE), 7)
    journeys = drawn_journeys(LENGTHS)
    others = replace(journeys, attribute_numbers=journeys.attribute_numbers + 3)
    one, other = (AppliedNetwork(made).log_odds(of) for of in (journeys, others))
    assert (one == other).all()


def test_orders_are_drawn_by_the_seed(preset: AppliedNetwork) -> None:
    journeys = read_by(preset, drawn_journeys([5, 4]))
    drawn, again, other = (
        values_of(preset, journeys, exact_up_to=2, seed=seed) for seed in (7, 7, 8)
    )
    assert (drawn.values == again.values).all()
    assert (drawn.values != other.values).any()
    exact, with_other_seed = (values_of(preset, journeys, seed=s) for s in (7, 8))
    assert (exact.values == with_other_seed.values).all()


def test_equal_journeys_have_the_same_sampled_values_whoever_else_is_there(
    by_hand: AppliedNetwork,
) -> None:
    one = [(1, 1.0), (2, 1.0), (1, 2.0), (2, 3.0), (3, 1.0)]
    alone = values_of(by_hand, made_journeys([one]), exact_up_to=2)
    assert alone.standard_errors.any()
    others = made_journeys([[(2, 1.0)] * 4, one, [(3, 5.0), *one], one])
    beside = values_of(by_hand, others, exact_up_to=2)
    found = of_each(others, beside.values)
    for values in (found[1], found[3]):
        assert values == pytest.approx(alone.values, abs=ROUNDING)


def test_a_journey_without_steps_has_the_probability_of_its_context(
    preset: AppliedNetwork,
) -> None:
    journeys = read_by(preset, drawn_journeys([2, 3]))
    nothing = journeys.only(np.zeros(len(journeys.ages), bool))
    context = preset.network.context(journeys.padded(np.arange(2), 8))
    if preset.network.settings.head != "odds":
        expected = preset.network.without_steps(context)
        assert preset.log_odds(nothing) == pytest.approx(np.asarray(expected))
    assert np.isfinite(preset.log_odds(nothing)).all()


def test_layers_that_read_both_ways_give_what_keras_gives() -> None:
    made = network(small("td_mta"))
    applied = AppliedNetwork(made)
    journeys = read_by(applied, drawn_journeys([3, 1, 5]))
    batch = journeys.padded(np.arange(3), 8)
    states = made.embedding(batch["categories"]) + made.numbers(
        numbers_of_days(batch["ages"])
    )
    states = np.swapaxes(np.asarray(states), 0, 1)
    for place, layers in enumerate(made.readers):
        is_last = place == len(made.readers) - 1
        units = made.settings.units
        both = keras.layers.Bidirectional(
            keras.layers.LSTM(units, return_sequences=not is_last)
        )
        both.build(states.shape)
        both.set_weights([w for layer in layers for w in layer.get_weights()])
        states = np.asarray(both(states))
    expected = made.joined(states, made.context(batch))
    assert applied.log_odds(journeys) == pytest.approx(
        np.asarray(expected), abs=ROUNDING
    )


def numbers_of_days(ages: Floats) -> Any:
    """Give days their two numbers, of which there are none, the gap and the age."""
    gaps = np.concatenate([np.zeros_like(ages[:1]), ages[:-1] - ages[1:]])
    nothing = np.zeros((*ages.shape, 2), np.float32)
    times = np.log1p(np.stack([gaps, ages], -1))
    return np.concatenate([nothing, times], -1).astype(np.float32)


@pytest.mark.parametrize("name", ["dnamta", "grid_dynamics"])
def test_a_coalition_is_the_journey_without_the_others_gaps_included(
    name: str,
) -> None:
    # Their context is the profile alone, so a journey that lacks a step is a coalition.
    applied = AppliedNetwork(network(small(name)))
    journeys = drawn_journeys([3])
    worth = {
        members: applied.probabilities(
            without(journeys, [i for i in range(3) if i not in members])
        ).item()
        for size in (1, 2, 3)
        for members in combinations(range(3), size)
    }
    found = values_of(applied, journeys)
    worth[()] = float(found.empty[0])
    expected = np.zeros(3)
    for order in orders(3):
        for place, player in enumerate(order):
            before = tuple(sorted(order[:place]))
            after = tuple(sorted(order[: place + 1]))
            expected[player] += (worth[after] - worth[before]) / 6
    assert found.values == pytest.approx(expected, abs=ROUNDING)
    # The gaps that remain are not those of the whole journey.
    kept = without(journeys, [1])
    same_gaps = replace(kept, ages=kept.ages + np.float32([-1.0, 0.0]))
    assert abs(applied.probabilities(kept) - applied.probabilities(same_gaps)) > 1e-5


# Arrivals


def arrivals() -> Journeys:
    """Give journeys that end within the time of an arrival; one has no more."""
    journeys = drawn_journeys([3, 2, 4, 2])
    ages = np.array([9, 2, 0.4, 3, 0.1, 5, 4, 0.5, 0.2, 0.3, 0.3], np.float32)
    return replace(journeys, ages=ages)


def test_an_arrival_has_neither_attention_nor_value(additive: AppliedNetwork) -> None:
    journeys = arrivals()
    is_arrival = journeys.ages <= 0.5
    attention = additive.attention(journeys)
    values = values_of(additive, journeys).values
    others = ~is_arrival
    assert not attention[is_arrival][:-2].any()
    assert (attention[others] > 0).all()
    assert values[is_arrival] == pytest.approx(np.zeros(6), abs=ROUNDING)
    assert (values[others] > 0).all()


def test_a_journey_of_arrivals_alone_shares_its_attention_equally(
    additive: AppliedNetwork,
) -> None:
    last = additive.attention(arrivals())[-2:]
    assert last.tolist() == [0.5, 0.5]


def test_how_a_user_arrived_is_part_of_the_baseline(additive: AppliedNetwork) -> None:
    journeys = arrivals()
    other = journeys.categories.copy()
    is_arrival = journeys.ages <= 0.5
    other[is_arrival, 0] = other[is_arrival, 0] % 7 + 1
    changed = replace(journeys, categories=other)
    empty = values_of(additive, journeys).empty
    assert (np.abs(values_of(additive, changed).empty - empty) > 1e-6).all()
