"""The fit of the additive hazard, kept, and what is reported of it."""

import datetime as dt
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from hazard_shops import (
    MONDAY,
    Event,
    Seller,
    Tables,
    Touch,
    period_of,
    relations_of,
    simulated_shop,
    tables_of,
)
from touchledger.features.tables import SnapshotTables
from touchledger.features.vocabulary import JOURNEY_FEATURES
from touchledger.fits.store import FitStore, load_fit
from touchledger.fits.tables import CREDITS, FITS, IMPORTANCES, SCORES
from touchledger.hazard import relations as relations_module
from touchledger.hazard.fitting import NAME, fit_additive_hazard
from touchledger.hazard.serialization import HazardTables
from touchledger.hazard.tables import (
    additive_hazard_credits,
    additive_hazard_effects,
    additive_hazard_importances,
    additive_hazard_scores,
)
from touchledger.importances import feature_importances
from touchledger.turns import CAUSES, TRAINING

ROUNDING = 1e-9
ARRIVAL_MINUTES = 60
SEED = 3
USERS = 600

SELLERS = (
    Seller(1.0, effect=0.2, campaigns=(0.5, 1.5)),
    Seller(1.0, effect=0.1, days=4.0),
    Seller(1.0),
)
EFFECTS = {
    "channel_key": pa.int64(),
    "campaign_key": pa.int64(),
    "form": pa.string(),
    "touchpoints": pa.int64(),
    "half_life_days": pa.float64(),
    "incremental_conversions": pa.float64(),
    "incremental_revenue": pa.float64(),
    "baseline_share": pa.float64(),
}


@dataclass(frozen=True, eq=False)
class Input:
    """All that the fit is given."""

    tables: HazardTables
    snapshots: pa.Table
    features: dict[str, pa.Table]
    seed: int = SEED
    sampled: Callable[[int], bool] = lambda _: True

    def fitted(self, folder: Path, refit: str = "auto") -> pa.Table:
        with duckdb.connect() as connection:
            return fit_additive_hazard(
                is_asked_for=True,
                store=FitStore(folder, refit),
                relations=relations_of(self.tables, sampled=self.sampled),
                snapshots=connection.from_arrow(self.snapshots),
                features=self.snapshot_tables(connection),
                seed=self.seed,
            )

    def snapshot_tables(self, connection: duckdb.DuckDBPyConnection) -> SnapshotTables:
        return SnapshotTables(
            **{name: connection.from_arrow(t) for name, t in self.features.items()}
        )

    def scores(self, fits: pa.Table) -> pa.Table:
        with duckdb.connect() as connection:
            snapshots = connection.from_arrow(self.snapshots)
            return additive_hazard_scores(
                fits, snapshots, self.snapshot_tables(connection)
            )


def hazard_tables(
    tables: Tables, campaigns: dict[int, tuple[int, str]], arrival: float
) -> HazardTables:
    """Name channels and add revenue: 10 for conversion 0, 11 for conversion 1, ..."""
    events = tables.conversions
    revenue = pc.cast(pc.add(events["conversion_key"], 10), pa.float64())
    return HazardTables(
        touchpoints=tables.touchpoints,
        conversions=events.append_column("revenue", revenue),
        users=profiles_of(tables.users.num_rows),
        campaigns=campaigns_of(tables.touchpoints, campaigns),
        period=period_of(tables.touchpoints, events),
        arrival_minutes=arrival,
    )


def campaigns_of(
    touchpoints: pa.Table, campaigns: dict[int, tuple[int, str]]
) -> pa.Table:
    keys = touchpoints["campaign_key"].to_pylist()
    return pa.table(
        {
            "channel_key": [channel for channel, _ in campaigns.values()],
            "channel": [name for _, name in campaigns.values()],
            "campaign_key": list(campaigns),
            "touchpoints": [keys.count(key) for key in campaigns],
        }
    )


