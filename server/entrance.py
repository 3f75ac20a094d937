"""Sign-in by password, for labs that others can reach.

It guards everything that Streamlit serves, including its socket and its files.
"""

import asyncio
import logging
import math
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from jinja2 import Environment, FileSystemLoader
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from backend.config import Settings
from backend.errors import UserError
from backend.machine.own_hosts import OwnHosts, is_loopback
from server.attempts import FREE_FORWARDED, Attempts

SHORTEST = 12
"""Characters that a password must have, so that it can't be guessed."""
EVERYWHERE = ("0.0.0.0", "::", "")
"""Addresses that stand for all addresses of the machine, and so name no host."""
SIGNED_IN_FOR = 12 * 3600
"""Seconds until a browser must sign in again; restarting the app ends all sessions."""
LONGEST_FORM = 4096
"""Bytes that a browser may send before it has signed in."""
FORM_SECONDS = 10.0
"""Time that the form may take to arrive."""
PATH = "/sign-in"
SIGN_OUT = "/sign-out"
SESSION = "session"
PROXY = "proxy"
HINT = " Add the name to APP_HOSTS to allow it."
HEALTH = "/_stcore/health"
"""The health check of a container, which reveals nothing else."""
log = logging.getLogger(__name__)
_templates = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)


def guard(lab: Settings) -> list[Middleware]:
    """Return the middleware in front of the pages.

    Raises:
        UserError: the lab would be open to others without a password, or the password is too short.
    """
    address, password = lab.app_address, lab.app_password
    hosts = () if address in EVERYWHERE else (address,)
    own_hosts = Middleware(OwnHosts, hosts=(*hosts, *lab.allowed_hosts), hint=HINT)
    if not password and is_loopback(address):
        return [own_hosts]
    if not password:
        raise UserError(
            f"On the address {address} the lab would be open to anyone who can reach this machine. "
            "Set APP_PASSWORD, or set APP_ADDRESS to 127.0.0.1."
        )
    if len(password) < SHORTEST:
        raise UserError(f"APP_PASSWORD must have at least {SHORTEST} characters.")
    cookie = Middleware(SessionCookie, name=f"weirdgen-{lab.app_port}")
    return [own_hosts, cookie, Middleware(Entrance, password=password)]


class SessionCookie:
    """The signed cookie that identifies a browser, marked Secure if the request came by TLS."""

    def __init__(self, app: ASGIApp, name: str) -> None:
        """Guard an app.

        Args:
            app: It finds the session in its scope.
            name: Of the cookie, with the port in it: a browser sends cookies to every port of a
                host, so labs on two ports would overwrite each other's.
        """
        # Signed with a secret of this process, so that no secret is stored.
        secret = secrets.token_urlsafe()
        self._plain, self._secure = (
            SessionMiddleware(
                app,
                secret_key=secret,
                session_cookie=name,
                max_age=SIGNED_IN_FOR,
                same_site="lax",
                https_only=https_only,
            )
            for https_only in (False, True)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the cookie, and set one that suits the connection."""
        # A TLS proxy on this machine says so by X-Forwarded-Proto, which uvicorn reads.
        by_tls = scope.get("scheme") in ("https", "wss")
        await (self._secure if by_tls else self._plain)(scope, receive, send)


class Entrance:
    """Middleware that passes on requests of signed-in browsers and asks others to sign in."""

    def __init__(self, app: ASGIApp, password: str) -> None:
        """Guard `app`."""
        self.app, self.password = app, password
        self.attempts, self.forwarded = Attempts(), Attempts(FREE_FORWARDED)
        self.signed_in: dict[str, str] = {}
        """The address by session: another service on this host, which browsers send the cookie
        too, can't use it from its own address."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or ask for the password."""
        is_socket = scope["type"] == "websocket"
        if scope["type"] == "lifespan" or scope["path"] == HEALTH:
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == SIGN_OUT:
            await self._sign_out(Request(scope))(scope, receive, send)
        elif self._knows(connection := HTTPConnection(scope)):
            if is_socket:
                receive = self._while_signed_in(connection.session[SESSION], receive)
            await self.app(scope, receive, send)
        elif is_socket:
            await WebSocket(scope, receive, send).close(1008)
        else:
            await (await self._ask(Request(scope, receive)))(scope, receive, send)

    def _knows(self, connection: HTTPConnection) -> bool:
        session = connection.session.get(SESSION, "")
        return self.signed_in.get(session) == address_of(connection)

    def _while_signed_in(self, session: str, receive: Receive) -> Receive:
        """Return what receives a socket's messages until its browser signs out."""

        async def receive_while_signed_in() -> Message:
            message = await receive()
            known = session in self.signed_in
            return message if known else {"type": "websocket.disconnect", "code": 1008}

        return receive_while_signed_in

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
        address = address_of(request)
        password = await _password(request)  # First, so that parallel requests are counted.
        counted = self._counted(request)
        if wait := max(attempts.wait(key) for attempts, key in counted):
            seconds = math.ceil(wait)
            problem = f"Too many wrong passwords. Try again in {seconds} seconds."
            return _form(wanted, problem, 429, {"retry-after": str(seconds)})
        if not secrets.compare_digest(password, self.password.encode()):
            number = [attempts.failed(key) for attempts, key in counted][0]
            log.warning("Wrong password from %s, number %d.", address, number)
            return _form(wanted, "Wrong password. Try again.", 401)
        for attempts, key in counted:
            attempts.succeeded(key)
        session = secrets.token_urlsafe()
        self.signed_in[session] = address
        request.session[SESSION] = session
        log.info("Signed in from %s.", address)
        return RedirectResponse(wanted, 303)

    def _counted(self, request: Request) -> list[tuple[Attempts, str]]:
        """Return where a password counts: for its address and, behind a proxy, for the proxy.

        Any program on this machine can pass for a proxy and tell another address each time.
        """
        own = (self.attempts, address_of(request))
        behind_proxy = "x-forwarded-for" in request.headers
        return [own, (self.forwarded, PROXY)] if behind_proxy else [own]

    def _sign_out(self, request: Request) -> Response:
        if self.signed_in.pop(request.session.get(SESSION, ""), None):
            log.info("Signed out from %s.", address_of(request))
        request.session.clear()
        return RedirectResponse(PATH, 303)


def address_of(connection: HTTPConnection) -> str:
    """Return the address that a connection comes from."""
    return connection.client.host if connection.client else ""


def own_path(wanted: str) -> str:
    """Return a path of this app; the home page if the path might lead to another host."""
    # Browsers read "//" and "/\\" as the start of another host's address.
    return wanted if wanted.startswith("/") and wanted[1:2] not in ("/", "\\") else "/"


async def _password(request: Request) -> bytes:
    """Return the password of a form; empty where it is too long or does not arrive in time."""
    sent = b""
    with suppress(TimeoutError):
        async with asyncio.timeout(FORM_SECONDS):
            async for part in request.stream():
                sent += part
                if len(sent) > LONGEST_FORM:
                    return b""
            form = parse_qs(sent.decode("ascii", "replace"))
            return form.get("password", [""])[0].encode()
    return b""


def _form(
    wanted: str, problem: str = "", status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    action = f"{PATH}?{urlencode({'next': wanted})}"
    page = _templates.get_template("entrance.html.jinja").render(action=action, problem=problem)
    return HTMLResponse(page, status, {"cache-control": "no-store", **(headers or {})})
