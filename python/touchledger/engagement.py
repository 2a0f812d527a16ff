"""How long sessions last: a regressor beside the mean.

Gradient boosted trees (Friedman 2001, "Greedy function approximation") learn the
minutes of a session from what is known as it starts, on training users. Trees are added
as long as validation users gain by it, and none at all is the mean of training. On
users never seen, the gain over the mean is

    mse of the mean - mse of the trees,

with a 95 % interval by the bootstrap over users of `touchledger.bootstrap`.
"""

from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchledger.bootstrap import BOUNDS, BUCKETS, bucket_weights
from touchledger.one_thread import one_thread

__all__ = ["VERDICTS", "engagement_evaluation"]

_Floats = NDArray[np.float64]

VERDICTS = (
    "better than the mean",
    "no better than the mean",
    "worse than the mean",
    "too few users to tell",
)
_SPLITS = ("training", "validation", "test")
_CATEGORIES = ("channel", "source", "medium", "campaign")
_NUMBERS = (
    "weekday",
    "hour",
    "earlier_sessions",
    "earlier_minutes",
    "days_since_previous",
)
# The trees split at most 255 levels; rarer ones are taken for missing.
_LEVELS = 100
_MOST_TREES = 200
# Without validation users nothing says when to stop.
_TREES_UNCHECKED = 20
# An interval of the bootstrap over fewer is too narrow.
_FEWEST_USERS = 10

_EVALUATION = pa.schema(
    {
        "fitted_model": pa.string(),
        "split": pa.string(),
        "sessions": pa.int64(),
        "users": pa.int64(),
        "trees": pa.int64(),
        "mse": pa.float64(),
        "mae": pa.float64(),
        "r_squared": pa.float64(),
        "mean_baseline_mse": pa.float64(),
        "mse_gain": pa.float64(),
        "mse_gain_lower": pa.float64(),
        "mse_gain_upper": pa.float64(),
        "verdict": pa.string(),
    }
)


def engagement_evaluation(sessions: pa.Table, samples: int, seed: int) -> pa.Table:
    """Learn the minutes of sessions and evaluate that on users never seen.

    Args:
        sessions: A row for each session whose end is known: `session_key, user_key,
            bucket` (from 0 to `BUCKETS` - 1), `split`, `engagement_minutes`, and as
            features the texts `channel, source, medium, campaign` and the numbers
            `weekday, hour, earlier_sessions, earlier_minutes, days_since_previous`.
        samples: Bootstrap samples; 0 leaves the bounds and the verdict null.
        seed: Seeds the trees and the samples.

    Returns:
        `fitted_model, split, sessions, users, trees, mse, mae, r_squared,
        mean_baseline_mse, mse_gain, mse_gain_lower, mse_gain_upper, verdict`, a row for
        each of training, validation and test that has sessions; errors are in minutes.
        The mean is that of training. Only the test has a verdict, one of `VERDICTS`. No
        rows without training sessions.

    Example:
        >>> import pyarrow as pa
        >>> from touchledger.engagement import engagement_evaluation
        >>> texts = {name: ["a", "b"] for name in ("channel", "source", "medium")}
        >>> numbers = {name: [0, 1] for name in ("weekday", "hour", "earlier_sessions")}
        >>> nulls = pa.nulls(2, pa.float64())
        >>> result = engagement_evaluation(
        ...     pa.table({"session_key": [1, 2], "user_key": [1, 2], "bucket": [1, 2],
        ...               "split": ["training", "test"], "campaign": ["a", "b"],
        ...               "engagement_minutes": [4.0, 6.0], "earlier_minutes": nulls,
        ...               "days_since_previous": nulls, **texts, **numbers}),
        ...     samples=10, seed=7,
        ... )
        >>> result.select(["split", "mse", "mean_baseline_mse"]).to_pylist()[1]
        {'split': 'test', 'mse': 4.0, 'mean_baseline_mse': 4.0}
        >>> result["verdict"].to_pylist()
        [None, 'too few users to tell']
    """
    table = sessions.sort_by("session_key")
    split = table["split"].to_numpy()
    if not (split == "training").any():
        return _EVALUATION.empty_table()
    minutes = table["engagement_minutes"].to_numpy()
    predicted, trees = _predict(table, minutes, split, seed)
    errors = minutes - predicted
    baseline_errors = minutes - minutes[split == "training"].mean()
    weights = bucket_weights(samples, seed)
    rows = []
    for name in _SPLITS:
        own = split == name
        if own.any():
            evaluated = _evaluate(
                table.filter(pa.array(own)), errors[own], baseline_errors[own], weights
            )
            verdict = evaluated["verdict"] if name == "test" else None
            rows.append(
                {**evaluated, "split": name, "trees": trees, "verdict": verdict}
            )
    return pa.Table.from_pylist(rows, schema=_EVALUATION)


