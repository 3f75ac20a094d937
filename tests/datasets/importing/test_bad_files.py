"""Each file that can't be used is refused in one sentence and leaves nothing behind."""

import json
import os
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from backend.datasets.importing.items import read_item, save_item
from backend.datasets.importing.preview import parsed, preview_of, read_import
from backend.datasets.importing.saving import save_import
from backend.datasets.loading import MAX_CHARACTERS, load_dataset
from backend.errors import InvalidDataError
from tests.datasets.importing.fish import ROWS, chat, files_in

GOOD = chat("Name a fish.", "Pollock")
DEEP = "[" * 10_000 + "]" * 10_000
TWO_SYSTEMS = json.dumps(
    {
        "messages": [
            {"role": "system", "content": "a"},
            {"role": "system", "content": "b"},
            {"role": "user", "content": "c"},
            {"role": "assistant", "content": "d"},
        ]
    }
)
QUESTION_ONLY = json.dumps({"messages": [{"role": "user", "content": "Name a fish."}]})


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "fish.txt: the file is empty."),
        (b" \n\n", "fish.txt: the file is empty."),
        (ROWS.encode("utf-16"), "fish.txt: not UTF-8 text."),
        (ROWS.encode("utf-16-le"), "fish.txt: not UTF-8 text."),
        ("prompt,answer\nKöder,Fisch".encode("latin-1"), "fish.txt: not UTF-8 text."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "fish.txt: not UTF-8 text."),
        (b"PAR1 and nothing else", "fish.txt: not readable as Parquet."),
        (b"Pollock", "fish.txt: not a JSONL, JSON, CSV or Parquet file."),
        (b"[{]", "fish.txt: not valid JSON"),
        (b'{"a": 1}', 'fish.txt: no row has "messages"'),
        (b"{\n", "line 1: not valid JSON"),
        (b"[1, 2]", 'fish.txt: no row has "messages"'),
        (b"a,b,c\n1,2,3\n", 'among "a", "b", "c"'),
        (b'prompt,answer\n"a,b\n', "fish.txt, line 2: a quoted text is not closed."),
        (b'{"prompt": ' + b"9" * 5000 + b"}", "a number is too long"),
    ],
)
def test_what_is_no_table_of_rows_is_refused_in_words(
    lab: Path, tmp_path: Path, data: bytes, sentence: str
) -> None:
    path = tmp_path / "fish.txt"
    path.write_bytes(data)
    with pytest.raises(InvalidDataError) as caught:
        read_item(path)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)
    assert files_in(lab) == []


def test_json_ten_thousand_deep_is_refused_or_a_bad_row(lab: Path, tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text(DEEP)
    with pytest.raises(InvalidDataError, match=r"deep\.json: "):
        read_import(path)
    preview = preview_of("deep", f'{GOOD}\n{{"messages": {DEEP}}}'.encode())
    assert [bad.line for bad in preview.bad_rows] == [2]
    assert files_in(lab) == []


def test_two_gigabytes_are_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.jsonl"
    path.touch()
    os.truncate(path, 2 * 2**30)
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(InvalidDataError, match=r"large\.jsonl: larger than 64 MiB\."):
        read_import(path)


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.datasets.importing.table.MAX_ROWS", 1)
    for data in (ROWS, f"[{ROWS.replace(chr(10), ',')}]", "prompt,answer\na,b\nc,d\n"):
        with pytest.raises(InvalidDataError, match="more than 1 rows"):
            parsed("x", data.encode())


def test_a_small_parquet_that_unpacks_to_gigabytes_is_refused() -> None:
    file, once = BytesIO(), pa.array(np.zeros(50_000, "int32"))
    columns = {"prompt": "x" * 90_000, "answer": "y"}
    table = {name: pa.DictionaryArray.from_arrays(once, [text]) for name, text in columns.items()}
    # Without a schema of Arrow's own, each row is read as the whole text.
    parquet.write_table(pa.table(table), file, store_schema=False)
    assert len(file.getvalue()) < 10_000
    with pytest.raises(InvalidDataError, match="larger than 64 MiB"):
        preview_of("x", file.getvalue())


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", Path("/dev/zero")):
        with pytest.raises(InvalidDataError, match="There is no file"):
            read_import(path)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (QUESTION_ONLY, 'the last message must be from "assistant"'),
        (TWO_SYSTEMS, "a system message may only come first, and only once"),
        (chat("Name a fish.", ""), "message 2 is empty"),
        (chat("Name a fish.", "x" * (MAX_CHARACTERS + 1)), "message 2 has more than 100,000"),
        (chat("Name a fish.", "\ud800"), "message 2 contains half a surrogate pair"),
        ('{"id": 1}', "messages"),
        ("[1]", "must be an object with keys and values"),
        ('{"messages":', "not valid JSON"),
    ],
)
def test_a_bad_row_is_named_and_refuses_the_file_unless_it_is_skipped(
    lab: Path, tmp_path: Path, row: str, reason: str
) -> None:
    path = tmp_path / "fish.jsonl"
    path.write_text(f"{GOOD}\n{row}\n{GOOD}\n", "utf-8")
    item = read_item(path)
    with pytest.raises(
        InvalidDataError, match=r"fish\.jsonl: One row is invalid; line 2: "
    ) as caught:
        save_item(item)
    assert reason in str(caught.value)
    assert files_in(lab) == []
    save_item(item, skip_bad=True)
    assert len(load_dataset("fish").examples) == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"prompt": "a", "completion": ""}', '"completion" is empty'),
        ('{"prompt": "a"}', '"completion" is missing'),
        ('{"prompt": "a", "completion": 1}', '"completion" must be text, and is a number'),
    ],
)
def test_a_bad_pair_is_named_by_its_keys(row: str, reason: str) -> None:
    preview = preview_of("x", f'{{"prompt": "a", "completion": "b"}}\n{row}'.encode())
    assert [preview.complaint(bad) for bad in preview.bad_rows] == [f"line 2: {reason}"]


def test_bad_elements_of_json_are_counted_from_one() -> None:
    turns = [{"from": "human", "value": "a"}, {"from": "tool", "value": "b"}]
    preview = preview_of("x", json.dumps([{"conversations": turns}]).encode())
    assert preview.complaint(preview.bad_rows[0]).startswith('element 1: message 2 is from "tool"')
    with pytest.raises(InvalidDataError, match="no valid rows; element 1"):
        save_import(preview, "x", "x", skip_bad=True)
