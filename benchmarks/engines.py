"""Speed of the engines, with and without the gateway: `python -m benchmarks.engines`.

Measured in one session on one machine: plain llama.cpp, llama.cpp behind the gateway, plain vLLM
(if installed by `make vllm`) and transformers' `generate`, each with the embedded model and with a
shipped adapter. The script prints the time to the first token, and the tokens per second of one
answer, of base model and adapter side by side, and of 64 answers to one prompt. llama.cpp and the
gateway are measured alternately, so that both run under the same conditions. Figures are medians;
the last line is the cost of the gateway.
"""

import asyncio
import json
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx
import typer

from backend.base_models.cards import gguf_path, torch_source, vllm_python
from backend.base_models.tokenizer import chat_tokenizer
from backend.config import ROOT
from backend.engine import catalogue, vllm
from backend.engine.catalogue import Model
from backend.engine.llama import LlamaSpec
from backend.engine.requests import ChatRequest
from backend.engine.serving import adapter_spec
from backend.exports.shipped import HOME
from backend.machine.ports import free_port
from models.base_models import EMBEDDED

PROMPT = "Tell me how a letter gets from one town to another."
TOKENS = 32
MANY = 64
ROUNDS, SHORT_ROUNDS = 2, 10
ANSWERS_PER_REQUEST = 8
RUN = "shipped-old-bird-names"
Figures = dict[str, float]
Ask = Callable[[str, int], tuple[httpx.AsyncClient, dict[str, Any]]]
"""From "base" or "adapter" and a seed to the client and the body of a request."""


def request(model: str, seed: int) -> ChatRequest:
    """Return the request that every side answers."""
    messages = [{"role": "user", "content": PROMPT}]
    return ChatRequest.model_validate(
        {"model": model, "messages": messages, "max_tokens": TOKENS, "seed": seed, "stream": True}
    )


async def answer(ask: Ask, which: str, seed: int) -> tuple[float, int, float]:
    """Return the seconds to the first token, the number of tokens and the total seconds."""
    client, body = ask(which, seed)
    started = time.perf_counter()
    first, tokens = 0.0, 0
    async with client.stream("POST", "/v1/chat/completions", json=body, timeout=600) as stream:
        stream.raise_for_status()
        async for line in stream.aiter_lines():
            if line.startswith("data: {"):
                choices = json.loads(line.removeprefix("data: ")).get("choices") or [{}]
                if choices[0].get("delta", {}).get("content"):
                    first = first or time.perf_counter() - started
                    tokens += 1
    return first, tokens, time.perf_counter() - started


async def concurrent(ask: Ask, requests: list[tuple[str, int]]) -> float:
    """Return the tokens per second of several answers at once."""
    started = time.perf_counter()
    answers = await asyncio.gather(*(answer(ask, which, seed) for which, seed in requests))
    return sum(tokens for _, tokens, _ in answers) / (time.perf_counter() - started)


async def short(ask: Ask, seed: int) -> Figures:
    """Return the figures of single answers."""
    first, tokens, total = await answer(ask, "base", seed)
    return {
        "first token, ms": 1000 * first,
        "one answer": (tokens - 1) / (total - first),
        "two columns": await concurrent(ask, [("base", seed), ("adapter", seed)]),
    }


async def many(ask: Ask, seed: int) -> Figures:
    """Return the figures of many answers to one prompt."""
    return {
        f"{MANY} of {which}": await concurrent(ask, [(which, seed + i) for i in range(MANY)])
        for which in ("base", "adapter")
    }


async def many_by_n(ask: Ask) -> Figures:
    """Return the same for requests of eight answers, as the lab draws its samples."""
    encode = chat_tokenizer(EMBEDDED).encode

    async def tokens_of(which: str, seed: int) -> int:
        client, body = ask(which, seed)
        body = body | {"n": ANSWERS_PER_REQUEST, "stream": False}
        response = await client.post("/v1/chat/completions", json=body, timeout=600)
        response.raise_for_status()
        texts = [choice["message"]["content"] for choice in response.json()["choices"]]
        return sum(len(encode(text)) for text in texts)

    figures = {}
    for which in ("base", "adapter"):
        started = time.perf_counter()
        seeds = range(0, MANY, ANSWERS_PER_REQUEST)
        tokens = await asyncio.gather(*(tokens_of(which, seed) for seed in seeds))
        figures[f"{MANY} of {which}"] = sum(tokens) / (time.perf_counter() - started)
    return figures


async def warm_up(ask: Ask) -> None:
    """Load both models and let each answer once."""
    for which in ("base", "adapter"):
        await answer(ask, which, 0)


def median(rounds: list[Figures]) -> Figures:
    """Return the median of each figure."""
    return {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}


