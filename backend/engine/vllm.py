"""vLLM for base models without a GGUF file: one server a base model, adapters loaded when asked.

It serves what transformers reads, on a GPU or on the CPU, from a Python environment of its own
(`make vllm`), so that its pins never fight the lab's.
"""

import os
import secrets
import signal
import sys
from dataclasses import dataclass
from typing import Any

import httpx
from sqlmodel import select

from backend.base_models.cards import torch_source, vllm_python
from backend.config import settings
from backend.db import session
from backend.engine.adapter_check import TOP_LOGPROBS, Prompt, TopLogprobs
from backend.engine.catalogue import Model
from backend.engine.servers import Child, LoadError, Server, launch
from backend.errors import UserError
from backend.machine.gpus import emptiest_gpu, gpu_memories
from backend.runs.memory import GPU_SHARE, Need, vllm_need
from models.tables import Run

NAME = "vLLM"
RANKS = (8, 16, 32, 64, 128, 256)
"""Highest ranks that vLLM can be started for."""
CONTEXT = 2048
"""Prompt and answer together on a CPU; a GPU takes what the model can."""
REQUESTS = 64
"""Requests that one server computes at once."""
START_SECONDS = 900
"""A large model is read from disk, or even downloaded, first."""


@dataclass(frozen=True)
class VllmSpec:
    """What a vLLM server loads."""

    name: str
    """The base model's."""
    source: str
    rank: int
    """Highest rank of an adapter."""

    def need(self) -> Need:
        """Return the memory that its server takes."""
        return vllm_need(self.name)

    async def start(self) -> Server:
        """Start a server and wait until it is ready; LoadError when it never is."""
        key = secrets.token_hex()
        command = [sys.executable, "-m", "backend.engine.vllm_server", "--parent"]
        command += [str(os.getpid()), *self._command()]
        log = settings().home / "vllm.log"
        environment = _environment(key) | emptiest_gpu()
        process, address = await launch(NAME, command, environment, log, START_SECONDS)
        return Server(self, Child(process, signal.SIGTERM), address, key, REQUESTS)

    def _command(self) -> list[str]:
        options = {
            "--model": self.source,
            "--served-model-name": self.name,
            "--max-lora-rank": str(self.rank),
            "--max-loras": "4",
            "--max-cpu-loras": "32",
            "--max-logprobs": str(TOP_LOGPROBS),
        }
        flags = ["--enable-lora"]
        if gpu_memories():
            options["--gpu-memory-utilization"] = str(GPU_SHARE)
        else:
            options["--max-model-len"] = str(CONTEXT)
            # Compiling takes a minute and gains nothing here. A prompt that is divided over two
            # steps ends vLLM where its request has a seed: it rewinds a generator that can't be.
            options["--max-num-batched-tokens"] = str(2 * CONTEXT)
            flags += ["--enforce-eager", "--no-enable-chunked-prefill"]
        words = [word for pair in options.items() for word in pair]
        return [str(vllm_python()), "-m", "vllm.entrypoints.openai.api_server", *words, *flags]


def _environment(key: str) -> dict[str, str]:
    return {
        "VLLM_API_KEY": key,  # Not on the command line, where every user of the machine reads it.
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "OMP_WAIT_POLICY": "passive",  # Threads that spin starve a training beside it.
        "PYTHONPATH": "",
    }


class ExternalHost:
    """A machine or process that somebody else started and will end."""

    pid = None
    alive = True

    async def end(self) -> None:
        """Leave it running."""


@dataclass(frozen=True)
class ExternalVllm:
    """A vLLM server at `VLLM_URL`, and the base model that it must serve."""

    name: str
    url: str

    def need(self) -> Need:
        """Return the memory that it takes here: none."""
        return Need(bytes=0, place="machine")

    async def start(self) -> Server:
        """Make sure that it serves the base model; LoadError when it does not."""
        server = Server(self, ExternalHost(), self.url, settings().vllm_key, REQUESTS)
        try:
            answer = await server.client.get("/v1/models")
            answer.raise_for_status()
            served = [str(model["id"]) for model in answer.json()["data"]]
        except httpx.HTTPStatusError as error:
            raise LoadError(
                f"vLLM at {self.url} refused with {error.response.status_code}; is VLLM_KEY right?"
            ) from error
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise LoadError(f"vLLM at {self.url} does not answer; is VLLM_URL right?") from error
        if self.name not in served:
            raise LoadError(
                f"vLLM at {self.url} does not serve {self.name}; start it with "
                f"--served-model-name {self.name} --enable-lora."
            )
        return server


def spec_of(base_model: str) -> VllmSpec | ExternalVllm:
    """Return what serves a base model: a server elsewhere, or one of ours.

    One of ours has room for the highest rank that there is.
    """
    if url := settings().vllm_url:
        return ExternalVllm(base_model, url.rstrip("/").removesuffix("/v1"))
    with session() as db:
        runs = db.exec(select(Run).where(Run.base_model == base_model)).all()
    highest = max((int(run.config.get("rank", 0)) for run in runs), default=0)
    rank = next((rank for rank in RANKS if rank >= max(highest, 64)), RANKS[-1])
    return VllmSpec(base_model, torch_source(base_model), rank)


def served_name(model: Model) -> str:
    """Return what vLLM calls a model; changed weights have another name, so they load anew."""
    if model.kind == "adapter":
        return f"{model.run_id}-{(model.adapter_sha256 or '')[:12]}"
    return model.base_model


async def load_adapter(server: Server, model: Model) -> None:
    """Have a server load a run's adapter, once.

    Raises:
        UserError: vLLM refuses it; the message says why.
    """
    name = served_name(model)
    body = {"lora_name": name, "lora_path": str(model.folder / "adapter")}
    answer = await server.client.post("/v1/load_lora_adapter", json=body)
    if answer.is_success or "already been loaded" in answer.text:
        return
    try:
        reason = str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        reason = f"it answered with {answer.status_code}"
    raise UserError(f"vLLM can't load the adapter: {reason.rstrip('.')}.")


class VllmCheckClient:
    """Asks a vLLM server what the check after loading compares with torch."""

    engine = NAME

    def __init__(self, client: httpx.AsyncClient, model: Model) -> None:
        """Ask about one run."""
        self.client = client
        self.model = model

    async def top_logprobs(self, tokens: list[int], adapted: bool) -> TopLogprobs:
        """Return the log-probabilities of what may follow some tokens."""
        body: dict[str, Any] = {
            "model": served_name(self.model) if adapted else self.model.base_model,
            "prompt": tokens,
            "max_tokens": 1,
            "temperature": 0,
            "logprobs": TOP_LOGPROBS,
            "return_tokens_as_token_ids": True,
        }
        answer = await self.client.post("/v1/completions", json=body)
        answer.raise_for_status()
        top = answer.json()["choices"][0]["logprobs"]["top_logprobs"][0]
        return TopLogprobs({int(token.split(":")[1]): float(value) for token, value in top.items()})

    async def same_tokens(self, prompt: Prompt) -> bool:
        """Whether vLLM renders and tokenises a chat as the training's tokenizer does."""
        body = {
            "model": self.model.base_model,
            "messages": prompt.messages,
            "add_generation_prompt": True,
            "chat_template_kwargs": self.model.template,
        }
        answer = await self.client.post("/tokenize", json=body)
        answer.raise_for_status()
        return bool(answer.json()["tokens"] == prompt.tokens)
