"""What dbt asks of Python while it works, on any engine.

dbt's own templates can't look into files, so the macros ask here: is this run possible,
and which columns has this file? Every answer is JSON with either a `problem` (one
sentence) or a result.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from touchledger.errors import UserError, printable
from touchledger.fits.store import FitStore
from touchledger.inputs.columns import check_columns
from touchledger.inputs.damage import damaged_files
from touchledger.inputs.files import (
    InputTable,
    ResolvedInput,
    describe_columns,
    resolve_input,
)
from touchledger.inputs.finding import EXTENSIONS, is_folder_of_tables
from touchledger.inputs.listing import list_files
from touchledger.inputs.quotes import check_quotes
from touchledger.inputs.readings import notes_of_run, read_values
from touchledger.inputs.rejections import check_rejections
from touchledger.settings import FITTED_MODELS, Settings

__all__ = [
    "ANSWERS",
    "check_input_rows",
    "check_run",
    "describe_input",
    "find_damage",
    "list_input_files",
    "printable_lines",
]


def _answer(work: Callable[[dict[str, Any]], object]) -> Callable[[str], str]:
    def function(request: str) -> str:
        try:
            return json.dumps({"problem": None, "result": work(json.loads(request))})
        except UserError as error:
            return json.dumps({"problem": str(error), "result": None})

    return function


def check_run(request: dict[str, Any]) -> None:
    """Check the settings and every input file of a run.

    Args:
        request: `settings` (the vars), `unknown` (vars that aren't settings),
            `tables` (the declarations of the dataset's tables), `inputs` (a list of
            requests as `describe_input` takes them) and `engine_reads` (as there).

    Raises:
        UserError: At the first thing that makes the run impossible.
    """
    settings = Settings.from_vars({**request["settings"], **request["unknown"]})
    tables = map(InputTable.from_meta, request["tables"])
    check_columns(settings.columns, tables, settings.dataset)
    if request.get("engine_reads") and settings.shapley_by_day_output == "append":
        raise UserError(
            "The setting shapley_by_day_output is 'append'; on this engine it must be "
            "overwrite."
        )
    store = FitStore(Path(settings.fitted_models_path), settings.refit)
    for model in FITTED_MODELS:
        if model in settings.attribution_models:
            store.check_is_there(model)
    # Two models may read one table.
    by_files = {found.files: found for found in map(_resolved, request["inputs"])}
    for found in by_files.values():
        check_quotes(found)


def describe_input(request: dict[str, Any]) -> dict[str, Any]:
    """Describe the columns of one declared table, and its files.

    Args:
        request: `meta` (the declaration), and either `data_path` or `table` (`place`,
            and `columns`: name to type; or null where the database has none). Besides
            `columns` (the var), `named` (declared column to the name that a setting of
            its own gives, where null says nothing), `features`
            (what the setting `touchpoint_features` asks of this table),
            `in_folder_only` (a path to a single file isn't meant for this table) and
            `engine_reads` (extensions; null for all).

    Returns:
        The fields of `touchledger.inputs.files.ResolvedInput`.

    Raises:
        UserError: If the table can't be read.
    """
    return asdict(_resolved(request))


def list_input_files(request: dict[str, Any]) -> list[dict[str, Any]]:
    """List the files of one declared table.

    Args:
        request: As `describe_input` takes it.

    Returns:
        What `touchledger.inputs.files.list_files` gives; nothing for a table of the
        database.

    Raises:
        UserError: If the table can't be read.
    """
    return list_files(_resolved(request), request.get("data_path") or "")


def find_damage(request: dict[str, Any]) -> list[str]:
    """Say which input files of a run that failed can't be read to their end.

    Args:
        request: `inputs`, as `check_run` takes them.

    Returns:
        A sentence for each.
    """
    sentences: dict[str, None] = {}
    for asked in request["inputs"]:
        try:
            sentences.update(dict.fromkeys(damaged_files(_resolved(asked))))
        except UserError as error:
            sentences[str(error)] = None
    return list(map(printable, sentences))


def printable_lines(request: dict[str, Any]) -> list[str]:
    """Write lines so that they can be printed, whatever names are in them.

    Args:
        request: `lines`.
    """
    return [printable(line) for line in request["lines"]]


def _resolved(request: dict[str, Any]) -> ResolvedInput:
    table = InputTable.from_meta(request["meta"])
    named = request.get("named") or {}
    columns = request.get("columns") or {}
    renamed = {
        **(columns.get(table.key) or {}),
        **{column: name for column, name in named.items() if name},
    }
    features = request.get("features") or ()
    if "table" in request:
        return _of_database(table, request["table"], renamed, features)
    data_path = request["data_path"]
    if request.get("in_folder_only") and not is_folder_of_tables(data_path):
        return ResolvedInput.absent()
    return resolve_input(
        table, data_path, renamed, features, request.get("engine_reads") or EXTENSIONS
    )


def _of_database(
    table: InputTable,
    found: dict[str, Any],
    renamed: dict[str, str | None],
    features: Sequence[str],
) -> ResolvedInput:
    if found["columns"] is not None:
        return describe_columns(
            table, found["place"], found["columns"], renamed, features
        )
    if table.is_optional:
        return ResolvedInput.absent()
    raise UserError(
        f"There is no {found['place']}; the schema that the setting input_schema names "
        f"must have the table {table.name}."
    )


def check_input_rows(request: dict[str, Any]) -> None:
    """Stop a run that loses too much of its input.

    Args:
        request: The arguments of `touchledger.inputs.rejections.check_rejections`.

    Raises:
        UserError: As there.
    """
    check_rejections(**request)


# The name by which a macro asks -> the function that takes and gives JSON.
ANSWERS = {
    f"touchledger_{work.__name__}": _answer(work)
    for work in (
        check_run,
        check_input_rows,
        describe_input,
        find_damage,
        list_input_files,
        printable_lines,
        read_values,
        notes_of_run,
    )
}
