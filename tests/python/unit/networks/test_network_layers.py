"""The layers of networks do what Keras's own do, and come back from its files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from network_worlds import drawn_journeys, network, small
from touchledger.networks.layers import (
    DecayRate,
    EmbeddingBag,
    JourneyLSTM,
    entries_by_row,
)
from touchledger.networks.runtime import keras, tf
from touchledger.networks.settings import PRESETS

# Numbers of 32 bits, summed in another order: a few times 1e-7 of the largest.
ROUNDING = 2e-6
INPUTS, UNITS, JOURNEYS = 3, 4, 5


def drawn(*shape: int, seed: int = 3) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def close(values: Any) -> Any:
    values = np.asarray(values)
    return pytest.approx(values, abs=ROUNDING * max(1.0, float(np.abs(values).max())))


# The LSTM


def ours(goes_backwards: bool = False) -> JourneyLSTM:
    """Give a layer whose recurrence matters."""
    layer = JourneyLSTM(INPUTS, UNITS, seed=7, goes_backwards=goes_backwards)
    layer.set_weights([drawn(*w.shape, seed=len(w.shape)) for w in layer.get_weights()])
    return layer


def keras_lstm(goes_backwards: bool = False) -> Any:
    layer = keras.layers.LSTM(UNITS, return_sequences=True, go_backwards=goes_backwards)
    layer.build((None, None, INPUTS))
    layer.set_weights(ours().get_weights())
    return layer


def outputs_and_gradients(layer: Any, steps: Any, *lengths: Any) -> list[Any]:
    """Give outputs, and gradients of weights and of inputs for a loss that differs
    from step to step and from journey to journey."""
    steps = tf.constant(steps)
    with tf.GradientTape() as tape:
        tape.watch(steps)
        outputs = layer(steps, *lengths)
        loss = tf.reduce_sum(outputs * drawn(*outputs.shape, seed=9))
    return [outputs, *tape.gradient(loss, [*layer.trainable_variables, steps])]


class Turned(keras.layers.Layer):
    """Keras's LSTM with steps first, which gives them in the order of the journey."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner
        self.built = True

    def call(self, steps: Any) -> Any:
        outputs = self.inner(tf.transpose(steps, [1, 0, 2]))
        if self.inner.go_backwards:
            outputs = tf.reverse(outputs, [1])
        return tf.transpose(outputs, [1, 0, 2])


@pytest.mark.parametrize("goes_backwards", [False, True])
@pytest.mark.parametrize("length", [1, 2, 7])
def test_it_has_the_outputs_and_the_gradients_of_the_lstm_of_keras(
    length: int, goes_backwards: bool
) -> None:
    steps = drawn(length, JOURNEYS, INPUTS)
    lengths = tf.fill([JOURNEYS], length)
    found = outputs_and_gradients(ours(goes_backwards), steps, lengths)
    expected = outputs_and_gradients(Turned(keras_lstm(goes_backwards)), steps)
    assert len(found) == len(expected) == 5
    for one, other in zip(found, expected, strict=True):
        assert np.asarray(one) == close(other)
    # One step has nothing to go on from; zeros elsewhere would be equal by accident.
    is_there = [bool(np.asarray(one).any()) for one in found]
    assert is_there == [True, True, length > 1, True, True]


def test_its_weights_start_as_those_of_keras_do_in_kind() -> None:
    kernel, recurrent, bias = JourneyLSTM(INPUTS, UNITS, seed=7).get_weights()
    limit = np.sqrt(6 / (INPUTS + 4 * UNITS))
    assert np.abs(kernel).max() <= limit
    assert recurrent @ recurrent.T == close(np.eye(UNITS))
    assert bias.tolist() == [0.0] * UNITS + [1.0] * UNITS + [0.0] * 2 * UNITS


@pytest.mark.parametrize("goes_backwards", [False, True])
def test_padding_changes_nothing_of_the_steps_that_are_there(
    goes_backwards: bool,
) -> None:
    layer = ours(goes_backwards)
    lengths = np.array([1, 2, 3, 5, 7], np.int32)
    steps = drawn(7, JOURNEYS, INPUTS)
    together = np.asarray(layer(tf.constant(steps), tf.constant(lengths)))
    for journey, length in enumerate(lengths):
        alone = steps[:length, journey : journey + 1]
        found = np.asarray(layer(tf.constant(alone), tf.constant([length])))
        assert together[:length, journey] == close(found[:, 0])
    noise = np.arange(7)[:, None] >= lengths
    other = steps + 100 * noise[:, :, None].astype(np.float32)
    padded = np.asarray(layer(tf.constant(other), tf.constant(lengths)))
    assert (padded[~noise] == together[~noise]).all()


