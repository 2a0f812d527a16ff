"""The fit: rates as sums of columns that can't be negative, by maximum likelihood.

Events at a rate `x(t)·w` have the log-likelihood `Σ log(x_e·w) - I·w`, with I the
integrals of the columns over all time at risk: the time itself needs no rows. A few
steps of expectation and maximisation (Lewis & Mohler 2011, "A nonparametric EM
algorithm for multiscale Hawkes processes") lead near the optimum, and L-BFGS-B (Byrd
et al. 1995) goes on from there. The function has no other optimum.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

__all__ = ["Fit", "fit_rates"]

_Floats = NDArray[np.float64]

_FIRST_STEPS = 30
_STEPS = 300
_TOLERANCE = 1e-9
_SMALLEST = 1e-300


@dataclass(frozen=True, eq=False)
class Fit:
    """Weights of the columns, `(columns,)`, and their log-likelihood."""

    weights: _Floats
    log_likelihood: float


def fit_rates(
    columns: sparse.csr_array,
    integrals: _Floats,
    begin: _Floats | None = None,
    prior_events: _Floats | None = None,
    prior_weights: _Floats | None = None,
    steps: int = _STEPS,
) -> Fit:
    """Find the weights under which the events are most likely.

    Args:
        columns: Columns at the events, at least 0, `(events, columns)`.
        integrals: Integrals of the columns over all time at risk, `(columns,)`.
        begin: Weights to begin with; they should be above 0.
        prior_events: A column's weight is drawn toward its prior weight as if so many
            events had been seen to come by it, `(columns,)`; nothing where absent.
        prior_weights: What weights are drawn to, `(columns,)`, above 0.
        steps: Most steps of the optimiser.

    Example:
        >>> import numpy as np
        >>> from scipy import sparse
        >>> events = sparse.csr_array(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 1.0]]))
        >>> fit_rates(events, np.array([10.0, 1.0])).weights.round(2).tolist()
        [0.11, 1.89]
    """
    count = columns.shape[1]
    # Columns that are nowhere at risk get no weight and no say, whatever is believed.
    used = integrals > 0
    extra = np.zeros(count) if prior_events is None else prior_events * used
    if prior_weights is not None:
        integrals = integrals + extra / prior_weights
    scale = np.where(used, integrals, 1.0)
    scaled = (columns @ sparse.diags_array(used / scale)).tocsr()
    turned = scaled.T.tocsr()
    share = (columns.shape[0] + extra.sum()) / max(used.sum(), 1)
    weights = np.where(used, share if begin is None else begin * scale, 0.0)
    for _ in range(_FIRST_STEPS):
        weights = weights * (turned @ (1 / (scaled @ weights + _SMALLEST))) + extra

    def loss(weights: _Floats) -> tuple[float, _Floats]:
        rate = scaled @ weights + _SMALLEST
        value = np.log(rate).sum() - weights[used].sum()
        slope = turned @ (1 / rate) - used
        if prior_events is not None:
            held = np.maximum(weights, _SMALLEST)
            value += extra @ np.log(held)
            slope = slope + extra / held
        return -value, -slope

    lowest = np.where(extra > 0, 1e-9, 0.0)
    found = optimize.minimize(
        loss,
        np.maximum(weights, lowest),
        jac=True,
        method="L-BFGS-B",
        bounds=optimize.Bounds(lowest, np.inf),
        options={"maxiter": steps, "ftol": _TOLERANCE, "maxcor": 30},
    )
    fitted = np.where(used, found.x, 0.0)
    rate = scaled @ fitted + _SMALLEST
    return Fit(fitted / scale, float(np.log(rate).sum() - fitted.sum()))
