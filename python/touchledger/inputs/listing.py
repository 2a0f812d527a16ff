"""The files of a table, told apart by a hash of their bytes."""

from pathlib import Path
from typing import Any

from touchledger.inputs.contents import (
    TextContents,
    contents_of,
    rows_of_parquet,
    text_contents_of,
)
from touchledger.inputs.files import ResolvedInput

__all__ = ["list_files", "text_of"]


def text_of(file: Path, found: ResolvedInput) -> TextContents:
    """Read a text file of a table to its end."""
    encoding = "utf-16" if found.text_options["encoding"] == "utf-16" else "utf-8"
    return text_contents_of(file, encoding, found.lines_above)


def list_files(found: ResolvedInput, data_path: str) -> list[dict[str, Any]]:
    """Tell the files of a table apart.

    Returns:
        A dictionary a file: `file_name` (relative to the folder that the setting names;
        else the name alone), `bytes`, `rows`, `encoding` (null for Parquet), `sha256`.
    """
    return [_listed(Path(file), found, Path(data_path)) for file in found.files]


def _listed(file: Path, found: ResolvedInput, data_path: Path) -> dict[str, Any]:
    contents = contents_of(file)
    folder = data_path.resolve()
    is_within = file.is_relative_to(folder) and file != folder
    options = found.text_options
    return {
        "file_name": str(file.relative_to(folder)) if is_within else file.name,
        "bytes": contents.size,
        "rows": text_of(file, found).rows if options else rows_of_parquet(file),
        "encoding": options.get("encoding"),
        "sha256": contents.sha256,
    }
