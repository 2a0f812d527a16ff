"""A whole simulation, from settings to files.

Blocks of users are drawn, turned into tables and written one after the other, so memory
holds a block and a row group, however many users there are.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
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
_MONTH: Final = DAYS * 86_400
_DECIMALS: Final = {
    "cost": 4,
    "spend": 4,
    "revenue": 2,
    "conversion_value": 2,
    "usual_basket": 2,
}
_IMPRESSION_DECIMALS: Final = {"cost": 6, "cpo": 6}
_TOUCHES: Final = ("touchpoints", "stream", "impressions")

Progress = Callable[[int, int], None]


def simulate(
    world: World, users: int, seed: int, shape: str = "events"
) -> Iterator[dict[str, pa.Table]]:
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
    if shape not in SHAPES:
        raise ValueError(f"shape is {shape!r}; allowed: {', '.join(SHAPES)}.")
    if shape == "criteo":
        criteo = CriteoTables()
        for chunk in impressions(world, users, seed):
            yield criteo.tables(chunk)
        return
    plan, ledger = Plan.draw(world, seed), SpendLedger(world)
    events = EventTables(world, plan)
    for block in blocks(world, users, seed):
        if shape == "events":
            yield events.tables(block, ledger)
        else:
            cost = touch_costs(plan, block)
            ledger.add(block, cost)
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
        progress: called after each block with users done and touchpoints so far.

    Returns:
        The rows of each file written.

    Raises:
        ValueError: if a value is out of range; the error names what's allowed.
        OSError: if the folder can't be made or written to.
    """
    if file_format not in FORMATS:
        raise ValueError(f"format is {file_format!r}; allowed: {', '.join(FORMATS)}.")
    pieces = simulate(world, users, seed, shape)
    with ExitStack() as stack:
        # The first block is drawn before a file is made: bad settings leave no trace.
        pieces = chain([next(pieces)], pieces)
        folder.mkdir(parents=True, exist_ok=True)
        files = _Files(stack, folder, prefix, file_format)
        if shape == "criteo":
            rows = round(_ROWS_PER_USER * users)
            sort = stack.enter_context(BucketSort("timestamp", _MONTH, rows, folder))
            for piece in _count(pieces, EXCHANGE_BLOCK, users, progress):
                sort.add(piece["impressions"])
                files.write("truth", piece["truth"])
            for table in sort.sorted():
                files.write(_CRITEO_FILE, table)
        else:
            for piece in _count(pieces, BLOCK_USERS, users, progress):
                for name, table in piece.items():
                    files.write(name, table)
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


def _count(
    pieces: Iterable[dict[str, pa.Table]],
    block: int,
    users: int,
    progress: Progress | None,
) -> Iterator[dict[str, pa.Table]]:
    """Pass pieces on, telling of users done and touchpoints so far after each."""
    touchpoints = 0
    for number, piece in enumerate(pieces, start=1):
        yield piece
        touchpoints += sum(
            table.num_rows for name, table in piece.items() if name in _TOUCHES
        )
        if progress is not None:
            progress(min(number * block, users), touchpoints)
