"""Scores in order, and how well their order tells outcomes apart.

Journeys count with a weight, and equal scores are one group. With P and N the weights
of groups that convert and that don't, in ascending order of their scores,
`AUC = sum P_g (N_below_g + N_g / 2) / (sum P sum N)`, ties counting half, and
`average precision = sum P_g * precision_g / sum P`, the precision being that of calling
all from group g on converting (Hanley & McNeil 1982; Manning et al. 2008, chapter 8).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchledger.paths import totals

__all__ = ["TINY", "GroupedScores", "StratifiedAUC", "auc", "average_precision"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

# Less weight than this is none: it would divide to infinity.
TINY = 1e-300


@dataclass(frozen=True, eq=False)
class GroupedScores:
    """Groups of equal scores, in ascending order.

    Attributes:
        scores: The score of each group, `(groups,)`.
        group: The group of each row, `(rows,)`.
        positives: Weight that converts, `(groups,)`.
        negatives: Weight that doesn't, `(groups,)`.
    """

    scores: _Floats
    group: _Ints
    positives: _Floats
    negatives: _Floats

    @classmethod
    def of(
        cls, scores: _Floats, journeys: _Floats, conversions: _Floats
    ) -> "GroupedScores":
        """Put rows in order.

        Args:
            scores: Score of each row, `(rows,)`.
            journeys: Weight of the journeys with it, `(rows,)`.
            conversions: Weight of those that convert, `(rows,)`.

        Example:
            >>> import numpy as np
            >>> ranked = GroupedScores.of(
            ...     np.array([0.8, 0.2, 0.8]), np.array([1.0, 4.0, 2.0]),
            ...     np.array([1.0, 1.0, 0.0]),
            ... )
            >>> ranked.positives.tolist(), ranked.negatives.tolist()
            ([1.0, 1.0], [3.0, 2.0])
        """
        found, group = np.unique(scores, return_inverse=True)
        return cls(
            scores=found,
            group=group,
            positives=totals(group, conversions, len(found)),
            negatives=totals(group, journeys - conversions, len(found)),
        )

    def equal_parts(self, parts: int = 10) -> _Ints:
        """Deal groups into equal parts of the weight, each whole, by their middle.

        Returns:
            Parts from 0 to `parts` - 1, ascending, `(groups,)`.
        """
        weight = self.positives + self.negatives
        return _parts_of(np.cumsum(weight) - weight / 2, weight.sum(), parts)

    def bins(self, most: int) -> _Ints:
        """Deal groups into at most so many bins, in order, fine for either outcome.

        Half of each bin's share is one of what converts, half one of what doesn't: so
        bins are small where conversions are, however rare they may be.

        Returns:
            Bins from 0 on, ascending, `(groups,)`; the groups themselves where they
            are few enough.
        """
        if len(self.scores) <= most:
            return np.arange(len(self.scores))
        reached = np.zeros(len(self.scores))
        for weight in (self.positives, self.negatives):
            total = weight.sum()
            if total:
                reached += (np.cumsum(weight) - weight / 2) / total
        return _parts_of(reached, reached[-1] if len(reached) else 1.0, most)


@dataclass(frozen=True, eq=False)
class StratifiedAUC:
    """How well scores tell outcomes apart among rows of equal standing.

    `AUC = sum_s v_s U_s / sum_s v_s P_s N_s` with `v_s = 1 / (P_s + N_s)`: pairs are
    those of one stratum s, so what ranks by the stratum alone has a half. A stratum
    counts by its rows and not by its pairs, or a large one with few conversions would
    be all that counts (van Elteren 1960). Not a number where no stratum has both
    outcomes.

    Attributes:
        area: The area.
        influence: What a little more weight of each row would move it by, times that
            weight, `(rows,)`; sums to 0.
    """

    area: float
    influence: _Floats

    @classmethod
    def of(
        cls,
        ranked: GroupedScores,
        stratum: _Ints,
        positives: _Floats,
        negatives: _Floats,
    ) -> "StratifiedAUC":
        """Rank rows in their strata.

        Args:
            ranked: The scores of the rows.
            stratum: The stratum of each, from 0 on, `(rows,)`.
            positives: Weight that converts, `(rows,)`.
            negatives: Weight that doesn't, `(rows,)`.

        Example:
            >>> import numpy as np
            >>> label = np.array([1.0, 0.0, 1.0, 0.0])
            >>> scores = np.array([0.4, 0.3, 0.2, 0.1])
            >>> ranked = GroupedScores.of(scores, np.ones(4), label)
            >>> StratifiedAUC.of(ranked, np.array([0, 0, 1, 1]), label, 1 - label).area
            1.0
        """
        scores = max(len(ranked.scores), 1)
        cells, cell = np.unique(stratum * scores + ranked.group, return_inverse=True)
        of_cell = cells // scores
        hits = totals(cell, positives, len(cells))
        misses = totals(cell, negatives, len(cells))
        strata = int(of_cell.max(initial=-1)) + 1
        all_hits = totals(of_cell, hits, strata)
        all_misses = totals(of_cell, misses, strata)
        # Stratum after stratum, so what came before it is to be taken off.
        before = np.cumsum(all_misses) - all_misses
        below = np.cumsum(misses) - misses / 2 - before[of_cell]
        before = np.cumsum(all_hits) - all_hits
        above = all_hits[of_cell] - (np.cumsum(hits) - hits / 2 - before[of_cell])
        weight = all_hits + all_misses
        share = np.divide(1, weight, out=np.zeros(strata), where=weight > TINY)
        pairs = float(share * all_hits @ all_misses)
        if pairs <= 0:
            return cls(float("nan"), np.full(len(stratum), np.nan))
        won = totals(of_cell, hits * below, strata)
        area = float(np.clip(share @ won / pairs, 0, 1))
        # More weight in a stratum also makes each of its pairs count less. (The square
        # of a share by itself may be too large for a float.)
        less = share * (share * (won - area * all_hits * all_misses))
        of_hit = share[of_cell] * (below - area * all_misses[of_cell]) - less[of_cell]
        of_miss = share[of_cell] * (above - area * all_hits[of_cell]) - less[of_cell]
        moved = positives * of_hit[cell] + negatives * of_miss[cell]
        return cls(area, moved / pairs)


def _parts_of(reached: _Floats, total: float, parts: int) -> _Ints:
    if not total:
        return np.zeros(len(reached), dtype=np.int64)
    part: _Ints = np.minimum((reached * parts / total).astype(np.int64), parts - 1)
    return part


def auc(positives: _Floats, negatives: _Floats) -> _Floats:
    """Give the probability that what converts scores higher than what doesn't.

    Args:
        positives: Weight that converts by score, ascending, `(groups,)` or
            `(groups, samples)`.
        negatives: Weight that doesn't, shaped alike.

    Returns:
        The area, `()` or `(samples,)`; not a number where either is missing.

    Example:
        >>> import numpy as np
        >>> float(auc(np.array([1.0, 3.0]), np.array([2.0, 2.0])))
        0.625
    """
    below = np.cumsum(negatives, axis=0) - negatives / 2
    pairs = positives.sum(axis=0) * negatives.sum(axis=0)
    with np.errstate(invalid="ignore"):
        area: _Floats = (positives * below).sum(axis=0) / pairs
    # By rounding, a perfect order may come out above 1.
    return np.minimum(area, 1.0)


def average_precision(positives: _Floats, negatives: _Floats) -> _Floats:
    """Give the area under the curve of precision over recall, step by step.

    Args:
        positives: As `auc` takes them.
        negatives: As `auc` takes them.

    Returns:
        The area, `()` or `(samples,)`; not a number where nothing converts.

    Example:
        >>> import numpy as np
        >>> float(average_precision(np.array([1.0, 3.0]), np.array([2.0, 2.0])))
        0.575
    """
    found = positives[::-1]
    hits = np.cumsum(found, axis=0)
    called = hits + np.cumsum(negatives[::-1], axis=0)
    precision = np.divide(hits, called, out=np.zeros_like(hits), where=called > 0)
    with np.errstate(invalid="ignore"):
        area: _Floats = (found * precision).sum(axis=0) / found.sum(axis=0)
    return np.minimum(area, 1.0)
