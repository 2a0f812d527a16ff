"""Times and numbers of inputs that once gave a wrong ledger."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cases import case_folder
from dbt_build import Build, dbt

ROWS = ("+stg_touchpoints", "+stg_conversions", "+stg_spend", "+rejected_rows")
NOT_A_TIME = "occurred_at is missing or not a UTC time"

Built = Callable[..., Build]


@pytest.fixture
def built(tmp_path: Path) -> Built:
    def build(case: str, *models: str, **settings: Any) -> Build:
        rules: dict[str, Any] = {
            "attribution_models": ["last_touch"],
            "bootstrap_samples": 0,
            # What is rejected is looked at here.
            "max_rejected_share": 1,
        }
        found = dbt(
            tmp_path,
            {
                "dataset": "events",
                **rules,
                **settings,
                "data_path": str(case_folder(case)),
            },
            ("run", "--select", *(models or ROWS)),
        )
        assert found.exit_code == 0, found.output
        return found

    return build


def times(build: Build) -> dict[str, str]:
    rows = build.query("from staging.stg_touchpoints")
    return dict(
        zip(rows["touchpoint_id"], rows["occurred_at"].astype(str), strict=True)
    )


def reasons(build: Build) -> dict[str, str]:
    rows = build.query("from marts.rejected_rows")
    return {
        key.split(" | ")[0]: reason
        for key, reason in zip(rows["row_key"], rows["reason"], strict=True)
    }


def test_a_named_zone_moves_its_own_row_alone(built: Built) -> None:
    day = "2026-01-05"
    assert times(built("named-time-zone")) == {
        **dict.fromkeys(("t1", "t3", "t5"), f"{day} 10:00:00"),
        "t2": f"{day} 15:00:00",
        "t4": f"{day} 00:00:00",
    }


def test_an_offset_that_no_clock_has_is_rejected(built: Built) -> None:
    build = built("offset-of-four-days")
    assert times(build) == {"t3": "2026-01-04 20:00:00"}
    assert reasons(build) == {"t1": NOT_A_TIME, "t2": NOT_A_TIME}


@pytest.mark.parametrize(
    ("dataset", "user"), {"events": "t2", "criteo": "(missing)"}.items()
)
def test_a_time_at_the_edge_is_rejected(dataset: str, user: str, built: Built) -> None:
    build = built(f"time-at-the-edge/{dataset}", dataset=dataset)
    assert len(times(build)) == 1
    assert reasons(build) == {user: NOT_A_TIME}


def test_the_spelling_of_an_instant_changes_no_id(built: Built) -> None:
    found = [
        built(f"same-instant-other-spelling/{kind}", "+stg_touchpoints").query(
            "from staging.stg_touchpoints order by all"
        )
        for kind in ("text", "short", "parquet")
    ]
    assert len(found[0]) > 40
    for other in found[1:]:
        pd.testing.assert_frame_equal(found[0], other)


def test_spend_and_conversions_meet_on_the_day_of_the_report(built: Built) -> None:
    zone = "America/Los_Angeles"
    build = built(
        "local-time-and-days",
        *("+fct_daily_performance", "+fct_channel_performance"),
        input_time_zone=zone,
        reporting_time_zone=zone,
    )
    [day] = build.query(
        "select cast(performance_date as text) as day, spend, attributed_conversions, "
        "attributed_revenue from marts.fct_daily_performance"
    ).to_numpy()
    assert day.tolist() == ["2024-05-01", 100, 2, 500]
    [channel] = build.query(
        "select channel, cpa, roas from marts.fct_channel_performance"
    ).to_numpy()
    assert channel.tolist() == ["paid_search", 50, 5]


def test_spend_of_google_ads_is_whole(built: Built) -> None:
    build = built("google-ads-spend", *ROWS, "+fct_channel_performance")
    [sums] = build.query(
        "select sum(spend), sum(impressions), sum(clicks) from staging.stg_spend"
    ).to_numpy()
    assert sums.tolist() == [5200, 45920, 1855]
    assert reasons(build) == {"Total: Campaigns": "the row is a total of other rows"}
    [performance] = build.query(
        "select cpa, roas from marts.fct_channel_performance"
    ).to_numpy()
    assert performance.tolist() == [2600, 2]


def test_orders_of_shopify_have_their_times(built: Built) -> None:
    build = built("shopify-orders")
    orders = build.query(
        "select conversion_id, cast(converted_at as text) as at "
        "from staging.stg_conversions order by all"
    )
    assert orders.to_numpy().tolist() == [
        ["#1001", "2024-03-10 02:15:02"],
        ["#1002", "2024-03-10 13:00:00"],
        ["#1003", "2024-03-10 16:30:00"],
    ]
