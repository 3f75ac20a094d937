"""The gateway answers programs that hold its key, and no page of another site."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from starlette.testclient import TestClient

from backend.chat import client
from backend.chat.engine_key import read_key, read_lab_key, write_key, write_lab_key
from backend.config import settings
from backend.db import session
from backend.engine.catalogue import find
from backend.engine.errors import ApiError
from backend.engine.gateway import build_app
from backend.errors import UserError
from models.base_models import EMBEDDED
from tests.engine.gateway_lab import ENGINE_KEY, LAB_KEY, TRUSTED, Lab, add_run

URL = "http://127.0.0.1:8600"
CHAT = {"model": EMBEDDED, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}


@pytest.fixture
def visitor(home: Path) -> Iterator[TestClient]:
    with TestClient(build_app(ENGINE_KEY, LAB_KEY), base_url=URL) as visitor:
        yield visitor


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions", "/release"])
@pytest.mark.parametrize("key", [None, "", "Bearer ", "Bearer wrong", ENGINE_KEY])
def test_without_the_key_nothing_is_computed(
    visitor: TestClient, path: str, key: str | None
) -> None:
    headers = {} if key is None else {"authorization": key}
    answer = visitor.post(path, json=CHAT, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith("The key is missing or wrong.")


def test_without_the_key_no_model_is_listed_and_health_tells_no_more_than_that(
    visitor: TestClient,
) -> None:
    assert visitor.get("/v1/models").status_code == 401
    assert visitor.get("/health").json() == {"status": "ok"}
    assert visitor.get("/health", headers=TRUSTED).json()["servers"] == {}
    assert visitor.get("/v1/models", headers=TRUSTED).status_code == 200


@pytest.mark.parametrize(("name", "value"), [("host", "evil.example"), ("origin", "http://evil")])
def test_a_page_of_another_site_is_refused_even_with_the_key(
    visitor: TestClient, name: str, value: str
) -> None:
    answer = visitor.get("/v1/models", headers=TRUSTED | {name: value})
    assert answer.status_code == 400
    assert "does not answer to evil" in answer.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_a_browser_sends_anywhere_is_refused(visitor: TestClient, kind: str) -> None:
    headers = TRUSTED | {"content-type": kind}
    answer = visitor.post("/v1/chat/completions", content=b"{}", headers=headers)
    assert answer.status_code == 415


def test_every_start_makes_another_key_that_its_user_alone_reads(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENGINE_KEY", raising=False)
    assert read_key() == "none"
    assert read_lab_key("chat") == "none"
    first, second = write_key(), write_key()
    assert first != second and read_key() == second
    assert read_lab_key("job") == second  # As an engine of an older version writes only that.
    lab_keys = write_lab_key(), write_lab_key()
    assert read_lab_key("job") == f"{lab_keys[1]}.job" and len({*lab_keys, first, second}) == 4
    for file in (settings().engine_key_file, settings().lab_key_file):
        assert file.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("ENGINE_KEY", "my-own-key")
    assert write_key() == read_key() == "my-own-key"


def test_a_client_of_the_lab_holds_the_key_of_an_engine_that_started_again(
    home: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_PORT", str(lab.port))
    monkeypatch.delenv("ENGINE_KEY", raising=False)
    asking = client.client()
    key = (lab.home / settings().lab_key_file.name).read_text()
    settings().lab_key_file.write_text("of an engine that has ended")
    with pytest.raises(Exception, match="key is missing or wrong"):
        asking.models.list()
    settings().lab_key_file.write_text(key)
    assert EMBEDDED in [model.id for model in asking.models.list()]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_a_damaged_key_file_is_as_good_as_none(
    home: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.delenv("ENGINE_KEY", raising=False)
    settings().engine_key_file.write_bytes(content)
    assert read_key() == "none"
    settings().engine_key_file.write_text("key\n")
    assert read_key() == "key"


@pytest.mark.parametrize("key", ["schlüssel", "two words", "line\n"])
def test_a_key_that_no_header_can_hold_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("ENGINE_KEY", key)
    with pytest.raises(UserError, match="ENGINE_KEY may hold"):
        write_key()


def test_no_run_answers_for_another_model(lab: Lab, trained: Path) -> None:
    honest = add_run(lab, trained, "Honest")
    with pytest.raises(IntegrityError):
        add_run(lab, trained, honest.id)
    assert find(honest.id).run_id == honest.id
    impostor = add_run(lab, trained, EMBEDDED)  # As if it was named before the base model came.
    try:
        with pytest.raises(ApiError, match="Both a base model and a run .* Rename the run"):
            find(EMBEDDED)
        assert find(impostor.id).run_id == impostor.id
    finally:
        with session() as db:
            db.delete(impostor)
    assert find(EMBEDDED).kind == "base"
