"""`echo` on llama.cpp: prompts before their answers, with the log-probability of each token.

llama.cpp tells log-probabilities of generated tokens only. So each token of the prompt is generated
in turn, forced by a bias; what llama.cpp lists are the log-probabilities before the bias.
"""

import asyncio
from typing import Any

import httpx

from backend.engine.adapter_check import FORCED
from backend.engine.errors import ApiError
from backend.engine.llama_server import SLOT_TOKENS, SLOTS
from backend.engine.requests import CompletionRequest, Prompt

Entry = dict[str, Any]
"""A token with its log-probability and alternatives, in llama.cpp's format."""
EVERY_TOKEN = 1_000_000
"""More alternatives than any vocabulary has."""


async def echo(
    client: httpx.AsyncClient, payload: CompletionRequest, lora: Any, response: dict[str, Any]
) -> None:
    """Put each prompt before its answers in a response.

    Args:
        client: Of the llama.cpp server that answered.
        payload: The request.
        lora: The adapter's strength, as llama.cpp takes it; None for a base model.
        response: The response, whose choices are in the order of the prompts; changed in place.
    """
    gate = asyncio.Semaphore(SLOTS)

    async def read(prompt: Prompt) -> tuple[str, list[Entry]]:
        async with gate:
            return await Reader(client, lora, payload.top).read(prompt)

    read_prompts = await asyncio.gather(*(read(prompt) for prompt in payload.prompts))
    for choice in response["choices"]:
        text, entries = read_prompts[choice["index"] // (payload.n or 1)]
        written, generated = choice["text"], (choice["logprobs"] or {}).get("content", [])
        if payload.max_tokens == 0:  # llama.cpp generates one token at least.
            written, generated = "", []
            choice["finish_reason"] = "length"
        choice["text"] = text + written
        if payload.top is not None:
            choice["logprobs"] = {"content": entries + generated}


class Reader:
    """Reads prompts as llama.cpp does."""

    def __init__(self, client: httpx.AsyncClient, lora: Any, top: int | None) -> None:
        """Use a server's client; `top` is the number of alternatives, None for no entries."""
        self.client = client
        self.options = {} if lora is None else {"lora": lora}
        self.top = top

    async def read(self, prompt: Prompt) -> tuple[str, list[Entry]]:
        """Return a prompt's text and, if asked for, an entry for each of its tokens."""
        tokens, text = await self._tokens(prompt), prompt
        if not isinstance(text, str):
            text = str((await self._post("/detokenize", {"tokens": tokens}))["content"])
        if self.top is None:
            return text, []
        if len(tokens) >= SLOT_TOKENS:
            message = f"The prompt has {len(tokens):,} tokens; the context holds {SLOT_TOKENS:,}."
            raise ApiError(400, message, "context_length_exceeded", "prompt")
        piece = await self._piece(tokens[0])
        entries: list[Entry] = [{"token": piece, "logprob": None, "top_logprobs": []}]
        for place in range(1, len(tokens)):  # In order: each continues what the slot holds.
            entries.append(await self._entry(tokens[:place], tokens[place]))
        return text, entries

    async def _tokens(self, prompt: Prompt) -> list[int]:
        if not isinstance(prompt, str):
            return prompt
        body = {"content": prompt, "add_special": True, "parse_special": True}
        return list((await self._post("/tokenize", body))["tokens"])

    async def _piece(self, token: int) -> str:
        return str((await self._post("/detokenize", {"tokens": [token]}))["content"])

    async def _entry(self, context: list[int], token: int) -> Entry:
        """Return the entry of a token that follows a context."""
        top = max(self.top or 0, 1)
        if found := await self._generated(context, token, top):
            return found[0]
        # Nothing is listed with a token that is only a part of a character; so a letter is forced.
        [letter, *_] = await self._tokens("a")
        [listed] = await self._generated(context, letter, EVERY_TOKEN)
        own: Entry = next(entry for entry in listed["top_logprobs"] if entry["id"] == token)
        return own | {"top_logprobs": listed["top_logprobs"][:top]}

    async def _generated(self, context: list[int], token: int, top: int) -> list[Entry]:
        body = {
            "prompt": context,
            "n_predict": 1,
            "n_probs": top,
            "temperature": 0,
            "cache_prompt": True,
            "logit_bias": [[token, FORCED]],
        }
        answer = await self._post("/completion", body | self.options)
        return list(answer.get("completion_probabilities") or [])

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        response = await self.client.post(path, json=body)
        response.raise_for_status()
        return response.json()
