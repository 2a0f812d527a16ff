"""A network that reads a journey and gives the log-odds of its conversion.

Under the head `sigmoid` the log-odds are a linear function of the attended step and the
profile, as in the published networks. Under the head `odds`

    odds = exp(b) + Σ exp(s_i)    s_i = u·tanh(W·h_i + w) + e(i) - r(channel_i)·age_i

over the touchpoints i: a baseline b of what the user is like, and a part for each
touchpoint, which its categories (e) and what came before it set (h_i is a state of the
LSTM) and which fades with its age. Snapshots are drawn so that the odds of a conversion
are its rate in some unit (`docs/evaluation.md`), so this is an additive hazard, and the
attention over the touchpoints is their share of it.

The baseline knows the profile and how often the journey touched each channel, but not
when: who meets a channel often may buy often, whatever the channel does. A touchpoint
within `arrival_days` before the cutoff is how the user arrived; it is part of the
baseline and has no effect.
"""

from dataclasses import asdict
from typing import Any

from touchledger.networks.layers import DecayRate, EmbeddingBag, JourneyLSTM
from touchledger.networks.runtime import keras, tf
from touchledger.networks.settings import NetworkSettings
from touchledger.networks.shape import NetworkShape
from touchledger.networks.tracing import Batch

__all__ = ["JourneyNetwork"]

# Scores of what isn't there, and of what has no effect: exp gives 0 beside any other.
_ABSENT = -1e30
_WITHOUT_EFFECT = -1e9
_HALF_LIFE_DAYS = 2.0
_LONGEST_DAYS = 14.0
# Touchpoints start with an effect of a tenth of the baseline together, about.
_EFFECT_AT_START = -3.0
# The optimiser moves all weights at one pace, and those of the baseline have far to go.
_PACE = 10.0


