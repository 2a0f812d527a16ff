"""Networks learn what is there, nothing else, and the same each time."""

import threading
from dataclasses import asdict, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from network_worlds import (
    made_journeys,
    of_channels,
    sequence_tables,
    small,
)
from sizes import only_at_full_size, sized
from snapshot_tables import training_snapshots
from touchledger.log import LOGGER
from touchledger.networks.applied import AppliedNetwork
from touchledger.networks.fitting import TrainingJourneys, _auc, fitted_network
from touchledger.networks.journeys import Journeys
from touchledger.networks.network import JourneyNetwork
from touchledger.networks.relations import SequenceTables
from touchledger.networks.runtime import keras
from touchledger.networks.saved import SavedNetwork
from touchledger.networks.settings import PRESETS, NetworkSettings
from touchledger.networks.training import Epoch, Examples, Learner, train

Floats = NDArray[np.float64]
NETWORKS = {
    "attention_lstm": NetworkSettings(embedding=8, units=8),
    "lstm": NetworkSettings(embedding=8, units=8).without_attention(),
}


def examples(journeys: Journeys, labels: Any, weights: Any = None) -> Examples:
    count = len(journeys)
    return Examples(
        journeys,
        np.asarray(labels, np.float32),
        np.ones(count, np.float32) if weights is None else weights,
    )


def trained(
    settings: NetworkSettings,
    training: Examples,
    validation: Examples,
    seed: int = 7,
    name: str = "attention_lstm",
) -> tuple[JourneyNetwork, list[Epoch]]:
    shape = of_channels(training.journeys, float(np.log(0.2 / 0.8)))
    made = JourneyNetwork(settings.to_dict(), asdict(shape), seed)
    return made, train(name, made, training, validation, seed, _auc)


def taken(whole: Examples, rows: Any) -> Examples:
    rows = np.asarray(rows)
    return Examples(whole.journeys.taken(rows), whole.labels[rows], whole.weights[rows])


