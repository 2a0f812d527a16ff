"""The scoreboard: every model on the same examples, as the dbt model returns it."""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchledger.evaluation.curves import CALIBRATION, CURVE, calibration, curve
from touchledger.evaluation.examples import EvaluationSet, Journeys, evaluation_sets
from touchledger.evaluation.intervals import SAMPLED, SampledAUC, bounds
from touchledger.evaluation.measures import MEASURES, measure
from touchledger.evaluation.verdicts import (
    NO_SCORES,
    NOT_FITTED,
    StratifiedComparison,
    verdict,
)
from touchledger.log import LOGGER

__all__ = ["model_evaluation"]

_Floats = NDArray[np.float64]

# What is equal in the journeys that a model is to tell apart, and the measure of it.
_AT_EQUAL = {"span": "auc_at_equal_span", "length": "auc_at_equal_length"}

_EVALUATION = pa.schema(
    {
        "fitted_model": pa.string(),
        "split": pa.string(),
        "verdict": pa.string(),
        "journeys": pa.int64(),
        "conversions": pa.int64(),
        **dict.fromkeys(MEASURES, pa.float64()),
        **{
            f"{name}_{side}": pa.float64()
            for name in SAMPLED
            for side in ("lower", "upper")
        },
        "constant_log_loss": pa.float64(),
        **{
            f"{name}{end}": pa.float64()
            for name in _AT_EQUAL.values()
            for end in ("", "_lower", "_upper")
        },
        "calibration": pa.list_(CALIBRATION),
        "curve": pa.list_(CURVE),
    }
)


def model_evaluation(
    examples: pa.Table,
    scores_of: Callable[[str], pa.Table],
    models: pa.Table,
    samples: int,
    seed: int,
) -> pa.Table:
    """Evaluate every model on the examples of each split.

    Args:
        examples: As `Journeys.from_arrow` takes them.
        scores_of: Gives `snapshot_key, conversion_probability` of a model, for these
            snapshots and others; no row for a model that gives no scores.
        models: `fitted_model, is_ready`, the models to evaluate, and whether each has
            the fit that it needs.
        samples: Bootstrap samples; 0 leaves bounds null.
        seed: Seeds the samples.

    Returns:
        A row for each model and split with a journey: the measures of
        `touchledger.evaluation`, their bounds (`_lower`, `_upper`), the log loss of one
        rate for all, the AUC among journeys of equal span and of equal length, a
        verdict, and the points of the curves. Of a model without scores only what
        speaks of the journeys is given.

    Raises:
        ValueError: If a model scores some of the journeys only, or gives a score that
            is no probability.
    """
    journeys = Journeys.from_arrow(examples)
    evaluated_sets = list(evaluation_sets(journeys, samples, seed))
    if evaluated_sets and "test" not in {examples.split for examples in evaluated_sets}:
        LOGGER.warning(
            "No journey is in the split test, so nothing says which model to trust: "
            "test_from, or test_fraction, leaves nobody to evaluate by."
        )
    is_ready = dict(
        zip(*(models[c].to_pylist() for c in ("fitted_model", "is_ready")), strict=True)
    )
    facts = [_facts(examples) for examples in evaluated_sets]
    # The chain of the ledger is one of the orders: equal scores are evaluated once.
    evaluated: dict[bytes, list[dict[str, Any]]] = {}
    rows: list[dict[str, Any]] = []
    for name in sorted(is_ready) if evaluated_sets else ():
        scores = scores_of(name)
        if scores.num_rows:
            found = journeys.scored(name, scores)
            key = blake2b(found.tobytes()).digest()
            if key not in evaluated:
                evaluated[key] = [_evaluated(one, found) for one in evaluated_sets]
            said = evaluated[key]
        else:
            blank = {"verdict": NO_SCORES if is_ready[name] else NOT_FITTED}
            said = [blank] * len(evaluated_sets)
        rows += [
            {"fitted_model": name, **row, **fact}
            for row, fact in zip(said, facts, strict=True)
        ]
    return pa.Table.from_pylist(rows, schema=_EVALUATION)


def _facts(examples: EvaluationSet) -> dict[str, Any]:
    """Give what is true of the journeys, whatever a model says of them."""
    converted, constant = examples.is_converted, examples.constant_loss
    weight = examples.journeys.weight[examples.rows]
    share = float(weight[converted].sum() / weight.sum()) if weight.sum() else 1.0
    return {
        "split": examples.split,
        "journeys": len(np.unique(examples.journeys.journey[examples.rows])),
        "conversions": int(converted.sum()),
        "majority_accuracy": max(share, 1 - share),
        "constant_log_loss": constant[0] if constant else None,
    }


def _evaluated(examples: EvaluationSet, scores: _Floats) -> dict[str, Any]:
    ranked = examples.ranked(scores)
    values = measure(ranked)
    samples = examples.resampler.measures(ranked)
    within = {
        name: examples.resampler.area_within(ranked, found.stratum)
        for name, found in examples.strata.items()
    }
    return {
        **values,
        **_bounded({name: values[name] for name in SAMPLED}, samples),
        **_areas({_AT_EQUAL[name]: area for name, area in within.items()}),
        "verdict": _verdict(examples, samples, within),
        "calibration": calibration(ranked, examples.is_converted),
        "curve": curve(ranked),
    }


def _areas(areas: Mapping[str, SampledAUC]) -> dict[str, float | None]:
    values = {name: area.value for name, area in areas.items()}
    samples = {name: area.samples for name, area in areas.items()}
    return {**values, **_bounded(values, samples)}


def _bounded(
    values: Mapping[str, float | None], samples: Mapping[str, _Floats]
) -> dict[str, float | None]:
    found = {}
    for name, value in values.items():
        interval = None if value is None else bounds(samples[name], around=value)
        found[f"{name}_lower"] = interval.lower if interval else None
        found[f"{name}_upper"] = interval.upper if interval else None
    return found


def _verdict(
    examples: EvaluationSet,
    samples: Mapping[str, _Floats],
    within: Mapping[str, SampledAUC],
) -> str:
    constant = examples.constant_loss
    return verdict(
        users=examples.least_users,
        samples=len(samples["auc"]),
        auc=bounds(samples["auc"]),
        excess_loss=bounds(samples["log_loss"] - constant[1]) if constant else None,
        at_equal=(
            StratifiedComparison(bounds(area.samples), examples.least_compared[name])
            for name, area in within.items()
        ),
    )
