"""Have ChannelAttribution attribute the same paths, where it could be installed.

It is a tool of the benchmark only, in a process and an environment of its own.
"""

import argparse
import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from touchledger.markov.chain import Chain
from touchledger.markov.removal import removals
from touchledger.markov.states import states_of_order
from touchledger.paths import Paths

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "target" / "bench"
VENV = PROJECT / ".venv-bench"
SIDE = Path(__file__).with_name("channel_attribution_side.py")


def channel_attribution(
    paths_parquet: Path, order: int, settings: Mapping[str, float] | None = None
) -> dict[str, Any] | None:
    """Run its Markov model with null journeys in a fresh process.

    Args:
        paths_parquet: Distinct paths: path (joined by ' > '), conversions, nulls,
            revenue.
        order: Touches in a state of the chain.
        settings: Other arguments of its `markov_model`; its own defaults otherwise.

    Returns:
        What `channel_attribution_side.py` writes: version, order, settings, seconds
        (of the model alone), peak_mb, and by channel conversions, revenue,
        removal_effects and removal_effects_revenue (None where undefined). None if
        `make bench` couldn't install it.

    Raises:
        SystemExit: If the run fails; the message names its log.
    """
    if not (VENV / ".installed").exists():
        return None
    FOLDER.mkdir(parents=True, exist_ok=True)
    answer = FOLDER / f"channel_attribution order {order}.json"
    log = answer.with_suffix(".log")
    command = [
        *(str(VENV / "bin" / "python"), str(SIDE)),
        *(str(paths_parquet), str(order), str(answer)),
        *("--settings", json.dumps(dict(settings or {}))),
    ]
    with log.open("w") as output:
        run = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT)
    if run.returncode:
        raise SystemExit(f"ChannelAttribution failed at order {order}; see {log}.")
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


def exact(paths_parquet: Path, order: int) -> dict[str, Any]:
    """Solve the same model exactly: seconds, and channel totals of conversions."""
    rows = pd.read_parquet(paths_parquet).sort_values("path", ignore_index=True)
    start = time.perf_counter()
    channels = rows["path"].str.split(" > ")
    codes, names = pd.factorize(channels.explode(), sort=True)
    begins = np.concatenate([[0], np.cumsum(channels.str.len())])
    counted = pa.table(
        {
            "path_key": rows.index,
            "split": pa.array(["training"] * len(rows)),
            "bucket": np.zeros(len(rows), dtype=np.int64),
            "journeys": rows["conversions"] + rows["nulls"],
            "conversions": rows["conversions"],
            "revenue": rows["revenue"],
        }
    )
    lists = pa.ListArray.from_arrays(pa.array(begins, pa.int32()), pa.array(codes))
    paths = Paths.from_arrow(
        pa.table({"path_key": rows.index, "channel_keys": lists}), counted
    )
    found = removals(Chain.count(states_of_order(paths, order), paths.outcomes()))
    effects = 1 - found.without / found.probability
    totals = effects / effects.sum() * rows["conversions"].sum()
    return {
        "seconds": time.perf_counter() - start,
        "conversions": dict(zip(names, totals, strict=True)),
    }


def comparison(
    database: Path, orders: Sequence[int], settings: Mapping[str, float] | None = None
) -> str:
    """Show seconds of both, and how far the simulated totals are from the exact ones.

    Large channels have 1 % of the credit or more.

    Args:
        database: A ledger with `marts.fct_paths`.
        orders: Orders of the chain.
        settings: As `channel_attribution` takes them.
    """
    file = database.with_suffix(".paths.parquet")
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(
            "copy (select path, conversions, nulls, revenue from marts.fct_paths) "
            f"to '{file}' (format parquet)"
        )
    lines = [
        f"{'order':<7}{'exact s':>9}{'other s':>9}{'credit misplaced':>23}"
        f"{'furthest off of large channels':>32}"
    ]
    for order in orders:
        ours = exact(file, order)
        other = channel_attribution(file, order, settings)
        if other is None:
            lines.append(f"{order:<7}{ours['seconds']:>9.2f}  (not installed)")
            continue
        both = pd.DataFrame(
            {"ours": ours["conversions"], "other": other["conversions"]}
        ).fillna(0)
        moved = (both["ours"] - both["other"]).abs()
        # Of small channels a simulation may well lose sight.
        large = both["ours"] >= both["ours"].sum() / 100
        furthest = (moved / both["ours"])[large].max()
        lines.append(
            f"{order:<7}{ours['seconds']:>9.2f}{other['seconds']:>9.2f}"
            f"{moved.sum() / 2 / both['ours'].sum():>22.2%} {furthest:>31.1%}"
        )
    return "\n".join(lines)


def main() -> None:
    """Compare on the paths of a ledger that is built already."""
    parser = argparse.ArgumentParser(description=comparison.__doc__)
    parser.add_argument("database", type=Path)
    parser.add_argument("--orders", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--settings", type=json.loads, default={})
    arguments = parser.parse_args()
    print(comparison(arguments.database, arguments.orders, arguments.settings))


if __name__ == "__main__":
    main()