def profiles_of(users: int) -> pa.Table:
    attributes = pa.StructArray.from_arrays(
        [
            pa.array([f"u{user}" for user in range(users)]),
            pa.array([user % 50 + 20 for user in range(users)]),
        ],
        names=["user_id", "age"],
    )
    return pa.table({"user_key": list(range(users)), "attributes": attributes})


def known_snapshots(users: int, channels: int) -> tuple[pa.Table, dict[str, pa.Table]]:
    """Make a snapshot of each user, some of which convert, some channels oftener."""
    keys = np.arange(1, users + 1)
    channel = keys % channels
    snapshots = pa.table(
        {
            "snapshot_key": keys,
            "user_key": keys - 1,
            "split": np.where(keys % 5, "training", "validation"),
            "weight": np.ones(users),
            "is_converted": (keys * 7 % 11 + channel) % 4 == 0,
        }
    )
    features = {name: np.ones(users) for name in JOURNEY_FEATURES}
    features["last_gap_days"] = keys % 13.0
    return snapshots, {
        "features": pa.table(
            {
                "snapshot_key": keys,
                **features,
                "first_channel_key": channel,
                "last_channel_key": channel,
                "last_campaign_key": channel,
                "channel_keys": channel[:, None].tolist(),
                "campaign_keys": channel[:, None].tolist(),
            }
        ),
        "touchpoints": pa.table(
            {"snapshot_key": keys, "features": pa.nulls(users, pa.bool_())}
        ),
    }


def input_of(tables: HazardTables, users: int = USERS) -> Input:
    channels = len(tables.channel_names())
    snapshots, features = known_snapshots(users, channels)
    names = tables.campaigns.append_column(
        "campaign",
        pa.array(
            [f"campaign {key}" for key in tables.campaigns["campaign_key"].to_pylist()]
        ),
    )
    named = {"names": names, "profiles": tables.profiles}
    return Input(tables, snapshots, {**features, **named})


def shop_input() -> Input:
    shop = simulated_shop(SELLERS, USERS, SEED)
    campaigns = {0: (0, "a"), 1: (0, "a"), 2: (1, "b"), 3: (2, "c")}
    return input_of(hazard_tables(shop.tables, campaigns, ARRIVAL_MINUTES))


@pytest.fixture(scope="module")
def given() -> Input:
    return shop_input()


