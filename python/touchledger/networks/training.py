"""Training by mini-batches of journeys of one length.

The loss is the weighted log loss. Both halves of a batch are computed at once, on a
thread each, and their gradients added in a fixed order: the same weights on any number
of threads. The order of journeys is drawn from the seed and the epoch. Training ends
when the loss on validation users gets no better, and the best weights are kept.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchledger.errors import UserError
from touchledger.log import LOGGER
from touchledger.networks.applied import AppliedNetwork
from touchledger.networks.journeys import (
    Journeys,
    equal_journeys,
    journey_hashes,
    padded_lengths,
)
from touchledger.networks.layers import entries_by_row
from touchledger.networks.network import JourneyNetwork
from touchledger.networks.runtime import MAKING, keras, tf
from touchledger.networks.side_by_side import side_by_side
from touchledger.networks.tracing import Batch, BatchFunction, tensors_of

__all__ = ["Epoch", "Examples", "Learner", "train"]

_Floats = NDArray[np.float64]
Auc = Callable[[_Floats, _Floats, _Floats], float | None]

# An epoch of few journeys has as many steps of the optimiser all the same.
_BATCHES_AN_EPOCH = 48
_LEAST_BATCH_STEPS = 128
# Without users to validate by, training ends here.
_EPOCHS_UNSEEN = 4
# Weights that say where a level or a rate is, and not how much something matters.
_WITHOUT_DECAY = ("bias", "decay", "penalty")


@dataclass(frozen=True, eq=False)
class Examples:
    """Journeys with what became of them.

    Attributes:
        journeys: What the network reads.
        labels: 1 where the journey converts, else 0, `(journeys,)`; the share that
            does, where a row stands for several journeys.
        weights: What each counts, `(journeys,)`.
    """

    journeys: Journeys
    labels: NDArray[np.float32]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        """Give the number of journeys."""
        return len(self.labels)

    @property
    def outcomes(self) -> tuple[_Floats, _Floats]:
        """Give labels and weights in full precision."""
        return self.labels.astype(np.float64), self.weights.astype(np.float64)

    def log_loss(self, log_odds: _Floats) -> float:
        """Give the weighted mean log loss of log-odds, `(journeys,)`."""
        losses = np.logaddexp(0, log_odds) - self.labels * log_odds
        return float(np.average(losses, weights=self.weights))

    def distinct(self) -> "Examples":
        """Put equal journeys together: their weight, and the share that converts.

        The loss is the same.
        """
        nothing = np.empty((len(self), 0), np.float32)
        first, of = equal_journeys(journey_hashes(self.journeys, nothing))
        labels, weights = self.outcomes
        total = np.bincount(of, weights, len(first))
        shares = np.bincount(of, weights * labels, len(first)) / total
        return Examples(
            journeys=self.journeys.taken(first),
            labels=shares.astype(np.float32),
            weights=total.astype(np.float32),
        )

    def batch(self, rows: NDArray[np.int64], length: int) -> Batch:
        """Lay some out as a network learns from them."""
        padded = self.journeys.padded(rows, length)
        entries, steps = entries_by_row(padded["categories"])
        return {
            **padded,
            "rows": entries,
            "steps_of_rows": steps,
            "labels": self.labels[rows],
            "weights": self.weights[rows],
        }


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What one pass over the journeys came to.

    Attributes:
        epoch: From 1.
        loss: Weighted mean log loss while learning.
        validation_loss: The same on validation users; None without any.
        validation_auc: Probability that a converting journey scores above another; None
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
    training: Examples,
    validation: Examples,
    seed: int,
    auc: Auc,
) -> list[Epoch]:
    """Fit a network in place.

    Args:
        name: The model, as progress names it.
        network: The network; it ends with its best weights.
        training: Journeys to learn from.
        validation: Journeys of other users, which say when to stop.
        seed: Draws the order of journeys.
        auc: Gives the AUC of scores by labels and weights.

    Returns:
        An epoch each.

    Raises:
        UserError: If the loss isn't finite.
    """
    settings = network.settings
    with MAKING:
        learner = Learner(network, training)
    applied = AppliedNetwork(network)
    most = settings.epochs if len(validation) else min(settings.epochs, _EPOCHS_UNSEEN)
    history: list[Epoch] = []
    best, best_epoch, weights = np.inf, 0, network.get_weights()
    started = time.monotonic()
    for epoch in range(1, most + 1):
        began = time.monotonic()
        loss = learner.learn(np.random.default_rng([seed, epoch]))
        seconds = time.monotonic() - began
        if not np.isfinite(loss):
            raise UserError(
                f"The training of {name} has a loss of {loss} in epoch {epoch}; it "
                "must stay finite (a smaller learning_rate in the setting network "
                "helps)."
            )
        validated, ranked = _evaluated(applied, validation, auc)
        history.append(
            Epoch(
                epoch=epoch,
                loss=loss,
                validation_loss=validated,
                validation_auc=ranked,
                journeys_per_second=len(training) / max(seconds, 1e-9),
            )
        )
        _say(name, history[-1], most, time.monotonic() - started)
        if validated is None or validated < best:
            best_epoch = epoch
            best = np.inf if validated is None else validated
            weights = network.get_weights()
        elif epoch - best_epoch >= settings.patience:
            break
    network.set_weights(weights)
    return history


def _evaluated(
    applied: AppliedNetwork, validation: Examples, auc: Auc
) -> tuple[float | None, float | None]:
    """Give the log loss and the AUC; nothing where there is nobody to evaluate by."""
    if not len(validation):
        return None, None
    odds = applied.log_odds(validation.journeys)
    return validation.log_loss(odds), auc(odds, *validation.outcomes)


class Learner:
    """Moves the weights of a network, a pass over the journeys at a time.

    Args:
        network: The network.
        training: Journeys to learn from.
    """

    def __init__(self, network: JourneyNetwork, training: Examples) -> None:
        """Trace nothing yet."""
        settings = network.settings
        self._network, self._training = network, training
        self._optimizer = keras.optimizers.AdamW(
            float(settings.learning_rate), weight_decay=float(settings.weight_decay)
        )
        self._optimizer.exclude_from_weight_decay(var_names=list(_WITHOUT_DECAY))
        self._optimizer.build(network.trainable_variables)
        self._lengths = padded_lengths(training.journeys.lengths)
        steps = int(training.journeys.lengths.sum())
        self._batch_steps = int(
            np.clip(
                steps // _BATCHES_AN_EPOCH, _LEAST_BATCH_STEPS, settings.batch_steps
            )
        )
        self._step = BatchFunction(self._learn)
        # Traced once for both halves.
        self._of_half = BatchFunction(self._gradients)

    def learn(self, draw: np.random.Generator) -> float:
        """Pass over the journeys once: the mean loss meanwhile.

        Args:
            draw: Gives the order of the journeys and of the batches.
        """
        order = draw.permutation(len(self._training))
        batches = list(
            self._training.journeys.by_length(self._lengths, self._batch_steps, order)
        )
        taken = [batches[place] for place in draw.permutation(len(batches))]
        # The next batch is laid out while one is learned from.
        losses = [
            self._step(*halves)
            for halves in side_by_side(self._halves, taken, threads=1)
        ]
        sizes = [len(rows) for _, rows in taken]
        total = np.dot(sizes, [float(loss) for loss in losses])
        return float(total / self._training.weights.sum(dtype=np.float64))

    def _halves(self, batch: tuple[int, NDArray[np.int64]]) -> tuple[Batch, Batch]:
        """Lay out both halves; their weights are those of a mean over the batch."""
        length, rows = batch
        half = max(len(rows) // 2, 1)
        first = self._training.batch(rows[:half], length)
        # The gradient of nobody isn't defined, so a journey alone stands beside itself.
        second = self._training.batch(rows[half:] if len(rows) > 1 else rows, length)
        first["weights"] = first["weights"] / np.float32(len(rows))
        second["weights"] = second["weights"] * np.float32((len(rows) > 1) / len(rows))
        return tensors_of(first), tensors_of(second)

    def _learn(self, *halves: Batch) -> tf.Tensor:
        first, second = map(self._of_half, halves)
        gradients = [
            one + other for one, other in zip(first[1], second[1], strict=True)
        ]
        self._optimizer.apply(gradients, self._network.trainable_variables)
        return first[0] + second[0]

    def _gradients(self, batch: Batch) -> tuple[tf.Tensor, list[tf.Tensor]]:
        variables = self._network.trainable_variables
        with tf.GradientTape() as tape:
            losses = tf.nn.sigmoid_cross_entropy_with_logits(
                batch["labels"], self._network(batch)["log_odds"]
            )
            loss = tf.reduce_sum(batch["weights"] * losses)
        gradients = tape.gradient(
            loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        # Rows of a gather come as such, and not as the whole table.
        return loss, [tf.convert_to_tensor(gradient) for gradient in gradients]


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
