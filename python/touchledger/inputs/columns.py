"""Columns of a file held to the declared ones, by name or by the var `columns`.

A name counts whatever its case, its spaces and its signs: `Spend Date` is `spend_date`.
A column that only looks like a declared one is named, never passed over: the var says
what it is.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Protocol

from touchledger.errors import UserError

__all__ = ["canonical", "check_columns", "matched_columns", "near_column"]

# Words that exports use for a declared column; the declared one is the key.
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "user_id": (
        *("customer_id", "customer", "visitor_id", "client_id", "user_pseudo_id"),
        *("anonymous_id", "user", "cookie", "email", "uid"),
    ),
    "occurred_at": ("timestamp", "time", "event_time", "event_timestamp", "date"),
    "started_at": ("session_start", "session_start_ts", "start_time", "timestamp"),
    "ended_at": ("session_end", "session_end_ts", "end_time"),
    "converted_at": ("timestamp", "time", "order_date", "created_at", "date"),
    "spend_date": ("date", "day"),
    "rate_date": ("date", "day"),
    "channel": ("source_medium", "channel_group", "channel_grouping", "media_channel"),
    "campaign": ("campaign_name", "utm_campaign"),
    "conversion_type": ("goal", "event_type"),
    "conversion": ("converted", "is_conversion", "is_converted", "is_purchase"),
    "conversion_value": ("revenue", "value", "purchase_revenue", "order_value"),
    "revenue": ("total", "amount", "order_value", "conversion_value", "total_price"),
    "spend": ("cost", "amount_spent", "media_spend"),
    "currency": ("currency_code",),
    "rate": ("exchange_rate",),
    "impressions": ("impr", "views"),
    "path": ("journey", "path_to_conversion"),
    "total_conversions": ("conversions", "conversion", "total_conversion"),
    "total_conversion_value": ("conversion_value", "revenue", "value"),
    "total_null": (
        *("null_conversion", "null_conversions", "nulls", "non_conversions"),
        *("total_non_conversions", "total_null_conversions", "no_conversion"),
    ),
}
# Words that can mean nothing else beside a conversion: read without a question.
_SAME: Mapping[str, tuple[str, ...]] = {
    "conversion_id": ("transaction_id", "order_id", "order_number"),
}
_LEAST_RATIO = 0.8


class _Table(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def required(self) -> Mapping[str, str]: ...
    @property
    def columns(self) -> Mapping[str, str]: ...
    @property
    def keep_other_columns(self) -> bool: ...
    @property
    def set_columns(self) -> Collection[str]: ...


def canonical(name: str) -> str:
    """Give a name without what doesn't tell names apart.

    Example:
        >>> canonical(" Spend Date")
        'spend_date'
    """
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def check_columns(
    columns: Mapping[str, Mapping[str, str | None]],
    tables: Iterable[_Table],
    dataset: str,
) -> None:
    """Hold the var `columns` to the tables of an input shape.

    Args:
        columns: Table to declared column to the name in the file, or null.
        tables: The declarations of the shape.
        dataset: Its name, for sentences.

    Raises:
        UserError: If a table or a column isn't declared, or a required column is null.
    """
    known = {table.key: table for table in tables}
    for key, names in columns.items():
        table = known.get(key)
        if table is None:
            raise UserError(
                f"The setting columns names the table {key!r}; with the dataset "
                f"{dataset!r} it must be one of {', '.join(sorted(known))}."
            )
        allowed = [name for name in table.columns if name not in table.set_columns]
        for name, value in names.items():
            if name not in allowed:
                raise UserError(
                    f"The setting columns names the column {name!r} of {key}; it must "
                    f"be one of {', '.join(allowed)}."
                )
            if value is None and name in table.required:
                raise UserError(
                    f"The setting columns says null for {name} of {key}; it must be "
                    "the name of a column, because the table needs one."
                )


def matched_columns(
    table: _Table,
    place: str,
    header: Sequence[str],
    renamed: Mapping[str, str | None],
) -> dict[str, str]:
    """Find the declared columns of a table.

    Args:
        table: The declaration.
        place: What has the columns, such as `the file visits.csv`.
        header: Its columns.
        renamed: Declared column to the name that it has there, which must be there
            then; null says that the table doesn't have it.

    Returns:
        Declared column to the file's column, for those that are there.

    Raises:
        UserError: If a column is missing, or another one looks like it.
    """
    wanted = {
        name: renamed.get(name) or name
        for name in table.columns
        if not (name in renamed and renamed[name] is None)
    }
    found = _found(wanted, header)
    # Who names a column says that it is there.
    expected = [n for n in wanted if n in table.required or renamed.get(n)]
    free = [column for column in header if column not in found.values()]
    missing = [name for name in expected if name not in found]
    if missing:
        raise UserError(
            f"{place[0].upper() + place[1:]} has no column "
            f"{', '.join(wanted[name] for name in missing)}; it has "
            f"{', '.join(header)[:300]} and must have "
            f"{', '.join(wanted[name] for name in expected)}."
            + _advice(table, missing, free)
        )
    if not table.keep_other_columns:
        for name in wanted:
            near = name not in found and near_column(name, free)
            if near and name not in table.set_columns:
                raise UserError(
                    f"{place[0].upper() + place[1:]} has a column {near!r} and no "
                    f"{name}; if it is that, set columns: "
                    f"{{{table.key}: {{{name}: {_in_yaml(near)}}}}}, and if it is "
                    f"another thing, columns: {{{table.key}: {{{name}: null}}}}."
                )
    return found


def near_column(name: str, columns: Iterable[str]) -> str | None:
    """Find the column that may be meant: a known synonym, or one spelled alike.

    Example:
        >>> near_column("total_null", ["path", "null_conversion"])
        'null_conversion'
        >>> near_column("impressions", ["Impresions", "clicks"])
        'Impresions'
        >>> near_column("cost", ["channel"])
    """
    plain = {canonical(column): column for column in columns}
    for synonym in _SYNONYMS.get(name, ()):
        if synonym in plain:
            return plain[synonym]
    close = get_close_matches(name, list(plain), n=1, cutoff=_LEAST_RATIO)
    return plain[close[0]] if close else None


def _found(wanted: Mapping[str, str], header: Sequence[str]) -> dict[str, str]:
    found = {name: column for name, column in wanted.items() if column in header}
    plain: dict[str, str] = {}
    for column in header:
        if column not in found.values():
            plain.setdefault(canonical(column), column)
    for name, column in wanted.items():
        words = (column, *(_SAME.get(name, ()) if column == name else ()))
        others = [plain[word] for word in map(canonical, words) if word in plain]
        if name not in found and others:
            found[name] = others[0]
    # In the order of the declaration.
    return {name: found[name] for name in wanted if name in found}


def _advice(table: _Table, missing: Sequence[str], free: Sequence[str]) -> str:
    near: dict[str, str] = {}
    for name in missing:
        column = near_column(name, [c for c in free if c not in near.values()])
        if column:
            near[name] = column
    if not near:
        return ""
    names = ", ".join(f"{name}: {_in_yaml(column)}" for name, column in near.items())
    return f" Perhaps the setting columns: {{{table.key}: {{{names}}}}} says it."


def _in_yaml(text: str) -> str:
    if re.fullmatch(r"[A-Za-z_]\w*", text):
        return text
    return json.dumps(text, ensure_ascii=False)
