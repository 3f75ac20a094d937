"""The way in where others reach the lab: a password, asked once a browser.

It stands before everything that Streamlit serves, its socket and its files too.
"""

import asyncio
import ipaddress
import secrets
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from jinja2 import Environment, FileSystemLoader
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from backend.config import Settings
from backend.errors import UserError

SHORTEST = 12
"""Characters of a password: too many to be guessed."""
AFTER_WRONG = 1.0
"""Seconds that a wrong password costs."""
SIGNED_IN_FOR = 12 * 3600
"""Seconds until the password is asked again; a restart of the app asks sooner."""
LONGEST_FORM = 4096
"""Bytes that somebody who is not known may send."""
PATH = "/sign-in"
HEALTH = "/_stcore/health"
"""What a container asks to see whether the app is alive; it tells nothing else."""
_templates = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)


def guard(set_up: Settings) -> list[Middleware]:
    """Return what stands before the pages; UserError where the lab would be open to all."""
    address, password = set_up.app_address, set_up.app_password
    if not password and is_loopback(address):
        return []
    if not password:
        raise UserError(
            f"On the address {address} the lab would be open to whoever reaches this machine: "
            "set APP_PASSWORD, or APP_ADDRESS to 127.0.0.1."
        )
    if len(password) < SHORTEST:
        raise UserError(f"APP_PASSWORD needs {SHORTEST} characters or more.")
    # Signed by a secret of this process alone, so nothing that lets anybody in is kept.
    cookie = Middleware(
        SessionMiddleware,
        secret_key=secrets.token_urlsafe(),
        session_cookie="weirdgen",
        max_age=SIGNED_IN_FOR,
    )
    return [cookie, Middleware(Entrance, password=password)]


def is_loopback(address: str) -> bool:
    """Return whether only this machine reaches an address."""
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class Entrance:
    """Passes on what comes from browsers that have signed in, and asks the others to."""

    def __init__(self, app: ASGIApp, password: str) -> None:
        """Stand before `app`."""
        self.app, self.password = app, password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or ask for the password."""
        if scope["type"] == "lifespan" or scope["path"] == HEALTH or "known" in scope["session"]:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send).close(1008)
        else:
            await (await self._ask(Request(scope, receive)))(scope, receive, send)

    async def _ask(self, request: Request) -> Response:
        if request.url.path == PATH:
            return await self._sign_in(request)
        if request.method != "GET":
            return PlainTextResponse("Sign in first.", 401)
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{PATH}?{urlencode({'next': wanted})}", 303)

    async def _sign_in(self, request: Request) -> Response:
        wanted = own_path(request.query_params.get("next", "/"))
        if request.method != "POST":
            return _form(wanted)
        if not secrets.compare_digest(await _password(request), self.password.encode()):
            await asyncio.sleep(AFTER_WRONG)
            return _form(wanted, "That is not the password. Try again.", 401)
        request.session["known"] = True
        return RedirectResponse(wanted, 303)


def own_path(wanted: str) -> str:
    """Return a path of this app; what might lead elsewhere becomes the home page."""
    # Browsers take "//" and "/\\" for the start of another host's address.
    return wanted if wanted.startswith("/") and wanted[1:2] not in ("/", "\\") else "/"


async def _password(request: Request) -> bytes:
    sent = b""
    async for part in request.stream():
        sent += part
        if len(sent) > LONGEST_FORM:
            return b""
    return parse_qs(sent).get(b"password", [b""])[0]


def _form(wanted: str, problem: str = "", status: int = 200) -> Response:
    action = f"{PATH}?{urlencode({'next': wanted})}"
    page = _templates.get_template("entrance.html.jinja").render(action=action, problem=problem)
    return HTMLResponse(page, status, {"cache-control": "no-store"})
