"""Sums on one thread.

On two threads OpenBLAS and OpenMP add up in another order than on one, and the last
digits of a solution differ. The same input must give the same output on any machine.
"""

# The limit is set on what is loaded: these two bring a library each.
import numpy  # noqa: F401
import scipy.linalg  # noqa: F401
from threadpoolctl import threadpool_limits

__all__ = ["one_thread", "use_one_thread"]


def use_one_thread() -> None:
    """Keep the linear algebra of this process on one thread from now on."""
    threadpool_limits(limits=1, user_api="blas")


def one_thread() -> threadpool_limits:
    """Keep what runs within `with` on one thread, OpenMP included.

    Example:
        >>> with one_thread():
        ...     numpy.ones((2, 2)) @ numpy.ones(2)
        array([2., 2.])
    """
    return threadpool_limits(limits=1)
