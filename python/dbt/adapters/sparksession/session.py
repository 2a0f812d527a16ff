"""The Spark session of this process: found, or begun as the profile says."""

import logging
import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from dbt_common.exceptions import DbtRuntimeError
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from touchledger.one_thread import use_one_thread

__all__ = ["session", "told"]

REMOTE = "spark.remote"
MASTER = "spark.master"
# Settings without which the project's SQL means something else.
_OF_SQL = {
    "spark.sql.ansi.enabled",
    "spark.sql.execution.arrow.pyspark.enabled",
    "spark.sql.legacy.createHiveTableByDefault",
    "spark.sql.session.timeZone",
    "spark.sql.timestampType",
}
# The port of a Spark Connect server that states none.
_CONNECT_PORT = 15002
_WAIT_SECONDS = 10


def session(settings: Mapping[str, str]) -> SparkSession:
    """Give the session, and begin it at the first call.

    Where this process has one already, as under `spark-submit`, it is that one.

    Args:
        settings: Spark's settings by name, as the profile's `server_side_parameters`
            have them. With `spark.remote` it is a session of Spark Connect.

    Raises:
        DbtRuntimeError: If there is no Java, or the server can't be reached.
    """
    return _session(tuple(settings.items()))


@cache
def _session(settings: tuple[tuple[str, str], ...]) -> SparkSession:
    # Linear algebra on several threads rounds differently.
    use_one_thread()
    # dbt says what went wrong; Spark says it once more, as JSON.
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    given = dict(settings)
    _check_reachable(given)
    if given.get(MASTER, "").startswith("local"):
        # Workers are on this machine, and do in Python what this process would.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if _has_begun():
        # Who began it has said where it runs; the SQL needs these alone.
        spark = SparkSession.builder.getOrCreate()
        for name in _OF_SQL & given.keys():
            spark.conf.set(name, given[name])
        return spark
    builder = SparkSession.builder
    for name, value in given.items():
        # A process that connects to a server has no master of its own.
        if REMOTE not in given or name != MASTER:
            builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, Py4JError, OSError) as error:
        raise DbtRuntimeError(f"Spark can't begin a session: {_said(error)}") from None


@contextmanager
def told() -> Iterator[None]:
    """Let dbt say what Spark says, without a traceback.

    Raises:
        DbtRuntimeError: In place of an error of Spark.
    """
    try:
        yield
    except PySparkException as error:
        raise DbtRuntimeError(str(error)) from error
    except Py4JError as error:
        raise DbtRuntimeError(_said(error)) from None


def _check_reachable(settings: Mapping[str, str]) -> None:
    """Find what Spark itself only finds after minutes, or tells in a page."""
    if REMOTE in settings:
        _check_server(REMOTE, settings[REMOTE], _CONNECT_PORT)
        return
    if _has_begun():
        return
    java_home = os.environ.get("JAVA_HOME")
    java = Path(java_home, "bin/java") if java_home else None
    if not shutil.which(str(java) if java else "java"):
        raise DbtRuntimeError(
            f"There is no Java at {java or 'java on the path'}; Spark needs Java 17 or "
            "later, on the path or in the folder that JAVA_HOME names."
        )
    for server in settings.get(MASTER, "").split(","):
        _check_server(MASTER, server, 7077)


def _check_server(name: str, server: str, port: int) -> None:
    place = urlsplit(server)
    # `local[2]`, `yarn` and `k8s://` name no server that Python could ask.
    if place.scheme not in ("sc", "spark"):
        return
    try:
        address = (place.hostname or "", place.port or port)
        socket.create_connection(address, _WAIT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise DbtRuntimeError(
            f"Spark can't be reached at {server} ({error}); {name} must name a server "
            "that runs."
        ) from None


def _has_begun() -> bool:
    """Tell whether there is a session, or `spark-submit` has begun what one needs."""
    is_submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    return is_submitted or SparkSession.getActiveSession() is not None


def _said(error: BaseException) -> str:
    """Take what went wrong from the page that Java prints of it."""
    first, *others = str(error).strip().splitlines() or [type(error).__name__]
    # "An error occurred while calling …", then the error itself.
    return others[0].lstrip(": ") if others and others[0].startswith(":") else first
