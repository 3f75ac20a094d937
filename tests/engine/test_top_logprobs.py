"""Log-probabilities that llama.cpp lists where the next token is only a part of a character."""

import asyncio

from backend.base_models.cards import gguf_path
from backend.base_models.tokenizer import chat_tokenizer
from backend.engine.adapter_check import LlamaCheckClient, TopLogprobs
from backend.engine.llama import LlamaSpec
from models.base_models import EMBEDDED


async def top_logprobs_after(tokens: list[int]) -> TopLogprobs:
    server = await LlamaSpec(gguf=gguf_path(EMBEDDED)).start()
    try:
        return await LlamaCheckClient(server.client, {}).top_logprobs(tokens, adapted=False)
    finally:
        await server.stop()


def test_a_part_of_an_emoji_is_listed_like_any_token() -> None:
    tokens = chat_tokenizer(EMBEDDED).encode("🐘" * 4)
    found = asyncio.run(top_logprobs_after(tokens)).by_token
    assert len(tokens) == 12 and max(found, key=lambda token: found[token]) == tokens[0]
