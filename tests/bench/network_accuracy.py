"""Hold the networks against the truth of simulated worlds, in whole builds.

For each world and seed of 40,000 users it prints how far the credit of attention and of
Shapley values lies from what touchpoints caused (total variation, by channel), beside
the best rule, Markov and the additive hazard; and the log loss and the AUC on users
that no model has seen, less those of the logistic regression and of the LSTM without
attention, with 95 % intervals by a bootstrap over users.

Run it in the folder of the project, `.venv/bin/python tests/bench/network_accuracy.py`;
a build takes a minute or two.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

# What is measured here is also tested, and lies beside the tests.
sys.path.append(str(Path(__file__).parents[1] / "python" / "support"))

from dbt_build import dbt
from touchledger.evaluation.ranking import GroupedScores, auc

WORLDS = ("steady", "bursts", "multiplicative", "saturation", "order")
RULES = (
    "first_touch",
    "last_touch",
    "linear",
    "time_decay",
    "position_based",
    "shapley_simplified",
)
OTHERS = ("markov", "logistic_regression", "additive_hazard")
NETWORKS = ("attention_lstm", "lstm_shapley")
BESIDE = ("logistic_regression", "lstm")
SAMPLES = 500
Floats = NDArray[np.float64]


def built(world: str, users: int, seed: int, folder: Path) -> Path:
    """Simulate a shop and build its ledger: the database."""
    shop = folder / "shop"
    subprocess.run(
        [
            *(sys.executable, "-m", "touchledger", "simulate", "--world", world),
            *("--users", str(users), "--seed", str(seed), "--out", str(shop)),
        ],
        check=True,
        capture_output=True,
    )
    settings = {
        "dataset": "events",
        "data_path": str(shop),
        "attribution_models": [*RULES, *OTHERS, "lstm", *NETWORKS],
        "seed": seed,
    }
    needed = ("+fct_attribution_accuracy", "+int_snapshot_scores")
    build = dbt(folder, settings, ("run", "--select", *needed))
    if build.exit_code:
        raise SystemExit(build.output)
    return build.database


def distances(database: Path) -> dict[str, float]:
    """Give the distance of each model's credit from the truth."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "select attribution_model, ledger_total_variation "
            "from marts.fct_attribution_accuracy"
        ).fetchall()
    found = dict(rows)
    rule = min(found[name] for name in RULES)
    return {"best rule": rule, **{name: found[name] for name in (*OTHERS, *NETWORKS)}}


def gains(database: Path, seed: int) -> dict[str, tuple[float, float, float]]:
    """Say by how much the attention LSTM is better, with a 95 % interval."""
    with duckdb.connect(str(database), read_only=True) as connection:
        scores = connection.sql(
            "select s.fitted_model, c.snapshot_key, c.user_key, c.weight, "
            "c.is_converted::double as label, s.conversion_probability as probability "
            "from attribution.int_snapshot_scores s join "
            "journeys.int_journey_snapshots c "
            "using (snapshot_key) where c.is_example and c.split = 'test' order by "
            "snapshot_key"
        ).df()
    probabilities = scores.pivot(
        index="snapshot_key", columns="fitted_model", values="probability"
    )
    snapshots = scores.drop_duplicates("snapshot_key").set_index("snapshot_key")
    users, row = np.unique(snapshots["user_key"], return_inverse=True)
    draw = np.random.default_rng(seed)
    weights = [snapshots["weight"].to_numpy()]
    for _ in range(SAMPLES):
        drawn = np.bincount(draw.integers(0, len(users), len(users)), None, len(users))
        weights.append(weights[0] * drawn[row])
    found = {}
    labels = snapshots["label"].to_numpy()
    for other in BESIDE:
        for measure, better in ((log_loss, -1), (area, 1)):
            values = [
                better
                * (
                    measure(probabilities["attention_lstm"].to_numpy(), labels, weight)
                    - measure(probabilities[other].to_numpy(), labels, weight)
                )
                for weight in weights
            ]
            lower, upper = np.quantile(values[1:], [0.025, 0.975])
            found[f"{measure.__name__} than {other}"] = (values[0], lower, upper)
    return found


def log_loss(probabilities: Floats, labels: Floats, weights: Floats) -> float:
    """Give the weighted mean log loss."""
    told = np.where(labels > 0, probabilities, 1 - probabilities)
    return float(np.average(-np.log(np.maximum(told, 1e-15)), weights=weights))


def area(probabilities: Floats, labels: Floats, weights: Floats) -> float:
    """Give the AUC."""
    ranked = GroupedScores.of(probabilities, weights, weights * labels)
    return float(auc(ranked.positives, ranked.negatives))


def main() -> None:
    """Print a line a build, and a table at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", nargs="+", choices=WORLDS, default=list(WORLDS))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--users", type=int, default=40_000)
    arguments = parser.parse_args()
    rows = []
    for seed in range(1, arguments.seeds + 1):
        for world in arguments.worlds:
            with tempfile.TemporaryDirectory() as folder:
                database = built(world, arguments.users, seed, Path(folder))
                row = {"world": world, "seed": seed, **distances(database)}
                better = gains(database, seed)
            print(f"{world}, seed {seed}:", flush=True)
            print("  " + ", ".join(f"{k} {v:.3f}" for k, v in list(row.items())[2:]))
            for what, (value, lower, upper) in better.items():
                print(f"  better {what}: {value:.4f} ({lower:.4f} to {upper:.4f})")
                row[what] = value
                row[f"{what}, sure"] = lower > 0
            rows.append(row)
    table = pd.DataFrame(rows).drop(columns="seed").groupby("world", sort=False)
    print("\nmedians\n", table.median().T.round(4).to_string())
    print("\nhighest\n", table.max().T.round(4).to_string())


if __name__ == "__main__":
    main()
