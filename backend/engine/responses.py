"""Responses of llama.cpp and vLLM, rewritten to follow OpenAI's API."""

import json
from typing import Any

from backend.engine.errors import ApiError

DONE = "[DONE]"
"""The data of a stream's last event."""
PRIVATE = ("timings", "__verbose", "system_fingerprint", "prompt_progress", "generation_settings")
"""Fields that OpenAI's API lacks or that describe the server rather than the answer."""


def _legacy_logprobs(content: list[dict[str, Any]], top: int) -> dict[str, Any]:
    """Return log-probabilities in the format of `/v1/completions`."""
    offsets, offset = [], 0
    for token in content:
        offsets.append(offset)
        offset += len(token["token"])
    return {
        "tokens": [token["token"] for token in content],
        "token_logprobs": [token["logprob"] for token in content],
        "top_logprobs": [
            {other["token"]: other["logprob"] for other in token["top_logprobs"][:top]}
            for token in content
        ],
        "text_offset": offsets,
    }


def tidy(response: dict[str, Any], model: str, top: int | None, legacy: bool) -> dict[str, Any]:
    """Return a response, or one chunk of a stream, as OpenAI's API specifies it.

    Args:
        response: The engine's JSON; changed in place.
        model: The name that the client requested.
        top: Number of alternatives requested per token; None if no log-probabilities were.
        legacy: Whether this is `/v1/completions`, which formats log-probabilities differently.
    """
    for key in PRIVATE:
        response.pop(key, None)
    if "model" in response:
        response["model"] = model
    choices = response.get("choices") or []
    for choice in choices:
        content = (choice.get("logprobs") or {}).get("content")
        if top is None:
            choice["logprobs"] = None
        elif content is None:
            pass  # vLLM's `/v1/completions`, which already follows OpenAI's format.
        elif legacy:
            choice["logprobs"] = _legacy_logprobs(content, top)
        else:
            for token in content:
                token["top_logprobs"] = token["top_logprobs"][:top]
    choices.sort(key=lambda choice: choice.get("index", 0))
    return response


def data_of(line: str) -> str:
    """Return the data of one line of an event stream; empty for comments and other fields.

    A space after the colon is optional (https://html.spec.whatwg.org/multipage/server-sent-events.html).
    """
    return line[5:].removeprefix(" ") if line.startswith("data:") else ""


def tidy_line(line: str, model: str, top: int | None, legacy: bool) -> str:
    """Return one line of an event stream with its chunk tidied; arguments as for `tidy`."""
    data = data_of(line)
    if not data.startswith("{"):
        return f"data: {DONE}" if data == DONE else line
    chunk = json.loads(data)
    if chunk.get("error"):
        return f"data: {error_of(chunk, 500).json()}"
    return f"data: {json.dumps(tidy(chunk, model, top, legacy), ensure_ascii=False)}"


def error_of(response: Any, status: int) -> ApiError:
    """Return an engine's error response as one plain sentence."""
    error = response.get("error", {}) if isinstance(response, dict) else {}
    if not isinstance(error, dict):
        error = {"message": str(error)}
    reason = str(error.get("message") or "no reason given").rstrip(".")
    if "maximum context length" in reason:  # vLLM's wording.
        return ApiError(400, f"{reason}.", "context_length_exceeded", "messages")
    if error.get("type") == "exceed_context_size_error":  # llama.cpp's type.
        tokens, context = error.get("n_prompt_tokens", 0), error.get("n_ctx", 0)
        message = f"The prompt has {tokens:,} tokens; the engine's context holds {context:,}."
        return ApiError(400, message, "context_length_exceeded", "messages")
    if status < 500:
        return ApiError(400, f"The engine rejected the request: {reason}.", "invalid_request")
    return ApiError(502, f"The engine failed: {reason}.", "engine_failed")
