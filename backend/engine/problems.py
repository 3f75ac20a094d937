"""Errors in OpenAI's shape."""

import json
from typing import Any

from starlette.responses import JSONResponse


class ApiError(Exception):
    """An answer that is an error: a status and one plain sentence."""

    def __init__(self, status: int, message: str, code: str, param: str | None = None) -> None:
        """Remember what to answer."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param

    def body(self) -> dict[str, Any]:
        """Return the error as OpenAI's API words it."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {
            "error": {
                "message": self.message,
                "type": kind,
                "param": self.param,
                "code": self.code,
            }
        }

    def json(self) -> str:
        """Return the body as text, for an event of a stream."""
        return json.dumps(self.body())

    def response(self) -> JSONResponse:
        """Return the error as an HTTP response."""
        return JSONResponse(self.body(), self.status)


def engine_stopped() -> ApiError:
    """Return the error for a llama.cpp server that died in the middle of an answer."""
    return ApiError(503, "The engine stopped while it answered; ask again.", "engine_stopped")
