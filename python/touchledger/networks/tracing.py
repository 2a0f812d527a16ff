"""Functions of batches, traced by TensorFlow once for all lengths of journeys.

Days have as many categories as the fullest one, so each number of these has a function.
"""

from collections.abc import Callable
from typing import Any

from touchledger.networks.runtime import MAKING, tf

__all__ = ["Batch", "BatchFunction", "tensors_of"]

Batch = dict[str, Any]

_BY_JOURNEY = frozenset(
    ["lengths", "attributes", "attribute_numbers", "context", "labels", "weights"]
)
# Entries of a table of steps, in an order of their own.
_BY_ENTRY = frozenset(["rows", "steps_of_rows"])
# All others have the steps as their first dimension and the journeys as their second.


class BatchFunction:
    """A function of batches of any length and number of journeys.

    Args:
        function: Takes batches of tensors and gives tensors.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        """Trace nothing yet."""
        self._function = function
        self._traced: dict[tuple[int, ...], Callable[..., Any]] = {}

    def __call__(self, *batches: Batch) -> Any:
        """Apply the function; arrays become tensors. Any thread may call it."""
        tensors = [tensors_of(batch) for batch in batches]
        widths = tuple(batch["categories"].shape[-1] for batch in tensors)
        if widths not in self._traced:
            with MAKING:
                if widths not in self._traced:
                    self._traced[widths] = self._trace(tensors)
        return self._traced[widths](*tensors)

    def _trace(self, tensors: list[Batch]) -> Any:
        function = tf.function(
            self._function,
            input_signature=[_any_journeys(batch) for batch in tensors],
            autograph=False,
        )
        # Traced now, and not when it is called.
        function.get_concrete_function()
        return function


def tensors_of(batch: Batch) -> Batch:
    """Make tensors of arrays."""
    return {key: tf.convert_to_tensor(value) for key, value in batch.items()}


def _any_journeys(batch: Batch) -> Batch:
    return {
        key: tf.TensorSpec(
            [None] * _free_dimensions(key) + value.shape[_free_dimensions(key) :],
            value.dtype,
        )
        for key, value in batch.items()
    }


def _free_dimensions(key: str) -> int:
    return 1 if key in _BY_JOURNEY or key in _BY_ENTRY else 2
