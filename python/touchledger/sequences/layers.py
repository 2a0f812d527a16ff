"""Layers of the networks. Steps come first: `(steps, journeys, features)`.

Journeys may be padded at their end: what a step gives never depends on later ones, and
attention leaves out what isn't there.

`UnrolledLSTM` is the layer of Hochreiter & Schmidhuber 1997 as `keras.layers.LSTM` has
it, with the same weights. It is several times as fast because it projects the input of
all steps at once, and because its gradient is written out: one product for the weights
of all steps in place of one a step.
"""

from typing import Any

from touchledger.sequences.runtime import keras, tf

__all__ = ["DecayRate", "EmbeddingBag", "UnrolledLSTM"]

_PACKAGE = "touchledger"
_DAYS_PER_HALF_LIFE = 0.6931471805599453


@keras.saving.register_keras_serializable(_PACKAGE)
class EmbeddingBag(keras.layers.Layer):
    """Sums the embeddings of what a step has: `(..., fields)` to `(..., units)`.

    Row 0 stands for nothing and gives zeros.

    Args:
        rows: Rows of the table, the one for nothing included.
        units: Numbers in a row.
        scale: Rows start uniform within it, on both sides of 0.
        seed: Draws what rows start with.
    """

    def __init__(
        self, rows: int, units: int, scale: float, seed: int, **kwargs: Any
    ) -> None:
        """Make the table."""
        super().__init__(**kwargs)
        self.rows, self.units, self.scale, self.seed = rows, units, scale, seed
        self.table = self.add_weight(
            name="table",
            shape=(max(rows - 1, 1), units),
            initializer=keras.initializers.RandomUniform(-scale, scale, seed=seed),
        )
        self.built = True

    def call(self, ids: Any) -> Any:
        """Give the sums."""
        table = tf.concat(
            [tf.zeros([1, self.units], tf.float32), tf.convert_to_tensor(self.table)], 0
        )
        flat = tf.reshape(ids, [-1, ids.shape[-1]])
        sums = _bag(table, flat)
        return tf.reshape(sums, tf.concat([tf.shape(ids)[:-1], [self.units]], 0))

    def get_config(self) -> dict[str, Any]:
        """Give the arguments."""
        own = {name: getattr(self, name) for name in ("rows", "units", "scale", "seed")}
        return {**super().get_config(), **own}


@tf.custom_gradient
def _bag(table: Any, ids: Any) -> Any:
    """Sum rows; the gradient of a gather is a sparse one, and slow to add up."""
    width = ids.shape[1]
    if width == 1:
        sums = tf.gather(table, ids[:, 0])
    else:
        places = tf.repeat(tf.range(tf.shape(ids)[0]), width)
        sums = tf.sparse.segment_sum(table, tf.reshape(ids, [-1]), places)

    def gradient(upstream: Any) -> tuple[Any, None]:
        rows = tf.shape(table)[0]
        parts = [
            tf.math.unsorted_segment_sum(upstream, ids[:, field], rows)
            for field in range(width)
        ]
        return tf.add_n(parts), None

    return sums, gradient


@keras.saving.register_keras_serializable(_PACKAGE)
class UnrolledLSTM(keras.layers.Layer):
    """An LSTM that returns all its steps, `(steps, journeys, units)`.

    Args:
        inputs: Features of a step.
        units: Units of the layer.
        seed: Draws what weights start with.
        goes_backwards: Whether it reads each journey from its last step to the first.

    Example:
        >>> layer = UnrolledLSTM(inputs=3, units=2, seed=7)
        >>> layer(tf.ones([4, 5, 3]), tf.fill([5], 4)).shape
        TensorShape([4, 5, 2])
    """

    def __init__(
        self,
        inputs: int,
        units: int,
        seed: int,
        goes_backwards: bool = False,
        **kwargs: Any,
    ) -> None:
        """Make the weights, named and ordered as Keras does."""
        super().__init__(**kwargs)
        self.inputs, self.units, self.seed = inputs, units, seed
        self.goes_backwards = goes_backwards
        initializers = keras.initializers
        self.kernel = self.add_weight(
            name="kernel",
            shape=(inputs, 4 * units),
            initializer=initializers.GlorotUniform(seed=seed),
        )
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel",
            shape=(units, 4 * units),
            initializer=initializers.Orthogonal(seed=seed + 1),
        )
        self.bias = self.add_weight(
            name="bias", shape=(4 * units,), initializer=_forget_nothing
        )
        self.built = True

    def call(self, steps: Any, lengths: Any) -> Any:
        """Read journeys.

        Args:
            steps: `(steps, journeys, inputs)`; the number of steps must be known.
            lengths: Steps that each journey really has, `(journeys,)`.
        """
        count = steps.shape[0]
        if self.goes_backwards:
            steps = _reversed(steps, lengths)
        flat = tf.reshape(steps, [-1, self.inputs])
        gates = flat @ self._gates_together(self.kernel) + self._gates_together(
            self.bias
        )
        gates = tf.reshape(gates, [count, -1, 4 * self.units])
        outputs = _lstm(gates, self._gates_together(self.recurrent_kernel))
        return _reversed(outputs, lengths) if self.goes_backwards else outputs

    def get_config(self) -> dict[str, Any]:
        """Give the arguments."""
        names = ("inputs", "units", "seed", "goes_backwards")
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in names},
        }

    @staticmethod
    def _gates_together(weights: Any) -> Any:
        """Put the three gates before the candidate, so that one sigmoid does them."""
        i, f, c, o = tf.split(tf.convert_to_tensor(weights), 4, axis=-1)
        return tf.concat([i, f, o, c], axis=-1)


