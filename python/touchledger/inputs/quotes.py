"""Quotes in text files that hide where rows end.

A quote that is never closed swallows the lines after it, and DuckDB ends reading at the
first row whose quotes don't match: of all that follows it keeps nothing. So such a file
stops the run before it starts, as a gzip file that is cut short does.
"""

import glob
from pathlib import Path

import duckdb

from touchledger.errors import UserError
from touchledger.inputs.files import ResolvedInput
from touchledger.inputs.listing import text_of

__all__ = ["check_quotes"]

# The options of the macro scan_files; here, to see what the reader stumbles over.
_SCAN = """
    select count(columns(*))
    from read_csv($files, columns = $columns, {options}, store_rejects = true)
"""
_BROKEN = """
    select scans.file_path, min(errors.line)
    from reject_errors as errors
    inner join reject_scans as scans using (scan_id, file_id)
    where errors.error_type = 'UNQUOTED VALUE'
    group by scans.file_path
    order by scans.file_path
    limit 1
"""


def check_quotes(found: ResolvedInput) -> None:
    """Read text files once, if they hold quotes, to see that each one is closed.

    Raises:
        UserError: If the reader can't tell rows apart.
    """
    if found.extension not in (".csv", ".tsv"):
        return
    options = found.text_options
    files = []
    for file in found.files:
        text = text_of(Path(file), found)
        # Line ends of two kinds confuse the reader too.
        if text.has_quotes or text.has_carriage_returns:
            files.append(file)
    if not files:
        return
    with duckdb.connect() as connection:
        try:
            connection.execute(
                _SCAN.format(
                    options=", ".join(f"{name} = ${name}" for name in options)
                ),
                {
                    "files": [glob.escape(file) for file in files],
                    "columns": dict.fromkeys(found.header, "VARCHAR"),
                    **options,
                },
            ).fetchall()
        except duckdb.Error as error:
            reason = str(error).split("\n")[0]
            raise UserError(
                f"The files {', '.join(files)} can't be split into rows: {reason}"
            ) from None
        broken = connection.execute(_BROKEN).fetchone()
    if broken:
        raise UserError(
            f"The file {broken[0]} has in line {broken[1]} a quote that isn't closed, "
            "or text after a closing quote; every quote within a quoted value must be "
            "written twice."
        )
