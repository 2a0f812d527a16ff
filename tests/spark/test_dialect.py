"""Each macro that engines write differently gives the same on both."""

import json
import re

import pytest

from conftest import BothEngines
from dbt_build import PROJECT, Build
from dialect import BUILT_WITH, CASES

EXPECTED = [
    (macro, value) for macro, cases in CASES.items() for value in cases.values()
]


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_macros_give_what_they_say(engine: str, both: BothEngines) -> None:
    ran = both.on_duckdb("dialect") if engine == "duckdb" else both.on_spark("dialect")
    assert ran.exit_code == 0, ran.output
    found = values(ran)
    assert [
        (i, *EXPECTED[i], found[i])
        for i in range(len(EXPECTED))
        if found[i] != EXPECTED[i][1]
    ] == []


def values(ran: Build) -> list[str]:
    shown = json.loads(ran.output[ran.output.index("{") :])["show"]
    rows = {int(row["number"]): row["value"] for row in shown}
    return [str(rows[i]) for i in range(len(rows))]


def test_every_macro_is_asked() -> None:
    files = {file.stem for file in (PROJECT / "macros" / "dialect").glob("*.sql")}
    macros = {
        name
        for file in (PROJECT / "macros" / "dialect").glob("*.sql")
        for name in re.findall(r"macro (\w+)\(", file.read_text())
        if "__" not in name
    }
    assert macros >= files
    assert macros == {*CASES, *BUILT_WITH}