def _predict(
    table: pa.Table, minutes: _Floats, split: NDArray[np.object_], seed: int
) -> tuple[_Floats, int]:
    """Fit on training users and give predictions `(sessions,)` and how many trees."""
    # It takes seconds to load, and most inputs have no sessions.
    from sklearn.ensemble import HistGradientBoostingRegressor

    training, validation = split == "training", split == "validation"
    features = _features(table, training)
    mean = float(minutes[training].mean())
    held_out = (
        {"X_val": features[validation], "y_val": minutes[validation]}
        if validation.any()
        else {}
    )
    model = HistGradientBoostingRegressor(
        max_iter=_MOST_TREES if held_out else _TREES_UNCHECKED,
        categorical_features=list(range(len(_CATEGORIES))),
        early_stopping=bool(held_out),
        random_state=seed,
    )
    with one_thread():
        model.fit(features[training], minutes[training], **held_out)
        trees = int(model.n_iter_)
        if held_out:
            # No tree at all is the mean.
            stages = model.staged_predict(features[validation])
            losses = [np.mean((minutes[validation] - stage) ** 2) for stage in stages]
            unlearned = np.mean((minutes[validation] - mean) ** 2)
            trees = int(np.argmin([unlearned, *losses]))
        if not trees:
            return np.full(len(minutes), mean), 0
        stages = model.staged_predict(features)
        return next(islice(stages, trees - 1, None)), trees


def _features(table: pa.Table, training: NDArray[np.bool_]) -> _Floats:
    """Give a matrix `(sessions, features)`, categories as numbers, nulls as nan."""
    columns = [_codes(table[name], training) for name in _CATEGORIES]
    columns += [
        table[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
        for name in _NUMBERS
    ]
    features: _Floats = np.column_stack(columns)
    # The trees can't take a column without any value to learn from.
    features[:, np.isnan(features[training]).all(axis=0)] = 0
    return features


def _codes(column: pa.ChunkedArray, training: NDArray[np.bool_]) -> _Floats:
    """Number the commonest levels of training users; all others are missing."""
    counts = column.filter(pa.array(training)).value_counts().to_pylist()
    counts.sort(key=lambda level: (-level["counts"], level["values"]))
    levels = pa.array([level["values"] for level in counts[:_LEVELS]], pa.string())
    codes: _Floats = (
        pc.index_in(column, levels).cast(pa.float64()).to_numpy(zero_copy_only=False)
    )
    return codes


def _evaluate(
    table: pa.Table, errors: _Floats, baseline_errors: _Floats, weights: _Floats
) -> dict[str, Any]:
    """Measure the errors of one split beside those of the mean."""
    squared, baseline = errors**2, baseline_errors**2
    # The best that any one number could do on this split.
    least = float(np.var(baseline_errors))
    users = len(table["user_key"].unique())
    lower, upper = _bounds(
        table["bucket"].to_numpy(), baseline - squared, weights, users
    )
    return {
        "fitted_model": "gradient_boosting",
        "sessions": len(errors),
        "users": users,
        "mse": float(squared.mean()),
        "mae": float(np.abs(errors).mean()),
        "r_squared": 1 - float(squared.mean()) / least if least else None,
        "mean_baseline_mse": float(baseline.mean()),
        "mse_gain": float((baseline - squared).mean()),
        "mse_gain_lower": lower,
        "mse_gain_upper": upper,
        "verdict": _verdict(lower, upper) if weights.size else None,
    }


def _bounds(
    bucket: NDArray[np.int64], gains: _Floats, weights: _Floats, users: int
) -> tuple[float | None, float | None]:
    """Bound the mean gain by samples of the users' buckets."""
    if not weights.size or users < _FEWEST_USERS:
        return None, None
    drawn = np.bincount(bucket, minlength=BUCKETS) @ weights
    sums = np.bincount(bucket, gains, BUCKETS) @ weights
    # A sample may miss all users of a small split.
    lower, upper = np.percentile(sums[drawn > 0] / drawn[drawn > 0], BOUNDS)
    return float(lower), float(upper)


def _verdict(lower: float | None, upper: float | None) -> str:
    better, no_better, worse, too_few = VERDICTS
    if lower is None or upper is None:
        return too_few
    if lower > 0:
        return better
    return worse if upper < 0 else no_better
