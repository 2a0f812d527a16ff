"""The rules that a setting's value can be held to.

Each names the setting, its value and what is allowed, in one sentence.
"""

import datetime
import math
import re
from collections.abc import Mapping
from typing import Any

from touchledger.errors import UserError
from touchledger.inputs.times import is_time_zone

__all__ = [
    "columns_of_tables",
    "hosts",
    "number",
    "one_of",
    "path_transforms",
    "text",
    "text_or_null",
    "texts",
    "time_zone",
    "timestamp",
    "weights",
    "whole",
    "yes_or_no",
]

PATH_TRANSFORMS = (
    "exposure",
    "unique",
    "first",
    "frequency",
    "remove_if_not_all",
    "remove_if_last_and_not_all",
)
# Python reads more spellings than the database, which passes over an offset.
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|\+00:00)?)?")

# As the referrer's host is written: no scheme, no path, and never the leading www.
_HOST = re.compile(r"(?!www\.)[^\s./:?#@'\"]+(\.[^\s./:?#@'\"]+)+")


def one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    """Hold a value to a list."""
    if value not in allowed:
        raise UserError(
            f"The setting {name} is {value!r}; it must be one of {', '.join(allowed)}."
        )


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        # Whole numbers may be too large for a float.
        and abs(value) < math.inf
    )


def number(name: str, value: Any, lowest: float, highest: float) -> None:
    """Hold a value to finite numbers within bounds."""
    if not _is_number(value) or not lowest <= value <= highest:
        raise UserError(
            f"The setting {name} is {value!r}; it must be a number from {lowest:g} to "
            f"{highest:g}."
        )


def whole(name: str, value: Any, lowest: int, highest: int | None = None) -> None:
    """Hold a value to whole numbers from the lowest on, up to the highest if any."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if is_whole and lowest <= value and (highest is None or value <= highest):
        return
    allowed = (
        f"of at least {lowest}" if highest is None else f"from {lowest} to {highest}"
    )
    raise UserError(
        f"The setting {name} is {value!r}; it must be a whole number {allowed}."
    )


def yes_or_no(name: str, value: object) -> None:
    """Hold a value to true or false."""
    if not isinstance(value, bool):
        raise UserError(f"The setting {name} is {value!r}; it must be true or false.")


def text(name: str, value: object) -> None:
    """Hold a value to text that isn't empty."""
    if not isinstance(value, str) or not value:
        raise UserError(f"The setting {name} is {value!r}; it must be text.")


def text_or_null(name: str, value: object) -> None:
    """Hold a value to text that isn't empty, or null."""
    if value is not None and (not isinstance(value, str) or not value):
        raise UserError(f"The setting {name} is {value!r}; it must be text or null.")


def texts(name: str, value: object) -> None:
    """Hold a value to a list of texts."""
    if not isinstance(value, list | tuple) or not all(
        isinstance(text, str) and text for text in value
    ):
        raise UserError(f"The setting {name} is {value!r}; it must be a list of texts.")


def hosts(name: str, value: object) -> None:
    """Hold a value to a list of hosts."""
    texts(name, value)
    assert isinstance(value, list | tuple)
    for host in value:
        if not _HOST.fullmatch(host):
            raise UserError(
                f"The setting {name} has the host {host!r}; it must be a host such as "
                "example.com, without a scheme, a path and www."
            )


def columns_of_tables(name: str, value: object) -> None:
    """Hold a value to tables, each with names of columns in place of its own."""
    if isinstance(value, Mapping) and all(
        isinstance(table, str)
        and isinstance(columns, Mapping)
        and all(
            column is None or (isinstance(column, str) and column)
            for column in columns.values()
        )
        for table, columns in value.items()
    ):
        return
    raise UserError(
        f"The setting {name} is {value!r}; it must map tables to column names, such as "
        "{touchpoints: {user_id: customer}}, where null says that there is none."
    )


def timestamp(name: str, value: object) -> None:
    """Hold a value to a UTC date or time, or null."""
    if value is None or isinstance(value, datetime.date):
        return
    try:
        if not _TIMESTAMP.fullmatch(str(value)):
            raise ValueError
        datetime.datetime.fromisoformat(str(value))
    except ValueError:
        raise UserError(
            f"The setting {name} is {value!r}; it must be a UTC date or time such as "
            "2026-01-31 or 2026-01-31 12:00:00, or null."
        ) from None


def time_zone(name: str, value: object) -> None:
    """Hold a value to the name of a time zone."""
    if not isinstance(value, str) or not is_time_zone(value):
        raise UserError(
            f"The setting {name} is {value!r}; it must be UTC or the name of a time "
            "zone such as America/New_York."
        )


def weights(name: str, value: object, keys: tuple[str, ...]) -> None:
    """Hold a value to weights for all keys that sum to at most 1."""
    if (
        not isinstance(value, Mapping)
        or set(value) != set(keys)
        or not all(_is_number(part) and 0 <= part <= 1 for part in value.values())
        or not 0 < sum(value.values()) <= 1 + 1e-12
    ):
        raise UserError(
            f"The setting {name} is {value!r}; it must give a weight of at least 0 to "
            f"each of {', '.join(keys)}, with a sum above 0 and at most 1."
        )


def path_transforms(steps: object) -> None:
    """Hold a value to a list of steps that shorten paths."""
    if not isinstance(steps, list | tuple):
        raise UserError(
            f"The setting path_transforms is {steps!r}; it must be a list of steps."
        )
    for step in steps:
        name, channels = step, None
        if isinstance(step, Mapping) and len(step) == 1:
            name, channels = next(iter(step.items()))
        one_of("path_transforms", name, PATH_TRANSFORMS)
        takes_channels = str(name).startswith("remove_")
        is_list = isinstance(channels, list) and all(
            isinstance(channel, str) and channel for channel in channels
        )
        if takes_channels != isinstance(step, Mapping) or (
            takes_channels and not (channels and is_list)
        ):
            rule = "takes a list of channels" if takes_channels else "takes no value"
            raise UserError(
                f"The setting path_transforms has the step {step!r}; {name} {rule}."
            )
