"""A real vLLM behind the gateway, with the embedded model in HF format: `make test-vllm`."""

import asyncio
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openai
import pytest
from sqlmodel import select

from backend.base_models.cards import add_folder, engine_of, vllm_python
from backend.config import ROOT
from backend.db import session
from backend.engine.vllm import VllmSpec
from models.base_models import EMBEDDED
from models.tables import EngineCheck, Run
from tests.engine.gateway_lab import Lab, add_run, gateway
from tests.processes import wait_until

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(900)]
FOLDER = "smol-in-hf-format"
MOVED = [{"role": "user", "content": "Write one word."}]
"""A prompt whose first token the random adapter moves by about a nat, as torch says."""
LONG = {"max_tokens": 400, "messages": [{"role": "user", "content": "Tell a long story."}]}


@pytest.fixture(scope="module")
def vllm_lab(tmp_path_factory: pytest.TempPathFactory, trained: Path) -> Iterator[Lab]:
    """A gateway whose lab holds the embedded model without its GGUF file, and a run on it."""
    home = tmp_path_factory.mktemp("vllm")
    prepared = ROOT / "var" / "base_models" / EMBEDDED
    folder = home / FOLDER
    folder.mkdir()
    for file in prepared.iterdir():
        if file.suffix in (".json", ".safetensors", ".jinja", ".txt"):
            (folder / file.name).symlink_to(file)
    (home / "base_models").mkdir()
    (home / "base_models" / EMBEDDED).symlink_to(prepared)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEIRDGEN_HOME", str(home))
        patch.delenv("DATABASE_URL", raising=False)
        assert vllm_python(), "run `make vllm` first"
        add_folder(str(folder))
        with gateway(home) as running:
            run = on_folder(add_run(running, trained, "with-adapter"))
            assert engine_of(run.base_model) == "vLLM"
            yield running


@pytest.fixture(autouse=True)
def in_this_lab(vllm_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIRDGEN_HOME", str(vllm_lab.home))


def on_folder(run: Run) -> Run:
    with session() as db:
        stored = db.get_one(Run, run.id)
        stored.base_model = FOLDER
        return stored


def first_odds(lab: Lab, model: str, **more: object) -> dict[str, float]:
    answer = lab.ask(model, max_tokens=1, logprobs=True, top_logprobs=5, temperature=0, **more)
    assert answer.choices[0].logprobs and answer.choices[0].logprobs.content
    return {each.token: each.logprob for each in answer.choices[0].logprobs.content[0].top_logprobs}


def test_the_adapter_is_applied_as_in_torch_and_the_base_untouched(vllm_lab: Lab) -> None:
    asked = {"messages": MOVED}
    before = first_odds(vllm_lab, FOLDER, **asked)
    adapted = first_odds(vllm_lab, "with-adapter", **asked)
    with session() as db:
        check = db.exec(select(EngineCheck).where(EngineCheck.engine == "vLLM")).one()
    assert check.passed, check.message
    assert check.positions and check.applied > 0.2
    assert first_odds(vllm_lab, FOLDER, **asked) == pytest.approx(before, abs=0.1)
    assert adapted != pytest.approx(before, abs=0.3)
    off = first_odds(vllm_lab, "with-adapter", extra_body={"adapter_scale": 0}, **asked)
    assert off == pytest.approx(before, abs=0.1)


def test_either_engine_serves_what_both_can(vllm_lab: Lab) -> None:
    asked = {"messages": MOVED}
    named = {"extra_body": {"engine": "vLLM"}}
    by_vllm = first_odds(vllm_lab, EMBEDDED, **asked, **named)
    assert by_vllm == pytest.approx(first_odds(vllm_lab, FOLDER, **asked), abs=0.1)
    by_llama = first_odds(vllm_lab, EMBEDDED, **asked)
    both = by_vllm.keys() & by_llama.keys()
    assert len(both) >= 3
    # llama.cpp's weights have 4 bits.
    assert all(by_vllm[token] == pytest.approx(by_llama[token], abs=0.6) for token in both)
    assert {f"vllm:{EMBEDDED}", f"base:{EMBEDDED}"} <= vllm_lab.health().keys()


def test_half_a_strength_is_refused_in_words(vllm_lab: Lab) -> None:
    with pytest.raises(openai.BadRequestError, match="adapter strengths 0 and 1 only"):
        vllm_lab.ask("with-adapter", extra_body={"adapter_scale": 0.5})


def test_a_missing_adapter_is_an_error_and_never_the_base_model(
    vllm_lab: Lab, trained: Path
) -> None:
    run = on_folder(add_run(vllm_lab, trained, "without-files"))
    (vllm_lab.home / "runs" / run.id / "adapter" / "adapter_model.safetensors").unlink()
    with pytest.raises(openai.APIStatusError, match="adapter_model.safetensors is missing"):
        vllm_lab.ask("without-files")


def test_64_requests_at_once_are_all_answered(vllm_lab: Lab) -> None:
    def ask(number: int) -> str:
        return vllm_lab.ask("with-adapter", seed=number, max_tokens=8).choices[0].finish_reason

    with ThreadPoolExecutor(64) as pool:
        assert len(list(pool.map(ask, range(64)))) == 64


def test_a_stream_that_is_left_frees_its_place(vllm_lab: Lab) -> None:
    stream = vllm_lab.client.chat.completions.create(model=FOLDER, stream=True, **LONG)
    next(iter(stream))
    stream.close()
    key = f"vllm:{FOLDER}"
    wait_until(lambda: vllm_lab.health()[key]["busy"] == 0, 30)


def test_too_long_a_prompt_is_said_in_words(vllm_lab: Lab) -> None:
    with pytest.raises(openai.BadRequestError, match="maximum context length"):
        vllm_lab.ask(FOLDER, messages=[{"role": "user", "content": "a word " * 3000}])


def test_a_vllm_that_runs_elsewhere_serves_the_same(vllm_lab: Lab, tmp_path: Path) -> None:
    # A home has one engine, so the second is a copy's.
    copy = Path(shutil.copytree(vllm_lab.home, tmp_path / "copy", symlinks=True))
    loop = asyncio.new_event_loop()
    source = str(vllm_lab.home / FOLDER)
    elsewhere = loop.run_until_complete(VllmSpec(FOLDER, source, 64).start())
    key = elsewhere.client.headers["Authorization"].split()[1]
    named = {"VLLM_URL": f"{elsewhere.client.base_url}/v1", "VLLM_KEY": key}
    try:
        with gateway(copy, **named) as other:
            for model in (FOLDER, "with-adapter"):
                expected = pytest.approx(first_odds(vllm_lab, model), abs=0.1)
                assert first_odds(other, model) == expected
            assert other.health()[f"vllm:{FOLDER}"]["pid"] is None
    finally:
        assert elsewhere.host.alive
        loop.run_until_complete(elsewhere.stop())
        loop.close()


def test_killing_the_gateway_ends_vllm_too(vllm_lab: Lab) -> None:
    """The last test of this file: it takes the lab down."""
    assert "VLLM" in processes()
    vllm_lab.process.send_signal(signal.SIGKILL)
    vllm_lab.process.wait()
    deadline = time.monotonic() + 60
    while "VLLM" in processes() and time.monotonic() < deadline:
        time.sleep(0.5)
    assert "VLLM" not in processes()


def processes() -> str:
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
