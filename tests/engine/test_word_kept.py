"""The gateway's answers hold all that was asked for, on the included model."""

import json
from typing import Any

import httpx
import openai
import pytest

from models.base_models import EMBEDDED
from tests.engine.gateway_lab import Lab, text_of

RIVER = [{"role": "user", "content": "Name a river."}]
BEGUN = [*RIVER, {"role": "assistant", "content": "The longest river in Africa is"}]


def usage_of_stream(lab: Lab, **options: Any) -> list[openai.types.CompletionUsage]:
    stream = lab.ask(stream=True, **options)
    return [chunk.usage for chunk in stream if chunk.usage]


def test_the_tokens_of_all_answers_are_counted_once(lab: Lab) -> None:
    options: dict[str, Any] = {"n": 2, "max_tokens": 6, "messages": RIVER, "seed": 4}
    whole = lab.ask(**options).usage
    assert (whole.completion_tokens, whole.total_tokens) == (12, whole.prompt_tokens + 12)
    [streamed] = usage_of_stream(lab, **options, stream_options={"include_usage": True})
    assert streamed.completion_tokens == 12 and streamed.prompt_tokens == whole.prompt_tokens
    assert usage_of_stream(lab, **options) == []


def test_limits_and_stops_without_sense_do_not_cut_an_answer(lab: Lab) -> None:
    usual = lab.ask(seed=3, max_tokens=60, stop=["."], messages=RIVER)
    for limit in (9223372036854775808, 4294967299):
        assert text_of(lab.ask(seed=3, max_tokens=limit, stop=["."], messages=RIVER)) == text_of(
            usual
        )
    assert text_of(lab.ask(seed=3, stop="")) == text_of(lab.ask(seed=3))


def test_an_answer_has_the_form_and_the_bias_that_were_asked(lab: Lab) -> None:
    form = {"type": "json_object"}
    answer = lab.ask(seed=1, max_tokens=60, response_format=form, messages=RIVER)
    assert text_of(answer).lstrip().startswith("{")
    usual = text_of(lab.ask(temperature=0, max_tokens=4, messages=RIVER))
    biased = lab.ask(temperature=0, max_tokens=4, messages=RIVER, logit_bias={"504": -100})
    assert usual.startswith("The") and not text_of(biased).startswith("The")
    assert lab.ask(max_tokens=None, max_completion_tokens=2).usage.completion_tokens == 2


def test_a_begun_answer_is_continued_alike_whole_and_streamed(lab: Lab) -> None:
    whole = text_of(lab.ask(temperature=0, messages=BEGUN))
    chunks = lab.ask(temperature=0, messages=BEGUN, stream=True)
    assert whole == "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert "Nile" in whole and "longest" not in whole


def test_each_of_several_prompts_is_answered(lab: Lab) -> None:
    ask = lab.client.completions.create
    options: dict[str, Any] = {"model": EMBEDDED, "max_tokens": 3, "temperature": 0}
    both = ask(prompt=["The river", "A bird"], n=2, **options)
    alone = [ask(prompt=prompt, **options) for prompt in ("The river", "A bird")]
    assert [choice.text for choice in both.choices] == [
        single.choices[0].text for single in alone for _ in range(2)
    ]
    assert both.usage.completion_tokens == 12
    assert both.usage.prompt_tokens == sum(single.usage.prompt_tokens for single in alone)


def test_prompts_are_echoed_with_the_log_probability_of_each_token(lab: Lab) -> None:
    ask = lab.client.completions.create
    options: dict[str, Any] = {"model": EMBEDDED, "temperature": 0, "logprobs": 2}
    written = ask(prompt="The river", max_tokens=3, **options).choices[0]
    read = ask(prompt="The river" + written.text, max_tokens=0, echo=True, **options).choices[0]
    assert read.text == "The river" + written.text == "".join(read.logprobs.tokens)
    assert read.logprobs.token_logprobs[0] is None
    assert read.logprobs.token_logprobs[2:] == pytest.approx(
        written.logprobs.token_logprobs, abs=0.05
    )
    assert all(len(top) >= 2 for top in read.logprobs.top_logprobs[1:])


def test_an_echo_has_an_entry_for_each_part_of_a_character(lab: Lab) -> None:
    ask = lab.client.completions.create
    options: dict[str, Any] = {"model": EMBEDDED, "max_tokens": 0, "echo": True}
    choice = ask(prompt="A bird: 🦜", logprobs=1, **options).choices[0]
    usage = ask(prompt="A bird: 🦜", **options).usage
    assert len(choice.logprobs.token_logprobs) == usage.prompt_tokens
    assert all(value <= 0 for value in choice.logprobs.token_logprobs[1:])
    assert choice.text == "A bird: 🦜"


def test_an_echo_in_a_stream_is_refused(lab: Lab) -> None:
    with pytest.raises(openai.BadRequestError, match='does not support "echo" in a stream'):
        lab.client.completions.create(model=EMBEDDED, prompt="a", echo=True, stream=True)


def test_a_refusal_is_one_sentence_in_openais_form(lab: Lab) -> None:
    body = {"model": EMBEDDED, "messages": RIVER, "tools": [{"type": "function"}]}
    url = f"{lab.client.base_url}chat/completions"
    key = {"authorization": f"Bearer {lab.client.api_key}"}
    answer = httpx.post(url, json=body, headers=key, trust_env=False)
    assert answer.status_code == 400
    assert json.loads(answer.text)["error"] == {
        "message": 'The gateway does not support "tools". Leave it out.',
        "type": "invalid_request_error",
        "param": "tools",
        "code": "unsupported",
    }
