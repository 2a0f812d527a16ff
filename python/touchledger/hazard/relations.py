"""What the additive hazard looks at, in the engine: never all of it in memory.

It learns from a sample of users, with all of theirs. What touchpoints caused, and whom
they credit, is then told of all converting users, some of them after the others.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchledger.by_key import Packed, on_workers
from touchledger.features.tables import parts_of
from touchledger.frames import is_of_spark, queried, rows_between, to_arrow
from touchledger.hazard.serialization import HazardTables

__all__ = ["HazardRelations"]

_USERS_AT_ONCE = 50_000
_TOUCHPOINTS = ("user_key", "channel_key", "campaign_key", "occurred_at")
_CONVERSIONS = ("conversion_key", "user_key", "revenue", "converted_at")
_USERS = ("user_key", "attributes")
_LEDGER = (
    *("user_key", "journey_key", "position", "touch_count", "conversion_key"),
    *("channel_key", "campaign_key", "occurred_at"),
)
_PERIOD = pa.schema(
    {"first_moment": pa.timestamp("us"), "last_moment": pa.timestamp("us")}
)

# What is done on some users and, where it is asked for, their rows of the ledger.
_Work = Callable[[HazardTables, pa.Table | None], Iterable[pa.Table]]


@dataclass(frozen=True, eq=False)
class HazardRelations:
    """Relations of the engine.

    Attributes:
        touchpoints: `int_hazard_touchpoints`.
        conversions: `int_hazard_conversions`.
        users: `int_hazard_users`.
        names: `int_campaigns`.
        ledger: `int_hazard_ledger`.
        arrival_minutes: A touchpoint so shortly before a conversion is no cause of it.
    """

    touchpoints: Any
    conversions: Any
    users: Any
    names: Any
    ledger: Any
    arrival_minutes: float

    def sample(self) -> HazardTables:
        """Fetch the users to learn from, with all of theirs."""

        def fetched(relation: Any, columns: Iterable[str]) -> pa.Table:
            return to_arrow(relation.filter("is_sampled").select(*columns))

        return self._tables(
            touchpoints=fetched(self.touchpoints, _TOUCHPOINTS),
            conversions=fetched(self.conversions, _CONVERSIONS),
            users=fetched(self.users, _USERS),
        )

    def sampled_ledger(self) -> pa.Table:
        """Fetch the rows of the ledger that are of users to learn from."""
        return to_arrow(self.ledger.filter("is_sampled").select(*_LEDGER))

    def over_converting(
        self, work: _Work, schema: pa.Schema, has_ledger: bool = False
    ) -> Any:
        """Do a work on all users that convert.

        Args:
            work: Gives rows for some users; those of a user depend on nothing else.
            schema: The schema of its rows.
            has_ledger: Whether the work needs the ledger.

        Returns:
            The rows: an Arrow table, or a Spark DataFrame where the relations are.
        """
        users = self.users.filter("is_converting").select(*_USERS)
        beside = {
            "touchpoints": self.touchpoints.filter("is_converting").select(
                *_TOUCHPOINTS
            ),
            "conversions": self.conversions.select(*_CONVERSIONS),
        }
        if has_ledger:
            beside["ledger"] = self.ledger.select(*_LEDGER)
        # Workers get no relations.
        known = self._tables(touchpoints=None, conversions=None, users=None)

        def of_packed(packed: Packed) -> Iterable[pa.Table]:
            return work(
                known.of_users(
                    packed.beside["touchpoints"],
                    packed.beside["conversions"],
                    packed.rows,
                ),
                packed.beside.get("ledger"),
            )

        if is_of_spark(users):
            return on_workers(users, "user_key", beside, of_packed, schema)
        keys = np.sort(to_arrow(users.select("user_key"))["user_key"].to_numpy())
        parts = [schema.empty_table()]
        for part in parts_of(keys, _USERS_AT_ONCE):
            first, last = keys[part][0], keys[part][-1]
            found = {
                name: rows_between(relation, "user_key", first, last)
                for name, relation in {"users": users, **beside}.items()
            }
            parts += of_packed(Packed(found.pop("users"), found))
        return pa.concat_tables(parts)

    @cached_property
    def _of_all(self) -> dict[str, pa.Table]:
        """Count touchpoints of each campaign, and see from when to when there are any.

        They are counted and looked through once.
        """
        touched = queried(
            self.touchpoints,
            "select campaign_key, count(*) as touchpoints, "
            "min(occurred_at) as first_moment, max(occurred_at) as last_moment "
            "from {rows} group by campaign_key",
        )
        converted = queried(
            self.conversions,
            "select min(converted_at) as first_moment, "
            "max(converted_at) as last_moment from {rows}",
        )
        names = to_arrow(self.names.select("channel_key", "channel", "campaign_key"))
        # Campaigns that were only paid for have no touchpoints.
        place = pc.index_in(names["campaign_key"], touched["campaign_key"])
        count = pc.fill_null(touched["touchpoints"].take(place), 0)

        def moments(name: str) -> pa.ChunkedArray:
            chunks = [*touched[name].chunks, *converted[name].chunks]
            return pa.chunked_array(chunks, touched[name].type)

        return {
            "campaigns": names.append_column("touchpoints", count),
            "period": pa.table(
                {
                    "first_moment": [pc.min(moments("first_moment")).as_py()],
                    "last_moment": [pc.max(moments("last_moment")).as_py()],
                },
                schema=_PERIOD,
            ),
        }

    def _tables(self, **of_users: Any) -> HazardTables:
        return HazardTables(
            **of_users,
            **self._of_all,
            arrival_minutes=self.arrival_minutes,
        )
