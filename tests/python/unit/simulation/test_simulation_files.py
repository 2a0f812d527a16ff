"""The simulator's files: the same bytes again, written piece by piece."""

import gzip
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dbt_build import PROJECT
from touchledger.simulation import FORMATS, SHAPES, simulate, world, write_simulation
from touchledger.simulation.blocks import BLOCK_USERS
from touchledger.simulation.sorting import BucketSort
from touchledger.simulation.writing import ROW_GROUP, TableWriter

SEEDS = PROJECT / "seeds"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("shape", SHAPES)
def test_same_arguments_give_the_same_bytes_on_any_number_of_threads(
    tmp_path: Path, shape: str, file_format: str
) -> None:
    threads = pa.cpu_count()
    for count in (1, 4):
        pa.set_cpu_count(count)
        write_simulation(
            world(), 9_000, 3, tmp_path / f"{count}", shape=shape,
            file_format=file_format,
        )  # fmt: skip
    pa.set_cpu_count(threads)
    assert contents(tmp_path / "1") == contents(tmp_path / "4")


def test_another_seed_gives_other_data(tmp_path: Path) -> None:
    for seed in (3, 4):
        write_simulation(world(), 500, seed, tmp_path / f"{seed}")
    one, other = contents(tmp_path / "3"), contents(tmp_path / "4")
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one)


def test_csv_and_parquet_hold_the_same_rows(tmp_path: Path) -> None:
    for file_format in FORMATS:
        write_simulation(world(), 500, 3, tmp_path, file_format=file_format)
    table = pq.read_table(tmp_path / "touchpoints.parquet")
    lines = (tmp_path / "touchpoints.csv").read_text().splitlines()
    assert lines[0].split(",") == table.column_names
    assert len(lines) == table.num_rows + 1
    row = table.slice(7, 1).to_pylist()[0]
    cost = "" if row["cost"] is None else f"{row['cost']:.4f}"
    told = {**row, "occurred_at": f"{row['occurred_at']:%Y-%m-%d %H:%M:%S}"}
    assert lines[8] == ",".join(str(v) for v in {**told, "cost": cost}.values())


def test_row_groups_stay_small_however_many_users_there_are(tmp_path: Path) -> None:
    users = 9 * BLOCK_USERS
    write_simulation(world(), users, 3, tmp_path)
    meta = pq.read_metadata(tmp_path / "touchpoints.parquet")
    sizes = [meta.row_group(i).num_rows for i in range(meta.num_row_groups)]
    assert len(sizes) >= 3
    most_of_a_block = 8 * BLOCK_USERS
    assert max(sizes) < ROW_GROUP + most_of_a_block


def test_a_failed_run_leaves_no_file(tmp_path: Path) -> None:
    def fail(share: float, users: int, touchpoints: int) -> None:
        raise RuntimeError("stop")

    for shape in SHAPES:
        with pytest.raises(RuntimeError, match="stop"):
            write_simulation(world(), 10, 3, tmp_path, shape=shape, progress=fail)
        assert list(tmp_path.iterdir()) == []


def test_progress_tells_of_all_users_and_touchpoints(tmp_path: Path) -> None:
    told: list[tuple[float, int, int]] = []
    for shape in SHAPES:
        told.clear()
        rows = write_simulation(
            world(),
            9_000,
            3,
            tmp_path,
            shape=shape,
            progress=lambda *step: told.append(step),
        )
        assert told[-1][:2] == (1.0, 9_000)
        assert told[-1][2] in rows.values()
        assert all(a[0] <= b[0] for a, b in pairwise(told))


def test_sorting_orders_rows_and_keeps_the_order_of_ties(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    with BucketSort("second", 1_000, 900_000, tmp_path) as sort:
        assert sort.buckets == 4
        for start in range(0, 5_000, 1_000):
            rows = np.arange(start, start + 1_000)
            sort.add(pa.table({"second": random.integers(0, 1_000, 1_000), "n": rows}))
        tables = list(sort.sorted())
    result = pa.concat_tables(tables).to_pandas()
    assert len(tables) == 4
    expected = result.sort_values(["second", "n"])
    assert list(result["n"]) == list(expected["n"])
    assert sorted(result["n"]) == list(range(5_000))
    assert list(tmp_path.iterdir()) == []


def test_gzipped_text_has_no_clock_in_it(tmp_path: Path) -> None:
    with TableWriter(tmp_path / "t.tsv.gz", {"cost": 2}) as writer:
        writer.write(pa.table({"n": [1, 2], "cost": [0.5, 1e-9]}))
    data = (tmp_path / "t.tsv.gz").read_bytes()
    assert gzip.decompress(data) == b"n\tcost\n1\t0.50\n2\t0.00\n"
    assert data[4:8] == bytes(4)


@pytest.mark.parametrize(
    "name",
    [
        "demo_conversions.csv",
        "demo_spend.csv",
        "demo_touchpoints.csv",
        "demo_truth.csv",
        "demo_user_profiles.csv",
    ],
)
def test_demo_seeds_are_what_the_simulator_writes(
    name: str, demo: dict[str, bytes]
) -> None:
    assert sorted(demo) == sorted(path.name for path in SEEDS.glob("demo_*.csv"))
    assert (SEEDS / name).read_bytes() == demo[name]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Write the demo afresh: 2000 users, seed 7."""
    folder = tmp_path_factory.mktemp("demo")
    write_simulation(world(), 2_000, 7, folder, file_format="csv", prefix="demo_")
    return contents(folder)


def test_no_two_blocks_hold_the_same_users() -> None:
    tables = [
        p["user_profiles"] for p in simulate(world(), 2 * BLOCK_USERS, 3) if len(p) > 1
    ]
    one, other = (table.drop_columns("user_id") for table in tables)
    assert one.num_rows == other.num_rows == BLOCK_USERS
    assert not one.equals(other)
