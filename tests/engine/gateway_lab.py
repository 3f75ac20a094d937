"""A gateway as a process of its own, the lab that it serves, and runs to put into it."""

import hashlib
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import openai
import uvicorn

from backend.db import session
from backend.engine.gateway import build_app
from backend.files import ADAPTER_WEIGHTS
from backend.machine.ports import free_port
from models.base_models import EMBEDDED
from models.tables import EngineCheck, Run
from tests.processes import start, wait_until

ENGINE_KEY, LAB_KEY = "key-of-the-tests", "key-of-the-lab"
TRUSTED = {"authorization": f"Bearer {ENGINE_KEY}"}


@dataclass(frozen=True)
class Lab:
    home: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def client(self) -> openai.OpenAI:
        url = f"http://127.0.0.1:{self.port}/v1"
        return openai.OpenAI(base_url=url, api_key=ENGINE_KEY, max_retries=0)

    def health(self) -> dict[str, dict[str, int]]:
        answer = httpx.get(f"http://127.0.0.1:{self.port}/health", headers=TRUSTED, trust_env=False)
        servers: dict[str, dict[str, int]] = answer.json()["servers"]
        return servers

    def ask(self, model: str = EMBEDDED, **options: object) -> openai.types.chat.ChatCompletion:
        defaults = {"max_tokens": 12, "messages": [{"role": "user", "content": "Name a bird."}]}
        return self.client.chat.completions.create(model=model, **(defaults | options))

    def answers(self) -> bool:
        """Whether the gateway takes requests; it may not have ended."""
        assert self.process.poll() is None, f"the gateway ended with {self.process.returncode}"
        try:
            self.health()
        except httpx.TransportError:
            return False
        return True


@contextmanager
def gateway(home: Path, **environment: str) -> Iterator[Lab]:
    """Run a gateway for a lab, at a free port."""
    port = free_port()
    place = {"WEIRDGEN_HOME": str(home), "ENGINE_PORT": str(port), "DATABASE_URL": ""}
    environment = {"ENGINE_KEY": ENGINE_KEY} | environment
    lab = Lab(home, port, start("backend.engine", **place, **environment))
    try:
        wait_until(lab.answers)
        yield lab
    finally:
        lab.process.terminate()
        lab.process.wait(60)


@contextmanager
def live_gateway() -> Iterator[httpx.Client]:
    """Run a gateway without engines in a thread, which notices when its clients leave."""
    port = free_port()
    config = uvicorn.Config(
        build_app(ENGINE_KEY, LAB_KEY), port=port, log_config=None, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    url = f"http://127.0.0.1:{port}/v1/"
    with httpx.Client(base_url=url, headers=TRUSTED, timeout=60, trust_env=False) as client:
        yield client
    server.should_exit = True
    thread.join()


def text_of(answer: openai.types.chat.ChatCompletion, choice: int = 0) -> str:
    return answer.choices[choice].message.content or ""


def add_run(lab: Lab, trained: Path, name: str, finished: bool = True) -> Run:
    """Put a run into the lab, with its adapter and reference, as training leaves them."""
    run = Run(name=name, dataset="d", dataset_sha256="", base_model=EMBEDDED, config={})
    folder = lab.home / "runs" / run.id
    (folder / "adapter").mkdir(parents=True)
    for file in trained.iterdir():
        parent = folder if file.name == "reference.json" else folder / "adapter"
        (parent / file.name).write_bytes(file.read_bytes())
    if finished:
        run.summary = {"adapter_sha256": weights_hash(trained)}
    with session() as db:
        db.add(run)
    return run


def weights_hash(folder: Path) -> str:
    return hashlib.sha256((folder / ADAPTER_WEIGHTS).read_bytes()).hexdigest()


def check_of(run: Run) -> EngineCheck:
    """Wait for the gateway's check of a run."""
    stored: list[EngineCheck] = []

    def is_stored() -> bool:
        with session() as db:
            check = db.get(EngineCheck, (run.id, "llama.cpp"))
        stored.extend([check] if check else [])
        return bool(stored)

    wait_until(is_stored)
    return stored[-1]
