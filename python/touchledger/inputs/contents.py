"""One look at all bytes of an input file: its hash, its rows and what is odd in it.

Rows are counted apart from the database: the ends of lines outside quotes. So rows that
the database's reader passes over without a word are missed by a test.
"""

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from touchledger.errors import UserError

__all__ = [
    "FileContents",
    "TextContents",
    "contents_of",
    "rows_of_parquet",
    "text_contents_of",
]

_CHUNK_BYTES = 1 << 22
_QUOTE, _CARRIAGE_RETURN, _LINE_FEED = b'"\r\n'
_FEW = 64


@dataclass(frozen=True)
class FileContents:
    """What a file is, for the table of input files.

    Attributes:
        size: Its bytes.
        sha256: The hash of its bytes, in hexadecimal digits.
    """

    size: int
    sha256: str


@dataclass(frozen=True)
class TextContents:
    """What the text of a file holds, once it is out of a gzip stream.

    Attributes:
        rows: Rows below the header; blank lines are none.
        longest_line: Bytes of its longest line.
        has_quotes: Whether there is a quote.
        has_carriage_returns: Whether lines end as on Windows, or as once on a Mac.
        bad_lines: Lines with bytes that aren't UTF-8.
        first_bad_line: The number of the first of them; 0 where there is none.
        has_utf8: Whether other characters than ASCII are written in UTF-8.
        has_controls: Whether the bad lines hold bytes from 0x80 to 0x9f, which are
            letters in Windows-1252 and nothing in Latin-1.
    """

    rows: int
    longest_line: int
    has_quotes: bool
    has_carriage_returns: bool
    bad_lines: int
    first_bad_line: int
    has_utf8: bool
    has_controls: bool


def contents_of(file: Path) -> FileContents:
    """Hash a file."""
    state = file.stat()
    return _contents(file, state.st_size, state.st_mtime_ns)


def text_contents_of(file: Path, encoding: str, lines_above: int = 0) -> TextContents:
    """Read a text file to its end.

    Args:
        file: The file.
        encoding: utf-8 for every one in which an ASCII character is a byte; utf-16.
        lines_above: The lines of the header, and those above it.

    Raises:
        UserError: If it is a gzip stream that is cut short or damaged.
    """
    state = file.stat()
    version = (state.st_size, state.st_mtime_ns)
    return _text_contents(file, encoding, lines_above, version)


def rows_of_parquet(file: Path) -> int:
    """Give the number of rows that the file states."""
    return int(pq.read_metadata(file).num_rows)


# A run asks for the same file several times.
@lru_cache(maxsize=_FEW)
def _contents(file: Path, size: int, _: int) -> FileContents:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return FileContents(size, digest)


@lru_cache(maxsize=_FEW)
def _text_contents(
    file: Path, encoding: str, lines_above: int, _: tuple[int, int]
) -> TextContents:
    reader = _Reader(lines_above)
    try:
        for block in _blocks(file, encoding):
            reader.read(block)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(
            f"The file {file} isn't a whole gzip file ({error}); fetch or write it "
            "again."
        ) from None
    return reader.contents()


def _blocks(file: Path, encoding: str) -> Iterator[bytes]:
    """Give the text in blocks of UTF-8 that end with a line."""
    opener = gzip.open if file.name.lower().endswith(".gz") else open
    decoder = codecs.getincrementaldecoder("utf-16-le")(errors="replace")
    kept = b""
    with opener(file, "rb") as stream:
        for chunk in iter(lambda: stream.read(_CHUNK_BYTES), b""):
            if encoding == "utf-16":
                chunk = decoder.decode(chunk).encode("utf-8", "replace")
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r", 0, -1)) + 1
            if not end:
                kept += chunk
                continue
            yield kept + chunk[:end]
            kept = chunk[end:]
    if kept:
        yield kept


class _Reader:
    """Takes the blocks of a file one after the other."""

    def __init__(self, lines_above: int) -> None:
        self._lines_above = lines_above
        self._rows = 0
        self._longest = 0
        self._quotes = 0
        self._has_returns = False
        self._lines = 0
        self._bad_lines = 0
        self._first_bad = 0
        self._has_utf8 = False
        self._has_controls = False

    def read(self, block: bytes) -> None:
        self._has_returns = self._has_returns or b"\r" in block
        self._look_at_bytes(block)
        data = np.frombuffer(block, dtype=np.uint8)
        ends = _line_ends(data, self._has_returns)
        if not ends.size or ends[-1] != data.size - 1:
            # The last line may have no end.
            ends = np.append(ends, data.size)
        above = min(self._lines_above, ends.size)
        if above:
            # Quotes of a title may stand alone.
            below = ends[above - 1] + 1
            data, ends = data[below:], ends[above:] - below
            self._lines_above -= above
            self._lines += above
        if not ends.size:
            return
        starts = np.append(0, ends[:-1] + 1)
        lengths = ends - starts
        if self._has_returns:
            # Of CR LF, the CR belongs to the end.
            before = data[np.maximum(ends - 1, 0)] == _CARRIAGE_RETURN
            lengths = lengths - (before & (lengths > 0))
        self._longest = max(self._longest, int(lengths.max(initial=0)))
        # A line end within quotes ends no record.
        quotes = np.flatnonzero(data == _QUOTE)
        before_end = self._quotes + np.searchsorted(quotes, ends)
        before_start = self._quotes + np.searchsorted(quotes, starts)
        is_end = before_end % 2 == 0
        is_blank = (lengths == 0) & (before_start % 2 == 0)
        self._rows += int(np.count_nonzero(is_end & ~is_blank))
        self._quotes += quotes.size
        self._lines += ends.size

    def _look_at_bytes(self, block: bytes) -> None:
        if block.isascii():
            return
        try:
            block.decode()
            self._has_utf8 = True
            return
        except UnicodeDecodeError:
            pass
        for number, line in enumerate(block.splitlines(), self._lines + 1):
            if line.isascii():
                continue
            try:
                line.decode()
                self._has_utf8 = True
            except UnicodeDecodeError:
                self._bad_lines += 1
                self._first_bad = self._first_bad or number
                self._has_controls = self._has_controls or any(
                    0x80 <= byte < 0xA0 for byte in line
                )

    def contents(self) -> TextContents:
        # Who never closes a quote has one record to the end of the file.
        return TextContents(
            rows=self._rows + self._quotes % 2,
            longest_line=self._longest,
            has_quotes=self._quotes > 0,
            has_carriage_returns=self._has_returns,
            bad_lines=self._bad_lines,
            first_bad_line=self._first_bad,
            has_utf8=self._has_utf8,
            has_controls=self._has_controls,
        )


def _line_ends(data: npt.NDArray[np.uint8], has_returns: bool) -> npt.NDArray[np.int64]:
    is_end = data == _LINE_FEED
    if has_returns:
        is_return = data == _CARRIAGE_RETURN
        # One that a line feed follows is a part of that end.
        is_return[:-1] &= ~is_end[1:]
        is_end |= is_return
    return np.flatnonzero(is_end)
