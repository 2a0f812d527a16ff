"""The order of millions of rows by user and time, in seconds.

A sort by three columns compares rows again and again. Here time and what breaks ties
are packed into one number, by which rows are sorted once; users follow digit by digit,
each time in a stable counting sort of 16 bits, which leaves the order within users.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["MICROSECONDS", "in_order"]

_Ints = NDArray[np.int64]

# Of a day.
MICROSECONDS = 86_400_000_000
# From here on two microseconds may be the same day as a double, and ties decide.
_FAR = 2**16 * MICROSECONDS
_BITS = 16


def in_order(user: _Ints, microsecond: _Ints, tie: _Ints) -> _Ints:
    """Order rows by user, then by day, then by what breaks ties.

    Args:
        user: A number of at least 0, `(rows,)`.
        microsecond: Since 1970, `(rows,)`; what counts is the day, as a double.
        tie: Rows that agree in all three are taken to be equal, `(rows,)`.

    Returns:
        The place of each row in the order, `(rows,)`.

    Example:
        >>> import numpy as np
        >>> user, time, tie = np.array([[1, 0, 1, 1], [5, 9, 5, 4], [2, 1, 1, 3]])
        >>> in_order(user, time, tie).tolist()
        [1, 3, 2, 0]
    """
    if not len(user):
        return np.zeros(0, np.int64)
    order = _by_time(microsecond, tie)
    for shift in range(0, int(user.max()).bit_length(), _BITS):
        digit = (user[order] >> shift).astype(np.uint16)
        order = order[np.argsort(digit, kind="stable")]
    return order


def _by_time(microsecond: _Ints, tie: _Ints) -> _Ints:
    first, least = int(microsecond.min()), int(tie.min())
    ties = int(tie.max()) - least + 1
    moments = int(microsecond.max()) - first + 1
    if moments * ties > np.iinfo(np.int64).max or microsecond.max() >= _FAR:
        return np.lexsort((tie, microsecond / MICROSECONDS))
    order: _Ints = np.argsort((microsecond - first) * ties + (tie - least))
    return order
