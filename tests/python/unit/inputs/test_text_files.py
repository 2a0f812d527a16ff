"""Files in any common form are read whole, or one sentence says why not."""

import csv
import io
import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchledger.asked import describe_input, find_damage, list_input_files
from touchledger.errors import UserError
from touchledger.inputs import contents

TABLE = {
    "table": "touchpoints",
    "required": {"user_id": "text", "occurred_at": "timestamp", "channel": "text"},
}
TOUCHPOINTS = "user_id,occurred_at,channel,note\n"
ROWS_OF_TEXT = "u,2026-01-01,é,x\nu,2026-01-02,ü,y\n"
USUAL = TOUCHPOINTS + ROWS_OF_TEXT
# Two touchpoints each, in an odd form.
ODD_TEXTS: dict[str, str | bytes] = {
    "usual": USUAL,
    "semicolons": USUAL.replace(",", ";"),
    "tabs": USUAL.replace(",", "\t"),
    "UTF-16": USUAL.encode("utf-16"),
    "Latin-1": USUAL.encode("latin-1"),
    "byte order mark": b"\xef\xbb\xbf" + USUAL.encode(),
    "title above": 'Campaign report\n"From 1,\nto 2 Jan"\n\n' + USUAL + "\n",
    "title above, without quotes": 'The 5" report\n1, 2 Jan\n' + USUAL,
    "empty columns": USUAL.replace("\n", ",,,\n"),
    "an empty column": USUAL.replace("\n", ",\n"),
    "lines end as once on a Mac": USUAL.replace("\n", "\r"),
    "lines end as on Windows": USUAL.replace("\n", "\r\n"),
    "no end of the last line": USUAL.rstrip(),
    "line breaks within quotes": TOUCHPOINTS + ROWS_OF_TEXT.replace("x", '"x\ny"'),
    "line break in the header": USUAL.replace("\n", "\r\n").replace(
        "note", '"note\n(free)"'
    ),
    "Windows' line break in the header": USUAL.replace("note", '"note\r\n(free)"'),
}


def written(folder: Path, text: str | bytes) -> str:
    folder.mkdir()
    whole = text.encode() if isinstance(text, str) else text
    (folder / "touchpoints.csv").write_bytes(whole)
    return str(folder)


@pytest.mark.parametrize("name", ODD_TEXTS)
def test_text_in_another_form_is_read_whole(name: str, tmp_path: Path) -> None:
    text = ODD_TEXTS[name]
    folder = written(tmp_path / "in", text)
    request = {"meta": TABLE, "data_path": folder}
    found = describe_input(request)
    options = found["text_options"]
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select user_id, occurred_at, channel from read_csv($files, "
            f"columns = $columns, {', '.join(f'{n} = ${n}' for n in options)})",
            {
                "files": list(found["files"]),
                "columns": dict.fromkeys(found["header"], "VARCHAR"),
                **options,
            },
        ).fetchall()
    assert rows == [("u", "2026-01-01", "é"), ("u", "2026-01-02", "ü")]
    [listed] = list_input_files(request)
    assert listed["rows"] == 2
    assert listed["file_name"] == "touchpoints.csv"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (USUAL.encode("utf-16-be"), "is UTF-16 with the high byte first, which "),
        (
            USUAL.replace("ü", "€").encode("cp1252"),
            "isn't UTF-8 from line 2 on, but perhaps Windows-1252, which the database ",
        ),
    ],
)
def test_text_that_cannot_be_decoded_is_one_sentence(
    text: bytes, expected: str, tmp_path: Path
) -> None:
    folder = written(tmp_path / "in", text)
    with pytest.raises(UserError, match=r"must be UTF-8, as `iconv .*\.$") as caught:
        describe_input({"meta": TABLE, "data_path": folder})
    assert f"The file {folder}/touchpoints.csv {expected}" in str(caught.value)


def read(data_path: str) -> list[str]:
    """Give the files of the table, by their place in the test's folder."""
    listed = list_input_files({"meta": TABLE, "data_path": data_path})
    return [file["file_name"] for file in listed]


def laid(folder: Path, *names: str, text: str = USUAL) -> str:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return str(folder)


