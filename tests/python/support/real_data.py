"""Real data and the exact results known for it, for the tests that compare to them.

Neither belongs in the project (licences differ), so both are found through the
variable TOUCHLEDGER_REAL_DATA: the path of the `data` folder, beside `reference`.
"""

import os
from pathlib import Path

import pandas as pd
import pytest

__all__ = [
    "july_2018",
    "path_data",
    "real_data_path",
    "reference_path",
]

VARIABLE = "TOUCHLEDGER_REAL_DATA"


def real_data_path(name: str) -> Path:
    """Find a file or folder of the real data, such as `paths/path_data.csv.gz`.

    Skips the calling test where the variable is unset, but fails it in CI: there, a
    comparison that didn't take place must not look like one that held.
    """
    return _existing(_data_folder() / name)


def reference_path(name: str) -> Path:
    """Find exact results, such as `july_2018/heuristics.csv`; skips as above."""
    return _existing(_data_folder().parent / "reference" / name)


def july_2018() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Load the stream as touchpoints and conversions, as `build_journeys` takes them.

    A row with conversion = 1 is both. Ids are the row's number in the file.
    """
    stream = pd.read_csv(
        real_data_path("touchpoint_stream/july_2018.csv"), parse_dates=["time"]
    )
    row = pd.Series(stream.index, index=stream.index).astype("str").str.zfill(6)
    touchpoints = pd.DataFrame(
        {
            "touchpoint_id": row,
            "user_id": stream["customer_id"],
            "channel": stream["channel"],
            "interaction": stream["interaction"],
            "occurred_at": stream["time"],
        }
    )
    conversions = pd.DataFrame(
        {
            "conversion_id": row,
            "user_id": stream["customer_id"],
            "converted_at": stream["time"],
            "revenue": stream["conversion_value"].astype(float),
        }
    )
    is_conversion = stream["conversion"] == 1
    return touchpoints, conversions[is_conversion].reset_index(drop=True)


def path_data() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Load the aggregated paths, each written out as often as it occurred.

    Every occurrence is a user of its own, with one touchpoint a second; the
    conversions of a path are of equal value, at the instant of the last touchpoint.
    """
    paths = pd.read_csv(real_data_path("paths/path_data.csv.gz"))
    conversions, nulls = paths["total_conversions"], paths["total_null"]
    users = paths.loc[paths.index.repeat(conversions + nulls)].reset_index(
        names="path_row"
    )
    users["user_id"] = "u" + users.index.astype("str")
    users["is_converted"] = (
        users.groupby("path_row").cumcount() < users["total_conversions"]
    )

    touches = users.assign(channel=users["path"].str.split(" > ")).explode("channel")
    position = touches.groupby("user_id", sort=False).cumcount()
    touches["occurred_at"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        position, unit="s"
    )
    touches["touchpoint_id"] = touches["user_id"] + "-" + position.astype("str")

    last = touches.drop_duplicates("user_id", keep="last")
    last = last[last["is_converted"]].reset_index(drop=True)
    return (
        touches[["touchpoint_id", "user_id", "channel", "occurred_at"]].reset_index(
            drop=True
        ),
        pd.DataFrame(
            {
                "conversion_id": last["user_id"],
                "user_id": last["user_id"],
                "converted_at": last["occurred_at"],
                "revenue": last["total_conversion_value"] / last["total_conversions"],
            }
        ),
    )


def _data_folder() -> Path:
    folder = os.environ.get(VARIABLE)
    if folder:
        return Path(folder)
    reason = f"{VARIABLE} is unset; it is the path of the folder of real data"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _existing(path: Path) -> Path:
    if not path.exists():
        pytest.fail(f"{VARIABLE}: there is no {path}")
    return path
