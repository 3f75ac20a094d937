"""One story for each format: the same two fishes come out of all of them."""

import json
from io import BytesIO

import pandas as pd
import pytest

from backend.datasets.importing.duplicates import count_duplicates
from backend.datasets.importing.preview import preview_of
from tests.datasets.importing.fish import FISH, ROWS, chat

SHAREGPT = [
    {"conversations": [{"from": "human", "value": q}, {"from": "gpt", "value": a}]} for q, a in FISH
]
ALPACA = [{"instruction": q, "input": "", "output": a} for q, a in FISH]
PAIRS = [{"prompt": q, "completion": a} for q, a in FISH]
CSV = '{0}{2}{1}\n"Name a fish."{2}Pollock\nName another.{2}Turbot\n'


def lines(rows: list[dict[str, object]]) -> str:
    return "\n".join(json.dumps(row) for row in rows)


def parquet(columns: dict[str, list[object]]) -> bytes:
    file = BytesIO()
    pd.DataFrame(columns).to_parquet(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (ROWS, "OpenAI chat, JSONL"),
        ("\ufeff" + ROWS.replace("\n", "\r\n\r\n"), "OpenAI chat, JSONL"),
        (json.dumps([json.loads(row) for row in ROWS.split("\n")], indent=1), "OpenAI chat, JSON"),
        (json.dumps(SHAREGPT), "ShareGPT, JSON"),
        (lines(SHAREGPT), "ShareGPT, JSONL"),
        (json.dumps(ALPACA), "Alpaca, JSON"),
        (lines(ALPACA), "Alpaca, JSONL"),
        (lines(PAIRS), '"prompt" and "completion", JSONL'),
        (CSV.format("Question", "Answer", ","), '"Question" and "Answer", CSV'),
        (CSV.format("input", "reply", "\t"), '"input" and "reply", CSV'),
    ],
)
def test_the_content_tells_the_format(data: str, name: str) -> None:
    preview = preview_of("fish", data.encode())
    assert preview.format == name
    assert [(e.prompt, e.answer) for e in preview.examples] == FISH
    assert preview.bad_rows == []


def test_parquet_holds_columns_or_whole_chats() -> None:
    asked, answered = zip(*FISH, strict=True)
    preview = preview_of(
        "fish",
        parquet(
            {
                "Prompt": list(asked),
                "reply": list(answered),
            }
        ),
    )
    assert preview.format == '"Prompt" and "reply", Parquet'
    assert [(e.prompt, e.answer) for e in preview.examples] == FISH
    chats = parquet({"messages": [json.loads(chat(*each))["messages"] for each in FISH]})
    assert preview_of("fish", chats).examples == preview.examples


def test_of_many_columns_the_known_ones_are_taken() -> None:
    preview = preview_of("fish", b"id,response,prompt\n1,Pollock,Name a fish.\n")
    assert [(e.prompt, e.answer) for e in preview.examples] == FISH[:1]


def test_an_alpaca_input_and_a_system_prompt_are_kept() -> None:
    row = {"system": "Be brief.", "instruction": "Sort.", "input": "b a", "output": "a b"}
    (example,) = preview_of("x", json.dumps([row]).encode()).examples
    assert [m.role for m in example.messages] == ["system", "user", "assistant"]
    assert example.prompt == "Sort.\n\nb a"


def test_a_csv_text_may_hold_line_breaks_and_later_rows_keep_their_lines() -> None:
    preview = preview_of("x", b'prompt,answer\n"a\nb",c\nd\n')
    assert preview.examples[0].prompt == "a\nb"
    assert [preview.complaint(bad) for bad in preview.bad_rows] == [
        "line 4: 1 fields where the header has 2"
    ]


def test_a_line_separator_inside_a_text_ends_no_row() -> None:
    row = json.dumps({"prompt": "a\u2028b", "completion": "c\x85d"}, ensure_ascii=False)
    assert preview_of("x", row.encode()).examples[0].prompt == "a\u2028b"


def test_duplicates_and_near_duplicates_are_counted_and_kept() -> None:
    long = "The red mullet lives near the bottom of warm seas and is eaten with its liver."
    rows = [
        ("Tell me of a fish.", long),
        ("Tell me of a fish.", long),
        ("tell me of a  fish.", long.replace("warm", "worm")),
        ("Tell me of a fish.", long[::-1]),
        ("Name a fish.", "Cod"),
        ("Name a fish.", "Cad"),
        ("Name a fish.", "COD"),
    ]
    preview = preview_of("x", "\n".join(chat(*row) for row in rows).encode())
    assert (preview.duplicates, preview.near_duplicates) == (1, 2)
    assert len(preview.examples) == 7


def test_none_is_the_duplicate_of_nothing() -> None:
    assert count_duplicates([]) == (0, 0)
    assert count_duplicates(preview_of("x", chat("a", "b").encode()).examples) == (0, 0)


TURNS = [("assistant", "gpt", "Hello!"), ("user", "human", "Hi."), ("assistant", "gpt", "Ha.")]
BEGUN = {
    "messages": [{"role": role, "content": text} for role, _, text in TURNS],
    "conversations": [{"from": name, "value": text} for _, name, text in TURNS],
}


@pytest.mark.parametrize("key", BEGUN)
def test_a_chat_that_the_assistant_begins_is_refused_by_its_line(key: str) -> None:
    rows = [{key: BEGUN[key][1:]}, {key: BEGUN[key]}]
    found = preview_of("chats.jsonl", lines(rows).encode())
    assert len(found.examples) == 1 and [bad.line for bad in found.bad_rows] == [2]
    assert "the assistant may not begin the chat" in found.bad_rows[0].reason