async def llama_and_gateway(models: dict[str, Model]) -> dict[str, Figures]:
    """Measure both alternately."""
    port, key = free_port(), secrets.token_urlsafe()
    command = [sys.executable, "-m", "backend.engine"]
    gateway = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"ENGINE_PORT": str(port), "ENGINE_KEY": key}
    )
    specs = {"base": LlamaSpec(gguf_path(EMBEDDED)), "adapter": adapter_spec(models["adapter"])}
    servers = {which: await spec.start() for which, spec in specs.items()}
    lab = httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        headers={"authorization": f"Bearer {key}"},
        trust_env=False,
    )

    def direct(which: str, seed: int) -> tuple[httpx.AsyncClient, dict[str, Any]]:
        body = request(models[which].name, seed).llama_cpp(models[which])
        return servers[which].client, body

    def through(which: str, seed: int) -> tuple[httpx.AsyncClient, dict[str, Any]]:
        return lab, request(models[which].name, seed).model_dump(exclude_none=True)

    sides: dict[str, Ask] = {"llama.cpp": direct, "through the gateway": through}
    rounds: dict[str, list[Figures]] = {name: [] for name in sides}
    rows: dict[str, list[Figures]] = {name: [] for name in sides}
    try:
        await _until_up(lab)
        for ask in sides.values():
            await warm_up(ask)
        for turn in range(SHORT_ROUNDS):
            for name, ask in sides.items():
                rounds[name].append(await short(ask, 1000 * turn))
        for turn in range(ROUNDS):
            for name, ask in sides.items():
                rows[name].append(await many(ask, 1000 * turn))
        by_n = {f"{name}, 8 a request": await many_by_n(ask) for name, ask in sides.items()}
    finally:
        for server in servers.values():
            await server.stop()
        gateway.terminate()
        gateway.wait(30)
    return {name: median(rounds[name]) | median(rows[name]) for name in sides} | by_n


async def _until_up(lab: httpx.AsyncClient) -> None:
    for _ in range(600):
        try:
            await lab.get("/health")
            return
        except httpx.TransportError:
            await asyncio.sleep(0.1)
    raise SystemExit("The gateway did not start.")


async def with_vllm(models: dict[str, Model]) -> Figures:
    """Measure a plain vLLM server with the same weights, not quantized."""
    spec = vllm.VllmSpec(EMBEDDED, torch_source(EMBEDDED), 64)
    server = await spec.start()
    try:
        await vllm.load_adapter(server, models["adapter"])

        def ask(which: str, seed: int) -> tuple[httpx.AsyncClient, dict[str, Any]]:
            model = models[which]
            body = request(model.name, seed).vllm(model, vllm.served_name(model))
            return server.client, body

        await warm_up(ask)
        rounds = [await short(ask, 1000 * turn) for turn in range(ROUNDS)]
        return median(rounds) | await many(ask, 0)
    finally:
        await server.stop()


def with_generate() -> Figures:
    """Measure transformers' `generate`, without streaming and without two models at once."""
    import torch

    from backend.training.loading import load_adapter, load_base

    base = load_base(EMBEDDED, torch.bfloat16)
    ids = chat_tokenizer(EMBEDDED).prompt_ids([{"role": "user", "content": PROMPT}])
    prompt = torch.tensor([ids], device=base.device)

    def seconds(model: Any, tokens: int, count: int) -> tuple[float, int]:
        started = time.perf_counter()
        out = model.generate(
            input_ids=prompt,
            attention_mask=torch.ones_like(prompt),
            do_sample=True,
            max_new_tokens=tokens,
            num_return_sequences=count,
            top_k=0,
            top_p=1.0,
        )
        ends = base.generation_config.eos_token_id
        generated = sum(int((row != ends).sum()) for row in out[:, len(ids) :])
        return time.perf_counter() - started, generated

    with torch.inference_mode():
        seconds(base, 4, 1)
        first, _ = seconds(base, 1, 1)
        one, tokens = seconds(base, TOKENS, 1)
        figures = {"first token, ms": 1000 * first, "one answer": tokens / one}
        many, tokens = seconds(base, TOKENS, MANY)
        figures[f"{MANY} of base"] = tokens / many
        many, tokens = seconds(load_adapter(base, HOME / RUN), TOKENS, MANY)
        figures[f"{MANY} of adapter"] = tokens / many
    return figures


def main() -> None:
    """Measure every side and print all figures."""
    models = {"base": catalogue.find(EMBEDDED), "adapter": catalogue.find(RUN)}
    sides = asyncio.run(llama_and_gateway(models))
    if vllm_python():
        sides["vLLM"] = asyncio.run(with_vllm(models))
    sides["transformers"] = with_generate()
    names = list(sides["llama.cpp"])
    print(f"{'':30}" + "".join(f"{name:>18}" for name in names))
    for side, figures in sides.items():
        cells = (f"{figures[name]:18.1f}" if name in figures else f"{'-':>18}" for name in names)
        print(f"{side:30}" + "".join(cells))
    direct, through = sides["llama.cpp"], sides["through the gateway"]
    costs = [f"{name} {100 * (1 - through[name] / direct[name]):+.1f} %" for name in names[1:]]
    print(f"Cost of the gateway, in tokens per second: {', '.join(costs)}.")


if __name__ == "__main__":
    typer.run(main)
