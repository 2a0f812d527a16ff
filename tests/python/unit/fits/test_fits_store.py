"""Fits are kept whole, and trained anew when what they came from has changed."""

import datetime
import json
import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import touchledger.fits.store as store_module
from touchledger.errors import UserError
from touchledger.fits.store import FitStore, StoredFit, Trained, load_fit
from touchledger.fits.tables import FITS, fits_table, reported_fit
from touchledger.fits.versions import as_json, code_hash, data_hash, fit_version
from touchledger.log import LOGGER

PAYLOAD = {"coefficients": [0.1, -1 / 3, 1e-300, 12345678.9], "names": ["é", '"\n']}


def fitted(
    folder: Path,
    refit: str = "auto",
    version: str = "v1",
    payload: Mapping[str, Any] = PAYLOAD,
    files: Mapping[str, bytes] | None = None,
) -> StoredFit:
    return FitStore(folder, refit).fit_or_reuse(
        "model",
        lambda: version,
        {"seed": 7},
        lambda: Trained(payload=payload, rows=3, files=files or {}),
    )


def untrainable() -> Trained:
    raise AssertionError("it was trained")


def test_a_payload_that_is_no_model_is_one_sentence(tmp_path: Path) -> None:
    fit = fitted(tmp_path).fit
    assert fit.read(lambda payload: payload["names"]) == ["é", '"\n']
    with pytest.raises(UserError) as caught:
        fit.read(lambda payload: payload["trees"])
    assert str(caught.value) == (
        "The fitted model model can't be read (it has no 'trees'); the setting refit "
        "'always' trains it anew."
    )


# The file


def test_a_fit_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    stored = fitted(tmp_path / "new" / "folder", files={"weights.h5": b"\0\xff"})
    assert load_fit(stored.file) == stored.fit
    assert stored.fit.payload == PAYLOAD
    assert stored.fit.files == {"weights.h5": b"\0\xff"}
    assert stored.fit.rows == 3
    assert stored.fit.settings == {"seed": 7}
    assert stored.fit.trained_at.tzinfo is datetime.UTC


def test_the_file_is_plain_json(tmp_path: Path) -> None:
    content = json.loads(fitted(tmp_path).file.read_text())
    assert content["name"] == "model"
    assert content["payload"] == PAYLOAD
    assert list(tmp_path.iterdir()) == [tmp_path / "model.json"]


