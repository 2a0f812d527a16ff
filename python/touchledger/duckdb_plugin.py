"""What dbt asks of Python while it works on DuckDB, as SQL functions.

dbt-duckdb loads this module by the profile's `plugins:` entry, and the macros ask by
the functions of `touchledger.asked`. What is wrong may also show in a Python model
only; that ends in one sentence too. What the package says goes to dbt's log.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import duckdb
import pyarrow as pa
from dbt.adapters.duckdb.environments import Environment
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from touchledger.asked import ANSWERS
from touchledger.dbt_log import say_in_dbt_log
from touchledger.errors import UserError
from touchledger.one_thread import use_one_thread

__all__ = ["Plugin"]


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


class Plugin(BasePlugin):
    """Registers the SQL functions on the connection that dbt opens."""

    def initialize(self, _: dict[str, Any]) -> None:
        """Prepare the process for Python models.

        Their linear algebra gives the same digits on any machine, what they say reaches
        dbt's log, and the error of a user ends without a traceback.
        """
        use_one_thread()
        say_in_dbt_log()
        run = vars(Environment)["run_python_job"].__func__
        if not hasattr(run, "__wrapped__"):
            Environment.run_python_job = classmethod(  # type: ignore[assignment, method-assign]
                _ended_well(run)
            )

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register the functions as `touchledger_…`."""
        for name, answer in ANSWERS.items():
            conn.create_function(
                name, answer, ["VARCHAR"], "VARCHAR", side_effects=True
            )
