"""What each macro of macros/dialect/ gives, by hand: an expression and its text."""

import hashlib

__all__ = ["BUILT_WITH", "CASES", "sql_of_cases"]

# Macros that need files, whole rows or a relation: the builds run them.
BUILT_WITH = {"scan_files", "row_as_struct", "all_but"}


def _number(text: str) -> int:
    """Give the last eight bytes of the md5, the lowest first."""
    return int.from_bytes(hashlib.md5(text.encode()).digest()[8:], "little")


def _formats(strptime: str, java: str) -> dict[str, str]:
    return {"format": strptime, "java_format": java}


_LIST = "split_path(\"'b > a > c'\")"
_UNION = "(select 2 as place, 'x' as item union all select 1, 'y') as t"

# Macro -> Jinja that calls it -> what it gives, as a text.
CASES: dict[str, dict[str, str]] = {
    "distinct_items": {
        f"{{{{ list_length(distinct_items(lists_joined({_LIST}, {_LIST}))) }}}}": "3",
    },
    "each_item": {
        f"(select max(i) from (select {{{{ each_item({_LIST}) }}}} as i) as t)": "c"
    },
    "each_number": {
        "(select sum(n) from (select {{ each_number('3') }} as n) as t)": "6",
        "(select count(*) from (select {{ each_number('0') }} as n) as t)": "0",
    },
    "epoch_microseconds": {
        "{{ epoch_microseconds(\"timestamp '1970-01-02 00:00:00.5'\") }}": "86400500000"
    },
    "epoch_seconds": {
        "{{ epoch_seconds(\"'1.5'\") }}": "1970-01-01 00:00:01.5",
        "{{ epoch_seconds(\"'1420070400.123457'\") }}": "2015-01-01 00:00:00.123457",
        "{{ epoch_seconds(\"'x'\") }}": "(null)",
        "{{ epoch_seconds(\"'-9223372036854'\") }}": "(null)",
    },
    "exact_sum": {
        "(select cast(round({{ exact_sum('x') }} * 1e15) as bigint) from "
        "(select 0.1e0 as x union all select 0.2e0) as t)": "300000000000000",
        # Rounded as the product with 1e15 is: up.
        "(select cast(round({{ exact_sum('x') }} * 1e15) as bigint) from "
        "(select 0.5088737460778905e0 as x) as t)": "508873746077891",
    },
    "from_epoch_microseconds": {
        "{{ from_epoch_microseconds('1500000') }}": "1970-01-01 00:00:01.5"
    },
    "hash_as_text": {
        "{{ hash_as_text(hash_of([\"'a'\"])) }}": f"{_number('a'):x}",
    },
    "hash_bucket": {"{{ hash_bucket(\"'u1'\", 1000) }}": str(_number("u1") % 1000)},
    "hash_of": {
        "{{ hash_of([\"'a'\", 'null', '3']) }}": str(_number("a\x1f\x1e\x1f3")),
    },
    "is_finite": {
        "{{ is_finite(\"cast('inf' as double)\") }}": "false",
        "{{ is_finite(\"cast('nan' as double)\") }}": "false",
        "{{ is_finite('1e308') }}": "true",
    },
    "is_time_with_zone": {
        "{{ is_time_with_zone(\"timestamp '2024-01-01 10:00:00'\") }}": "false",
    },
    "items_at": {
        f"(select {{{{ joined_text(items_at({_LIST}, 'places'), '') }}}} from "
        "(select {{ ordered_list('n', 'p') }} as places from "
        "(select 3 as n, 1 as p union all select 1, 2) as t) as u)": "cb",
    },
    "joined_text": {f"{{{{ joined_text({_LIST}, '-') }}}}": "b-a-c"},
    "key_of": {"{{ key_of(\"'u1'\") }}": str(_number("u1") >> 2)},
    "list_item": {
        f"{{{{ list_item({_LIST}, 2) }}}}": "a",
        f"{{{{ list_item({_LIST}, 4) }}}}": "(null)",
    },
    "list_length": {f"{{{{ list_length({_LIST}) }}}}": "3"},
    "list_part": {
        f"{{{{ joined_text(list_part({_LIST}, 2, 3), '') }}}}": "ac",
        f"{{{{ list_length(list_part({_LIST}, 3, 2)) }}}}": "0",
    },
    "lists_joined": {
        f"{{{{ joined_text(lists_joined({_LIST}, {_LIST}), '') }}}}": "bacbac",
    },
    "matches": {
        "{{ matches(\"'abc'\", \"'b'\") }}": "false",
        "{{ matches(\"'abc'\", \"'a.c'\") }}": "true",
    },
    "ordered_list": {
        "(select {{ list_item(ordered_list('place * 5', 'place'), 1) }} from "
        f"{_UNION})": "5"
    },
    "ordered_texts": {
        "(select {{ joined_text(ordered_texts('item', 'place'), '') }} from "
        f"{_UNION})": "yx"
    },
    "parse_time": {
        f"{{{{ parse_time(\"'{text}'\", {_formats(*formats)}) }}}}": time
        for text, formats, time in (
            (
                *("03/10/2024 9:30", ("%d/%m/%Y %H:%M", "d/M/yyyy H:mm")),
                "2024-10-03 09:30:00",
            ),
            ("10/3/24", ("%m/%d/%y", "M/d/yy"), "2024-10-03 00:00:00"),
            (
                "1 Mar 2024 09:30 -0500",
                ("%d %b %Y %H:%M %z", "d MMM yyyy H:mm xx"),
                "2024-03-01 14:30:00",
            ),
            ("2024-10-03", ("%d/%m/%Y", "d/M/yyyy"), "(null)"),
        )
    },
    "split_path": {
        "{{ joined_text(split_path(\"'a ' || chr(92) || '> b > c'\"), '|') }}": (
            "a > b|c"
        ),
        "{{ joined_text(split_path(\"chr(92) || chr(92) || ' > c'\"), '|') }}": "\\|c",
    },
    "struct_of": {
        "(select s.n from (select {{ struct_of({'n': '3'}) }} as s) as t)": "3",
    },
    "text_as_time": {
        "{{ text_as_time(\"'2024-1-2 9:30'\") }}": "2024-01-02 09:30:00",
        "{{ text_as_time(\"'2024-02-30'\") }}": "(null)",
    },
    "text_hash": {"{{ text_hash(\"'ü'\") }}": str(_number("ü"))},
    "time_in_zone": {
        f"{{{{ time_in_zone(\"timestamp '{time}'\", 'America/New_York') }}}}": shown
        for time, shown in {
            "2024-03-10 06:59:59": "2024-03-10 01:59:59",
            "2024-03-10 07:00:00": "2024-03-10 03:00:00",
            "2024-11-03 06:30:00": "2024-11-03 01:30:00",
        }.items()
    },
    "time_of_zone": {
        f"{{{{ time_of_zone(\"timestamp '{shown}'\", 'America/New_York') }}}}": time
        for shown, time in {
            "2024-03-10 01:30:00": "2024-03-10 06:30:00",
            # An hour that no clock shows, and one that it shows twice.
            "2024-03-10 02:30:00": "2024-03-10 07:30:00",
            "2024-11-03 01:30:00": "2024-11-03 05:30:00",
            "2024-11-03 02:30:00": "2024-11-03 07:30:00",
        }.items()
    },
    "trimmed": {
        "{{ trimmed(\"' a b  '\") }}": "a b",
        # A space that doesn't break lines, as web pages write it.
        "{{ trimmed(\"chr(160) || 'a' || chr(160)\") }}": "a",
    },
    "utc_timestamp": {
        "{{ utc_timestamp(\"'2024-01-01T10:00:00.5'\") }}": "2024-01-01 10:00:00.5",
        "{{ utc_timestamp(\"'2024-01-01'\") }}": "2024-01-01 00:00:00",
        **{
            f"{{{{ utc_timestamp(\"'{text}'\") }}}}": "(null)"
            for text in (
                *("2024", "12:30", "2024-02-30", "01/02/2024", "1704067200"),
                # What the input says of zones is read before.
                *("2024-01-01 10:00:00+02:00", "2024-01-01 10:00:00 EST"),
                "294247-01-10 04:00:54.775806",
            )
        },
    },
    "whole_quotient": {"{{ whole_quotient('7', '2') }}": "3"},
}


def sql_of_cases() -> str:
    """Give the query that has a row for each case: its number, and what it gives."""
    expressions = [case for cases in CASES.values() for case in cases]
    rows = [
        f"select {i} as number, coalesce(cast({case} as string), '(null)') as value"
        for i, case in enumerate(expressions)
    ]
    return " union all ".join(rows)
