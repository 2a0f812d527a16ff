"""What the package says while it works.

It speaks through Python's own logging; who runs it decides where that goes. Under dbt
it goes to dbt's log (`dbt_log`).
"""

import logging
import time
from collections.abc import Callable

__all__ = ["LOGGER", "Progress"]

LOGGER = logging.getLogger("touchledger")
_SECONDS = 10.0


class Progress:
    """Says every ten seconds how far a long work has come.

    Args:
        name: Who works.
        what: What is counted.
        total: How many there are.

    Example:
        >>> progress = Progress("lightgbm", "snapshots scored", total=1_000_000)
        >>> progress.add(500_000)
    """

    def __init__(self, name: str, what: str, total: int) -> None:
        """Start with nothing done."""
        self._name, self._what, self._total = name, what, total
        self._done = 0
        self._said_at = time.monotonic()

    def add(self, count: int) -> None:
        """Count what has been done, at most, and say so if it is time."""
        self._reach(self._done + count)

    def add_so_far(self) -> Callable[[int], None]:
        """Give what counts a part of the work, told how much of it is done so far."""
        before = self._done
        return lambda count: self._reach(before + count)

    def _reach(self, done: int) -> None:
        self._done = min(done, self._total)
        if time.monotonic() - self._said_at >= _SECONDS:
            self._said_at = time.monotonic()
            LOGGER.info(
                "%s: %s of %s %s",
                self._name,
                f"{self._done:,}",
                f"{self._total:,}",
                self._what,
            )
