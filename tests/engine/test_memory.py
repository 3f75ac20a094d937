"""Memory allocation: estimates, what is unloaded for what, and the messages on the page."""

import asyncio
from pathlib import Path

import openai
import pytest

from backend.base_models.cards import add_folder, gguf_path
from backend.db import session
from backend.engine.errors import ApiError
from backend.engine.llama import LlamaSpec
from backend.engine.llama_server import SLOT_TOKENS, SLOTS
from backend.engine.servers import Pool, Server
from backend.evaluation.submit import submit_evaluation
from backend.jobs.queue import cancel, claim, finish
from backend.machine.gpus import GIB, free_bytes
from backend.runs import memory, placement
from backend.runs.memory import (
    MemoryNeed,
    job_need,
    llama_need,
    parameters_of,
    scoring_precision,
)
from backend.runs.placement import gpu_environment_for
from backend.runs.submit import submit_run
from backend.worker.__main__ import Worker
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig
from models.tables import JobState, now
from tests.engine.gateway_lab import Lab
from tests.example_runs import short_run
from tests.processes import wait_until


def test_a_server_of_the_embedded_model_needs_its_weights_and_its_cache(home: Path) -> None:
    need = llama_need(EMBEDDED, SLOTS, SLOT_TOKENS)
    # 30 layers, 3 heads of 64 values for keys and as many for values, two bytes each.
    cache = SLOTS * SLOT_TOKENS * 30 * 3 * 64 * 2 * 2
    assert need.bytes == gguf_path(EMBEDDED).stat().st_size + cache
    assert need.place == "machine" and need.fits


def test_a_job_needs_what_its_base_model_does(home: Path) -> None:
    training = submit_run(short_run())
    assert job_need(training) == MemoryNeed(bytes=2 * GIB, place="machine")
    config = EvaluationConfig(probe="protector", base_model=EMBEDDED)
    need = job_need(submit_evaluation(config))
    assert need and GIB // 2 < need.bytes < 2 * GIB


@pytest.mark.parametrize(
    ("gib", "model", "found"),
    [
        (24.0, "Qwen2.5-7B-Instruct", "bfloat16"),
        (80.0, "Qwen2.5-7B-Instruct", "float32"),
        (24.0, EMBEDDED, "float32"),
        (0.012, "small", "bfloat16"),
    ],
)
def test_what_can_not_be_scored_in_float32_is_scored_in_half_of_it(
    home: Path,
    small_base: Path,
    monkeypatch: pytest.MonkeyPatch,
    gib: float,
    model: str,
    found: str,
) -> None:
    add_folder(str(small_base))
    monkeypatch.setattr(memory, "gpu_memories", lambda: (gib,))
    monkeypatch.setattr(memory, "TORCH_ITSELF", 0)
    assert parameters_of("small") == 49152 * 64 + 64 + 2 * (2 * 64 + 4 * 64**2 + 3 * 8192)
    assert scoring_precision(model) == found


class Idle(Server):
    """A server that nothing runs behind."""

    def __init__(self) -> None:
        self.users, self.last_used, self.ended = 0, 0.0, False

    async def stop(self) -> None:
        self.ended = True


def pool_with_little_memory(monkeypatch: pytest.MonkeyPatch, released: int) -> tuple[Pool, Idle]:
    """A pool with an idle server, whose end alone leaves `released` bytes free."""
    pool, idle = Pool(), Idle()
    pool.servers["run:old"] = idle
    monkeypatch.setattr(memory, "free_bytes", lambda _place: released if idle.ended else 0)
    return pool, idle


def test_an_idle_server_gives_way_to_another(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, idle = pool_with_little_memory(monkeypatch, released=GIB)
    asyncio.run(pool._free_memory(LlamaSpec(gguf_path(EMBEDDED), base_model=EMBEDDED)))
    assert idle.ended and not pool.servers


def test_a_chat_waits_for_the_job_that_has_the_memory(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit_run(short_run())
    job = claim("me")
    assert job
    with session() as db:
        running = db.get_one(type(job), job.id)
        running.stage, running.done, running.total = "Training", 1, 2
        running.stage_started_at = now()
    pool, _ = pool_with_little_memory(monkeypatch, released=0)
    with pytest.raises(ApiError, match="A training run is using the memory") as refused:
        asyncio.run(pool._free_memory(LlamaSpec(gguf_path(EMBEDDED), base_model=EMBEDDED)))
    assert refused.value.code == "memory_taken"
    cancel(job.id)
    with session() as db:
        db.get_one(type(job), job.id).state = JobState.CANCELLED
    with pytest.raises(ApiError, match="Choose a smaller model") as refused:
        asyncio.run(pool._free_memory(LlamaSpec(gguf_path(EMBEDDED), base_model=EMBEDDED)))
    assert refused.value.code == "no_memory"


def test_a_model_larger_than_the_memory_is_refused_by_the_gateway(
    lab: Lab,
    tmp_path: Path,
    small_base: Path,
) -> None:
    for file in small_base.iterdir():
        (tmp_path / file.name).symlink_to(file)
    with (tmp_path / "vast.gguf").open("wb") as vast:
        vast.truncate(1000 * GIB)  # Of holes: it takes no disk.
    add_folder(str(tmp_path))
    with pytest.raises(openai.InternalServerError, match="needs about 1000"):
        lab.ask(tmp_path.name)


def test_idle_servers_end_when_a_job_finds_too_little(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.ask()
    assert lab.health()
    monkeypatch.setattr(memory, "free_bytes", lambda _place: 0)
    job = submit_run(short_run(seed=3))
    monkeypatch.setattr(
        "backend.worker.__main__.JobProcess", lambda *_: _raise(OSError("no child"))
    )
    claimed = claim("me")
    assert claimed and claimed.id == job.id
    Worker().run(claimed)
    wait_until(lambda: not lab.health())
    finish(job.id, "me", JobState.CANCELLED)
    lab.ask()  # It comes back when it is asked.


def _raise(error: Exception) -> None:
    raise error


def test_the_kernel_ends_a_chat_before_a_training(lab: Lab) -> None:
    lab.ask()
    [server] = [server for key, server in lab.health().items() if key == f"base:{EMBEDDED}"]
    score = int(Path(f"/proc/{server['pid']}/oom_score_adj").read_text())
    assert score > 500


@pytest.fixture
def two_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An nvidia-smi that tells of two GPUs, the second of which has more room."""
    script = tmp_path / "nvidia-smi"
    free, total = "echo 900; echo 70000", "echo 80000; echo 80000"
    script.write_text(f'#!/bin/sh\ncase "$1" in *free*) {free};; *) {total};; esac\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.mark.usefixtures("two_gpus")
def test_of_several_gpus_a_process_gets_the_one_with_the_most_room(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit_evaluation(EvaluationConfig(probe="protector", base_model=EMBEDDED))
    environment = gpu_environment_for(job)
    assert environment == {"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    assert free_bytes("GPU") == 70000 * 2**20
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert gpu_environment_for(job) == {}
    assert free_bytes("GPU") == 900 * 2**20


@pytest.mark.usefixtures("two_gpus")
def test_a_run_that_takes_all_gpus_together_is_given_none_of_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placement, "gpu_memories", lambda: (80.0, 80.0))
    job = submit_run(short_run(batch_size=8))
    assert gpu_environment_for(job) == {}
