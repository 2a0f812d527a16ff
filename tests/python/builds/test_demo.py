"""The demo as a user builds it."""

import re
import shutil
from pathlib import Path

import pytest

from dbt_build import NETWORKS, PROJECT, Build, dbt


def test_the_demo_prints_the_ledger_of_the_readme(demo: Build) -> None:
    _, _, printed = demo.output.partition("The ledger (dataset demo, ")
    block = re.search(
        r"^The ledger \(dataset demo, .*?^```",
        (PROJECT / "README.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
    assert block
    # All but the first line, which names the file, and the fence.
    expected = [line.rstrip() for line in block[0].splitlines()[1:-1]]
    assert len(expected) > 20
    found = [line.rstrip() for line in printed.splitlines()[1 : len(expected) + 1]]
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        if theirs.strip().startswith(NETWORKS):
            assert NUMBER.sub("", ours) == NUMBER.sub("", theirs)
            assert numbers(ours) == pytest.approx(numbers(theirs), abs=OTHERWISE)
        else:
            assert ours == theirs


NUMBER = re.compile(r"\d+\.\d")
# A processor of another kind rounds a network's sums otherwise, and its training with
# them: the first decimal of a percentage.
OTHERWISE = 0.5


def numbers(line: str) -> list[float]:
    return [float(number) for number in NUMBER.findall(line)]


def test_every_unit_test_of_dbt_passes(demo: Build, tmp_path: Path) -> None:
    shutil.copy(demo.database, tmp_path)
    run = dbt(tmp_path, command=("test", "--select", "test_type:unit"))
    assert run.exit_code == 0, run.output
    files = PROJECT.glob("models/**/*__unit_tests.yml")
    written = sum(len(re.findall(r"^  - name: ", f.read_text(), re.M)) for f in files)
    [passed] = re.findall(r"PASS=(\d+) WARN=0 ERROR=0 SKIP=0", run.output)
    hooks = 2
    assert int(passed) == written + hooks
