"""A small provider of finetuning by OpenAI's published schema, over real HTTP."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "secret-key"
STATES = ("validating_files", "queued", "running", "running", "running", "succeeded")
"""What a job is at each look at it; the last stays."""
STEPS = 6
TOKENS = 5_000
PAGE = 2
"""Events and jobs on a page, whatever is asked for, so that every listing has several."""


class Provider:
    """What the provider holds, and what it is told to do wrong."""

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, bytes] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.created: list[dict[str, Any]] = []
        self.cancelled: list[str] = []
        self.chats: list[dict[str, Any]] = []
        self.states: tuple[str, ...] = STATES
        self.fault = {"code": "invalid_training_file", "message": "", "param": "training_file"}
        self.refusals: list[tuple[str, int, str]] = []
        """(end of method and path, status, message) of requests to come; status 0 breaks off."""
        self.ignores_filter = False
        self.leaves_out: tuple[str, ...] = ()
        self.greeting = ""
        """Text that begins the message of each event."""
        self.loses_answer = False
        """Whether the answer to the next creation is lost after the job is made."""

    def refuse(self, path: str, status: int, message: str = "Slow down.", times: int = 1) -> None:
        self.refusals += [(path, status, message)] * times

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.created.append(asked)
        number = len(self.created)
        told = asked["method"]["supervised"]["hyperparameters"]
        job = {
            "object": "fine_tuning.job",
            "id": f"ftjob-{number}",
            "created_at": int(time.time()),
            "error": {},
            "fine_tuned_model": None,
            "finished_at": None,
            "hyperparameters": told | {"learning_rate_multiplier": 1.8},
            "model": asked["model"],
            "organization_id": "org-1",
            "result_files": [],
            "seed": asked["seed"],
            "status": "validating_files",
            "trained_tokens": None,
            "validation_file": None,
            "training_file": asked["training_file"],
            "estimated_finish": None,
            "integrations": [],
            "metadata": asked.get("metadata"),
            "method": asked["method"],
            "suffix": asked["suffix"],
            "looks": 0,
        }
        self.jobs[str(job["id"])] = job
        self._tell(job, "Created fine-tuning job: " + str(job["id"]))
        return job

    def public(self, job: dict[str, Any]) -> dict[str, Any]:
        """Return what of a job the API tells."""
        hidden = ("looks", "suffix", *self.leaves_out)
        return {key: value for key, value in job.items() if key not in hidden}

    def look(self, job: dict[str, Any]) -> dict[str, Any]:
        """Go on to the next state, as time does."""
        if job["status"] not in ("succeeded", "failed", "cancelled"):
            job["status"] = self.states[min(job["looks"], len(self.states) - 1)]
            job["looks"] += 1
            if job["status"] == "running":
                self._train(job)
            if job["status"] == "failed":
                job["error"] = self.fault
                self._tell(job, "The job failed.", level="error")
            if job["status"] == "succeeded":
                job["fine_tuned_model"] = f"ft:{job['model']}:org::{job['suffix']}"
                job["finished_at"] = job["created_at"] + 60
                job["trained_tokens"] = TOKENS
                self._tell(job, "The job has successfully completed")
        return self.public(job)

    def cancel(self, job: dict[str, Any]) -> dict[str, Any]:
        self.cancelled.append(job["id"])
        job["status"] = "cancelled"
        return self.look(job)

    def _train(self, job: dict[str, Any]) -> None:
        done = sum(event["type"] == "metrics" for event in self.events[job["id"]])
        for step in range(done + 1, min(done + 2, STEPS) + 1):
            loss = round(3 / step, 4)
            text = f"Step {step}/{STEPS}: training loss={loss}"
            data = {"step": step, "train_loss": loss, "total_steps": STEPS}
            self._tell(job, text, data | {"train_mean_token_accuracy": 0.5})

    def _tell(
        self, job: dict[str, Any], message: str, data: Any = None, level: str = "info"
    ) -> None:
        own = self.events.setdefault(job["id"], [])
        own.append(
            {
                "object": "fine_tuning.job.event",
                "id": f"ftevent-{job['id']}-{len(own)}",
                "created_at": int(time.time()),
                "level": level,
                "message": self.greeting + message,
                "data": data,
                "type": "metrics" if data else "message",
            }
        )


class ScriptedProvider(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:  # noqa: N802
        if self._refused():
            return
        path, query = self._path(), parse_qs(urlsplit(self.path).query)
        if path == "fine_tuning/jobs":
            wanted = query.get("metadata[run]", [None])[0]
            all_jobs = [self.provider.public(job) for job in self.provider.jobs.values()][::-1]
            mine = [job for job in all_jobs if job["metadata"] == {"run": wanted}]
            return self._page(all_jobs if self.provider.ignores_filter else mine, query)
        if not (job := self._job(path)):
            return self._error(404, "No such job.", "not_found")
        if path.endswith("/events"):
            return self._page(self.provider.events[job["id"]][::-1], query)
        self._send(200, self.provider.look(job))

    def do_POST(self) -> None:  # noqa: N802
        content = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self._refused():
            return
        path = self._path()
        if path == "files":
            return self._send(200, self._file(content))
        if path == "chat/completions":
            return self._chat(json.loads(content))
        if path == "fine_tuning/jobs":
            job = self.provider.create(json.loads(content))
            if self.provider.loses_answer:
                self.provider.loses_answer = False
                return self._break_off()
            return self._send(200, self.provider.public(job))
        job = self._job(path)
        if not job or not path.endswith("/cancel"):
            return self._error(404, "No such job.", "not_found")
        self._send(200, self.provider.cancel(job))

    def _path(self) -> str:
        return urlsplit(self.path).path.removeprefix("/v1/")

    def _job(self, path: str) -> dict[str, Any] | None:
        match = re.match(r"fine_tuning/jobs/([^/]+)", path)
        return self.provider.jobs.get(match[1]) if match else None

    def _refused(self) -> bool:
        if self.headers["Authorization"] != f"Bearer {KEY}":
            said = f"Incorrect API key provided: {self.headers['Authorization']}."
            self._error(401, said, "invalid_api_key")
            return True
        for refusal in self.provider.refusals:
            ending, status, message = refusal
            if f"{self.command} {self._path()}".endswith(ending):
                self.provider.refusals.remove(refusal)
                if status:
                    self._error(status, message, "rate_limit_exceeded")
                else:
                    self._break_off()
                return True
        return False

    def _file(self, content: bytes) -> dict[str, Any]:
        rows = content.split(b"\r\n\r\n")
        assert b'name="purpose"' in content and b"fine-tune" in content
        number = f"file-{len(self.provider.files) + 1}"
        self.provider.files[number] = max(rows, key=len).split(b"\r\n--")[0]
        return {
            "id": number,
            "object": "file",
            "bytes": len(content),
            "created_at": int(time.time()),
            "filename": "rows.jsonl",
            "purpose": "fine-tune",
            "status": "processed",
        }

    def _chat(self, asked: dict[str, Any]) -> None:
        self.provider.chats.append(asked)
        usage = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
        choice = {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": None,
            "message": {"role": "assistant", "content": "By telegraph."},
        }
        shape = {"id": "1", "object": "chat.completion", "created": 0, "model": asked["model"]}
        self._send(200, shape | {"choices": [choice], "usage": usage})

    def _page(self, found: list[dict[str, Any]], query: dict[str, list[str]]) -> None:
        ids = [each["id"] for each in found]
        start = ids.index(query["after"][0]) + 1 if "after" in query else 0
        shown = found[start : start + PAGE]
        more = len(found) > start + PAGE
        self._send(200, {"object": "list", "data": shown, "has_more": more})

    def _break_off(self) -> None:
        self.close_connection = True

    def _error(self, status: int, message: str, code: str) -> None:
        error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
        self._send(status, {"error": error})

    def _send(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def scripted_provider() -> Iterator[Provider]:
    """Give a provider that finetunes in six looks."""
    provider = Provider()
    own = type("Own", (ScriptedProvider,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), own)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    provider.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
