"""Refunds take back what conversions earned, and credits on an invoice lower spend."""

import pytest

from cases import case_folder
from dbt_build import Build, Run, dbt_runs

MARTS = ("fct_channel_performance", "fct_daily_performance", "fct_refund_credits")
# The data tests of all that is built hold gross, refunds and net to what came in.
BUILD = (
    *("build", "--exclude-resource-type", "unit_test"),
    *("--select", *(f"+{mart}" for mart in MARTS), "+rejected_rows"),
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    settings = {
        "dataset": "events",
        "data_path": str(case_folder("refunds-and-credits")),
        "attribution_models": ["last_touch", "linear"],
    }
    return dbt_runs(
        tmp_path_factory.mktemp("refunds"),
        {
            "gross": Run(settings, BUILD),
            "net": Run(
                {
                    **settings,
                    "revenue_basis": "net",
                    "count_refunded_conversions": False,
                },
                BUILD,
            ),
        },
    )


def of_channels(
    build: Build, model: str, *columns: str
) -> dict[str, tuple[float, ...]]:
    assert build.exit_code == 0, build.output
    rows = build.query(
        f"select channel, {', '.join(columns)} from marts.fct_channel_performance "
        f"where attribution_model = '{model}' and attributed_conversions > 0"
    )
    return {row[0]: row[1:] for row in rows.itertuples(index=False, name=None)}


def test_a_refund_is_taken_from_the_touchpoints_of_its_order(
    runs: dict[str, Build],
) -> None:
    columns = (
        *("attributed_conversions", "attributed_revenue", "attributed_net_revenue"),
        *("spend", "cpa", "roas"),
    )
    assert of_channels(runs["gross"], "last_touch", *columns) == {
        "email": (1, 100, 60, 10, 10, 10),
        "paid_search": (1, 60, 0, 30, 30, 2),
    }
    assert of_channels(runs["gross"], "linear", *columns[:3]) == {
        "email": (0.5, 50, 30),
        "paid_search": (1.5, 110, 30),
    }
    rejected = runs["gross"].query("select count(*) as n from marts.rejected_rows")
    assert rejected["n"][0] == 0


def test_roas_follows_the_setting_and_refunded_orders_may_not_count(
    runs: dict[str, Build],
) -> None:
    assert of_channels(
        runs["net"], "last_touch", "attributed_net_revenue", "cpa", "roas"
    ) == {"email": (60, 10, 6)}


def test_the_day_of_a_refund_bears_it(runs: dict[str, Build]) -> None:
    days = runs["gross"].query(
        "select cast(performance_date as varchar) as day, channel, attributed_revenue, "
        "attributed_refunds, spend from marts.fct_daily_performance "
        "where attribution_model = 'last_touch' and "
        "(attributed_revenue <> 0 or attributed_refunds <> 0 or spend < 0) order by 1"
    )
    assert days.values.tolist() == [
        ["2024-05-03", "email", 100, 0, 0],
        ["2024-05-04", "paid_search", 60, 0, 0],
        ["2024-05-06", "paid_search", 0, 60, 0],
        ["2024-05-10", "email", 0, 40, 0],
        ["2024-05-31", "paid_search", 0, 0, -20],
    ]
