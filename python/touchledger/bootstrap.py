"""The bootstrap over users, in buckets.

Users are dealt into `BUCKETS` buckets by a hash, and a sample draws that many buckets
with replacement (Chamandy et al. 2012, "Estimating uncertainty for massive data
streams"). Sums of random buckets scatter as those of users do: the variance of a total
is the sum of its squares over users, for ten users as for ten million.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["BOUNDS", "BUCKETS", "bucket_weights"]

# int_users deals users into as many.
BUCKETS = 1_000
# Percentiles that bound the middle 95 %.
BOUNDS = (2.5, 97.5)


def bucket_weights(samples: int, seed: int) -> NDArray[np.float64]:
    """Draw how often each bucket is in each sample.

    Args:
        samples: How many samples.
        seed: Seeds the draw.

    Returns:
        Counts `(BUCKETS, samples)`; each column sums to `BUCKETS`.

    Example:
        >>> weights = bucket_weights(samples=3, seed=7)
        >>> weights.shape, weights.sum(axis=0).tolist()
        ((1000, 3), [1000.0, 1000.0, 1000.0])
    """
    drawn = np.random.default_rng(seed).multinomial(
        BUCKETS, np.full(BUCKETS, 1 / BUCKETS), size=samples
    )
    return drawn.T.astype(np.float64)
