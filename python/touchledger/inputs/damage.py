"""Damage in a file that only shows when the whole file is read.

The database finds it in the middle of a run and doesn't name the file. So after a run
that failed, each Parquet file is read once more, by itself.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from touchledger.inputs.files import ResolvedInput

__all__ = ["damaged_files"]


def damaged_files(found: ResolvedInput) -> list[str]:
    """Say which files of a table can't be read to their end.

    Text is no part of it: a run reads it to its end before it starts.

    Returns:
        A sentence for each damaged file.
    """
    if found.extension != ".parquet":
        return []
    return [
        f"The file {file} is damaged ({reason}); fetch or write it again."
        for file in found.files
        if (reason := _reason(Path(file)))
    ]


def _reason(file: Path) -> str | None:
    try:
        with pq.ParquetFile(file) as opened:
            for _ in opened.iter_batches():
                pass
    except (OSError, pa.ArrowException) as error:
        return " ".join(str(error).split()).rstrip(".")[:200]
    return None
