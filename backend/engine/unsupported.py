"""What the gateway does not do of OpenAI's API: refused by name, never left out in silence."""

from typing import Any

from backend.engine.errors import ApiError

WITHOUT_EFFECT = {
    "metadata",
    "parallel_tool_calls",
    "prediction",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "service_tier",
    "store",
}
"""Fields that no answer depends on; they are for OpenAI's own records, caches and tariffs."""
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "best_of": (1,),
    "function_call": ("none", "auto"),
    "modalities": (["text"],),
    "tool_choice": ("none", "auto"),
    "verbosity": ("medium",),
}
"""Values of fields with which an answer is what it is without the field."""
EMPTY: tuple[Any, ...] = (None, "", [], {})


def check_fields(extra: dict[str, Any]) -> None:
    """Raise an ApiError that names the first field which asks for something that is not done.

    Args:
        extra: The fields of a request that the gateway does not know.
    """
    for name, value in extra.items():
        if name in WITHOUT_EFFECT or value in EMPTY or value in NEUTRAL.get(name, ()):
            continue
        message = f'The gateway does not support "{name[:80]}". Leave it out.'
        raise ApiError(400, message, "unsupported", name[:80])


def text_of_content(content: Any) -> Any:
    """Return a message's content with its parts joined; ValueError if one is not text."""
    if content is None:
        raise ValueError("a message needs a text")
    if not isinstance(content, list):
        return content
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind != "text" or not isinstance(part.get("text"), str):
            raise ValueError(f'a part of type "{str(kind)[:80]}" is not supported, only text')
    return "".join(part["text"] for part in content)
