"""The ledger equals the pandas ledger, and its books balance, in any world.

Worlds are a few rows of everything that is odd: ties, equal instants, repeats, users
without touchpoints, names full of quotes and marks, rows that have to be rejected.
"""

import datetime
import math
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiled_ledger import SCHEMAS, CompiledLedger, World, compile_ledgers
from dbt_build import of_the_input
from pandas_ledger import (
    ATTRIBUTION_MODELS,
    JourneySettings,
    build_journeys,
    heuristic_credits,
)
from sizes import sized

# Both ledgers add at most a few dozen shares of 1; the project promises 1e-9.
TOLERANCE = 1e-9
START = datetime.datetime(2024, 2, 28, 12)
DAY = datetime.timedelta(days=1)
MICROSECOND = datetime.timedelta(microseconds=1)

CHANNELS = (
    "a",
    "b",
    "Direct",
    "a > b",
    r"a \> b",
    "\\",
    ">",
    "it's",
    'say "hi"',
    "two\nlines",
    "\U0001f680",
    "ÄRGER",
    "(un)attributed",
    "b(2)",
    "(start)",
    r"\(start)",
)

OF_A_RULE = f"attribution_model in {ATTRIBUTION_MODELS}"

LedgerOf = Callable[[str], CompiledLedger]

RULES = list(ATTRIBUTION_MODELS)
BASE = {
    "attribution_models": [
        *RULES,
        "markov",
        "shapley",
        "logistic_regression",
        "lightgbm",
    ],
    "bootstrap_samples": 20,
    "milestone_interactions": ["lead"],
}
SETTINGS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "no_limits": {
        "lookback_days": None,
        "null_journey_gap_days": None,
        "touch_reuse": "every_conversion",
        "milestone_interactions": ["lead", "it's"],
        "markov_order": 1,
        "test_fraction": 0.4,
        "validation_fraction": 0.45,
    },
    "same_day": {
        "lookback_days": 0,
        "lookback_unit": "calendar_day",
        "null_journey_gap_days": 0,
        "channels_to_exclude": ["it's", "two\nlines"],
        "markov_order": 2,
        "markov_includes_nulls": False,
        "seed": 10,
        "test_fraction": 0.35,
        "validation_fraction": 0.3,
        "bootstrap_samples": 0,
    },
    "same_instant": {
        "lookback_days": 0,
        "null_journey_gap_days": 0.5,
        "touch_reuse": "every_conversion",
        "path_transforms": ["exposure"],
        "w_shaped_weights": {"first": 0.5, "milestone": 0, "last": 0.5},
        "attribution_models": ["markov", *RULES],
        "markov_order": 4,
        # Nobody is left to learn from.
        "test_fraction": 0.4,
        "validation_fraction": 0.595,
    },
    "two_dates": {
        "lookback_days": 1,
        "lookback_unit": "calendar_day",
        "touch_reuse": "every_conversion",
        "path_transforms": [{"remove_if_not_all": ["a", "it's"]}, "unique"],
        "direct_channels": ["ärger", "A"],
        "attribution_models": RULES,
    },
    "one_type": {
        "lookback_days": 1.5,
        "conversion_types": ["it's"],
        "channels_to_include": ["a", "b", "Direct", 'say "hi"', "(un)attributed"],
        "path_transforms": ["frequency"],
        "half_life_days": 0.25,
        "attribution_models": ["shapley", *RULES],
        "shapley_permutations": 2,
    },
    "shortened": {
        "lookback_days": 2,
        "null_journey_gap_days": 1,
        "path_transforms": [
            {"remove_if_last_and_not_all": ["a", "\\"]},
            "exposure",
            "frequency",
            "first",
        ],
        "direct_channels": [],
        "position_based_weights": {"first": 0, "last": 1},
        "w_shaped_weights": {"first": 0.1, "milestone": 0.2, "last": 0.7},
        "markov_includes_nulls": False,
        "split_by": "time",
        "test_from": "2024-02-29",
        "validation_fraction": 0.4,
    },
}


@pytest.fixture(scope="session")
def ledger_of(tmp_path_factory: pytest.TempPathFactory) -> LedgerOf:
    folder = tmp_path_factory.mktemp("compiled")
    # A function: hypothesis prints the arguments of a failure, and the SQL is long.
    return compile_ledgers(
        folder,
        {
            name: {**BASE, "fitted_models_path": str(folder / name), **values}
            for name, values in SETTINGS.items()
        },
    ).__getitem__


