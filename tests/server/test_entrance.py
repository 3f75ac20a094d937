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
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from backend.config import ROOT, Settings
from backend.errors import UserError
from backend.machine.own_hosts import host_of, is_loopback
from backend.machine.ports import free_port
from server.attempts import FREE, FREE_FORWARDED, LONGEST_WAIT, Attempts
from server.entrance import guard, own_path
from tests.processes import process, responds, wait_until

URL = "http://127.0.0.1:8501"
SOCKET = "ws://127.0.0.1:8501/_stcore/stream"
PASSWORD = "a long enough secret"
OPEN = Settings(app_address="0.0.0.0", app_password=PASSWORD)


async def inside(_request: object) -> PlainTextResponse:
    return PlainTextResponse("inside")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("inside")
    async for text in socket.iter_text():
        await socket.send_text(text)
    await socket.close()


@pytest.fixture
def client() -> Iterator[TestClient]:
    """A visitor of an app that stands behind the password."""
    routes = [Route("/{path:path}", inside), WebSocketRoute("/_stcore/stream", talk)]
    with TestClient(Starlette(routes=routes, middleware=guard(OPEN)), base_url=URL) as client:
        yield client


def test_who_has_not_signed_in_sees_the_form_and_nothing_else(client: TestClient) -> None:
    asked = client.get("/results?evaluation=5", follow_redirects=False)
    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?next=%2Fresults%3Fevaluation%3D5"
    assert "Password of this lab" in client.get("/results").text
    assert client.put("/_stcore/upload_file/1/2").status_code == 401
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(SOCKET):
        pass
    assert client.get("/_stcore/health").text == "inside"


def test_the_password_leads_to_what_was_wanted_and_is_asked_once(client: TestClient) -> None:
    where = "/sign-in?next=%2Fresults%3Fevaluation%3D5"
    sent = client.post(where, data={"password": PASSWORD}, follow_redirects=False)
    assert sent.headers["location"] == "/results?evaluation=5"
    assert "httponly" in sent.headers["set-cookie"]
    assert client.get("/results").text == "inside"
    with client.websocket_connect(SOCKET) as socket:
        assert socket.receive_text() == "inside"


@pytest.mark.parametrize("wrong", ["", "a long enough secre", PASSWORD + " ", "x" * 5000])
def test_a_wrong_password_is_answered_in_words(client: TestClient, wrong: str) -> None:
    answer = client.post("/sign-in", data={"password": wrong})
    assert (answer.status_code, "Wrong password." in answer.text) == (401, True)
    assert "Password of this lab" in client.get("/").text


def test_a_cookie_of_another_process_lets_nobody_in(client: TestClient) -> None:
    client.post("/sign-in", data={"password": PASSWORD})
    restarted = Starlette(routes=[Route("/", inside)], middleware=guard(OPEN))
    with TestClient(restarted, base_url=URL, cookies=dict(client.cookies)) as later:
        assert "Password of this lab" in later.get("/").text


def test_every_wrong_password_after_a_few_doubles_the_wait_of_its_address() -> None:
    now = [0.0]
    attempts = Attempts(clock=lambda: now[0])
    assert [attempts.failed("a") for _ in range(FREE)] == [1, 2, 3]
    assert attempts.wait("a") == 0
    waits = []
    for _ in range(10):
        attempts.failed("a")
        waits.append(attempts.wait("a"))
        now[0] += waits[-1]
    assert waits[:4] == [2, 4, 8, 16] and waits[-1] == LONGEST_WAIT
    assert attempts.wait("b") == 0
    attempts.succeeded("a")
    assert attempts.failed("a") == 1