@pytest.mark.parametrize(
    "parts",
    [
        ["touchpoints-000000000000.csv", "touchpoints-000000000001.csv"],
        ["touchpoints_0_0_0.csv", "touchpoints_0_1_0.csv"],
        ["touchpoints_2024-01.csv", "touchpoints_2024-02.csv"],
        ["touchpoints-00000-of-00002.csv", "touchpoints-00001-of-00002.csv"],
        ["touchpoints.part-0001.csv"],
        ["touchpoints/a.csv", "touchpoints/channel=email/b.csv"],
    ],
)
def test_a_table_may_come_in_parts(parts: list[str], tmp_path: Path) -> None:
    others = ["touchpoints_old.csv", "touchpoints/_SUCCESS", "touchpoints/.a.csv.crc"]
    kept = others if parts[0].startswith("touchpoints/") else others[:1]
    assert read(laid(tmp_path, *parts, *kept)) == parts


def test_a_glob_may_stand_for_folders_of_tables(tmp_path: Path) -> None:
    laid(tmp_path, "2024-01/touchpoints.csv", "2024-02/touchpoints.csv")
    laid(tmp_path, "2023-12/touchpoints.csv", "2024-03/spend.csv")
    found = describe_input({"meta": TABLE, "data_path": f"{tmp_path}/2024-*"})
    places = [Path(file).relative_to(tmp_path.resolve()) for file in found["files"]]
    assert list(map(str, places)) == [
        "2024-01/touchpoints.csv",
        "2024-02/touchpoints.csv",
    ]


def test_a_table_in_one_piece_and_in_parts_is_one_sentence(tmp_path: Path) -> None:
    laid(tmp_path, "touchpoints.csv", "touchpoints-1.csv")
    with pytest.raises(UserError, match="it must hold the table touchpoints once"):
        read(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (USUAL.replace("note", "remark"), "touchpoints-2.csv has other columns than"),
        (USUAL.replace(",", ";"), "touchpoints-2.csv is written in another way than"),
        ("Title\n" + USUAL, "touchpoints-2.csv is written in another way than"),
        (USUAL.encode("latin-1"), "some are UTF-8 and some Latin-1; all files of one"),
    ],
)
def test_parts_that_differ_stop_the_run(
    text: str | bytes, expected: str, tmp_path: Path
) -> None:
    laid(tmp_path, "touchpoints-1.csv")
    whole = text.encode() if isinstance(text, str) else text
    (tmp_path / "touchpoints-2.csv").write_bytes(whole)
    with pytest.raises(UserError) as caught:
        read(str(tmp_path))
    assert expected in str(caught.value)


def test_a_damaged_file_is_named_after_the_run(tmp_path: Path) -> None:
    table = pa.table(
        {
            name: ["x" * 9, "y" * 9] * 999
            for name in ("user_id", "occurred_at", "channel")
        }
    )
    file = tmp_path / "touchpoints.parquet"
    pq.write_table(table, file, compression="gzip", use_dictionary=False)
    request = {"inputs": [{"meta": TABLE, "data_path": str(tmp_path)}]}
    assert find_damage(request) == []
    whole = bytearray(file.read_bytes())
    whole[60:80] = bytes(20)
    file.write_bytes(whole)
    [sentence] = find_damage(request)
    assert sentence.startswith(f"The file {file} is damaged (")
    assert sentence.endswith("; fetch or write it again.")


@pytest.mark.parametrize("text", [TOUCHPOINTS, TOUCHPOINTS.rstrip()])
def test_a_header_alone_has_no_rows(text: str, tmp_path: Path) -> None:
    request = {"meta": TABLE, "data_path": written(tmp_path / "in", text)}
    [listed] = list_input_files(request)
    assert listed["rows"] == 0


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@given(
    rows=st.lists(st.lists(st.sampled_from(["", "a", '"', " ", "\n", "\r\n", "é"]))),
    blanks=st.integers(0, 2),
    has_end=st.booleans(),
    size=st.sampled_from([3, 7, 1 << 22]),
)
def test_rows_are_counted_as_they_are_written(
    end: str, rows: list[list[str]], blanks: int, has_end: bool, size: int
) -> None:
    # Line ends of two kinds outside quotes are refused before.
    values = ["".join(row) if end != "\r" else "a" for row in rows]
    whole = io.StringIO(newline="")
    writer = csv.writer(whole, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows(zip(values, values, strict=True))
    text = whole.getvalue() + blanks * end
    text = text if has_end else text.rstrip("\r\n")
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(contents, "_CHUNK_BYTES", size)
        file = Path(folder) / "x.csv"
        file.write_bytes(text.encode())
        assert contents.text_contents_of(file, "utf-8").rows == len(values)
