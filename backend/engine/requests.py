"""Clients' requests: validated, and translated for llama.cpp, vLLM or a hosted API."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from backend.engine.catalogue import Model
from backend.engine.errors import ApiError
from backend.engine.llama_server import SLOT_TOKENS, SLOTS
from backend.engine.unsupported import EMPTY, check_fields, text_of_content
from backend.files import first_problem
from backend.hosted.bookings import MAX_TOKENS

Payload = TypeVar("Payload", bound="GenerationRequest")
Prompt = str | list[int]
"""A text, or the ids of its tokens."""
MAX_PROMPTS = 2048
"""Prompts of one request, as at OpenAI."""
LONGEST = 2**31 - 1
"""More tokens than any answer has; a higher limit means the same and overflows in engines."""
MAX_SEED = 2**32 - 2
"""Largest seed, because llama.cpp reads 2**32 - 1 as "random"."""


TokenId = Annotated[int, Field(ge=0, le=LONGEST)]
TokenKey = Annotated[str, Field(pattern=r"^[0-9]{1,9}$")]
Bias = Annotated[float, Field(ge=-100, le=100)]
CAPPED = AfterValidator(lambda limit: min(limit, LONGEST))
Limit = Annotated[int, Field(ge=1), CAPPED]
"""Most tokens of an answer. An answer ends at the end of the engine's context in any case."""


class ChatMessage(BaseModel):
    """One message of a chat."""

    model_config = ConfigDict(extra="allow", strict=True)

    role: Literal["system", "developer", "user", "assistant"]
    content: str

    _text_only = field_validator("content", mode="before")(text_of_content)

    @model_validator(mode="after")
    def _check_fields(self) -> "ChatMessage":
        """Refuse a message with more than text, such as calls of tools."""
        extra = self.model_extra or {}
        for name, value in extra.items():
            if value not in EMPTY:
                raise ValueError(f'"{name[:80]}" of a message is not supported')
        extra.clear()  # Not every engine takes them.
        return self

    def plain(self) -> dict[str, str]:
        """Return the message in the format that chat templates expect."""
        role = "system" if self.role == "developer" else self.role
        return {"role": role, "content": self.content}


class StreamOptions(BaseModel):
    """Options of a streamed response."""

    model_config = ConfigDict(strict=True)

    include_usage: bool = False


class ResponseFormat(BaseModel):
    """The form that an answer must have."""

    model_config = ConfigDict(strict=True)

    type: Literal["text", "json_object", "json_schema"]
    json_schema: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _has_schema(self) -> "ResponseFormat":
        given = self.json_schema is not None and isinstance(self.json_schema.get("schema"), dict)
        if self.type == "json_schema" and not given:
            raise ValueError('"json_schema" needs an object "schema"')
        return self


class GenerationRequest(BaseModel):
    """Fields that chat and text completions share.

    Others are collected, so that `parse` refuses those that would change the answer.
    """

    model_config = ConfigDict(extra="allow", strict=True)

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
    max_tokens: Limit | None = None
    stop: str | list[str] | None = None
    logit_bias: dict[TokenKey, Bias] | None = None
    user: str | None = None
    adapter_scale: Annotated[float | None, Field(ge=0, le=1.5)] = None
    """Strength of a run's adapter: 0 is the base model, 1 the adapter as trained."""
    engine: Literal["llama.cpp", "vLLM"] | None = None
    """The engine to use where several can serve the model; None is the one that serves chats."""

    @field_validator("stop")
    @classmethod
    def _without_empty(cls, stop: str | list[str] | None) -> list[str] | None:
        """Leave out empty texts, which would stop every answer before its first token."""
        texts = [stop] if isinstance(stop, str) else stop or []
        return [text for text in texts if text] or None

    @property
    def count(self) -> int:
        """Number of answers requested."""
        return self.n or 1

    @property
    def top(self) -> int | None:
        """Number of alternatives requested per token; None if no log-probabilities were."""
        raise NotImplementedError

    @property
    def limit(self) -> int | None:
        """Most tokens of an answer; None if only the engine's context limits it."""
        return self.max_tokens

    def _llama_cpp(self, model: Model) -> dict[str, Any]:
        """Return the fields of llama.cpp's body that chat and text completions share.

        Always a stream: llama.cpp counts the tokens of each answer only there, and repeats a
        message to be continued in whole answers only.
        """
        temperature = 1.0 if self.temperature is None else self.temperature
        body: dict[str, Any] = {
            "model": self.model,
            "stream": True,
            "stream_options": {"include_usage": True},
            "n": self.n or 1,
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
            # An answer ends at the end of its slot, and llama.cpp counts in 32 bits.
            "max_tokens": min(self.limit or SLOT_TOKENS, SLOT_TOKENS),
            "stop": self.stop,
            "logit_bias": self.logit_bias,
        }
        return body | {name: value for name, value in optional.items() if value is not None}

    def vllm(self, model: Model, name: str) -> dict[str, Any]:
        """Return the body for vLLM; `name` is vLLM's name for the model."""
        is_base = self.adapter_scale == 0
        body = self.model_dump(exclude_none=True, exclude={"adapter_scale", "user", "engine"})
        body |= {"model": model.base_model if is_base else name}
        # Explicit: vLLM's defaults are the generation settings that a model comes with.
        body |= {"temperature": body.get("temperature", 1.0), "top_p": body.get("top_p", 1.0)}
        body |= {"top_k": self.top_k or 0, "min_p": self.min_p or 0.0, "repetition_penalty": 1.0}
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
    max_completion_tokens: Limit | None = None
    response_format: ResponseFormat | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int | None, Field(ge=0, le=20)] = None

    @property
    def top(self) -> int | None:
        """Number of alternatives requested per token; None if no log-probabilities were."""
        return (self.top_logprobs or 0) if self.logprobs else None

    @property
    def limit(self) -> int | None:
        """Most tokens of an answer; None if only the engine's context limits it."""
        return self.max_completion_tokens or self.max_tokens

    @field_validator("response_format")
    @classmethod
    def _beyond_text(cls, form: ResponseFormat | None) -> ResponseFormat | None:
        return None if form and form.type == "text" else form

    @model_validator(mode="after")
    def _alternatives_of_some(self) -> "ChatRequest":
        if self.top_logprobs and not self.logprobs:
            raise ValueError("top_logprobs is possible only with logprobs")
        return self

    @model_validator(mode="after")
    def _without_empty_answer(self) -> "ChatRequest":
        """Drop an empty last answer: to continue it is to answer."""
        last = self.messages[-1]
        if last.role == "assistant" and not last.content:
            if len(self.messages) == 1:
                raise ValueError("messages: the only message is empty")
            self.messages = self.messages[:-1]
        return self

    def vllm(self, model: Model, name: str) -> dict[str, Any]:
        """Return the body for vLLM, which continues a last answer only if it is told to."""
        body = super().vllm(model, name)
        body["messages"] = [message.plain() for message in self.messages]
        if self.messages[-1].role == "assistant":
            body |= {"continue_final_message": True, "add_generation_prompt": False}
        if model.template:
            body["chat_template_kwargs"] = model.template
        return body

    def llama_cpp(self, model: Model) -> dict[str, Any]:
        """Return the body for llama.cpp."""
        body = self._llama_cpp(model)
        body["messages"] = [message.plain() for message in self.messages]
        if self.response_format:
            body["response_format"] = self.response_format.model_dump(exclude_none=True)
        if model.template:
            body["chat_template_kwargs"] = model.template
        if self.top is not None:
            body |= {"logprobs": True, "top_logprobs": max(self.top, 1)}
        return body


