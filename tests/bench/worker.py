"""A process for each side of the bench, told what to do over its input and output.

A side stays as it is between rounds, so tracing is paid for, and measured, once. While
others have their turn it waits for a line and takes no time.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthetic_clicks import Clicks

__all__ = ["Side", "Turn", "Worker", "serve"]


class Side(ABC):
    """What a process does for the bench; each job gives how many things it did."""

    @abstractmethod
    def train(self) -> int:
        """Learn from some journeys; the first time, trace and compile as well."""


@dataclass(frozen=True)
class Turn:
    """One job, done once.

    Attributes:
        done: How many journeys or coalitions, or what else the job gives.
        seconds: Wall time.
        cpu_seconds: Time of all threads of the process.
        peak_mb: The most memory of the process so far.
    """

    done: Any
    seconds: float
    cpu_seconds: float
    peak_mb: float

    @property
    def rate(self) -> float:
        """Give things done a second."""
        return float(self.done) / self.seconds

    @property
    def processor_rate(self) -> float:
        """Give things done a second of the processor."""
        return float(self.done) / self.cpu_seconds


class Worker:
    """The bench's end of a process.

    Args:
        python: The interpreter to run.
        script: The script, which calls `serve`.
        arguments: What the script is told.
        log: File for what the process says beside its answers.
    """

    def __init__(
        self, python: Path, script: Path, arguments: list[str], log: Path
    ) -> None:
        """Start the process."""
        self.log = log
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                [str(python), str(script), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def turn(self, job: str) -> Turn:
        """Have a job done.

        Raises:
            SystemExit: If the process has failed; the message names its log.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(job + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise SystemExit(f"The bench failed at {job}; see {self.log}.")
        return Turn(**json.loads(answer))

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def serve(side: type[Any]) -> None:
    """Make a side and do the jobs that lines of the input name, until it ends.

    Args:
        side: Takes journeys, and has a method for each job.
    """
    parser = argparse.ArgumentParser(description=side.__doc__)
    parser.add_argument("journeys", type=int)
    parser.add_argument("seed", type=int)
    parser.add_argument("rest", nargs="*", help="what else the side takes")
    arguments = parser.parse_args()
    # Libraries may print; only answers may reach the bench.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    made = side(Clicks.made(arguments.journeys, arguments.seed), *arguments.rest)
    for line in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        done = getattr(made, line.strip())()
        turn = {
            "done": done,
            "seconds": time.perf_counter() - wall,
            "cpu_seconds": time.process_time() - cpu,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        print(json.dumps(turn), file=answers, flush=True)
