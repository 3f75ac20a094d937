"""Errors in OpenAI's shape."""

import json
from typing import Any

from humanize import naturaldelta
from starlette.responses import JSONResponse

from backend.jobs.progress import remaining_seconds
from backend.runs.memory import Need, holder
from models.tables import JobKind

WORK = {JobKind.FINETUNE: "A training", JobKind.EVALUATE: "An evaluation"}
NO_MEMORY, MEMORY_TAKEN = "no_memory", "memory_taken"


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


def no_memory(need: Need) -> ApiError:
    """Return the error for a model that finds no memory: taken by a job, or simply too little."""
    job = holder()
    if job is None:
        message = f"The model {need.text}; choose a smaller one, or close what else uses it."
        return ApiError(503, message, NO_MEMORY)
    left = remaining_seconds(job)
    eta = f", about {naturaldelta(left)} are left" if left else ""
    what = WORK.get(job.kind, "A job")
    message = f"{what} has the memory{eta}: the model {need.text}. Wait, or stop the job."
    return ApiError(503, message, MEMORY_TAKEN)


def engine_stopped() -> ApiError:
    """Return the error for a llama.cpp server that died in the middle of an answer."""
    return ApiError(503, "The engine stopped while it answered; ask again.", "engine_stopped")
