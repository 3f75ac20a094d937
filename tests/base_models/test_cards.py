import json
import shutil
from pathlib import Path

import pytest

from backend.base_models import cards
from backend.base_models.cards import add_folder, get_card, list_cards, revision_of
from backend.base_models.model_files import fingerprint
from backend.chat.identity import identity_of_base
from backend.errors import InvalidDataError, NotFoundError, UserError
from backend.training.loading import load_for_scoring
from models.base_models import EMBEDDED, BaseModelCard, registry


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


@pytest.fixture
def folder(home: Path, small_base: Path) -> Path:
    """A folder with a base model, whose files may be changed."""
    return Path(shutil.copytree(small_base, home / "mine"))


def test_a_local_folder_is_added_and_found(folder: Path) -> None:
    add_folder(str(folder))
    assert get_card("mine").folder == str(folder)
    assert any(status.card.name == "mine" and status.ready for status in list_cards())


def test_other_weights_in_a_local_folder_are_told_apart(folder: Path, small_base: Path) -> None:
    add_folder(str(folder))
    before = revision_of("mine")
    assert before == fingerprint(small_base)  # Wherever it lies.
    weights = folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert revision_of("mine") != before
    assert identity_of_base("mine") != f"mine@{before}"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (None, "There is no folder"),
        ({}, "has no config.json"),
        ({"config.json": "{}", "tokenizer_config.json": "{}"}, "has no tokenizer.json"),
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


TEMPLATE = "chat_template.jinja"
FILL = "{{ 'a' * 4000000000 }}"
RECURSE = "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("config.json", "{", "is not valid JSON"),
        ("config.json", "[" * 100_000, "is not valid JSON"),
        ("config.json", "{}", "names no model_type"),
        ("model.safetensors", "weights", "is no safetensors file, or is cut off"),
        ("tokenizer.json", "{}", "tokenizer's files in"),
        ("tokenizer_config.json", "[]", "tokenizer's files in"),
        (TEMPLATE, "{{ 1 + 'a' }}", "template rejects this chat (TypeError"),
        (TEMPLATE, RECURSE, "template rejects this chat (RecursionError"),
        (TEMPLATE, "{{ 1 / 0 }}", "template rejects this chat (ZeroDivisionError"),
        (TEMPLATE, "{% if %}", "template can't be used"),
        (TEMPLATE, "Hello.", "leaves out a reply of the assistant"),
        (TEMPLATE, FILL, "mine: takes more than 1,024 MiB of memory to read, so it is refused."),
    ],
)
def test_damaged_and_hostile_files_are_refused_in_words(
    folder: Path, name: str, content: str, reason: str
) -> None:
    (folder / name).write_text(content)
    with pytest.raises(UserError) as refused:
        add_folder(str(folder))
    assert reason in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "extra",
    [
        {"_attn_implementation": "org/name"},
        {"attn_implementation": {"text": "org/name"}},
        {"text_config": {"_attn_implementation_internal": "org/name:layer"}},
        {"_experts_implementation": "org/name"},
    ],
)
def test_a_folder_that_asks_for_code_from_the_hub_is_refused(
    folder: Path, extra: dict[str, object]
) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | extra))
    with pytest.raises(InvalidDataError, match="asks for code from the Hub"):
        add_folder(str(folder))


def test_a_folder_that_changes_later_is_refused_when_it_is_loaded(folder: Path) -> None:
    add_folder(str(folder))
    config = json.loads((folder / "config.json").read_text())
    for change, reason in [
        ({"_attn_implementation": "org/name"}, "asks for code from the Hub"),
        ({"model_type": "somebodys"}, "mine could not be loaded from"),
        ({"model_type": "vit"}, "mine could not be loaded from"),
    ]:
        (folder / "config.json").write_text(json.dumps(config | change))
        with pytest.raises(UserError, match=reason):
            load_for_scoring("mine")
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(UserError, match="mine could not be loaded from"):
        load_for_scoring("mine")


def test_models_on_the_hub_are_pinned_to_commits() -> None:
    assert all(len(card.revision) == 40 for card in registry().values() if card.hub)
    with pytest.raises(ValueError, match="must be a commit's hash"):
        BaseModelCard(name="a", title="A", hub="org/a", revision="main")
