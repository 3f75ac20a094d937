"""What the engine of a model can't do, refused before a request is forwarded."""

from typing import Any

from backend.engine.catalogue import Model
from backend.engine.errors import ApiError
from backend.engine.requests import CompletionRequest, GenerationRequest


def check_scale(request: GenerationRequest, model: Model) -> None:
    """Raise an ApiError if the model can't be served at the adapter strength requested."""
    if model.engine == "vLLM" and request.adapter_scale not in (None, 0, 1):
        message = f"{model.title} is served by vLLM, which supports adapter strengths 0 and 1 only."
        raise ApiError(400, message, "strength_not_served", "adapter_scale")
    if model.kind == "hosted" and model.run_id:
        if request.adapter_scale in (None, 1):
            return
        message = f"{model.title} is served by its host, which supports adapter strength 1 only."
        raise ApiError(400, message, "strength_not_served", "adapter_scale")
    if request.adapter_scale is not None and model.kind != "adapter":
        message = f"{model.title} has no adapter, so adapter_scale can't be set."
        raise ApiError(400, message, "no_adapter", "adapter_scale")


def check_engine(request: GenerationRequest, model: Model) -> None:
    """Raise an ApiError if the model's engine can't do what others can."""
    echo = isinstance(request, CompletionRequest) and request.echo
    unable: dict[str, dict[str, Any]] = {
        "llama.cpp": {"echo": echo and request.stream},
        "hosted": {"top_k": request.top_k, "min_p": request.min_p},
    }
    for field, asked in unable.get(model.engine, {}).items():
        if asked:
            how = " in a stream" if field == "echo" else ""
            served = f"by {model.engine}" if model.engine != "hosted" else "by its host"
            message = f'{model.title} is served {served}, which does not support "{field}"{how}.'
            raise ApiError(400, message, "unsupported", field)
