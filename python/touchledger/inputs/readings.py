"""How each text column of a table is read, remembered for the run.

dbt asks once before anything is built, and again for each model that reads the table.
The first answer says which forms to count; the counts make the choice, which holds for
the rest of the run and is told in its summary.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from touchledger.inputs.numbers import (
    NO_NUMBERS,
    NUMBER_FORMS,
    choose_number_reading,
)
from touchledger.inputs.times import TIME_FORMS, FormCount, choose_time_reading

__all__ = ["notes_of_run", "read_values"]

# Run -> what was asked, as JSON -> how each column is read. One run is remembered.
_CHOSEN: dict[str, dict[str, dict[str, Any]]] = {}


def read_values(request: dict[str, Any]) -> dict[str, Any]:
    """Say how text columns are read, or which forms must be counted for that.

    Args:
        request: `run` (an id of the run), `source` (what is scanned), `table`,
            `columns` (each with `name`, `column` as the file calls it, and `kind`),
            the settings `timestamp_format`, `number_format` and `input_time_zone`, and
            `counts`: null at first, then a list of groups, each with `rows` and, by
            column name, `form` (with what it names behind a colon) and `example`.

    Returns:
        `readings` by column name, null where forms must be counted first; and the
        patterns of forms, `time_forms`, `number_forms`, and `no_numbers`.

    Raises:
        UserError: If a column can be read in two ways.
    """
    counts = request.pop("counts", None)
    key = json.dumps(request, sort_keys=True)
    if request["run"] not in _CHOSEN:
        _CHOSEN.clear()
    chosen = _CHOSEN.setdefault(request["run"], {})
    if counts is not None:
        chosen[key] = {
            column["name"]: asdict(_reading(request, column, counts))
            for column in request["columns"]
        }
    return {
        "readings": chosen.get(key),
        "time_forms": TIME_FORMS,
        "number_forms": NUMBER_FORMS,
        "no_numbers": NO_NUMBERS,
    }


def notes_of_run(request: dict[str, Any]) -> list[str]:
    """Give what was decided over whole columns in a run, in words.

    Args:
        request: `run`, as `read_values` takes it.
    """
    tables = _CHOSEN.get(request["run"], {}).values()
    notes = [reading["note"] for table in tables for reading in table.values()]
    return sorted({note for note in notes if note})


def _reading(
    request: Mapping[str, Any], column: Mapping[str, str], groups: list[dict[str, Any]]
) -> Any:
    place = f"The column {column['column']} of the table {request['table']}"
    counts = _counts(column["name"], groups)
    if column["kind"] in ("number", "count"):
        return choose_number_reading(
            place,
            counts,
            _stated(request["number_format"], column),
            is_count=column["kind"] == "count",
        )
    return choose_time_reading(
        place,
        counts,
        _stated(request["timestamp_format"], column),
        request["input_time_zone"],
    )


def _counts(name: str, groups: list[dict[str, Any]]) -> dict[str, FormCount]:
    counts: dict[str, FormCount] = {}
    for group in groups:
        if group["form"][name] is None:
            continue
        form, _, detail = group["form"][name].partition(":")
        found = counts.get(form, FormCount(0, group["example"][name]))
        counts[form] = FormCount(
            found.rows + group["rows"],
            min(found.example, group["example"][name]),
            tuple(sorted({*found.details, *([detail] if detail else [])})),
        )
    return counts


def _stated(setting: Any, column: Mapping[str, str]) -> str | None:
    if isinstance(setting, Mapping):
        stated = setting.get(column["name"], setting.get(column["column"]))
        return None if stated is None else str(stated)
    return None if setting is None else str(setting)
