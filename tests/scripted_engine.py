"""A small engine that says what it is told to, over real HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from backend.chat.origin import Origin


class ScriptedEngine(BaseHTTPRequestHandler):
    words: tuple[str, ...] = ("By ", "steam", "ship.")
    endless = False
    refusal = ""
    """What every request is refused with, unless it is empty."""
    origin: Origin | None = None
    """What it says has produced its answers."""
    requests: list[dict[str, Any]] = []
    gone = threading.Event()

    def do_POST(self) -> None:  # noqa: N802
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.requests.append(body)
        if body["model"] == "broken" or self.refusal:
            return self._refuse()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        for name, value in (self.origin.header if self.origin else {}).items():
            self.send_header(name, value)
        self.end_headers()
        try:
            while True:
                for word in self.answer(body):
                    self._event({"choices": [{"index": 0, "delta": {"content": word}}]})
                if not self.endless:
                    break
        except OSError:
            return self.gone.set()
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self.wfile.write(b"data: [DONE]\n\n")

    def answer(self, body: dict[str, Any]) -> tuple[str, ...]:
        """Return the words of the answer to a request."""
        return self.words

    def _event(self, part: dict[str, Any]) -> None:
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"} | part
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

    def _refuse(self) -> None:
        message = json.dumps(
            {"error": {"message": self.refusal or "The adapter is broken.", "type": "x"}}
        ).encode()
        self.send_response(422)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(message)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def scripted_engine(endless: bool = False) -> Iterator[tuple[str, type[ScriptedEngine]]]:
    """Give the engine's URL and its class, which records what it was sent."""
    own = type("Own", (ScriptedEngine,), {"requests": [], "gone": threading.Event()})
    own.endless = endless
    server = ThreadingHTTPServer(("127.0.0.1", 0), own)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", own
    finally:
        server.shutdown()
