"""Text in any common form is read whole, or one sentence says why not."""

from pathlib import Path

import duckdb
import pytest

from touchledger.asked import describe_input, list_input_files
from touchledger.errors import UserError

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
