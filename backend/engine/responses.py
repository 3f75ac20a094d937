"""Answers of llama.cpp and vLLM, put into OpenAI's words."""

import json
from typing import Any

from backend.engine.errors import ApiError

PRIVATE = ("timings", "__verbose", "system_fingerprint", "prompt_progress", "generation_settings")


def _legacy_logprobs(content: list[dict[str, Any]], top: int) -> dict[str, Any]:
    """Return log-probabilities in the shape of `/v1/completions`."""
    offsets, position = [], 0
    for token in content:
        offsets.append(position)
        position += len(token["token"])
    return {
        "tokens": [token["token"] for token in content],
        "token_logprobs": [token["logprob"] for token in content],
        "top_logprobs": [
            {other["token"]: other["logprob"] for other in token["top_logprobs"][:top]}
            for token in content
        ],
        "text_offset": offsets,
    }


def tidy(answer: dict[str, Any], model: str, top: int | None, legacy: bool) -> dict[str, Any]:
    """Return an answer or a chunk without llama.cpp's private fields and under the model's name.

    Args:
        answer: llama.cpp's JSON.
        model: The name that the client asked for.
        top: Alternatives wanted at each token; None when no log-probabilities are wanted.
        legacy: Whether this is `/v1/completions`, whose log-probabilities have another shape.
    """
    for key in PRIVATE:
        answer.pop(key, None)
    if "model" in answer:
        answer["model"] = model
    for choice in answer.get("choices", []):
        content = (choice.get("logprobs") or {}).get("content")
        if top is None:
            choice["logprobs"] = None
        elif content is None:
            pass  # Of `/v1/completions` in vLLM, in OpenAI's shape already.
        elif legacy:
            choice["logprobs"] = _legacy_logprobs(content, top)
        else:
            for token in content:
                token["top_logprobs"] = token["top_logprobs"][:top]
    choices = answer.get("choices", [])
    choices.sort(key=lambda choice: choice.get("index", 0))
    return answer


def tidy_line(line: str, model: str, top: int | None, legacy: bool) -> str:
    """Return one event of a stream, tidied."""
    if not line.startswith("data: {"):
        return line
    answer = json.loads(line.removeprefix("data: "))
    if "error" in answer:
        return f"data: {explain(answer, 500).json()}"
    return f"data: {json.dumps(tidy(answer, model, top, legacy), ensure_ascii=False)}"


def explain(answer: Any, status: int) -> ApiError:
    """Return llama.cpp's error in one plain sentence."""
    error = answer.get("error", {}) if isinstance(answer, dict) else {}
    if not isinstance(error, dict):
        error = {"message": str(error)}
    reason = str(error.get("message") or "no reason given").rstrip(".")
    if "maximum context length" in reason:  # vLLM's words.
        return ApiError(400, f"{reason}.", "context_length_exceeded", "messages")
    if error.get("type") == "exceed_context_size_error":
        tokens, room = error.get("n_prompt_tokens", 0), error.get("n_ctx", 0)
        message = f"The prompt has {tokens:,} tokens; this model's slots hold {room:,}."
        return ApiError(400, message, "context_length_exceeded", "messages")
    if status < 500:
        return ApiError(400, f"The engine can't use the request: {reason}.", "invalid_request")
    return ApiError(502, f"The engine failed: {reason}.", "engine_failed")
