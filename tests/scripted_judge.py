"""A small judge that says what a test tells it to, over real HTTP."""

import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from backend.chat.identity import HEADER, identity_of_base
from tests.small_model import SMALL


class Raw(NamedTuple):
    """A whole answer, in whatever shape an endpoint may give it."""

    status: int
    body: dict[str, Any]


USAGE = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
Reply = str | int | dict[str, float] | Raw
"""A verdict, an HTTP status to refuse with, the probabilities of the first token, or all of it.

A refusal repeats the key, and so does the verdict "(echo)".
"(silent)" answers nothing until something else is asked, and "(half)" breaks off in the middle of
its JSON."""


class ScriptedJudge(BaseHTTPRequestHandler):
    reply: Callable[[str], Reply]
    requests: list[str] = []
    said: dict[str, str] = {}
    answered_by: Callable[[str], str]

    def do_POST(self) -> None:  # noqa: N802
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.said = {HEADER: type(self).answered_by(body["model"])}
        asked = body["messages"][-1]["content"]
        self.requests.append(asked)
        reply = type(self).reply(asked)
        if reply == "(silent)":
            return self._wait_for_another()
        if reply == "(half)":
            return self._send(200, b'{"id": "1", "choices": [{"index": 0, "mess')
        if reply == "(echo)":
            reply = f"ANSWER: {self.headers['Authorization']}"
        if isinstance(reply, Raw):
            return self._send(reply.status, reply.body)
        if isinstance(reply, int):
            message = f"Too many for {self.headers['Authorization']}."
            return self._send(reply, {"error": {"message": message, "type": "x"}})
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop", "logprobs": None}
        text = reply if isinstance(reply, str) else max(reply, key=lambda token: reply[token])
        if isinstance(reply, dict):
            odds = [{"token": t, "logprob": math.log(p), "bytes": None} for t, p in reply.items()]
            first = {"token": text, "logprob": 0.0, "bytes": None, "top_logprobs": odds}
            choice["logprobs"] = {"content": [first], "refusal": None}
        choice["message"] = {"role": "assistant", "content": text}
        shape = {"id": "1", "object": "chat.completion", "created": 0, "model": "m"}
        self._send(200, shape | {"choices": [choice], "usage": USAGE})

    def _wait_for_another(self) -> None:
        asked = len(self.requests)
        deadline = time.monotonic() + 60
        while len(self.requests) == asked and time.monotonic() < deadline:
            time.sleep(0.05)

    def _send(self, status: int, body: dict[str, Any] | bytes) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        for name, value in self.said.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("retry-after-ms", "1")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


def as_the_engine_says(model: str) -> str:
    """Return the identity that the lab's own engine states; empty for a judge."""
    return identity_of_base(model) if model == SMALL else ""


@contextmanager
def scripted_judge(
    reply: Callable[[str], Reply], answered_by: Callable[[str], str] = as_the_engine_says
) -> Iterator[tuple[str, list[str]]]:
    """Give the judge's URL and the prompts that it was sent."""
    does = {"reply": staticmethod(reply), "answered_by": staticmethod(answered_by)}
    own = type("Own", (ScriptedJudge,), {"requests": [], **does})
    server = ThreadingHTTPServer(("127.0.0.1", 0), own)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", own.requests
    finally:
        server.shutdown()
