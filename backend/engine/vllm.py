"""vLLM, for base models without a GGUF file: one server per base model, adapters loaded on demand.

It serves models in Hugging Face format, on a GPU or the CPU, from its own Python environment
(`make vllm`), so that its pinned dependencies can't conflict with the lab's.
"""

import asyncio
import os
import secrets
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import select

from backend.base_models.cards import get_card, revision_of, torch_source, vllm_python
from backend.base_models.served_template import served_template
from backend.config import settings
from backend.db import session
from backend.engine.adapter_check import TOP_LOGPROBS, Prompt, TopLogprobs
from backend.engine.catalogue import Model
from backend.engine.servers import Child, LoadError, Server, launch
from backend.errors import UserError
from backend.gguf.adapter import checked_hash
from backend.machine.gpus import gpu_memories, least_used_gpu
from backend.runs.memory import GPU_SHARE, MemoryNeed, vllm_need
from models.tables import Run

NAME = "vLLM"
RANKS = (8, 16, 32, 64, 128, 256)
"""Values that vLLM accepts for the highest LoRA rank."""
CONTEXT = 2048
"""Tokens of prompt and answer together on a CPU; on a GPU it is the model's maximum."""
REQUESTS = 64
"""Number of requests that one server computes at once."""
START_SECONDS = 900
"""Long enough to read a large model from disk, or even to download it."""


@dataclass(frozen=True)
class VllmSpec:
    """What a vLLM server loads."""

    name: str
    """The base model's name."""
    source: str
    """Its folder or its name on the Hugging Face Hub."""
    rank: int
    """Highest LoRA rank of its adapters."""
    revision: str = ""
    """The commit on the Hub; empty for a folder."""
    weights: str = ""
    """What identifies the weights, so that a server of other ones is started anew."""
    template: Path | None = None
    """A chat template in place of the model's."""

    def need(self) -> MemoryNeed:
        """Return the memory that its server takes."""
        return vllm_need(self.name)

    async def start(self) -> Server:
        """Start a server and wait until it is ready; LoadError if it fails or takes too long."""
        key = secrets.token_hex()
        command = [sys.executable, "-m", "backend.engine.vllm_server", "--parent"]
        command += [str(os.getpid()), *self._command()]
        log = settings().home / "vllm.log"
        environment = _environment(key) | least_used_gpu()
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
        if self.revision:
            options |= {"--revision": self.revision, "--tokenizer-revision": self.revision}
        if self.template:
            options["--chat-template"] = str(self.template)
        flags = ["--enable-lora"]
        if gpu_memories():
            options["--gpu-memory-utilization"] = str(GPU_SHARE)
        else:
            options["--max-model-len"] = str(CONTEXT)
            # Eager, because compiling takes a minute and gains nothing here. Without chunked
            # prefill, because vLLM crashes where a prompt with a seed takes two steps: it rewinds
            # a generator that can't be rewound.
            options["--max-num-batched-tokens"] = str(2 * CONTEXT)
            flags += ["--enforce-eager", "--no-enable-chunked-prefill"]
        arguments = [argument for option in options.items() for argument in option]
        return [str(vllm_python()), "-m", "vllm.entrypoints.openai.api_server", *arguments, *flags]


def _environment(key: str) -> dict[str, str]:
    return {
        "VLLM_API_KEY": key,  # Not an argument, which every user of the machine could read.
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "OMP_WAIT_POLICY": "passive",  # Spinning threads would starve a training job.
        "PYTHONPATH": "",
    }


class ExternalHost:
    """A server that the gateway did not start and does not stop."""

    pid = None
    alive = True

    async def stop(self) -> None:
        """Leave it running."""


