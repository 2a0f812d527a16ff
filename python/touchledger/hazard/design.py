"""Columns of the hazard, at points in time, and their integrals over all time at risk.

A touchpoint at t_i acts at t by `exp(-(t - t_i) / d) / d` from then on, for each of a
few means d: a mixture of them is the channel's own decay. What else brings conversions
is the baseline. It can't be seen, but it shows in exposure: who wants to buy is reached
by channels that follow intent, before the purchase and after it alike. So the baseline
has, per channel, the user's exposure over all time, and the exposure near t on *both*
sides, `exp(-|t - t_i| / s) / 2s`. What a wish brings about is as strong before a
touchpoint as after it; what a touchpoint causes comes after it. (The self-controlled
case series of Farrington 1995, with exposures after the event as negative controls, as
in Lipsitch et al. 2010.) Where users aren't observed after they convert, only earlier
exposure is there to be used.

A touchpoint shortly before a conversion is how the user arrived. It is neither cause
nor exposure.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from touchledger.hazard.observations import Observations, Pairs, pair_up
from touchledger.paths import totals

__all__ = [
    "DECAY_DAYS",
    "Columns",
    "Design",
    "acts",
    "decay",
    "decays",
    "half_lives",
    "still_to_come",
]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

# Means of the decays: half-lives of half a day, one, three and seven days.
DECAY_DAYS = (0.7, 1.5, 4.0, 10.0)
# Exposure near a point counts within days: half of it lies within two.
_NEAR_DAYS = 3.0
# Until so many days have passed, little is known of a user's exposure.
_SETTLING_DAYS = 10.0
# A tenth of a millisecond, in days.
_ROUNDING = 1e-9
# Half-lives are found by halving an interval that has them all.
_LONGEST_HALF_LIFE = 20.0
_HALVINGS = 40


@dataclass(frozen=True, eq=False)
class Columns:
    """Columns of the hazard at some points.

    Attributes:
        baseline: `(points, baseline columns)`; the first one is 1.
        effects: `(points, decays * channels)`, the channels of a decay together.
    """

    baseline: sparse.csr_array
    effects: sparse.csr_array


class Design:
    """Makes columns of what was seen.

    Args:
        seen: Touchpoints and conversions.
        groups: What the baseline knows of each user, such as attributes in one-hot
            columns, `(users, groups)`.
    """

    def __init__(self, seen: Observations, groups: sparse.csr_array) -> None:
        """Keep what is seen."""
        self.seen = seen
        self.groups = groups.tocsr()

    @property
    def baseline_integral(self) -> _Floats:
        """Integrals of the baseline's columns over all time at risk, `(columns,)`."""
        return self._integrals[0]

    @property
    def effects_integral(self) -> _Floats:
        """The same of the effects' columns."""
        return self._integrals[1]

    @cached_property
    def _integrals(self) -> tuple[_Floats, _Floats]:
        return _by_touch(self) if self.seen.is_discrete_time else _by_time(self)

    @property
    def known_columns(self) -> int:
        """Columns of the baseline that aren't of channels."""
        return 1 + 6 + int(self.groups.shape[1])

    def at_events(self) -> Columns:
        """Make columns at the conversions."""
        return self.at(self.seen.event_user, self.seen.event_moment)

    def at(self, user: _Ints, moment: _Floats) -> Columns:
        """Make columns at points, given by their users and days."""
        return Columns(*_columns(self, user, moment))


def decay(lag: _Floats, days: float) -> _Floats:
    """Say how strongly a touchpoint acts, per day, so many days later."""
    rate: _Floats = np.exp(-lag / days) / days
    return rate


def decays(seen: Observations) -> tuple[float, ...]:
    """Give the means of the decays; 0 stands for the very instant of a touchpoint."""
    return (0.0, *DECAY_DAYS) if seen.has_instant_conversions else DECAY_DAYS


def half_lives(seen: Observations, effects: _Floats) -> _Floats:
    """Say after how many days a channel has done half of what it does.

    Args:
        seen: What the effects were fitted to.
        effects: Weights by decay and channel, `(decays, channels)`.

    Returns:
        Days, `(channels,)`; not a number where a channel does nothing.
    """
    whole = effects.sum(axis=0)
    low, high = np.zeros(len(whole)), np.full(len(whole), _LONGEST_HALF_LIFE)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        left = sum(
            weights * np.exp(-middle / days)
            for weights, days in zip(effects, decays(seen), strict=True)
            if days
        )
        more = left > whole / 2
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return np.where(whole > 0, np.round((low + high) / 2, 6), np.nan)


