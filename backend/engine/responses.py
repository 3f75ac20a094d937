"""Responses of llama.cpp and vLLM, rewritten to follow OpenAI's API."""

import json
from collections.abc import AsyncIterator
from typing import Any

from backend.engine.errors import ApiError, engine_stopped

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
    listed = [
        {other["token"]: other["logprob"] for other in token["top_logprobs"][:top]}
        for token in content
    ]
    return {
        "tokens": [token["token"] for token in content],
        "token_logprobs": [token["logprob"] for token in content],
        # As at OpenAI, a text's first token has none: nothing is before it.
        "top_logprobs": [
            likely if token["logprob"] is not None else None
            for token, likely in zip(content, listed, strict=True)
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


async def with_one_usage(
    lines: AsyncIterator[str], answers: int, wanted: bool
) -> AsyncIterator[str]:
    """Yield a stream's lines with one usage, before its end: llama.cpp tells one for each answer.

    Args:
        lines: Of llama.cpp's stream.
        answers: Number of answers to each prompt, whose tokens count once.
        wanted: Whether the client asked for the usage.
    """
    told: list[dict[str, Any]] = []
    async for line in lines:
        data = data_of(line)
        if data == DONE and told and wanted:
            yield f"data: {json.dumps(told[0] | {'usage': _sum_of(told, answers)})}"
            yield ""
        if data == "null":  # What llama.cpp begins the stream of several prompts with.
            continue
        # Quotation marks in an answer's text are escaped, so this is a field.
        if '"usage":' in data:
            chunk = json.loads(data)
            told.append(chunk | {"choices": []})
            if not chunk["choices"]:
                continue
            del chunk["usage"]
            line = f"data: {json.dumps(chunk)}"
        yield line


def _sum_of(chunks: list[dict[str, Any]], answers: int) -> dict[str, int]:
    prompts = sum(chunk["usage"]["prompt_tokens"] for chunk in chunks) // answers
    written = sum(chunk["usage"]["completion_tokens"] for chunk in chunks)
    return {
        "prompt_tokens": prompts,
        "completion_tokens": written,
        "total_tokens": prompts + written,
    }


async def collected(lines: AsyncIterator[str], legacy: bool) -> dict[str, Any]:
    """Return the whole response that a stream's chunks make up.

    Args:
        lines: The stream's; see `with_one_usage`.
        legacy: Whether this is `/v1/completions`.

    Raises:
        ApiError: the stream holds an error or breaks off.
    """
    whole: dict[str, Any] = {}
    choices: dict[int, dict[str, Any]] = {}
    async for line in lines:
        data = data_of(line)
        if data == DONE:
            kind = "text_completion" if legacy else "chat.completion"
            listed = [choices[index] for index in sorted(choices)]
            return whole | {"object": kind, "choices": listed}
        if not data:
            continue
        chunk = json.loads(data)
        if chunk.get("error"):
            raise error_of(chunk, 500)
        for part in chunk.pop("choices"):
            _add(choices.setdefault(part["index"], _begun(part["index"], legacy)), part)
        whole |= chunk
    raise engine_stopped()


def _begun(index: int, legacy: bool) -> dict[str, Any]:
    message = {"role": "assistant", "content": "", "refusal": None}
    text = {"text": ""} if legacy else {"message": message}
    return {"index": index, "finish_reason": None, "logprobs": None} | text


def _add(choice: dict[str, Any], part: dict[str, Any]) -> None:
    """Add one chunk's part of an answer to it."""
    choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
    if "text" in choice:
        choice["text"] += part.get("text") or ""
    for field, written in (part.get("delta") or {}).items():
        if field != "role" and isinstance(written, str):  # Content, or a model's reasoning.
            choice["message"][field] = (choice["message"].get(field) or "") + written
    if tokens := (part.get("logprobs") or {}).get("content"):
        choice["logprobs"] = {
            "content": [*(choice["logprobs"] or {"content": []})["content"], *tokens]
        }


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
