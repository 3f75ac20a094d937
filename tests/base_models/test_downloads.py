"""A base model that the Hub does not give: why, what helps, and no launch."""

import errno
from pathlib import Path

import huggingface_hub
import pytest
from httpx import Request, Response
from huggingface_hub import errors

from backend.base_models import tokenizer
from backend.base_models.cards import list_cards
from backend.errors import UserError
from tests.screens import button, open_page


def told(status: int, kind: type[errors.HfHubHTTPError]) -> errors.HfHubHTTPError:
    return kind("no", response=Response(status, request=Request("GET", "https://hub")))


FAILURES = [
    (told(403, errors.GatedRepoError), "its licence must be accepted"),
    (told(404, errors.RepositoryNotFoundError), "there is no model of that name"),
    (told(404, errors.RevisionNotFoundError), "it no longer has the revision"),
    (errors.LocalEntryNotFoundError("no"), "this machine does not reach it. Connect it"),
    (errors.OfflineModeIsEnabled("no"), "this machine does not reach it. Connect it"),
    (OSError(errno.ENOSPC, "full"), "the disk is full"),
]


@pytest.mark.parametrize(("error", "reason"), FAILURES)
def test_a_failed_download_says_why_and_what_helps(
    error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(UserError) as refused:
        tokenizer._download(f"org/{reason}", "0" * 40)
    assert str(refused.value).startswith(f"org/{reason} could not be downloaded from Hugging Face")
    assert reason in str(refused.value)


def test_launch_is_off_without_the_model(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise errors.LocalEntryNotFoundError("no")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    tokenizer._download.cache_clear()
    tokenizer.chat_tokenizer.cache_clear()
    hub = next(status.card.name for status in list_cards() if status.card.hub and status.ready)
    page = open_page("finetune", base_model=hub)
    assert button(page, "Launch").disabled
    assert any("could not be downloaded" in error.value for error in page.error)
