"""Time the build at 1, 4 and 16.5 million touchpoints, beside pandas at 1 million.

Every measurement is a process of its own. The input is the Criteo shape, simulated
once; the smaller sizes are the same users cut down. Seconds are wall time of the whole
command, dbt's start included; "models" is the time that dbt spent in its models.

Run it with `make bench`. Results go to the screen and to target/bench/results.json.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from compare_channel_attribution import comparison

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "target" / "bench"
BIN = Path(sys.executable).parent
FULL_USERS = 6_100_000
SIZES = {"1 M": 1_000_000, "4 M": 4_000_000, "16.5 M": None}
JOBS = {
    "journeys and rules": [
        *("run", "--select"),
        *("+int_heuristic_credits", "+int_journey_paths"),
    ],
    "everything but tests": [
        *("build", "--exclude-resource-type", "test"),
        *("--exclude-resource-type", "unit_test"),
    ],
    "Markov, Shapley, paths": [
        *("run", "--select"),
        *("int_path_*", "int_journey_labels", "int_paths"),
        *("int_journey_paths", "int_channel_sequences", "int_markov_*"),
        *("int_shapley_*", "int_channel_credits"),
        *("fct_paths", "fct_channel_sequences", "fct_journey_lengths"),
        *("fct_markov_*", "fct_shapley_values"),
    ],
    "snapshots and features": [
        *("run", "--select", "int_null_journey_snapshots", "int_journey_snapshots"),
        *(
            "int_snapshot_*",
            "int_feature_*",
            "int_training_snapshots",
            "int_user_profiles",
        ),
    ],
    "logistic regression": ["run", "--select", "int_logistic_regression_*"],
    "lightgbm": ["run", "--select", "int_lightgbm_*"],
    "additive hazard": ["run", "--select", "int_additive_hazard_*"],
    "networks": [
        *("run", "--select", "int_lstm_*", "int_attention_lstm_*"),
        "int_training_history",
    ],
    "scoreboard": ["run", "--select", "int_model_evaluation"],
    "tests": ["test"],
}
# By its defaults ChannelAttribution goes on until ten runs agree: ten minutes and more.
ONE_MILLION_WALKS = {"nsim_start": 1_000_000, "conv_par": 1}
# The others need what these leave behind.
FROM_NOTHING = ("journeys and rules", "everything but tests")


@dataclass(frozen=True)
class Measurement:
    """One run of one command."""

    job: str
    size: str
    rows: int
    seconds: float
    model_seconds: float | None
    peak_mb: float


def simulated() -> Path:
    """Make the full input, once."""
    folder = FOLDER / "16.5 M"
    if not (folder / "criteo_attribution_dataset.parquet").exists():
        subprocess.run(
            [
                *(sys.executable, "-m", "touchledger", "simulate"),
                *("--shape", "criteo", "--users", str(FULL_USERS)),
                *("--seed", "7", "--out", str(folder)),
            ],
            check=True,
        )
    return folder


def cut_down(full: Path, size: str, rows: int) -> Path:
    """Keep as many users as give about so many rows."""
    folder = FOLDER / size
    file = folder / "criteo_attribution_dataset.parquet"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        source = f"'{full}/criteo_attribution_dataset.parquet'"
        duckdb.execute(
            f"copy (select * from {source} where hash(uid) % 1000000 < "
            f"(select 1e6 * {rows} / count(*) from {source})) to '{file}'"
        )
    return folder


def rows_in(folder: Path) -> int:
    """Count the touchpoints of an input."""
    file = folder / "criteo_attribution_dataset.parquet"
    counted = duckdb.execute(f"select count(*) from '{file}'").fetchone()
    assert counted is not None
    return int(counted[0])


def timed(
    command: list[str], environment: dict[str, str], log: Path
) -> tuple[float, float]:
    """Run a command to its end: wall seconds and the peak memory of the process, MB."""
    start = time.perf_counter()
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT, env={**os.environ, **environment}, stdout=output
        )
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(command)} failed; see {log}.")
    return seconds, usage.ru_maxrss / 1024


def measure_dbt(
    job: str, size: str, folder: Path, limits: dict[str, str]
) -> Measurement:
    """Build one size in a fresh process."""
    target = FOLDER / f"target {size}"
    # Each job fits its models anew: reusing them would measure nothing.
    settings = {
        "dataset": "criteo",
        "data_path": str(folder),
        "refit": "always",
        "fitted_models_path": str(FOLDER / f"fits {size}"),
        # So many passes at every size, whatever they learn.
        "network": {"epochs": 3},
    }
    database = FOLDER / f"{size}.duckdb"
    if job in FROM_NOTHING:
        database.unlink(missing_ok=True)
    seconds, peak_mb = timed(
        [
            *(str(BIN / "dbt"), *JOBS[job], "--target-path", str(target)),
            *("--vars", json.dumps(settings)),
        ],
        {"TOUCHLEDGER_DB": str(database), **limits},
        FOLDER / f"{job} {size}.log",
    )
    results = json.loads((target / "run_results.json").read_text())["results"]
    return Measurement(
        job,
        size,
        rows_in(folder),
        seconds,
        sum(result["execution_time"] for result in results),
        peak_mb,
    )


def measure_pandas(size: str, folder: Path) -> Measurement:
    """Do journeys and rules with pandas, in a fresh process."""
    file = folder / "criteo_attribution_dataset.parquet"
    seconds, peak_mb = timed(
        [sys.executable, str(Path(__file__).with_name("pandas_side.py")), str(file)],
        {"PYTHONPATH": str(PROJECT / "tests" / "python" / "support")},
        FOLDER / f"pandas {size}.log",
    )
    return Measurement(
        "pandas: journeys and rules", size, rows_in(folder), seconds, None, peak_mb
    )


def table(measurements: list[Measurement]) -> str:
    """Show the median of each job and size."""
    lines = [
        f"{'job':<28}{'rows':>12}{'seconds':>9}{'models':>8}"
        f"{'rows/s':>10}{'peak MB':>9}"
    ]
    for key in dict.fromkeys((m.job, m.size) for m in measurements):
        runs = [m for m in measurements if (m.job, m.size) == key]
        seconds = statistics.median(m.seconds for m in runs)
        models = [m.model_seconds for m in runs if m.model_seconds is not None]
        lines.append(
            f"{key[0]:<28}{runs[0].rows:>12,}{seconds:>9.1f}"
            f"{f'{statistics.median(models):.1f}' if models else '':>8}"
            f"{runs[0].rows / seconds:>10,.0f}{max(m.peak_mb for m in runs):>9,.0f}"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", default="2")
    parser.add_argument("--memory-limit", default="4GB")
    arguments = parser.parse_args()
    limits = {
        "TOUCHLEDGER_THREADS": arguments.threads,
        "TOUCHLEDGER_MEMORY_LIMIT": arguments.memory_limit,
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    full = simulated()
    folders = {
        size: cut_down(full, size, SIZES[size] or 0) if SIZES[size] else full
        for size in arguments.sizes
    }
    measurements: list[Measurement] = []
    for run in range(arguments.runs):
        for size, folder in folders.items():
            # The largest size is measured once: what it costs is minutes, not noise.
            if run and size == "16.5 M":
                continue
            for job in JOBS:
                measurements.append(measure_dbt(job, size, folder, limits))
                print(f"run {run + 1}: {measurements[-1]}", file=sys.stderr, flush=True)
            if size == "1 M":
                measurements.append(measure_pandas(size, folder))
                print(f"run {run + 1}: {measurements[-1]}", file=sys.stderr, flush=True)
    (FOLDER / "results.json").write_text(
        json.dumps([asdict(m) for m in measurements], indent=2)
    )
    print(f"DuckDB with {arguments.threads} threads and {arguments.memory_limit}")
    print(table(measurements))
    for size in folders:
        print(f"\nMarkov, exact and by ChannelAttribution: the paths of {size}")
        print(comparison(FOLDER / f"{size}.duckdb", [1], ONE_MILLION_WALKS))


if __name__ == "__main__":
    main()
