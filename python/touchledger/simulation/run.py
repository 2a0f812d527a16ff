"""A whole simulation, from settings to files.

Blocks of users are drawn, turned into tables and written one after the other, so memory
holds a block and a row group, however many users there are.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

from touchledger.simulation.blocks import BLOCK_USERS, blocks
from touchledger.simulation.criteo import DAYS, EXCHANGE_BLOCK, impressions
from touchledger.simulation.criteo_table import CriteoTables
from touchledger.simulation.events import EventTables, SpendLedger, touch_costs
from touchledger.simulation.plan import Plan
from touchledger.simulation.settings import World
from touchledger.simulation.sorting import BucketSort
from touchledger.simulation.stream import stream_tables
from touchledger.simulation.writing import FORMATS, TableWriter

__all__ = ["SHAPES", "simulate", "write_simulation"]

SHAPES: Final = ("events", "stream", "criteo")

_CRITEO_FILE: Final = "criteo_attribution_dataset"
_ROWS_PER_USER: Final = 2.7
_DRAWING: Final = 0.65  # the part of the time before sorting
_DECIMALS: Final = {
    "cost": 4,
    "spend": 4,
    "revenue": 2,
    "conversion_value": 2,
    "usual_basket": 2,
}
_IMPRESSION_DECIMALS: Final = {"cost": 6, "cpo": 6}
_TOUCHES: Final = ("touchpoints", "stream", "impressions")

Pieces = Iterator[dict[str, pa.Table]]
Progress = Callable[[float, int, int], None]


def simulate(world: World, users: int, seed: int, shape: str = "events") -> Pieces:
    """Draw a world block by block; each block is a table by name.

    Args:
        world: the settings.
        users: how many users, 1 or more.
        seed: any whole number, 0 or more.
        shape: events, stream or criteo.

    Returns:
        For events: touchpoints, conversions, user_profiles and truth, and a last item
        with spend alone. For stream: stream and truth, then spend. For criteo:
        impressions and truth, not yet in order of time.

    Raises:
        ValueError: if a value is out of range; the error names what's allowed.

    >>> from touchledger.simulation.catalogue import world
    >>> first = next(simulate(world("steady"), users=100, seed=7))
    >>> first["user_profiles"].num_rows
    100
    """
    if users < 1:
        raise ValueError(f"users is {users}; allowed: a whole number, 1 or more.")
    if seed < 0:
        raise ValueError(f"seed is {seed}; allowed: a whole number, 0 or more.")
    if shape not in SHAPES:
        raise ValueError(f"shape is {shape!r}; allowed: {', '.join(SHAPES)}.")
    if shape == "criteo":
        return map(CriteoTables().tables, impressions(world, users, seed))
    return _simulate_shop(world, users, seed, shape)


def _simulate_shop(world: World, users: int, seed: int, shape: str) -> Pieces:
    plan, ledger = Plan.draw(world, seed), SpendLedger(world)
    events = EventTables(world)
    for block in blocks(world, users, seed):
        cost = touch_costs(plan, block)
        ledger.add(block, cost)
        if shape == "events":
            yield events.tables(block, cost)
        else:
            yield stream_tables(world, block, cost)
    yield {"spend": ledger.table(users)}


def write_simulation(
    world: World,
    users: int,
    seed: int,
    folder: Path,
    *,
    shape: str = "events",
    file_format: str = "parquet",
    prefix: str = "",
    progress: Progress | None = None,
) -> dict[Path, int]:
    """Write a simulation as files of one of the input shapes.

    Args:
        world: the settings.
        users: how many users, 1 or more.
        seed: any whole number, 0 or more.
        folder: where the files go; it's made if it isn't there.
        shape: events, stream or criteo.
        file_format: parquet or csv.
        prefix: put before each file's name.
        progress: called now and then with the part of the work that's done, 0 to 1,
            the users drawn and the touchpoints so far.

    Returns:
        The rows of each file written.

    Raises:
        ValueError: if a value is out of range; the error names what's allowed.
        OSError: if the folder can't be made or written to.
    """
    if file_format not in FORMATS:
        raise ValueError(f"format is {file_format!r}; allowed: {', '.join(FORMATS)}.")
    if "/" in prefix or "\\" in prefix:
        raise ValueError(f"prefix is {prefix!r}; allowed: any text without a slash.")
    pieces = simulate(world, users, seed, shape)
    tell = progress or _keep_silent
    with ExitStack() as stack:
        folder.mkdir(parents=True, exist_ok=True)
        files = _Files(stack, folder, prefix, file_format)
        if shape == "criteo":
            _write_sorted(pieces, files, users, tell)
        else:
            _write_blocks(pieces, files, users, tell)
    return files.rows


@dataclass
class _Files:
    """The open files of a simulation, by table name."""

    stack: ExitStack
    folder: Path
    prefix: str
    file_format: str
    writers: dict[str, TableWriter] = field(default_factory=dict)

    def write(self, name: str, table: pa.Table) -> None:
        """Add rows to a table's file."""
        if name not in self.writers:
            ending = self.file_format
            if name == _CRITEO_FILE and ending == "csv":
                ending = "tsv.gz"
            path = self.folder / f"{self.prefix}{name}.{ending}"
            decimals = _IMPRESSION_DECIMALS if name == _CRITEO_FILE else _DECIMALS
            writer = TableWriter(path, decimals)
            self.writers[name] = self.stack.enter_context(writer)
        self.writers[name].write(table)

    @property
    def rows(self) -> dict[Path, int]:
        """Rows of each file."""
        return {writer.path: writer.rows for writer in self.writers.values()}


def _write_blocks(pieces: Pieces, files: _Files, users: int, tell: Progress) -> None:
    touchpoints = 0
    for number, piece in enumerate(pieces, start=1):
        for name, table in piece.items():
            files.write(name, table)
            touchpoints += table.num_rows if name in _TOUCHES else 0
        if "spend" not in piece:
            done = min(number * BLOCK_USERS, users)
            tell(done / users, done, touchpoints)


def _write_sorted(pieces: Pieces, files: _Files, users: int, tell: Progress) -> None:
    """Write impressions in order of time: first into buckets, then bucket by bucket."""
    rows = 0
    expected = round(_ROWS_PER_USER * users)
    with BucketSort("timestamp", DAYS * 86_400, expected, files.folder) as sort:
        for number, piece in enumerate(pieces, start=1):
            sort.add(piece["impressions"])
            files.write("truth", piece["truth"])
            rows += piece["impressions"].num_rows
            done = min(number * EXCHANGE_BLOCK, users)
            tell(_DRAWING * done / users, done, rows)
        written = 0
        for table in sort.sorted():
            files.write(_CRITEO_FILE, table)
            written += table.num_rows
            tell(_DRAWING + (1 - _DRAWING) * written / rows, users, rows)


def _keep_silent(share: float, users: int, touchpoints: int) -> None:
    """Tell nobody."""
