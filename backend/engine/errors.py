"""Errors in the format of OpenAI's API."""

import json
from typing import Any

from humanize import naturaldelta
from starlette.responses import JSONResponse

from backend.jobs.progress import remaining_seconds
from backend.redaction import redacted
from backend.runs.memory import MemoryNeed, running_job
from models.tables import JobKind

JOBS = {JobKind.FINETUNE: "A training run", JobKind.EVALUATE: "An evaluation"}
NO_MEMORY, MEMORY_TAKEN, STOPPED = "no_memory", "memory_taken", "engine_stopped"


class ApiError(Exception):
    """An error response: an HTTP status, a code and one plain sentence."""

    def __init__(self, status: int, message: str, code: str, param: str | None = None) -> None:
        """Create an error; `param` names the field of the request that caused it."""
        self.message = redacted(message)  # It may quote a host.
        super().__init__(self.message)
        self.status = status
        self.code = code
        self.param = param

    def body(self) -> dict[str, Any]:
        """Return the response's body."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        error = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return {"error": error}

    def json(self) -> str:
        """Return the body as JSON, for an event of a stream."""
        return json.dumps(self.body())

    def response(self) -> JSONResponse:
        """Return the error as an HTTP response."""
        return JSONResponse(self.body(), self.status)


def no_memory(need: MemoryNeed) -> ApiError:
    """Return the error for a model that does not fit in memory, with what uses the memory."""
    job = running_job()
    if job is None:
        message = f"The model {need.text}. Choose a smaller model, or close other programs."
        return ApiError(503, message, NO_MEMORY)
    seconds = remaining_seconds(job)
    eta = f" (about {naturaldelta(seconds)} left)" if seconds else ""
    user = JOBS.get(job.kind, "A job")
    message = f"{user} is using the memory{eta}; the model {need.text}. Wait, or stop the job."
    return ApiError(503, message, MEMORY_TAKEN)


def engine_stopped() -> ApiError:
    """Return the error for an engine's server that stopped before its answer was complete."""
    message = "The engine stopped before its answer was complete. Try again."
    return ApiError(503, message, STOPPED)
