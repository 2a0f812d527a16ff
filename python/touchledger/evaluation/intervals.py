"""How far chance may have moved a measure: 95 % intervals by a bootstrap over users.

Samples draw buckets of users (`touchledger.bootstrap`), the same for all models of a
split, so that differences between models vary as little as they should. Sums over
journeys are a product of their sums by bucket with the weights of the samples. Measures
of rank are sampled on at most `BINS` bins of scores; the interval is moved by what the
bins do to the measure itself, which is computed without them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchledger.bootstrap import BOUNDS, BUCKETS, bucket_weights
from touchledger.evaluation.measures import losses
from touchledger.evaluation.ranking import (
    TINY,
    GroupedScores,
    StratifiedAUC,
    auc,
    average_precision,
)
from touchledger.paths import totals

__all__ = ["BINS", "SAMPLED", "Bounds", "Resampler", "SampledAUC", "bounds"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

# The measures that have an interval.
SAMPLED = (
    "log_loss",
    "auc",
    "average_precision",
    "brier",
    "accuracy",
    "calibration_error",
)
BINS = 256


@dataclass(frozen=True)
class Bounds:
    """The bounds of an interval."""

    lower: float
    upper: float


@dataclass(frozen=True, eq=False)
class SampledAUC:
    """An AUC.

    Attributes:
        value: The AUC; None where there is none.
        samples: The same in each sample, `(samples,)`.
    """

    value: float | None
    samples: _Floats

    @classmethod
    def of(cls, value: float, samples: _Floats) -> "SampledAUC":
        """Take an AUC that may be not a number."""
        return cls(None if np.isnan(value) else value, samples)


@dataclass(frozen=True, eq=False)
class Resampler:
    """Journeys of one split, and the samples of their users.

    Attributes:
        bucket: Bucket of users, `(rows,)`.
        positives: Weight that converts, `(rows,)`.
        negatives: Weight that doesn't, `(rows,)`.
        draws: How often each bucket is in each sample, `(BUCKETS, samples)`.
    """

    bucket: _Ints
    positives: _Floats
    negatives: _Floats
    draws: _Floats

    @classmethod
    def of(
        cls,
        bucket: _Ints,
        positives: _Floats,
        negatives: _Floats,
        samples: int,
        seed: int,
    ) -> "Resampler":
        """Draw the samples.

        Args:
            bucket: Bucket of users, 0 to `BUCKETS` - 1, `(rows,)`.
            positives: Weight that converts, `(rows,)`.
            negatives: Weight that doesn't, `(rows,)`.
            samples: How many samples; 0 for no intervals.
            seed: Seeds the draw.
        """
        return cls(bucket, positives, negatives, bucket_weights(samples, seed))

    def sums(self, values: _Floats) -> _Floats:
        """Add values of rows up in each sample, `(samples,)`."""
        sums: _Floats = np.bincount(self.bucket, values, BUCKETS) @ self.draws
        return sums

    def sums_by(self, place: _Ints, values: _Floats) -> _Floats:
        """Add values of rows up by place in each sample, `(places, samples)`."""
        places = int(place.max(initial=-1)) + 1
        cells = np.bincount(place * BUCKETS + self.bucket, values, places * BUCKETS)
        sums: _Floats = cells.reshape(places, BUCKETS) @ self.draws
        return sums

    def measures(self, ranked: GroupedScores) -> dict[str, _Floats]:
        """Give each of `SAMPLED` in each sample, `(samples,)`.

        Args:
            ranked: The scores of the rows, which are probabilities.
        """
        score = ranked.scores[ranked.group]
        weight = self.positives + self.negatives
        loss, square = losses(score, self.positives, self.negatives)
        right = np.where(score >= 0.5, self.positives, self.negatives)
        distance = self.sums_by(
            ranked.equal_parts()[ranked.group], score * weight - self.positives
        )
        sums = {
            "log_loss": self.sums(loss),
            "brier": self.sums(square),
            "accuracy": self.sums(right),
            "calibration_error": np.abs(distance).sum(axis=0),
        }
        total = self.sums(weight)
        with np.errstate(invalid="ignore"):
            means = {name: values / total for name, values in sums.items()}
        means["accuracy"] = np.minimum(means["accuracy"], 1.0)
        return {**means, **self.measures_of_rank(ranked)}

    def measures_of_rank(self, ranked: GroupedScores) -> dict[str, _Floats]:
        """Give `auc` and `average_precision` in each sample, `(samples,)`.

        Args:
            ranked: The scores of the rows, which may be any numbers.
        """
        bins = ranked.bins(BINS)
        of_rows = bins[ranked.group]
        sampled = (
            self.sums_by(of_rows, self.positives),
            self.sums_by(of_rows, self.negatives),
        )
        exact = ranked.positives, ranked.negatives
        count = int(bins.max(initial=-1)) + 1
        binned = totals(bins, exact[0], count), totals(bins, exact[1], count)
        return {
            name: np.clip(
                measure(*sampled) + (measure(*exact) - measure(*binned)), 0, 1
            )
            for name, measure in (
                ("auc", auc),
                ("average_precision", average_precision),
            )
        }

    def area_within(self, ranked: GroupedScores, stratum: _Ints) -> SampledAUC:
        """Give the AUC among rows of one stratum.

        Each bucket moves it as it would by a little more of it (the infinitesimal
        jackknife, Efron 1982), so rows needn't be ranked anew in each sample. A row
        that has much of its stratum moves it by less than it varies: its part is
        divided by the root of what others have (MacKinnon & White 1985).

        Args:
            ranked: The scores of the rows.
            stratum: The stratum of each, from 0 on, `(rows,)`.
        """
        within = StratifiedAUC.of(ranked, stratum, self.positives, self.negatives)
        weight = self.positives + self.negatives
        strata = int(stratum.max(initial=-1)) + 1
        total = np.maximum(totals(stratum, weight, strata), TINY)[stratum]
        others = 1 - weight / total
        # A row without others is compared with nobody.
        influence = within.influence / np.sqrt(np.where(others > 0, others, 1))
        # Drawn once each, the rows give the area.
        moved = self.sums(influence) - influence.sum()
        return SampledAUC.of(within.area, np.clip(within.area + moved, 0, 1))


def bounds(samples: _Floats, around: float | None = None) -> Bounds | None:
    """Bound the middle 95 % of the samples.

    Args:
        samples: A measure in each sample; not a number where it isn't defined.
        around: What the interval shall hold: a calibration error is never below 0, so
            in most samples it is larger than it is without them.

    Returns:
        None where no sample has a value.

    Example:
        >>> import numpy as np
        >>> bounds(np.array([1.0, 2.0, np.nan, 3.0]))
        Bounds(lower=1.05, upper=2.95)
    """
    defined = samples[np.isfinite(samples)]
    if not len(defined):
        return None
    lower, upper = np.percentile(defined, BOUNDS)
    if around is not None:
        lower, upper = min(lower, around), max(upper, around)
    return Bounds(float(lower), float(upper))