class CompletionRequest(GenerationRequest):
    """Body of `/v1/completions`."""

    prompt: str | list[str] | list[TokenId] | list[list[TokenId]]
    max_tokens: Annotated[int, Field(ge=0), CAPPED] | None = 16
    logprobs: Annotated[int | None, Field(ge=0, le=20)] = None
    echo: bool | None = None

    @field_validator("prompt", mode="before")
    @classmethod
    def _is_prompt(cls, prompt: Any) -> Any:
        """Say in words what a prompt may be, which a union of types does not."""
        texts = isinstance(prompt, list) and all(isinstance(each, str) for each in prompt)
        lists = isinstance(prompt, list) and all(isinstance(each, list) for each in prompt)
        if not isinstance(prompt, str) and not texts and not lists and not _is_tokens(prompt):
            raise ValueError("it must be a text, a list of texts, tokens or a list of tokens")
        if lists and not all(_is_tokens(each) for each in prompt):
            raise ValueError("each list must hold the ids of tokens")
        if not prompt or texts and not all(prompt):
            raise ValueError("it is empty")
        if len(prompt) > MAX_PROMPTS and (texts or lists):
            raise ValueError(f"it may hold {MAX_PROMPTS} texts at most")
        return prompt

    @model_validator(mode="after")
    def _limit(self) -> "CompletionRequest":
        if self.max_tokens == 0 and not self.echo:
            raise ValueError("max_tokens: 0 is possible only with echo")
        return self

    @property
    def prompts(self) -> list[Prompt]:
        """The prompts, each a text or the ids of its tokens."""
        if isinstance(self.prompt, str):
            return [self.prompt]
        if isinstance(self.prompt[0], int):
            return [self.prompt]
        return list(self.prompt)

    @property
    def count(self) -> int:
        """Number of answers requested: to each prompt as many."""
        return (self.n or 1) * len(self.prompts)

    @property
    def top(self) -> int | None:
        """Number of alternatives requested per token; None if no log-probabilities were."""
        return self.logprobs

    def llama_cpp(self, model: Model) -> dict[str, Any]:
        """Return the body for llama.cpp."""
        body = self._llama_cpp(model) | {"prompt": self.prompt}
        if self.max_tokens == 0:
            body["max_tokens"] = 1  # `echo` drops it.
        if self.top is not None:
            body["logprobs"] = max(self.top, 1)
        return body


def _is_tokens(value: Any) -> bool:
    ids = isinstance(value, list) and all(type(each) is int for each in value)
    return ids and bool(value)


def parse(shape: type[Payload], body: bytes) -> Payload:
    """Parse and validate a request's body.

    Raises:
        ApiError: it is not JSON, does not follow the API, or asks for what no engine does; the
            message names the field.
    """
    try:
        payload = shape.model_validate_json(body)
    except ValidationError as error:
        location = error.errors()[0]["loc"]
        param = str(location[0]) if location else None
        message = f"The request is invalid: {first_problem(error)}."
        raise ApiError(400, message, "invalid_request", param) from error
    extra = payload.model_extra or {}
    check_fields(extra)
    extra.clear()  # They change nothing, and not every engine takes them.
    return payload
