"""Stored conversations name the model of every answer, and lose nothing."""

import json
from pathlib import Path

import pytest

from backend.chat import conversations
from backend.chat.conversations import Answer, Request, Turn, branch
from backend.chat.origin import Origin
from backend.chat.streaming import ChatSettings, Column
from backend.errors import NotFoundError

ORIGIN = Origin(model="m", seed=1)


def answer(model: str, text: str = "", **parts: object) -> Answer:
    told = {"id": 1, "place": 0, "draw": 0, "request": None, "origin": ORIGIN, "tokens": 11}
    rest = {"seconds": 2.0, "asker": "", "ending": "stop", "error": "", "code": ""}
    return Answer.model_validate(told | rest | {"model": model, "text": text} | parts)


def turn(number: int, after: int | None, question: str = "?", *answers: Answer) -> Turn:
    return Turn(id=number, after=after, question=question, answers=list(answers))


def test_each_answer_keeps_its_model_when_a_column_changes(home: Path) -> None:
    stored, after = conversations.start("One?", {}), None
    for models in (["base", "run"], ["base", "other"]):
        requests = [Request(column=Column(model=m), settings=ChatSettings()) for m in models]
        after = conversations.add(stored, after, "One?", requests, "")
    turns = conversations.load(stored)[1]
    assert [[a.model for a in t.answers] for t in turns] == [["base", "run"], ["base", "other"]]
    assert [t.after for t in turns] == [None, turns[0].id]


def test_a_forgotten_conversation_takes_no_more_questions(home: Path) -> None:
    stored = conversations.start("One?", {"model": ["a"]})
    request = Request(column=Column(model="a"), settings=ChatSettings())
    conversations.add(stored, None, "One?", [request], "")
    conversations.forget(stored)
    assert not conversations.newest() and not conversations.turns_of(stored)
    with pytest.raises(NotFoundError):
        conversations.load(stored)
    with pytest.raises(NotFoundError):
        conversations.add(stored, None, "Two?", [request], "")


def test_conversations_are_found_by_the_words_of_questions_and_answers(database: str) -> None:
    request = Request(column=Column(model="a"), settings=ChatSettings())
    birds, rates = (conversations.start(title, {}) for title in ("Birds", "Rates"))
    conversations.add(birds, None, "Name a bird.", [request], "me")
    conversations.add(rates, None, "How much is 100%?", [request], "other")
    [growing] = conversations.wanted("me")
    conversations.grow("me", {growing: {"content": "The Great Auk", "ending": "stop"}})

    def found(words: str) -> list[str]:
        return [conversation.title for conversation in conversations.newest(words=words)]

    assert found("auk  NAME") == ["Birds"] and found("%") == ["Rates"]
    assert found("auk much") == [] and found(" ") == ["Rates", "Birds"]


def test_a_branch_goes_through_a_turn_to_its_newest() -> None:
    one, two, three = turn(1, None), turn(2, 1), turn(3, 2)
    other, last = turn(4, 1), turn(5, 4)
    turns = [one, two, three, other, last]
    assert branch(turns) == branch(turns, 1) == branch(turns, 4) == [one, other, last]
    assert branch(turns, 2) == branch(turns, 3) == [one, two, three]
    assert branch(turns, 99) == [one, other, last] and branch([]) == []


def test_the_pace_is_told_only_where_it_means_something() -> None:
    assert answer("m", tokens=11, seconds=2.0).tokens_per_second == 5
    assert answer("m", tokens=11, seconds=0.01).tokens_per_second is None
    assert answer("m", tokens=None, seconds=None).tokens_per_second is None


def test_exports_hold_all_answers_with_their_origin() -> None:
    turns = [turn(1, None, "One\n# Two", answer("run", "<b>"), answer("gone", "x", origin=None))]
    text = conversations.as_markdown({"run": "Birds, seed 1"}, turns)
    assert "> One\n> # Two" in text
    assert f"**Birds, seed 1**\n\n> <b>\n\nAnswered by {ORIGIN.text}" in text
    assert "**gone**\n\n> x" in text
    kept = json.loads(conversations.as_json({"seed": "1"}, turns))
    assert kept["turns"][0]["answers"][0]["origin"] == ORIGIN.model_dump()
    assert kept["setup"] == {"seed": "1"}
