"""Have ChannelAttribution attribute the same paths, where it could be installed.

It is a tool of the benchmark only, in a process and an environment of its own.
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
