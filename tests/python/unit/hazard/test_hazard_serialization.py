"""A fitted hazard in plain lists, and back, for the channels and users of today."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from hazard_shops import Seller, period_of, simulated_shop
from touchledger.hazard.covariates import Groups
from touchledger.hazard.credit import Causes, find_causes
from touchledger.hazard.design import Design
from touchledger.hazard.model import Hazard, fit_hazard
from touchledger.hazard.serialization import HazardTables, restore, to_dict

USERS = 1_500
SEED = 2
# A conversion's exposure is summed in the order of channels.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class World:
    """What was seen, and the model of it."""

    tables: HazardTables
    design: Design
    hazard: Hazard
    payload: dict

    @property
    def causes(self) -> Causes:
        return find_causes(self.design, self.hazard)


KINDS = {
    "additive": {},
    "multiplicative": {"multiplicative": True, "wish": 0.3},
    "not followed": {"until_first": True},
    "at once": {"at_once": True},
    "in bursts": {"in_bursts": True},
    # Nothing but touchpoints brings conversions, so they are the clock.
    "by touch": {"at_once": True, "wish": 0.0},
}


def world_of(kind: str) -> World:
    unit = 100.0 if kind == "multiplicative" else 1.0
    sellers = [
        Seller(1.0, effect=0.1 * unit, campaigns=(0.5, 1.5)),
        Seller(1.0, intent_share=0.8),
        Seller(1.5, effect=0.05 * unit, days=4.0),
    ]
    shop = simulated_shop(sellers, USERS, SEED, **KINDS[kind])
    events = shop.tables.conversions
    ages = pa.array([None if user % 9 == 0 else user % 60 for user in range(USERS)])
    plans = pa.array([["free", "paid"][user % 2] for user in range(USERS)])
    tables = HazardTables(
        touchpoints=shop.tables.touchpoints,
        conversions=events.append_column("revenue", pa.array([1.0] * events.num_rows)),
        users=pa.table(
            {
                "user_key": list(range(USERS)),
                "attributes": pa.StructArray.from_arrays(
                    [ages, plans], names=["age", "plan"]
                ),
            }
        ),
        campaigns=pa.table(
            {
                "channel_key": [0, 0, 1, 2],
                "channel": ["ads", "ads", "brand", "mail"],
                "campaign_key": [0, 1, 2, 3],
            }
        ),
        period=period_of(shop.tables.touchpoints, events),
        arrival_minutes=60,
    )
    groups = Groups.learn(tables.profiles)
    design = tables.design(tables.observations(), groups)
    hazard = fit_hazard(design, SEED)
    saved = to_dict(tables, design, hazard, groups)
    return World(tables, design, hazard, json.loads(json.dumps(saved)))


@pytest.fixture(scope="module")
def worlds() -> dict[str, World]:
    return {kind: world_of(kind) for kind in KINDS}


@pytest.fixture(scope="module", params=KINDS)
def world(request: pytest.FixtureRequest, worlds: dict[str, World]) -> World:
    return worlds[request.param]


def renumbered(tables: HazardTables, keys: dict[int, int], new: str) -> HazardTables:
    """Give channels and campaigns other keys, and add a channel."""

    def turned(table: pa.Table, name: str) -> pa.Table:
        found = [keys[key] for key in table[name].to_pylist()]
        place = table.column_names.index(name)
        return table.set_column(place, name, pa.array(found, pa.int64()))

    campaigns = turned(turned(tables.campaigns, "channel_key"), "campaign_key")
    free = next(key for key in range(len(keys) + 1) if key not in keys.values())
    added = {"channel_key": [free], "channel": [new], "campaign_key": [free]}
    return replace(
        tables,
        touchpoints=turned(turned(tables.touchpoints, "channel_key"), "campaign_key"),
        campaigns=pa.concat_tables([campaigns, pa.table(added)]),
    )


def by_conversion(causes: Causes, conversions: int) -> np.ndarray:
    return np.bincount(causes.pairs.point, causes.parts, conversions)


def test_worlds_are_of_all_kinds(worlds: dict[str, World]) -> None:
    clocks = {kind: world.payload["clock"] for kind, world in worlds.items()}
    assert clocks["by touch"]["is_discrete_time"]
    assert clocks["at once"]["has_instant_conversions"]
    assert not clocks["not followed"]["is_observed_after_event"]
    forms = {kind: world.hazard.form for kind, world in worlds.items()}
    assert forms["multiplicative"] == "multiplicative"
    assert forms["additive"] == "additive"
    assert len(worlds["additive"].payload["knots"])


def test_a_model_comes_back_as_it_was(world: World) -> None:
    design, hazard = restore(world.payload, world.tables)
    assert hazard.form == world.hazard.form
    assert hazard.log_likelihood == world.hazard.log_likelihood
    assert (hazard.baseline == world.hazard.baseline).all()
    assert (hazard.effects == world.hazard.effects).all()
    assert hazard.bend.floor == world.hazard.bend.floor
    assert (hazard.bend.weights == world.hazard.bend.weights).all()
    assert (hazard.bend.knots == world.hazard.bend.knots).all()
    found, expected = find_causes(design, hazard), world.causes
    assert (found.parts == expected.parts).all()
    assert (found.baseline_parts == expected.baseline_parts).all()
    assert 0 < expected.parts.sum() < len(expected.baseline_parts) + ROUNDING


def test_channels_are_known_by_their_names_whatever_their_keys(world: World) -> None:
    keys = {0: 3, 1: 4, 2: 2, 3: 0}
    tables = renumbered(world.tables, keys, "new")
    assert tables.channel_names() == ["new", "mail", "ads", "brand"]
    design, hazard = restore(world.payload, tables)
    found, expected = find_causes(design, hazard), world.causes
    assert found.baseline_parts == pytest.approx(expected.baseline_parts, abs=ROUNDING)
    conversions = len(expected.baseline_parts)
    assert by_conversion(found, conversions) == pytest.approx(
        by_conversion(expected, conversions), abs=ROUNDING
    )
    campaign = design.seen.campaign_key[found.pairs.touch]
    caused = np.bincount(campaign, found.parts, 5)
    before = world.design.seen.campaign_key[expected.pairs.touch]
    known = np.bincount(before, expected.parts, 4)
    for old, new in keys.items():
        assert caused[new] == pytest.approx(known[old], abs=1e-6)


def test_a_channel_that_the_model_has_not_met_does_nothing(world: World) -> None:
    # Every touchpoint of brand belongs to a new channel today.
    names = pa.array(["ads", "ads", "new", "mail"])
    tables = replace(
        world.tables, campaigns=world.tables.campaigns.set_column(1, "channel", names)
    )
    design, hazard = restore(world.payload, tables)
    assert not hazard.effects[:, 1].any()
    causes = find_causes(design, hazard)
    assert not (design.seen.channel[causes.pairs.touch] == 1).any()
    assert np.isfinite(causes.baseline_parts).all()
    whole = by_conversion(causes, len(causes.baseline_parts)) + causes.baseline_parts
    assert whole == pytest.approx(1, abs=ROUNDING)


def test_a_channel_that_is_gone_takes_nothing_from_the_others(world: World) -> None:
    tables = world.tables
    left = pc.not_equal(tables.touchpoints["channel_key"], 1)
    # Keys close up: mail was the third channel and is the second now.
    moved = pa.table(
        {
            "channel_key": [0, 0, 1],
            "channel": ["ads", "ads", "mail"],
            "campaign_key": [0, 1, 3],
        }
    )
    touchpoints = tables.touchpoints.filter(left)
    key = pc.min_element_wise(touchpoints["channel_key"], 1)
    touchpoints = touchpoints.set_column(1, "channel_key", key)
    design, hazard = restore(
        world.payload, replace(tables, touchpoints=touchpoints, campaigns=moved)
    )
    assert (hazard.effects == world.hazard.effects[:, [0, 2]]).all()
    causes = find_causes(design, hazard)
    whole = by_conversion(causes, len(causes.baseline_parts)) + causes.baseline_parts
    assert whole == pytest.approx(1, abs=ROUNDING)
    known = len(world.payload["known"])
    basis = len(world.payload["basis"])
    assert len(hazard.baseline) == known + basis + 2 * len(world.payload["exposures"])


def test_the_clock_is_the_one_of_the_fit(worlds: dict[str, World]) -> None:
    # Today there are too few conversions to tell how they were recorded.
    for world in worlds.values():
        few = replace(world.tables, conversions=world.tables.conversions.slice(0, 1))
        design, _ = restore(world.payload, few)
        clock = world.payload["clock"]
        assert {name: getattr(design.seen, name) for name in clock} == clock


def test_channels_are_named_in_the_order_of_their_keys() -> None:
    campaigns = pa.table(
        {
            "channel_key": [2, 0, 1, 0],
            "channel": ["c", "z", "a", "z"],
            "campaign_key": [5, 1, 2, 3],
        }
    )
    nothing = pa.table({})
    tables = HazardTables(nothing, nothing, nothing, campaigns, nothing, 60)
    assert tables.channel_names() == ["z", "a", "c"]
