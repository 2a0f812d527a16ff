"""The model: what brings conversions by itself, and what touchpoints add.

*Additive*: the rate of conversions is `B(t) + Σ a_i(t)`, B the baseline and a_i what
touchpoint i adds, by its channel and its age. *Multiplicative*: it is `B(t)·(1 + Σ
a_i)`, touchpoints doing more for those who want more anyway. Both have the same number
of weights, and the form under which the conversions are likelier is taken.

Rare channels are drawn toward the effect of all channels together, as if half a
conversion more had been seen to come that way.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from touchledger.hazard.design import Columns, Design, decays
from touchledger.hazard.likelihood import Fit, fit_rates
from touchledger.hazard.splines import LinearSpline

__all__ = ["Form", "Hazard", "fit_hazard"]

_Floats = NDArray[np.float64]

Form = Literal["additive", "multiplicative"]

# Conversions' worth of belief in the effect of all channels together.
_PRIOR_EVENTS = 0.5
# An effect that makes up for less of all conversions than that is as good as none.
_LEAST_SHARE = 0.01
# Points at which what has no closed form is integrated.
_POINTS = 400_000
# Few touchpoints leave so much to chance that fewer points do.
_POINTS_PER_TOUCH = 10
_ROUNDS = 12
_ROUND_STEPS = 60
_GAIN = 0.1
# So many touchpoints tell the forms apart.
_ENOUGH = 1_000_000
_TINY = 1e-12
# Where effects on the baseline begin, and how firmly they are held to their mean.
_BEGIN = 1e-6
_BELIEF = 0.01


@dataclass(frozen=True, eq=False)
class _Points:
    """Columns at points of the time at risk, and how much of it each stands for."""

    columns: Columns
    weight: float


@dataclass(frozen=True, eq=False)
class Hazard:
    """A fitted model.

    Attributes:
        form: How effects join the baseline.
        bend: How exposure bends the baseline.
        baseline: Weights of the baseline's columns and of the basis of its spline.
        effects: What a touchpoint brings by decay and channel, `(decays, channels)`:
            conversions under `additive`, parts of the baseline under `multiplicative`.
        log_likelihood: Of the conversions that the model was fitted to.
    """

    form: Form
    bend: LinearSpline
    baseline: _Floats
    effects: _Floats
    log_likelihood: float

    def baseline_rates(self, columns: Columns) -> _Floats:
        """Give the rate of conversions that the baseline brings, `(points,)`."""
        rates: _Floats = self.bend.extend(columns.baseline) @ self.baseline
        return rates


def fit_hazard(design: Design, seed: int) -> Hazard:
    """Fit both forms and take the one under which the conversions are likelier.

    Where conversions are marks on touchpoints there is but one form: a rate per
    touchpoint and a rate per day have no likelihood in common. Without channels the
    forms are the same.

    Args:
        design: What was seen, and how columns are made of it.
        seed: Seeds the points of integration and, on large input, the choice of users
            on whom the forms are compared.
    """
    sample = _sample(design, seed)
    points = _points(sample, seed)
    additive = _fit_additive(sample, points)
    if not design.seen.has_instant_conversions and design.seen.channels:
        multiplicative = _fit_multiplicative(sample, additive, points)
        if multiplicative.log_likelihood > additive.log_likelihood:
            return multiplicative
    if sample is design:
        return additive
    return _fit_additive(design, _points(design, seed))


def _sample(design: Design, seed: int) -> Design:
    seen = design.seen
    if len(seen.user) <= _ENOUGH:
        return design
    random = np.random.default_rng(seed)
    chosen = random.random(seen.users) < _ENOUGH / len(seen.user)
    return Design(seen.of_users(chosen), design.groups[np.flatnonzero(chosen)])


def _fit_additive(design: Design, points: _Points) -> Hazard:
    found = design.at_events()
    straight = sparse.hstack([found.baseline, found.effects]).tocsr()
    integrals = np.concatenate([design.baseline_integral, design.effects_integral])
    prior = _prior(straight, integrals, _pooling(design, found))
    fit = fit_rates(straight, integrals, *prior)
    model = _model(design, found, fit, LinearSpline.none())
    if design.seen.is_discrete_time:
        return model
    bend = _bend(design, found, model)
    basis = bend.basis(bend.exposure(found.baseline))
    integral = _basis_integral(bend, design, points)
    _, events, weights = prior
    count = found.baseline.shape[1]
    fit = fit_rates(
        sparse.hstack([found.baseline, basis, found.effects]).tocsr(),
        np.insert(integrals, [count] * len(integral), integral),
        np.insert(fit.weights + _TINY, [count] * len(integral), bend.knots / 3),
        np.insert(events, [count] * len(integral), 0.0),
        np.insert(weights, [count] * len(integral), 1.0),
    )
    return _model(design, found, fit, bend)


def _model(design: Design, found: Columns, fit: Fit, bend: LinearSpline) -> Hazard:
    count = found.baseline.shape[1] + len(bend.knots)
    shape = (len(decays(design.seen)), design.seen.channels)
    return Hazard(
        form="additive",
        bend=bend,
        baseline=fit.weights[:count],
        effects=fit.weights[count:].reshape(shape),
        log_likelihood=fit.log_likelihood,
    )


def _bend(design: Design, found: Columns, straight: Hazard) -> LinearSpline:
    floor = float(straight.baseline[0])
    near = straight.baseline[found.baseline.shape[1] - design.seen.channels :]
    return LinearSpline.at_quantiles(floor, near, found.baseline)


def _basis_integral(bend: LinearSpline, design: Design, points: _Points) -> _Floats:
    """Integrate by points; users without touchpoints are where exposure is none."""
    basis = bend.basis(bend.exposure(points.columns.baseline))
    rest = design.baseline_integral[0] - points.weight * basis.shape[0]
    unexposed = bend.basis(np.array([bend.floor])).toarray()[0]
    integral: _Floats = points.weight * np.asarray(basis.sum(axis=0)) + rest * unexposed
    return integral


def _pooling(design: Design, found: Columns) -> sparse.csr_array:
    """Say which columns are one when channels are pooled, `(columns, pooled)`."""
    channels = design.seen.channels
    known = design.known_columns
    columns = found.baseline.shape[1] + found.effects.shape[1]
    blocks = (columns - known) // max(channels, 1)
    return sparse.block_diag(
        [sparse.eye_array(known), *[np.ones((channels, 1))] * blocks], format="csr"
    )


def _prior(
    columns: sparse.csr_array, integrals: _Floats, pooling: sparse.csr_array
) -> tuple[_Floats, _Floats, _Floats]:
    """Fit all channels as one: where to begin, and what to believe of each.

    Returns:
        Weights to begin with, prior events, and prior weights, `(columns,)` each.
    """
    together = pooling.T @ integrals
    fit = fit_rates((columns @ pooling).tocsr(), together)
    brought = fit.weights * together
    least = _LEAST_SHARE * columns.shape[0] / np.where(together > 0, together, np.inf)
    weights = pooling @ np.maximum(fit.weights, least) + _TINY
    is_pooled = np.asarray(pooling.sum(axis=0)).ravel() > 1
    # The decays of a channel share its prior by what they bring all channels.
    part = is_pooled * (brought / max(brought.sum(), _TINY)).clip(0.01, 1)
    return weights, _PRIOR_EVENTS * (pooling @ part), weights


@dataclass(frozen=True, eq=False)
class _Products:
    """Columns at conversions and at points, for integrals of baseline times effects.

    Attributes:
        events: Columns at the conversions.
        points: Columns at the points.
        baseline: The baseline's columns at the conversions, its basis included.
        baseline_at_points: The same at the points.
        whole: Integrals of the baseline's columns.
        effects_integral: Those of the effects' columns.
        weight: How much time at risk a point stands for.
    """

    events: Columns
    points: Columns
    baseline: sparse.csr_array
    baseline_at_points: sparse.csr_array
    whole: _Floats
    effects_integral: _Floats
    weight: float

    def baseline_given(self, effects: _Floats, begin: _Floats) -> _Floats:
        """Fit the baseline's weights, the effects being known."""
        lift = self.points.effects @ effects
        integral = self.whole + self.weight * (self.baseline_at_points.T @ lift)
        lifted = sparse.diags_array(1 + self.events.effects @ effects) @ self.baseline
        return fit_rates(lifted.tocsr(), integral, begin, steps=_ROUND_STEPS).weights

    def effects_given(self, baseline: _Floats, begin: _Floats) -> Fit:
        """Fit the effects' weights and, first of all, a factor on the baseline."""
        rate = self.baseline @ baseline
        known = self.effects_integral
        drawn = self.weight * np.asarray(self.points.effects.sum(axis=0))
        # What the points miss of the integrals that are known, they miss of these too.
        missed = np.divide(known, drawn, out=np.ones_like(known), where=drawn > 0)
        products = self.points.effects.T @ (self.baseline_at_points @ baseline)
        return fit_rates(
            sparse.hstack(
                [rate[:, None], sparse.diags_array(rate) @ self.events.effects]
            ).tocsr(),
            np.append(self.whole @ baseline, missed * self.weight * products),
            np.append(1.0, begin + _BEGIN),
            np.append(0.0, np.full(len(begin), _BELIEF)),
            np.append(1.0, np.full(len(begin), begin.mean() + _BEGIN)),
            steps=_ROUND_STEPS,
        )


