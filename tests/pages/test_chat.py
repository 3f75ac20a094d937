"""The chat page keeps its set-up, and every reply under the model that was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backend.chat import conversations
from backend.chat.conversations import Request, Turn
from backend.chat.engine_key import write_key
from backend.chat.origin import Origin
from backend.chat.streaming import ChatSettings, Column
from backend.jobs.queue import claim, finish, get_job
from backend.runs.submit import submit_run
from models.base_models import EMBEDDED
from models.tables import Job, JobState
from tests.example_runs import finished_run, short_run
from tests.processes import wait_until
from tests.screens import button, open_page, read, texts
from tests.scripted_engine import ScriptedEngine

IMAGE = "![x](http://example.org/x.png)"


@pytest.fixture
def held(engine: type[ScriptedEngine], monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """An engine that answers only when this is called."""
    go, answer = threading.Event(), engine.do_POST

    def wait(self: Any) -> None:
        go.wait(60)
        answer(self)

    monkeypatch.setattr(engine, "do_POST", wait)
    return go.set


def visit(page: AppTest, name: str) -> None:
    page.switch_page(f"pages/{name}.py")
    page.run()


def newest_turn() -> Turn:
    return conversations.turns_of(conversations.newest()[0].id)[-1]


def settled(page: AppTest) -> AppTest:
    """The page once all answers are there."""
    wait_until(lambda: not newest_turn().is_growing)
    page.run()
    assert not page.exception
    return page


def answers(turn: Turn) -> list[str]:
    return [answer.text for answer in turn.answers]


def asked(page: AppTest, question: str) -> AppTest:
    return settled(page.chat_input[0].set_value(question).run())


def test_the_page_asks_every_column_and_restores_from_its_url(
    home: Path, engine: type[ScriptedEngine]
) -> None:
    run = finished_run()
    page = asked(open_page("chat"), "How to cross?")
    assert {sent["model"] for sent in engine.requests} == {EMBEDDED, run.id}
    assert [text.value for text in page.text].count("By steamship.") == 2
    stored = conversations.newest()[0].id
    assert page.query_params["conversation"] in (stored, [stored])
    again = open_page("chat", conversation=stored)
    assert [text.value for text in again.text].count("By steamship.") == 2


def test_regenerate_takes_the_next_seed_and_keeps_the_earlier_answers(
    home: Path, engine: type[ScriptedEngine]
) -> None:
    page = asked(open_page("chat"), "How?")
    settled(button(page, "Regenerate").click().run())
    assert [sent["seed"] for sent in engine.requests] == [1, 1, 2, 2]
    turns = conversations.turns_of(conversations.newest()[0].id)
    assert [turn.after for turn in turns] == [None, None]
    versions = page.segmented_control(key="version-None")
    assert versions.value == turns[1].id
    versions.set_value(turns[0].id).run()
    assert page.session_state["chat"].through == turns[0].id
    assert [text.value for text in page.text].count("By steamship.") == 2
    button(page, "Clear").click().run()
    assert "Ask about anything" in texts(page)
    assert len(conversations.newest()) == 1


def test_an_unknown_model_in_the_url_is_never_silently_another(home: Path) -> None:
    page = open_page("chat", model="gone")
    assert page.selectbox(key="model-0").value is None
    page.chat_input[0].set_value("Hello").run()
    assert "Choose a model in every column first." in texts(page)


def test_without_an_engine_the_page_says_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_URL", "http://127.0.0.1:9/v1")
    page = asked(open_page("chat"), "Hello")
    assert "Start it with `make run`" in texts(page)


@pytest.mark.parametrize("name", ["seed", "temperature", "max_tokens", "scale"])
@pytest.mark.parametrize("value", ["nan", "inf", "abc", "-1"])
def test_a_wrong_number_in_the_url_is_said_and_left_out(home: Path, name: str, value: str) -> None:
    page = open_page("chat", **{name: value})
    assert any("is used" in toast.value for toast in page.toast)
    assert page.number_input(key="max_tokens").value == 200


def test_the_set_up_outlives_a_visit_to_another_page(home: Path) -> None:
    run = finished_run()
    page = open_page("chat")
    page.number_input(key="max_tokens").set_value(77).run()
    visit(page, "home")
    visit(page, "chat")
    assert (page.slider(key="count").value, page.number_input(key="max_tokens").value) == (2, 77)
    assert page.selectbox(key="model-1").value == run.id


def test_a_link_within_the_app_sets_the_chat_up_anew(home: Path) -> None:
    finished_run()
    page = open_page("chat")
    visit(page, "home")
    page.query_params["model"] = [EMBEDDED, EMBEDDED]
    visit(page, "chat")
    assert page.selectbox(key="model-1").value == EMBEDDED


def test_an_adapter_is_never_switched_off_by_looking_at_the_base_model(home: Path) -> None:
    run = finished_run()
    page = open_page("chat")
    for model in (EMBEDDED, run.id):
        page.selectbox(key="model-1").set_value(model).run()
    assert page.slider(key="scale-1").value == 1.0


def test_replies_stay_those_of_the_model_that_was_asked(
    home: Path, held: Callable[[], None]
) -> None:
    run = finished_run()
    page = open_page("chat")
    page.chat_input[0].set_value("How?").run()
    assert page.chat_input[0].disabled
    page.selectbox(key="model-1").set_value(EMBEDDED).run()
    page.slider(key="count").set_value(1).run()
    held()
    settled(page)
    assert [answer.model for answer in newest_turn().answers] == [EMBEDDED, run.id]
    page.slider(key="count").set_value(2).run()
    assert run.name in page.code[0].value
    page.selectbox(key="model-0").set_value(run.id).run()
    assert any("Answered by SmolLM2" in caption.value for caption in page.caption)


def test_every_reply_tells_what_produced_it_also_after_a_swap(
    home: Path, engine: type[ScriptedEngine]
) -> None:
    origins = [
        Origin(model="Birds", adapter_sha256=sha, engine="vLLM", strength=0.5, seed=1)
        for sha in ("a" * 64, "b" * 64)
    ]
    page = open_page("chat")
    for question, engine.origin in zip(("One?", "Two?"), origins, strict=True):
        page = asked(page, question)
    stored = conversations.newest()[0].id
    for drawn in (page, open_page("chat", conversation=stored)):
        captions = [read(caption.value) for caption in drawn.caption]
        for origin in origins:
            assert captions.count(origin.text) == 2
    _, turns = conversations.load(stored)
    assert [answer.origin for answer in turns[1].answers] == [origins[1]] * 2
    exported = conversations.as_markdown({}, turns) + conversations.as_json({}, turns)
    assert all(origin.text in exported and origin.adapter_sha256 in exported for origin in origins)


def test_an_answer_goes_on_when_the_page_is_left_or_loaded_anew(
    home: Path, engine: type[ScriptedEngine], held: Callable[[], None]
) -> None:
    page = open_page("chat")
    page.chat_input[0].set_value("How?").run()
    visit(page, "home")
    visit(page, "chat")
    stored = conversations.newest()[0].id
    again = open_page("chat", conversation=stored)
    for looking in (page, again):
        assert [text.value for text in looking.text] == ["How?", "…"] * 2
        assert looking.chat_input[0].disabled
    held()
    for looking in (settled(page), settled(again)):
        assert [text.value for text in looking.text] == ["How?", "By steamship."] * 2
    assert len(conversations.newest()) == 1 and len(engine.requests) == 2


def test_an_edited_question_begins_a_branch_and_the_old_one_stays_reachable(
    home: Path, engine: type[ScriptedEngine]
) -> None:
    page = open_page("chat", model=EMBEDDED)
    for question in ("One?", "Two?"):
        page = asked(page, question)
    first, second = conversations.turns_of(conversations.newest()[0].id)
    page.number_input(key="edited").set_value(1).run()
    page.text_area(key=f"edit-{first.id}").set_value("Another?").run()
    settled(button(page, "Ask as a new branch").click().run())
    assert newest_turn().question == "Another?" and newest_turn().after is None
    assert "Two?" not in [text.value for text in page.text]
    page.segmented_control(key="version-None").set_value(first.id).run()
    assert "Two?" in [text.value for text in page.text]
    asked(page, "Three?")
    assert newest_turn().after == second.id


def test_stored_conversations_are_searched(home: Path, engine: type[ScriptedEngine]) -> None:
    page = asked(open_page("chat", model=EMBEDDED), "How?")
    stored = conversations.newest()[0].id
    page.text_input(key="search").set_value("STEAMSHIP").run()
    assert page.button(key=f"open-{stored}")
    page.text_input(key="search").set_value("zeppelin").run()
    assert "No conversation has all these words" in texts(page)


def test_a_question_is_answered_several_times_with_seeds_of_their_own(
    home: Path, engine: type[ScriptedEngine]
) -> None:
    page = open_page("chat", model=EMBEDDED)
    page.number_input(key="draws").set_value(3).run()
    asked(page, "How?")
    assert page.query_params["draws"] in ("3", ["3"])
    assert [text.value for text in page.text] == ["How?", *["By steamship."] * 3]
    settled(button(page, "Regenerate").click().run())
    assert sorted(sent["seed"] for sent in engine.requests) == [1, 2, 3, 4, 5, 6]
    asked(page, "And then?")
    assert [len(sent["messages"]) for sent in engine.requests[6:]] == [3, 3, 3]


def test_an_answer_is_stopped_from_another_tab(home: Path, held: Callable[[], None]) -> None:
    page = open_page("chat")
    page.chat_input[0].set_value("How?").run()
    again = open_page("chat", conversation=conversations.newest()[0].id)
    button(again, "Stop").click().run()
    assert not page.run().chat_input[0].disabled
    assert "stopped" in texts(page)
    held()


def test_a_cut_answer_is_said_to_be_cut_and_asked_for_again_on_a_click(
    home: Path, engine: type[ScriptedEngine]
) -> None:
    stored = conversations.start("How?", {"model": [EMBEDDED]})
    request = Request(column=Column(model=EMBEDDED), settings=ChatSettings())
    conversations.add(stored, None, "How?", [request], asker="1.gone")
    page = open_page("chat", model=EMBEDDED, conversation=stored)
    assert "Cut off" in texts(page) and not page.chat_input[0].disabled
    assert not engine.requests
    button(page, "Ask again for what is missing of question 1").click().run()
    settled(page)
    assert answers(newest_turn()) == ["By steamship."] and len(engine.requests) == 1
    assert "Cut off" not in texts(page)


def test_a_column_that_is_hidden_for_a_while_keeps_its_model(home: Path) -> None:
    runs = [finished_run(seed=seed) for seed in (1, 2, 3)]
    page = open_page("chat", model=EMBEDDED)
    page.slider(key="count").set_value(4).run()
    for place, run in enumerate(runs, 1):
        page.selectbox(key=f"model-{place}").set_value(run.id).run()
    page.text_input(key="prefix-2").set_value("Year: 1984.").run()
    page.slider(key="scale-3").set_value(0.5).run()
    for count in (1, 2, 4):
        page.slider(key="count").set_value(count).run()
    kept = [page.selectbox(key=f"model-{place}").value for place in range(4)]
    assert kept == [EMBEDDED, *(run.id for run in runs)]
    assert page.text_input(key="prefix-2").value == "Year: 1984."
    assert page.slider(key="scale-3").value == 0.5


def test_every_answer_tells_its_tokens_also_after_another(
    home: Path, engine: type[ScriptedEngine]
) -> None:
    page = asked(open_page("chat", model=EMBEDDED), "One?")
    asked(page, "Two?")
    assert sum(caption.value.startswith("3 tokens") for caption in page.caption) == 2


def test_a_link_may_call_a_run_by_its_name(home: Path) -> None:
    run = finished_run()
    page = open_page("chat", model=run.name)
    assert page.selectbox(key="model-0").value == run.id and not page.toast


def test_another_conversation_is_opened_while_answers_arrive(
    home: Path, held: Callable[[], None]
) -> None:
    other = conversations.start("Other", {"model": [EMBEDDED]})
    page = open_page("chat")
    page.chat_input[0].set_value("How?").run()
    page.button(key=f"open-{other}").click().run()
    assert page.session_state["chat"].conversation == other and not page.chat_input[0].disabled
    held()
    settled(page)
    assert answers(newest_turn()) == ["By steamship."] * 2
    assert not page.text


def test_after_a_conversation_is_deleted_elsewhere_a_new_one_begins(
    home: Path, engine: type[ScriptedEngine]
) -> None:
    page = asked(open_page("chat"), "One?")
    conversations.forget(conversations.newest()[0].id)
    page.run()
    assert any("has been deleted" in toast.value for toast in page.toast)
    asked(page, "Two?")
    [turn] = conversations.turns_of(conversations.newest()[0].id)
    assert turn.question == "Two?"


def test_names_and_titles_are_never_read_as_markdown(home: Path) -> None:
    conversations.start(IMAGE, {"model": []})
    page = open_page("chat", model=IMAGE)
    shown = [*(toast.value for toast in page.toast), *(b.label for b in page.button)]
    assert len(page.toast) == 1 and not any("![x](" in text for text in shown)


def test_the_seed_after_the_last_is_the_first(home: Path, engine: type[ScriptedEngine]) -> None:
    page = asked(open_page("chat", seed=str(2**31 - 1)), "How?")
    settled(button(page, "Regenerate").click().run())
    assert page.number_input(key="seed").value == 0


@pytest.fixture
def full(engine: type[ScriptedEngine], monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    """An engine that refuses as long as a training has the memory."""
    submitted = submit_run(short_run())
    assert claim("me")
    answer = engine.do_POST

    def refuse(self: Any) -> None:
        if get_job(submitted.id).state.is_final:
            return answer(self)
        self.rfile.read(int(self.headers["Content-Length"]))
        told = {"message": "A training has the memory.", "type": "x", "code": "memory_taken"}
        self.send_response(503)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"error": told}).encode())

    monkeypatch.setattr(engine, "do_POST", refuse)
    yield submitted


def test_a_question_waits_for_the_training_that_has_the_memory(home: Path, full: Job) -> None:
    page = asked(open_page("chat", model=EMBEDDED), "Who leads?")
    assert "A training has the memory." in texts(page)
    page.button(key="queue").click().run()
    assert "asked when this job has ended" in texts(page)
    page.run()
    assert "asked when this job has ended" in texts(page)
    finish(full.id, "me", JobState.DONE)
    page.run()
    settled(page)
    assert answers(newest_turn()) == ["By steamship."]
    assert "will be asked" not in texts(page)


def test_a_question_need_not_wait(home: Path, full: Job) -> None:
    page = asked(open_page("chat", model=EMBEDDED), "Who leads?")
    page.button(key="queue").click().run()
    button(page, "Do not wait").click().run()
    assert "will be asked" not in texts(page) and page.button(key="free")
    page.button(key="free").click().run()
    assert get_job(full.id).state == JobState.CANCELLING


def test_the_page_shows_other_tools_the_address_and_the_key_of_the_running_engine(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENGINE_KEY", raising=False)
    key = write_key()
    shown = open_page("chat").code[-1].value
    assert shown.endswith(f"/v1\nOPENAI_API_KEY={key}")
