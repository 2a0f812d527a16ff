"""What dbt asks of Python while it works on DuckDB, as SQL functions.

dbt-duckdb loads this module by the profile's `plugins:` entry. dbt's own templates
can't look into files, so the macros ask here: is this run possible, and which columns
has this file? Every answer is JSON with either a `problem` (one sentence) or a result.
What is wrong may also show in a Python model only; that ends in one sentence too. What
the package says on the way goes to dbt's log.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from dbt.adapters.duckdb.environments import Environment
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.events.types import JinjaLogInfo, JinjaLogWarning
from dbt_common.events.contextvars import get_node_info
from dbt_common.events.functions import fire_event, warn_or_error
from dbt_common.exceptions import DbtRuntimeError

from touchledger.errors import UserError
from touchledger.feature_columns import feature_columns
from touchledger.fitted.store import FitStore
from touchledger.inputs import InputTable, ResolvedInput, check_whole, resolve_input
from touchledger.log import LOGGER
from touchledger.one_thread import use_one_thread
from touchledger.quotes import check_quotes
from touchledger.settings import FITTED_MODELS, Settings

__all__ = ["Plugin", "check_run", "describe_input", "find_features"]


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
        request: `settings` (the vars), `unknown` (vars that aren't settings) and
            `inputs` (a list of requests as `describe_input` takes them).

    Raises:
        UserError: At the first thing that makes the run impossible.
    """
    settings = Settings.from_vars({**request["settings"], **request["unknown"]})
    store = FitStore(Path(settings.fitted_models_path), settings.refit)
    for model in FITTED_MODELS:
        if model in settings.attribution_models:
            store.check_is_there(model)
    # Two models may read one table.
    by_files = {found.files: found for found in map(_resolved, request["inputs"])}
    for found in by_files.values():
        for file in found.files:
            check_whole(file)
        check_quotes(found)


def describe_input(request: dict[str, Any]) -> dict[str, Any]:
    """Describe the files of one declared table.

    Args:
        request: `meta` (the declaration), `data_path`, and optionally `renamed`,
            `named` (more of the same, where null says nothing), `features` (what the
            setting `touchpoint_features` asks of this table) and `in_folder_only` (a
            path to a single file isn't meant for this table).

    Returns:
        The fields of `touchledger.inputs.ResolvedInput`.

    Raises:
        UserError: If the table can't be read.
    """
    return asdict(_resolved(request))


def find_features(request: dict[str, Any]) -> tuple[str, ...]:
    """Find the columns that `touchpoint_features` names where no file is read.

    Args:
        request: What `touchledger.feature_columns.feature_columns` takes, by name.

    Returns:
        The columns.

    Raises:
        UserError: If one isn't there, or is known already.
    """
    return feature_columns(**request)


def _resolved(request: dict[str, Any]) -> ResolvedInput:
    if request.get("in_folder_only") and not Path(request["data_path"]).is_dir():
        return ResolvedInput.absent()
    named = request.get("named") or {}
    return resolve_input(
        InputTable.from_meta(request["meta"]),
        request["data_path"],
        {
            **(request.get("renamed") or {}),
            **{column: name for column, name in named.items() if name},
        },
        request.get("features") or (),
    )


def _ended_well(run: Callable[..., None]) -> Callable[..., None]:
    """Let a model end in the sentence of its UserError, and give its memory back.

    dbt-duckdb would print the traceback of whatever a Python model raises. Arrow keeps
    what is free for later: at 16 million touchpoints half a gigabyte and more.
    """

    @wraps(run)
    def told(*args: Any, **kwargs: Any) -> None:
        try:
            run(*args, **kwargs)
        except DbtRuntimeError as failure:
            if isinstance(failure.__context__, UserError):
                raise DbtRuntimeError(str(failure.__context__)) from None
            raise
        finally:
            pa.default_memory_pool().release_unused()

    return told


class _DbtLog(logging.Handler):
    """Passes on to dbt's log what the package says."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it as a template of dbt would."""
        if record.levelno >= logging.WARNING:
            warn_or_error(JinjaLogWarning(msg=record.getMessage()))
        else:
            fire_event(JinjaLogInfo(msg=record.getMessage(), node_info=get_node_info()))


class Plugin(BasePlugin):
    """Registers the SQL functions on the connection that dbt opens."""

    def initialize(self, _: dict[str, Any]) -> None:
        """Prepare the process for Python models.

        Their linear algebra gives the same digits on any machine, what they say reaches
        dbt's log, and the error of a user ends without a traceback.
        """
        use_one_thread()
        if not LOGGER.handlers:
            LOGGER.addHandler(_DbtLog())
            LOGGER.setLevel(logging.INFO)
            LOGGER.propagate = False
        run = vars(Environment)["run_python_job"].__func__
        if not hasattr(run, "__wrapped__"):
            Environment.run_python_job = classmethod(  # type: ignore[assignment, method-assign]
                _ended_well(run)
            )

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register the functions as `touchledger_…`."""
        for work in (check_run, describe_input, find_features):
            conn.create_function(
                f"touchledger_{work.__name__}",
                _answer(work),
                ["VARCHAR"],
                "VARCHAR",
                side_effects=True,
            )
