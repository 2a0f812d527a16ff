"""The settings of a simulated shop: campaigns, channels and the world they act in.

Every object is frozen and checked when built, so a simulation either starts with
settings that make sense or stops with one sentence that names the bad value.
"""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final

__all__ = ["COMBINATIONS", "PAYMENTS", "Campaign", "Channel", "World"]

PAYMENTS: Final = ("touch", "campaign_fee", "channel_fee", "none")
COMBINATIONS: Final = ("additive", "multiplicative")


def _check(
    where: str, name: str, value: float, low: float, high: float = math.inf
) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        allowed = f"at least {low:g}" if high == math.inf else f"{low:g} to {high:g}"
        raise ValueError(f"{where}: {name} is {value!r}; allowed: {allowed}.")


def _check_choice(where: str, name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(
            f"{where}: {name} is {value!r}; allowed: {', '.join(allowed)}."
        )


@dataclass(frozen=True)
class Campaign:
    """One campaign of a channel.

    Args:
        name: its name, unique within the channel.
        share: its share of the channel's touches; shares are scaled to sum to 1.
        effect: factor on the channel's effect.

    >>> Campaign("spring", share=0)
    Traceback (most recent call last):
    ValueError: campaign 'spring': share is 0; allowed: at least 1e-06.
    """

    name: str
    share: float = 1.0
    effect: float = 1.0

    def __post_init__(self) -> None:
        """Check the settings."""
        where = f"campaign {self.name!r}"
        _check(where, "share", self.share, 1e-6)
        _check(where, "effect", self.effect, 0)


@dataclass(frozen=True)
class Channel:
    """One channel: whom it reaches, what that costs and what it brings about.

    Args:
        name: the channel's name.
        campaigns: at least one.
        touches_per_user: mean touches a user over the horizon, at the usual budget;
            0 for a channel that leaves no trace in the touchpoints.
        touches_per_visit: mean touches that each visit to the shop brings on later,
            the way of retargeting.
        intent_share: part of the touches that follow the user's intent, 0 to 1.
        effect: conversions that one touch causes by itself, in the mean.
        half_life_days: half of what a touch causes happens within this time.
        saturation: part of the effect lost with each earlier touch of the channel.
        payment: touch, campaign_fee, channel_fee or none.
        price: cost of a touch at the usual budget, or the fee per day and user.
        budget: planned spend, or effort where nothing is paid, as a multiple of the
            usual.
        returns: exponent b of touches = a * spend^b.
        click_rate: part of the touches that lead to the shop.
        lead_rate: part of those that leave a lead.
        visit: true where a touch is a visit by itself and can't be an impression.
        subscribers_only: true where only subscribers are reached.
        weekdays: pace from Monday to Sunday; empty for the world's.
        formats: creative formats.

    >>> Channel("email", (Campaign("news"),), payment="barter")
    Traceback (most recent call last):
    ValueError: channel 'email': payment is 'barter'; allowed: touch, campaign_fee, \
channel_fee, none.
    """

    name: str
    campaigns: tuple[Campaign, ...]
    touches_per_user: float = 0.0
    touches_per_visit: float = 0.0
    intent_share: float = 0.0
    effect: float = 0.0
    half_life_days: float = 3.0
    saturation: float = 0.15
    payment: str = "none"
    price: float = 0.0
    budget: float = 1.0
    returns: float = 0.7
    click_rate: float = 0.0
    lead_rate: float = 0.0
    visit: bool = False
    subscribers_only: bool = False
    weekdays: tuple[float, ...] = ()
    formats: tuple[str, ...] = ("text",)

    def __post_init__(self) -> None:
        """Check the settings."""
        where = f"channel {self.name!r}"
        if not self.campaigns or not self.formats:
            raise ValueError(
                f"{where}: campaigns and formats must hold at least one each."
            )
        _check_choice(where, "payment", self.payment, PAYMENTS)
        for name in ("touches_per_user", "touches_per_visit", "effect", "price"):
            _check(where, name, getattr(self, name), 0)
        for name in ("intent_share", "saturation", "click_rate", "lead_rate"):
            _check(where, name, getattr(self, name), 0, 1)
        _check(where, "half_life_days", self.half_life_days, 0.01)
        _check(where, "budget", self.budget, 0.01, 100)
        _check(where, "returns", self.returns, 0.05, 1)
        _check_weekdays(where, self.weekdays, allow_empty=True)


def _check_weekdays(
    where: str, weekdays: tuple[float, ...], allow_empty: bool = False
) -> None:
    if allow_empty and not weekdays:
        return
    if len(weekdays) != 7 or min(weekdays) < 0 or sum(weekdays) <= 0:
        raise ValueError(
            f"{where}: weekdays is {weekdays}; allowed: seven numbers of 0 or more, "
            "Monday first, not all 0."
        )


@dataclass(frozen=True)
class World:
    """How intent, exposure and conversion hang together.

    Args:
        name: the word that selects it.
        summary: one sentence.
        channels: the channels of the shop.
        start: first day, UTC.
        horizon_days: length in days.
        intent_conversions: conversions a user makes by intent alone, in the mean.
        intent_spread: standard deviation of the users' intent, in logarithms.
        profile_pull: factor on what profiles add to intent; 0 for nothing.
        quiet_share: part of the intent that's spread evenly; the rest comes in bursts.
        bursts_per_user: mean number of bursts of intent over the horizon.
        burst_days: mean length of a burst.
        effect_scale: factor on all effects.
        saturation: if not None, takes the place of every channel's saturation.
        combination: additive or multiplicative.
        needs: pairs (channel, other): the channel works only after the other one.
        arrival_share: part of the conversions that arrive by a visit of their own.
        arrival_channels: the channels of those visits, equally often; they don't cause.
        offline_share: part of the users whom no touch reaches; they buy by intent.
        repeat_rate: purchases that one conversion leads to later, in the mean.
        weekdays: pace of all activity from Monday to Sunday.

    Raises:
        ValueError: if a value is out of range.
    """

    name: str
    summary: str
    channels: tuple[Channel, ...]
    start: dt.date = dt.date(2024, 1, 1)
    horizon_days: int = 90
    intent_conversions: float = 0.056
    intent_spread: float = 0.9
    profile_pull: float = 1.0
    quiet_share: float = 0.25
    bursts_per_user: float = 1.2
    burst_days: float = 5.0
    effect_scale: float = 1.0
    saturation: float | None = None
    combination: str = "additive"
    needs: tuple[tuple[str, str], ...] = ()
    arrival_share: float = 0.4
    arrival_channels: tuple[str, ...] = ("direct", "paid_search_brand")
    offline_share: float = 0.03
    repeat_rate: float = 0.1
    weekdays: tuple[float, ...] = (1.1, 1.05, 1.0, 1.0, 0.95, 0.8, 1.1)

    def __post_init__(self) -> None:
        """Check the settings."""
        where = f"world {self.name!r}"
        _check_choice(where, "combination", self.combination, COMBINATIONS)
        _check(where, "horizon_days", self.horizon_days, 1, 3650)
        if self.horizon_days != int(self.horizon_days):
            raise ValueError(
                f"{where}: horizon_days is {self.horizon_days!r}; "
                "allowed: a whole number, 1 to 3650."
            )
        for name in ("quiet_share", "arrival_share", "offline_share", "repeat_rate"):
            _check(where, name, getattr(self, name), 0, 1)
        for name in (
            "intent_conversions",
            "intent_spread",
            "profile_pull",
            "effect_scale",
            "bursts_per_user",
        ):
            _check(where, name, getattr(self, name), 0)
        _check(where, "burst_days", self.burst_days, 0.1)
        if self.saturation is not None:
            _check(where, "saturation", self.saturation, 0, 1)
        if self.quiet_share < 1 and self.bursts_per_user == 0:
            raise ValueError(
                f"{where}: bursts_per_user is 0; it must be above 0 "
                "unless quiet_share is 1."
            )
        _check_weekdays(where, self.weekdays)
        names = tuple(channel.name for channel in self.channels)
        if not names or len(set(names)) < len(names):
            raise ValueError(
                f"{where}: channels are {names}; they need to be one or more, "
                "each with a name of its own."
            )
        for pair in self.needs:
            for name in pair:
                _check_choice(where, "needs", name, names)
            if pair[0] == pair[1]:
                raise ValueError(
                    f"{where}: needs is {pair}; the two channels need to differ."
                )
        for name in self.arrival_channels:
            _check_choice(where, "arrival_channels", name, names)
