"""Functions of batches, traced by TensorFlow once for each length of journeys."""

from collections.abc import Callable
from typing import Any

from touchledger.sequences.runtime import tf

__all__ = ["Batch", "LengthFunctions", "halves"]

Batch = dict[str, Any]

# All others have the steps as their first dimension and the journeys as their second.
_BY_JOURNEY = frozenset(
    ["lengths", "attributes", "attribute_numbers", "context", "labels", "weights"]
)


class LengthFunctions:
    """A function of batches of any length, width and number of journeys.

    Args:
        function: Takes a batch of tensors and gives tensors.
    """

    def __init__(self, function: Callable[[Batch], Any]) -> None:
        """Trace nothing yet."""
        self._function = function
        self._traced: dict[tuple[int, ...], Callable[[Batch], Any]] = {}

    def __call__(self, batch: Batch) -> Any:
        """Apply the function; arrays become tensors."""
        tensors = {key: tf.convert_to_tensor(value) for key, value in batch.items()}
        form = tuple(tensors["categories"].shape[::2])
        if form not in self._traced:
            signature = {
                key: tf.TensorSpec(_any_journeys(key, value.shape), value.dtype)
                for key, value in tensors.items()
            }
            # A function each: TensorFlow warns of one that is traced again and again.
            self._traced[form] = tf.function(
                lambda batch: self._function(batch),
                input_signature=[signature],
                autograph=False,
            )
        return self._traced[form](tensors)


def halves(batch: Batch, journeys: Any) -> tuple[Batch, Batch]:
    """Part a batch into two, `journeys` being how many it has."""
    half = journeys // 2
    first, second = (
        {
            key: value[part] if key in _BY_JOURNEY else value[:, part]
            for key, value in batch.items()
        }
        for part in (slice(None, half), slice(half, None))
    )
    return first, second


def _any_journeys(key: str, shape: Any) -> tuple[int | None, ...]:
    if key in _BY_JOURNEY:
        return (None, *shape[1:])
    return (shape[0], None, *shape[2:])
