"""Sort a stream of tables by a time column in bounded memory.

Rows go to buckets of equal spans of time on disk; then each bucket is sorted by itself.
The number of buckets grows with the rows, so a bucket fits in memory (up to some 10^9
rows). Ties keep the order in which the rows came.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
import pyarrow as pa

__all__ = ["BucketSort"]

_BUCKET_ROWS: Final = 250_000
_MOST_BUCKETS: Final = 500  # each is an open file


class BucketSort:
    """Sorts tables by one whole-number column between 0 and `span`.

    Args:
        column: the column's name.
        span: the values are below it.
        expected_rows: about how many rows will come.
        folder: where the buckets are kept meanwhile.
    """

    def __init__(
        self, column: str, span: int, expected_rows: int, folder: Path
    ) -> None:
        """Open no file yet."""
        self.column = column
        self.span = span
        self.buckets = min(max(1, -(-expected_rows // _BUCKET_ROWS)), _MOST_BUCKETS)
        self._folder = tempfile.TemporaryDirectory(prefix=".sorting-", dir=folder)
        self._writers: dict[int, pa.ipc.RecordBatchStreamWriter] = {}

    def __enter__(self) -> "BucketSort":
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the buckets."""
        for writer in self._writers.values():
            writer.close()
        self._folder.cleanup()

    def add(self, table: pa.Table) -> None:
        """Put a table's rows into their buckets."""
        values = table.column(self.column).to_numpy()
        bucket = values * self.buckets // self.span
        order = np.argsort(bucket, kind="stable")
        edges = np.searchsorted(bucket[order], np.arange(self.buckets + 1))
        table = table.take(order).combine_chunks()
        for number in range(self.buckets):
            start, end = int(edges[number]), int(edges[number + 1])
            if end > start:
                self._writer(number, table.schema).write_table(
                    table.slice(start, end - start)
                )

    def _path(self, number: int) -> Path:
        return Path(self._folder.name) / f"{number}.arrow"

    def _writer(self, number: int, schema: pa.Schema) -> pa.ipc.RecordBatchStreamWriter:
        if number not in self._writers:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._writers[number] = pa.ipc.new_stream(
                str(self._path(number)), schema, options=options
            )
        return self._writers[number]

    def sorted(self) -> Iterator[pa.Table]:
        """Yield the rows in order, a bucket at a time; nothing can be added after."""
        for number in sorted(self._writers):
            self._writers.pop(number).close()
            with pa.OSFile(str(self._path(number))) as file:
                table = pa.ipc.open_stream(file).read_all()
            self._path(number).unlink()
            order = np.argsort(table.column(self.column).to_numpy(), kind="stable")
            yield table.take(order)
