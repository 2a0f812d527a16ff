"""A check of our own for dbt-bouncer: its own one can't leave out engine versions."""

from typing import Any

from dbt_bouncer.check_framework.decorator import check, fail


@check(code="TL001")
def check_public_macro_is_described(macro: Any) -> None:
    """Macros other than engine versions (`duckdb__…`) must have a description."""
    if "__" not in macro.name and not macro.description:
        fail(f"`{macro.name}` has no description in macros/_macros.yml.")
