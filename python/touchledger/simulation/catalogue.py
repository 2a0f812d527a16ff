"""The channels of the simulated shop and the kinds of world to choose from.

Brand search, direct and display have no effect of their own: the first two follow
intent, the third is only paid for. Out of home has spend and leaves no touchpoints.
"""

from dataclasses import replace
from typing import Final

from touchledger.simulation.settings import Campaign, Channel, World

__all__ = ["CHANNELS", "DEFAULT_WORLD", "world", "worlds"]

DEFAULT_WORLD: Final = "bursts"

CHANNELS: Final = (
    Channel(
        "paid_search_brand",
        (Campaign("brand_exact", 3), Campaign("brand_broad", 1)),
        touches_per_user=0.4,
        intent_share=0.9,
        payment="touch",
        price=0.25,
        returns=0.5,
        click_rate=1.0,
        lead_rate=0.02,
    ),
    Channel(
        "paid_search_generic",
        (
            Campaign("shoes", 3),
            Campaign("jackets", 2),
            Campaign("sale", 1, effect=1.5),
        ),
        touches_per_user=0.6,
        intent_share=0.4,
        effect=0.04,
        half_life_days=1.0,
        saturation=0.2,
        payment="touch",
        price=0.45,
        returns=0.65,
        click_rate=1.0,
        lead_rate=0.05,
    ),
    Channel(
        "organic_search",
        (Campaign("blog", 1, effect=0.6), Campaign("product_pages", 2)),
        touches_per_user=0.7,
        intent_share=0.5,
        effect=0.013,
        half_life_days=1.0,
        click_rate=1.0,
        lead_rate=0.03,
        visit=True,
    ),
    Channel(
        "direct",
        (Campaign("typed_in"),),
        touches_per_user=0.7,
        intent_share=0.8,
        click_rate=1.0,
        lead_rate=0.01,
        visit=True,
    ),
    Channel(
        "email",
        (
            Campaign("newsletter", 3),
            Campaign("winback", 1, effect=2.0),
        ),
        touches_per_user=0.7,
        effect=0.012,
        half_life_days=2.0,
        saturation=0.1,
        payment="campaign_fee",
        price=0.0004,
        click_rate=0.2,
        lead_rate=0.05,
        subscribers_only=True,
        weekdays=(0.3, 2.5, 0.5, 2.5, 0.8, 0.2, 0.2),
        formats=("text", "image"),
    ),
    Channel(
        "display",
        (Campaign("prospecting", 2), Campaign("homepage", 1), Campaign("news", 1)),
        touches_per_user=0.65,
        payment="touch",
        price=0.06,
        returns=0.75,
        click_rate=0.03,
        formats=("banner", "native"),
    ),
    Channel(
        "social_paid",
        (
            Campaign("lookalike", 3),
            Campaign("interest", 2, effect=0.7),
            Campaign("creator", 1, effect=1.6),
        ),
        touches_per_user=0.65,
        intent_share=0.05,
        effect=0.018,
        half_life_days=3.0,
        saturation=0.25,
        payment="touch",
        price=0.12,
        returns=0.7,
        click_rate=0.12,
        lead_rate=0.05,
        formats=("image", "video", "carousel"),
    ),
    Channel(
        "retargeting",
        (Campaign("cart", 2, effect=1.3), Campaign("viewed", 3)),
        touches_per_visit=0.25,
        effect=0.011,
        half_life_days=1.5,
        saturation=0.3,
        payment="touch",
        price=0.10,
        returns=0.6,
        click_rate=0.08,
        formats=("banner", "native"),
    ),
    Channel(
        "affiliate",
        (Campaign("coupons", 2, effect=0.5), Campaign("reviews", 1, effect=2.0)),
        touches_per_user=0.22,
        intent_share=0.3,
        effect=0.04,
        half_life_days=1.0,
        payment="channel_fee",
        price=0.001,
        click_rate=1.0,
    ),
    Channel(
        "Online Video",
        (Campaign("awareness", 2), Campaign("product", 1, effect=1.5)),
        touches_per_user=0.5,
        effect=0.026,
        half_life_days=7.0,
        saturation=0.25,
        payment="touch",
        price=0.20,
        returns=0.7,
        click_rate=0.02,
        formats=("video",),
    ),
    Channel(
        "out_of_home",
        (Campaign("billboards"),),
        payment="channel_fee",
        price=0.0008,
    ),
)

_BURSTS: Final = World(
    "bursts",
    "Intent comes in bursts of days: brand search, direct visits and purchases "
    "come together.",
    CHANNELS,
)

_WORLDS: Final = (
    replace(
        _BURSTS,
        name="steady",
        summary="Each user's intent stays the same.",
        quiet_share=1.0,
    ),
    _BURSTS,
    replace(
        _BURSTS,
        name="multiplicative",
        summary="Effects multiply each other and the user's intent.",
        combination="multiplicative",
        intent_conversions=0.06,
    ),
    replace(
        _BURSTS,
        name="saturation",
        summary="Each further touch of a channel does far less than the one before.",
        saturation=0.7,
        effect_scale=1.3,
    ),
    replace(
        _BURSTS,
        name="no_effect",
        summary="No touch has any effect: all conversions come by intent.",
        effect_scale=0.0,
        intent_conversions=0.12,
    ),
    replace(
        _BURSTS,
        name="order",
        summary="Search, affiliates and retargeting work only after video or social.",
        effect_scale=1.8,
        needs=(
            ("paid_search_generic", "Online Video"),
            ("affiliate", "social_paid"),
            ("retargeting", "social_paid"),
        ),
    ),
)


def worlds() -> dict[str, World]:
    """Return the worlds to choose from, by name.

    >>> sorted(worlds())
    ['bursts', 'multiplicative', 'no_effect', 'order', 'saturation', 'steady']
    """
    return {kind.name: kind for kind in _WORLDS}


def world(name: str = DEFAULT_WORLD) -> World:
    """Return one world by its name.

    Raises:
        ValueError: if no world has that name.

    >>> world("steady").summary
    "Each user's intent stays the same."
    """
    if name not in worlds():
        raise ValueError(f"world is {name!r}; allowed: {', '.join(sorted(worlds()))}.")
    return worlds()[name]
