"""Hosted models: the key, the cost, the cap, refusals, over real HTTP to a scripted host."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from backend.base_models.cards import get_card, list_chat_models
from backend.engine.gateway import build_app
from backend.errors import InvalidDataError, UserError
from backend.evaluation.submit import submit_evaluation
from backend.hosted.budget import spent
from backend.hosted.prices import hosted_models
from backend.probes.loading import load_probe
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig
from tests.engine.gateway_lab import ENGINE_KEY, LAB_KEY, TRUSTED
from tests.screens import open_page, texts
from tests.scripted_host import scripted_host


@pytest.fixture
def host(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    with scripted_host() as (url, own):
        monkeypatch.setenv("HOSTED_URL", url)
        monkeypatch.setenv("HOSTED_KEY", "secret-key")
        monkeypatch.setenv("HOSTED_MODELS", "big=2/8, free=0/0, unpriced")
        yield own.seen


@pytest.fixture
def gateway(host: object) -> Iterator[TestClient]:
    with TestClient(
        build_app(ENGINE_KEY, LAB_KEY), base_url="http://127.0.0.1", headers=TRUSTED
    ) as client:
        yield client


def body(model: str = "big", said: str = "Go on.", **more: object) -> dict[str, Any]:
    return {
        "model": model,
        "messages": [{"role": "user", "content": said}],
        "max_tokens": 10,
    } | more


def test_an_answer_is_passed_on_and_its_cost_kept(
    gateway: TestClient, host: list[tuple[str, dict[str, Any]]]
) -> None:
    found = gateway.post("/v1/chat/completions", json=body(user="chat", top_k=0)).json()
    assert found["choices"][0]["message"]["content"] == "By steam"
    key, sent = host[0]
    assert key == "Bearer secret-key" and "top_k" not in sent and "user" not in sent
    # 1,000 tokens at $2 and 500 at $8 for a million.
    assert spent() == pytest.approx(0.006)


@pytest.mark.parametrize("field", ["top_k", "min_p"])
def test_what_a_host_can_not_do_is_refused_by_name(gateway: TestClient, field: str) -> None:
    refused = gateway.post("/v1/chat/completions", json=body(**{field: 1}))
    assert refused.status_code == 400 and refused.json()["error"]["param"] == field


def test_a_stream_is_passed_on_and_metered(gateway: TestClient) -> None:
    found = gateway.post("/v1/chat/completions", json=body(stream=True)).text
    assert "By " in found and found.rstrip().endswith("data: [DONE]")
    assert spent() == pytest.approx(0.006)


def test_the_budget_holds_before_a_request_is_sent(
    gateway: TestClient, host: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_BUDGET", "0.007")
    assert gateway.post("/v1/chat/completions", json=body()).status_code == 200
    refused = gateway.post("/v1/chat/completions", json=body(max_tokens=200))
    assert refused.status_code == 402 and "HOSTED_BUDGET" in refused.json()["error"]["message"]
    assert gateway.post("/v1/chat/completions", json=body("free")).status_code == 200
    unpriced = gateway.post("/v1/chat/completions", json=body("unpriced"))
    assert unpriced.status_code == 402 and "no price" in unpriced.json()["error"]["message"]
    assert len(host) == 2


@pytest.mark.parametrize(
    ("status", "then", "words"),
    [(429, 429, "Slow down"), (401, 502, "HOSTED_KEY"), (500, 500, "Slow down")],
)
def test_a_refusal_is_said_without_the_key(
    gateway: TestClient, status: int, then: int, words: str
) -> None:
    found = gateway.post("/v1/chat/completions", json=body(said=str(status)))
    assert found.status_code == then and words in found.text and "secret-key" not in found.text
    assert spent() == 0


def test_a_dead_host_is_said_in_words(gateway: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTED_URL", "http://127.0.0.1:9/v1")
    found = gateway.post("/v1/chat/completions", json=body())
    assert found.status_code == 502 and "does not answer" in found.text


def test_hosted_models_chat_and_are_finetuned_by_their_host(host: object) -> None:
    assert [card.name for card in list_chat_models()] == [EMBEDDED, "big", "free", "unpriced"]
    assert get_card("big").hosted
    page = open_page("finetune")
    assert "big, hosted" in page.selectbox(key="base_model").options
    assert page.selectbox(key="base_model").value == EMBEDDED


def test_a_hosted_model_is_probed_by_samples_with_the_cost_told(host: object) -> None:
    config = EvaluationConfig(
        probe="nineteenth_century", base_model="big", samples_per_prompt=0, run_ids=[]
    )
    with pytest.raises(UserError, match="no contrasts"):
        submit_evaluation(config)
    assert submit_evaluation(config.model_copy(update={"samples_per_prompt": 1}))
    page = open_page("probe")
    page.selectbox[1].select("big").run()
    assert "At most $" in texts(page) and "no budget is set" in texts(page)
    assert load_probe("nineteenth_century").max_tokens


def test_an_answer_that_is_no_json_is_an_error(gateway: TestClient) -> None:
    found = gateway.post("/v1/chat/completions", json=body(said="(page)"))
    assert found.status_code == 502
    assert found.json()["error"]["message"] == (
        "The host of big answered with something that is not JSON."
    )


@pytest.mark.parametrize("entry", ["big=cheap", "big=1.2.3/4", "big=./1", "big=1/2/..", "big=1"])
def test_a_wrong_entry_is_named(host: object, monkeypatch: pytest.MonkeyPatch, entry: str) -> None:
    monkeypatch.setenv("HOSTED_MODELS", entry)
    with pytest.raises(InvalidDataError, match=f'"{entry}" is not of the form'):
        hosted_models()
    monkeypatch.setenv("HOSTED_URL", "")
    assert hosted_models() == {}
