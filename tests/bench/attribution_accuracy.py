"""Hold the additive hazard and the usual rules against the truth of simulated worlds.

For ten seeds and four worlds of 40,000 users it prints, by world, how far attribution
lies from what touchpoints really caused, by total variation: 0 is the truth, 1 has
nothing in common with it. A ledger gives whole conversions away, also those that came
by themselves, and so it can't be right altogether: where a journey holds only channels
which caused nothing, its credit is wrong wherever it goes. The share of such journeys
is a bound that no ledger comes below. The table has the greatest bound of that kind,
which is the distance of the best ledger that could be.

Rules see journeys of 30 days, until the next conversion. Run it in the folder of the
project, `.venv/bin/python tests/bench/attribution_accuracy.py`; it takes minutes.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# What is measured here is also tested, and lies beside the tests.
sys.path.append(str(Path(__file__).parents[1] / "python" / "support"))

from attribution_truth import (
    distance,
    journeys_of,
    least_distance,
    ledger_credit,
    rank_correlation,
    rule_credits,
    shop_of_world,
)
from hazard_shops import Shop, design_of
from touchledger.hazard.credit import find_causes
from touchledger.hazard.model import fit_hazard
from touchledger.one_thread import use_one_thread

WORLDS = ("steady", "bursts", "multiplicative", "saturation")
SEEDS = range(1, 11)
USERS = 40_000
GRAINS = {"channel": "channel", "campaign": "campaign_key"}

RULE = "best rule"
CAUSED = "additive hazard, what it says was caused"
LEDGER = "additive hazard, credit in the ledger"
LEAST = "least for any ledger of whole conversions"
RULE_RANKS = "rank correlation, best rule"
RANKS = "rank correlation, additive hazard"
PART = "additive hazard / best rule"
# For these, little is bad.
HIGHER_IS_BETTER = (RULE_RANKS, RANKS)

Scores = dict[tuple[str, str], float]


def scores(shop: Shop, seed: int) -> Scores:
    """Measure one world, by what is measured and grain."""
    design = design_of(shop.seen)
    causes = find_causes(design, fit_hazard(design, seed))
    journeys = journeys_of(shop.seen)
    rules = rule_credits(journeys)
    ledger = ledger_credit(design, causes, journeys)
    found: Scores = {}
    for grain, name in GRAINS.items():
        key: NDArray[np.int64] = getattr(shop.seen, name)
        keys = int(key.max()) + 1
        truth = shop.caused(key, keys)
        of = key[journeys.touch]
        by_rule = [np.bincount(of, credit, keys) for credit in rules.values()]
        caused = np.bincount(key[causes.pairs.touch], causes.parts, keys)
        measured = {
            RULE: min(distance(credit, truth) for credit in by_rule),
            CAUSED: distance(caused, truth),
            LEDGER: distance(np.bincount(of, ledger, keys), truth),
            LEAST: least_distance(journeys.journey, of, truth),
            RULE_RANKS: max(rank_correlation(credit, truth) for credit in by_rule),
            RANKS: rank_correlation(caused, truth),
        }
        measured[PART] = measured[CAUSED] / measured[RULE]
        found |= {(what, grain): value for what, value in measured.items()}
    return found


def table(world: str, found: list[Scores]) -> str:
    """Write the median and the worst of all seeds as a table of Markdown."""
    ends = [f"{grain}, {end}" for grain in GRAINS for end in ("median", "worst")]
    lines = [
        f"| {world} | " + " | ".join(ends) + " |",
        "|---|" + "--:|" * len(ends),
    ]
    for what in (RULE, CAUSED, PART, LEDGER, LEAST, RULE_RANKS, RANKS):
        cells = []
        for grain in GRAINS:
            values = [one[what, grain] for one in found]
            worst = min(values) if what in HIGHER_IS_BETTER else max(values)
            cells += [f"{np.median(values):.3f}", f"{worst:.3f}"]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Print a table a world, as each is done."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    use_one_thread()
    begin = time.monotonic()
    for world in WORLDS:
        found = []
        for seed in SEEDS:
            found.append(scores(shop_of_world(world, USERS, seed), seed))
            took = time.monotonic() - begin
            ours, rule = (found[-1][what, "channel"] for what in (CAUSED, RULE))
            print(
                f"{took:4.0f} s  {world}, seed {seed}: {ours:.3f} beside {rule:.3f}",
                file=sys.stderr,
                flush=True,
            )
        print(table(world, found), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
