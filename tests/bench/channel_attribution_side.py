"""Markov attribution with ChannelAttribution, the benchmark's other side.

ChannelAttribution simulates journeys on the chain instead of solving it. It adds
simulations until the totals of every fold lie within `conv_par` of the folds' median,
and returns the fold nearest to it. The draws follow from `seed` and the order of rows.
It splits a path at every `>`, so no channel's name may hold one.

`.venv-bench` holds it; `compare_channel_attribution.py` calls this script there.
"""

import argparse
import json
import math
import resource
import time
from importlib.metadata import version
from pathlib import Path

import ChannelAttribution  # type: ignore[import-not-found]
import pandas as pd


def paths_of(file: Path) -> pd.DataFrame:
    """Read distinct paths in a fixed order, with whole counts and no missing money."""
    columns = ["path", "conversions", "nulls", "revenue"]
    paths = pd.read_parquet(file, columns=columns)
    paths["revenue"] = paths["revenue"].fillna(0)
    types = {"conversions": "int64", "nulls": "int64", "revenue": "float64"}
    return paths.astype(types).sort_values(columns, ignore_index=True)


def by_channel(frame: pd.DataFrame, column: str) -> dict[str, float | None]:
    """Show a column as a number by channel; None where it has none."""
    pairs = zip(frame["channel_name"], frame[column], strict=True)
    return {name: x if math.isfinite(x) else None for name, x in sorted(pairs)}


def markov(
    paths: pd.DataFrame, order: int, settings: dict[str, float]
) -> dict[str, object]:
    """Run the model: its seconds, and by channel the totals and removal effects."""
    start = time.perf_counter()
    model = ChannelAttribution.markov_model(
        paths,
        "path",
        "conversions",
        var_value="revenue",
        var_null="nulls",
        order=order,
        out_more=True,
        verbose=False,
        flg_pro=False,
        **settings,
    )
    seconds = time.perf_counter() - start
    totals, effects = model["result"], model["removal_effects"]
    return {
        "seconds": seconds,
        "conversions": by_channel(totals, "total_conversions"),
        "revenue": by_channel(totals, "total_conversion_value"),
        "removal_effects": by_channel(effects, "removal_effects_conversion"),
        "removal_effects_revenue": by_channel(
            effects, "removal_effects_conversion_value"
        ),
    }


def main() -> None:
    """Read the paths, run the model and write what it found as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", type=Path, help="parquet of distinct paths")
    parser.add_argument("order", type=int, help="touches in a state of the chain")
    parser.add_argument("answer", type=Path, help="JSON file to write")
    parser.add_argument(
        "--settings",
        type=json.loads,
        default={},
        help='arguments of markov_model as JSON, e.g. {"nsim_start": 1000000}',
    )
    arguments = parser.parse_args()
    found = markov(paths_of(arguments.paths), arguments.order, arguments.settings)
    answer = {
        "version": version("ChannelAttribution"),
        "order": arguments.order,
        "settings": arguments.settings,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        **found,
    }
    arguments.answer.write_text(json.dumps(answer, indent=2, allow_nan=False))


if __name__ == "__main__":
    main()
