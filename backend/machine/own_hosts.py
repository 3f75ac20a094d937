"""Answer only under the lab's own names, and tell browsers what the pages may not be used for.

A page of another site in the user's browser can reach a server on loopback, by its address or by
DNS rebinding. Its requests bear that site's name in `Host` or `Origin`, so they are refused here.
"""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

LOOPBACK = ("localhost", "127.0.0.1", "::1")
SECURITY_HEADERS = {
    "content-security-policy": "frame-ancestors 'self'",
    "x-frame-options": "SAMEORIGIN",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


def is_loopback(address: str) -> bool:
    """Return whether only this machine reaches an address."""
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """Return the host of a `Host` header or an origin, without its port; empty if there is none."""
    try:
        return (urlsplit(url if "//" in url else f"//{url}").hostname or "").rstrip(".")
    except ValueError:
        return ""


class OwnHosts:
    """Passes on requests to one of the lab's names, and refuses all others."""

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...] = (), hint: str = "") -> None:
        """Protect an app.

        Args:
            app: It answers what is passed on.
            hosts: Names beside those of loopback under which browsers reach the lab.
            hint: How to allow another name, behind a space.
        """
        self.app, self.hint = app, hint
        self.hosts = {*LOOPBACK, *map(host_of, hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with the security headers, or refuse."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(Headers(scope=scope))
        if refusal and scope["type"] == "websocket":
            await WebSocket(scope, receive, send).close(1008)
        elif refusal:
            await PlainTextResponse(refusal, 400)(scope, receive, send)
        else:
            await self.app(_as_local(scope), receive, _with_headers(send))

    def _refusal(self, headers: Headers) -> str:
        for name in ("host", "origin"):
            if name in headers and host_of(headers[name]) not in self.hosts:
                shown = host_of(headers[name]) or "no name"
                return f"This lab does not answer to {shown}.{self.hint}"
        return ""


def _as_local(scope: Scope) -> Scope:
    """Return a socket's scope with an origin that Streamlit knows.

    It would ask an address on the internet for this machine's own to compare others with, and the
    origin has been checked here.
    """
    if scope["type"] != "websocket":
        return scope
    headers = [(k, b"http://localhost" if k == b"origin" else v) for k, v in scope["headers"]]
    return {**scope, "headers": headers}


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
