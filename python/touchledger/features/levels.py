"""The common levels of a text: those that are features of their own.

Rare levels say little of the next ones, and share a feature.
"""

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["LevelCounts"]

MOST_LEVELS = 50
_RAREST = 10
# Levels are counted in chunks: a text such as an address has too many to keep.
_KEPT_LEVELS = 20_000


@dataclass
class LevelCounts:
    """How often levels have been seen.

    Example:
        >>> import pyarrow as pa
        >>> counts = LevelCounts()
        >>> counts.add(pa.chunked_array([["x"] * 10 + ["y"] * 9 + [None]]))
        >>> counts.common()
        ['x']
    """

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, texts: pa.ChunkedArray) -> None:
        """Count levels; nulls are none."""
        for counted in pc.value_counts(texts.drop_null()).to_pylist():
            self.counts[counted["values"]] += counted["counts"]
        if len(self.counts) > _KEPT_LEVELS:
            self.counts = Counter(dict(self._ranked(_KEPT_LEVELS // 2)))

    def common(self) -> list[str]:
        """Give the levels that are features, the commonest first."""
        return [level for level, count in self._ranked(MOST_LEVELS) if count >= _RAREST]

    def _ranked(self, most: int) -> list[tuple[str, int]]:
        return sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[:most]