def test_gradients_of_padded_journeys_are_the_sum_of_those_alone() -> None:
    layer = ours(goes_backwards=True)
    lengths = [2, 5]
    steps = drawn(5, 2, INPUTS)

    def of_weights(part: NDArray[np.float32], counts: list[int]) -> list[Any]:
        there = np.arange(len(part))[:, None] < np.array(counts)
        with tf.GradientTape() as tape:
            outputs = layer(tf.constant(part), tf.constant(counts))
            loss = tf.reduce_sum(outputs**2 * there[:, :, None].astype(np.float32))
        return list(map(np.asarray, tape.gradient(loss, layer.trainable_variables)))

    together = of_weights(steps, lengths)
    alone = [of_weights(steps[:n, j : j + 1], [n]) for j, n in enumerate(lengths)]
    for found, first, second in zip(together, *alone, strict=True):
        assert found == close(first + second)


# Embeddings

IDS = np.array([[[1, 3], [0, 2]], [[3, 3], [0, 0]], [[4, 0], [2, 1]]], np.int32)


@pytest.mark.parametrize("fields", [1, 2])
@pytest.mark.parametrize("is_sorted", [False, True])
def test_embeddings_and_their_gradient_are_those_of_a_product_with_one_hots(
    fields: int, is_sorted: bool
) -> None:
    ids = IDS[:, :, :fields]
    bag = EmbeddingBag(rows=5, units=4, scale=0.5, seed=7)
    upstream = drawn(3, 2, 4)
    with tf.GradientTape(persistent=True) as tape:
        found = bag(tf.constant(ids), entries_by_row(ids) if is_sorted else None)
        loss = tf.reduce_sum(found * upstream)
    hot = np.eye(5, dtype=np.float32)[ids].sum(axis=2)
    assert np.asarray(found) == close(hot[:, :, 1:] @ bag.get_weights()[0])
    gradient = np.asarray(tf.convert_to_tensor(tape.gradient(loss, bag.table)))
    expected = np.einsum("sjr,sju->ru", hot[:, :, 1:], upstream)
    assert gradient == close(expected)


def test_row_0_of_an_embedding_gives_zeros_whatever_was_learned() -> None:
    bag = EmbeddingBag(rows=5, units=4, scale=0.5, seed=7)
    bag.set_weights([drawn(4, 4)])
    found = np.asarray(bag(tf.constant([[[0, 0]], [[0, 3]], [[3, 0]]])))
    assert not found[0].any()
    assert (found[1] == found[2]).all()
    assert found[1, 0].tolist() == drawn(4, 4)[2].tolist()


def test_an_embedding_of_nothing_gives_zeros() -> None:
    bag = EmbeddingBag(rows=1, units=4, scale=0.5, seed=7)
    assert not np.asarray(bag(tf.constant([[0, 0]]))).any()


# Rates

DAYS = np.log(2.0)


def test_rates_start_at_the_half_life_asked_for() -> None:
    rates = DecayRate(rows=3, half_life_days=2.0, longest_days=14.0)
    assert np.asarray(rates(tf.constant([0, 2]))) == close([DAYS / 2, DAYS / 2])


@pytest.mark.parametrize("learned", [-1e4, -20.0, 0.0, 20.0])
def test_no_half_life_is_longer_than_the_longest_or_negative(learned: float) -> None:
    rates = DecayRate(rows=2, half_life_days=2.0, longest_days=14.0)
    rates.set_weights([np.array([0.0, learned], np.float32)])
    rate = float(rates(tf.constant([1]))[0])
    # To the last bit of 32.
    assert 0 < DAYS / rate <= 14.0 * (1 + 1e-7)


# Files


@pytest.mark.parametrize(
    "layer",
    [
        EmbeddingBag(rows=5, units=4, scale=0.5, seed=7, name="bag"),
        JourneyLSTM(INPUTS, UNITS, seed=7, goes_backwards=True, name="lstm"),
        DecayRate(rows=3, half_life_days=2.0, longest_days=14.0, name="rates"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_a_layer_is_made_again_from_its_configuration(layer: Any) -> None:
    written = keras.saving.serialize_keras_object(layer)
    again = keras.saving.deserialize_keras_object(written, safe_mode=True)
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()
    assert again.name == layer.name
    for one, other in zip(layer.get_weights(), again.get_weights(), strict=True):
        assert (one == other).all()


@pytest.mark.parametrize("preset", PRESETS)
def test_a_network_comes_back_from_its_file_to_the_last_bit(
    preset: str, tmp_path: Path
) -> None:
    made = network(small(preset))
    made.save(tmp_path / "network.keras")
    back = keras.saving.load_model(
        tmp_path / "network.keras", compile=False, safe_mode=True
    )
    names = [weight.path.split("/", 1)[1] for weight in made.weights]
    assert [weight.path.split("/", 1)[1] for weight in back.weights] == names
    for one, other in zip(made.get_weights(), back.get_weights(), strict=True):
        assert (one == other).all()
    assert (back.settings, back.shape, back.seed) == (made.settings, made.shape, 7)
    batch = drawn_journeys([3, 1, 2]).padded(np.arange(3), 3)
    for part, found in made(batch).items():
        assert (np.asarray(found) == np.asarray(back(batch)[part])).all()
