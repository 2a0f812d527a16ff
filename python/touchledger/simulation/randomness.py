"""Random numbers that depend on the seed and the block of users alone.

Users are drawn in blocks of one fixed size, each from its own generator, spawned from
the seed by the block's number. So memory is bounded by the block, more users only add
blocks, and no count of threads or order of work can change a number.
Source: numpy.random.SeedSequence, whose spawn keys give independent streams.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bools", "Floats", "Ints", "generator", "rounded", "shuffled_codes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PARTS: Final = ("plan", "people", "exchange", "impressions")

# A prime: multiplying by anything but a multiple of it permutes the numbers below it.
_CODES: Final = 32_452_843
_STEP: Final = 20_073_967


def generator(seed: int, part: str, block: int = 0) -> np.random.Generator:
    """Return the generator of one part of the simulation and one block of users.

    >>> int(generator(7, "people", 3).integers(1000))
    452
    """
    key = np.random.SeedSequence(seed, spawn_key=(PARTS.index(part), block))
    return np.random.Generator(np.random.PCG64(key))


def rounded(values: Floats, decimals: int) -> Floats:
    """Round to a number of decimals."""
    result: Floats = np.round(values, decimals)
    return result


def shuffled_codes(numbers: Ints, offset: int = 0) -> Ints:
    """Map 0, 1, 2, ... to codes that look random; different numbers, different codes.

    >>> shuffled_codes(np.arange(3)).tolist()
    [13, 20073980, 7695104]
    """
    within = (numbers % _CODES * _STEP + offset + 13) % _CODES
    return within + numbers // _CODES * _CODES
