"""Every macro that engines write differently is there for DuckDB and for Spark."""

import re
from pathlib import Path

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


# Shared SQL: what only one engine reads, and what it is written as (docs/spark.md).
OF_ONE_ENGINE = {
    r"\bvarchar\b": "string",
    r"::": "cast(x as type)",
    r"\s//\s": "whole_quotient()",
    r"\bexclude \(": "all_but()",
    r"\b(list|array)_(transform|filter|concat|slice|to_string|agg)\(": (
        "macros/dialect/"
    ),
    r"\b(string_split|string_agg|unnest|len|epoch_us|md5_number\w*|hash)\(": (
        "macros/dialect/"
    ),
    r"'\\'": "chr(92)",
    r"\d{9,}\.0\b": "a double such as 86400000000e0",
    r"(?<!cast\()\b(row_number|dense_rank)\(\) over \((?!.*\) = 1)": (
        "cast(row_number() over (...) as bigint): Spark's is an integer"
    ),
}


def is_dialect(file: Path) -> bool:
    return file.parent.name == "dialect"


SHARED = sorted(
    [
        *(PROJECT / "models").rglob("*.sql"),
        *(PROJECT / "tests" / "singular").rglob("*.sql"),
        *(file for file in (PROJECT / "macros").rglob("*.sql") if not is_dialect(file)),
    ]
)


@pytest.mark.parametrize("file", SHARED, ids=lambda file: file.stem)
def test_shared_sql_is_read_by_every_engine(file: Path) -> None:
    text = re.sub(r"--.*|\{#.*?#\}", "", file.read_text())
    # What is written for one engine may be read by it alone.
    text = re.sub(r"\{% macro duckdb__.*?endmacro -?%\}", "", text, flags=re.DOTALL)
    found = {
        pattern: instead
        for pattern, instead in OF_ONE_ENGINE.items()
        if re.search(pattern, text)
    }
    assert found == {}
