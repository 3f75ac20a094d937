"""Who may use the gateway: programs that hold its key, and no page of another site."""

import secrets

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.engine.errors import ApiError

OPEN = "/health"
"""Answered without the key, but then without details."""


class KeyRequired:
    """Passes on requests that carry the key, and refuses all others."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        """Protect an app."""
        self.app, self.key = app, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on or refuse; `scope["state"]["trusted"]` says whether the key was there."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        trusted = secrets.compare_digest(
            headers.get("authorization", "").encode(), f"Bearer {self.key}".encode()
        )
        scope.setdefault("state", {})["trusted"] = trusted
        refusal = self._refusal(scope, headers, trusted)
        await (refusal.response() if refusal else self.app)(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers, trusted: bool) -> ApiError | None:
        if not trusted and scope["path"] != OPEN:
            message = "The key is missing or wrong. The lab keeps it in the file engine.key."
            return ApiError(401, message, "invalid_api_key")
        # A browser sends other types to other sites without asking them first.
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        if scope["method"] == "POST" and has_body and kind != "application/json":
            return ApiError(415, "The content type must be application/json.", "unsupported_type")
        return None