def _forget_nothing(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Start with a bias of 1 at the forget gate (Jozefowicz et al. 2015)."""
    units = shape[0] // 4
    return tf.concat([tf.zeros(units), tf.ones(units), tf.zeros(2 * units)], 0)


def _reversed(steps: Any, lengths: Any) -> Any:
    return tf.reverse_sequence(steps, lengths, seq_axis=0, batch_axis=1)


@tf.custom_gradient
def _lstm(gates: Any, recurrent: Any) -> Any:
    """Run the recurrence over `(steps, journeys, 4 units)`, gates before activation."""
    units = recurrent.shape[0]
    count = gates.shape[0]
    hidden: Any = None
    cell: Any = None
    outputs, kept = [], []
    for raw in tf.unstack(gates):
        if hidden is not None:
            raw += tf.matmul(hidden, recurrent)
        opened = tf.sigmoid(raw[:, : 3 * units])
        candidate = tf.tanh(raw[:, 3 * units :])
        before = cell
        cell = opened[:, :units] * candidate
        if before is not None:
            cell += opened[:, units : 2 * units] * before
        shown = tf.tanh(cell)
        hidden = opened[:, 2 * units :] * shown
        outputs.append(hidden)
        kept.append((opened, candidate, before, shown))
    stacked = tf.stack(outputs)

    def gradient(upstream: Any) -> tuple[Any, Any]:
        later = tf.unstack(upstream)
        of_hidden, of_cell = later[-1], None
        of_gates: list[Any] = [None] * count
        for step in range(count - 1, -1, -1):
            opened, candidate, before, shown = kept[step]
            added = of_hidden * opened[:, 2 * units :] * (1 - shown * shown)
            of_cell = added if of_cell is None else of_cell + added
            of_forget = tf.zeros_like(of_cell) if before is None else of_cell * before
            of_opened = tf.concat(
                [of_cell * candidate, of_forget, of_hidden * shown], axis=1
            )
            of_gates[step] = tf.concat(
                [
                    of_opened * opened * (1 - opened),
                    of_cell * opened[:, :units] * (1 - candidate * candidate),
                ],
                axis=1,
            )
            if step:
                back = tf.matmul(of_gates[step], recurrent, transpose_b=True)
                of_hidden = later[step - 1] + back
                of_cell = of_cell * opened[:, units : 2 * units]
        if count == 1:
            return tf.stack(of_gates), tf.zeros_like(recurrent)
        earlier = tf.reshape(stacked[:-1], [-1, units])
        following = tf.reshape(tf.stack(of_gates[1:]), [-1, 4 * units])
        of_recurrent = tf.matmul(earlier, following, transpose_a=True)
        return tf.stack(of_gates), of_recurrent

    return stacked, gradient


@keras.saving.register_keras_serializable(_PACKAGE)
class DecayRate(keras.layers.Layer):
    """Gives the rate a day at which the effect of a channel fades.

    Half-lives lie between two bounds, so that no effect lasts for ever: what doesn't
    fade is what a user is like.

    Args:
        rows: Rows of the table of channels, the one for nothing included.
        half_life_days: What half-lives start with.
        longest_days: The longest half-life.
    """

    def __init__(
        self, rows: int, half_life_days: float, longest_days: float, **kwargs: Any
    ) -> None:
        """Make the table."""
        super().__init__(**kwargs)
        self.rows = rows
        self.half_life_days, self.longest_days = half_life_days, longest_days
        rate = _DAYS_PER_HALF_LIFE / half_life_days
        self.lowest = _DAYS_PER_HALF_LIFE / longest_days
        self.table = self.add_weight(
            name="table",
            shape=(rows,),
            initializer=keras.initializers.Constant(
                _inverse_softplus(rate - self.lowest)
            ),
        )
        self.built = True

    def call(self, ids: Any) -> Any:
        """Give a rate for each id."""
        return self.lowest + tf.math.softplus(tf.gather(self.table, ids))

    def get_config(self) -> dict[str, Any]:
        """Give the arguments."""
        names = ("rows", "half_life_days", "longest_days")
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in names},
        }


def _inverse_softplus(value: float) -> float:
    return float(tf.math.log(tf.math.expm1(tf.constant(value, tf.float64))))
