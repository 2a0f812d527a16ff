"""The form of a column's numbers is chosen over the whole column."""

import re
from typing import Any

import pytest

from touchledger.errors import UserError
from touchledger.inputs.numbers import (
    NUMBER_FORMS,
    NumberReading,
    check_number_format,
    choose_number_reading,
)
from touchledger.inputs.times import FormCount

PLACE = "The column spend of the table spend"


def form_of(text: str) -> str:
    """Give the form that the database finds."""
    return next(
        (form for form, pattern in NUMBER_FORMS.items() if re.fullmatch(pattern, text)),
        "other",
    )


def chosen(*texts: str, **settings: Any) -> NumberReading:
    counts: dict[str, FormCount] = {}
    for text in texts:
        rows = counts[form_of(text)].rows if form_of(text) in counts else 0
        counts[form_of(text)] = FormCount(rows + 1, text)
    return choose_number_reading(PLACE, counts, **settings)


@pytest.mark.parametrize(
    ("texts", "mark", "is_plain"),
    [
        (["950", "12.5", "0.125"], "point", True),
        (["12.5", "1.234"], "point", True),
        (["950.00", "1,250.00"], "point", False),
        (["12.5", "1,234"], "point", False),
        (["1,23,456"], "point", False),
        (["1,234,567"], "point", False),
        (["1 234", "1'234.50"], "point", False),
        (["1.234,56"], "comma", False),
        (["12,5", "1.234"], "comma", False),
        (["1.234.567"], "comma", False),
        (["1 234,50"], "comma", False),
        (["0,125"], "comma", False),
    ],
)
def test_what_is_plain_decides(texts: list[str], mark: str, is_plain: bool) -> None:
    reading = chosen(*texts)
    assert (reading.decimal_mark, reading.is_plain) == (mark, is_plain)
    assert all(re.fullmatch(reading.pattern, text) for text in texts)


@pytest.mark.parametrize("text", ["1,234", "1.234", "12,500"])
def test_a_number_that_can_be_read_in_two_ways_is_asked_about(text: str) -> None:
    with pytest.raises(UserError) as raised:
        chosen("7", text)
    assert str(raised.value) == (
        f"{PLACE} has {text!r}, which can be read in two ways; the setting "
        "number_format must be one of '1,234.56', '1.234,56', '1 234,56'."
    )


@pytest.mark.parametrize(
    ("stated", "mark"), {"1,234.56": "point", "1.234,56": "comma"}.items()
)
def test_the_setting_decides(stated: str, mark: str) -> None:
    assert chosen("1,234", stated=stated).decimal_mark == mark


@pytest.mark.parametrize("text", ["12,400", "12.400"])
def test_counts_are_whole_so_marks_part_thousands(text: str) -> None:
    reading = chosen("9800", text, is_count=True)
    assert reading.are_marks_thousands
    assert re.fullmatch(reading.pattern, text)
    assert not re.fullmatch(reading.pattern, "12,4")


def test_two_forms_in_one_column_are_asked_about() -> None:
    with pytest.raises(UserError, match=r"two forms, such as '1\.5' and '1,5'"):
        chosen("1.5", "1,5")


def test_a_rare_slip_is_an_error_of_its_own_row() -> None:
    reading = chosen(*(f"{i}.50" for i in range(40)), "1,5")
    assert reading.decimal_mark == "point"
    assert not re.fullmatch(reading.pattern, "1,5")


def test_amounts_of_two_currencies_are_refused() -> None:
    counts = {"decorated_point": FormCount(2, "$ 1.50", ("$", "€"))}
    with pytest.raises(UserError, match="several currencies, such as '\\$' and '€'"):
        choose_number_reading(PLACE, counts)


@pytest.mark.parametrize("value", ["1234.56", 5, ["1,234.56"], {"spend": "german"}])
def test_an_impossible_format_is_one_sentence(value: Any) -> None:
    with pytest.raises(UserError, match="The setting number_format is"):
        check_number_format(value)
