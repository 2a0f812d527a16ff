"""The input files of a run: checked and described before dbt reads them.

Each staging model declares its file in YAML (`config.meta.input`): the table's name,
the required columns and the optional ones, each with a kind. This module looks at the
header and at the end of a gzip stream (DuckDB reads a truncated one silently), and says
which of the columns stands for which declared one.
"""

import csv
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from touchledger.errors import UserError
from touchledger.inputs.columns import matched_columns
from touchledger.inputs.contents import text_contents_of
from touchledger.inputs.feature_columns import feature_columns
from touchledger.inputs.finding import (
    EXTENSIONS,
    extension_of,
    find_files,
    format_of,
)
from touchledger.inputs.layouts import TextLayout, encoding_of_bytes, read_layout

__all__ = [
    "InputTable",
    "ResolvedInput",
    "describe_columns",
    "resolve_input",
]

# Bytes; a longer line is no row.
_LONGEST_LINE = 1 << 24
_USUAL_LINE = 1 << 21
# Staging adds these beside the columns that it keeps as they are.
_TAKEN_NAMES = (
    *("row_hash", "occurrence", "rejection_reason", "row_key", "rejected_value"),
)
# How the names of number types begin, in Arrow, in DuckDB and in Spark.
_NUMBERS = (
    *("int", "uint", "float", "double", "halffloat", "decimal"),
    *("bigint", "smallint", "tinyint", "hugeint", "ubigint", "usmallint", "utinyint"),
    *("uhugeint", "real", "long", "short", "byte"),
)


@dataclass(frozen=True)
class InputTable:
    """What a staging model declares of the file that it reads.

    Attributes:
        name: The file's name in a data folder, without its extension.
        required: Column name to kind: text, number, count (a whole number), timestamp,
            date (a day of reports).
        optional: Columns that may be absent, in the same form.
        is_optional: Whether the whole file may be absent.
        keep_other_columns: Whether undeclared columns are read too.
        feature_columns: Declared columns that `touchpoint_features` may name, beside
            those that aren't declared.
        key: The table's name in the var `columns`.
        set_columns: Columns that a setting of their own names.
    """

    name: str
    required: Mapping[str, str]
    optional: Mapping[str, str]
    is_optional: bool = False
    keep_other_columns: bool = False
    feature_columns: Sequence[str] = ()
    key: str = ""
    set_columns: Sequence[str] = ()

    @classmethod
    def from_meta(cls, meta: Mapping[str, Any]) -> "InputTable":
        """Read the declaration as it stands in a model's YAML."""
        return cls(
            name=meta["table"],
            required=meta.get("required") or {},
            optional=meta.get("optional") or {},
            is_optional=bool(meta.get("is_optional", False)),
            keep_other_columns=bool(meta.get("keep_other_columns", False)),
            feature_columns=meta.get("feature_columns") or (),
            key=meta.get("columns_key") or meta["table"],
            set_columns=tuple(meta.get("column_vars") or ()),
        )

    @property
    def columns(self) -> dict[str, str]:
        """All declared columns, the required ones first."""
        return {**self.required, **self.optional}


@dataclass(frozen=True)
class _Header:
    """The columns of a file, their types in Parquet, and how its text is written."""

    columns: tuple[str, ...]
    types: Mapping[str, str]
    layout: TextLayout | None


@dataclass(frozen=True)
class ResolvedInput:
    """The files that hold a declared table.

    Attributes:
        files: Absolute paths, sorted; empty if an optional file is absent, and for a
            seed or a table of the database.
        extension: One of `EXTENSIONS`, without ".gz".
        header: The columns, in their order.
        native: Declared columns whose type can be read as it is.
        names: Declared column to the file's column, for those that the file has.
        other: Undeclared columns to keep.
        features: Columns that `touchpoint_features` names.
        text_options: How the database reads the text files: the arguments of
            `read_csv` beside the files and their columns.
        lines_above: Lines of text files up to the first row.
        is_utf8: Whether every line can be decoded. Else a row with a bad byte in a
            column that nobody reads must be rejected all the same.
    """

    files: tuple[str, ...]
    extension: str
    header: tuple[str, ...]
    native: tuple[str, ...]
    names: Mapping[str, str]
    other: tuple[str, ...]
    features: tuple[str, ...]
    text_options: Mapping[str, str | int | bool] = field(default_factory=dict)
    lines_above: int = 0
    is_utf8: bool = True

    @classmethod
    def absent(cls) -> "ResolvedInput":
        """Stand for a table that the input doesn't have."""
        return cls((), "", (), (), {}, (), ())


