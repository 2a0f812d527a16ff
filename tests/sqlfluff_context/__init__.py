"""What templates may call while sqlfluff reads them, in place of dbt.

sqlfluff renders models with the project's own macros, dbt's `ref`, `config` and
`return` built in. The rest of dbt that they call is here, which makes linting several
times as fast as with dbt behind it. `.sqlfluff` names this folder.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from jinja2 import pass_context
from jinja2.runtime import Context

_PROJECT = Path(__file__).resolve().parents[2] / "dbt_project.yml"

# Defaults that leave a branch out would leave it unread. These let it in.
_VARS = {
    **yaml.safe_load(_PROJECT.read_text())["vars"],
    "channels_to_include": ["email"],
    "channels_to_exclude": ["email"],
    "conversion_types": ["purchase"],
    "count_refunded_conversions": False,
    "path_transforms": ["frequency"],
    "markov_includes_nulls": False,
    "split_by": "time",
    "session_channel_column": "channel",
    "session_own_hosts": ["example.com"],
}


def var(name: str, default: Any = None) -> Any:
    """Give a var its value in dbt_project.yml, or one that reads more of the SQL."""
    return _VARS.get(name, default)


@pass_context
def _dispatch(context: Context, name: str) -> Any:
    for engine in ("duckdb", "default"):
        if macro := context.get(f"{engine}__{name}"):
            return macro
    raise LookupError(f"no macro duckdb__{name} or default__{name}")


def _datediff(first: str, second: str, part: str) -> str:
    return f"date_diff('{part}', {first}, {second})"


adapter = SimpleNamespace(dispatch=_dispatch, quote='"{}"'.format)
dbt = SimpleNamespace(datediff=_datediff)
# As while dbt parses: nothing is looked up in files or in the database.
execute = False
