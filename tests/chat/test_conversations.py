"""Stored conversations name the model of every reply, and lose nothing."""

import json
from pathlib import Path

import pytest

from backend.chat import conversations
from backend.chat.conversations import Turn
from backend.errors import NotFoundError


def turn(question: str, *models: str) -> Turn:
    return Turn(question=question, replies=[f"{m} says" for m in models], models=list(models))


def test_each_reply_keeps_its_model_when_a_column_changes(home: Path) -> None:
    stored = conversations.start("One?", {})
    turns = [turn("One?", "base", "run"), turn("Two?", "base", "other")]
    for number, each in enumerate(turns):
        conversations.save_turn(stored, number, each)
    assert conversations.load(stored)[1] == turns
    text = conversations.as_markdown({"run": "Birds, seed 1"}, turns)
    assert "**Birds, seed 1**\n\n> run says" in text and "**other**\n\n> other says" in text


def test_storing_a_turn_again_leaves_later_turns(home: Path) -> None:
    stored = conversations.start("One?", {})
    for number in range(3):
        conversations.save_turn(stored, number, turn(f"{number}?", "base"))
    conversations.save_turn(stored, 1, turn("again?", "base"))
    assert [t.question for t in conversations.load(stored)[1]] == ["0?", "again?", "2?"]


def test_storing_into_a_deleted_conversation_is_refused(home: Path) -> None:
    with pytest.raises(NotFoundError):
        conversations.save_turn("gone", 0, turn("One?", "base"))


def test_a_question_of_many_lines_stays_a_quotation() -> None:
    text = conversations.as_markdown({}, [turn("One\n# Two", "base")])
    assert "> One\n> # Two" in text


def test_a_conversation_is_kept_reopened_exported_and_forgotten(home: Path) -> None:
    stored = conversations.start("How?", {"model": ["a", "b"]})
    turns = [
        Turn(question="How?", replies=["x", "y"], models=["a", "b"]),
        Turn(question="Why?", replies=["<b>", ""], models=["a", "c"]),
    ]
    for number, turn in enumerate(turns):
        conversations.save_turn(stored, number, turn)
    conversations.save_turn(stored, 1, turns[1])
    assert conversations.load(stored)[1] == turns
    assert json.loads(conversations.as_json({}, turns))["turns"][1]["replies"] == ["<b>", ""]
    assert "> <b>" in conversations.as_markdown({"a": "A"}, turns)
    conversations.forget(stored)
    assert not conversations.newest()
    with pytest.raises(NotFoundError):
        conversations.load(stored)
