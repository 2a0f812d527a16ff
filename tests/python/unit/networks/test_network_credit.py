"""What networks say of journeys becomes credit of their touchpoints."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from network_worlds import sequence_tables, small
from snapshot_tables import relation, training_snapshots
from touchledger.fits.store import FitStore
from touchledger.log import LOGGER
from touchledger.networks import credit_tables
from touchledger.networks.applied import AppliedNetwork
from touchledger.networks.credit_tables import (
    attention_credits,
    network_shapley_values,
)
from touchledger.networks.loading import stored_network
from touchledger.networks.relations import SequenceTables
from touchledger.networks.settings import NetworkSettings
from touchledger.networks.tables import fit_network

Floats = NDArray[np.float64]

USERS = 60
# The journeys that are credited: channels, a day apart, the last half a day ago.
CREDITED = {USERS + 1: [1, 2, 1, 2, 1], USERS + 2: [2], USERS + 3: [1, 2]}


def journeys(**settings: Any) -> SequenceTables:
    random = np.random.default_rng(5)
    channels = {key: random.integers(1, 3, 3).tolist() for key in range(1, USERS + 1)}
    return sequence_tables(
        {
            key: [(channel, channel, 0.0, False) for channel in of]
            for key, of in {**channels, **CREDITED}.items()
        },
        **settings,
    )


def fits(folder: Path, settings: NetworkSettings, tables: SequenceTables) -> pa.Table:
    rows = [
        (key, key, "training" if key % 3 else "validation", 1.0, key % 2 == 0)
        for key in range(1, USERS + 1)
    ]
    return fit_network(
        model="attention_lstm",
        is_asked_for=True,
        store=FitStore(folder, "auto"),
        seed=7,
        settings=settings,
        arrival_minutes=0.0,
        snapshots=duckdb.connect().from_arrow(training_snapshots(rows)),
        tables=tables,
    )


def touchpoints(
    counts: Mapping[int, int] = {key: len(of) for key, of in CREDITED.items()},
) -> duckdb.DuckDBPyRelation:
    """Give the touchpoints of credited journeys by how many each has."""
    return relation(
        "snapshot_key bigint, user_key bigint, journey_key bigint, position bigint, "
        "touch_count bigint",
        [
            (key, key, key + 1000, position, count)
            for key, count in counts.items()
            for position in range(1, count + 1)
        ],
    )


def by_journey(found: pa.Table, column: str) -> dict[int, Floats]:
    """Give a column in the order of touchpoints, by the key of the snapshot."""
    ordered = found.sort_by([("journey_key", "ascending"), ("position", "ascending")])
    keys = ordered["journey_key"].to_numpy() - 1000
    values = ordered[column].to_numpy()
    return {key: values[keys == key] for key in CREDITED}


def test_touchpoints_beyond_the_last_max_touches_earn_nothing(tmp_path: Path) -> None:
    tables = journeys(max_touches=2)
    found = fits(tmp_path, small("touchledger"), tables)
    credit = by_journey(attention_credits(True, found, touchpoints(), tables), "credit")
    values = network_shapley_values(True, found, touchpoints(), tables, 8, 4, 7)
    shapley_credit = by_journey(values, "credit")
    shapley_values = by_journey(values, "shapley_value")
    for key, channels in CREDITED.items():
        left_out = max(len(channels) - 2, 0)
        for of_touchpoints in (credit[key], shapley_credit[key]):
            assert of_touchpoints.sum() == pytest.approx(1, abs=1e-12)
            assert not of_touchpoints[:left_out].any()
        assert (credit[key][left_out:] > 0).all()
        assert not shapley_values[key][:left_out].any()
        assert shapley_values[key][left_out:].all()


@pytest.mark.parametrize("preset", ["touchledger", "td_mta"])
def test_what_a_network_does_not_read_earns_nothing_where_nothing_adds(
    preset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The last two touchpoints are read; by days, those of the last two days.
    of_touches = preset == "touchledger"
    tables = journeys(**({"max_touches": 2} if of_touches else {}))
    parts = {} if of_touches else {"days": 2, "layers": 1}
    found = fits(tmp_path, small(preset, **parts), tables)
    of_network = AppliedNetwork.touchpoint_values

    def harmful(*arguments: Any, **options: Any) -> Any:
        found = of_network(*arguments, **options)
        return replace(found, values=-np.abs(found.values))

    monkeypatch.setattr(AppliedNetwork, "touchpoint_values", harmful)
    values = network_shapley_values(True, found, touchpoints(), tables, 8, 4, 7)
    for key, credit in by_journey(values, "credit").items():
        read = min(len(CREDITED[key]), 2)
        assert credit[-read:].tolist() == [1 / read] * read
        assert not credit[:-read].any()


def test_attention_to_a_day_is_shared_by_what_was_touched_on_it(tmp_path: Path) -> None:
    tables = journeys()
    settings = small("td_mta", attention="tanh", days=4, layers=1)
    found = fits(tmp_path, settings, tables)
    # Two channels on the day of the cutoff, one of them twice, and one the day before.
    days_before = [(1, 1.5), (1, 0.5), (2, 0.4), (2, 0.3)]
    key = max(CREDITED)
    moved = SequenceTables(
        touchpoints=relation(
            "snapshot_key bigint, position bigint, touch_count bigint, channel_key "
            "bigint, "
            "campaign_key bigint, cost double, is_click boolean, "
            "days_before_cutoff double, features boolean",
            [
                (key, position, 4, channel, channel, 0.0, False, days, None)
                for position, (channel, days) in enumerate(days_before, 1)
            ],
        ),
        names=tables.names,
        profiles=tables.profiles,
        max_touches=100,
    )
    credit = by_journey(
        attention_credits(True, found, touchpoints({key: 4}), moved), "credit"
    )[key]
    network = stored_network(found)
    assert network is not None
    saved, applied = network.saved, network.applied
    [read] = saved.reader.read(moved, np.array([key]), np.array([key]))
    *_, before, last = applied.attention(saved.players(read).journeys)
    of_days = np.array([before, last]) / (before + last)
    assert credit == pytest.approx(
        [of_days[0], of_days[1] / 2, of_days[1] / 4, of_days[1] / 4], rel=1e-9
    )
    assert of_days[0] != pytest.approx(of_days[1], rel=1e-3)


@pytest.fixture(scope="module")
def of_touches(tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    return fits(tmp_path_factory.mktemp("fits"), small("touchledger"), journeys())


def test_journeys_read_in_parts_have_the_same_credit(
    of_touches: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> list[Floats]:
        credit = attention_credits(True, of_touches, touchpoints(), journeys())
        values = network_shapley_values(
            True, of_touches, touchpoints(), journeys(), 8, 4, 7
        )
        return [
            *by_journey(credit, "credit").values(),
            *by_journey(values, "shapley_value").values(),
        ]

    whole = found()
    monkeypatch.setattr(credit_tables, "_JOURNEYS_AT_ONCE", 1)
    for one, other in zip(whole, found(), strict=True):
        assert one.tolist() == other.tolist()


def test_values_of_sampled_journeys_have_standard_errors(of_touches: pa.Table) -> None:
    values = network_shapley_values(
        True, of_touches, touchpoints(), journeys(), 2, 4, 7
    )
    errors = by_journey(values, "standard_error")
    exact = by_journey(
        network_shapley_values(True, of_touches, touchpoints(), journeys(), 8, 4, 7),
        "shapley_value",
    )
    for key, channels in CREDITED.items():
        if len(channels) <= 2:
            assert not errors[key].any()
            continue
        assert (errors[key] > 0).any()
        drawn = by_journey(values, "shapley_value")[key]
        # Of two pairs of orders the spread is known but roughly.
        assert np.abs(drawn - exact[key]).max() < 12 * errors[key].max()


def test_a_network_without_attention_shares_equally_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = fits(tmp_path, small("td_mta", layers=1), journeys())
    with caplog.at_level("WARNING", logger=LOGGER.name):
        credit = attention_credits(True, found, touchpoints(), journeys())
    for key, of_touchpoints in by_journey(credit, "credit").items():
        assert of_touchpoints == pytest.approx(1 / len(CREDITED[key]))
    [said] = [record.getMessage() for record in caplog.records]
    assert said.startswith(
        "attention_lstm: the network has no attention, so its credit"
    )
