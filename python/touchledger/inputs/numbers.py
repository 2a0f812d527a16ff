"""How a column of texts writes numbers: chosen over the whole column.

`1,234.56` and `1.234,56` are plain. `1,234` is not: it may be a thousand or one and a
bit. What other rows of the column show decides; where none does, the setting
`number_format` is asked for. Counts of things are whole, so a mark before three digits
parts thousands there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from touchledger.errors import UserError
from touchledger.inputs.times import FormCount

__all__ = [
    "NO_NUMBERS",
    "NUMBER_FORMATS",
    "NUMBER_FORMS",
    "NumberReading",
    "check_number_format",
    "choose_number_reading",
]

# What reports write for none, in lower case.
NO_NUMBERS = ("--", "-", "n/a", "na", "null", "none")
# How the setting writes a format -> the mark of decimals.
NUMBER_FORMATS = {"1,234.56": "point", "1.234,56": "comma", "1 234,56": "comma"}

_EXPONENT = "([eE][+-]?[0-9]+)?"
# Form -> what a text matches once signs, currencies and spaces around it are gone.
NUMBER_FORMS = {
    "whole": "[0-9]+",
    "point": (
        "[0-9]+[.]|[0-9]*[.]([0-9]{1,2}|[0-9]{4,})|0*[.][0-9]{3}"
        "|0[0-9]*[.][0-9]{3}|[0-9]{4,}[.][0-9]{3}|[0-9]+([.][0-9]*)?[eE][+-]?[0-9]+"
    ),
    "point_or_thousands": "[1-9][0-9]{0,2}[.][0-9]{3}",
    "comma_or_thousands": "[1-9][0-9]{0,2},[0-9]{3}",
    "thousands_then_point": (
        "[0-9]{1,3}(,[0-9]{2,3})*,[0-9]{3}[.][0-9]*|[0-9]{1,3}(,[0-9]{2,3})+,[0-9]{3}"
        "|[0-9]{1,3}([ '][0-9]{3})+[.][0-9]*"
    ),
    "thousands_then_comma": (
        "[0-9]{1,3}([.][0-9]{3})+,[0-9]*|[0-9]{1,3}([.][0-9]{3}){2,}"
        "|[0-9]{1,3}([ '][0-9]{3})+,[0-9]*"
    ),
    "spaced": "[0-9]{1,3}([ '][0-9]{3})+",
    "comma": ("[0-9]*,([0-9]{1,2}|[0-9]{4,})|0[0-9]*,[0-9]{3}|[0-9]{4,},[0-9]{3}"),
}
_SHOW = {
    "point": ("point", "thousands_then_point"),
    "comma": ("comma", "thousands_then_comma"),
}
_IN_DOUBT = ("point_or_thousands", "comma_or_thousands")
# Beside so many rows of the other kind, the few are errors of their own.
_CLEAR_SHARE = 0.95


@dataclass(frozen=True)
class NumberReading:
    """How the texts of a column are read as numbers.

    Attributes:
        decimal_mark: `point` or `comma`.
        pattern: What a text must match once its signs are gone.
        is_plain: Whether the database's own reading of numbers will do.
        are_marks_thousands: Whether commas and points part thousands alone.
        no_numbers: Texts that stand for none, in lower case.
        note: What was decided over the column, in words; or null.
    """

    decimal_mark: str
    pattern: str
    is_plain: bool
    are_marks_thousands: bool = False
    no_numbers: tuple[str, ...] = NO_NUMBERS
    note: str | None = None


def choose_number_reading(
    place: str,
    counts: Mapping[str, FormCount],
    stated: str | None = None,
    *,
    is_count: bool = False,
) -> NumberReading:
    """Choose how the numbers of a column are read.

    Args:
        place: What is read, such as "The column spend of the file x.csv".
        counts: Forms that occur: those of `NUMBER_FORMS`, with `decorated_` in front
            where signs or currencies were taken off; `none` and `other` for the rest.
            Details of a form are the currencies that it names.
        stated: What the setting `number_format` says of the column, or null.
        is_count: Whether the numbers are whole.

    Raises:
        UserError: If numbers can be read in two ways, or name several currencies.

    Example:
        >>> found = {"thousands_then_point": FormCount(1, "1,250.00")}
        >>> choose_number_reading("The column spend", found).decimal_mark
        'point'
    """
    _check_currencies(place, counts)
    bare: dict[str, FormCount] = {}
    for name, count in counts.items():
        form = name.removeprefix("decorated_")
        kept = bare.get(form, FormCount(0, count.example))
        bare[form] = FormCount(kept.rows + count.rows, kept.example)
    mark = NUMBER_FORMATS[stated] if stated else _decimal_mark(place, bare, is_count)
    needs_none = set(counts) <= {"whole", "point", "point_or_thousands", "other"}
    groups = "point_or_thousands" in bare and (mark == "comma" or is_count)
    are_marks_thousands = is_count and stated is None and not _shown(bare)
    return NumberReading(
        decimal_mark=mark,
        pattern=_pattern(mark, are_marks_thousands),
        are_marks_thousands=are_marks_thousands,
        is_plain=needs_none and mark == "point" and not groups,
        note=(f"{place} has a comma before decimals." if mark == "comma" else None),
    )


def _shown(bare: Mapping[str, FormCount]) -> list[str]:
    return [form for forms in _SHOW.values() for form in forms if form in bare]


def _decimal_mark(place: str, bare: Mapping[str, FormCount], is_count: bool) -> str:
    rows = {
        mark: sum(bare[form].rows for form in forms if form in bare)
        for mark, forms in _SHOW.items()
    }
    mark = max(rows, key=rows.__getitem__)
    total = sum(rows.values())
    doubtful = next((bare[form].example for form in _IN_DOUBT if form in bare), None)
    if total and rows[mark] < _CLEAR_SHARE * total:
        one, other = (
            next(bare[form].example for form in forms if form in bare)
            for forms in _SHOW.values()
        )
        raise UserError(
            f"{place} has numbers of two forms, such as {one!r} and {other!r}; the "
            f"setting number_format must be one of {_formats()}."
        )
    if not total and doubtful and not is_count:
        raise UserError(
            f"{place} has {doubtful!r}, which can be read in two ways; the setting "
            f"number_format must be one of {_formats()}."
        )
    return mark


def _formats() -> str:
    return ", ".join(map(repr, NUMBER_FORMATS))


def _pattern(mark: str, is_grouped_by_any: bool) -> str:
    if is_grouped_by_any:
        return "[0-9]+|[0-9]{1,3}([ ',.][0-9]{2,3})*[ ',.][0-9]{3}"
    point, comma = ("[.]", ",") if mark == "point" else (",", "[.]")
    return (
        f"([0-9]*|[0-9]{{1,3}}([ ']|{comma})[0-9]{{3}}"
        f"|[0-9]{{1,3}}(([ ']|{comma})[0-9]{{2,3}})+([ ']|{comma})[0-9]{{3}})"
        f"({point}[0-9]*)?{_EXPONENT}"
    )


def _check_currencies(place: str, counts: Mapping[str, FormCount]) -> None:
    named = sorted({detail for count in counts.values() for detail in count.details})
    if len(named) > 1:
        raise UserError(
            f"{place} has amounts of several currencies, such as "
            f"{' and '.join(map(repr, named[:2]))}; they must be bare numbers beside a "
            "column currency."
        )


def check_number_format(value: object) -> None:
    """Hold the setting `number_format` to formats, one or a map of columns to them.

    Raises:
        UserError: If it is neither null nor made of the known formats.
    """
    formats = value.values() if isinstance(value, Mapping) else [value]
    for one in formats:
        if one is not None and one not in tuple(NUMBER_FORMATS):
            raise UserError(
                f"The setting number_format is {value!r}; it must be one of "
                f"{_formats()}, a map of columns to these, or null."
            )