@keras.saving.register_keras_serializable("touchledger")
class JourneyNetwork(keras.Model):
    """A network as `NetworkSettings` describes it.

    Args:
        settings: Its parts, as `NetworkSettings.to_dict` gives them.
        shape: What it is made for, the fields of `NetworkShape`.
        seed: Draws what weights start with.
    """

    def __init__(
        self, settings: dict[str, Any], shape: dict[str, Any], seed: int, **kwargs: Any
    ) -> None:
        """Make the layers and their weights."""
        super().__init__(**kwargs)
        self.settings = NetworkSettings(**settings)
        self.shape = NetworkShape(**shape)
        self.seed = seed
        self._has_odds = self.settings.head == "odds"
        # The gap to the step before; its age, where no decay stands for that.
        self._times = 1 if self._has_odds else 2
        self._make_reader()
        self._make_attention()
        self._make_context()
        self.built = True

    def _make_reader(self) -> None:
        settings, shape = self.settings, self.shape
        self.embedding = EmbeddingBag(
            shape.categories, settings.embedding, 0.05, self.seed, name="embedding"
        )
        self.numbers = self._dense(
            "numbers", shape.numbers + self._times, settings.embedding, 1
        )
        self.readers = []
        inputs = settings.embedding
        for layer in range(settings.layers):
            directions = (False, True) if settings.is_bidirectional else (False,)
            self.readers.append(
                [
                    JourneyLSTM(
                        inputs,
                        settings.units,
                        self.seed + 10 * (layer + 1) + 2 * backwards,
                        goes_backwards=backwards,
                        name=f"lstm_{layer}_{'back' if backwards else 'forth'}",
                    )
                    for backwards in directions
                ]
            )
            inputs = settings.units * len(directions)
        self.width = inputs

    def _make_attention(self) -> None:
        settings = self.settings
        self.hidden: Any = None
        self.score: Any = None
        self.penalty: Any = None
        self.decay: Any = None
        if settings.attention == "additive":
            self.hidden = self._dense("attention", self.width, settings.units, 2)
            self.score = self._dense("score", settings.units, 1, 3)
        elif settings.attention == "tanh":
            self.score = self._dense("score", self.width, 1, 3)
        if self._has_odds:
            self.score.bias.assign([_EFFECT_AT_START + self.shape.log_odds])
            self.effect = EmbeddingBag(
                self.shape.categories, 1, 1e-3, self.seed + 9, name="effect"
            )
        if settings.has_time_penalty and self._has_odds:
            self.decay = DecayRate(
                self.shape.categories, _HALF_LIFE_DAYS, _LONGEST_DAYS, name="decay"
            )
        elif settings.has_time_penalty and settings.attention != "none":
            self.penalty = DecayRate(1, _LONGEST_DAYS, 1e6, name="penalty")

    def _make_context(self) -> None:
        shape = self.shape
        units = self.context_units
        self.attributes: Any = None
        self.attribute_numbers: Any = None
        if self.settings.has_profile and shape.attribute_fields:
            self.attributes = EmbeddingBag(
                shape.attributes, units, 0.05, self.seed + 4, name="attributes"
            )
        if self.settings.has_profile and shape.attribute_numbers:
            # What they matter is learned from nothing: large weights drawn at random
            # would outlast a training that ends early.
            self.attribute_numbers = keras.layers.Dense(
                units,
                use_bias=False,
                kernel_initializer="zeros",
                name="attribute_numbers",
            )
            self.attribute_numbers.build((None, shape.attribute_numbers))
        if self._has_odds:
            self.exposure = EmbeddingBag(
                shape.categories, 1, 1e-3, self.seed + 6, name="exposure"
            )
            self.arrival = EmbeddingBag(
                shape.categories, 1, 1e-3, self.seed + 7, name="arrival"
            )
            self.head: Any = None
            self.bias = self.add_weight(
                name="baseline_bias",
                shape=(1,),
                initializer=keras.initializers.Constant(shape.log_odds),
            )
        else:
            self.head = self._dense("head", self.width, 1, 8)
            self.head.bias.assign([shape.log_odds])

    def _dense(self, name: str, inputs: int, units: int, seed: int) -> Any:
        layer = keras.layers.Dense(
            units,
            kernel_initializer=keras.initializers.GlorotUniform(seed=self.seed + seed),
            name=name,
        )
        layer.build((None, inputs))
        return layer

    @property
    def context_units(self) -> int:
        """Give how many numbers the context of a journey has."""
        return 1 if self._has_odds else int(self.width)

    def call(self, batch: Batch) -> dict[str, Any]:
        """Read journeys.

        Args:
            batch: What `Journeys.padded` gives.

        Returns:
            `log_odds`, `(journeys,)`, and `attention`, `(steps, journeys)`: it sums to
            1 over the steps that are there.
        """
        attended, attention = self.attended(batch)
        return {
            "log_odds": self.joined(attended, self.context(batch)),
            "attention": attention,
        }

    def context(self, batch: Batch) -> Any:
        """Give what is known of journeys but for their steps, `(journeys, units)`."""
        journeys = tf.shape(batch["lengths"])[0]
        context = tf.zeros([journeys, self.context_units])
        if self.attributes is not None:
            context += self.attributes(batch["attributes"])
        if self.attribute_numbers is not None:
            context += self.attribute_numbers(batch["attribute_numbers"])
        if self._has_odds:
            channels = batch["categories"][:, :, :1]
            arrived = self._arrived(batch)
            exposure = _PACE * self.exposure(channels)[:, :, 0] * batch["exposures"]
            by_exposure = tf.where(arrived, 0.0, exposure)
            arrival = _PACE * self.arrival(channels)[:, :, 0]
            by_arrival = tf.where(arrived, arrival, 0.0)
            there = self._present(batch)
            added = tf.where(there, by_exposure + by_arrival, 0.0)
            context += tf.reduce_sum(added, 0)[:, None] + self.bias
        return context

    def attended(self, batch: Batch) -> tuple[Any, Any]:
        """Give what the steps of journeys amount to, and their attention.

        Returns:
            `(journeys, units)`, and `(steps, journeys)`.
        """
        states = self._states(batch)
        scores = self._scores(states, batch)
        attention = tf.nn.softmax(scores, axis=0)
        if self._has_odds:
            return tf.reduce_logsumexp(scores, axis=0)[:, None], attention
        attended = tf.reduce_sum(states * attention[:, :, None], 0)
        if self.settings.attention == "none" and self.settings.is_bidirectional:
            # Who reads backwards has read all at the first step.
            units = self.settings.units
            attended = tf.concat([attended[:, :units], states[0, :, units:]], -1)
        return attended, attention

    def joined(self, attended: Any, context: Any) -> Any:
        """Give the log-odds of journeys by their steps and their context."""
        if self._has_odds:
            # log(exp(a) + exp(b)) without the overflow.
            return (context + tf.math.softplus(attended - context))[:, 0]
        return self.head(attended + context)[:, 0]

    def without_steps(self, context: Any) -> Any:
        """Give the log-odds of journeys of which no step is left."""
        return context[:, 0] if self._has_odds else self.head(context)[:, 0]

    def _states(self, batch: Batch) -> Any:
        ages = batch["ages"]
        gaps = tf.concat([tf.zeros_like(ages[:1]), ages[:-1] - ages[1:]], 0)
        times = [tf.math.log1p(tf.maximum(gaps, 0.0))]
        if not self._has_odds:
            times.append(tf.math.log1p(ages))
        numbers = tf.concat([batch["numbers"], tf.stack(times, -1)], -1)
        # There where gradients are wanted.
        entries = (batch["rows"], batch["steps_of_rows"]) if "rows" in batch else None
        states = self.embedding(batch["categories"], entries) + self.numbers(numbers)
        for directions in self.readers:
            read = [layer(states, batch["lengths"]) for layer in directions]
            states = read[0] if len(read) == 1 else tf.concat(read, -1)
        return states

    def _scores(self, states: Any, batch: Batch) -> Any:
        there = self._present(batch)
        if self.settings.attention == "none":
            # The last step alone.
            place = tf.range(tf.shape(states)[0])[:, None]
            is_last = place == batch["lengths"][None] - 1
            return tf.where(is_last, 0.0, _ABSENT)
        if self.hidden is not None:
            scores = self.score(tf.tanh(self.hidden(states)))[:, :, 0]
        else:
            scores = tf.tanh(self.score(states)[:, :, 0])
        ages = batch["ages"]
        if self.decay is not None:
            scores -= self.decay(batch["categories"][:, :, 0]) * ages
        elif self.penalty is not None:
            scores -= self.penalty(tf.zeros_like(batch["lengths"])) * _before_last(
                ages, there
            )
        if self._has_odds:
            # All categories of a step together move no faster than one would.
            pace = _PACE / self.shape.fields
            scores += pace * self.effect(batch["categories"])[:, :, 0]
            scores = tf.where(self._arrived(batch), _WITHOUT_EFFECT, scores)
        return tf.where(there, scores, _ABSENT)

    def _present(self, batch: Batch) -> Any:
        steps = tf.shape(batch["ages"])[0]
        return tf.range(steps)[:, None] < batch["lengths"][None]

    def _arrived(self, batch: Batch) -> Any:
        return batch["ages"] <= self.shape.arrival_days

    def get_config(self) -> dict[str, Any]:
        """Give the arguments."""
        return {
            "settings": self.settings.to_dict(),
            "shape": asdict(self.shape),
            "seed": self.seed,
        }


def _before_last(ages: Any, there: Any) -> Any:
    """Give the time before the last step, 0 to 1: 1 is the first step's."""
    first = ages[:1]
    last = tf.reduce_min(tf.where(there, ages, float("inf")), 0, keepdims=True)
    return tf.math.divide_no_nan(ages - last, first - last)
