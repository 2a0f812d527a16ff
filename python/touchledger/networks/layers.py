"""Layers of the networks. Steps come first: `(steps, journeys, features)`.

Journeys may be padded at their end: what a step gives never depends on later ones, and
attention leaves out what isn't there.

`JourneyLSTM` is the layer of Hochreiter & Schmidhuber 1997 as `keras.layers.LSTM` has
it, with the same weights. It is several times as fast because one operation runs over
all steps, and another one gives their gradient. Neither depends on how many there are,
so a network is traced once for all lengths.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchledger.networks.runtime import keras, tf

__all__ = ["DecayRate", "EmbeddingBag", "JourneyLSTM", "entries_by_row"]

_Rows = NDArray[np.int32]

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

    def call(self, ids: Any, entries: tuple[Any, Any] | None = None) -> Any:
        """Give the sums.

        Args:
            ids: Rows of the table, `(..., fields)`.
            entries: What `entries_by_row` gives for them. The gradient is several times
                as fast with it.
        """
        flat = tf.reshape(ids, [-1, ids.shape[-1]])
        sums = _bag(tf.convert_to_tensor(self.table), flat, entries)
        return tf.reshape(sums, tf.concat([tf.shape(ids)[:-1], [self.units]], 0))

    def get_config(self) -> dict[str, Any]:
        """Give the arguments."""
        own = {name: getattr(self, name) for name in ("rows", "units", "scale", "seed")}
        return {**super().get_config(), **own}


def entries_by_row(ids: NDArray[np.int32]) -> tuple[_Rows, _Rows]:
    """Order what steps have by the rows of a table.

    Args:
        ids: Rows, `(..., fields)`; 0 for nothing.

    Returns:
        Rows, ascending, and the step that has each, `(entries,)`; nothing is left out.

    Example:
        >>> entries_by_row(np.array([[3, 1], [1, 0]], np.int32))
        (array([1, 1, 3], dtype=int32), array([0, 1, 0], dtype=int32))
    """
    flat = ids.ravel()
    # Numbers of 16 bits are sorted in one pass or two.
    keys = flat.astype(np.uint16) if flat.max(initial=0) < 2**16 else flat
    order = np.argsort(keys, kind="stable")
    order = order[np.count_nonzero(flat == 0) :]
    return flat[order], (order // ids.shape[-1]).astype(np.int32)


def _bag(table: Any, ids: Any, entries: tuple[Any, Any] | None) -> Any:
    """Sum rows; the gradient of a gather is a sparse one, and slow to add up."""

    @tf.custom_gradient
    def bag(table: Any) -> Any:
        width = ids.shape[1]
        rows = tf.concat([tf.zeros([1, table.shape[1]], table.dtype), table], 0)
        if width == 1:
            sums = tf.gather(rows, ids[:, 0])
        else:
            places = tf.repeat(tf.range(tf.shape(ids)[0]), width)
            sums = tf.sparse.segment_sum(rows, tf.reshape(ids, [-1]), places)

        def gradient(upstream: Any) -> Any:
            count = table.shape[0]
            if entries is not None:
                of_entries, steps = entries
                return tf.sparse.segment_sum(
                    upstream, steps, of_entries - 1, num_segments=count
                )
            # Row 0 becomes -1, and is left out.
            parts = [
                tf.math.unsorted_segment_sum(upstream, ids[:, field] - 1, count)
                for field in range(width)
            ]
            return tf.add_n(parts)

        return sums, gradient

    return bag(table)


@keras.saving.register_keras_serializable(_PACKAGE)
class JourneyLSTM(keras.layers.Layer):
    """An LSTM that returns all its steps, `(steps, journeys, units)`.

    Args:
        inputs: Features of a step.
        units: Units of the layer.
        seed: Draws what weights start with.
        goes_backwards: Whether it reads each journey from its last step to the first.

    Example:
        >>> layer = JourneyLSTM(inputs=3, units=2, seed=7)
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
            steps: `(steps, journeys, inputs)`.
            lengths: Steps that each journey really has, `(journeys,)`.
        """
        if self.goes_backwards:
            steps = _reversed(steps, lengths)
        outputs = self._run(steps)
        return _reversed(outputs, lengths) if self.goes_backwards else outputs

    def get_config(self) -> dict[str, Any]:
        """Give the arguments."""
        names = ("inputs", "units", "seed", "goes_backwards")
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in names},
        }

    def _run(self, steps: Any) -> Any:
        nothing = tf.zeros([tf.shape(steps)[1], self.units])
        no_peephole = tf.zeros([self.units])
        # Not BlockLSTMV2: its gradient takes the gates in another order, and is wrong.
        return tf.raw_ops.BlockLSTM(
            seq_len_max=tf.shape(steps, out_type=tf.int64)[0],
            x=steps,
            cs_prev=nothing,
            h_prev=nothing,
            w=_candidate_second(tf.concat([self.kernel, self.recurrent_kernel], 0)),
            wci=no_peephole,
            wcf=no_peephole,
            wco=no_peephole,
            b=_candidate_second(tf.convert_to_tensor(self.bias)),
            forget_bias=0.0,
            cell_clip=-1.0,
            use_peephole=False,
        ).h


def _candidate_second(weights: Any) -> Any:
    """Order gates as the operation does: Keras has the candidate third."""
    i, f, c, o = tf.split(weights, 4, axis=-1)
    return tf.concat([i, c, f, o], axis=-1)


def _forget_nothing(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Start with a bias of 1 at the forget gate (Jozefowicz et al. 2015)."""
    units = shape[0] // 4
    return tf.concat([tf.zeros(units), tf.ones(units), tf.zeros(2 * units)], 0)


def _reversed(steps: Any, lengths: Any) -> Any:
    return tf.reverse_sequence(steps, lengths, seq_axis=0, batch_axis=1)


@keras.saving.register_keras_serializable(_PACKAGE)
class DecayRate(keras.layers.Layer):
    """Gives the rate a day at which the effect of a channel fades.

    Half-lives have a longest one, so that no effect lasts for ever: what doesn't fade
    is what a user is like.

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
