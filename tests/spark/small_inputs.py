"""A small input of each shape but the demo's, as SQL that DuckDB writes to Parquet.

Names hold what engines read differently: quotes, backslashes, the path's own mark. No
row has an id of its own where the shape can do without.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["INPUTS", "SmallInput"]


@dataclass(frozen=True)
class SmallInput:
    """The tables of an input, and the settings that read it."""

    tables: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict)


def drawn(text: str, below: int) -> str:
    """Draw a number for each row, the same in every run."""
    return f"cast(md5_number_lower({text}) % {below} as bigint)"


CHANNELS = r"['search', 'e-mail', 'Direct', 'O''Neil', 'a > b', 'b\c', 'ÄRGER']"
TOUCHES = f"""
    select
        'u' || user_number as user_id,
        timestamp '2024-01-01' + interval 1 minute
        * ({drawn("'t' || user_number || ' ' || place", 40_000)}) as occurred_at,
        ({CHANNELS})[1 + {drawn("'c' || user_number || ' ' || place", 7)}] as channel,
        case when place % 3 = 0 then 'spring' end as campaign,
        {drawn("'y' || user_number || ' ' || place", 12)} = 0 as converts,
        round({drawn("'p' || user_number || ' ' || place", 9_999)} / 100, 2) as amount
    from (select unnest(range(400)) as user_number)
    cross join (select unnest(range(6)) as place)
    where place <= {drawn("'n' || user_number", 7)}
"""

INPUTS: Mapping[str, SmallInput] = {
    "events": SmallInput(
        {
            "touchpoints": f"select * exclude (converts, amount) from ({TOUCHES})",
            "conversions": f"""
                select
                    'c' || row_number() over (order by user_id, occurred_at, channel)
                        as conversion_id,
                    user_id,
                    occurred_at + interval 1 hour as converted_at,
                    amount as revenue
                from ({TOUCHES}) where converts
            """,
        }
    ),
    "stream": SmallInput(
        {
            "stream": f"""
                select
                    user_id, occurred_at, channel, campaign,
                    cast(converts as integer) as conversion,
                    case when converts then amount end as conversion_value,
                    amount / 100 as cost
                from ({TOUCHES})
            """
        }
    ),
    "criteo": SmallInput(
        {
            "criteo_attribution_dataset": f"""
                select
                    cast(epoch(occurred_at) as bigint) - 1704067200 as timestamp,
                    user_id as uid, channel as campaign,
                    cast(converts as integer) as conversion,
                    case when converts
                        then cast(epoch(occurred_at) as bigint) - 1704063600 else -1
                    end as conversion_timestamp,
                    case when converts then 'c' || user_id || epoch(occurred_at)
                        else '-1' end as conversion_id,
                    1 as click, amount / 100 as cost
                from ({TOUCHES})
            """
        }
    ),
    "sessions": SmallInput(
        {
            "sessions": f"""
                select
                    user_id, occurred_at as started_at,
                    occurred_at + interval 7 minute as ended_at,
                    lower(channel) as utm_source, campaign as utm_campaign,
                    'https://www.google.com/' as referrer,
                    case when converts then 'true' else 'false' end as conversion
                from ({TOUCHES})
            """
        }
    ),
    "paths": SmallInput(
        {
            "paths": f"""
                select
                    path,
                    count_if(converts) as total_conversions,
                    sum(case when converts then amount else 0 end)
                        as total_conversion_value,
                    count_if(not converts) as total_null
                from (
                    select
                        string_agg(
                            replace(replace(channel, '\\', '\\\\'), '>', '\\>'), ' > '
                            order by occurred_at, channel
                        ) as path,
                        bool_or(converts) as converts,
                        sum(amount) as amount
                    from ({TOUCHES}) group by user_id
                )
                group by path
            """
        }
    ),
}
