"""Who may use the gateway: programs that hold its key, and no page of another site."""

import secrets
from typing import get_args

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.chat.engine_key import Asker
from backend.engine.errors import ApiError

OPEN = "/health"
"""Answered without the key, but then without details."""


class KeyRequired:
    """Passes on requests that carry a key, and refuses all others."""

    def __init__(self, app: ASGIApp, key: str, lab_key: str) -> None:
        """Protect an app.

        Args:
            app: It answers what is passed on.
            key: Of other tools.
            lab_key: Of the lab's own processes.
        """
        self.app = app
        self.askers = {key: "other tools"}
        self.askers |= {f"{lab_key}.{asker}": asker for asker in get_args(Asker)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on or refuse; `scope["state"]["asker"]` says by whose key, None without any."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asker = self._asker(headers.get("authorization", ""))
        scope.setdefault("state", {})["asker"] = asker
        refusal = self._refusal(scope, headers, asker is not None)
        await (refusal.response() if refusal else self.app)(scope, receive, send)

    def _asker(self, sent: str) -> str | None:
        for key, asker in self.askers.items():
            if secrets.compare_digest(sent.encode(), f"Bearer {key}".encode()):
                return asker
        return None

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
