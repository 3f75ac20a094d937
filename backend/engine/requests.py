"""Clients' requests: validated, and translated for llama.cpp, vLLM or a hosted API."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.engine.catalogue import Model
from backend.engine.errors import ApiError
from backend.engine.llama_server import SLOTS
from backend.files import first_problem
from backend.hosted.bookings import MAX_TOKENS

Payload = TypeVar("Payload", bound=BaseModel)
MAX_SEED = 2**32 - 2
"""Largest seed, because llama.cpp reads 2**32 - 1 as "random"."""


class Part(BaseModel):
    """A part of a message's content; only text is supported."""

    type: Literal["text"]
    text: str


class ChatMessage(BaseModel):
    """One message of a chat."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part]

    def plain(self) -> dict[str, str]:
        """Return the message in the format that chat templates expect."""
        role = "system" if self.role == "developer" else self.role
        if isinstance(self.content, str):
            return {"role": role, "content": self.content}
        return {"role": role, "content": "".join(part.text for part in self.content)}


class StreamOptions(BaseModel):
    """Options of a streamed response."""

    include_usage: bool = False


class GenerationRequest(BaseModel):
    """Fields that chat and text completions share; unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore")

    model: str
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Annotated[int | None, Field(ge=1, le=SLOTS)] = None
    seed: Annotated[int | None, Field(ge=0, le=MAX_SEED)] = None
    temperature: Annotated[float | None, Field(ge=0, le=5)] = None
    top_p: Annotated[float | None, Field(gt=0, le=1)] = None
    top_k: Annotated[int | None, Field(ge=0)] = None
    min_p: Annotated[float | None, Field(ge=0, le=1)] = None
    presence_penalty: Annotated[float | None, Field(ge=-2, le=2)] = None
    frequency_penalty: Annotated[float | None, Field(ge=-2, le=2)] = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    stop: str | list[str] | None = None
    user: str | None = None
    adapter_scale: Annotated[float | None, Field(ge=0, le=1.5)] = None
    """Strength of a run's adapter: 0 is the base model, 1 the adapter as trained."""
    engine: Literal["llama.cpp", "vLLM"] | None = None
    """The engine to use where several can serve the model; None is the one that serves chats."""

    @property
    def count(self) -> int:
        """Number of answers requested."""
        return self.n or 1

    @property
    def top(self) -> int | None:
        """Number of alternatives requested per token; None if no log-probabilities were."""
        raise NotImplementedError

    def _llama_cpp(self, model: Model) -> dict[str, Any]:
        """Return the fields of llama.cpp's body that chat and text completions share."""
        temperature = 1.0 if self.temperature is None else self.temperature
        body: dict[str, Any] = {
            "model": self.model,
            "stream": self.stream,
            "n": self.count,
            # Explicit: by default llama.cpp truncates the distribution (top_k 40, min_p 0.05).
            "temperature": temperature,
            "top_p": 1.0 if self.top_p is None else self.top_p,
            "top_k": self.top_k or 0,
            "min_p": self.min_p or 0.0,
            "presence_penalty": self.presence_penalty or 0.0,
            "frequency_penalty": self.frequency_penalty or 0.0,
            "repeat_penalty": 1.0,
            # A cached prompt is summed in another order, so a seed would not give the same answer.
            "cache_prompt": self.seed is None and temperature > 0,
        }
        if model.kind == "adapter":
            scale = 1.0 if self.adapter_scale is None else self.adapter_scale
            # Explicit: llama.cpp reads an empty list as the scale set at its start.
            body["lora"] = [{"id": 0, "scale": scale}]
        optional: dict[str, Any] = {
            "seed": self.seed,
            "max_tokens": self.max_tokens,
            "stop": self.stop,
        }
        if self.stream_options and self.stream:
            optional["stream_options"] = self.stream_options.model_dump()
        return body | {name: value for name, value in optional.items() if value is not None}

    def vllm(self, model: Model, name: str) -> dict[str, Any]:
        """Return the body for vLLM; `name` is vLLM's name for the model."""
        is_base = self.adapter_scale == 0
        body = self.model_dump(exclude_none=True, exclude={"adapter_scale", "user", "engine"})
        body |= {"model": model.base_model if is_base else name}
        # Explicit: vLLM's defaults are the generation settings that a model comes with.
        body |= {"temperature": body.get("temperature", 1.0), "top_p": body.get("top_p", 1.0)}
        body |= {"top_k": self.top_k or 0, "min_p": self.min_p or 0.0, "repetition_penalty": 1.0}
        if model.template and isinstance(self, ChatRequest):
            body["chat_template_kwargs"] = model.template
        return body

    def hosted(self, name: str) -> dict[str, Any]:
        """Return the body for a hosted API: the client's fields of OpenAI's API, and a limit."""
        extra = {"adapter_scale", "top_k", "min_p", "user", "stream_options", "engine"}
        body = self.model_dump(exclude_none=True, exclude=extra) | {"model": name}
        if not body.keys() & {"max_tokens", "max_completion_tokens"}:
            body["max_tokens"] = MAX_TOKENS
        if self.stream:
            body["stream_options"] = {"include_usage": True}
        return body


class ChatRequest(GenerationRequest):
    """Body of `/v1/chat/completions`."""

    messages: list[ChatMessage] = Field(min_length=1)
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int | None, Field(ge=0, le=20)] = None

    @property
    def top(self) -> int | None:
        """Number of alternatives requested per token; None if no log-probabilities were."""
        return (self.top_logprobs or 0) if self.logprobs else None

    def llama_cpp(self, model: Model) -> dict[str, Any]:
        """Return the body for llama.cpp."""
        body = self._llama_cpp(model)
        body["messages"] = [message.plain() for message in self.messages]
        if self.max_completion_tokens is not None:
            body["max_tokens"] = self.max_completion_tokens
        if model.template:
            body["chat_template_kwargs"] = model.template
        if self.top is not None:
            body |= {"logprobs": True, "top_logprobs": max(self.top, 1)}
        return body


class CompletionRequest(GenerationRequest):
    """Body of `/v1/completions`."""

    prompt: str | list[int]
    max_tokens: Annotated[int | None, Field(ge=1)] = 16
    logprobs: Annotated[int | None, Field(ge=0, le=20)] = None
    echo: Literal[False, None] = None

    @property
    def top(self) -> int | None:
        """Number of alternatives requested per token; None if no log-probabilities were."""
        return self.logprobs

    def llama_cpp(self, model: Model) -> dict[str, Any]:
        """Return the body for llama.cpp."""
        body = self._llama_cpp(model) | {"prompt": self.prompt}
        if self.top is not None:
            body["logprobs"] = max(self.top, 1)
        return body


def parse(shape: type[Payload], body: bytes) -> Payload:
    """Parse and validate a request's body.

    Raises:
        ApiError: it is not JSON or does not follow the API; the message names the field.
    """
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        location = error.errors()[0]["loc"]
        param = str(location[0]) if location else None
        message = f"The request is invalid: {first_problem(error)}."
        raise ApiError(400, message, "invalid_request", param) from error


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
