"""Training by mini-batches of journeys of one length.

The loss is the weighted log loss. Both halves of a batch are computed at once, on a
thread each, and their gradients added in a fixed order: the same weights on any machine
that rounds alike. The order of journeys is drawn from the seed and the epoch. Training
ends when the loss on validation users gets no better, and the best weights are kept.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from touchledger.log import LOGGER
from touchledger.sequences.journeys import Journeys, padded_lengths
from touchledger.sequences.network import JourneyNetwork
from touchledger.sequences.runtime import tf
from touchledger.sequences.settings import NetworkSettings

__all__ = ["Epoch", "Examples", "log_odds", "train"]

_Floats = NDArray[np.float64]
Batch = dict[str, Any]

# An epoch of few journeys has as many steps of the optimiser all the same.
_BATCHES_AN_EPOCH = 48
_LEAST_BATCH_STEPS = 128
# Without users to validate by, training ends here.
_EPOCHS_UNSEEN = 4
# Reading needs no gradients, so more fits.
_STEPS_TO_READ = 16_384


@dataclass(frozen=True, eq=False)
class Examples:
    """Journeys with what became of them.

    Attributes:
        journeys: What the network reads.
        labels: 1 where the journey converts, else 0, `(journeys,)`.
        weights: What each counts, `(journeys,)`.
    """

    journeys: Journeys
    labels: NDArray[np.float32]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        """Give the number of journeys."""
        return len(self.labels)


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What one pass over the journeys came to.

    Attributes:
        epoch: From 1.
        loss: Weighted mean log loss while learning.
        validation_loss: The same on validation users; None without any.
        validation_auc: Chance that a converting journey scores above another; None
            without both.
        journeys_per_second: Journeys learned from, a second.
    """

    epoch: int
    loss: float
    validation_loss: float | None
    validation_auc: float | None
    journeys_per_second: float


