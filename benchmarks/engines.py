"""Speed of the engines, through the gateway and past it: `python -m benchmarks.engines`.

One go, one machine: bare llama.cpp, the same through the gateway, bare vLLM (where `make vllm` was
run) and transformers' generate, each on the embedded model and on a shipped adapter. Printed are
the time to the first token and tokens a second of one answer, of base and adapter side by side,
and of 64 answers to one prompt. llama.cpp and gateway take turns, so that both meet the same
machine; figures are medians, and the last line is what the gateway costs.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx

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
EIGHT = 8
RUN = "shipped-old-bird-names"
Figures = dict[str, float]
Ask = Callable[[str, int], tuple[httpx.AsyncClient, dict[str, Any]]]
"""From "base" or "adapter" and a seed to whom to ask, and what."""


def request(model: str, seed: int) -> ChatRequest:
    """Return what every side is asked."""
    messages = [{"role": "user", "content": PROMPT}]
    return ChatRequest.model_validate(
        {"model": model, "messages": messages, "max_tokens": TOKENS, "seed": seed, "stream": True}
    )


async def answer(ask: Ask, which: str, seed: int) -> tuple[float, int, float]:
    """Return seconds to the first token, tokens, and seconds to the last."""
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


async def together(ask: Ask, asked: list[tuple[str, int]]) -> float:
    """Return the tokens a second of several answers at once."""
    started = time.perf_counter()
    found = await asyncio.gather(*(answer(ask, which, seed) for which, seed in asked))
    return sum(tokens for _, tokens, _ in found) / (time.perf_counter() - started)


async def short(ask: Ask, seed: int) -> Figures:
    """Return the figures of single answers."""
    first, tokens, whole = await answer(ask, "base", seed)
    return {
        "first token, ms": 1000 * first,
        "one answer": (tokens - 1) / (whole - first),
        "two columns": await together(ask, [("base", seed), ("adapter", seed)]),
    }


async def many(ask: Ask, seed: int) -> Figures:
    """Return the figures of many answers to one prompt."""
    return {
        f"{MANY} of {which}": await together(ask, [(which, seed + i) for i in range(MANY)])
        for which in ("base", "adapter")
    }


async def in_eights(ask: Ask) -> Figures:
    """Return the same where a request asks for eight answers, as the lab draws its samples."""
    count = chat_tokenizer(EMBEDDED).encode

    async def eight(which: str, seed: int) -> int:
        client, body = ask(which, seed)
        body = body | {"n": EIGHT, "stream": False}
        found = await client.post("/v1/chat/completions", json=body, timeout=600)
        found.raise_for_status()
        return sum(len(count(each["message"]["content"])) for each in found.json()["choices"])

    figures = {}
    for which in ("base", "adapter"):
        started = time.perf_counter()
        said = await asyncio.gather(*(eight(which, i) for i in range(0, MANY, EIGHT)))
        figures[f"{MANY} of {which}"] = sum(said) / (time.perf_counter() - started)
    return figures


async def warm_up(ask: Ask) -> None:
    """Have both models loaded and their first answer behind them."""
    for which in ("base", "adapter"):
        await answer(ask, which, 0)


def median(rounds: list[Figures]) -> Figures:
    """Return the median of each figure."""
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}


async def llama_and_gateway(models: dict[str, Model]) -> dict[str, Figures]:
    """Measure both in turns."""
    port = free_port()
    command = [sys.executable, "-m", "backend.engine"]
    gateway = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"ENGINE_PORT": str(port)})
    specs = {"base": LlamaSpec(gguf_path(EMBEDDED)), "adapter": adapter_spec(models["adapter"])}
    servers = {which: await spec.start() for which, spec in specs.items()}
    lab = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False)

    def bare(which: str, seed: int) -> tuple[httpx.AsyncClient, dict[str, Any]]:
        body = request(models[which].name, seed).llama_cpp(models[which])
        return servers[which].client, body

    def through(which: str, seed: int) -> tuple[httpx.AsyncClient, dict[str, Any]]:
        return lab, request(models[which].name, seed).model_dump(exclude_none=True)

    sides: dict[str, Ask] = {"llama.cpp": bare, "through the gateway": through}
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
        eights = {f"{name}, 8 a request": await in_eights(ask) for name, ask in sides.items()}
    finally:
        for server in servers.values():
            await server.stop()
        gateway.terminate()
        gateway.wait(30)
    return {name: median(rounds[name]) | median(rows[name]) for name in sides} | eights


async def _until_up(lab: httpx.AsyncClient) -> None:
    for _ in range(600):
        try:
            await lab.get("/health")
            return
        except httpx.TransportError:
            await asyncio.sleep(0.1)
    raise SystemExit("The gateway did not start.")


async def with_vllm(models: dict[str, Model]) -> Figures:
    """Measure a bare vLLM server on the same weights, not quantised."""
    spec = vllm.VllmSpec(EMBEDDED, torch_source(EMBEDDED), 64)
    server = await spec.start()
    try:
        await vllm.load_adapter(server, models["adapter"])

        def ask(which: str, seed: int) -> tuple[httpx.AsyncClient, dict[str, Any]]:
            model = models[which]
            body = request(model.name, seed).vllm(model, vllm.served_name(model))
            return server.client, body

        await warm_up(ask)
        found = [await short(ask, 1000 * turn) for turn in range(ROUNDS)]
        return median(found) | await many(ask, 0)
    finally:
        await server.stop()


def with_generate() -> Figures:
    """Measure transformers' generate, which knows no stream here and no two models at once."""
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
        said = sum(int((row != ends).sum()) for row in out[:, len(ids) :])
        return time.perf_counter() - started, said

    with torch.inference_mode():
        seconds(base, 4, 1)
        first, _ = seconds(base, 1, 1)
        one, said = seconds(base, TOKENS, 1)
        found = {"first token, ms": 1000 * first, "one answer": said / one}
        many, said = seconds(base, TOKENS, MANY)
        found[f"{MANY} of base"] = said / many
        many, said = seconds(load_adapter(base, HOME / RUN), TOKENS, MANY)
        found[f"{MANY} of adapter"] = said / many
    return found


def main() -> None:
    """Measure every side and print all figures."""
    models = {"base": catalogue.find(EMBEDDED), "adapter": catalogue.find(RUN)}
    sides = asyncio.run(llama_and_gateway(models))
    if vllm_python():
        sides["vLLM"] = asyncio.run(with_vllm(models))
    sides["transformers"] = with_generate()
    names = list(sides["llama.cpp"])
    print(f"{'':30}" + "".join(f"{name:>18}" for name in names))
    for side, found in sides.items():
        cells = (f"{found[name]:18.1f}" if name in found else f"{'-':>18}" for name in names)
        print(f"{side:30}" + "".join(cells))
    bare, through = sides["llama.cpp"], sides["through the gateway"]
    costs = [f"{name} {100 * (1 - through[name] / bare[name]):+.1f} %" for name in names[1:]]
    print(f"The gateway costs, in tokens a second: {', '.join(costs)}.")


if __name__ == "__main__":
    main()
