"""What touchpoints caused, and the credit that a ledger can give them.

At a conversion, each touchpoint caused its part of the rate: under `additive`
`a_i / (B + Σ a)`, under `multiplicative` its part of the logarithms, `log(1 + a_i)` of
their sum, of the share `Σ a / (1 + Σ a)` that isn't the baseline's. What the baseline
keeps came by itself.

A ledger gives each conversion away whole, so the baseline's part has to go to
touchpoints too. It goes to those of the conversion by weights of campaigns, found by
iterative proportional fitting (Deming & Stephan 1940) so that the totals of the ledger
come as near to the caused ones, in proportion, as whole conversions allow: a
conversion after a single touchpoint is that touchpoint's, whatever caused it.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from touchledger.hazard.design import Design, acts, decay, decays, still_to_come
from touchledger.hazard.model import Hazard
from touchledger.hazard.observations import Observations, Pairs, pair_up
from touchledger.paths import totals

__all__ = [
    "Campaigns",
    "Causes",
    "causes_given",
    "find_causes",
    "learn_weights",
    "share_out",
    "spread",
    "strengths",
]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

# A campaign is drawn toward its channel, as if so many more conversions had come of it.
_PRIOR_EVENTS = 5.0
_ROUNDS = 10
_FITTING_ROUNDS = 200
_CLOSE = 1e-6


@dataclass(frozen=True, eq=False)
class Campaigns:
    """Campaigns, whether or not the users at hand have met them.

    Attributes:
        keys: Their keys, ascending, `(campaigns,)`.
        channel: The channel of each, numbered from 0, `(campaigns,)`.
    """

    keys: _Ints
    channel: _Ints

    @classmethod
    def seen_in(cls, seen: Observations) -> "Campaigns":
        """Take those that have touchpoints."""
        keys, first = np.unique(seen.campaign_key, return_index=True)
        return cls(keys, seen.channel[first])

    def numbered(self, keys: _Ints) -> _Ints:
        """Give the numbers of campaigns by their keys."""
        return np.searchsorted(self.keys, keys)


@dataclass(frozen=True, eq=False)
class Causes:
    """What a fitted model says of the conversions that it was shown.

    Attributes:
        hazard: The model.
        factors: What a campaign does beside its channel's mean, `(campaigns,)`.
        campaigns: The campaigns.
        baseline: Rate of the baseline at each conversion, `(conversions,)`.
        strength: What all touchpoints add, `(conversions,)`.
        logarithms: Sum of `log(1 + a_i)`, `(conversions,)`.
        pairs: Conversions with the touchpoints of their users.
        parts: What each pair's touchpoint caused of the conversion, `(pairs,)`.
    """

    hazard: Hazard
    factors: _Floats
    campaigns: Campaigns
    baseline: _Floats
    strength: _Floats
    logarithms: _Floats
    pairs: Pairs
    parts: _Floats

    @property
    def baseline_parts(self) -> _Floats:
        """What came by itself of each conversion, `(conversions,)`."""
        if self.hazard.form == "multiplicative":
            return 1 / (1 + self.strength)
        whole = self.baseline + self.strength
        return np.divide(self.baseline, whole, out=np.ones_like(whole), where=whole > 0)

    def by_campaign(self, seen: Observations, worth: _Floats | None = None) -> _Floats:
        """Sum up what was caused, `(campaigns,)`.

        Args:
            seen: What was seen.
            worth: Counted for each conversion, `(conversions,)`; 1 if not given.
        """
        parts = self.parts if worth is None else self.parts * worth[self.pairs.point]
        campaign = self.campaigns.numbered(seen.campaign_key[self.pairs.touch])
        return totals(campaign, parts, len(self.campaigns.keys))

    def part(self, conversion: _Ints, strength: _Floats) -> _Floats:
        """Give the parts of touchpoints of conversions, by what they add."""
        rest = 1 - self.baseline_parts[conversion]
        if self.hazard.form == "multiplicative":
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


@dataclass(frozen=True, eq=False)
class _Acting:
    """Touchpoints that act at conversions, as their channels do.

    Attributes:
        hazard: The model.
        campaigns: All campaigns.
        baseline: Rate of the baseline at each conversion, `(conversions,)`.
        pairs: Conversions with the touchpoints of their users.
        strength: What the touchpoint of each pair adds, `(pairs,)`.
        campaign: The campaign of each pair's touchpoint, `(pairs,)`.
    """

    hazard: Hazard
    campaigns: Campaigns
    baseline: _Floats
    pairs: Pairs
    strength: _Floats
    campaign: _Ints

    @classmethod
    def at_conversions(
        cls, design: Design, hazard: Hazard, campaigns: Campaigns
    ) -> "_Acting":
        seen = design.seen
        pairs = pair_up(seen, seen.event_user, seen.event_moment)
        own = strengths(design, hazard, pairs.lag, seen.channel[pairs.touch])
        acting = own > 0
        pairs = Pairs(pairs.point[acting], pairs.touch[acting], pairs.lag[acting])
        return cls(
            hazard=hazard,
            campaigns=campaigns,
            baseline=hazard.baseline_rates(design.at_events()),
            pairs=pairs,
            strength=own[acting],
            campaign=campaigns.numbered(seen.campaign_key[pairs.touch]),
        )

    def under(self, factors: _Floats) -> Causes:
        """Say what was caused if campaigns do so much beside their channel's mean."""
        strength = self.strength * factors[self.campaign]
        point, count = self.pairs.point, len(self.baseline)
        causes = Causes(
            hazard=self.hazard,
            factors=factors,
            campaigns=self.campaigns,
            baseline=self.baseline,
            strength=totals(point, strength, count),
            logarithms=totals(point, np.log1p(strength), count),
            pairs=self.pairs,
            parts=np.zeros(0),
        )
        return replace(causes, parts=causes.part(point, strength))

    def learned(self, design: Design) -> Causes:
        """Learn what campaigns do beside their channel's mean."""
        count = len(self.campaigns.keys)
        campaign = self.campaigns.numbered(design.seen.campaign_key)
        expected = _expected(design, self.hazard, campaign, count)
        causes = self.under(np.ones(count))
        for _ in range(_ROUNDS):
            caused = totals(self.campaign, causes.parts, count)
            causes = self.under(_factors(caused, expected, self.campaigns.channel))
        return causes


