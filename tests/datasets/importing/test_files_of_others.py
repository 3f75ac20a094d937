"""Files as other people write them: what is read from each, or the sentence that refuses it."""

import json

import pyarrow as pa
import pytest

from backend.datasets.importing.columns import Choice, Unclear
from backend.datasets.importing.preview import parsed
from backend.errors import InvalidDataError
from tests.datasets.importing.reading import arrow, chats, complaints, packed, read

RIVER = ["user: Name a river.", "assistant: The Elbe."]
LAKE = ["user: Name a lake.", "assistant: Garda."]
MESSAGES = (
    '[{"role": "user", "content": "Name a river."}, {"role": "assistant", "content": "The Elbe."}]'
)
CHAT = f'{{"messages": {MESSAGES}}}'
PAIR = '{"prompt": "Name a lake.", "completion": "Garda."}'


NAMES = ["input", "preferred", "non_preferred"]
RIVERS = pa.table({"prompt": ["Name a river."], "completion": ["The Elbe."]})


@pytest.mark.parametrize(
    "data",
    [
        f"{CHAT}\n\ufeff{CHAT}",
        f"{CHAT}\r\n{CHAT}\r\n",
        f"{CHAT}\r{CHAT}",
        f"[{CHAT},\n{CHAT}]",
        f'{{"version": 1, "data": [{CHAT}, {CHAT}]}}',
        json.dumps({"version": 1, "rows": [json.loads(CHAT)] * 2}, indent=2),
        f"{MESSAGES}\n{MESSAGES}",
        "prompt,answer\rName a river.,The Elbe.\rName a river.,The Elbe.\r",
        "sep=;\nprompt;answer\nName a river.;The Elbe.\nName a river.;The Elbe.",
        'sep=;\r\n"prompt";"answer"\r\nName a river.;The Elbe.\r\nName a river.;The Elbe.\r\n',
        "prompt|answer\nName a river.|The Elbe.\nName a river.|The Elbe.\n",
        "[id],prompt,answer\n1,Name a river.,The Elbe.\n2,Name a river.,The Elbe.\n",
        ",prompt,answer\n0,Name a river.,The Elbe.\n1,Name a river.,The Elbe.\n",
    ],
)
def test_files_of_many_makes_are_read_whole(data: str) -> None:
    preview = read(data)
    assert chats(preview) == [RIVER, RIVER]
    assert not preview.bad_rows and not preview.changes


@pytest.mark.parametrize(
    "data",
    [
        packed(RIVERS, compression="zstd"),
        packed(RIVERS, compression="brotli"),
        arrow(RIVERS, stream=False),
        arrow(RIVERS, stream=True),
        packed(pa.table({"messages": [MESSAGES]})),
        packed(pa.table({"messages": [json.loads(MESSAGES)]})),
    ],
)
def test_tables_of_arrow_are_read_whole(data: bytes) -> None:
    assert chats(read(data)) == [RIVER]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("\ufeff", "x: the file is empty."),
        (",,,\n,,,\n", "x: no column has a name."),
        ("prompt,answer\n", "x: has no rows, only names of columns."),
        (packed(RIVERS[:0]), "x: has no rows, only names of columns."),
        (b"\x1f\x8b\x08", "x: packed with gzip; unpack it and import what is in it."),
        (b"\x28\xb5\x2f\xfd\0", "x: packed with Zstandard; unpack it and import what is in it."),
        (b"PK\x03\x04", "x: an Excel workbook or another ZIP archive; save the sheet as CSV"),
        ("version https://git-lfs.github.com/spec/v1", "x: only a pointer to a file in Git LFS"),
        ("| prompt | answer |\n|---|---|\n| a | b |", "x: a table in Markdown; save it as CSV."),
        ("# of rivers\nprompt,answer\na,b", "x, line 1: a comment before the header"),
        ("prompt,answer,answer\na,b,c", 'x, line 1: the column "answer" appears twice.'),
        ('sep=;\n\nprompt;prompt\na;b"', 'x, line 3: the column "prompt" appears twice.'),
        ('prompt,answer\na,b\nc,"He said "hi"."', "x, line 3: a quotation mark within a quoted"),
        ('prompt,answer\na,"b', "x, line 2: a quoted text is not closed."),
        ('{"prompt": {"0": "a"}, "completion": {"0": "b"}}', "the file holds its values by column"),
        ('{"prompt": ["a"], "completion": ["b"]}', "the file holds its values by column"),
        ("{'messages': []}", "line 1: written with single quotes, as Python prints it"),
        ('{"messages":[{"role":"user","content":"a\tb"}]}', "Invalid control character at column"),
        (packed(pa.table({"n": [1], "t": [0.5]})), 'its columns are "n", "t"'),
        (arrow(RIVERS, stream=True)[:80], "x: not readable as Arrow."),
        (arrow(pa.table([["a"], ["b"]], ["prompt", "prompt"]), False), "appears twice."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(
    data: str | bytes, sentence: str
) -> None:
    with pytest.raises(InvalidDataError) as refused:
        read(data)
    assert sentence in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("# rivers", "a comment, which JSONL can't hold; delete the line"),
        ("// rivers", "a comment, which JSONL can't hold; delete the line"),
        ("{'prompt': 'a', 'completion': 'b'}", "written with single quotes, as Python prints it"),
        (f"{PAIR},", "a comma follows the row; in JSONL each line is a row by itself"),
        (f"{PAIR}{PAIR}", "two rows in one line; write each in a line of its own"),
        (f"{PAIR} {PAIR}", "two rows in one line; write each in a line of its own"),
        ('{"prompt": "a",', "each row must be whole in one line"),
        ('{"prompt": NaN, "completion": "b"}', '"prompt" is missing'),
        ('{"prompt": null, "completion": "b"}', '"prompt" is missing'),
        ('{"prompt": "a", "completion": 4}', '"completion" must be text, and is a number'),
        ('{"prompt": "a", "completion": "  "}', '"completion" is empty'),
        ('{"prompt": "a", "completion": "\\ud83d"}', "half a surrogate pair, which is no text"),
        ('{"prompt": "a", "prompt": "b", "completion": "c"}', '"prompt" appears twice'),
    ],
)
def test_a_bad_line_of_jsonl_is_named_by_its_number(line: str, reason: str) -> None:
    preview = read(f"{PAIR}\n\n{line}\n{PAIR}")
    assert chats(preview) == [LAKE, LAKE]
    (complaint,) = complaints(preview)
    assert complaint.startswith("line 3: ") and reason in complaint