@pytest.fixture(scope="module")
def fits(given: Input, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    return given.fitted(tmp_path_factory.mktemp("fits"))


def few_touches() -> Tables:
    touches = [
        Touch(user, day, channel)
        for user, (day, channel) in enumerate([(1.0, 0), (2.5, 1), (4.0, 0), (6.0, 1)])
    ]
    return tables_of(touches, [Event(0, 3.0), Event(1, 5.0)], users=5, channels=2)


def few() -> Input:
    campaigns = {0: (0, "a"), 1: (1, "b")}
    return input_of(hazard_tables(few_touches(), campaigns, ARRIVAL_MINUTES), users=5)


def without(table: pa.Table) -> pa.Table:
    return table.slice(0, 0)


def ledger_of(tables: HazardTables) -> pa.Table:
    """Give each conversion the touchpoints of its user before it, in order."""
    with duckdb.connect() as connection:
        connection.register("touchpoints", tables.touchpoints)
        connection.register("conversions", tables.conversions)
        return connection.sql(
            """
            select
                user_key,
                conversion_key + 100 as journey_key,
                count(*) over (partition by conversion_key) as touch_count,
                row_number() over (
                    partition by conversion_key
                    order by occurred_at, channel_key, campaign_key
                ) as position,
                conversion_key,
                channel_key,
                campaign_key,
                occurred_at
            from conversions
            inner join touchpoints using (user_key)
            where occurred_at <= converted_at
            """
        ).to_arrow_table()


def shuffled(table: pa.Table, seed: int = 0) -> pa.Table:
    return table.take(np.random.default_rng(seed).permutation(table.num_rows))


# What is counted over all touchpoints


def test_campaigns_are_counted_over_all_users_and_may_have_no_touchpoints() -> None:
    tables = few().tables
    unseen = {"channel_key": [9], "channel": ["z"], "campaign_key": [9]}
    names = pa.concat_tables([tables.campaigns.select(list(unseen)), pa.table(unseen)])
    relations = relations_of(
        replace(tables, campaigns=names), sampled=lambda user: user < 2
    )
    sample = relations.sample()
    assert sample.touchpoints.num_rows == 2
    assert sample.campaigns["touchpoints"].to_pylist() == [2, 2, 0]


def test_the_period_begins_and_ends_with_whatever_was_seen_of_anybody() -> None:
    touches = [Touch(0, 1.0, 0), Touch(1, 2.5, 0)]
    start = dt.datetime.combine(MONDAY, dt.time())
    days = {}
    for name, events in {
        "within": [Event(0, 2.0)],
        "around": [Event(0, 0.5), Event(1, 4.0)],
    }.items():
        tables = tables_of(touches, events, users=3, channels=1)
        given = hazard_tables(tables, {0: (0, "a")}, ARRIVAL_MINUTES)
        found = relations_of(given, sampled=lambda user: user == 2).sample().period
        [first], [last] = (found[name].to_pylist() for name in found.column_names)
        days[name] = [(day - start).total_seconds() / 86400 for day in (first, last)]
    assert days == {"within": [1.0, 2.5], "around": [0.5, 4.0]}


# Whether there is a fit


def test_nothing_is_looked_at_where_the_model_is_not_asked_for(tmp_path: Path) -> None:
    store = FitStore(tmp_path, "never")
    found = fit_additive_hazard(False, store, None, None, None, SEED)
    assert found.schema == FITS
    assert not found.num_rows
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("missing", ["touchpoints", "conversions"])
@pytest.mark.parametrize("refit", ["auto", "never"])
def test_without_touchpoints_or_conversions_there_is_no_fit_but_a_warning(
    missing: str, refit: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = few()
    part = without(getattr(whole.tables, missing))
    given = replace(whole, tables=replace(whole.tables, **{missing: part}))
    with caplog.at_level(logging.WARNING):
        found = given.fitted(tmp_path, refit)
    assert found.schema == FITS
    assert not found.num_rows
    [said] = caplog.messages
    assert said == (
        f"additive_hazard: there are no {missing} to learn from, so it isn't fitted; "
        "its credit is shared equally."
    )


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("nobody", "there are no journeys to learn from"),
        ("no conversions", "no journey to learn from converts"),
        ("conversions alone", "every journey to learn from converts"),
    ],
)
def test_where_no_journey_teaches_anything_the_fit_has_no_scores(
    what: str, reason: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = few()
    converted = pa.array([what == "conversions alone"] * given.snapshots.num_rows)
    snapshots = given.snapshots.set_column(4, "is_converted", converted)
    given = replace(
        given, snapshots=without(snapshots) if what == "nobody" else snapshots
    )
    with caplog.at_level(logging.WARNING):
        fits = given.fitted(tmp_path)
    assert caplog.messages == [
        f"additive_hazard: {reason}, so journeys have no scores."
    ]
    assert fits.num_rows == 1
    scores = few().scores(fits)
    assert scores.schema == SCORES
    assert not scores.num_rows
    assert additive_hazard_effects(fits, relations_of(given.tables)).num_rows == 2


def test_a_fit_counts_its_touchpoints_and_names_its_settings(
    given: Input, fits: pa.Table
) -> None:
    [row] = fits.to_pylist()
    assert row["fitted_model"] == NAME
    assert row["rows"] == given.tables.touchpoints.num_rows
    fit = load_fit(Path(row["file"]))
    assert fit.settings == {"arrival_minutes": ARRIVAL_MINUTES, "seed": SEED}


# When it is fitted anew


def changed(given: Input, what: str) -> Input:
    tables = given.tables
    if what == "seed":
        return replace(given, seed=SEED + 1)
    if what == "arrival_minutes":
        return replace(given, tables=replace(tables, arrival_minutes=30))
    if what == "touchpoint":
        return replace(
            given, tables=replace(tables, touchpoints=tables.touchpoints.slice(1))
        )
    if what == "conversion":
        return replace(
            given, tables=replace(tables, conversions=tables.conversions.slice(1))
        )
    if what == "user":
        nobody = pa.Table.from_pylist([{"user_key": 1000}], schema=tables.users.schema)
        more = pa.concat_tables([tables.users, nobody])
        return replace(given, tables=replace(tables, users=more))
    if what == "profile":
        # The first user is still there, without a profile.
        missing = pa.nulls(1, tables.users["attributes"].type)
        kept = [missing, *tables.users["attributes"].slice(1).chunks]
        other = tables.users.set_column(1, "attributes", pa.chunked_array(kept))
        return replace(given, tables=replace(tables, users=other))
    if what == "name":
        names = pa.array(["a", "z"])
        other = tables.campaigns.set_column(1, "channel", names)
        return replace(given, tables=replace(tables, campaigns=other))
    flipped = pc.invert(given.snapshots["is_converted"])
    return replace(
        given, snapshots=given.snapshots.set_column(4, "is_converted", flipped)
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    assert few().fitted(folder)["is_reused"].to_pylist() == [False]
    return folder


def copy_of(kept: Path, folder: Path) -> Path:
    (folder / "additive_hazard.json").write_bytes(
        (kept / "additive_hazard.json").read_bytes()
    )
    return folder


def test_what_was_fitted_before_is_taken_again(kept: Path, tmp_path: Path) -> None:
    given = few()
    again = given.fitted(copy_of(kept, tmp_path))
    assert again["is_reused"].to_pylist() == [True]
    tables = replace(
        given.tables,
        **{
            name: shuffled(getattr(given.tables, name))
            for name in ("touchpoints", "conversions", "users", "campaigns")
        },
    )
    turned = replace(given, tables=tables, snapshots=shuffled(given.snapshots))
    assert turned.fitted(tmp_path)["is_reused"].to_pylist() == [True]


@pytest.mark.parametrize(
    "what",
    [
        "seed",
        "arrival_minutes",
        "touchpoint",
        "conversion",
        "user",
        "profile",
        "name",
        "outcome",
    ],
)
def test_it_is_fitted_anew_where_anything_has_changed(
    what: str, kept: Path, tmp_path: Path
) -> None:
    found = changed(few(), what).fitted(copy_of(kept, tmp_path))
    assert found["is_reused"].to_pylist() == [False]


def test_the_same_input_is_fitted_to_the_same_bytes_whatever_its_order(
    kept: Path, tmp_path: Path
) -> None:
    given = few()
    tables = replace(
        given.tables,
        touchpoints=shuffled(given.tables.touchpoints),
        conversions=shuffled(given.tables.conversions),
    )
    replace(given, tables=tables).fitted(tmp_path, "always")
    first, second = (load_fit(f / "additive_hazard.json") for f in (kept, tmp_path))
    assert first.payload == second.payload


# Credit


def test_credit_that_nobody_asked_for_is_none() -> None:
    given = few()
    ledger = ledger_of(given.tables)
    found = additive_hazard_credits(
        False, FITS.empty_table(), relations_of(given.tables, ledger)
    )
    assert found.schema == CREDITS
    assert not found.num_rows


def test_without_a_fit_touchpoints_share_equally(given: Input) -> None:
    ledger = ledger_of(given.tables)
    found = additive_hazard_credits(
        True, FITS.empty_table(), relations_of(given.tables, ledger)
    )
    counts = {
        row["values"]: row["counts"]
        for row in pc.value_counts(ledger["journey_key"]).to_pylist()
    }
    for row in found.to_pylist():
        assert row["credit"] == pytest.approx(1 / counts[row["journey_key"]])


def test_credit_sums_to_one_for_each_journey_and_has_a_row_for_each_touchpoint(
    given: Input, fits: pa.Table
) -> None:
    ledger = ledger_of(given.tables)
    found = additive_hazard_credits(True, fits, relations_of(given.tables, ledger))
    assert found.schema == CREDITS
    keys = ["journey_key", "position"]
    in_order = [(key, "ascending") for key in keys]
    assert found.select(keys).equals(ledger.select(keys).sort_by(in_order))
    assert set(found["attribution_model"].to_pylist()) == {NAME}
    credit = found["credit"].to_numpy()
    assert credit.min() >= 0
    of = np.unique(found["journey_key"].to_numpy(), return_inverse=True)[1]
    assert np.bincount(of, credit) == pytest.approx(1, abs=ROUNDING)
    # It isn't the equal share that there is without a fit.
    assert credit.max() - credit[np.bincount(of)[of] > 1].min() > 0.2


def test_the_order_of_rows_does_not_matter(given: Input, fits: pa.Table) -> None:
    ledger = ledger_of(given.tables)
    tables = replace(
        given.tables,
        **{
            name: shuffled(getattr(given.tables, name))
            for name in ("touchpoints", "conversions", "users", "campaigns")
        },
    )
    found = additive_hazard_credits(True, fits, relations_of(given.tables, ledger))
    assert additive_hazard_credits(
        True, fits, relations_of(tables, shuffled(ledger))
    ).equals(found)
    effects = additive_hazard_effects(fits, relations_of(given.tables))
    assert additive_hazard_effects(fits, relations_of(tables)).equals(effects)


def test_users_done_in_parts_have_the_same_credit_and_effects(
    given: Input, fits: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    relations = relations_of(given.tables, ledger_of(given.tables))
    credit = additive_hazard_credits(True, fits, relations)
    effects = additive_hazard_effects(fits, relations).to_pandas()
    monkeypatch.setattr(relations_module, "_USERS_AT_ONCE", 7)
    assert additive_hazard_credits(True, fits, relations).equals(credit)
    in_parts = additive_hazard_effects(fits, relations).to_pandas()
    pd.testing.assert_frame_equal(in_parts, effects, rtol=1e-12)


def test_what_is_learned_from_some_users_is_told_of_all(
    given: Input, tmp_path: Path
) -> None:
    ledger = ledger_of(given.tables)

    def is_sampled(user: int) -> bool:
        return user % 2 == 0

    half = replace(given, sampled=is_sampled)
    fits = half.fitted(tmp_path)
    in_sample = sum(map(is_sampled, given.tables.touchpoints["user_key"].to_pylist()))
    assert fits["rows"].to_pylist() == [in_sample]
    relations = relations_of(given.tables, ledger, is_sampled)
    effects = additive_hazard_effects(fits, relations).to_pandas()
    keys = given.tables.touchpoints["campaign_key"].to_numpy()
    assert effects["touchpoints"].tolist() == np.bincount(keys).tolist()
    conversions = given.tables.conversions.num_rows
    [baseline] = set(effects["baseline_share"])
    whole = effects["incremental_conversions"].sum() + baseline * conversions
    assert whole == pytest.approx(conversions, abs=ROUNDING)
    credit = additive_hazard_credits(True, fits, relations)
    assert credit.num_rows == ledger.num_rows
    of = np.unique(credit["journey_key"].to_numpy(), return_inverse=True)[1]
    assert np.bincount(of, credit["credit"].to_numpy()) == pytest.approx(1)


def test_a_campaign_that_the_sample_lacks_is_weighed_as_its_channel(
    given: Input, fits: pa.Table
) -> None:
    tables = given.tables
    ledger = ledger_of(tables)
    # Campaigns 0 and 1 are of one channel. Who met the second isn't learned from.
    met = set(
        tables.touchpoints.filter(pc.equal(tables.touchpoints["campaign_key"], 1))[
            "user_key"
        ].to_pylist()
    )
    known = relations_of(tables, ledger, lambda user: user not in met)
    credit = additive_hazard_credits(True, fits, known)
    rows = ledger.sort_by([("journey_key", "ascending"), ("position", "ascending")])
    of_second = np.isin(rows["campaign_key"].to_numpy(), [1])
    assert credit["credit"].to_numpy()[of_second].sum() > 0
    # As if it were the first one: what they do is then the same.
    merged = replace(tables, touchpoints=_as_one(tables.touchpoints))
    alike = relations_of(merged, _as_one(ledger), lambda user: user not in met)
    assert additive_hazard_credits(True, fits, alike)["credit"].to_numpy() == (
        pytest.approx(credit["credit"].to_numpy(), abs=0.02)
    )


def _as_one(table: pa.Table) -> pa.Table:
    keys = table["campaign_key"]
    first = pc.if_else(pc.equal(keys, 1), 0, keys)
    place = table.column_names.index("campaign_key")
    return table.set_column(place, "campaign_key", first)


@pytest.mark.parametrize("is_fitted", [False, True])
def test_an_empty_ledger_has_no_credit(
    is_fitted: bool, given: Input, fits: pa.Table
) -> None:
    reported = fits if is_fitted else FITS.empty_table()
    ledger = without(ledger_of(given.tables))
    found = additive_hazard_credits(True, reported, relations_of(given.tables, ledger))
    assert found.schema == CREDITS
    assert not found.num_rows


# Effects


def test_what_was_caused_and_what_came_by_itself_are_all_conversions(
    given: Input, fits: pa.Table
) -> None:
    effects = additive_hazard_effects(fits, relations_of(given.tables)).to_pandas()
    conversions = given.tables.conversions
    [baseline] = set(effects["baseline_share"])
    whole = effects["incremental_conversions"].sum() + baseline * conversions.num_rows
    assert whole == pytest.approx(conversions.num_rows, abs=ROUNDING)
    assert (effects["incremental_conversions"] > 0).any()
    # Conversion 0 earned 10, the next one 11, and so on.
    dearest = 9 + conversions.num_rows
    assert (
        effects["incremental_revenue"] >= 10 * effects["incremental_conversions"]
    ).all()
    assert (
        effects["incremental_revenue"] <= dearest * effects["incremental_conversions"]
    ).all()


def test_revenue_is_that_of_the_conversions_that_were_caused(
    given: Input, fits: pa.Table
) -> None:
    tables = given.tables
    # One conversion alone earns: its parts are all the revenue there is.
    key = int(tables.conversions["conversion_key"].to_numpy()[-1])
    earning = pc.equal(tables.conversions["conversion_key"], key).cast(pa.float64())
    alone = tables.conversions.set_column(
        tables.conversions.column_names.index("revenue"), "revenue", earning
    )
    found = additive_hazard_effects(
        fits, relations_of(replace(tables, conversions=alone))
    )
    of_all = additive_hazard_effects(fits, relations_of(tables))
    assert found["incremental_conversions"].equals(of_all["incremental_conversions"])
    assert 0 < sum(found["incremental_revenue"].to_pylist()) <= 1


def test_campaigns_have_their_touchpoints_and_the_half_life_of_their_channel(
    given: Input, fits: pa.Table
) -> None:
    effects = additive_hazard_effects(fits, relations_of(given.tables)).to_pandas()
    assert effects["campaign_key"].tolist() == [0, 1, 2, 3]
    assert effects["channel_key"].tolist() == [0, 0, 1, 2]
    keys = given.tables.touchpoints["campaign_key"].to_numpy()
    assert effects["touchpoints"].tolist() == np.bincount(keys).tolist()
    half_life = effects["half_life_days"]
    assert half_life[0] == half_life[1]
    # The second channel acts for twice as long.
    assert half_life[2] > half_life[0]
    saved = load_fit(Path(fits["file"][0].as_py())).payload["hazard"]
    assert set(effects["form"]) == {saved["form"]}


def test_a_campaign_without_touchpoints_has_no_effect(tmp_path: Path) -> None:
    given = few()
    more = pa.table(
        {
            "channel_key": [0, 1, 2],
            "channel": ["a", "b", "c"],
            "campaign_key": [0, 1, 2],
            "campaign": ["x", "y", "z"],
            "touchpoints": [2, 2, 0],
        }
    )
    given = replace(given, tables=replace(given.tables, campaigns=more))
    given = replace(given, features={**given.features, "names": more})
    fits = given.fitted(tmp_path)
    effects = additive_hazard_effects(fits, relations_of(given.tables))
    assert effects["campaign_key"].to_pylist() == [0, 1]
    importances = additive_hazard_importances(fits).to_pylist()
    assert [row["feature"] for row in importances] == [
        "channel: a",
        "channel: b",
        "channel: c",
    ]
    assert importances[2]["importance"] == 0


def test_effects_have_their_schema_with_and_without_a_fit(
    given: Input, fits: pa.Table
) -> None:
    for reported in (fits, FITS.empty_table()):
        found = additive_hazard_effects(reported, relations_of(given.tables))
        assert found.schema == pa.schema(EFFECTS)
        assert (found.num_rows > 0) == (reported.num_rows > 0)


@pytest.mark.parametrize("turn", [TRAINING, CAUSES])
def test_what_needs_much_memory_waits_for_its_turn(turn: Lock, tmp_path: Path) -> None:
    given = few()
    fits = given.fitted(tmp_path)
    relations = relations_of(given.tables, ledger_of(given.tables))
    jobs: list[Callable[[], pa.Table]] = [lambda: given.fitted(tmp_path)]
    if turn is CAUSES:
        jobs = [
            lambda: additive_hazard_effects(fits, relations),
            lambda: additive_hazard_credits(True, fits, relations),
        ]
    for job in jobs:
        with ThreadPoolExecutor() as threads:
            with turn:
                found = threads.submit(job)
                assert not wait([found], timeout=0.3).done
            assert found.result().num_rows


# Importances and scores


def test_importances_are_what_a_touchpoint_of_each_channel_brings(
    fits: pa.Table,
) -> None:
    found = additive_hazard_importances(fits)
    assert found.schema == IMPORTANCES
    rows = {row["feature"]: row["importance"] for row in found.to_pylist()}
    assert list(rows) == ["channel: a", "channel: b", "channel: c"]
    saved = load_fit(Path(fits["file"][0].as_py())).payload["hazard"]
    assert set(found["importance_type"].to_pylist()) == {f"{saved['form']}_effect"}
    brought = np.array(saved["effects"]).sum(axis=0)
    assert list(rows.values()) == pytest.approx(brought.tolist())
    # Only the third one causes nothing.
    assert rows["channel: c"] < min(rows["channel: a"], rows["channel: b"]) / 2


def test_importances_of_all_fits_pass_over_networks(fits: pa.Table) -> None:
    network = fits.set_column(0, "fitted_model", pa.array(["lstm"]))
    found = feature_importances(pa.concat_tables([network, fits]))
    assert found == additive_hazard_importances(fits)
    assert feature_importances(network) == IMPORTANCES.empty_table()


def test_without_a_fit_there_are_no_importances_and_no_scores() -> None:
    found = additive_hazard_importances(FITS.empty_table())
    assert found.schema == IMPORTANCES
    assert not found.num_rows
    scores = few().scores(FITS.empty_table())
    assert scores.schema == SCORES
    assert not scores.num_rows


def test_every_snapshot_has_a_probability_and_unknown_channels_do_no_harm(
    given: Input, fits: pa.Table
) -> None:
    scores = given.scores(fits)
    assert scores.schema == SCORES
    assert scores["snapshot_key"].equals(given.snapshots["snapshot_key"])
    probabilities = scores["conversion_probability"].to_numpy()
    assert ((probabilities > 0) & (probabilities < 1)).all()
    assert len(np.unique(probabilities)) > 3
    names = given.features["names"]
    renamed = names.set_column(1, "channel", pa.array(["x", "x", "y", "z"]))
    unknown = replace(given, features={**given.features, "names": renamed})
    probabilities = unknown.scores(fits)["conversion_probability"].to_numpy()
    assert ((probabilities > 0) & (probabilities < 1)).all()
