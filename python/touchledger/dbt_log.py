"""What the package says goes to dbt's log."""

import logging

from dbt.events.types import JinjaLogInfo, JinjaLogWarning
from dbt_common.events.contextvars import get_node_info
from dbt_common.events.functions import fire_event, warn_or_error

from touchledger.errors import printable
from touchledger.log import LOGGER

__all__ = ["say_in_dbt_log"]


def say_in_dbt_log() -> None:
    """Let dbt print what the package logs, from now on."""
    if not LOGGER.handlers:
        LOGGER.addHandler(_DbtLog())
        LOGGER.setLevel(logging.INFO)
        LOGGER.propagate = False


class _DbtLog(logging.Handler):
    """Passes on to dbt's log what the package says."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it as a template of dbt would."""
        message = printable(record.getMessage())
        if record.levelno >= logging.WARNING:
            warn_or_error(JinjaLogWarning(msg=message))
        else:
            fire_event(JinjaLogInfo(msg=message, node_info=get_node_info()))
