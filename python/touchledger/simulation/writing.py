"""Tables written piece by piece, so that memory never holds a whole file.

Parquet gets a row group whenever enough rows have come together; CSV is text with ISO
timestamps and fixed decimals. A file takes its name only once it's whole.
"""

import gzip
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

__all__ = ["FORMATS", "TableWriter"]

FORMATS: Final = ("parquet", "csv")

ROW_GROUP: Final = 131_072
_NONE: Final[Mapping[str, int]] = {}


class TableWriter:
    """Writes one table, piece by piece.

    Args:
        path: the file: `.parquet`, `.csv`, or `.tsv.gz` (tab-separated, gzipped).
        decimals: how many a column of amounts has in text.

    Use it as a context manager: the file appears when the block ends without an error.
    """

    def __init__(self, path: Path, decimals: Mapping[str, int] = _NONE) -> None:
        """Remember the path; nothing is opened before the first piece."""
        self.path = path
        self._decimals = decimals
        self.rows = 0
        self._partial = path.with_name(path.name + ".partial")
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._parquet: pq.ParquetWriter | None = None
        self._text: IO[bytes] | None = None
        self._raw: IO[bytes] | None = None

    def __enter__(self) -> "TableWriter":
        """Return itself."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Finish the file, or remove what there is of it after an error."""
        if kind is None:
            self._flush()
        for part in (self._parquet, self._text, self._raw):
            if part is not None:
                part.close()
        if kind is None:
            os.replace(self._partial, self.path)
        else:
            self._partial.unlink(missing_ok=True)

    def write(self, table: pa.Table) -> None:
        """Add rows."""
        self.rows += table.num_rows
        self._waiting.append(table)
        self._waiting_rows += table.num_rows
        if self._waiting_rows >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        table = pa.concat_tables(self._waiting).combine_chunks()
        self._waiting, self._waiting_rows = [], 0
        if self.path.suffix == ".parquet":
            if self._parquet is None:
                self._parquet = pq.ParquetWriter(
                    self._partial, table.schema, compression="zstd"
                )
            self._parquet.write_table(table, row_group_size=max(1, table.num_rows))
        else:
            self._write_text(table)

    def _write_text(self, table: pa.Table) -> None:
        options = pa_csv.WriteOptions(
            include_header=False,
            delimiter="\t" if ".tsv" in self.path.suffixes else ",",
            quoting_style="none",
        )
        text = self._text
        if text is None:
            text = self._text = self._open_text()
            names = options.delimiter.join(table.column_names)
            text.write(f"{names}\n".encode())
        pa_csv.write_csv(_as_text(table, self._decimals), text, options)

    def _open_text(self) -> IO[bytes]:
        self._raw = self._partial.open("wb")
        if self.path.suffix != ".gz":
            return self._raw
        # No name and no time in the header: the same rows give the same bytes.
        squeezed = gzip.GzipFile("", "wb", compresslevel=1, fileobj=self._raw, mtime=0)
        return cast(IO[bytes], squeezed)


def _as_text(table: pa.Table, decimals: Mapping[str, int]) -> pa.Table:
    """Cast times to seconds and amounts to decimals, as text should have them."""
    for place, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type):
            values = pc.cast(table.column(place), pa.timestamp("s"))
        elif column.name in decimals and pa.types.is_floating(column.type):
            digits = decimals[column.name]
            exact = pc.round(table.column(place), digits)
            values = pc.cast(exact, pa.decimal128(18, digits))
        else:
            continue
        table = table.set_column(place, column.name, values)
    return table
