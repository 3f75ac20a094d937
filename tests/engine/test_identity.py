"""The engine says with every answer which weights gave it, and serves no others in their place."""

from pathlib import Path

import openai
import pytest
from safetensors.numpy import load_file, save_file

from backend.base_models.template_hash import template_hash
from backend.chat.client import client
from backend.chat.identity import (
    HEADER,
    ask_pinned,
    identity_of,
    identity_of_base,
    identity_of_run,
)
from backend.chat.origin import Origin
from backend.chat.streaming import ChatSettings, Column, Reply
from backend.db import session
from backend.engine import serving
from backend.errors import InvalidDataError, UserError
from backend.files import ADAPTER_WEIGHTS
from backend.runs.submit import rename_run
from models.base_models import EMBEDDED
from models.tables import Run
from tests.engine.gateway_lab import Lab, add_run, check_of, weights_hash

CHAT = {"messages": [{"role": "user", "content": "Name a bird."}], "max_tokens": 2}


def test_an_answer_says_who_gave_it_also_in_a_stream(lab: Lab, trained: Path) -> None:
    run = add_run(lab, trained, "Said")
    expected = {
        EMBEDDED: identity_of_base(EMBEDDED),
        run.id: identity_of_run(run.id, weights_hash(trained)),
        "Said": identity_of_run(run.id, weights_hash(trained)),
    }
    asking = lab.client.chat.completions.with_raw_response
    for name, identity in expected.items():
        for stream in (False, True):
            answer = asking.create(model=name, stream=stream, **CHAT)
            assert answer.headers[HEADER] == identity


def test_a_name_that_passed_to_another_model_is_noticed(lab: Lab, trained: Path) -> None:
    first, second = add_run(lab, trained, "Passed"), add_run(lab, trained, "Unnamed")
    expected = identity_of_run(first.id, weights_hash(trained))
    assert ask_pinned(client(), expected, model="Passed", **CHAT).choices
    assert identity_of("Passed") == expected
    rename_run(first.id, "Other")
    rename_run(second.id, "Passed")
    with pytest.raises(UserError, match=f"{second.id}@.* answered instead of {first.id}@"):
        ask_pinned(client(), expected, model="Passed", **CHAT)
    assert ask_pinned(client(), expected, model=first.id, **CHAT).choices


def test_swapped_adapters_are_seen_in_the_mark_of_the_chat(
    lab: Lab, trained: Path, tmp_path: Path
) -> None:
    first, second = (
        add_run(lab, trained, "Shown"),
        add_run(lab, other_bytes(trained, tmp_path), "B"),
    )
    before = mark("Shown")
    rename_run(first.id, "A")
    rename_run(second.id, "Shown")
    after, weak = mark("Shown"), mark("Shown", scale=0.5)
    assert before.adapter_sha256 == weights_hash(trained)
    assert after.adapter_sha256 == weights_hash(tmp_path)
    assert before.text != after.text != weak.text
    assert (after.model, after.engine, after.seed) == ("Shown", "llama.cpp", 1)
    assert (after.strength, weak.strength, after.template) == (1, 0.5, template_hash(EMBEDDED))
    base = mark(EMBEDDED, is_run=False)
    assert base.adapter_sha256 is base.strength is None


def mark(model: str, is_run: bool = True, scale: float = 1.0) -> Origin:
    """What the engine tells the chat with a reply."""
    column = Column(model=model, is_run=is_run, scale=scale)
    reply = Reply(column, ChatSettings(max_tokens=2), column.messages("", [], "Name a bird."))
    reply.wait()
    assert reply.origin, reply.error
    return reply.origin


def other_bytes(trained: Path, folder: Path) -> Path:
    """Copy an adapter with a remark in its file, so that it is another one by its hash."""
    for file in trained.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    weights = folder / ADAPTER_WEIGHTS
    save_file(load_file(weights), weights, {"format": "pt", "remark": "another"})
    return folder


def test_a_loaded_adapter_does_not_answer_for_weights_of_another_hash(
    lab: Lab, trained: Path
) -> None:
    run = add_run(lab, trained, "Retrained")
    assert check_of(run).passed
    with session() as db:
        db.get_one(Run, run.id).summary = {"adapter_sha256": "f" * 64}
    with pytest.raises(openai.APIStatusError, match="weights have changed since training"):
        lab.ask(run.id)


def test_another_file_is_not_served_as_the_base_model(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    impostor = tmp_path / "a.gguf"
    impostor.write_bytes(b"GGUF of somebody else")
    monkeypatch.setattr(serving, "gguf_path", lambda _: impostor)
    with pytest.raises(InvalidDataError, match="is not the file that comes with the lab"):
        serving.base_file(EMBEDDED)
