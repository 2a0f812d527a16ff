"""Time the training of networks: the published formulation, ours, and plain PyTorch.

All sides learn from the same journeys of the Criteo shape, made in memory. Each is a
process of its own, and they take turns: what else the machine does slows all of them.
Figures are medians of the rounds. The first pass traces and compiles; what it takes
beyond a later one is shown apart. A second of the processor is one of one core, so
journeys by these say what a side costs where the cores are shared. There PyTorch on two
threads waits for itself; on one it doesn't.

The limit is what the machine could learn from if it did nothing but multiply large
matrices in the same turns. Run it alone with
`.venv/bin/python tests/bench/network_bench.py`, after `make bench` once for PyTorch.
"""

import argparse
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

from synthetic_clicks import Clicks
from worker import Turn, Worker

PROJECT = Path(__file__).parents[2]
SCRIPTS = Path(__file__).parent
FOLDER = PROJECT / "target" / "bench" / "networks"
TORCH_VENV = PROJECT / ".venv-bench"

PUBLISHED = "published formulation"
OURS = "touchledger, grid_dynamics"
TORCH = "plain PyTorch, two threads"
TORCH_ALONE = "plain PyTorch, one thread"
DEFAULT = "touchledger, its default"
LIMIT = "products of large matrices"

# A click goes through the LSTM forth and, twice as dearly, back.
_FLOP_A_CLICK = 3 * 2 * (128 + 64) * 4 * 64
JOBS = {"score": "journeys scored", "shapley": "coalitions valued"}


@dataclass
class Contender:
    """A side with its turns.

    Attributes:
        name: What the table calls it.
        worker: Its process.
        first: The first pass, with all that is done once.
        turns: Later ones.
    """

    name: str
    worker: Worker
    first: Turn | None = None
    turns: list[Turn] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Give journeys a second."""
        return statistics.median(turn.rate for turn in self.turns)

    @property
    def processor_rate(self) -> float:
        """Give journeys a second of the processor."""
        return statistics.median(turn.processor_rate for turn in self.turns)

    @property
    def once_seconds(self) -> float:
        """Give what the first pass took beyond a later one."""
        assert self.first is not None
        seconds = statistics.median(turn.seconds for turn in self.turns)
        return max(self.first.seconds - seconds, 0.0)


def contenders(journeys: int, seed: int, epochs: int) -> dict[str, Contender]:
    """Start a process for each side that can run here."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    sides = {
        LIMIT: ("matrix_side.py", []),
        PUBLISHED: ("published_side.py", []),
        OURS: ("ours_side.py", ["grid_dynamics", str(epochs)]),
        TORCH: ("torch_side.py", ["2"]),
        TORCH_ALONE: ("torch_side.py", ["1"]),
        DEFAULT: ("ours_side.py", ["touchledger", str(epochs)]),
    }
    has_torch = (TORCH_VENV / ".torch").exists()
    if not has_torch:
        print("PyTorch isn't installed in .venv-bench, so it is left out.")
    found = {}
    for name, (script, arguments) in sides.items():
        python = Path(sys.executable)
        if script == "torch_side.py":
            if not has_torch:
                continue
            python = TORCH_VENV / "bin" / "python"
        worker = Worker(
            python,
            SCRIPTS / script,
            [str(journeys), str(seed), *arguments],
            FOLDER / f"{name}.log",
        )
        found[name] = Contender(name, worker)
    return found


def take_turns(sides: dict[str, Contender], rounds: int) -> None:
    """Have each side train in turn, round after round."""
    for count in range(rounds + 1):
        for side in sides.values():
            turn = side.worker.turn("train")
            if count:
                side.turns.append(turn)
            else:
                side.first = turn
            print(f"round {count}: {side.name}: {turn}", file=sys.stderr, flush=True)


def table(sides: dict[str, Contender], clicks_a_journey: float) -> str:
    """Show what each side learns from in a second."""
    flop = _FLOP_A_CLICK * clicks_a_journey
    limit = sides[LIMIT]
    lines = [
        f"{LIMIT}: {limit.rate / 1e9:.0f} GFLOP/s, "
        f"{limit.processor_rate / 1e9:.0f} a second of the processor;",
        f"a journey takes {flop / 1e6:.2f} MFLOP, with the default less.",
        "",
        f"{'journeys learned from':<28}{'a second':>10}{'ratio':>7}{'of limit':>10}"
        f"{'a CPU s':>10}{'ratio':>7}{'once s':>8}{'peak MB':>9}",
        f"{'limit':<28}{limit.rate / flop:>10,.0f}{'':>17}"
        f"{limit.processor_rate / flop:>10,.0f}",
    ]
    base = sides[PUBLISHED]
    for name, side in sides.items():
        if name == LIMIT:
            continue
        share = side.rate / limit.rate * flop
        lines.append(
            f"{name:<28}{side.rate:>10,.0f}{side.rate / base.rate:>7.1f}"
            f"{'' if name == DEFAULT else f'{share:.0%}':>10}"
            f"{side.processor_rate:>10,.0f}"
            f"{side.processor_rate / base.processor_rate:>7.1f}"
            f"{side.once_seconds:>8.1f}{side.turns[-1].peak_mb:>9,.0f}"
        )
    return "\n".join(lines)


def applied(side: Contender, rounds: int) -> str:
    """Show how fast a trained network is applied; its first time isn't counted."""
    lines = []
    for job, what in JOBS.items():
        turns = [side.worker.turn(job) for _ in range(rounds + 1)][1:]
        rate = statistics.median(turn.rate for turn in turns)
        processor = statistics.median(turn.processor_rate for turn in turns)
        lines.append(
            f"{side.name}: {rate:,.0f} {what} a second, "
            f"{processor:,.0f} a second of the processor"
        )
    return "\n".join(lines)


def losses(side: Contender, epochs: int) -> str:
    """Show whether larger batches cost accuracy."""
    small = side.worker.turn("loss_of_small_batches").done
    ours = side.worker.turn("loss_of_our_batches").done
    return (
        f"{side.name}: log loss on other journeys after {epochs} passes: "
        f"{small:.4f} by 64 journeys at a time, {ours:.4f} by our batches "
        f"({ours - small:+.4f})"
    )


def main() -> None:
    """Measure what the command line asks for and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--journeys", type=int, default=120_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3, help="before losses are held")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    sides = contenders(arguments.journeys, arguments.seed, arguments.epochs)
    take_turns(sides, arguments.rounds)
    lengths = Clicks.made(arguments.journeys, arguments.seed).lengths
    print(table(sides, float(lengths.mean())), flush=True)
    for name in (OURS, DEFAULT):
        print(applied(sides[name], arguments.rounds), flush=True)
        print(losses(sides[name], arguments.epochs), flush=True)
    for side in sides.values():
        side.worker.close()


if __name__ == "__main__":
    main()
