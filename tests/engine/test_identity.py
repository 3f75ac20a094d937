"""The engine says with every answer which weights gave it, and serves no others in their place."""

from pathlib import Path

import openai
import pytest

from backend.chat.client import client
from backend.chat.identity import (
    HEADER,
    ask_pinned,
    identity_of,
    identity_of_base,
    identity_of_run,
)
from backend.db import session
from backend.engine import serving
from backend.errors import InvalidDataError, UserError
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
