"""The touches of a block of users: exposures, visits and what retargeting adds.

Each campaign reaches users by two Poisson processes, one that follows their activity
and one that follows their intent; both move with the media plan. Each visit to the shop
then brings on later touches of the channels that follow visits.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchledger.simulation.people import Crowd, follow_intent, spread_evenly
from touchledger.simulation.plan import Plan, Slot, slots
from touchledger.simulation.randomness import Bools, Floats, Ints
from touchledger.simulation.settings import World

__all__ = ["INTERACTIONS", "Touches", "draw_touches", "effects", "kept_after"]

INTERACTIONS: Final = ("impression", "click", "visit", "lead")
IMPRESSION, CLICK, VISIT, LEAD = range(len(INTERACTIONS))

_CLICK_FACTOR: Final = 1.8  # a click does more than a look, a lead more than a click
_LEAD_FACTOR: Final = 2.5
_FOLLOW_DAYS: Final = 3.0
_MINUTE: Final = 1 / 1440


@dataclass(frozen=True)
class Touches:
    """Touches in order of user, moment and campaign.

    `user` counts within the block, `moment` is in days since the start, `slot` is the
    campaign's place in `slots(world)`, `interaction` the place in INTERACTIONS.
    """

    user: Ints
    moment: Floats
    slot: Ints
    interaction: Ints

    def __len__(self) -> int:
        """Count the touches."""
        return len(self.user)

    def ordered(self) -> "Touches":
        """Return the touches sorted by user, moment and campaign."""
        order = np.lexsort((self.slot, self.moment, self.user))
        return self.take(order)

    def take(self, rows: Ints) -> "Touches":
        """Return some of the touches."""
        return Touches(
            self.user[rows], self.moment[rows], self.slot[rows], self.interaction[rows]
        )

    @staticmethod
    def joined(parts: "list[Touches]") -> "Touches":
        """Put touches one after the other."""
        return Touches(
            np.concatenate([part.user for part in parts]),
            np.concatenate([part.moment for part in parts]),
            np.concatenate([part.slot for part in parts]),
            np.concatenate([part.interaction for part in parts]),
        )


def draw_touches(
    random: np.random.Generator, crowd: Crowd, world: World, plan: Plan
) -> Touches:
    """Draw all touches of a block of users."""
    parts = [
        _draw_campaign(random, crowd, world, slot, index, plan.pace[index])
        for index, slot in enumerate(slots(world))
    ]
    first = Touches.joined(parts)
    visits = first.take(np.flatnonzero(first.interaction != IMPRESSION))
    follow = [
        _follow_visits(random, crowd, visits, world, slot, index, plan.pace[index])
        for index, slot in enumerate(slots(world))
        if slot.channel.touches_per_visit > 0
    ]
    return Touches.joined([first, *follow]).ordered()


def _draw_campaign(
    random: np.random.Generator,
    crowd: Crowd,
    world: World,
    slot: Slot,
    index: int,
    pace: Floats,
) -> Touches:
    channel = slot.channel
    usual = np.where(crowd.online, channel.touches_per_user * slot.share, 0.0)
    if channel.subscribers_only:
        usual = np.where(crowd.subscribed, usual / 0.35, 0.0)
    activity = usual * (1 - channel.intent_share) * crowd.activity
    met_user, met = spread_evenly(random, activity, pace)
    sought_user, sought = follow_intent(
        random, crowd, world, usual * channel.intent_share, pace
    )
    user = np.concatenate([met_user, sought_user])
    moment = np.concatenate([met, sought])
    return _interact(random, crowd, user, moment, slot, index)


def _follow_visits(
    random: np.random.Generator,
    crowd: Crowd,
    visits: Touches,
    world: World,
    slot: Slot,
    index: int,
    pace: Floats,
) -> Touches:
    """Draw the touches that visits bring on, thinned by the media plan."""
    mean = slot.channel.touches_per_visit * slot.share * pace.max()
    visit = np.repeat(np.arange(len(visits)), random.poisson(mean, len(visits)))
    wait = 10 * _MINUTE + random.exponential(_FOLLOW_DAYS, len(visit))
    moment = visits.moment[visit] + wait
    seen = moment < world.horizon_days
    day = np.where(seen, moment, 0).astype(np.int64)
    seen &= random.random(len(day)) * pace.max() < pace[day]
    return _interact(random, crowd, visits.user[visit[seen]], moment[seen], slot, index)


def _interact(
    random: np.random.Generator,
    crowd: Crowd,
    user: Ints,
    moment: Floats,
    slot: Slot,
    index: int,
) -> Touches:
    """Settle whether each touch is an impression, a click, a visit or a lead.

    Who wants more clicks more, so clickers would have bought more without the click.
    """
    channel = slot.channel
    looked = (1 - channel.click_rate) ** np.sqrt(crowd.intent[user])
    clicked = random.random(len(user)) >= looked
    lead = random.random(len(user)) < channel.lead_rate
    kind = np.where(clicked, VISIT if channel.visit else CLICK, IMPRESSION)
    kind = np.where(clicked & lead, LEAD, kind)
    return Touches(user, moment, np.full(len(user), index), kind)


def effects(touches: Touches, crowd: Crowd, world: World) -> Floats:
    """Return the conversions that each touch causes in the mean.

    Effect = channel * campaign * interaction * the user's response, less the part lost
    to saturation, (1 - s)^k after k earlier touches of the channel; 0 where the channel
    needs an earlier touch of another one and there's none.
    """
    listed = slots(world)
    base = np.array([one.channel.effect * one.campaign.effect for one in listed])
    lost = np.array(
        [
            one.channel.saturation if world.saturation is None else world.saturation
            for one in listed
        ]
    )
    click_rate = np.array([one.channel.click_rate for one in listed])
    # A channel's effect is that of its mean touch, whatever its mix of interactions.
    norm = 1 + (_CLICK_FACTOR - 1) * click_rate
    factor = np.array([1.0, _CLICK_FACTOR, _CLICK_FACTOR, _LEAD_FACTOR])
    own = base[touches.slot] / norm[touches.slot] * factor[touches.interaction]
    earlier = earlier_in_channel(touches, world)
    worn = kept_after(earlier, lost[touches.slot])
    strength = own * crowd.response[touches.user] * worn * world.effect_scale
    return np.where(_has_what_it_needs(touches, world), strength, 0.0)


def kept_after(earlier: Ints, lost: Floats | float) -> Floats:
    """Return the part of an effect that saturation leaves after earlier touches.

    >>> kept_after(np.array([0, 1, 2]), 0.5).tolist()
    [1.0, 0.5, 0.25]
    """
    kept: Floats = (1.0 - lost) ** earlier.astype(np.float64)
    return kept


def earlier_in_channel(touches: Touches, world: World) -> Ints:
    """Count each touch's earlier touches of the same user and channel."""
    channel = np.array([one.channel_index for one in slots(world)])[touches.slot]
    key = touches.user * len(world.channels) + channel
    order = np.argsort(key, kind="stable")
    ranked = np.arange(len(key)) - np.searchsorted(key[order], key[order])
    count = np.empty(len(key), np.int64)
    count[order] = ranked
    return count


def _has_what_it_needs(touches: Touches, world: World) -> Bools:
    ready = np.ones(len(touches), np.bool_)
    channel = np.array([one.channel_index for one in slots(world)])[touches.slot]
    names = [one.name for one in world.channels]
    for name, other in world.needs:
        given = channel == names.index(other)
        first = np.full(int(touches.user.max(initial=-1)) + 1, np.inf)
        np.minimum.at(first, touches.user[given], touches.moment[given])
        needy = channel == names.index(name)
        ready &= ~needy | (first[touches.user] < touches.moment)
    return ready
