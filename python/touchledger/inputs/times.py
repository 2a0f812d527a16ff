"""How a column of texts writes times, chosen over the whole column.

The database counts which forms of `TIME_FORMS` a column has. A row is read by its own
form alone, so no row changes how another is read. Two choices need the whole column:
the unit of times counted since 1970, by their size, and whether there are dates such as
03/10/2024, which can be read in two ways and need the setting `timestamp_format`.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import available_timezones

from touchledger.errors import UserError

__all__ = [
    "TIME_FORMS",
    "FormCount",
    "TimeReading",
    "check_timestamp_format",
    "choose_time_reading",
    "is_time_zone",
]

_DATE = "[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}"
_LOCAL = f"{_DATE}[ T][0-9]{{1,2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]+)?)?"
# Clocks run from -12:00 to +14:00.
_OFFSET = (
    "([+](0[0-9]|1[0-3])(:?[0-5][0-9])?|[+]14(:?00)?"
    "|-(0[0-9]|1[01])(:?[0-5][0-9])?|-12(:?00)?)"
)
_DAY = "(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
_COMPACT = f"{_DAY}[ T]?([01][0-9]|2[0-3])[0-5][0-9]([0-5][0-9])?"

# Form -> what a whole text of it matches; the first that matches counts. There are no
# backslashes: the patterns stand in SQL for two engines.
TIME_FORMS = {
    "plain": "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}",
    "utc_z": f"{_LOCAL.replace('[-/]', '-')}Z",
    "date": _DATE,
    "local": _LOCAL,
    "utc": f"{_LOCAL} ?(Z|z|UTC|GMT|[+-]00(:?00)?)",
    "offset": f"{_LOCAL} ?{_OFFSET}",
    "zone": f"{_LOCAL} ?[A-Za-z][A-Za-z0-9/_+-]*",
    "compact_date": _DAY,
    "compact": _COMPACT,
    "compact_utc": f"{_COMPACT}Z",
    "epoch_s": "[0-9]{9,11}([.][0-9]*)?",
    "epoch_ms": "[0-9]{12,14}([.][0-9]*)?",
    "epoch_us": "[0-9]{15,17}([.]0*)?",
    "epoch_ns": "[0-9]{18,19}",
    "two_ways": "[0-9]{1,2}[/.-][0-9]{1,2}[/.-]([0-9]{4}|[0-9]{2})([ ,T].*)?",
}
_EPOCHS = {
    "epoch_s": "seconds",
    "epoch_ms": "milliseconds",
    "epoch_us": "microseconds",
    "epoch_ns": "nanoseconds",
}
_WITHOUT_OFFSET = ("plain", "local", "compact")
_WITH_OFFSET = ("utc_z", "utc", "offset", "zone", "compact_utc")
# The abbreviations that RFC 2822 defines, in hours; all others mean several zones.
_ABBREVIATIONS = {
    **{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5},
    **{"MST": -7, "MDT": -6, "PST": -8, "PDT": -7},
}
# What strptime writes -> what Spark does.
_CODES = {
    **{"Y": "yyyy", "y": "yy", "m": "M", "d": "d", "b": "MMM", "B": "MMMM"},
    **{"H": "H", "I": "h", "M": "mm", "S": "ss", "f": "SSSSSS", "p": "a", "z": "xx"},
}


@dataclass(frozen=True)
class FormCount:
    """How often a form occurs in a column.

    Attributes:
        rows: The rows of it.
        example: One of its texts.
        details: What else its texts name, such as time zones.
    """

    rows: int
    example: str
    details: Sequence[str] = ()


@dataclass(frozen=True)
class TimeReading:
    """How the texts of a column are read as times.

    Attributes:
        forms: The forms that rows are read by, each to its pattern.
        is_uniform: Whether every text of the column is of the only form.
        zones: Names of time zones that texts have, to how they are read: the name, or
            a fixed offset in minutes.
        format: A format of strptime that is tried first, or null.
        java_format: The same as Spark writes it.
        note: What was decided over the column, in words; or null.
    """

    forms: Mapping[str, str]
    is_uniform: bool
    zones: Mapping[str, str | int]
    format: str | None = None
    java_format: str | None = None
    note: str | None = None


def choose_time_reading(
    place: str,
    counts: Mapping[str, FormCount],
    stated: str | None = None,
    input_time_zone: str = "UTC",
) -> TimeReading:
    """Choose how the times of a column are read.

    Args:
        place: What is read, such as "The column occurred_at of the file x.csv".
        counts: Forms that occur; `other` stands for texts of none.
        stated: What the setting `timestamp_format` says of the column: a format of
            strptime, a unit such as epoch_ms, or null.
        input_time_zone: The zone of times that state no offset, for the note.

    Raises:
        UserError: If texts can be read in two ways.

    Example:
        >>> found = {"epoch_ms": FormCount(2, "1714557600000")}
        >>> choose_time_reading("The column occurred_at", found).note
        'The column occurred_at counts milliseconds since 1970.'
    """
    is_unit = stated in _EPOCHS
    if "two_ways" in counts and (stated is None or is_unit):
        raise UserError(
            f"{place} has {counts['two_ways'].example!r}, which can be read in two "
            "ways; the setting timestamp_format must say its form, such as "
            "'%d/%m/%Y %H:%M' or '%m/%d/%Y'."
        )
    epochs = {form: counts[form].rows for form in _EPOCHS if form in counts}
    unit = str(stated) if is_unit else max(epochs, key=epochs.__getitem__, default=None)
    forms = {
        form: pattern
        for form, pattern in TIME_FORMS.items()
        if form in counts and form not in (*_EPOCHS, "two_ways")
    }
    if unit and is_unit:
        # Who states the unit means every count.
        forms[unit] = (
            "[0-9]+" if unit in ("epoch_us", "epoch_ns") else "[0-9]+[.]?[0-9]*"
        )
    elif unit:
        forms[unit] = TIME_FORMS[unit]
    texts = {form for form, count in counts.items() if count.rows}
    has_format = stated is not None and not is_unit
    return TimeReading(
        forms=forms,
        is_uniform=len(forms) == 1 and texts == set(forms) and not has_format,
        zones=_zones(counts["zone"].details) if "zone" in counts else {},
        format=stated if has_format else None,
        java_format=_java_format(str(stated)) if has_format else None,
        note=_note(place, counts, unit, input_time_zone),
    )


def _note(
    place: str, counts: Mapping[str, FormCount], unit: str | None, zone: str
) -> str | None:
    if unit:
        return f"{place} counts {_EPOCHS[unit]} since 1970."
    without = sum(counts[form].rows for form in _WITHOUT_OFFSET if form in counts)
    with_one = sum(counts[form].rows for form in _WITH_OFFSET if form in counts)
    if without and with_one:
        return (
            f"{place} has {without:,} times without an offset beside {with_one:,} "
            f"with one; they were read as {zone}."
        )
    return None


def _zones(names: Sequence[str]) -> dict[str, str | int]:
    read: dict[str, str | int] = {
        name: 60 * _ABBREVIATIONS[name.upper()]
        for name in names
        if name.upper() in _ABBREVIATIONS
    }
    return read | {
        name: name for name in names if name not in read and is_time_zone(name)
    }


def is_time_zone(name: str) -> bool:
    """Say whether a text names a time zone, such as America/New_York or UTC."""
    return name == "UTC" or ("/" in name and name in _all_zones())


def _all_zones() -> Collection[str]:
    return available_timezones()


def check_timestamp_format(value: object) -> None:
    """Hold the setting `timestamp_format` to formats that every engine reads.

    Raises:
        UserError: If it is neither null, a format, nor a map of columns to formats.

    Example:
        >>> check_timestamp_format("%d/%m/%Y")
        >>> check_timestamp_format({"occurred_at": "%q"})
        Traceback (most recent call last):
            ...
        touchledger.errors.UserError: The setting timestamp_format is \
{'occurred_at': '%q'}; it must be a format such as '%d/%m/%Y %H:%M' (codes %Y, %y, \
%m, %d, %b, %B, %H, %I, %M, %S, %f, %p, %z), one of epoch_s, epoch_ms, epoch_us, \
epoch_ns, or a map of columns to these.
    """
    formats = value.values() if isinstance(value, Mapping) else [value]
    for one in formats:
        if one is None or one in tuple(_EPOCHS):
            continue
        if not isinstance(one, str) or not _is_format(one):
            raise UserError(
                f"The setting timestamp_format is {value!r}; it must be a format such "
                f"as '%d/%m/%Y %H:%M' (codes {', '.join(f'%{c}' for c in _CODES)}), "
                f"one of {', '.join(_EPOCHS)}, or a map of columns to these."
            )


def _is_format(text: str) -> bool:
    codes = re.findall("%(.?)", text)
    return bool(codes) and all(code in _CODES for code in codes) and "\\" not in text


def _java_format(text: str) -> str:
    written = ""
    for code, other in re.findall("%(.)|([^%]+)", text):
        quoted = re.sub("([A-Za-z]+|')", lambda m: _quoted(m.group()), other)
        written += _CODES[code] if code else quoted
    return written


def _quoted(text: str) -> str:
    return "''" if text == "'" else f"'{text}'"
