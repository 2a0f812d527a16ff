"""A run that loses too much of its input stops in one sentence that guesses why."""

from typing import Any

import pytest

from touchledger.errors import UserError
from touchledger.inputs.rejections import check_rejections


def decided(row_count: int, outcome: str = "accepted", **others: Any) -> dict[str, Any]:
    """Give a row of base_input_rows."""
    row = {
        "table_name": "conversions",
        "outcome": outcome,
        "reason": None if outcome == "accepted" else "converted_at is before 1970",
        "currency": "",
        "example": None,
        "row_count": row_count,
        "value_count": 0,
        "form_count": 0,
        "money": 0.0,
    }
    return {**row, **others}


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [decided(10)],
        # Five of a hundred are as many as may break the contract.
        [decided(95), decided(5, "rejected")],
        # Of a handful of rows a share says little.
        [decided(1), decided(2, "rejected")],
        # Rows that can be read never stop a run.
        [decided(1), decided(99, "left_out", money=1e9)],
        [decided(100), decided(99, "repeated", reason="spend is equal")],
        [decided(95, money=95), decided(1, "rejected", money=5)],
    ],
)
def test_inputs_that_lose_little_pass(rows: list[dict[str, Any]]) -> None:
    check_rejections(rows, 0.05)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([decided(1, "rejected")], "loses 1 of its 1 rows, and max_rejected_share"),
        ([decided(94), decided(6, "rejected")], "loses 6 of its 100 rows, and"),
        (
            [decided(94, money=94), decided(1, "rejected", money=6)],
            "loses 1 of its 95 rows and 6.00 of 100.00, and",
        ),
        # Each currency by itself.
        (
            [
                decided(98, currency="USD", money=1e6),
                decided(1, currency="EUR", money=1),
                decided(1, "rejected", currency="EUR", money=1),
            ],
            "and 1.00 of 2.00 EUR, and",
        ),
        # Tables by themselves.
        (
            [
                decided(1000),
                decided(1, table_name="spend"),
                decided(3, "rejected", table_name="spend"),
            ],
            "The table spend loses 3 of its 4 rows",
        ),
    ],
)
def test_inputs_that_lose_much_stop(rows: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(UserError) as error:
        check_rejections(rows, 0.05)
    assert words in str(error.value)
    assert str(error.value).endswith("No mart was replaced.")


def test_the_setting_allows_more() -> None:
    rows = [decided(5), decided(5, "rejected")]
    check_rejections(rows, 0.5)
    check_rejections([decided(5, "rejected")], 1)
    with pytest.raises(UserError, match="allows 49 %"):
        check_rejections(rows, 0.49)


@pytest.mark.parametrize(
    ("value_count", "form_count", "look"),
    [
        (0, 0, "in 4 rows. No"),
        (4, 1, "in 4 rows (all 4 values look like 'soon'). No"),
        (4, 2, "in 4 rows (such as 'soon'). No"),
        (1, 1, "in 4 rows (such as 'soon'). No"),
    ],
)
def test_the_sentence_says_what_the_values_look_like(
    value_count: int, form_count: int, look: str
) -> None:
    row = decided(
        4, "rejected", example="soon", value_count=value_count, form_count=form_count
    )
    with pytest.raises(UserError) as error:
        check_rejections([row], 0.05)
    assert look in str(error.value)


def test_repeated_spend_stops_a_run_that_asks_for_it() -> None:
    rows = [
        decided(9, table_name="spend"),
        decided(2, "repeated", table_name="spend", example="2024-05-01 search"),
    ]
    check_rejections(rows, 0.05, "sum")
    check_rejections(rows, 0.05, "keep_last")
    with pytest.raises(UserError, match=r"2 rows .* equal to others.*'2024-05-01"):
        check_rejections(rows, 0.05, "stop")


def test_a_stream_without_any_channel_stops() -> None:
    lost = decided(
        4,
        "left_out",
        table_name="touchpoints",
        reason="event without a channel is no touchpoint",
    )
    kept = decided(1, table_name="touchpoints")
    check_rejections([kept, lost], 0.05)
    with pytest.raises(
        UserError, match=r"No event of the input has a channel \(4 rows"
    ):
        check_rejections([lost], 0.05)
