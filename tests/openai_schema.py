"""OpenAI's API as far as the gateway has it, as an OpenAPI document made of the client's own types.

OpenAI's published document comes with no package. Its `openai` client is generated from it, so its
types say the same of names, kinds and nesting; bounds of numbers are prose there and are left out.
"""

from typing import Any

from openai.types import Completion, Model
from openai.types.chat import ChatCompletion
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming as Chat
from openai.types.completion_create_params import CompletionCreateParamsNonStreaming as Text
from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

PLACE = "#/components/schemas/{model}"


class Lists(GenerateJsonSchema):
    """Writes the client's "sequence that is no string", a protocol, as a list of strings."""

    def is_instance_schema(self, schema: core_schema.IsInstanceSchema) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}}


class Problem(BaseModel):
    model_config = ConfigDict(extra="forbid")

    message: str
    type: str
    param: str | None
    code: str | None


class Refusal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    error: Problem


class Models(BaseModel):
    object: str
    data: list[Model]


def document(model: str, most_tokens: int) -> dict[str, Any]:
    """Return the OpenAPI document of requests to one model for short answers."""
    schemas: dict[str, Any] = {}
    for shape in (Chat, Text, ChatCompletion, Completion, Model, Models, Refusal):
        written = _schema(shape)
        schemas |= written.pop("$defs", {}) | {_name(shape): written}
    for shape in (Chat, Text):
        fields = schemas[_name(shape)]["properties"]
        fields["model"] = {"const": model}
        for limit in fields.keys() & {"max_tokens", "max_completion_tokens"}:
            fields[limit] = {"type": "integer", "minimum": 1, "maximum": most_tokens}
        schemas[_name(shape)]["required"].append("max_tokens")
    # A first token has no log-probability, at OpenAI too, though the client's types don't say so.
    told = schemas["Logprobs"]["properties"]
    for field in ("token_logprobs", "top_logprobs"):
        told[field] = {"anyOf": [{"type": "array"}, {"type": "null"}]}
    named = [{"name": "model", "in": "path", "required": True, "schema": {"const": model}}]
    return {
        "openapi": "3.1.0",
        "info": {"title": "OpenAI", "version": "1"},
        "paths": {
            "/chat/completions": {"post": _operation(ChatCompletion, Chat)},
            "/completions": {"post": _operation(Completion, Text)},
            "/models": {"get": _operation(Models)},
            "/models/{model}": {"get": _operation(Model) | {"parameters": named}},
        },
        "components": {"schemas": schemas},
    }


def _schema(shape: Any) -> dict[str, Any]:
    adapter: TypeAdapter[Any] = TypeAdapter(shape)
    return adapter.json_schema(ref_template=PLACE, schema_generator=Lists)


def _name(shape: Any) -> str:
    return f"{shape.__module__}.{shape.__qualname__}".replace(".", "_")


def _operation(answer: Any, body: Any = None) -> dict[str, Any]:
    responses = {"200": _content(answer), "400": _content(Refusal), "404": _content(Refusal)}
    asked = {"requestBody": _content(body) | {"required": True}} if body else {}
    return {"responses": responses} | asked


def _content(shape: Any) -> dict[str, Any]:
    schema = {"$ref": PLACE.format(model=_name(shape))}
    return {"description": "", "content": {"application/json": {"schema": schema}}}