@pytest.mark.parametrize(
    ("damage", "reason"),
    {
        "half": (lambda text: text[: len(text) // 2], "Unterminated string"),
        "nothing": (lambda _: "", "Expecting value"),
        "no dictionary": (lambda _: "[]", "it holds no fit"),
        "no hash": (lambda _: "{}", "it has no 'hash'"),
        "a number": (lambda t: t.replace("12345678.9", "12345678.8"), "match its hash"),
        "a setting": (lambda t: t.replace('"seed": 7', '"seed": 8'), "match its hash"),
        "the rows": (lambda t: t.replace('"rows": 3', '"rows": 4'), "match its hash"),
        "the version": (lambda t: t.replace('"v1"', '"v2"'), "match its hash"),
        "not text": (lambda _: "\udcff", "can't decode byte"),
    }.values(),
)
@pytest.mark.parametrize("refit", ["auto", "never"])
def test_a_damaged_file_is_named_in_one_sentence(
    damage: Any, reason: str, refit: str, tmp_path: Path
) -> None:
    file = fitted(tmp_path).file
    file.write_bytes(damage(file.read_text()).encode(errors="surrogateescape"))
    with pytest.raises(UserError) as caught:
        fitted(tmp_path, refit)
    sentence = str(caught.value)
    assert sentence.startswith(f"The file {file} isn't a whole fitted model (")
    assert reason in sentence
    assert sentence.endswith("the setting refit 'always' trains it anew.")
    assert "\n" not in sentence


def test_always_writes_over_a_damaged_file(tmp_path: Path) -> None:
    file = fitted(tmp_path).file
    file.write_text("{")
    assert not fitted(tmp_path, "always").is_reused
    assert load_fit(file).payload == PAYLOAD


@pytest.mark.parametrize("files", ['{"a": "x/y"}', '{"a": null}', "[]", "1"])
def test_always_writes_over_a_file_that_names_what_cannot_be(
    tmp_path: Path, files: str
) -> None:
    (tmp_path / "model.json").write_text(f'{{"files": {files}}}')
    (tmp_path / "model.a-folder").mkdir()
    file = fitted(tmp_path, "always", files={"weights.h5": b"new"}).file
    assert load_fit(file).files == {"weights.h5": b"new"}
    assert (tmp_path / "model.a-folder").exists()


def test_what_another_run_takes_away_first_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted(tmp_path, files={"weights.h5": b"old"})
    unlink = Path.unlink

    def unlink_twice(self: Path, missing_ok: bool = False) -> None:
        unlink(self, missing_ok)
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink_twice)
    file = fitted(tmp_path, version="v2", files={"weights.h5": b"new"}).file
    assert load_fit(file).files == {"weights.h5": b"new"}


def test_damaged_bytes_beside_the_file_are_noticed(tmp_path: Path) -> None:
    fitted(tmp_path, files={"weights.h5": b"weights"})
    [beside] = tmp_path.glob("*weights.h5")
    for damaged in (b"weight", b""):
        beside.write_bytes(damaged)
        with pytest.raises(UserError, match="doesn't match its hash"):
            fitted(tmp_path)
    beside.unlink()
    with pytest.raises(UserError, match="No such file"):
        fitted(tmp_path)


def test_a_new_fit_takes_the_bytes_of_the_old_one_away(tmp_path: Path) -> None:
    fitted(tmp_path, files={"weights.h5": b"old", "words.txt": b"same"})
    (tmp_path / "model2.json").write_text("another model's")
    new = fitted(
        tmp_path, version="v2", files={"weights.h5": b"new", "words.txt": b"same"}
    )
    assert load_fit(new.file).files == {"weights.h5": b"new", "words.txt": b"same"}
    assert len(list(tmp_path.iterdir())) == 4


def test_a_run_killed_while_it_writes_leaves_the_old_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = fitted(tmp_path, files={"weights.h5": b"old"})

    def killed(self: Path, data: bytes) -> int:
        with self.open("wb") as stream:
            stream.write(data[: len(data) // 2])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", killed)
    with pytest.raises(KeyboardInterrupt):
        fitted(tmp_path, version="v2", files={"weights.h5": b"new"})
    monkeypatch.undo()
    assert load_fit(old.file) == old.fit


def test_runs_that_share_a_folder_leave_each_other_a_whole_fit(tmp_path: Path) -> None:
    fitted(tmp_path, files={"weights.h5": b"old"})
    others: list[Path] = []

    def train_beside_another() -> Trained:
        # It trains and ends while this run saves.
        if not others:
            others.append(tmp_path)
            fitted(tmp_path, version="v3", files={"weights.h5": b"its own"})
        return Trained(payload=PAYLOAD, rows=3, files={"weights.h5": b"new"})

    store = FitStore(tmp_path, "auto")
    ours = store.fit_or_reuse("model", lambda: "v2", {}, train_beside_another)
    assert load_fit(ours.file).files == {"weights.h5": b"new"}
    assert len(list(tmp_path.iterdir())) == 2


def test_bytes_that_another_run_is_about_to_name_stay(tmp_path: Path) -> None:
    young = tmp_path / f"model.{'0' * 64}-weights.h5"
    young.write_bytes(b"another run's")
    old = [tmp_path / f"model.{'1' * 64}-weights.h5", tmp_path / ".model.json.4711"]
    for left in old:
        left.write_bytes(b"of a run that was killed")
        os.utime(left, (0, 0))
    other_model = tmp_path / f"model_2.{'2' * 64}-weights.h5"
    other_model.write_bytes(b"of another model")
    os.utime(other_model, (0, 0))
    file = fitted(tmp_path, files={"weights.h5": b"new"}).file
    assert young.exists()
    assert other_model.exists()
    assert not any(left.exists() for left in old)
    assert load_fit(file).files == {"weights.h5": b"new"}


@pytest.mark.parametrize(
    "name", ["model.2026-01-01.json", "model.v-1", ".model.notes", "model.bak-1"]
)
def test_a_file_of_the_user_stays_however_old_it_is(name: str, tmp_path: Path) -> None:
    kept = tmp_path / name
    kept.write_text("mine")
    os.utime(kept, (0, 0))
    fitted(tmp_path, files={"weights.h5": b"old"})
    fitted(tmp_path, version="v2", files={"weights.h5": b"new"})
    assert kept.read_text() == "mine"


def test_a_number_that_is_not_finite_is_never_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        fitted(tmp_path, payload={"coefficients": [math.nan]})
    assert not (tmp_path / "model.json").exists()


def test_a_folder_that_cannot_be_written_is_named_in_one_sentence(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError) as caught:
        fitted(tmp_path / "file" / "folder")
    assert f"{tmp_path}/file/folder can't be written to (" in str(caught.value)
    assert "fitted_models_path must name one that can." in str(caught.value)


# When a model is trained


def test_auto_trains_only_where_the_version_differs(tmp_path: Path) -> None:
    first = fitted(tmp_path)
    again = fitted(tmp_path, payload={"another": "training"})
    other = fitted(tmp_path, version="v2", payload={"another": "training"})
    assert [s.is_reused for s in (first, again, other)] == [False, True, False]
    assert again.fit == first.fit
    assert other.fit.payload == {"another": "training"}


def test_always_trains_again(tmp_path: Path) -> None:
    fitted(tmp_path)
    again = fitted(tmp_path, "always", payload={})
    assert not again.is_reused
    assert again.fit.payload == {}


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_never_takes_the_file_and_warns_once_where_its_version_differs(
    version: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fitted(tmp_path)
    with caplog.at_level("INFO", logger=LOGGER.name):
        stored = FitStore(tmp_path, "never").fit_or_reuse(
            "model", lambda: version, {}, untrainable
        )
    assert stored.is_reused
    assert stored.fit.version == "v1"
    assert [record.levelname for record in caplog.records] == (
        [] if version == "v1" else ["WARNING"]
    )
    for record in caplog.records:
        assert record.getMessage() == (
            f"model: the file {tmp_path}/model.json was trained on other data, "
            "settings or code than this run's (version v1, not v2) and is applied as "
            "it is, because the setting refit is never: what it doesn't know counts "
            "for nothing."
        )


def test_never_without_a_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        fitted(tmp_path, "never")
    assert str(caught.value) == (
        f"There is no fitted model {tmp_path}/model.json; with the setting refit "
        "'never' it must be there (auto trains it)."
    )


def test_a_file_of_another_format_is_trained_anew_or_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted(tmp_path)
    monkeypatch.setattr(store_module, "_FORMAT", 3)
    with pytest.raises(UserError, match=r"model\.json has the format 2 and not 3; "):
        fitted(tmp_path, "never")
    assert not fitted(tmp_path).is_reused
    assert fitted(tmp_path).is_reused


# The table


def test_a_fit_is_found_by_its_report(tmp_path: Path) -> None:
    stored = fitted(tmp_path)
    table = fits_table(stored)
    assert table.schema == FITS
    assert table.num_rows == 1
    assert reported_fit(table) == stored.fit


def test_no_fit_is_an_empty_report() -> None:
    assert fits_table(None).schema == FITS
    assert reported_fit(fits_table(None)) is None


def test_a_file_that_was_written_anew_is_not_taken_for_the_reported_fit(
    tmp_path: Path,
) -> None:
    table = fits_table(fitted(tmp_path))
    fitted(tmp_path, version="v2")
    with pytest.raises(UserError) as caught:
        reported_fit(table)
    assert "model.json has the version v2 and not v1" in str(caught.value)
    assert "build the model int_model_fit first." in str(caught.value)


# The version


TABLE = pa.table(
    {
        "key": pa.array([1, 2, None, 2], pa.int64()),
        "weight": pa.array([0.5, None, -0.0, 0.25], pa.float32()),
        "split": pa.array(["training", None, "", "é"]),
        "is_converted": pa.array([True, False, None, True]),
        "at": pa.array([1, 2, 3, None], pa.timestamp("us")),
    }
)


def hash_of(table: pa.Table) -> str:
    return data_hash({"table": table})


@given(st.permutations(range(4)), st.integers(0, 4))
def test_the_order_of_rows_does_not_change_a_data_hash(
    order: list[int], cut: int
) -> None:
    shuffled = TABLE.take(order)
    in_pieces = pa.concat_tables([shuffled.slice(0, cut), shuffled.slice(cut)])
    assert hash_of(in_pieces) == hash_of(TABLE)


@pytest.mark.parametrize("name", TABLE.column_names)
@pytest.mark.parametrize("row", range(4))
def test_any_changed_value_changes_a_data_hash(name: str, row: int) -> None:
    values = TABLE[name].to_pylist()
    others = {value for value in values if value != values[row]}
    for other in others:
        changed = [*values[:row], other, *values[row + 1 :]]
        index = TABLE.column_names.index(name)
        table = TABLE.set_column(index, name, pa.array(changed, TABLE[name].type))
        assert hash_of(table) != hash_of(TABLE), other


def test_values_that_change_places_change_a_data_hash() -> None:
    table = pa.table({"a": [1, 2, 3], "b": [1, 2, 3]})
    others = [
        pa.table({"a": [1, 2, 3], "b": [2, 1, 3]}),
        pa.table({"a": [1, 2, 3, 3], "b": [1, 2, 3, 3]}),
        pa.table({"a": [1, 2], "b": [1, 2]}),
        pa.table({"b": [1, 2, 3], "a": [1, 2, 3]}),
        pa.table({"a": [1, 2, 3], "c": [1, 2, 3]}),
        pa.table({"a": [1.0, 2, 3], "b": [1, 2, 3]}),
        table.slice(0, 0),
    ]
    assert len({hash_of(t) for t in [table, *others]}) == len(others) + 1
    assert data_hash({"x": table}) != data_hash({"y": table})


def test_a_data_hash_is_the_same_in_every_process() -> None:
    # It would be worth nothing if it depended on the process, as Python's own does.
    assert hash_of(TABLE).startswith("80e71c50b2ae69fe")


def test_settings_data_and_code_change_the_version() -> None:
    versions = {
        fit_version("d", {"seed": 7, "limit": 10}, "c"),
        fit_version("d", {"seed": 8, "limit": 10}, "c"),
        fit_version("d", {"seed": 7, "limit": None}, "c"),
        fit_version("D", {"seed": 7, "limit": 10}, "c"),
        fit_version("d", {"seed": 7, "limit": 10}, "C"),
    }
    assert len(versions) == 5
    assert fit_version("d", {"a": 1, "b": 2}, "c") == fit_version(
        "d", {"b": 2, "a": 1}, "c"
    )


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "a_package"
    (folder / "inner").mkdir(parents=True)
    for file in ("__init__.py", "one.py", "two.py", "inner/__init__.py"):
        (folder / file).write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [n for n in sys.modules if n.startswith("a_package")]:
        monkeypatch.delitem(sys.modules, name)
    return folder


@pytest.mark.parametrize("file", ["one.py", "inner/__init__.py", "inner/new.py"])
def test_any_changed_module_of_a_package_changes_a_code_hash(
    file: str, package: Path
) -> None:
    before = code_hash(["a_package"], [])
    assert code_hash(["a_package"], []) == before
    (package / file).write_text("x = 2\n")
    assert code_hash(["a_package"], []) != before


def test_a_code_hash_of_one_module_does_not_see_the_others(package: Path) -> None:
    before = code_hash(["a_package.one"], [])
    (package / "two.py").write_text("x = 2\n")
    assert code_hash(["a_package.one"], []) == before
    (package / "one.py").write_text("x = 2\n")
    assert code_hash(["a_package.one"], []) != before


def test_another_version_of_a_library_changes_a_code_hash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = code_hash([], ["numpy"])
    monkeypatch.setattr("importlib.metadata.version", lambda _: "0.0")
    assert code_hash([], ["numpy"]) != before


def test_a_module_without_source_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match="no source of touchledger_nobody"):
        code_hash(["touchledger_nobody"], [])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_json_keeps_every_finite_number(value: float) -> None:
    [found] = json.loads(as_json([value]))
    assert np.float64(found).tobytes() == np.float64(value).tobytes()


def test_never_refuses_the_file_of_another_model(tmp_path: Path) -> None:
    fitted(tmp_path).file.rename(tmp_path / "other.json")
    store = FitStore(tmp_path, "never")
    with pytest.raises(UserError, match=r"holds the fitted model 'model'; it must"):
        store.fit_or_reuse("other", lambda: "v1", {}, untrainable)


def test_only_never_needs_a_file_beforehand(tmp_path: Path) -> None:
    for refit in ("auto", "always"):
        FitStore(tmp_path, refit).check_is_there("model")
    with pytest.raises(UserError, match=r"no fitted model .*model\.json"):
        FitStore(tmp_path, "never").check_is_there("model")
    fitted(tmp_path)
    FitStore(tmp_path, "never").check_is_there("model")