def resolve_input(
    table: InputTable,
    data_path: str,
    renamed: Mapping[str, str | None] | None = None,
    features: Sequence[str] = (),
    engine_reads: Sequence[str] = EXTENSIONS,
) -> ResolvedInput:
    """Find a table's files and match their columns with the declared ones.

    Args:
        table: The declaration.
        data_path: A folder that holds `<table.name>.<extension>`, a file, or a glob.
        renamed: Declared column to the name that it has in the file, which must have
            it then, even where the column is optional; null: the file has no such
            column.
        features: The columns that fitted models see.
        engine_reads: The extensions of files that the engine reads.

    Raises:
        UserError: If a required file or column is missing, or a file can't be read.
    """
    files = find_files(table.name, table.is_optional, data_path)
    if not files:
        return ResolvedInput.absent()
    if extension_of(files[0]) not in engine_reads:
        raise UserError(
            f"The file {files[0]} can't be read on this engine; the input must be "
            f"{', '.join(engine_reads)}, or a table of the setting input_schema."
        )
    renamed = renamed or {}
    required = [renamed.get(name) or name for name in table.required]
    found = _checked_header(files[0], required)
    for file in files[1:]:
        if format_of(file) != format_of(files[0]):
            raise UserError(
                f"The file {file} is of another kind than {files[0]}; all files of "
                "one table must have the same extension."
            )
        other = _read_header(file, required)
        if (other.columns, other.types) != (found.columns, found.types):
            raise UserError(
                f"The file {file} has other columns than {files[0]}; all files of one "
                "table must have the same, of the same types: "
                f"{', '.join(found.columns)}."
            )
        if other.layout != found.layout:
            raise UserError(
                f"The file {file} is written in another way than {files[0]}; all files "
                "of one table must have the same delimiter, encoding and number of "
                "lines above the header."
            )
    described = describe_columns(
        table,
        f"the file {files[0]}",
        {**dict.fromkeys(found.columns, ""), **found.types},
        renamed,
        features,
    )
    return replace(
        described,
        files=tuple(str(file.resolve()) for file in files),
        extension=format_of(files[0]),
        **_of_text(files, found.layout),
    )


def describe_columns(
    table: InputTable,
    place: str,
    columns: Mapping[str, str],
    renamed: Mapping[str, str | None],
    features: Sequence[str] = (),
) -> ResolvedInput:
    """Match the columns of a file, a seed or a table with the declared ones.

    Args:
        table: The declaration.
        place: What has the columns, such as `the seed demo_touchpoints`.
        columns: Column name to type, in Arrow's words or the database's; no type for
            text.
        renamed: As `resolve_input` takes it.
        features: The columns that fitted models see.

    Returns:
        The columns; no files.

    Raises:
        UserError: If a required column is missing, or a name is taken.
    """
    header = list(columns)
    found = matched_columns(table, place, header, renamed)
    other = tuple(
        column
        for column in header
        if table.keep_other_columns and column not in found.values()
    )
    taken = [column for column in other if column.lower() in _TAKEN_NAMES]
    if taken:
        raise UserError(
            f"{_capitalized(place)} has a column {', '.join(taken)}; the names "
            f"{', '.join(_TAKEN_NAMES)} are taken in the table {table.name}."
        )
    return ResolvedInput(
        files=(),
        extension="",
        header=tuple(header),
        native=tuple(
            name
            for name, kind in table.columns.items()
            if name in found and _is_native(columns[found[name]].lower(), kind)
        ),
        names=found,
        other=other,
        features=feature_columns(place, header, found, table.feature_columns, features),
    )


def _read_header(file: Path, names: Sequence[str]) -> _Header:
    try:
        if format_of(file) == ".parquet":
            schema = pq.read_schema(file)
            return _Header(
                tuple(schema.names), {f.name: str(f.type) for f in schema}, None
            )
        layout = read_layout(file, names, _delimiter(file))
    except UserError:
        raise
    except (OSError, EOFError, ValueError, zlib.error, csv.Error) as error:
        if isinstance(error, EOFError | zlib.error):
            text_contents_of(file, "utf-8")
        reason = " ".join(str(error).split()).rstrip(".")
        raise UserError(f"The file {file} can't be read: {reason}.") from None
    if not layout.header:
        raise UserError(f"The file {file} is empty; it must begin with column names.")
    return _Header(layout.header, {}, layout)


def _checked_header(file: Path, names: Sequence[str]) -> _Header:
    found = _read_header(file, names)
    header = found.columns
    if not all(header):
        raise UserError(
            f"The file {file} has a column without a name at place "
            f"{header.index('') + 1}; every column must have one."
        )
    # The database takes upper and lower case for the same name.
    if len({name.lower() for name in header}) < len(header):
        raise UserError(
            f"The file {file} names a column twice (upper and lower case are alike); "
            f"its columns are {', '.join(header)}."
        )
    return found


def _of_text(files: Sequence[Path], layout: TextLayout | None) -> dict[str, Any]:
    """Say how the database reads text files, and what is odd in them."""
    if layout is None:
        return {}
    contents = {
        file: text_contents_of(file, layout.encoding, layout.lines) for file in files
    }
    encodings = {
        encoding_of_bytes(file, layout.encoding, found)
        for file, found in contents.items()
    }
    if len(encodings) > 1:
        raise UserError(
            f"Of the files {', '.join(map(str, files))[:300]} some are UTF-8 and some "
            "Latin-1; all files of one table must be the same."
        )
    longest = max(found.longest_line for found in contents.values())
    options: dict[str, str | int | bool] = {
        "auto_detect": False,
        # The header was read already, wherever it is.
        "header": False,
        "skip": layout.skip,
        "delim": layout.delimiter,
        "quote": '"',
        "escape": '"',
        "encoding": encodings.pop() if encodings else layout.encoding,
        # The database takes sixteen times as much memory, for each scan.
        "max_line_size": min(max(longest + 2, _USUAL_LINE), _LONGEST_LINE),
        # A folder `channel=email` is no column.
        "hive_partitioning": False,
    }
    if layout.line_end:
        options.update(new_line=layout.line_end, parallel=False)
    return {
        "text_options": options,
        "lines_above": layout.lines,
        "is_utf8": not any(found.bad_lines for found in contents.values()),
    }


def _delimiter(file: Path) -> str:
    return "\t" if format_of(file) == ".tsv" else ","


def _is_native(column_type: str, kind: str) -> bool:
    if kind in ("timestamp", "date"):
        return column_type.startswith(("timestamp", "date"))
    return kind in ("number", "count") and column_type.startswith(_NUMBERS)


def _capitalized(place: str) -> str:
    return place[0].upper() + place[1:]
