"""A table of the slowest tests at the end of a run: set-up and call, CPU and wall.

CPU counts the processes that a test waited for. A fixture that several tests share
is in the set-up of the first.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from dbt_build import cpu_of_runs

__all__ = ["Slowest"]

SHOWN = 20
_PHASES = ("setup", "call")


@dataclass(frozen=True)
class _Spent:
    """Seconds of one phase of a test."""

    wall: float
    cpu: float

    @classmethod
    def now(cls) -> "_Spent":
        return cls(time.perf_counter(), sum(os.times()[:4]) + cpu_of_runs())

    def since(self, start: "_Spent") -> "_Spent":
        return _Spent(self.wall - start.wall, self.cpu - start.cpu)


class Slowest:
    """Measures each phase where the test runs, and prints where reports come in."""

    def __init__(self) -> None:
        self._started = _Spent.now()
        self._spent: dict[str, dict[str, _Spent]] = {}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Iterator[None]:
        self._started = _Spent.now()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        self._started = _Spent.now()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Iterator[pytest.TestReport]:
        report = yield
        if call.when in _PHASES:
            spent = _Spent.now().since(self._started)
            # Reports travel from worker processes as JSON.
            report.spent = (spent.wall, spent.cpu)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if hasattr(report, "spent"):
            phases = self._spent.setdefault(report.nodeid, {})
            phases[report.when] = _Spent(*report.spent)

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        if not self._spent:
            return
        nothing = _Spent(0, 0)
        rows = [
            (*(phases.get(phase, nothing) for phase in _PHASES), test)
            for test, phases in self._spent.items()
        ]
        rows.sort(key=lambda row: -(row[0].wall + row[1].wall))
        cpu = sum(setup.cpu + call.cpu for setup, call, _ in rows)
        terminalreporter.section(
            f"slowest {min(SHOWN, len(rows))} of {len(rows)} tests, "
            f"which took {cpu:,.0f} s of CPU"
        )
        terminalreporter.line("set-up wall    cpu   call wall    cpu   test (seconds)")
        for setup, call, test in rows[:SHOWN]:
            terminalreporter.line(
                f"{setup.wall:11.1f} {setup.cpu:6.1f} {call.wall:11.1f} "
                f"{call.cpu:6.1f}   {test}"
            )
