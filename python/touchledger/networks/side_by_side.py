"""Work on threads of its own, given out in its order: the same results, sooner."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["side_by_side"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def side_by_side(
    work: Callable[[_Item], _Result], items: Iterable[_Item], threads: int
) -> Iterator[_Result]:
    """Work on items while the results of earlier ones are used.

    Args:
        work: Done for each item, without regard to the others.
        items: The items.
        threads: How many are worked on at once; as many more wait to be taken.

    Yields:
        What `work` gave, in the order of the items.

    Example:
        >>> list(side_by_side(abs, [-3, 2, -1], threads=2))
        [3, 2, 1]
    """
    waiting: deque[Future[_Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
