"""No column, turn or flag of a row is dropped without a word."""

import json
from typing import Any

import pyarrow as pa
import pytest

from tests.datasets.importing.reading import chats, complaints, packed, read

Row = dict[str, Any]
ASKED = {"role": "user", "content": "Name a river."}
SAID = {"role": "assistant", "content": "The Elbe."}
CHAT = [ASKED, SAID]
RIVER = ["user: Name a river.", "assistant: The Elbe."]
GPT = [{"from": "human", "value": "Name a river."}, {"from": "gpt", "value": "The Elbe."}]
GRAZ = "Graz was founded in 1128."


def lines(*rows: Row) -> str:
    return "\n".join(map(json.dumps, rows))


@pytest.mark.parametrize(
    ("row", "chat"),
    [
        ({"system_prompt": "Be brief.", "question": "a", "response": "b"}, "system user assistant"),
        ({"system_prompt": "", "question": "a", "response": "b"}, "user assistant"),
        ({"system": "Be brief.", "messages": CHAT}, "system user assistant"),
        ({"system": None, "conversations": GPT}, "user assistant"),
        ({"system": "Hi", "messages": [{"role": "system", "content": "Hi"}, *CHAT]}, "system user"),
        ({"conversation": GPT}, "user assistant"),
        ({"items": GPT, "id": "7"}, "user assistant"),
        ({"conversations": CHAT}, "user assistant"),
        ({"messages": json.dumps(CHAT)}, "user assistant"),
        ({"prompt": [ASKED], "completion": [SAID]}, "user assistant"),
        ({"prompt": "Name a river.", "completion": [SAID]}, "user assistant"),
        ({"conversations": GPT, "tools": "[]", "images": []}, "user assistant"),
    ],
)
def test_roles_and_columns_of_many_makes_are_used(row: Row, chat: str) -> None:
    preview = read(lines(row))
    assert not preview.bad_rows
    roles = [message.role for message in preview.examples[0].messages]
    assert " ".join(roles).startswith(chat)
    assert preview.left_out == (["id"] if "id" in row else [])


@pytest.mark.parametrize(
    ("row", "question"),
    [
        ({"instruction": "When?", "context": GRAZ, "response": "In 1128."}, f"When?\n\n{GRAZ}"),
        ({"instruction": "Sort.", "input": "b a", "response": "a b"}, "Sort.\n\nb a"),
        ({"instruction": "Sort.", "input": None, "output": "a b"}, "Sort."),
        ({"input": GRAZ, "question": "When?", "answer": "In 1128."}, f"When?\n\n{GRAZ}"),
    ],
)
def test_what_a_question_is_about_stands_behind_it(row: Row, question: str) -> None:
    preview = read(lines(row))
    assert preview.examples[0].prompt == question
    assert not preview.left_out
    if len(question) > 6:
        assert "appended to the question" in preview.used.values()


def test_an_earlier_conversation_is_kept() -> None:
    history = [["Name a river.", "The Elbe."], ["Is it long?", "Yes."]]
    row = {"instruction": "Another?", "input": "", "output": "The Rhine.", "system": "Be brief."}
    whole = [
        "system: Be brief.",
        *RIVER,
        "user: Is it long?",
        "assistant: Yes.",
        "user: Another?",
        "assistant: The Rhine.",
    ]
    assert chats(read(lines(row | {"history": history}))) == [whole]
    assert chats(read(lines(row | {"history": json.dumps(history)}))) == [whole]
    bad = read(lines(row | {"history": []}, row | {"history": [["a"]]}))
    assert complaints(bad) == ['line 2: "history" must be a list of questions with their answers']


@pytest.mark.parametrize("flag", [{"weight": 0}, {"weight": 0.0}, {"train": False}])
def test_a_reply_that_is_not_to_be_trained_is_only_read(flag: Row) -> None:
    others = [{"role": "user", "content": "Hi", "weight": None}]
    others.append({"role": "assistant", "content": "No."} | flag)
    preview = read(lines({"messages": [*others, ASKED, SAID | {"weight": 1}]}))
    assert chats(preview) == [["user: Hi", "assistant (only read): No.", *RIVER]]
    assert [change.text for change in preview.changes] == [
        "a reply that is marked as not to be trained is only read"
    ]
    none = read(lines({"messages": CHAT}, {"messages": others}))
    assert complaints(none) == ["line 2: none of its replies is to be trained"]