def train(
    name: str,
    network: JourneyNetwork,
    settings: NetworkSettings,
    training: Examples,
    validation: Examples,
    seed: int,
    auc: Callable[[_Floats, _Floats, _Floats], float | None],
) -> list[Epoch]:
    """Fit a network in place.

    Args:
        name: The model, as progress names it.
        network: The network; it ends with its best weights.
        settings: How to train.
        training: Journeys to learn from.
        validation: Journeys of other users, which say when to stop.
        seed: Draws the order of journeys.
        auc: Gives the AUC of scores by labels and weights.

    Returns:
        An epoch each.
    """
    optimizer = keras.optimizers.AdamW(
        settings.learning_rate, weight_decay=settings.weight_decay, clipnorm=None
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "decay", "penalty"])
    optimizer.build(network.trainable_variables)
    step = _Steps(partial(_learn, network, optimizer))
    lengths = padded_lengths(training.journeys.lengths)
    steps = int(training.journeys.lengths.sum())
    batch_steps = int(
        np.clip(steps // _BATCHES_AN_EPOCH, _LEAST_BATCH_STEPS, settings.batch_steps)
    )
    most = settings.epochs if len(validation) else min(settings.epochs, _EPOCHS_UNSEEN)
    history: list[Epoch] = []
    best, since, weights = np.inf, 0, network.get_weights()
    started = time.monotonic()
    for epoch in range(1, most + 1):
        draw = np.random.default_rng([seed, epoch])
        batches = list(
            training.journeys.by_length(
                lengths, batch_steps, draw.permutation(len(training))
            )
        )
        began = time.monotonic()
        total = 0.0
        losses = []
        for place in draw.permutation(len(batches)):
            length, rows = batches[place]
            losses.append(step(length, _batch(training, rows, length)))
        total = float(np.sum([float(loss) for loss in losses]))
        seconds = time.monotonic() - began
        chances = log_odds(network, validation.journeys) if len(validation) else None
        history.append(
            _epoch(epoch, total, training, validation, chances, seconds, auc)
        )
        _say(name, history[-1], most, time.monotonic() - started)
        found = history[-1].validation_loss
        if found is None:
            weights = network.get_weights()
        elif found < best:
            best, weights = found, network.get_weights()
            since = 0
        else:
            since += 1
            if since >= settings.patience:
                break
    network.set_weights(weights)
    return history


def log_odds(network: JourneyNetwork, journeys: Journeys) -> _Floats:
    """Give the log-odds of journeys, in float64, `(journeys,)`."""
    found = np.empty(len(journeys))
    read = _Steps(lambda batch: network(batch)["log_odds"])
    lengths = padded_lengths(journeys.lengths)
    for length, rows in journeys.by_length(
        lengths, _STEPS_TO_READ, np.arange(len(journeys))
    ):
        found[rows] = read(length, journeys.padded(rows, length)).numpy()
    return found


class _Steps:
    """A function of batches, traced once for each length."""

    def __init__(self, function: Callable[[Batch], Any]) -> None:
        self._function = function
        self._traced: dict[int, Callable[[Batch], Any]] = {}

    def __call__(self, length: int, batch: Batch) -> Any:
        tensors = {key: tf.convert_to_tensor(value) for key, value in batch.items()}
        if length not in self._traced:
            # Journeys of a batch are its second dimension, or its only one.
            signature = {
                key: tf.TensorSpec(_any_journeys(key, value.shape), value.dtype)
                for key, value in tensors.items()
            }
            self._traced[length] = tf.function(
                self._function, input_signature=[signature], autograph=False
            )
        return self._traced[length](tensors)


_BY_JOURNEY = ("lengths", "attributes", "attribute_numbers", "labels", "weights")


def _any_journeys(key: str, shape: tuple[int, ...]) -> tuple[int | None, ...]:
    if key in _BY_JOURNEY:
        return (None, *shape[1:])
    return (shape[0], None, *shape[2:])


def _batch(examples: Examples, rows: NDArray[np.int64], length: int) -> Batch:
    return {
        **examples.journeys.padded(rows, length),
        "labels": examples.labels[rows],
        "weights": examples.weights[rows],
    }


def _learn(
    network: JourneyNetwork,
    optimizer: keras.optimizers.Optimizer,
    batch: Batch,
) -> Any:
    journeys = tf.shape(batch["labels"])[0]
    half = journeys // 2
    variables = network.trainable_variables
    loss: Any = 0.0
    gradients: list[Any] = []
    for part in (slice(None, half), slice(half, None)):
        taken = {
            key: value[part] if key in _BY_JOURNEY else value[:, part]
            for key, value in batch.items()
        }
        with tf.GradientTape() as tape:
            output = network(taken)["log_odds"]
            losses = tf.nn.sigmoid_cross_entropy_with_logits(taken["labels"], output)
            of_part = tf.reduce_sum(taken["weights"] * losses)
        found = tape.gradient(
            of_part, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        loss += of_part
        # Rows of a gather come as such, and not as the whole table.
        found = [tf.convert_to_tensor(gradient) for gradient in found]
        gradients = found if not gradients else list(map(tf.add, gradients, found))
    scale = tf.cast(journeys, tf.float32)
    optimizer.apply([gradient / scale for gradient in gradients], variables)
    return loss


def _epoch(
    epoch: int,
    total: float,
    training: Examples,
    validation: Examples,
    chances: _Floats | None,
    seconds: float,
    auc: Callable[[_Floats, _Floats, _Floats], float | None],
) -> Epoch:
    loss = ranked = None
    if chances is not None:
        labels = validation.labels.astype(np.float64)
        weights = validation.weights.astype(np.float64)
        losses = np.logaddexp(0, chances) - labels * chances
        loss = float(losses @ weights / weights.sum())
        ranked = auc(chances, labels, weights)
    return Epoch(
        epoch=epoch,
        loss=total / float(training.weights.sum(dtype=np.float64)),
        validation_loss=loss,
        validation_auc=ranked,
        journeys_per_second=len(training) / max(seconds, 1e-9),
    )


def _say(name: str, epoch: Epoch, most: int, seconds: float) -> None:
    seen = ""
    if epoch.validation_loss is not None:
        seen = f", validation loss {epoch.validation_loss:.4f}"
    if epoch.validation_auc is not None:
        seen += f", AUC {epoch.validation_auc:.3f}"
    LOGGER.info(
        "%s: epoch %d of at most %d, loss %.4f%s, %s journeys/s, %.0f s left at most",
        name,
        epoch.epoch,
        most,
        epoch.loss,
        seen,
        f"{epoch.journeys_per_second:,.0f}",
        seconds / epoch.epoch * (most - epoch.epoch),
    )
