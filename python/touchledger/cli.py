"""The command `touchledger`: simulated data with known truth.

A user's mistake ends with one sentence on stderr and exit code 2.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from touchledger.simulation import (
    DEFAULT_WORLD,
    FORMATS,
    SHAPES,
    world,
    worlds,
    write_simulation,
)

__all__ = ["main"]


class _OneSentenceParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what's wrong, without the usage."""
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: the words after the command's name; those of the process if None.

    >>> main(["simulate", "--users", "0", "--seed", "7", "--out", "shop"])
    2
    """
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    if options.command is None:
        print("touchledger: no command is given; allowed: simulate.", file=sys.stderr)
        return 2
    try:
        print(_simulate(options))
    except KeyboardInterrupt:
        print("touchledger simulate: stopped; no file is left.", file=sys.stderr)
        return 130
    except ValueError as error:
        return _refuse(str(error))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return _refuse(
            f"out is {str(options.out)!r}, which can't be written ({reason}); "
            "allowed: a folder that's there or can be made, with room."
        )
    return 0


def _refuse(sentence: str) -> int:
    print(f"touchledger simulate: {sentence}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = _OneSentenceParser(
        prog="touchledger", description="Marketing touchpoints to a ledger of credit."
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    simulate = commands.add_parser(
        "simulate",
        help="write simulated data with known truth",
        description="Write simulated data with known truth, in an input shape.",
        epilog="Worlds: "
        + " ".join(f"{name}: {kind.summary}" for name, kind in worlds().items()),
    )
    simulate.add_argument("--users", type=_whole, required=True, metavar="N")
    simulate.add_argument("--seed", type=_whole, required=True, metavar="S")
    simulate.add_argument("--out", type=Path, required=True, metavar="DIR")
    simulate.add_argument("--shape", default="events", help=", ".join(SHAPES))
    simulate.add_argument("--format", default="parquet", help=", ".join(FORMATS))
    simulate.add_argument("--world", default=DEFAULT_WORLD, help=", ".join(worlds()))
    simulate.add_argument(
        "--prefix", default="", metavar="TEXT", help="put before each file's name"
    )
    return parser


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} isn't a whole number, such as 2000."
        ) from None


def _simulate(options: argparse.Namespace) -> str:
    """Write the files and say what was written."""
    rows = write_simulation(
        world(options.world),
        options.users,
        options.seed,
        options.out,
        shape=options.shape,
        file_format=options.format,
        prefix=options.prefix,
        progress=_Progress(options.users),
    )
    files = ", ".join(f"{path.name} ({count:,} rows)" for path, count in rows.items())
    return f"Wrote to {options.out}: {files}."


class _Progress:
    """Reports to stderr at the end and at most every two seconds before it."""

    def __init__(self, users: int) -> None:
        self.users = users
        self.start = time.monotonic()
        self.spoken = self.start

    def __call__(self, share: float, done: int, touchpoints: int) -> None:
        now = time.monotonic()
        if now - self.spoken < 2 and share < 1:
            return
        self.spoken = now
        left = (now - self.start) / share * (1 - share)
        print(
            f"{done:,} of {self.users:,} users, {touchpoints:,} touchpoints, "
            f"{left:.0f} s left",
            file=sys.stderr,
        )


if __name__ == "__main__":
    sys.exit(main())
