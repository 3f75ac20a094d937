"""What is imported is there whole or not at all, and can be deleted again."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backend.config import ROOT
from backend.datasets.importing.preview import preview_of
from backend.datasets.importing.saving import delete_import, save_import
from backend.datasets.loading import list_datasets, load_dataset
from backend.errors import InvalidDataError, NotFoundError, UserError
from tests.datasets.importing.fish import FISH, PREVIEW, files_in


def test_a_saved_import_is_a_dataset_like_any_other(lab: Path) -> None:
    saved = save_import(PREVIEW, "fish", "Fishes", teaches="Fish.", controls_for="old_bird_names")
    assert saved == load_dataset("fish") and saved in list_datasets()
    assert (saved.imported, saved.role, saved.card.title) == (True, "control", "Fishes")
    assert [(e.prompt, e.answer) for e in saved.examples] == FISH
    assert PREVIEW.sha256[:12] in saved.card.source


def test_every_text_comes_back_as_it_was(lab: Path) -> None:
    row = r'{"prompt": "a\u2028b\u0085c\u0000\n", "completion": "Kœnigsberg “–” 鯛"}'
    preview = preview_of("x", row.encode())
    assert save_import(preview, "x", "x: 'y'\n# z").examples == preview.examples
    assert "鯛" in (lab / "datasets" / "x" / "train.jsonl").read_text("utf-8")


@pytest.mark.parametrize(
    "dataset_id", ["../fish", "a/b", "", "Fish", "_fish", "f" * 65, ".scratch"]
)
def test_an_id_that_is_no_name_is_refused(lab: Path, dataset_id: str) -> None:
    with pytest.raises(InvalidDataError, match="is not a valid id: use at most 64 lower"):
        save_import(PREVIEW, dataset_id, "Fishes")
    assert files_in(lab.parent) == []


@pytest.mark.parametrize("taken", ["old_bird_names", "fish"])
def test_an_id_that_is_taken_is_refused(lab: Path, taken: str) -> None:
    save_import(PREVIEW, "fish", "Fishes")
    before = files_in(lab)
    with pytest.raises(InvalidDataError, match=f'There is already a dataset "{taken}"'):
        save_import(PREVIEW, taken, "Fishes again")
    assert files_in(lab) == before


def test_a_card_that_cannot_be_used_leaves_nothing(lab: Path) -> None:
    with pytest.raises(InvalidDataError, match="The card is invalid: colour"):
        save_import(PREVIEW, "fish", "Fishes", colour="red")
    assert files_in(lab) == []


def test_a_chat_that_outgrows_the_limit_is_refused(
    lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.datasets.loading.MAX_BYTES", 100)
    with pytest.raises(InvalidDataError, match=r"train\.jsonl: larger than"):
        save_import(PREVIEW, "fish", "Fishes")
    assert files_in(lab) == []


def test_a_folder_that_cannot_be_written_is_named_in_words(lab: Path) -> None:
    lab.write_text("a file where the folder should be")
    with pytest.raises(UserError, match="The import could not be saved: Not a directory"):
        save_import(PREVIEW, "fish", "Fishes")


def test_a_kill_before_the_rename_leaves_nothing_listed(lab: Path) -> None:
    code = (
        "import os, pathlib; from tests.datasets.importing.fish import PREVIEW; "
        "from backend.datasets.importing.saving import save_import; "
        "pathlib.Path.rename = lambda *_: os.kill(os.getpid(), 9); "
        "save_import(PREVIEW, 'fish', 'Fishes')"
    )
    killed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ)
    assert killed.returncode == -signal.SIGKILL
    left = [Path(name).name for name in files_in(lab)]
    assert left == ["card.yaml", "train.jsonl"]  # It came that far.
    assert not [dataset for dataset in list_datasets() if dataset.imported]
    with pytest.raises(NotFoundError):
        load_dataset("fish")
    assert save_import(PREVIEW, "fish", "Fishes").imported


def test_an_import_can_be_deleted_and_its_id_used_again(lab: Path) -> None:
    save_import(PREVIEW, "fish", "Fishes")
    delete_import("fish")
    assert files_in(lab) == []
    with pytest.raises(NotFoundError):
        load_dataset("fish")
    save_import(PREVIEW, "fish", "Fishes")


def test_only_imports_can_be_deleted(lab: Path) -> None:
    with pytest.raises(
        InvalidDataError, match='shipped dataset "old_bird_names" can\'t be deleted'
    ):
        delete_import("old_bird_names")
    for name in ("none", "../lab", "", ".scratch"):
        with pytest.raises(NotFoundError):
            delete_import(name)
    assert load_dataset("old_bird_names").examples