def test_who_guesses_has_to_wait_and_is_logged(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [client.post("/sign-in", data={"password": "guess"}) for _ in range(FREE + 2)]
    assert [answer.status_code for answer in answers] == [401] * (FREE + 1) + [429]
    assert "Too many wrong passwords. Try again in 2 seconds." in answers[-1].text
    assert client.post("/sign-in", data={"password": PASSWORD}).status_code == 429
    assert f"Wrong password from testclient, number {FREE + 1}." in caplog.text
    assert "guess" not in caplog.text


def test_who_makes_up_addresses_has_to_wait_too(client: TestClient) -> None:
    behind_proxy = ProxyHeadersMiddleware(client.app, trusted_hosts="127.0.0.1")
    local = TestClient(behind_proxy, base_url=URL, client=("127.0.0.1", 1))

    def guess(number: int) -> int:
        told = {"x-forwarded-for": f"10.0.{number}.1"}
        return local.post("/sign-in", data={"password": "guess"}, headers=told).status_code

    statuses = [guess(number) for number in range(FREE_FORWARDED + 2)]
    assert statuses == [401] * (FREE_FORWARDED + 1) + [429]
    assert client.post("/sign-in", data={"password": PASSWORD}).text == "inside"


def test_a_password_may_hold_any_letter() -> None:
    password = "ein Schlüssel mit Überlänge"
    guarded = guard(Settings(app_address="0.0.0.0", app_password=password))
    app = Starlette(routes=[Route("/{path:path}", inside)], middleware=guarded)
    with TestClient(app, base_url=URL) as client:
        assert client.post("/sign-in", data={"password": "Schlüssel"}).status_code == 401
        assert client.post("/sign-in", data={"password": password}).text == "inside"


def test_signing_out_ends_what_is_open(client: TestClient) -> None:
    client.post("/sign-in", data={"password": PASSWORD})
    with client.websocket_connect(SOCKET) as socket:
        assert socket.receive_text() == "inside"
        client.get("/sign-out")
        socket.send_text("still here?")
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()


def test_signing_out_ends_the_session_also_for_a_copy_of_its_cookie(client: TestClient) -> None:
    client.post("/sign-in", data={"password": PASSWORD})
    copied = dict(client.cookies)
    assert "Password of this lab" in client.get("/sign-out").text
    client.cookies.update(copied)
    assert "Password of this lab" in client.get("/results").text


def test_a_session_is_of_use_from_its_own_address_only(client: TestClient) -> None:
    client.post("/sign-in", data={"password": PASSWORD})
    thief = TestClient(
        client.app, base_url=URL, cookies=dict(client.cookies), client=("10.1.2.3", 1)
    )
    assert "Password of this lab" in thief.get("/results").text
    assert client.get("/results").text == "inside"


def test_the_cookie_names_its_port_and_is_secure_behind_tls(client: TestClient) -> None:
    cookie = client.post("/sign-in", data={"password": PASSWORD}, follow_redirects=False)
    plain = cookie.headers["set-cookie"]
    assert plain.startswith("weirdgen-8501=") and "secure" not in plain
    assert "samesite=lax" in plain
    by_tls = TestClient(client.app, base_url="https://127.0.0.1")
    cookie = by_tls.post("/sign-in", data={"password": PASSWORD}, follow_redirects=False)
    assert "secure" in cookie.headers["set-cookie"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("host", "evil.example:8501"), ("origin", "http://evil.example:8501"), ("origin", "null")],
)
def test_a_name_that_is_not_the_labs_is_refused(name: str, value: str) -> None:
    routes = [Route("/{path:path}", inside), WebSocketRoute("/_stcore/stream", talk)]
    app = Starlette(routes=routes, middleware=guard(Settings()))
    with TestClient(app, base_url=URL) as client:
        answer = client.get("/", headers={name: value})
        assert answer.status_code == 400 and "Add the name to APP_HOSTS" in answer.text
        with pytest.raises(WebSocketDisconnect):
            client.websocket_connect(SOCKET, headers={name: value}).__enter__()
        assert client.get("/").text == "inside"


def test_names_of_app_hosts_are_answered_with_headers_for_browsers() -> None:
    allowed = Settings(app_hosts="lab.example:8501, Other.example.")
    app = Starlette(routes=[Route("/", inside)], middleware=guard(allowed))
    with TestClient(app, base_url="http://other.example:8501") as client:
        answer = client.get("/", headers={"origin": "https://lab.example"})
    assert answer.text == "inside"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "frame-ancestors 'self'"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("127.0.0.1:8501", "127.0.0.1"),
        ("[::1]:8501", "::1"),
        ("http://Localhost:1", "localhost"),
        ("localhost.", "localhost"),
        ("null", "null"),
        ("[", ""),
        ("user@127.0.0.1:80@evil.example", "evil.example"),
    ],
)
def test_the_host_of_a_header(url: str, host: str) -> None:
    assert host_of(url) == host


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
    assert ended.stderr.strip().endswith("Set APP_PASSWORD, or set APP_ADDRESS to 127.0.0.1.")


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
        expect(browser_page.get_by_text("Wrong password.")).to_be_visible()
        field.fill(PASSWORD)
        field.press("Enter")
        expect(browser_page.get_by_role("heading", name="Datasets")).to_be_visible()
        # The page may have put the dataset that it shows into its URL by now.
        assert browser_page.url.partition("?")[0] == f"{url}/datasets"
