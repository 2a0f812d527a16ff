"""Every macro that engines write differently is there for DuckDB and for Spark."""

import re

import pytest

from dbt_build import PROJECT

MACROS = "\n".join(file.read_text() for file in PROJECT.glob("macros/**/*.sql"))
DISPATCHED = sorted(set(re.findall(r"adapter\.dispatch\('(\w+)'\)", MACROS)))
DEFINED = set(re.findall(r"macro (\w+)\(", MACROS))


def test_macros_are_dispatched() -> None:
    assert len(DISPATCHED) > 20


@pytest.mark.parametrize("macro", DISPATCHED)
@pytest.mark.parametrize("engines", [["duckdb"], ["sparksession", "spark"]])
def test_a_dispatched_macro_has_a_form_for_each_engine(
    engines: list[str], macro: str
) -> None:
    forms = {f"{engine}__{macro}" for engine in (*engines, "default")}
    assert forms & DEFINED, f"none of {sorted(forms)} is there"


def test_every_form_belongs_to_a_macro_that_is_dispatched() -> None:
    forms = {
        name for name in DEFINED if re.match(r"(duckdb|spark|sparksession)__", name)
    }
    helpers = {"spark__digits"}
    assert {name.partition("__")[2] for name in forms - helpers} <= set(DISPATCHED)
