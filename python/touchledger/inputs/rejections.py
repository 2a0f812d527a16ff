"""Whether so much of the input is rejected that the run must stop."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from touchledger.errors import UserError

__all__ = ["check_rejections"]

# Of a handful of rows a share says little: one broken row of two is no broken export.
_FEWEST_ROWS = 3
# How a reason ends -> what to do.
_ADVICE = (
    ("is missing or not a UTC time", "the setting timestamp_format names a form"),
    ("is not a number", "the setting number_format names a form"),
    ("is missing", "fill the column, or name another one with the setting columns"),
    ("is not set", "set reporting_currency, and give currency_rates for the others"),
    ("on its date", "add the rate to currency_rates"),
    ("isn't a row", "look at the file's separators and quotes"),
)


def check_rejections(
    rows: Iterable[Mapping[str, Any]],
    max_rejected_share: float,
    spend_duplicates: str = "sum",
) -> None:
    """Stop a run that would report on a part of its input as if it were the whole.

    Args:
        rows: Rows of `base_input_rows`, ordered by table and falling row count:
            `table_name`, `outcome` (accepted, rejected, left_out, repeated), `reason`,
            `currency`, `example`, `row_count`, `value_count` (rows with a value in the
            column that the reason is about), `form_count` (how many forms those values
            have) and `money` (refunds and credits counted as what they move).
        max_rejected_share: The share of a table's rows, or of its money in one
            currency, from 0 to 1, that may break the contract. 1: any.
        spend_duplicates: The setting: `stop` allows no repeated spend.

    Raises:
        UserError: If a table loses all of its rows, or more than the share; or if
            spend is repeated and mustn't be.

    Example:
        >>> rows = [
        ...     {"table_name": "conversions", "outcome": "rejected",
        ...      "reason": "converted_at is missing or not a UTC time",
        ...      "currency": "USD", "example": "soon", "row_count": 5,
        ...      "value_count": 5, "form_count": 1, "money": 245.5},
        ... ]
        >>> check_rejections(rows, 0.05)
        Traceback (most recent call last):
            ...
        touchledger.errors.UserError: The table conversions loses 5 of its 5 rows and \
245.50 of 245.50 USD, and max_rejected_share allows 5 %: converted_at is missing or \
not a UTC time in 5 rows (all 5 values look like 'soon'); the setting timestamp_format \
names a form. No mart was replaced.
    """
    for table, found in groupby(rows, key=lambda row: row["table_name"]):
        of_table = list(found)
        _check_repeated(of_table, spend_duplicates)
        _check_share(table, of_table, max_rejected_share)


def _check_repeated(rows: list[Mapping[str, Any]], spend_duplicates: str) -> None:
    repeated = [row for row in rows if row["outcome"] == "repeated"]
    if repeated and spend_duplicates == "stop":
        raise UserError(
            f"The table spend has {sum(row['row_count'] for row in repeated)} rows "
            f"that are equal to others, such as that of {repeated[0]['example']!r}; "
            "the setting spend_duplicates is 'stop' (keep_last counts such rows once, "
            "sum counts each)."
        )


def _check_share(table: str, rows: list[Mapping[str, Any]], allowed: float) -> None:
    rejected = [row for row in rows if row["outcome"] == "rejected"]
    decided = [*rejected, *(row for row in rows if row["outcome"] == "accepted")]
    lost = _rows_of(rejected)
    of_rows = _rows_of(decided)
    money = [
        (_money_of(rejected, currency), _money_of(decided, currency), currency)
        for currency in sorted({row["currency"] for row in rejected})
    ]
    # Events without a channel are no touchpoints, but some events have one.
    lost_touchpoints = [
        row for row in rows if str(row["reason"]).endswith("is no touchpoint")
    ]
    if lost_touchpoints and not of_rows:
        raise UserError(
            f"No event of the input has a channel ({_rows_of(lost_touchpoints):,} "
            "rows), so there is no touchpoint; name the column of the channel with the "
            "setting columns. No mart was replaced."
        )
    is_all = lost == of_rows
    is_too_many = lost >= _FEWEST_ROWS and lost > allowed * of_rows
    is_too_much = any(part > allowed * whole > 0 for part, whole, _ in money)
    if not rejected or allowed >= 1 or not (is_all or is_too_many or is_too_much):
        return
    amounts = "".join(
        f" and {part:,.2f} of {whole:,.2f} {currency}".rstrip()
        for part, whole, currency in money
        if part
    )
    first = rejected[0]
    raise UserError(
        f"The table {table} loses {lost:,} of its {of_rows:,} rows{amounts}, and "
        f"max_rejected_share allows {100 * allowed:g} %: {first['reason']} in "
        f"{first['row_count']:,} rows{_look(first)}{_advice(first['reason'])}. No mart "
        "was replaced."
    )


def _rows_of(rows: list[Mapping[str, Any]]) -> int:
    return sum(int(row["row_count"]) for row in rows)


def _money_of(rows: list[Mapping[str, Any]], currency: str) -> float:
    return sum(float(row["money"]) for row in rows if row["currency"] == currency)


def _look(row: Mapping[str, Any]) -> str:
    """Say what the rejected values look like, which often tells the cause."""
    count = row["value_count"]
    if not count:
        return ""
    if row["form_count"] == 1 and count > 1:
        return f" (all {count:,} values look like {row['example']!r})"
    return f" (such as {row['example']!r})"


def _advice(reason: str) -> str:
    for end, advice in _ADVICE:
        if reason.endswith(end) or end in reason:
            return f"; {advice}"
    return ""
