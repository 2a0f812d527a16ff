"""Where the files of a table are: in one piece, in parts, in folders, by a glob.

A name is taken as it is where there is a file or folder of that name, also where it
looks like a pattern.
"""

import glob
import re
from pathlib import Path

from touchledger.errors import UserError

__all__ = [
    "EXTENSIONS",
    "extension_of",
    "find_files",
    "format_of",
    "is_folder_of_tables",
]

EXTENSIONS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")


def extension_of(file: Path) -> str:
    """Give the extension, one of `EXTENSIONS`; empty for another one."""
    name = file.name.lower()
    return next((e for e in reversed(EXTENSIONS) if name.endswith(e)), "")


def format_of(file: Path) -> str:
    """Give the extension without `.gz`."""
    return extension_of(file).removesuffix(".gz")


def find_files(name: str, is_optional: bool, data_path: str) -> list[Path]:
    """Find the files of a table.

    Args:
        name: The table's name.
        is_optional: Whether the table may be absent from a folder.
        data_path: A folder of tables, a file, a folder of parts, or a glob of these.

    Returns:
        The files, sorted within each folder.

    Raises:
        UserError: If there is none, or the table is there twice.
    """
    matches = _matches(data_path)
    if is_folder_of_tables(data_path):
        files = [file for folder in matches for file in _in_folder(name, folder)]
        if not files and not is_optional:
            raise UserError(
                f"The folder {data_path} has no file {name}; it must be there "
                f"as {name} with one of {', '.join(EXTENSIONS)}, in one piece, "
                f"in parts such as {name}-0001.csv, or as a folder of parts."
            )
        return files
    found = [part for file in matches for part in _parts(file)]
    if not found:
        raise UserError(
            f"There is no file or folder {data_path} (relative paths start from the "
            "project's folder); the settings data_path and spend_path must name a "
            "folder, a file or a glob."
        )
    for file in found:
        if not extension_of(file) or not file.is_file():
            raise UserError(
                f"The input {file} can't be read; it must be a file with one of "
                f"{', '.join(EXTENSIONS)}."
            )
    return found


def is_folder_of_tables(data_path: str) -> bool:
    """Tell a folder with a file for each table from a table that is a folder itself.

    Spark writes a table as a folder `touchpoints.parquet` with its parts in it. A glob
    may stand for several folders of tables.
    """
    matches = _matches(data_path)
    return bool(matches) and all(
        path.is_dir() and path.suffix != ".parquet" for path in matches
    )


def _matches(data_path: str) -> list[Path]:
    path = Path(data_path)
    # A file's own name may look like a glob.
    if path.exists():
        return [path]
    return sorted(Path(name) for name in glob.glob(data_path, recursive=True))


def _in_folder(name: str, folder: Path) -> list[Path]:
    """Find a table in one piece, in parts with a number, or as a folder of parts."""
    part = re.compile(rf"{re.escape(name)}[-_. ]*(part)?[-_. ]*\d[\w.-]*")
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        stem = path.name.removesuffix(extension_of(path))
        if stem == name and (path.is_dir() or stem != path.name):
            found[path.name] = _parts(path)
        elif path.is_file() and stem != path.name and part.fullmatch(stem):
            found.setdefault("", []).append(path)
    if len(found) > 1:
        names = [name or found[name][0].name for name in found]
        raise UserError(
            f"The folder {folder} holds {' and '.join(names)}; it must hold the table "
            f"{name} once."
        )
    return [path for paths in found.values() for path in paths]


def _parts(file: Path) -> list[Path]:
    if not file.is_dir():
        return [file]
    extensions = (".parquet",) if file.suffix == ".parquet" else EXTENSIONS
    parts = sorted(
        path
        for path in file.rglob("*")
        # What begins so is no data: `_SUCCESS`, and what a writer left.
        if path.is_file()
        and path.name[0] not in "._"
        and extension_of(path) in extensions
    )
    if not parts:
        raise UserError(
            f"The folder {file} has no part in it; it must hold files with "
            f"{', '.join(extensions)}."
        )
    return parts