def _fit_multiplicative(design: Design, additive: Hazard, points: _Points) -> Hazard:
    """Fit the baseline with the effects given, and the effects given that, in turn."""
    bend, found = additive.bend, design.at_events()
    basis = _basis_integral(bend, design, points)
    products = _Products(
        events=found,
        points=points.columns,
        baseline=bend.extend(found.baseline),
        baseline_at_points=bend.extend(points.columns.baseline),
        whole=np.append(design.baseline_integral, basis),
        effects_integral=design.effects_integral,
        weight=points.weight,
    )
    straight = additive.baseline[: found.baseline.shape[1]]
    baseline = np.append(straight, bend.knots) / 2
    effects = np.full(additive.effects.size, 0.01)
    likelihood = -np.inf
    for _ in range(_ROUNDS):
        baseline = products.baseline_given(effects, baseline + _TINY)
        fit = products.effects_given(baseline, effects)
        scale = max(float(fit.weights[0]), _TINY)
        baseline, effects = baseline * scale, fit.weights[1:] / scale
        if fit.log_likelihood - likelihood < _GAIN:
            break
        likelihood = fit.log_likelihood
    return Hazard(
        form="multiplicative",
        bend=bend,
        baseline=baseline,
        effects=effects.reshape(additive.effects.shape),
        log_likelihood=fit.log_likelihood,
    )


def _points(design: Design, seed: int) -> _Points:
    """Draw points of the time at risk.

    Users without touchpoints have no effects to integrate. The time of the others is
    put on one line, a point in each of its equal parts.
    """
    seen = design.seen
    if seen.is_discrete_time:
        return _Points(design.at(seen.user[:0], seen.moment[:0]), 0.0)
    random = np.random.default_rng(seed)
    # Touchpoints lie in the order of their users.
    reached = seen.user[np.flatnonzero(np.diff(seen.user, prepend=-1))]
    end = np.cumsum(seen.end[reached])
    count = min(_POINTS, _POINTS_PER_TOUCH * len(seen.user))
    part = float(end[-1]) / count if count else 0.0
    place = (np.arange(count) + random.random(count)) * part
    which = np.searchsorted(end, place, side="right").clip(max=len(end) - 1)
    user = reached[which]
    return _Points(design.at(user, seen.end[user] - (end[which] - place)), part)
