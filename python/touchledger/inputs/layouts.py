"""How a text file is laid out: its encoding, its delimiter, and where its header is.

Ad platforms write the title and the dates of a report above the header, spreadsheets
write semicolons or tabs, and Windows writes UTF-16 and Latin-1. The header is the first
record that holds the table's required columns; the record tells the delimiter too.
"""

import codecs
import csv
import gzip
import io
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from touchledger.errors import UserError
from touchledger.inputs.columns import canonical
from touchledger.inputs.contents import TextContents

__all__ = [
    "DELIMITERS",
    "TextLayout",
    "encoding_of_bytes",
    "read_layout",
]

DELIMITERS = (",", ";", "\t", "|")
# A header lies within so many records and characters.
_RECORDS = 60
_LINE_ENDS = {"\r\n": r"\r\n", "\n": r"\n", "\r": r"\r"}
_CHARACTERS = 1 << 20


@dataclass(frozen=True)
class TextLayout:
    r"""How the text files of one table are written.

    Attributes:
        header: The columns, in their order.
        delimiter: One of `DELIMITERS`.
        encoding: utf-8, latin-1 or utf-16, in the database's words.
        skip: Records up to the first row: the header, and what is above it.
        lines: Lines up to the first row; a record may have several.
        line_end: `\n`, `\r` or `\r\n`, as text with backslashes, where the database
            could take another one for it; else nothing.
    """

    header: tuple[str, ...]
    delimiter: str
    encoding: str
    skip: int
    lines: int
    line_end: str


def _encoding_of(file: Path) -> str:
    """Tell UTF-16 from text whose bytes stand for themselves.

    Raises:
        UserError: If the database can't read it.
    """
    with (gzip.open if _is_gzip(file) else open)(file, "rb") as stream:
        start = stream.read(64)
    if start.startswith(codecs.BOM_UTF16_BE) or start[:1] == b"\0":
        raise UserError(
            f"The file {file} is UTF-16 with the high byte first, which the database "
            "can't read; it must be UTF-8, as `iconv -f UTF-16 -t UTF-8` writes it."
        )
    if start.startswith(codecs.BOM_UTF16_LE) or start[1:2] == b"\0":
        return "utf-16"
    return "utf-8"


def encoding_of_bytes(file: Path, encoding: str, found: TextContents) -> str:
    """Tell Latin-1 from UTF-8 by the bytes of a whole file.

    A single line that can't be decoded is a damaged row; several of them, and no
    character that is written in UTF-8, are another encoding.

    Raises:
        UserError: If the database can't read it.
    """
    if encoding != "utf-8" or found.bad_lines < 2 or found.has_utf8:
        return encoding
    if found.has_controls:
        raise UserError(
            f"The file {file} isn't UTF-8 from line {found.first_bad_line} on, but "
            "perhaps Windows-1252, which the database can't read; it must be UTF-8, as "
            "`iconv -f WINDOWS-1252 -t UTF-8` writes it."
        )
    return "latin-1"


def read_layout(file: Path, names: Collection[str], usual: str) -> TextLayout:
    """Find the header of a text file.

    Args:
        file: The file.
        names: The columns that it must have.
        usual: The delimiter that its extension stands for.

    Raises:
        OSError, EOFError, zlib.error, csv.Error: If it can't be read.
    """
    encoding = _encoding_of(file)
    text = _beginning(file, encoding)
    wanted = {canonical(name) for name in names}
    best = _Candidate(-1, 0, usual, [])
    for delimiter in (usual, *(mark for mark in DELIMITERS if mark != usual)):
        for place, record in enumerate(islice(_reader(text, delimiter), _RECORDS)):
            hits = len(wanted & {canonical(name) for name in record})
            # Of records that say as much, the first one in the usual form.
            if hits > best.hits and any(record):
                best = _Candidate(hits, place, delimiter, record)
            if hits == len(wanted):
                break
        if best.hits == len(wanted):
            break
    reader = _reader(text, best.delimiter)
    records = list(islice(reader, best.place + 1))
    return TextLayout(
        header=_named(best.record),
        delimiter=best.delimiter,
        encoding=encoding,
        skip=best.place + 1,
        lines=reader.line_num,
        line_end=_line_end(text, records),
    )


@dataclass(frozen=True)
class _Candidate:
    hits: int
    place: int
    delimiter: str
    record: list[str]


def _is_gzip(file: Path) -> bool:
    return file.name.lower().endswith(".gz")


def _beginning(file: Path, encoding: str) -> str:
    # Bytes that aren't of the encoding belong to their own rows further down.
    codec = "utf-8-sig" if encoding == "utf-8" else "utf-16-le"
    opener = gzip.open if _is_gzip(file) else open
    with opener(file, "rt", encoding=codec, errors="replace", newline="") as text:
        return text.read(_CHARACTERS).removeprefix("\ufeff")


def _reader(text: str, delimiter: str) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _named(record: list[str]) -> tuple[str, ...]:
    """Give the names of columns; the last ones may have none.

    Spreadsheets write delimiters for columns that are empty.
    """
    # The database gets the names by their places, so spaces around them don't count.
    names = [" ".join(name.split()) for name in record]
    while len(names) > 1 and not names[-1]:
        names.pop()
    more = range(len(names) + 1, len(record) + 1)
    # The database passes over one empty field at the end by itself.
    return (*names, *(f"(column {place})" for place in list(more)[:-1]))


def _line_end(text: str, records: list[list[str]]) -> str:
    if not any("\n" in name or "\r" in name for record in records for name in record):
        return ""
    # The last line end is of a row; one within quotes may be of another kind.
    for end, written in _LINE_ENDS.items():
        if text.endswith(end):
            return written
    return r"\r\n" if "\r\n" in text else r"\n"
