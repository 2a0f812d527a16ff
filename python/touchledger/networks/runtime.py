"""TensorFlow, set up so that results don't depend on the machine's threads.

Each operation runs on one thread, because sums on several threads round differently.
Two operations that don't need one another may run at once: halves of a batch do
(`training`).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

# It reads these when it is loaded, so it is loaded here alone. A machine without a
# graphics card is no news.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
# What else Keras may be set to use isn't installed.
os.environ["KERAS_BACKEND"] = "tensorflow"


@contextmanager
def _silent_errors() -> Iterator[None]:
    """Keep what is written below Python from the terminal; errors are raised."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


# While it is loaded it says which processor it found, whatever its level of logging.
with _silent_errors():
    import keras
    import tensorflow as tf

# What it warns of is how it works inside, which is nothing to act upon.
tf.get_logger().setLevel("ERROR")

__all__ = ["MAKING", "keras", "tf", "use_one_thread_each"]

# Held while layers are made and functions are traced, which isn't safe on two threads
# at once. Nobody may wait for another thread under it.
MAKING = RLock()


def use_one_thread_each() -> None:
    """Set up the threads of this process, once.

    Raises:
        RuntimeError: If TensorFlow has begun to work with other threads.
    """
    threading = tf.config.threading
    if threading.get_intra_op_parallelism_threads() != 1:
        threading.set_intra_op_parallelism_threads(1)
    if threading.get_inter_op_parallelism_threads() != 2:
        threading.set_inter_op_parallelism_threads(2)