def parted(whole: Examples) -> tuple[Examples, Examples, Examples]:
    """Give three fifths to learn from, a fifth to stop by, a fifth to evaluate on."""
    rows = np.split(np.arange(len(whole)), [len(whole) * 3 // 5, len(whole) * 4 // 5])
    return taken(whole, rows[0]), taken(whole, rows[1]), taken(whole, rows[2])


def auc(network: JourneyNetwork, evaluated: Examples) -> float:
    found = _auc(
        AppliedNetwork(network).log_odds(evaluated.journeys), *evaluated.outcomes
    )
    assert found is not None
    return found


# Worlds

Touches = list[list[tuple[int, float]]]


def drawn_touches(random: np.random.Generator, users: int, channels: int) -> Touches:
    """Draw touchpoints of users over 20 days, 1 to 4 each."""
    return [
        sorted(
            (
                (int(random.integers(1, channels + 1)), float(random.uniform(0, 20)))
                for _ in range(random.integers(1, 5))
            ),
            key=lambda touch: -touch[1],
        )
        for _ in range(users)
    ]


def cutoff_at(touches: Touches, days: Floats) -> Touches:
    """See journeys a time after touchpoints that are so long before day 20."""
    return [
        [(channel, age - (20 - day)) for channel, age in journey if age >= 20 - day]
        for journey, day in zip(touches, days, strict=True)
    ]


@cache
def one_channel_world(effect: float = 1.2, users: int = 6_000) -> Examples:
    """Draw a world in which channel 1 alone brings about conversions.

    Each touchpoint of it leads to one with a probability, after a delay of a day or
    two; those who don't convert are seen at moments drawn at random.
    """
    random = np.random.default_rng(11)
    touches = drawn_touches(random, users, channels=3)
    days = random.uniform(0, 20, users)
    labels = np.zeros(users)
    for user, journey in enumerate(touches):
        at = [
            20 - age + random.exponential(1.5)
            for channel, age in journey
            if channel == 1 and random.random() < effect / 2
        ]
        if at and min(at) < 20:
            days[user], labels[user] = min(at), 1
    seen = cutoff_at(touches, days)
    kept = [place for place, journey in enumerate(seen) if journey]
    return examples(made_journeys([seen[place] for place in kept]), labels[kept])


def by_channel(journeys: Journeys, of_steps: Floats) -> Floats:
    shares = np.bincount(journeys.categories[:, 0], of_steps)
    return shares / shares.sum()


def shapley_values(applied: AppliedNetwork, journeys: Journeys) -> Floats:
    return applied.touchpoint_values(
        journeys,
        exact_up_to=4,
        permutations=32,
        seed=7,
        on_games=lambda done: None,
    ).values


def shapley_credit(applied: AppliedNetwork, journeys: Journeys) -> Floats:
    return np.maximum(shapley_values(applied, journeys), 0)


# The same each time


def tiny(seed: int = 3, validation: bool = True) -> tuple[Examples, Examples]:
    random = np.random.default_rng(seed)
    journeys = made_journeys(drawn_touches(random, 300, channels=3))
    whole = examples(journeys, random.random(300) < 0.3)
    rest = np.arange(200, 300) if validation else np.arange(0)
    return taken(whole, np.arange(200)), taken(whole, rest)


def weights_of(network: JourneyNetwork) -> list[bytes]:
    return [weight.tobytes() for weight in network.get_weights()]


@pytest.fixture(scope="module")
def once() -> list[bytes]:
    return weights_of(trained(small("touchledger", epochs=2), *tiny())[0])


def test_the_same_seed_gives_the_same_weights_whatever_else_has_drawn(
    once: list[bytes],
) -> None:
    keras.utils.set_random_seed(99)
    keras.random.uniform((3,))
    np.random.seed(5)
    again, _ = trained(small("touchledger", epochs=2), *tiny())
    assert weights_of(again) == once


def test_another_seed_gives_other_weights(once: list[bytes]) -> None:
    other, _ = trained(small("touchledger", epochs=1), *tiny(), seed=8)
    assert all(
        one != another
        for one, another, weight in zip(
            once, weights_of(other), other.weights, strict=True
        )
        if "bias" not in weight.path
    )


def test_a_network_that_trains_beside_it_changes_no_weight(once: list[bytes]) -> None:
    found: dict[str, list[bytes]] = {}

    def run(name: str, settings: NetworkSettings, seed: int) -> None:
        found[name] = weights_of(trained(settings, *tiny(), seed=seed)[0])

    others = [
        threading.Thread(target=run, args=arguments)
        for arguments in [
            ("same", small("touchledger", epochs=2), 7),
            ("plain", small("touchledger", epochs=2).without_attention(), 7),
        ]
    ]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join()
    assert found["same"] == once
    assert set(found) == {"same", "plain"}


def test_rows_in_another_order_give_the_same_fit_to_the_last_bit() -> None:
    random = np.random.default_rng(4)
    snapshots = {
        key: [
            (int(c), int(c), float(random.random()), bool(random.integers(2)))
            for c in random.integers(1, 3, 1 + key % 3)
        ]
        for key in range(1, 121)
    }
    rows = [
        (key, key, "training" if key <= 90 else "validation", 1.0, key % 3 == 0)
        for key in snapshots
    ]
    profiles = {
        key: {"age": str(20 + key % 7), "city": "ab"[key % 2]} for key in snapshots
    }

    def fit(keys: list[int]) -> list[bytes]:
        tables = sequence_tables(
            {key: snapshots[key] for key in keys},
            profiles={key: profiles[key] for key in keys},
        )
        taken = TrainingJourneys.read(
            training_snapshots([rows[key - 1] for key in keys]),
            tables,
            NetworkSettings(),
        )
        saved = fitted_network("attention_lstm", taken, small("touchledger"), 7, 60.0)
        return weights_of(saved.network)

    keys = list(snapshots)
    assert fit(keys) == fit([int(key) for key in random.permutation(keys)])


@pytest.mark.parametrize("preset", PRESETS)
def test_each_preset_learns_and_comes_back_from_its_file(
    preset: str, tmp_path: Any
) -> None:
    training, validation = tiny()
    settings = small(preset, layers=1) if preset == "td_mta" else small(preset)
    before = JourneyNetwork(
        settings.to_dict(), asdict(of_channels(training.journeys)), 7
    )
    made, history = trained(settings, training, validation)
    assert len(history) == 1
    assert np.isfinite([history[0].loss, history[0].validation_loss]).all()
    moved = [
        (one != other).any()
        for one, other in zip(made.get_weights(), before.get_weights(), strict=True)
    ]
    assert any(moved)
    made.save(tmp_path / "network.keras")
    back = keras.saving.load_model(
        tmp_path / "network.keras", compile=False, safe_mode=True
    )
    assert weights_of(back) == weights_of(made)


@pytest.mark.parametrize("preset", ["grid_dynamics", "dnamta"])
def test_a_network_learns_whatever_parts_and_pace_its_settings_allow(
    preset: str,
) -> None:
    # A time penalty is one of attention, so there is none to move here.
    settings = small(preset, attention="none", has_time_penalty=True, learning_rate=1)
    made, history = trained(settings, *tiny())
    assert np.isfinite(history[0].loss)
    assert not [weight.path for weight in made.weights if "penalty" in weight.path]


# When training ends


def scripted(losses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the validation losses of epochs be those given."""
    left = iter(losses)
    monkeypatch.setattr(Examples, "log_loss", lambda self, odds: next(left))


@pytest.mark.parametrize(
    ("losses", "epochs"),
    [
        ([0.5, 0.5, 0.6], 3),
        ([0.5, 0.6, 0.4, 0.5, 0.3, 0.6], 6),
    ],
)
def test_training_keeps_the_weights_of_its_best_epoch(
    losses: list[float], epochs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = small("touchledger", epochs=6, patience=2)
    training, validation = tiny()
    scripted(losses, monkeypatch)
    made, history = trained(settings, training, validation)
    assert [epoch.validation_loss for epoch in history] == losses[:epochs]
    assert [epoch.epoch for epoch in history] == list(range(1, epochs + 1))
    # Each epoch draws by itself, so a training of fewer goes the same way.
    best = 1 + int(np.argmin(losses))
    scripted(losses, monkeypatch)
    shorter, _ = trained(replace(settings, epochs=best), training, validation)
    assert weights_of(made) == weights_of(shorter)


def test_without_users_to_validate_by_training_ends_early(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level("INFO", logger=LOGGER.name):
        _, history = trained(
            small("touchledger", epochs=9), *tiny(validation=False), name="lstm"
        )
    assert len(history) == 4
    assert {(e.validation_loss, e.validation_auc) for e in history} == {(None, None)}
    said = [record.getMessage() for record in caplog.records]
    assert said[0].startswith("lstm: epoch 1 of at most 4, loss 0.")
    assert all("validation" not in line for line in said)
    assert said[-1].endswith(" journeys/s, 0 s left at most")


# Weights


def test_only_weights_that_say_how_much_something_matters_fade() -> None:
    training, validation = tiny()
    shape = replace(of_channels(training.journeys), categories=9)
    settings = small("touchledger", epochs=1, learning_rate=0.1, weight_decay=1.0)
    made = JourneyNetwork(settings.to_dict(), asdict(shape), 7)
    embedded, rates = (layer.get_weights()[0] for layer in (made.embedding, made.decay))
    train("attention_lstm", made, training, validation, 7, _auc)
    # Rows 4 to 8 are of channels that nobody touched: no gradient moves them.
    faded = made.embedding.get_weights()[0][4:] / embedded[4:]
    assert (np.abs(faded) < 0.9).all()
    assert (made.decay.get_weights()[0][4:] == rates[4:]).all()


def test_a_doubled_weight_is_a_doubled_row_to_the_losses() -> None:
    training, _ = tiny()
    random = np.random.default_rng(1)
    counts = random.integers(1, 4, len(training))
    weighted = replace(training, weights=counts.astype(np.float32))
    repeated = taken(training, np.repeat(np.arange(len(training)), counts))
    made = JourneyNetwork(
        small("touchledger").to_dict(), asdict(of_channels(training.journeys)), 7
    )
    applied = AppliedNetwork(made)
    one, other = (
        rows.log_loss(applied.log_odds(rows.journeys)) for rows in (weighted, repeated)
    )
    assert one == pytest.approx(other, rel=1e-9)
    assert one != pytest.approx(
        training.log_loss(applied.log_odds(training.journeys)), rel=1e-6
    )


@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_a_pass_tells_the_weighted_mean_loss(count: int) -> None:
    whole, _ = tiny()
    one_length = np.flatnonzero(whole.journeys.lengths == 2)[:count]
    weights = np.random.default_rng(2).integers(1, 9, len(whole)).astype(np.float32)
    training = taken(replace(whole, weights=weights), one_length)
    # It hardly learns meanwhile.
    settings = small("touchledger", learning_rate=1e-6)
    made = JourneyNetwork(settings.to_dict(), asdict(of_channels(whole.journeys)), 7)
    before = training.log_loss(AppliedNetwork(made).log_odds(training.journeys))
    found = Learner(made, training).learn(np.random.default_rng(1))
    assert found == pytest.approx(before, rel=1e-4)


def snapshots_of(journeys: int, random: np.random.Generator) -> dict[int, list[Any]]:
    """Draw up to three touchpoints of two channels each."""
    return {
        key: [(int(c), int(c), 0.0, False) for c in random.integers(1, 3, 1 + key % 3)]
        for key in range(1, journeys + 1)
    }


def test_a_network_starts_with_the_odds_of_journeys_as_they_are_weighted() -> None:
    random = np.random.default_rng(3)
    rows = [
        (key, key, "training", 1.0 + 3.0 * (key % 4 > 0), key % 4 == 0)
        for key in range(1, 41)
    ]
    read = TrainingJourneys.read(
        training_snapshots(rows),
        sequence_tables(snapshots_of(40, random)),
        NetworkSettings(),
    )
    # Ten convert; thirty that count four times each don't.
    assert read.shape(60.0).log_odds == pytest.approx(np.log(10 / 120))


@pytest.mark.parametrize(
    ("last_ages", "minutes", "days"),
    [
        ([0.5, 0.5, 0.5], 36.0, 0.025),
        ([0.0, 0.5, 0.5], 36.0, 0.025),
        ([0.0, 0.0, 0.5], 36.0, -1.0),
        ([0.5, 0.5, 0.5], 0.0, -1.0),
    ],
)
def test_touchpoints_at_the_instant_of_most_conversions_are_no_arrivals(
    last_ages: list[float], minutes: float, days: float
) -> None:
    random = np.random.default_rng(3)
    rows = [(key, key, "training", 1.0, key <= 3) for key in range(1, 13)]
    read = TrainingJourneys.read(
        training_snapshots(rows),
        sequence_tables(snapshots_of(12, random)),
        NetworkSettings(),
    )
    ages = read.training.journeys.ages.copy()
    # The others' say nothing.
    ages[read.training.journeys.starts[1:] - 1] = [*last_ages, *[0.0] * 9]
    journeys = replace(read.training.journeys, ages=ages)
    moved = replace(read, training=replace(read.training, journeys=journeys))
    assert moved.arrival_days(minutes) == days


def fitted_to_users(
    tables: SequenceTables, converts: NDArray[np.bool_], **changes: Any
) -> SavedNetwork:
    """Train on the first users, a snapshot each; every fourth one says when to stop."""
    rows = [
        (key, key, "training" if key % 4 else "validation", 1.0, bool(converted))
        for key, converted in enumerate(converts, 1)
    ]
    settings = small("touchledger", epochs=20, **changes)
    read = TrainingJourneys.read(training_snapshots(rows), tables, settings)
    return fitted_network("attention_lstm", read, settings, 7, 60.0)


def evaluated_on(
    saved: SavedNetwork, tables: SequenceTables, converts: NDArray[np.bool_], users: int
) -> tuple[Floats, Examples]:
    """Give the log-odds of the users after the first ones, and what these did."""
    keys = np.arange(users + 1, len(converts) + 1)
    [journeys] = saved.reader.read(tables, keys, keys)
    odds = AppliedNetwork(saved.network).log_odds(journeys)
    return odds, examples(journeys, converts[users:])


def odds_of_rate(converts: NDArray[np.bool_], count: int) -> Floats:
    rate = converts.mean()
    return np.full(count, np.log(rate / (1 - rate)))


def test_attributes_that_do_nothing_cost_little() -> None:
    random = np.random.default_rng(4)
    users, evaluated = 900, 1_500
    snapshots = snapshots_of(users + evaluated, random)
    converts = random.random(users + evaluated) < 0.2
    profiles = {
        key: {**{f"x{i}": f"{random.normal():.4f}" for i in range(3)}, "age": "30"}
        for key in snapshots
    }
    tables = sequence_tables(snapshots, profiles=profiles)
    saved = fitted_to_users(tables, converts[:users], units=8, embedding=8)
    odds, others = evaluated_on(saved, tables, converts, users)
    base = odds_of_rate(converts[:users], evaluated)
    assert others.log_loss(odds) < others.log_loss(base) + 0.01

    # Nobody was of another age, so nothing is known of it.
    older = sequence_tables(
        snapshots, profiles={key: {**of, "age": "45"} for key, of in profiles.items()}
    )
    odds_of_older, _ = evaluated_on(saved, older, converts, users)
    assert (odds_of_older == odds).all()


def test_an_attribute_that_works_is_learned() -> None:
    random = np.random.default_rng(6)
    users = 1_500
    snapshots = snapshots_of(2 * users, random)
    wealth = random.normal(size=2 * users)
    converts = random.random(2 * users) < expit(-1.5 + 1.0 * wealth)
    tables = sequence_tables(
        snapshots,
        profiles={key: {"wealth": f"{wealth[key - 1]:.4f}"} for key in snapshots},
    )
    saved = fitted_to_users(tables, converts[:users])
    odds, others = evaluated_on(saved, tables, converts, users)
    found, best, base = map(
        others.log_loss, (odds, -1.5 + wealth[users:], odds_of_rate(converts, users))
    )
    assert base - found > 0.8 * (base - best)


def test_weights_calibrate_probabilities_as_repeated_rows_do() -> None:
    random = np.random.default_rng(8)
    journeys = made_journeys([[(1, 1.0)], [(2, 1.0)]] * 400)
    labels = (random.random(800) < 0.5).astype(np.float64)
    # One in two converts; of each other one four were there.
    weights = np.where(labels > 0, 1.0, 4.0).astype(np.float32)
    weighted = examples(journeys, labels, weights)
    rows = np.repeat(np.arange(800), weights.astype(int))
    repeated = taken(examples(journeys, labels), rows)
    settings = replace(NETWORKS["attention_lstm"], epochs=8)
    probabilities = []
    for whole in (weighted, repeated):
        made, _ = trained(settings, whole, whole)
        probabilities.append(
            AppliedNetwork(made).probabilities(journeys.taken(np.arange(2)))
        )
    rate = np.average(labels, weights=weights)
    for found in probabilities:
        # Four standard errors of a rate of a fifth among 400 and more.
        assert found == pytest.approx([rate, rate], abs=0.08)


# What is there


@pytest.fixture(scope="module")
def of_one_channel() -> tuple[AppliedNetwork, Examples]:
    training, validation, test = parted(one_channel_world())
    made, _ = trained(NETWORKS["attention_lstm"], training, validation)
    return AppliedNetwork(made), test


def test_the_channel_that_works_earns_the_attention_and_the_shapley_values(
    of_one_channel: tuple[AppliedNetwork, Examples],
) -> None:
    applied, test = of_one_channel
    converting = test.journeys.taken(np.flatnonzero(test.labels))
    counts = by_channel(converting, np.ones(len(converting.ages)))
    attention = by_channel(converting, applied.attention(converting))
    values = by_channel(converting, shapley_credit(applied, converting))
    # Its share of the touchpoints would not do.
    assert counts[1] < 0.75
    assert attention[1] > 0.8
    assert values[1] > 0.8
    assert auc(applied.network, test) > 0.7


@pytest.mark.parametrize("name", NETWORKS)
def test_where_nothing_works_nothing_is_predicted(name: str) -> None:
    random = np.random.default_rng(21)

    def drawn(users: int) -> Examples:
        touches = drawn_touches(random, users, channels=4)
        return examples(made_journeys(touches), random.random(users) < 0.2)

    made, _ = trained(NETWORKS[name], drawn(3_000), drawn(1_000), name=name)
    # Four standard errors of the AUC of 2,000 converting journeys and 8,000 others.
    assert auc(made, drawn(10_000)) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("preset", ["touchledger", *sized((), ("dnamta",))])
def test_one_promo_code_earns_most_beside_a_hundred_awareness_touchpoints(
    preset: str,
) -> None:
    random = np.random.default_rng(31)
    users, rate = 1_500, 0.3
    labels = (random.random(users) < rate).astype(float)
    touches = []
    for converts in labels:
        journey = [(1, float(age)) for age in random.uniform(0, 20, 100)]
        # Codes that convert do so within days; as many were sent whenever.
        if converts:
            journey.append((2, float(random.exponential(1.0))))
        elif random.random() < 0.4:
            journey.append((2, float(random.uniform(0, 20))))
        touches.append(sorted(journey, key=lambda touch: -touch[1]))
    training, validation, test = parted(examples(made_journeys(touches), labels))
    settings = small(preset, units=8, embedding=8, epochs=6, learning_rate=0.01)
    made, _ = trained(settings, training, validation)
    applied = AppliedNetwork(made)
    converting = test.journeys.taken(np.flatnonzero(test.labels)[:5])
    attention = by_channel(converting, applied.attention(converting))
    assert attention[2] > 0.5
    values = applied.touchpoint_values(
        converting,
        exact_up_to=4,
        permutations=4,
        seed=7,
        on_games=lambda done: None,
    )
    credit = by_channel(converting, np.maximum(values.values, 0))
    assert credit[2] > 0.5


@pytest.mark.parametrize("preset", ["td_mta", "dnamta"])
def test_a_promo_code_that_always_converts_beside_awareness_that_seldom_does(
    preset: str,
) -> None:
    # A touchpoint each, a hundred of awareness to a code; 1 % of awareness converts.
    users = 101 * 100
    order = np.random.default_rng(37).permutation(users)
    channel = np.where(order < 100, 2, 1)
    labels = (order < 200).astype(float)
    journeys = made_journeys([[(one, 0.0)] for one in channel])
    training, validation, test = parted(examples(journeys, labels))
    settings = small(preset, units=8, embedding=8, epochs=8, learning_rate=0.02)
    made, _ = trained(settings, training, validation)
    values = shapley_values(AppliedNetwork(made), test.journeys)
    code, awareness = (values[test.journeys.categories[:, 0] == one] for one in (2, 1))
    assert code.min() > 0.75
    # What comes of no touchpoint at all has never been seen, but is no sure sale.
    assert np.abs(awareness).max() < 0.2


@pytest.mark.parametrize("preset", sized(["touchledger"], PRESETS))
def test_channels_that_convert_alike_earn_alike_however_seldom_they_are(
    preset: str,
) -> None:
    # A touchpoint each, 39 of the first channel to one of the third.
    random = np.random.default_rng(43)
    users = 12_000
    channel = random.choice([1, 2, 3], users, p=[0.78, 0.2, 0.02])
    labels = (random.random(users) < 0.2).astype(float)
    journeys = made_journeys([[(one, random.uniform(0, 20))] for one in channel])
    training, validation, test = parted(examples(journeys, labels))
    settings = small(preset, units=8, embedding=8, epochs=8, learning_rate=0.005)
    made, _ = trained(settings, training, validation)
    probability = AppliedNetwork(made).probabilities(test.journeys)
    means = [
        probability[test.journeys.categories[:, 0] == one].mean() for one in (1, 2, 3)
    ]
    # Three standard errors of the rate of 144 training users of the third.
    assert means == pytest.approx([0.2, 0.2, 0.2], abs=0.1)


@only_at_full_size("it takes minutes")
def test_rare_promo_codes_that_do_nothing_earn_nothing_much() -> None:
    random = np.random.default_rng(41)
    users = 4_000
    labels = (random.random(users) < 0.3).astype(float)
    touches = []
    for converts in labels:
        scale = 1.0 if converts else 8.0
        ages = [random.exponential(scale), *random.uniform(0, 20, random.integers(3))]
        journey = [(1, float(age)) for age in ages]
        if random.random() < 0.1:
            journey.append((2, float(random.uniform(0, 20))))
        touches.append(sorted(journey, key=lambda touch: -touch[1]))
    training, validation, test = parted(examples(made_journeys(touches), labels))
    made, _ = trained(NETWORKS["attention_lstm"], training, validation)
    applied = AppliedNetwork(made)
    converting = test.journeys.taken(np.flatnonzero(test.labels))
    attention = by_channel(converting, applied.attention(converting))
    values = by_channel(converting, shapley_credit(applied, converting))
    touched = by_channel(converting, np.ones(len(converting.ages)))
    # No more than they would get by being there.
    assert 0.03 < touched[2] < 0.07
    assert attention[2] < touched[2]
    assert values[2] < touched[2]


# Order


def by_counts(training: Examples, test: Examples) -> float:
    """Give the AUC of a logistic regression over counts of channels."""

    def counts(journeys: Journeys) -> Floats:
        found = np.zeros((len(journeys), 4))
        of = np.repeat(np.arange(len(journeys)), journeys.lengths)
        np.add.at(found, (of, journeys.categories[:, 0]), 1)
        return np.column_stack([found, found > 0])

    model = LogisticRegression(max_iter=1000)
    model.fit(counts(training.journeys), training.labels)
    found = _auc(model.decision_function(counts(test.journeys)), *test.outcomes)
    assert found is not None
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_see_the_order_that_counts_do_not(name: str) -> None:
    # Each journey has one touchpoint of 1, one of 2 and some of 3, at random times.
    random = np.random.default_rng(51)
    touches = []
    for _ in range(3_000):
        channels = [1, 2] + [3] * int(random.integers(0, 3))
        ages = random.uniform(0, 20, len(channels))
        touches.append(
            sorted(
                zip(channels, ages.tolist(), strict=True), key=lambda touch: -touch[1]
            )
        )
    places = [[channel for channel, _ in journey] for journey in touches]
    works = np.array([of.index(1) < of.index(2) for of in places])
    labels = random.random(3_000) < np.where(works, 0.6, 0.1)
    training, validation, test = parted(examples(made_journeys(touches), labels))
    made, _ = trained(NETWORKS[name], training, validation, name=name)
    # What works and what doesn't tells 600 journeys apart with an AUC of 0.77, give or
    # take 0.02; counts are the same in both.
    assert auc(made, test) > by_counts(training, test) + 0.1


def reordered(journeys: Journeys, random: np.random.Generator) -> Journeys:
    """Put the channels of each journey into another order; times stay."""
    channels = journeys.categories[:, 0].copy()
    parts = np.split(channels, journeys.starts[1:-1])
    shuffled = [random.permutation(part) for part in parts]
    ages = np.split(journeys.ages, journeys.starts[1:-1])
    return made_journeys(
        [
            list(zip(part.tolist(), of.tolist(), strict=True))
            for part, of in zip(shuffled, ages, strict=True)
        ]
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_where_order_does_not_matter_networks_invent_none(name: str) -> None:
    random = np.random.default_rng(61)
    touches = drawn_touches(random, 5_000, channels=3)
    counts = np.array([[c for c, _ in journey].count(1) for journey in touches])
    labels = random.random(5_000) < expit(-2 + counts)
    training, validation, test = parted(examples(made_journeys(touches), labels))
    made, _ = trained(NETWORKS[name], training, validation, name=name)
    applied = AppliedNetwork(made)
    other = reordered(test.journeys, random)
    assert (other.categories != test.journeys.categories).any()
    before, after = (
        test.log_loss(applied.log_odds(journeys)) for journeys in (test.journeys, other)
    )
    rate = np.full(len(test), np.log(test.labels.mean() / (1 - test.labels.mean())))
    learned = test.log_loss(rate) - before
    # A tenth of what the network knows at all.
    assert learned > 0.02
    assert abs(after - before) < learned / 10