# Worlds


# Few steps of half a day, so that many tie, with a microsecond or a second to either
# side: every edge. 60 of them are the 30 days of the defaults.
instants = st.builds(
    lambda half_days, off: START + half_days * DAY / 2 + off,
    st.sampled_from([0, 0, 1, 2, 2, 3, 4, 60, 62]),
    st.sampled_from(
        [
            *[datetime.timedelta(0)] * 3,
            -MICROSECOND,
            MICROSECOND,
            datetime.timedelta(seconds=1),
        ]
    ),
)
users = st.sampled_from(["u", "u", "U", "ü"])
campaigns = st.sampled_from([None, "", "it's", "spring"])
amounts = st.sampled_from([None, 0.0, 0.1, 1 / 3, 19.99, 1e9])
# What breaks a row, and why it is rejected then.
touchpoint_faults = {
    "no user": ("user_id", None, "user_id is missing"),
    "no channel": ("channel", "", "channel is missing"),
    "long channel": ("channel", "x" * 256, "channel is longer than 255 characters"),
    "no time": ("occurred_at", None, "occurred_at is missing or not a UTC time"),
    "refund": ("cost", -0.01, "cost is negative"),
    "not finite": ("cost", float("nan"), "cost is not finite"),
}
conversion_faults = {
    "no id": ("conversion_id", None, "conversion_id is missing"),
    "long user": ("user_id", "u" * 256, "user_id is longer than 255 characters"),
    "future": ("converted_at", START.replace(year=2101), "converted_at is after as_of"),
    "endless": ("revenue", float("inf"), "revenue is not finite"),
}
spend_faults = {
    "past": ("spend_date", datetime.date(1969, 12, 31), "spend_date is before 1970"),
    "no amount": ("spend", None, "spend is missing"),
    "absurd": ("spend", 2e15, "spend is above 1e15"),
}
FAULTS = {
    "touchpoints": touchpoint_faults,
    "conversions": conversion_faults,
    "spend": spend_faults,
}


@dataclass(frozen=True)
class Case:
    """A world, and what must become of its rows."""

    world: World
    accepted: World
    rejected: Counter[tuple[str, str]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    channels = st.sampled_from(
        draw(st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=4, unique=True))
    )
    prefixes = st.sampled_from(["", "z", "é"])
    touchpoint = st.tuples(
        st.none() | prefixes,
        users,
        instants,
        channels,
        campaigns,
        st.sampled_from([None, "click", "lead", "it's"]),
        amounts,
    )
    conversion = st.tuples(
        prefixes, users, instants, st.sampled_from([None, "sale", "it's"]), amounts
    )
    spend = st.tuples(
        instants.map(datetime.datetime.date),
        channels,
        campaigns,
        amounts.filter(lambda amount: amount is not None),
    )
    accepted, given_rows = {}, {}
    rejected: Counter[tuple[str, str]] = Counter()
    for name, row, most in (
        ("touchpoints", touchpoint, 25),
        ("conversions", conversion, 8),
        ("spend", spend, 5),
    ):
        rows = draw(st.lists(row, max_size=most))
        if name != "spend":
            # Ids that sort in another order than the rows came.
            rows = [
                (prefix if prefix is None else f"{prefix}{i * 37 % 101:03}", *rest)
                for i, (prefix, *rest) in enumerate(rows)
            ]
        accepted[name] = rows
        given_rows[name] = list(rows)
        faults = st.lists(st.sampled_from(list(FAULTS[name])), max_size=2)
        for fault in draw(faults) if rows else []:
            column, value, reason = FAULTS[name][fault]
            at = SCHEMAS[name].get_field_index(column)
            # An id of its own: its only fault is the one that it shall have.
            broken = ("broken", *rows[0][1:]) if name != "spend" else rows[0]
            given_rows[name].append((*broken[:at], value, *broken[at + 1 :]))
            rejected[name, reason] += 1
        if name != "spend" and rows and rows[0][0] and draw(st.booleans()):
            given_rows[name].append(rows[0])
            rejected[name, f"{name[:-1]}_id occurs more than once"] += 1
    return Case(World(**given_rows), World(**accepted), rejected)