@dataclass(frozen=True)
class ExternalVllm:
    """The vLLM server at `VLLM_URL`, and the base model that it must serve."""

    name: str
    url: str

    def need(self) -> MemoryNeed:
        """Return the memory that it takes on this machine: none."""
        return MemoryNeed(bytes=0, place="machine")

    async def start(self) -> Server:
        """Connect to it; LoadError if it does not serve the base model."""
        server = Server(self, ExternalHost(), self.url, settings().vllm_key, REQUESTS)
        try:
            response = await server.client.get("/v1/models")
            response.raise_for_status()
            served = [str(model["id"]) for model in response.json()["data"]]
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            message = f"vLLM at {self.url} refused with status {status}; is VLLM_KEY right?"
            raise LoadError(message) from error
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise LoadError(f"vLLM at {self.url} does not answer; is VLLM_URL right?") from error
        if self.name not in served:
            raise LoadError(
                f"vLLM at {self.url} does not serve {self.name}; start it with "
                f"--served-model-name {self.name} --enable-lora."
            )
        return server


def spec_of(base_model: str) -> VllmSpec | ExternalVllm:
    """Return what serves a base model: the server at `VLLM_URL`, or one that the gateway starts.

    The latter is started for the highest LoRA rank among the base model's runs.
    """
    if url := settings().vllm_url:
        return ExternalVllm(base_model, url.rstrip("/").removesuffix("/v1"))
    with session() as db:
        runs = db.exec(select(Run).where(Run.base_model == base_model)).all()
    highest = max((int(run.config.get("rank", 0)) for run in runs), default=0)
    rank = next((rank for rank in RANKS if rank >= max(highest, 64)), RANKS[-1])
    card = get_card(base_model)
    commit = card.revision if card.hub else ""
    source, weights = torch_source(base_model), revision_of(base_model)
    return VllmSpec(base_model, source, rank, commit, weights, served_template(base_model))


def served_name(model: Model) -> str:
    """Return vLLM's name for a model; it holds the weights' hash, so new weights are loaded."""
    if model.kind == "adapter":
        return f"{model.run_id}-{(model.adapter_sha256 or '')[:12]}"
    return model.base_model


async def load_adapter(server: Server, model: Model) -> None:
    """Load a run's adapter into a server, unless it has it already.

    Raises:
        UserError: its weights have changed, or vLLM refuses it; the message says why.
    """
    name, folder = served_name(model), model.folder / "adapter"
    await asyncio.to_thread(checked_hash, folder, model.adapter_sha256)
    body = {"lora_name": name, "lora_path": str(folder)}
    response = await server.client.post("/v1/load_lora_adapter", json=body)
    if response.is_success or "already been loaded" in response.text:
        return
    try:
        reason = str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        reason = f"it answered with status {response.status_code}"
    raise UserError(f"vLLM can't load the adapter: {reason.rstrip('.')}.")


class VllmCheckClient:
    """The check's requests to a vLLM server."""

    engine = NAME

    def __init__(self, client: httpx.AsyncClient, model: Model) -> None:
        """Use a server's client for one run."""
        self.client = client
        self.model = model

    async def top_logprobs(self, tokens: list[int], adapted: bool) -> TopLogprobs:
        """Return the likeliest tokens after a context, with the adapter or without."""
        body: dict[str, Any] = {
            "model": served_name(self.model) if adapted else self.model.base_model,
            "prompt": tokens,
            "max_tokens": 1,
            "temperature": 0,
            "logprobs": TOP_LOGPROBS,
            "return_tokens_as_token_ids": True,
        }
        response = await self.client.post("/v1/completions", json=body)
        response.raise_for_status()
        top = response.json()["choices"][0]["logprobs"]["top_logprobs"][0]
        return TopLogprobs({int(token.split(":")[1]): float(value) for token, value in top.items()})

    async def same_tokens(self, prompt: Prompt) -> bool:
        """Whether vLLM renders and tokenises a chat as training did."""
        body = {
            "model": self.model.base_model,
            "messages": prompt.messages,
            "add_generation_prompt": True,
            "chat_template_kwargs": self.model.template,
        }
        response = await self.client.post("/tokenize", json=body)
        response.raise_for_status()
        return bool(response.json()["tokens"] == prompt.tokens)