def acts(seen: Observations, lag: _Floats) -> NDArray[np.bool_]:
    """Tell which touchpoints may have caused what came so many days after them."""
    if not seen.arrival:
        return lag >= 0
    # A lag of just the arrival is one, however it is rounded.
    return lag > seen.arrival + _ROUNDING


def _columns(
    design: Design, user: _Ints, moment: _Floats
) -> tuple[sparse.csr_array, sparse.csr_array]:
    seen = design.seen
    pairs = pair_up(seen, user, moment)
    channel = seen.channel[pairs.touch]
    shape = (len(user), seen.channels)

    def block(values: _Floats, where: NDArray[np.bool_]) -> sparse.csr_array:
        places = (pairs.point[where], channel[where])
        return sparse.csr_array((values[where], places), shape=shape)

    known = sparse.hstack(
        [
            np.ones((len(user), 1)),
            _weekdays(seen, moment),
            design.groups[user],
        ]
    )
    baseline = [known, *(block(*part) for part in _exposures(seen, pairs, moment))]
    past = acts(seen, pairs.lag)
    effects = [
        block(np.ones(len(past)), pairs.lag == 0)
        if days == 0
        else block(decay(pairs.lag, days), past)
        for days in decays(seen)
    ]
    return sparse.hstack(baseline).tocsr(), sparse.hstack(effects).tocsr()


def _weekdays(seen: Observations, moment: _Floats) -> sparse.csr_array:
    """One column a weekday, but for Monday, which the constant stands for."""
    day = seen.weekday(moment)
    rows = np.flatnonzero(day)
    ones = np.ones(len(rows))
    return sparse.csr_array((ones, (rows, day[rows] - 1)), shape=(len(moment), 6))


def _exposures(
    seen: Observations, pairs: Pairs, moment: _Floats
) -> list[tuple[_Floats, NDArray[np.bool_]]]:
    """Exposure of the user by channel: over all time, and near the point."""
    lag = pairs.lag
    if not seen.is_observed_after_event:
        known_for = moment[pairs.point] + _SETTLING_DAYS
        earlier = (lag > 0) & acts(seen, lag)
        return [(1 / known_for, earlier)]
    own = (lag < 0) | (acts(seen, lag) & (lag > 0))
    return [
        (np.full(len(lag), 1 / seen.horizon), own),
        (np.exp(-np.abs(lag) / _NEAR_DAYS) / (2 * _NEAR_DAYS), own),
    ]


def _by_time(design: Design) -> tuple[_Floats, _Floats]:
    """Integrate over the time in which users were observed, in closed form."""
    seen = design.seen
    before, after = seen.moment, seen.end[seen.user] - seen.moment
    after = np.maximum(after, seen.arrival)
    days = np.arange(int(np.ceil(seen.horizon)))
    weekday = seen.weekday(days.astype(np.float64))
    observed = np.array([np.clip(seen.end - day, 0, 1).sum() for day in days])
    baseline = [
        [seen.end.sum()],
        totals(weekday, observed, 7)[1:],
        design.groups.T @ seen.end,
    ]
    if seen.is_observed_after_event:
        near = 1 - np.exp(-before / _NEAR_DAYS)
        near += still_to_come(seen.arrival, after, _NEAR_DAYS)
        # The time of arrivals is no exposure; among weeks it is nothing.
        whole = np.full(len(before), 1.0)
        baseline += [_by_channel(seen, whole), _by_channel(seen, near / 2)]
    else:
        end = seen.end[seen.user] + _SETTLING_DAYS
        since = np.minimum(seen.moment + seen.arrival + _SETTLING_DAYS, end)
        baseline.append(_by_channel(seen, np.log(end / since)))
    effects = [
        _by_channel(
            seen,
            still_to_come(seen.arrival, after, days) if days else np.ones(len(after)),
        )
        for days in decays(seen)
    ]
    return np.concatenate(baseline), np.concatenate(effects)


def _by_touch(design: Design) -> tuple[_Floats, _Floats]:
    """Add up over the touchpoints at which users might have converted."""
    seen = design.seen
    at_risk = seen.moment <= seen.end[seen.user]
    baseline, effects = _columns(design, seen.user[at_risk], seen.moment[at_risk])
    integrals = np.asarray(baseline.sum(axis=0))
    # Without a touchpoint nobody converts: nothing comes at all times, or by itself.
    integrals[: design.known_columns] = 0
    return integrals, np.asarray(effects.sum(axis=0))


def still_to_come(begin: float, end: _Floats, days: float) -> _Floats:
    """Give the part of a decay that falls between two ages, in days."""
    rest: _Floats = np.exp(-begin / days) - np.exp(-end / days)
    return rest


def _by_channel(seen: Observations, values: _Floats) -> _Floats:
    return totals(seen.channel, values, seen.channels)
