"""The command `touchledger simulate`."""

import subprocess
import sys
from pathlib import Path

import pytest

from touchledger.cli import main

GOOD = {"--users": "50", "--seed": "1", "--out": "shop"}


def words(folder: Path, **changes: str) -> list[str]:
    options = GOOD | {"--out": str(folder / "shop")}
    options |= {f"--{name}": value for name, value in changes.items()}
    return ["simulate", *(word for pair in options.items() for word in pair)]


def test_command_writes_and_says_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(tmp_path, format="csv", prefix="demo_")) == 0
    told = capsys.readouterr()
    assert told.out.count("\n") == 1
    assert "demo_touchpoints.csv" in told.out
    assert "50 of 50 users" in told.err
    assert sorted(path.name for path in (tmp_path / "shop").iterdir()) == [
        "demo_conversions.csv",
        "demo_spend.csv",
        "demo_touchpoints.csv",
        "demo_truth.csv",
        "demo_user_profiles.csv",
    ]


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"users": "0"}, ("users is 0", "1 or more")),
        ({"users": "many"}, ("--users", "'many'", "whole number")),
        ({"seed": "-3"}, ("seed is -3", "0 or more")),
        ({"world": "flat"}, ("world is 'flat'", "bursts", "steady", "no_effect")),
        ({"shape": "wide"}, ("shape is 'wide'", "events, stream, criteo")),
        ({"format": "xml"}, ("format is 'xml'", "parquet, csv")),
        ({"prefix": "a/b"}, ("prefix is 'a/b'", "without a slash")),
        ({"colour": "red"}, ("--colour",)),
    ],
)
def test_a_mistake_ends_with_one_sentence_and_code_2(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    parts: tuple[str, ...],
) -> None:
    assert main(words(tmp_path, **changes)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert all(part in told.err for part in parts)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_folder_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop").write_text("")
    for folder in (tmp_path, tmp_path / "shop"):
        assert main(words(folder)) == 2
        told = capsys.readouterr().err
        assert told.count("\n") == 1
        assert f"out is '{folder / 'shop'}'" in told


def test_no_command_is_a_mistake_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err.endswith("allowed: simulate.\n")


def test_module_runs_as_a_command_and_passes_its_exit_code_on(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "touchledger", *words(tmp_path, users="-1")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
