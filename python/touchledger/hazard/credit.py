"""What touchpoints caused, and the credit that a ledger can give them.

At a conversion, each touchpoint caused its part of the rate: under `adding`
`a_i / (B + Σ a)`, under `multiplying` its part of the logarithms, `log(1 + a_i)` of
their sum, of the share `Σ a / (1 + Σ a)` that isn't the baseline's. What the baseline
keeps came by itself.

A ledger gives each conversion away whole, so the baseline's part has to go to
touchpoints too. It goes to those of the conversion by weights of campaigns, found by
iterative proportional fitting (Deming & Stephan 1940) so that the totals of the ledger
come as near to the caused ones, in proportion, as whole conversions allow: a
conversion after a single touchpoint is that touchpoint's, whatever caused it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchledger.hazard.design import Design, acts, decay, decays, still_to_come
from touchledger.hazard.effects import Hazard
from touchledger.hazard.observations import Pairs, pair_up
from touchledger.paths import totals

__all__ = ["Causes", "find_causes", "spread"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

# A campaign is drawn toward its channel, as if so many more conversions had come of it.
_PRIOR_EVENTS = 5.0
_ROUNDS = 10
_FITTING_ROUNDS = 200
_CLOSE = 1e-6


@dataclass(frozen=True, eq=False)
class Causes:
    """What a fitted model says of the conversions that it was shown.

    Attributes:
        hazard: The model.
        factors: What a campaign does beside its channel's mean, `(campaigns,)`.
        campaign_keys: Key of each numbered campaign, ascending.
        baseline: Rate of the baseline at each conversion, `(conversions,)`.
        strength: What all touchpoints add, `(conversions,)`.
        logarithms: Sum of `log(1 + a_i)`, `(conversions,)`.
        pairs: Conversions with the touchpoints of their users.
        parts: What each pair's touchpoint caused of the conversion, `(pairs,)`.
    """

    hazard: Hazard
    factors: _Floats
    campaign_keys: _Ints
    baseline: _Floats
    strength: _Floats
    logarithms: _Floats
    pairs: Pairs
    parts: _Floats

    @property
    def baseline_parts(self) -> _Floats:
        """What came by itself of each conversion, `(conversions,)`."""
        if self.hazard.form == "multiplying":
            return 1 / (1 + self.strength)
        whole = self.baseline + self.strength
        return np.divide(self.baseline, whole, out=np.ones_like(whole), where=whole > 0)

    def part(self, conversion: _Ints, strength: _Floats) -> _Floats:
        """Give the parts of touchpoints of conversions, by what they add."""
        rest = 1 - self.baseline_parts[conversion]
        if self.hazard.form == "multiplying":
            above, below = np.log1p(strength), self.logarithms[conversion]
        else:
            above, below = strength, self.strength[conversion]
        share = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
        return rest * share


def strengths(design: Design, hazard: Hazard, lag: _Floats, channel: _Ints) -> _Floats:
    """Say what touchpoints add, by their age in days and their channel."""
    seen = design.seen
    found = np.zeros(len(lag))
    acting = acts(seen, lag)
    for row, days in enumerate(decays(seen)):
        weight = hazard.effects[row]
        now = lag == 0 if days == 0 else acting
        value = np.ones(len(lag)) if days == 0 else decay(np.maximum(lag, 0), days)
        found += np.where(now, weight[channel] * value, 0.0)
    return found


def find_causes(design: Design, hazard: Hazard) -> Causes:
    """Ask a model what caused the conversions, campaigns told apart."""
    seen = design.seen
    campaign_keys = np.unique(seen.campaign_key)
    campaign = np.searchsorted(campaign_keys, seen.campaign_key)
    count = len(seen.event_user)
    baseline = hazard.baseline_rates(design.at_events())
    pairs = pair_up(seen, seen.event_user, seen.event_moment)
    own = strengths(design, hazard, pairs.lag, seen.channel[pairs.touch])
    acting = own > 0
    pairs = Pairs(pairs.point[acting], pairs.touch[acting], pairs.lag[acting])
    own, of = own[acting], campaign[pairs.touch]
    expected = _expected(design, hazard, campaign, len(campaign_keys))
    factors = np.ones(len(campaign_keys))
    for step in range(_ROUNDS + 1):
        strength = own * factors[of]
        causes = Causes(
            hazard=hazard,
            factors=factors,
            campaign_keys=campaign_keys,
            baseline=baseline,
            strength=totals(pairs.point, strength, count),
            logarithms=totals(pairs.point, np.log1p(strength), count),
            pairs=pairs,
            parts=np.zeros(0),
        )
        parts = causes.part(pairs.point, strength)
        if step < _ROUNDS:
            factors = _factors(
                totals(of, parts, len(factors)), expected, seen.channel, campaign
            )
    return Causes(**{**vars(causes), "parts": parts})


def _expected(
    design: Design, hazard: Hazard, campaign: _Ints, campaigns: int
) -> _Floats:
    """Say what each campaign would bring if it did as its channel, in any unit."""
    seen = design.seen
    after = np.maximum(seen.end[seen.user] - seen.moment, seen.arrival)
    brought = np.zeros(len(after))
    for row, days in enumerate(decays(seen)):
        acted = still_to_come(seen.arrival, after, days) if days else 1.0
        brought += hazard.effects[row][seen.channel] * acted
    return totals(campaign, brought, campaigns)


def _factors(
    caused: _Floats, expected: _Floats, channel: _Ints, campaign: _Ints
) -> _Floats:
    """Compare campaigns with their channel, little being known of rare ones."""
    channel_of = np.zeros(len(caused), dtype=np.int64)
    channel_of[campaign] = channel
    channels = int(channel_of.max(initial=-1)) + 1
    all_caused = totals(channel_of, caused, channels)
    all_expected = totals(channel_of, expected, channels)
    rate = np.divide(
        all_caused, all_expected, out=np.zeros(channels), where=all_expected > 0
    )
    usual = expected * rate[channel_of]
    factors = (caused + _PRIOR_EVENTS) / (usual + _PRIOR_EVENTS)
    # A channel as a whole does what it does, whatever its campaigns are.
    whole = totals(channel_of, usual * factors, channels)
    level = np.divide(all_caused, whole, out=np.ones(channels), where=whole > 0)
    leveled: _Floats = factors * level[channel_of]
    return leveled


def spread(
    journey: _Ints, campaign: _Ints, parts: _Floats, targets: _Floats
) -> _Floats:
    """Give whole journeys away, so that campaigns come near to what they caused.

    Args:
        journey: Journey of each touchpoint, numbered from 0 without gaps.
        campaign: Campaign of each touchpoint, numbered from 0.
        parts: What each touchpoint caused of its journey's conversion; at most 1 in
            all for a journey.
        targets: What each campaign caused, in any unit, `(campaigns,)`.

    Returns:
        Credit of each touchpoint, summing to 1 for each journey.

    Example:
        >>> import numpy as np
        >>> spread(
        ...     journey=np.array([0, 0, 1]), campaign=np.array([0, 1, 1]),
        ...     parts=np.array([0.4, 0.1, 0.0]), targets=np.array([3.0, 1.0]),
        ... ).round(3).tolist()
        [0.9, 0.1, 1.0]
    """
    count, journeys = len(targets), int(journey.max(initial=-1)) + 1
    if not journeys:
        return np.zeros(0)
    rest = np.maximum(1 - totals(journey, parts, journeys), 0)
    given = totals(campaign, parts, count)
    wanted = targets * (journeys / (targets.sum() or 1.0))
    wanted = np.maximum(wanted - given, 0)
    weight = np.where(wanted > 0, 0.0, -np.inf)
    caused = totals(journey, parts, journeys)[journey] > 0
    # Where no campaign of a journey is due more, what it caused decides; else nothing.
    otherwise = np.where(caused, parts, 1.0)
    for _ in range(_FITTING_ROUNDS):
        share = _shares(journey, weight[campaign], otherwise, journeys)
        got = totals(campaign, rest[journey] * share, count)
        step = np.divide(wanted, got, out=np.ones(count), where=got > 0)
        weight = weight + np.log(step, out=np.zeros(count), where=step > 0)
        if np.abs(step - 1).max() < _CLOSE:
            break
    share = _shares(journey, weight[campaign], otherwise, journeys)
    credit = parts + rest[journey] * share
    # Rounding must not keep a journey from adding up.
    return credit / totals(journey, credit, journeys)[journey]


def _shares(
    journey: _Ints, logarithm: _Floats, otherwise: _Floats, journeys: int
) -> _Floats:
    """Share journeys by weights whose logarithms are given, or by others if all are 0.

    As logarithms: where whole conversions don't allow the totals, weights go to 0.
    """
    highest = np.full(journeys, -np.inf)
    np.maximum.at(highest, journey, logarithm)
    nothing = np.isneginf(highest)
    highest[nothing] = 0.0
    weight = np.exp(logarithm - highest[journey])
    weight = np.where(nothing[journey], otherwise, weight)
    share: _Floats = weight / totals(journey, weight, journeys)[journey]
    return share