def test_null_and_empty_fields_are_absent() -> None:
    assert chats(read(lines({"messages": None, "text": "The Elbe."}))) == [["document: The Elbe."]]
    dump = {"refusal": None, "annotations": [], "audio": None, "tool_calls": None}
    preview = read(lines({"messages": [ASKED, SAID | dump], "label": None}))
    assert chats(preview) == [RIVER]
    assert not preview.left_out and not preview.changes and list(preview.used) == ["messages"]
    named = [ASKED | {"name": "ada", "tool_calls": None}, SAID | {"name": None}]
    preview = read(packed(pa.table({"messages": [named]})))
    assert chats(preview) == [RIVER]
    assert preview.left_out == ["name of messages"]


@pytest.mark.parametrize(
    ("turns", "change"),
    [
        ([{"role": "developer", "content": "Hi"}], '"developer" is read as "system"'),
        ([{"role": "system", "content": ""}], "an empty system prompt is left out"),
        ([{"role": "Human", "content": "Hi"}], '"Human" is read as "user"'),
        ([ASKED, {"role": "model", "content": "Hi"}], '"model" is read as "assistant"'),
        (
            [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
            "the parts of a message are joined",
        ),
        ([ASKED | {"train": True}], "a question that is marked to be trained is only read"),
    ],
)
def test_what_differs_from_the_file_is_listed(turns: list[Row], change: str) -> None:
    preview = read(lines({"messages": CHAT}, {"messages": turns + CHAT}))
    assert len(preview.examples) == 2
    assert [(c.text, c.rows, c.first) for c in preview.changes] == [(change, 1, 2)]
    assert f"Changed: {change} (1 row, first line 2)" in preview.account


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"label": False}, '"label" is false, so its answer is not to be learned'),
        ({"images": ["heron.jpg"]}, 'has "images"; the lab trains texts only'),
        ({"tools": '[{"name": "clock"}]'}, 'has "tools"; the lab trains no use of tools'),
        (
            {"messages": [ASKED, {"role": "assistant", "content": None, "tool_calls": [{}]}]},
            'message 2 has "tool_calls"; the lab trains no use of tools',
        ),
        (
            {"messages": [ASKED, {"role": "function_call", "content": "{}"}, SAID]},
            'message 2 is from "function_call"; the lab trains no use of tools',
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}, SAID]},
            'message 1 has a part of type "image_url"; the lab trains texts only',
        ),
        ({"messages": [ASKED, SAID | {"weight": 0.5}]}, '"weight" of message 2 must be 0 or 1'),
        ({"messages": [{"role": "wizard", "content": "Hi"}]}, 'message 1 is from "wizard"'),
        ({"messages": [ASKED, SAID | {"content": "  "}]}, "message 2 is empty"),
        ({"messages": [ASKED, SAID | {"content": 4}]}, "message 2 must be text, and is a number"),
        ({"messages": []}, '"messages" must be a list of messages'),
        ({"messages": [{"role": "system", "content": ""}]}, '"messages" has no text'),
        (
            {"system": "Be brief.", "messages": [{"role": "system", "content": "Rhyme."}, *CHAT]},
            'has a system prompt in "system" and another in the chat',
        ),
        ({"messages": [*CHAT, ASKED]}, 'the last message must be from "assistant"'),
    ],
)
def test_what_cannot_be_trained_is_refused_by_row(row: Row, reason: str) -> None:
    preview = read(lines({"messages": CHAT, "label": True}, {"messages": CHAT} | row))
    assert chats(preview) == [RIVER]
    (complaint,) = complaints(preview)
    assert complaint.startswith(f"line 2: {reason}")


def test_undesired_answers_of_a_table_are_refused() -> None:
    preview = read("prompt,completion,label\nName a river.,The Elbe.,True\na,b,False\n")
    assert chats(preview) == [RIVER]
    assert complaints(preview)[0].startswith('line 3: "label" is false, so its answer is not to')


def test_texts_without_questions_are_documents() -> None:
    preview = read(lines({"text": "The Elbe rises in Bohemia.", "meta": {"page": 3}, "id": "a"}))
    assert chats(preview) == [["document: The Elbe rises in Bohemia."]]
    assert preview.used == {"text": "a document, trained as a whole"}
    assert preview.left_out == ["meta", "id"]


def test_every_column_and_key_that_is_not_used_is_listed() -> None:
    row = {"prompt": "a", "id": 7, "completion": "b", "score": 0.5, "note": None, "system": ""}
    preview = read(lines(row))
    assert preview.account == [
        'Used: "prompt": the question; "completion": the answer, which is trained',
        'Left out: "id", "score"',
        "Changed: no row",
        "Refused: no row",
    ]
    wrapped = read(json.dumps({"version": 1, "data": [row]}))
    assert wrapped.left_out == ["version", "id", "score"]
