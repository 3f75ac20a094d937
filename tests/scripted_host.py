"""A small host of models by OpenAI's API, over real HTTP."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
LONGEST = 100_000
"""Tokens of an answer to "Ramble." that nothing limits."""


class Host(BaseHTTPRequestHandler):
    """Answers by steam; its other ways depend on the question.

    A number is refused with that status, in a message that holds the key. "Ramble." is answered at
    the greatest length allowed, "(silent)" as soon as `released` is set. "(half)" breaks off, a
    stream after a chunk that tells a partial usage. "(echo)" is answered by the key, "(spelt)" by
    the key in pieces and, in a stream, without spaces after "data:". "(failing)" is
    a stream that ends in an error which holds the key, and "(untold)" tells no usage. "(page)" is
    answered by a page instead of JSON.
    """

    seen: list[tuple[str, dict[str, Any]]]
    released: threading.Event

    def do_POST(self) -> None:  # noqa: N802
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers["Authorization"]
        self.seen.append((key, body))
        question = body["messages"][-1]["content"]
        if question.isdigit():
            error = {"error": {"message": f"Slow down, {key}.", "type": "x"}}
            return self._send(int(question), json.dumps(error).encode())
        if question == "(page)":
            return self._send(200, b"<html>Welcome</html>", "text/html")
        if question == "(silent)":
            self.released.wait(60)
        words = ["By ", key if question == "(echo)" else "steam"]
        if question == "(spelt)":
            words = [*key, " or s"]
        usage = dict(USAGE)
        if question == "Ramble.":
            usage["completion_tokens"] = body.get("max_tokens", LONGEST)
        told = {} if question == "(untold)" else {"usage": usage}
        if body.get("stream"):
            return self._stream(body, question, words, told)
        choice = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "".join(words)},
        }
        shape = {"id": "1", "object": "chat.completion", "created": 0, "model": body["model"]}
        content = json.dumps(shape | {"choices": [choice]} | told).encode()
        self._send(200, content[:80] if question == "(half)" else content, length=len(content))

    def _stream(
        self, body: dict[str, Any], question: str, words: list[str], told: dict[str, Any]
    ) -> None:
        shape = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": body["model"]}
        chunks: list[dict[str, Any]] = [
            shape | {"choices": [{"index": 0, "delta": {"content": word}}]} for word in words
        ]
        if question == "(failing)":
            chunks[1] = {"error": {"message": f"No room for {self.headers['Authorization']}."}}
        if question == "(half)":
            chunks[0]["usage"] = {"prompt_tokens": 1, "completion_tokens": 1}
        lines = [json.dumps(chunk) for chunk in [*chunks, shape | {"choices": []} | told]]
        data = "data:" if question == "(spelt)" else "data: "
        events = [f"{data}{line}\n\n".encode() for line in [*lines, "[DONE]"]]
        length = sum(map(len, events))
        self._send(200, events[0], "text/event-stream", length)
        if question == "(half)":
            time.sleep(0.1)
            self.close_connection = True
            return
        self.wfile.write(b"".join(events[1:]))

    def _send(
        self,
        status: int,
        content: bytes,
        kind: str = "application/json",
        length: int | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def scripted_host() -> Iterator[tuple[str, type[Host]]]:
    """Give a host's URL, and its class, which holds what it has seen."""
    own: Any = type("Own", (Host,), {"seen": [], "released": threading.Event()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), own)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", own
    finally:
        own.released.set()
        server.shutdown()
        server.server_close()