# What the ledger must be


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql).fetchall()


def keyed(rows: list[tuple[Any, ...]], keys: int = 1) -> dict[Any, tuple[Any, ...]]:
    table = {row[:keys]: row[keys:] for row in rows}
    assert len(table) == len(rows), "keys repeat"
    return table


def plain(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Rows as DuckDB's fetchall gives them."""
    columns = [
        [
            None
            if pd.isna(value)
            else value.to_pydatetime()
            if isinstance(value, pd.Timestamp)
            else value
            for value in frame[name]
        ]
        for name in frame
    ]
    return list(zip(*columns, strict=True))


def assert_same(ours: dict[Any, Any], theirs: dict[Any, Any]) -> None:
    assert ours.keys() == theirs.keys()
    for key, values in theirs.items():
        assert all(map(same, ours[key], values)), (key, ours[key], values)


def same(ours: object, theirs: object) -> bool:
    if isinstance(ours, float) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return ours == theirs


def assert_equals_the_pandas_ledger(
    ledger: CompiledLedger, built: duckdb.DuckDBPyConnection
) -> None:
    names = JourneySettings.__dataclass_fields__
    options = JourneySettings(
        **{
            "direct_channels": ["direct", "(direct)"],
            **{k: v for k, v in ledger.settings.items() if k in names},
        }
    )
    touchpoints = built.sql("from staging.stg_touchpoints").df()
    conversions = built.sql("from staging.stg_conversions").df()
    journeys, steps = build_journeys(touchpoints, conversions, options)
    journeys["revenue"] = journeys["revenue"].where(journeys["is_converted"])
    columns = ", ".join(journeys.columns)
    assert_same(
        keyed(rows_of(built, f"select {columns} from marts.fct_journeys")),
        keyed(plain(journeys)),
    )
    columns = (
        "journey_id, touchpoint_id, user_id, channel, campaign, interaction, "
        "occurred_at, position, touch_count"
    )
    assert_same(
        keyed(
            rows_of(built, f"select {columns} from marts.fct_journey_touchpoints"), 2
        ),
        keyed(plain(steps[columns.split(", ")]), 2),
    )
    columns = (
        "attribution_model, conversion_id, touchpoint_id, journey_id, channel, "
        "credit, attributed_revenue"
    )
    ledger_rows = heuristic_credits(journeys, steps, conversions, options).astype(
        {"attribution_model": "str"}
    )
    by_rule = f"select {columns} from marts.fct_attribution_credits where {OF_A_RULE}"
    assert_same(
        keyed(rows_of(built, by_rule), 3),
        keyed(
            plain(
                ledger_rows[columns.split(", ")].astype({"attribution_model": "str"})
            ),
            3,
        ),
    )


# Where the effect of each channel stands, by which a model shares its journeys.
EFFECTS = {
    "markov": ("marts.fct_markov_removal_effects", "removal_effect"),
    "shapley": ("marts.fct_shapley_values", "shapley_value"),
}
# Effects are weighed in steps of this part of the largest. Half a step is nothing: an
# effect that ought to be 0, but for rounding.
STEP = 1e-15


def assert_journeys_are_shared_by_effect(
    ledger: CompiledLedger, built: duckdb.DuckDBPyConnection
) -> None:
    journeys: dict[str, dict[str, str]] = {}
    for conversion, touchpoint, channel in rows_of(
        built,
        "select conversion_id, touchpoint_id, channel "
        "from marts.fct_journey_touchpoints where conversion_id is not null",
    ):
        journeys.setdefault(conversion, {})[touchpoint] = channel
    for model, (mart, effect) in EFFECTS.items():
        effects = dict(rows_of(built, f"select channel, {effect} from {mart}"))
        credit = keyed(
            rows_of(
                built,
                "select conversion_id, touchpoint_id, credit "
                "from marts.fct_attribution_credits "
                f"where attribution_model = '{model}' and touchpoint_id is not null",
            ),
            2,
        )
        if model not in ledger.settings["attribution_models"]:
            assert (effects, credit) == ({}, {})
            continue
        assert_same(
            credit,
            {
                (conversion, touchpoint): (share,)
                for conversion, channel_of in journeys.items()
                for touchpoint, share in shares(channel_of, effects).items()
            },
        )


def shares(channel_of: dict[str, str], effects: dict[str, float]) -> dict[str, float]:
    """Share 1 out among the channels by effect, then among their touchpoints."""
    touches = Counter(channel_of.values())
    least = max(0, *effects.values()) * STEP / 2
    weights = {c: effects[c] if effects[c] > least else 0.0 for c in touches}
    if not any(weights.values()):
        weights = dict.fromkeys(touches, 1.0)
    total = sum(weights.values())
    return {
        touchpoint: weights[channel] / total / touches[channel]
        for touchpoint, channel in channel_of.items()
    }


def assert_effects_add_up_to_the_rate(
    ledger: CompiledLedger, built: duckdb.DuckDBPyConnection
) -> None:
    """A chain counted on all journeys converts as they do, and so does the game."""
    [(journeys, conversions)] = rows_of(
        built,
        "select count(*), count(conversion_id) from marts.fct_journeys "
        "where touch_count > 0",
    )
    rate = conversions / journeys if journeys else 0
    values = rows_of(built, "select shapley_value from marts.fct_shapley_values")
    if values:
        assert sum(value for (value,) in values) == pytest.approx(rate, abs=TOLERANCE)
    if not ledger.settings.get("markov_includes_nulls", True):
        rate = 1 if conversions else 0
    for (probability,) in rows_of(
        built, "select conversion_probability from marts.fct_markov_removal_effects"
    ):
        assert probability == pytest.approx(rate, abs=TOLERANCE)


def assert_rows_are_kept_or_rejected(
    case: Case, built: duckdb.DuckDBPyConnection
) -> None:
    found = Counter(rows_of(built, "select source, reason from marts.rejected_rows"))
    assert found == case.rejected
    assert Counter(
        rows_of(
            built,
            "select user_id, occurred_at, channel, campaign, interaction, cost "
            "from staging.stg_touchpoints",
        )
    ) == Counter(
        (user, time, channel, campaign or "(none)", interaction, cost)
        for _, user, time, channel, campaign, interaction, cost in (
            case.accepted.touchpoints
        )
    )
    kept = rows_of(built, "select touchpoint_id from staging.stg_touchpoints")
    assert len(set(kept)) == len(kept)
    assert {row[:1] for row in case.accepted.touchpoints if row[0]} <= set(kept)
    assert Counter(
        rows_of(
            built,
            "select conversion_id, user_id, converted_at, conversion_type, revenue "
            "from staging.stg_conversions",
        )
    ) == Counter(
        (key, user, time, kind or "conversion", revenue or 0.0)
        for key, user, time, kind, revenue in case.accepted.conversions
    )
    spend = [
        (day, channel, campaign or "(none)", amount)
        for day, channel, campaign, amount in case.accepted.spend
    ]
    # Without a row of spend, what the touchpoints cost is the spend.
    if case.world.spend:
        assert Counter(
            rows_of(
                built,
                "select spend_date, channel, campaign, spend from staging.stg_spend",
            )
        ) == Counter(spend)
    else:
        costs = sum(row[-1] or 0 for row in case.accepted.touchpoints)
        [(total,)] = rows_of(built, "select sum(spend) from staging.stg_spend")
        assert (total or 0) == pytest.approx(costs, rel=TOLERANCE)


# Each counts the rows that break a claim.
INVARIANTS = {
    "credit sums to 1 per conversion and model": f"""
        select conversion_id from marts.fct_attribution_credits
        group by conversion_id, attribution_model
        having abs(sum(credit) - 1) > {TOLERANCE} or min(credit) < 0
    """,
    "every conversion has credit in every model": """
        select conversion_id from marts.fct_conversions
        cross join attribution.int_attribution_models
        anti join marts.fct_attribution_credits using (conversion_id, attribution_model)
    """,
    "touchpoints are in the window": "{window}",
    "a touchpoint is in one journey": """
        select touchpoint_id from marts.fct_journey_touchpoints
        group by all having count(*) > 1
    """,
    "all models agree on journeys of one touchpoint": f"""
        select conversion_id from marts.fct_attribution_credits
        inner join marts.fct_conversions using (conversion_id)
        where fct_conversions.touch_count <= 1 and abs(credit - 1) > {TOLERANCE}
    """,
    "a path is one row": """
        select path from marts.fct_paths group by path having count(*) > 1
    """,
    "positions count from 1 to touch_count": """
        select journey_id from marts.fct_journey_touchpoints
        group by journey_id
        having
            list_sort(list(position)) <> range(1, max(touch_count) + 1)
            or min(touch_count) <> max(touch_count)
    """,
}


def breaches(
    built: duckdb.DuckDBPyConnection, given_settings: Mapping[str, Any]
) -> list:
    found = []
    for claim, sql in INVARIANTS.items():
        if "one journey" in claim and given_settings.get("touch_reuse"):
            continue
        if sql == "{window}":
            sql = outside_window(given_settings)
        if rows_of(built, sql):
            found.append(claim)
    return found


def outside_window(given_settings: Mapping[str, Any]) -> str:
    days = given_settings.get("lookback_days", 30)
    too_old = "false"
    if days is not None and given_settings.get("lookback_unit") == "calendar_day":
        too_old = f"cast(converted_at as date) - cast(occurred_at as date) > {days}"
    elif days is not None:
        too_old = f"converted_at - occurred_at > interval {days * 86400:.0f} second"
    return f"""
        select touchpoint_id from marts.fct_journey_touchpoints
        inner join marts.fct_conversions using (conversion_id)
        where occurred_at > converted_at or {too_old}
    """


def assert_totals_equal_what_came_in(built: duckdb.DuckDBPyConnection) -> None:
    [(conversions, revenue)] = rows_of(
        built, "select count(*), coalesce(sum(revenue), 0) from marts.fct_conversions"
    )
    [(spend,)] = rows_of(built, "select coalesce(sum(spend), 0) from staging.stg_spend")
    for mart in ("channel", "campaign", "daily"):
        totals = keyed(
            rows_of(
                built,
                "select attribution_model, sum(attributed_conversions), "
                "sum(attributed_revenue), sum(spend) "
                f"from marts.fct_{mart}_performance group by 1",
            )
        )
        if not totals:
            assert (conversions, spend) == (0, 0)
        for total in totals.values():
            assert total == pytest.approx((conversions, revenue, spend), rel=TOLERANCE)
    [(journeys, converting, path_revenue)] = rows_of(
        built,
        "select sum(journeys), sum(conversions), sum(revenue) from marts.fct_paths",
    )
    attributed = rows_of(
        built,
        "select count(*), count(conversion_id), sum(revenue) from marts.fct_journeys "
        "where path is not null",
    )
    assert (journeys or 0, converting or 0, path_revenue or 0) == pytest.approx(
        tuple(value or 0 for value in attributed[0])
    )


def assert_reports_account_for_every_journey(built: duckdb.DuckDBPyConnection) -> None:
    journeys = rows_of(
        built,
        "select touch_count, floor(days_to_convert), is_converted "
        "from marts.fct_journeys where touch_count > 0",
    )
    for length in (2, 3):
        [(occurrences,)] = rows_of(
            built,
            "select coalesce(sum(occurrences), 0) from marts.fct_channel_sequences "
            f"where sequence_length = {length}",
        )
        assert occurrences == sum(max(row[0] - length + 1, 0) for row in journeys)
    counted = {
        ("touch_count", value, count)
        for value, count in Counter(row[0] for row in journeys).items()
    } | {
        ("days_to_convert", value, count)
        for value, count in Counter(row[1] for row in journeys if row[2]).items()
    }
    assert counted == set(
        rows_of(built, "select measure, value, journeys from marts.fct_journey_lengths")
    )


@settings(max_examples=sized(40, 300), deadline=None, derandomize=True)
@given(name=st.sampled_from(list(SETTINGS)), case=cases())
def test_the_ledger_equals_the_pandas_ledger_and_its_books_balance(
    name: str, case: Case, ledger_of: LedgerOf
) -> None:
    with ledger_of(name).run(case.world) as built:
        assert_rows_are_kept_or_rejected(case, built)
        assert_equals_the_pandas_ledger(ledger_of(name), built)
        assert_journeys_are_shared_by_effect(ledger_of(name), built)
        assert_effects_add_up_to_the_rate(ledger_of(name), built)
        assert breaches(built, SETTINGS[name]) == []
        assert ledger_of(name).broken_invariants(built) == []
        assert_totals_equal_what_came_in(built)
        assert_reports_account_for_every_journey(built)


def test_channels_named_like_the_ends_of_the_markov_chain_are_told_from_them(
    ledger_of: LedgerOf,
) -> None:
    path = ["(start)", "(null)", r"\(start)", "(conversion)", "\\", "(start)"]
    world = World(
        touchpoints=[
            (f"{user} {i}", user, START + i * MICROSECOND, channel, None, None, None)
            for user in ("u", "U")
            for i, channel in enumerate(path)
        ],
        conversions=[("c", "u", START + DAY, None, 1.0)],
    )
    ledger = ledger_of("no_limits")
    with ledger.run(world) as built:
        assert ledger.broken_invariants(built) == []
        steps = rows_of(
            built, "select from_state, to_state from marts.fct_markov_transitions"
        )
    assert len(set(steps)) == len(steps) == len(path) + 2
    assert ("(start)", r"\(start)") in steps
    assert (r"\(start)", "(conversion)") in steps


# Determinism


def contents(built: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """All that BI reads, to the last bit, in an order of its own."""
    relations = rows_of(
        built,
        "select schema_name, name from ("
        "select schema_name, table_name as name from duckdb_tables() union all "
        "select schema_name, view_name from duckdb_views() where not internal) "
        "where schema_name in ('marts', 'journeys')",
    )
    assert len(relations) > 10
    return {
        name: sorted(map(repr, rows_of(built, of_the_input(schema, name))))
        for schema, name in relations
    }


@settings(max_examples=sized(8, 40), deadline=None, derandomize=True)
@given(
    name=st.sampled_from(list(SETTINGS)),
    case=cases(),
    shuffle=st.randoms(use_true_random=False),
)
def test_order_of_rows_and_threads_change_nothing(
    name: str,
    case: Case,
    shuffle: random.Random,
    ledger_of: LedgerOf,
) -> None:
    shuffled = World(
        **{
            table: shuffle.sample(rows, len(rows))
            for table in SCHEMAS
            for rows in [getattr(case.world, table)]
        }
    )
    with (
        ledger_of(name).run(case.world, threads=1) as one,
        ledger_of(name).run(shuffled, threads=4) as other,
    ):
        assert contents(one) == contents(other)


@settings(max_examples=sized(8, 40), deadline=None, derandomize=True)
@given(name=st.sampled_from(list(SETTINGS)), case=cases(), stranger=cases())
def test_a_stranger_changes_nobodys_credit(
    name: str, case: Case, stranger: Case, ledger_of: LedgerOf
) -> None:
    with_stranger = World(
        touchpoints=[
            *case.accepted.touchpoints,
            *(
                (f"stranger {i}", "stranger", *row[2:])
                for i, row in enumerate(stranger.accepted.touchpoints)
            ),
        ],
        conversions=[
            *case.accepted.conversions,
            *(
                (f"stranger {i}", "stranger", *row[2:])
                for i, row in enumerate(stranger.accepted.conversions)
            ),
        ],
        spend=case.accepted.spend,
    )

    # Fitted models learn from everybody; rules look at one journey.
    def of_the_others(world: World) -> list[str]:
        with ledger_of(name).run(world) as built:
            return sorted(
                map(
                    repr,
                    rows_of(
                        built,
                        "from marts.fct_attribution_credits "
                        f"where user_id <> 'stranger' and {OF_A_RULE}",
                    ),
                )
            )

    assert of_the_others(case.accepted) == of_the_others(with_stranger)


def test_intervals_of_many_users_are_as_wide_as_counts_scatter(
    ledger_of: LedgerOf,
) -> None:
    users = [f"user {i}" for i in range(10_000)]
    world = World(
        touchpoints=[(u, u, START, "a", None, None, None) for u in users],
        conversions=[(u, u, START, None, 1.0) for u in users],
    )
    ledger = ledger_of("defaults")
    with ledger.run(world) as built:
        [(lower, upper)] = rows_of(
            built,
            "select attributed_conversions_lower, attributed_conversions_upper "
            "from marts.fct_channel_performance where attribution_model = 'linear'",
        )
    # A Poisson count; the few samples of this ledger know its scatter to some 20 %.
    assert upper - lower == pytest.approx(2 * 1.96 * math.sqrt(len(users)), rel=0.5)
