"""What a fit depends on, as one hash: its data, its settings and its code.

    version = sha256(data, settings, code)

The hash of a table is the sum of the hashes of its rows, so the order of rows doesn't
count. A row's hash mixes the bits of its values one after the other with the finaliser
of splitmix64 (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number
generators").
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["as_json", "code_hash", "data_hash", "fit_version", "mixed_bits"]

_Bits = NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_NULL = np.uint64(0xD1B54A32D192ED03)


def fit_version(data: str, settings: Mapping[str, Any], code: str) -> str:
    """Give the version of a fit: another one where anything differs.

    Args:
        data: What `data_hash` gave for the training input.
        settings: The settings that change what is fitted.
        code: What `code_hash` gave for the modules that fit.

    Returns:
        64 hexadecimal digits.

    Example:
        >>> fit_version("d", {"seed": 7}, "c") == fit_version("d", {"seed": 8}, "c")
        False
    """
    return _sha256(as_json({"data": data, "settings": dict(settings), "code": code}))


def data_hash(tables: Mapping[str, pa.Table]) -> str:
    """Hash tables; the order of their rows doesn't count.

    Args:
        tables: Tables by name, with columns of numbers, flags, times and texts.

    Returns:
        64 hexadecimal digits.

    Example:
        >>> import pyarrow as pa
        >>> a, b = pa.table({"x": [1, 2]}), pa.table({"x": [2, 1]})
        >>> data_hash({"a": a}) == data_hash({"a": b})
        True
    """
    return _sha256(as_json({name: _content(table) for name, table in tables.items()}))


def code_hash(modules: Iterable[str], libraries: Iterable[str]) -> str:
    """Hash the source of modules, and the versions of libraries.

    Args:
        modules: Names of modules; a package stands for all modules in it.
        libraries: Names of installed distributions.

    Returns:
        64 hexadecimal digits.

    Example:
        >>> len(code_hash(["touchledger.fits"], ["numpy"]))
        64
    """
    sources = {name: _source(name) for name in modules}
    versions = {name: metadata.version(name) for name in libraries}
    return _sha256(as_json({"sources": sources, "versions": versions}))


def as_json(value: object) -> str:
    """Write a value as JSON, the same text for the same value.

    Raises:
        ValueError: If a number in it isn't finite.

    Example:
        >>> as_json({"b": 1, "a": [0.5]})
        '{"a":[0.5],"b":1}'
    """
    return json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _source(name: str) -> dict[str, str]:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"there is no source of {name}")
    file = Path(spec.origin)
    files = (
        sorted(file.parent.rglob("*.py")) if spec.submodule_search_locations else [file]
    )
    return {
        str(f.relative_to(file.parent)): hashlib.sha256(f.read_bytes()).hexdigest()
        for f in files
    }


def _content(table: pa.Table) -> dict[str, Any]:
    rows = np.zeros(table.num_rows, np.uint64)
    for column in table.columns:
        rows = mixed_bits(rows + _STEP + _bits(column))
    # Two sums of 64 bits: rows that make up for each other in one don't in the other.
    sums = [int(rows.sum(dtype=np.uint64)), int(mixed_bits(rows).sum(dtype=np.uint64))]
    columns = [[field.name, str(field.type)] for field in table.schema]
    return {"columns": columns, "rows": table.num_rows, "sums": sums}


def _bits(column: pa.ChunkedArray) -> _Bits:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        encoded = column.combine_chunks().dictionary_encode()
        digests = [
            int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
            for text in encoded.dictionary.to_pylist()
        ]
        codes = pc.fill_null(encoded.indices, len(digests)).to_numpy()
        bits: _Bits = np.array([*digests, _NULL], np.uint64)[codes]
        return bits
    if pa.types.is_floating(column.type):
        values = pc.fill_null(column.cast(pa.float64()), 0.0).to_numpy()
    else:
        values = pc.fill_null(column.cast(pa.int64()), 0).to_numpy()
    return np.where(
        column.is_null().to_numpy(), _NULL, mixed_bits(values.view(np.uint64))
    )


def mixed_bits(bits: _Bits) -> _Bits:
    """Mix the bits of each number: what differs in one differs in half of them."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
