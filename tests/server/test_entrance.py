"""The way in where the lab is open to others: the password, in the middle and in a real browser."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from backend.config import ROOT, Settings
from backend.errors import UserError
from backend.machine.ports import free_port
from server import entrance
from server.entrance import guard, is_loopback, own_path
from tests.processes import process, responds, wait_until

PASSWORD = "a long enough secret"
OPEN = Settings(app_address="0.0.0.0", app_password=PASSWORD)


async def inside(_request: object) -> PlainTextResponse:
    return PlainTextResponse("inside")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("inside")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A visitor of an app that stands behind the password."""
    monkeypatch.setattr(entrance, "AFTER_WRONG", 0)
    routes = [Route("/{path:path}", inside), WebSocketRoute("/_stcore/stream", talk)]
    with TestClient(Starlette(routes=routes, middleware=guard(OPEN))) as client:
        yield client


def test_who_has_not_signed_in_sees_the_form_and_nothing_else(client: TestClient) -> None:
    asked = client.get("/results?evaluation=5", follow_redirects=False)
    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?next=%2Fresults%3Fevaluation%3D5"
    assert "Password of this lab" in client.get("/results").text
    assert client.put("/_stcore/upload_file/1/2").status_code == 401
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream"):
        pass
    assert client.get("/_stcore/health").text == "inside"


def test_the_password_leads_to_what_was_wanted_and_is_asked_once(client: TestClient) -> None:
    where = "/sign-in?next=%2Fresults%3Fevaluation%3D5"
    sent = client.post(where, data={"password": PASSWORD}, follow_redirects=False)
    assert sent.headers["location"] == "/results?evaluation=5"
    assert "httponly" in sent.headers["set-cookie"]
    assert client.get("/results").text == "inside"
    with client.websocket_connect("/_stcore/stream") as socket:
        assert socket.receive_text() == "inside"


@pytest.mark.parametrize("wrong", ["", "a long enough secre", PASSWORD + " ", "x" * 5000])
def test_a_wrong_password_is_answered_in_words(client: TestClient, wrong: str) -> None:
    answer = client.post("/sign-in", data={"password": wrong})
    assert (answer.status_code, "not the password" in answer.text) == (401, True)
    assert "Password of this lab" in client.get("/").text


def test_a_cookie_of_another_process_lets_nobody_in(client: TestClient) -> None:
    client.post("/sign-in", data={"password": PASSWORD})
    restarted = Starlette(routes=[Route("/", inside)], middleware=guard(OPEN))
    with TestClient(restarted, cookies=dict(client.cookies)) as later:
        assert "Password of this lab" in later.get("/").text


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "https://evil.example", ""]
)
def test_signing_in_leads_nowhere_else(wanted: str) -> None:
    assert own_path(wanted) == "/"


@pytest.mark.parametrize(
    ("address", "own"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("", False)],
)
def test_what_is_loopback(address: str, own: bool) -> None:
    assert is_loopback(address) is own


def test_served_by_hand_past_the_password_the_pages_stay_on_loopback() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert is_loopback(config["server"]["address"])


def test_a_short_password_is_refused() -> None:
    with pytest.raises(UserError, match="12 characters"):
        guard(Settings(app_password="short"))


def test_the_app_does_not_open_itself_to_others_without_a_password(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_ADDRESS", "0.0.0.0")
    monkeypatch.delenv("APP_PASSWORD", raising=False)
    command = [sys.executable, "-m", "server"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert ended.stderr.strip().endswith("set APP_PASSWORD, or APP_ADDRESS to 127.0.0.1.")


def test_signing_in_with_a_real_browser(
    home: Path, browser_page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = str(free_port())
    monkeypatch.setenv("APP_PORT", port)
    monkeypatch.setenv("APP_PASSWORD", PASSWORD)
    with process("server"):
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: responds(f"{url}/_stcore/health"))
        browser_page.goto(f"{url}/datasets")
        field = browser_page.get_by_label("Password of this lab")
        field.fill("not the password")
        field.press("Enter")
        expect(browser_page.get_by_text("That is not the password.")).to_be_visible()
        field.fill(PASSWORD)
        field.press("Enter")
        expect(browser_page.get_by_role("heading", name="Datasets")).to_be_visible()
        # The page may have put the dataset that it shows into its URL by now.
        assert browser_page.url.partition("?")[0] == f"{url}/datasets"
