"""What the package says while it works.

It speaks through Python's own logging; who runs it decides where that goes. Under dbt
it goes to dbt's log (`duckdb_plugin`).
"""

import logging

__all__ = ["LOGGER"]

LOGGER = logging.getLogger("touchledger")
