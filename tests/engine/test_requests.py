"""What requests may ask for: what no engine does is refused by name, never left out in silence."""

import json
from typing import Any

import pytest

from backend.engine.catalogue import Model
from backend.engine.errors import ApiError
from backend.engine.llama_server import SLOT_TOKENS
from backend.engine.requests import ChatRequest, CompletionRequest, parse
from backend.hosted.bookings import max_dollars
from backend.hosted.prices import HostedModel

MODEL = Model("m", "base", "M", "m")
USER = {"role": "user", "content": "Name a river."}
LONG = 9223372036854775808


def chat(**fields: Any) -> ChatRequest:
    return parse(ChatRequest, json.dumps({"model": "m", "messages": [USER]} | fields).encode())


def completion(**fields: Any) -> CompletionRequest:
    body = {"model": "m", "prompt": "The river"} | fields
    return parse(CompletionRequest, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"tools": [{"type": "function"}], "tool_choice": "required"}, '"tools"'),
        ({"functions": [{"name": "f"}]}, '"functions"'),
        ({"modalities": ["audio"]}, '"modalities"'),
        ({"reasoning_effort": "high"}, '"reasoning_effort"'),
        ({"repetition_penalty": 1.1}, '"repetition_penalty"'),
        ({"response_format": {"type": "grammar"}}, "response_format"),
        ({"response_format": {"type": "json_schema"}}, 'needs an object "schema"'),
        ({"logit_bias": {"river": 1}}, "logit_bias"),
        ({"logit_bias": {"5": -101}}, "logit_bias"),
        ({"max_tokens": "5"}, "max_tokens"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "role"),
        ({"messages": [USER | {"tool_calls": [{"id": "1"}]}]}, '"tool_calls" of a message'),
        ({"messages": [{"role": "user", "content": None}]}, "needs a text"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            'a part of type "image_url" is not supported',
        ),
    ],
)
def test_what_no_engine_does_is_named(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ApiError) as caught:
        chat(**fields)
    assert caught.value.status == 400 and words in caught.value.message
    assert caught.value.param == next(iter(fields))


def test_fields_that_change_nothing_are_taken() -> None:
    sent = chat(
        tools=[],
        tool_choice="auto",
        response_format={"type": "text"},
        logit_bias=None,
        metadata={"a": "b"},
        store=True,
        messages=[{"role": "assistant", "content": "Nile", "refusal": None, "tool_calls": []}],
    )
    for body in (sent.llama_cpp(MODEL), sent.vllm(MODEL, "m"), sent.hosted("m")):
        assert set(body["messages"][0]) == {"role", "content"}
        assert not body.keys() & {"tools", "tool_choice", "response_format", "metadata", "store"}


def test_what_engines_can_do_reaches_each() -> None:
    form = {"type": "json_object"}
    sent = chat(logit_bias={"504": -100}, response_format=form, max_completion_tokens=7)
    for body in (sent.llama_cpp(MODEL), sent.vllm(MODEL, "m"), sent.hosted("m")):
        assert body["logit_bias"] == {"504": -100} and body["response_format"] == form
        assert 7 in (body.get("max_tokens"), body.get("max_completion_tokens"))


@pytest.mark.parametrize(
    "fields", [{"response_format": {"type": "json_object"}}, {"suffix": "."}, {"best_of": 2}]
)
def test_plain_completions_have_no_form_and_no_suffix(fields: dict[str, Any]) -> None:
    with pytest.raises(ApiError, match=f'does not support "{next(iter(fields))}"'):
        completion(**fields)


def test_alternatives_are_refused_where_no_log_probabilities_are_asked() -> None:
    with pytest.raises(ApiError, match="only with logprobs"):
        chat(top_logprobs=3)


@pytest.mark.parametrize("limit", [4294967299, 1000000000000, LONG, 10**400])
def test_a_limit_beyond_the_context_is_cut_to_it(limit: int) -> None:
    assert chat(max_tokens=limit).llama_cpp(MODEL)["max_tokens"] == SLOT_TOKENS
    assert chat(max_completion_tokens=limit).llama_cpp(MODEL)["max_tokens"] == SLOT_TOKENS
    assert completion(max_tokens=limit).llama_cpp(MODEL)["max_tokens"] == SLOT_TOKENS


@pytest.mark.parametrize(
    ("stop", "kept"), [("", None), ([""], None), (["", "."], ["."]), ("a", ["a"]), (None, None)]
)
def test_empty_stop_texts_are_left_out(stop: Any, kept: list[str] | None) -> None:
    assert chat(stop=stop).llama_cpp(MODEL).get("stop") == kept


def test_parts_of_text_are_joined_and_an_empty_last_answer_is_none() -> None:
    parts = [{"type": "text", "text": "Name "}, {"type": "text", "text": "a river."}]
    sent = chat(messages=[USER | {"content": parts}, {"role": "assistant", "content": ""}])
    assert sent.llama_cpp(MODEL)["messages"] == [USER]


@pytest.mark.parametrize(
    ("prompt", "prompts"),
    [
        ("a", ["a"]),
        (["a", "b"], ["a", "b"]),
        ([5, 6], [[5, 6]]),
        ([[5], [6, 7]], [[5], [6, 7]]),
    ],
)
def test_prompts_may_be_texts_or_tokens(prompt: Any, prompts: list[Any]) -> None:
    sent = completion(prompt=prompt, n=2)
    assert sent.prompts == prompts and sent.count == 2 * len(prompts)


@pytest.mark.parametrize(
    "prompt", [5, "", [], ["a", ""], [[]], [1, "a"], [True], [[1], ["a"]], None, [-1]]
)
def test_other_prompts_are_refused(prompt: Any) -> None:
    with pytest.raises(ApiError, match="prompt"):
        completion(prompt=prompt)


def test_the_cost_of_each_prompt_is_booked() -> None:
    model = HostedModel(name="m", input_price=0, output_price=1e6)
    assert max_dollars(model, {"max_tokens": 3, "n": 2, "prompt": ["a", "b"]}) == 12
    assert max_dollars(model, {"max_tokens": 3, "prompt": [5, 6]}) == 3