def test_a_bad_line_of_csv_is_named_by_its_number() -> None:
    preview = read('sep=,\nprompt,answer\n"a\nb",c\n# no\nprompt,answer\n3+3,\n2+2,4,5\n2+2,4\n')
    assert chats(preview) == [["user: a\nb", "assistant: c"], ["user: 2+2", "assistant: 4"]]
    assert complaints(preview) == [
        "line 5: a comment, which CSV can't hold; delete the line",
        "line 6: repeats the header",
        'line 7: "answer" is empty',
        "line 8: 3 fields where the header has 2",
    ]


def test_a_doubled_key_of_a_json_list_is_named_by_its_element() -> None:
    doubled = CHAT[:-1] + f', "messages": {MESSAGES}}}'
    preview = read(f"[{CHAT}, {doubled}]")
    assert complaints(preview) == ['element 2: "messages" appears twice']
    assert chats(preview) == [RIVER]


def test_a_file_may_hold_chats_and_pairs() -> None:
    preview = read(f'{CHAT}\n{PAIR}\n{{"prompt": "a"}}')
    assert chats(preview) == [RIVER, LAKE]
    assert complaints(preview) == ['line 3: "completion" is missing']
    assert list(preview.used) == ["prompt", "completion", "messages"]
    both = read(json.dumps(json.loads(CHAT) | {"prompt": "a", "completion": "b"}))
    assert chats(both) == [RIVER] and both.left_out == ["prompt", "completion"]


def test_texts_are_taken_literally() -> None:
    preview = read('prompt,answer\n"=1+1",@SUM(A1)\na &amp; b,<b>c</b>\n')
    assert chats(preview) == [
        ["user: =1+1", "assistant: @SUM(A1)"],
        ["user: a &amp; b", "assistant: <b>c</b>"],
    ]


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        ("Antwort,Frage\nDie Elbe.,Nenne einen Fluss.\n", ["Antwort", "Frage"]),
        ("text,label\nThe film was dull.,0\n", ["text", "label"]),
        ('{"text": "The film was dull.", "summary": "Dull."}', ["text", "summary"]),
        ("{prompt},{answer}\na,b\n", ["{prompt}", "{answer}"]),
        ('"prompt, in short";answer\na;b\n', ["prompt, in short", "answer"]),
        ("question [en],antwort [/en]\na,b\n", ["question [en]", "antwort [/en]"]),
        (packed(pa.table({"chosen": ["a"], "rejected": ["b"]})), ["chosen", "rejected"]),
        ('{"input": "a", "preferred": "b", "non_preferred": "c"}', NAMES),
        ('{"prompt": "a", "chosen": "b", "rejected": "c"}', ["prompt", "chosen", "rejected"]),
    ],
)
def test_columns_that_say_nothing_are_asked_about(data: str | bytes, columns: list[str]) -> None:
    unclear = parsed("x", data.encode() if isinstance(data, str) else data)
    assert isinstance(unclear, Unclear)
    assert unclear.columns == columns
    if len(columns) == 3 or "rejected" in columns:
        assert "answers that are not to be learned" in unclear.reason
    chosen = read(data, Choice(question=columns[0], answer=columns[1]))
    assert list(chosen.used) == columns[:2] and len(chosen.examples) == 1
    assert chosen.left_out == columns[2:]


def test_a_chosen_column_may_hold_documents_or_be_missing() -> None:
    data = "text,label\nThe film was dull.,0\n"
    preview = read(data, Choice(answer="text"))
    assert chats(preview) == [["document: The film was dull."]]
    unclear = parsed("x", data.encode(), Choice(question="text", answer="stars"))
    assert isinstance(unclear, Unclear) and unclear.reason == 'it has no column "stars"'
