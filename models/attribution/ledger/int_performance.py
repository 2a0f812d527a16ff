"""CPA and ROAS with bootstrap intervals, a row per channel or campaign, and model."""

from touchledger.frames import to_arrow
from touchledger.performance import performance


def model(dbt, session):
    dbt.config(materialized="table")
    return performance(
        credits=to_arrow(dbt.ref("int_bucket_credits")),
        spend=to_arrow(dbt.ref("int_campaign_spend")),
        samples=int(dbt.config.meta_get("bootstrap_samples")),
        seed=int(dbt.config.meta_get("seed")),
        revenue_basis=dbt.config.meta_get("revenue_basis"),
    )
