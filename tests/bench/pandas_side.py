"""Journeys and rules of a Criteo file with pandas, the benchmark's other side."""

import sys

import pandas as pd

from pandas_ledger import (
    JourneySettings,
    build_journeys,
    channel_totals,
    heuristic_credits,
)


def main(file: str) -> None:
    """Read the file, build journeys and credit, and print the totals."""
    columns = ["timestamp", "uid", "campaign", "conversion", "conversion_timestamp"]
    rows = pd.read_parquet(file, columns=[*columns, "conversion_id", "click", "cost"])
    campaign = rows["campaign"].astype("str")
    touchpoints = pd.DataFrame(
        {
            "touchpoint_id": rows.index,
            "user_id": rows["uid"],
            "channel": campaign,
            "campaign": campaign,
            "interaction": rows["click"].map({0: "impression", 1: "click"}),
            "occurred_at": pd.to_datetime(rows["timestamp"], unit="s"),
            "cost": rows["cost"],
        }
    )
    converted = rows[rows["conversion"] == 1].drop_duplicates("conversion_id")
    conversions = pd.DataFrame(
        {
            "conversion_id": converted["conversion_id"].astype("str"),
            "user_id": converted["uid"],
            "converted_at": pd.to_datetime(converted["conversion_timestamp"], unit="s"),
            "conversion_type": "conversion",
            "revenue": 0.0,
        }
    )
    settings = JourneySettings()
    journeys, journey_touchpoints = build_journeys(touchpoints, conversions, settings)
    ledger = heuristic_credits(journeys, journey_touchpoints, conversions, settings)
    print(channel_totals(ledger))


if __name__ == "__main__":
    main(sys.argv[1])
