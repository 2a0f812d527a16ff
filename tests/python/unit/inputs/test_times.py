"""The form of a column's times is chosen over the whole column."""

import re
from typing import Any

import pytest

from touchledger.errors import UserError
from touchledger.inputs.times import (
    TIME_FORMS,
    FormCount,
    check_timestamp_format,
    choose_time_reading,
)

PLACE = "The column occurred_at of the table touchpoints"


def form_of(text: str) -> str:
    """Give the form that the database finds."""
    return next(
        (form for form, pattern in TIME_FORMS.items() if re.fullmatch(pattern, text)),
        "other",
    )


def chosen(*texts: str, stated: str | None = None, zone: str = "UTC") -> Any:
    counts: dict[str, FormCount] = {}
    for text in texts:
        form = form_of(text)
        rows = counts[form].rows if form in counts else 0
        counts[form] = FormCount(rows + 1, text)
    return choose_time_reading(PLACE, counts, stated, zone)


@pytest.mark.parametrize(
    ("text", "form"),
    {
        "2024-05-01 10:00:00": "plain",
        "2024-05-01T10:00:00Z": "utc_z",
        "2024-05-01T10:00:00.123456Z": "utc_z",
        "2024-05-01": "date",
        "2024/5/1": "date",
        "2024-05-01T10:00:00.123456": "local",
        "2024-05-01 9:30": "local",
        "2024-05-01 10:00:00 UTC": "utc",
        "2024-05-01 10:00:00 +00:00": "utc",
        "2024-05-01T10:00:00+0000": "utc",
        "2024-03-09 21:15:02 -0500": "offset",
        "2024-05-01 10:00:00.000 -0700": "offset",
        "2024-05-01T10:00:00-05": "offset",
        "2024-05-01T10:00:00+14:00": "offset",
        "2024-05-01T10:00:00+14:30": "other",
        "2024-05-01T10:00:00-12:30": "other",
        "2024-05-01T10:00:00+99:00": "other",
        "2024-05-01T10:00:00-99:59:59": "other",
        "2024-05-01 10:00:00 America/New_York": "zone",
        "2024-05-01 10:00:00 EST": "zone",
        "20240501": "compact_date",
        "20241301": "other",
        "20240501T100000": "compact",
        "20240501100000": "compact",
        "20240501T100000Z": "compact_utc",
        "1714557600": "epoch_s",
        "1714557600.25": "epoch_s",
        "1714557600000": "epoch_ms",
        "1714557600000000": "epoch_us",
        "1714557600000000000": "epoch_ns",
        "03/10/2024": "two_ways",
        "3.10.24 9:30": "two_ways",
        "2024": "other",
        "12:30": "other",
        "yesterday": "other",
        "294247-01-10 04:00:54.775806": "other",
    }.items(),
)
def test_a_text_has_one_form(text: str, form: str) -> None:
    assert form_of(text) == form


def test_a_column_of_one_form_is_read_without_a_look_at_each_row() -> None:
    reading = chosen("2024-05-01T10:00:00Z", "2024-05-02T10:00:00Z")
    assert reading.is_uniform
    assert list(reading.forms) == ["utc_z"]
    assert reading.note is None


def test_a_row_of_no_form_is_told_from_the_others() -> None:
    reading = chosen("2024-05-01T10:00:00Z", "yesterday")
    assert not reading.is_uniform
    assert list(reading.forms) == ["utc_z"]


def test_counts_since_1970_have_the_unit_of_most_rows() -> None:
    reading = chosen("1714557600000", "1714557600001", "1714557600")
    assert list(reading.forms) == ["epoch_ms"]
    assert reading.note == f"{PLACE} counts milliseconds since 1970."


def test_the_unit_of_counts_may_be_stated() -> None:
    reading = chosen("1714557600", "86400", stated="epoch_s")
    assert list(reading.forms) == ["epoch_s"]
    assert re.fullmatch(reading.forms["epoch_s"], "86400")


@pytest.mark.parametrize("stated", [None, "epoch_ms"])
def test_a_date_that_can_be_read_in_two_ways_is_asked_about(
    stated: str | None,
) -> None:
    with pytest.raises(UserError) as raised:
        chosen("2024-05-01", "03/10/2024 10:00", stated=stated)
    assert str(raised.value) == (
        f"{PLACE} has '03/10/2024 10:00', which can be read in two ways; the setting "
        "timestamp_format must say its form, such as '%d/%m/%Y %H:%M' or '%m/%d/%Y'."
    )


def test_a_stated_format_is_written_for_both_engines() -> None:
    reading = chosen("03/10/2024 at 10:00", stated="%d/%m/%Y at %H:%M")
    assert reading.format == "%d/%m/%Y at %H:%M"
    assert reading.java_format == "d/M/yyyy 'at' H:mm"


def test_zones_are_read_by_their_names_and_american_ones_by_letters() -> None:
    counts = {"zone": FormCount(4, "x", ("Europe/Berlin", "EST", "CET", "Mars/Base"))}
    assert choose_time_reading(PLACE, counts).zones == {
        "Europe/Berlin": "Europe/Berlin",
        "EST": -300,
    }


def test_times_without_an_offset_beside_others_are_told() -> None:
    reading = chosen("2024-05-01 10:00:00", "2024-05-01T10:00:00-07:00", zone="UTC")
    assert reading.note == (
        f"{PLACE} has 1 times without an offset beside 1 with one; they were read as "
        "UTC."
    )


@pytest.mark.parametrize("value", ["", "dd/mm/yyyy", "%q", 5, ["%d"], {"a": "%q"}])
def test_an_impossible_format_is_one_sentence(value: Any) -> None:
    with pytest.raises(UserError, match="The setting timestamp_format is"):
        check_timestamp_format(value)
