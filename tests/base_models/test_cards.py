import json
from pathlib import Path

import pytest

from backend.base_models import cards
from backend.base_models.cards import add_folder, get_card, list_cards
from backend.errors import InvalidDataError, NotFoundError
from models.base_models import EMBEDDED


def test_the_embedded_model_is_ready_and_large_ones_say_why_not(home: Path) -> None:
    statuses = {status.card.name: status for status in list_cards()}
    assert statuses[EMBEDDED].ready
    assert "GiB of memory" in statuses["Qwen3-32B"].reason or statuses["Qwen3-32B"].ready
    assert [s.ready for s in list_cards()] == sorted((s.ready for s in list_cards()), reverse=True)


def test_a_small_machine_disables_models(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "machine_memory_gib", lambda: 3.0)
    statuses = {status.card.name: status for status in list_cards()}
    assert (
        statuses["Qwen3-8B"].reason
        == "Needs 21 GiB of memory; this machine has 3.0 GiB for models."
    )
    assert statuses[EMBEDDED].ready


def test_a_local_folder_is_added_and_found(home: Path) -> None:
    folder = home / "mine"
    folder.mkdir()
    for name in ("config.json", "tokenizer_config.json", "model.safetensors"):
        (folder / name).write_text(json.dumps({}))
    add_folder(str(folder))
    assert get_card("mine").folder == str(folder)
    assert any(status.card.name == "mine" and status.ready for status in list_cards())


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (None, "There is no folder"),
        ({}, "has no config.json"),
        ({"config.json": "{}", "tokenizer_config.json": "{}"}, "has no *.safetensors"),
        (
            {"config.json": "{", "tokenizer_config.json": "{}", "a.safetensors": ""},
            "is not valid JSON",
        ),
    ],
)
def test_an_unusable_folder_is_refused_in_words(
    home: Path, files: dict[str, str] | None, reason: str
) -> None:
    folder = home / "mine"
    if files is not None:
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_text(content)
    with pytest.raises(InvalidDataError) as caught:
        add_folder(str(folder))
    assert reason in str(caught.value)
    with pytest.raises(NotFoundError):
        get_card("mine")