def find_causes(
    design: Design, hazard: Hazard, campaigns: Campaigns | None = None
) -> Causes:
    """Ask a model what caused the conversions, campaigns told apart.

    Args:
        design: What was seen.
        hazard: The model.
        campaigns: All campaigns; if not given, those that have touchpoints.
    """
    known = Campaigns.seen_in(design.seen) if campaigns is None else campaigns
    return _Acting.at_conversions(design, hazard, known).learned(design)


def causes_given(
    design: Design, hazard: Hazard, campaigns: Campaigns, factors: _Floats
) -> Causes:
    """Ask the same of some users, with what campaigns do already known.

    Args:
        design: What was seen of them.
        hazard: The model.
        campaigns: All campaigns.
        factors: What they do beside their channel's mean, `(campaigns,)`.
    """
    return _Acting.at_conversions(design, hazard, campaigns).under(factors)


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


def _factors(caused: _Floats, expected: _Floats, channel: _Ints) -> _Floats:
    """Compare campaigns with their channel, little being known of rare ones."""
    channels = int(channel.max(initial=-1)) + 1
    all_caused = totals(channel, caused, channels)
    all_expected = totals(channel, expected, channels)
    rate = np.divide(
        all_caused, all_expected, out=np.zeros(channels), where=all_expected > 0
    )
    usual = expected * rate[channel]
    factors = (caused + _PRIOR_EVENTS) / (usual + _PRIOR_EVENTS)
    # A channel as a whole does what it does, whatever its campaigns are.
    whole = totals(channel, usual * factors, channels)
    level = np.divide(all_caused, whole, out=np.ones(channels), where=whole > 0)
    leveled: _Floats = factors * level[channel]
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
    weights = learn_weights(journey, campaign, parts, targets)
    return share_out(journey, campaign, parts, weights)


def learn_weights(
    journey: _Ints, campaign: _Ints, parts: _Floats, targets: _Floats
) -> _Floats:
    """Learn by which weights of campaigns `share_out` comes near to what they caused.

    Args:
        journey: As `spread` takes it.
        campaign: As `spread` takes it.
        parts: As `spread` takes it.
        targets: As `spread` takes it.

    Returns:
        Their logarithms, `(campaigns,)`.
    """
    count, journeys = len(targets), int(journey.max(initial=-1)) + 1
    rest, otherwise = _rest(journey, parts, journeys)
    given = totals(campaign, parts, count)
    wanted = targets * (journeys / (targets.sum() or 1.0))
    wanted = np.maximum(wanted - given, 0)
    weight = np.where(wanted > 0, 0.0, -np.inf)
    for _ in range(_FITTING_ROUNDS):
        share = _shares(journey, weight[campaign], otherwise, journeys)
        got = totals(campaign, rest[journey] * share, count)
        step = np.divide(wanted, got, out=np.ones(count), where=got > 0)
        weight = weight + np.log(step, out=np.zeros(count), where=step > 0)
        if np.abs(step - 1).max(initial=0) < _CLOSE:
            break
    return weight


def share_out(
    journey: _Ints, campaign: _Ints, parts: _Floats, weights: _Floats
) -> _Floats:
    """Give whole journeys away, by weights of campaigns.

    Args:
        journey: As `spread` takes it.
        campaign: As `spread` takes it.
        parts: As `spread` takes it.
        weights: What `learn_weights` gave, `(campaigns,)`.

    Returns:
        Credit of each touchpoint, summing to 1 for each journey.
    """
    journeys = int(journey.max(initial=-1)) + 1
    rest, otherwise = _rest(journey, parts, journeys)
    share = _shares(journey, weights[campaign], otherwise, journeys)
    credit = parts + rest[journey] * share
    # Rounding must not keep a journey from adding up.
    whole: _Floats = credit / totals(journey, credit, journeys)[journey]
    return whole


def _rest(journey: _Ints, parts: _Floats, journeys: int) -> tuple[_Floats, _Floats]:
    """Give what is left of journeys, and how it's shared where all weights are 0.

    Where no campaign of a journey is due more, what it caused decides; else nothing.
    """
    caused = totals(journey, parts, journeys)
    otherwise = np.where(caused[journey] > 0, parts, 1.0)
    return np.maximum(1 - caused, 0), otherwise


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
