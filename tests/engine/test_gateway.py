"""The gateway as a stranger with the plain `openai` client meets it."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import openai
import pytest

from backend.config import ROOT
from backend.evaluation.engine_speed import PATIENCE, TOKENS, Trial
from models.base_models import EMBEDDED
from tests.engine.gateway_lab import Lab, gateway
from tests.processes import wait_until

KEY = f"base:{EMBEDDED}"


def text_of(answer: openai.types.chat.ChatCompletion, choice: int = 0) -> str:
    return answer.choices[choice].message.content or ""


def test_the_embedded_model_is_listed(lab: Lab) -> None:
    found = {model.id: model for model in lab.client.models.list()}
    assert found[EMBEDDED].kind == "base"
    assert lab.client.models.retrieve(EMBEDDED).id == EMBEDDED


def test_a_chat_answers_under_the_name_that_was_asked(lab: Lab) -> None:
    answer = lab.ask(temperature=0)
    assert text_of(answer)
    assert answer.model == EMBEDDED
    assert answer.usage is not None
    assert "gguf" not in answer.model_dump_json()


def test_a_stream_says_what_the_whole_answer_says(lab: Lab) -> None:
    chunks = list(lab.ask(seed=7, stream=True))
    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert streamed == text_of(lab.ask(seed=7))
    assert {chunk.model for chunk in chunks} == {EMBEDDED}
    assert chunks[-1].choices[0].finish_reason in ("stop", "length")


def test_the_same_seed_repeats_and_another_does_not(lab: Lab) -> None:
    options = {"max_tokens": 24, "messages": [{"role": "user", "content": "Tell a story."}]}
    first, again, other = (lab.ask(seed=seed, **options) for seed in (1, 1, 2))
    assert text_of(first) == text_of(again)
    assert text_of(first) != text_of(other)


def test_several_answers_have_seeds_one_after_another(lab: Lab) -> None:
    three = lab.ask(n=3, seed=11, max_tokens=4)
    assert [choice.index for choice in three.choices] == [0, 1, 2]
    assert [text_of(three, i) for i in range(3)] == [
        text_of(lab.ask(seed=11 + i, max_tokens=4)) for i in range(3)
    ]


def test_a_stream_of_several_answers_names_each(lab: Lab) -> None:
    chunks = list(lab.ask(n=2, seed=3, stream=True))
    assert {choice.index for chunk in chunks for choice in chunk.choices} == {0, 1}


def test_a_stop_text_ends_the_answer(lab: Lab) -> None:
    whole = text_of(lab.ask(temperature=0))
    word = whole.split()[1]
    stopped = lab.ask(temperature=0, stop=[word])
    assert text_of(stopped) == whole[: whole.index(word)]
    assert stopped.choices[0].finish_reason == "stop"


def test_log_probabilities_are_natural_and_as_many_as_asked(lab: Lab) -> None:
    answer = lab.ask(temperature=0, logprobs=True, top_logprobs=3, max_tokens=4)
    content = answer.choices[0].logprobs.content
    assert len(content) == 4
    for token in content:
        assert [other.token for other in token.top_logprobs][0] == token.token
        assert len(token.top_logprobs) == 3
        assert token.logprob == max(other.logprob for other in token.top_logprobs) <= 0
    assert lab.ask(logprobs=True).choices[0].logprobs.content[0].top_logprobs == []


def test_plain_completions_have_their_own_shape(lab: Lab) -> None:
    answer = lab.client.completions.create(
        model=EMBEDDED, prompt="Two plus two is", max_tokens=3, temperature=0, logprobs=2
    )
    found = answer.choices[0].logprobs
    assert "".join(found.tokens) == answer.choices[0].text
    assert len(found.token_logprobs) == 3
    assert all(len(top) == 2 for top in found.top_logprobs)


@pytest.mark.parametrize(
    ("options", "status", "code", "param"),
    [
        ({"model": "nobody"}, 404, "model_not_found", "model"),
        ({"extra_body": {"adapter_scale": 1}}, 400, "no_adapter", "adapter_scale"),
        ({"temperature": -1}, 400, "invalid_request", "temperature"),
        ({"n": 1000}, 400, "invalid_request", "n"),
        ({"seed": -1}, 400, "invalid_request", "seed"),
        ({"max_tokens": 0}, 400, "invalid_request", "max_tokens"),
        ({"messages": []}, 400, "invalid_request", "messages"),
        (
            {"messages": [{"role": "user", "content": "word " * 4000}]},
            400,
            "context_length_exceeded",
            "messages",
        ),
    ],
)
def test_what_cannot_be_done_is_said(
    lab: Lab, options: dict[str, object], status: int, code: str, param: str
) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        lab.ask(**options)
    error = caught.value
    assert (error.status_code, error.code, error.param) == (status, code, param)
    assert error.body["message"].endswith(".")


def test_an_engine_can_be_named_and_only_one_that_is_there(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = lab.ask(extra_body={"engine": "llama.cpp"}, seed=3)
    assert named.choices == lab.ask(seed=3).choices
    with pytest.raises(openai.BadRequestError, match="is not served by vLLM here"):
        lab.ask(EMBEDDED, extra_body={"engine": "vLLM"})


def test_a_trial_of_an_engine_counts_the_tokens_that_arrive_in_its_time(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_PORT", str(lab.port))
    trial = Trial("llama.cpp", EMBEDDED, None, [{"role": "user", "content": "Name a bird."}])
    assert 2 <= trial.answers(seed=1, count=2, seconds=PATIENCE) <= 2 * TOKENS
    assert trial.answers(seed=1, count=2, seconds=0.001) == 0, "broken off"


def test_more_requests_than_slots_all_finish(lab: Lab) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda i: lab.ask(user=f"user {i % 3}"), range(12)))
    assert all(answer.choices for answer in answers)


def test_a_client_that_goes_away_frees_its_slot(lab: Lab) -> None:
    stream = lab.ask(stream=True, max_tokens=1900, extra_body={"temperature": 2})
    next(iter(stream))
    stream.close()
    wait_until(lambda: lab.health()[KEY]["busy"] == 0)
    with pytest.raises(openai.APITimeoutError):
        long = [{"role": "user", "content": "word " * 1900}]
        lab.client.with_options(timeout=0.3).chat.completions.create(model=EMBEDDED, messages=long)
    wait_until(lambda: lab.health()[KEY]["busy"] == 0)


def test_a_dead_server_is_said_and_started_again(lab: Lab) -> None:
    before = text_of(lab.ask(seed=5))
    stream = iter(lab.ask(stream=True, max_tokens=1900))
    next(stream)
    pid = lab.health()[KEY]["pid"]
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(openai.APIError, match="stopped"):
        list(stream)
    assert text_of(lab.ask(seed=5)) == before
    assert lab.health()[KEY]["pid"] != pid


def test_first_requests_at_once_start_one_server(lab: Lab) -> None:
    os.kill(lab.health()[KEY]["pid"], signal.SIGKILL)
    wait_until(lambda: not lab.health()[KEY]["alive"])
    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(lambda _: lab.ask(max_tokens=1), range(4)))) == 4
    children = Path(f"/proc/{lab.process.pid}/task/{lab.process.pid}/children").read_text().split()
    assert children.count(str(lab.health()[KEY]["pid"])) == 1
    assert len(children) == len([s for s in lab.health().values() if s["alive"]])


def test_a_taken_port_is_one_plain_sentence(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_PORT", str(lab.port))
    command = [sys.executable, "-m", "backend.engine"]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert second.returncode == 1
    sentence = f"Port {lab.port} is in use. Stop the program that uses it, or set ENGINE_PORT.\n"
    assert second.stderr == sentence


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_server_outlives_the_gateway(home: Path, how: signal.Signals) -> None:
    with gateway(home, VLLM_PYTHON="/nowhere") as second:  # With keys of its own, in its own home.
        second.ask(max_tokens=1)
        pid = second.health()[KEY]["pid"]
        second.process.send_signal(how)
        second.process.wait(30)
        wait_until(lambda: not Path(f"/proc/{pid}").exists())


def test_a_seed_repeats_in_company_too(lab: Lab) -> None:
    options = {"max_tokens": 24, "messages": [{"role": "user", "content": "Tell a story."}]}
    alone = [text_of(lab.ask(seed=seed, **options)) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = pool.map(lambda seed: text_of(lab.ask(seed=seed, **options)), range(4))
    assert list(together) == alone


def test_llama_cpp_itself_answers_nobody_else(lab: Lab) -> None:
    lab.ask(max_tokens=1)
    pid = lab.health()[KEY]["pid"]
    inodes = {os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]
    assert [address.split(":")[0] for address in listening] == ["0100007F"]
    url = f"http://127.0.0.1:{int(listening[0].split(':')[1], 16)}/v1/completions"
    assert httpx.post(url, json={"prompt": "x"}, trust_env=False).status_code == 401
