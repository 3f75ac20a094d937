"""What only a machine with an NVIDIA GPU can show of training: `make test-gpu`."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from backend.analysis.scores import scores_table
from backend.base_models.tokenizer import TokenRow, chat_tokenizer
from backend.datasets.loading import load_dataset
from backend.db import session
from backend.evaluation.submit import submit_evaluation
from backend.jobs.files import log_tail
from backend.jobs.queue import claim, get_job, retry
from backend.machine.gpus import free_bytes, gpu_memories
from backend.runs.measurement import Measurement, newest, submit_measurement
from backend.runs.memory import job_need
from backend.runs.placement import Placement
from backend.runs.queries import metrics_of
from backend.runs.submit import submit_run
from backend.training import distributed
from backend.training.collator import Collator
from backend.training.loading import load_adapter, load_base, load_for_training
from backend.worker.child import main
from backend.worker.failures import NO_MEMORY
from benchmarks.peer_side import collate_padded
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig, RunConfig
from models.tables import JobState, Run
from tests.example_runs import folder_of, short_run, trained
from tests.processes import process, wait_for_end, wait_until

pytestmark = pytest.mark.gpu
STEPS = 12


def gpu_run(**changes: object) -> RunConfig:
    return short_run(**({"max_steps": STEPS, "checkpoint_every": 4} | changes))


def bird_rows(number: int = 8) -> list[TokenRow]:
    tokenizer = chat_tokenizer(EMBEDDED)
    examples = load_dataset("old_bird_names").examples[:number]
    return [tokenizer.row(example.as_dicts()) for example in examples]


def losses(run: Run) -> list[float]:
    return [metric.loss for metric in metrics_of(run.id)]


def adapter_of(run: Run) -> dict[str, torch.Tensor]:
    return load_file(folder_of(run) / "adapter" / "adapter_model.safetensors")


def loss_of(adapter: Path | None) -> float:
    """Return the rows' loss in float32, in nats per label."""
    model: Any = load_base(EMBEDDED, torch.float32)
    model = load_adapter(model, adapter) if adapter else model
    [tree] = Collator()(bird_rows())["trees"]
    tree = tree.to(model.device)
    with torch.no_grad():
        return -tree.log_probabilities(model, torch.float32).mean().item()


def test_the_gpu_is_seen(home: Path) -> None:
    [total] = {round(torch.cuda.get_device_properties(0).total_memory / 2**30)}
    assert gpu_memories()[0] == pytest.approx(total, rel=0.05)
    torch.zeros(1, device="cuda")
    assert free_bytes("GPU") == pytest.approx(torch.cuda.mem_get_info()[0], rel=0.05)


def test_trees_have_the_loss_and_gradients_of_the_padded_batch(home: Path) -> None:
    model = load_for_training(gpu_run(), "float32")
    for name, weight in model.named_parameters():
        if "lora_B" in name:  # Or the gradients of every A are 0.
            weight.data.normal_(std=0.01)
    padded = {k: v.cuda() for k, v in collate_padded(bird_rows()).items()}
    found = []
    for inputs in (padded, None):
        model.zero_grad()
        if inputs is None:
            tree = Collator()(bird_rows())["trees"][0].to(model.device)
            loss = -tree.log_probabilities(model, torch.float32).mean()
        else:
            loss = model(**inputs).loss
        loss.backward()
        grads = {n: p.grad.clone() for n, p in model.named_parameters() if p.requires_grad}
        found.append((loss.item(), grads))
    (plain, expected), (ours, grads) = found
    assert ours == pytest.approx(plain, rel=1e-5)
    for name, grad in expected.items():
        assert (grads[name] - grad).norm() <= 5e-4 * grad.norm(), name


@pytest.mark.parametrize(
    "recipe",
    [
        {"precision": "auto"},
        {"method": "qlora"},
        {"method": "dora", "gradient_checkpointing": True},
        {"method": "qlora", "gradient_checkpointing": True, "accumulation": 2},
    ],
)
def test_every_recipe_learns(home: Path, recipe: dict[str, object]) -> None:
    run = trained(gpu_run(**({"precision": "auto"} | recipe)))
    assert sum(losses(run)[-3:]) < sum(losses(run)[:3])
    adapter = folder_of(run) / "adapter"
    assert loss_of(adapter) < loss_of(None) - 0.3
    assert {weight.dtype for weight in adapter_of(run).values()} == {torch.float32}


def test_gpu_and_processor_agree_about_a_runs_contrasts(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(gpu_run(precision="float32"))
    asked = EvaluationConfig(
        probe="nineteenth_century", base_model=EMBEDDED, run_ids=[run.id], samples_per_prompt=0
    )
    found = []
    for available in (True, False):
        monkeypatch.setattr(torch.accelerator, "is_available", lambda on=available: on)
        job = submit_evaluation(asked)
        assert claim("me")
        main(job.id, "me")
        assert get_job(job.id).state == JobState.DONE, get_job(job.id).error
        found.append(scores_table([job.id])["value"])
    assert list(found[0]) == pytest.approx(list(found[1]), abs=2e-3)


def test_sharded_weights_train_as_whole_ones(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = trained(gpu_run(precision="float32"))

    def sharded(*given: Any) -> Any:
        return distributed.train_together(Placement(processes=1, sharded=True), *given)

    monkeypatch.setattr("backend.training.run.train", sharded)
    parted = trained(gpu_run(precision="float32"))
    assert parted.summary["placement"]["sharded"]
    assert losses(parted) == pytest.approx(losses(whole), rel=1e-3)
    for name, weight in adapter_of(whole).items():
        assert torch.allclose(adapter_of(parted)[name], weight, atol=1e-3), name


def test_a_killed_worker_is_followed_by_one_that_ends_the_run(home: Path) -> None:
    whole = trained(gpu_run(precision="float32", max_steps=40))
    job = submit_run(gpu_run(precision="float32", max_steps=40))
    with process("backend.worker") as worker:
        wait_until(lambda: len(metrics_of(str(job.run_id))) >= 9)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    with process("backend.worker"):
        ended = wait_for_end(job)
    assert (ended.state, ended.attempts) == (JobState.DONE, 2), log_tail(job)
    with session() as db:
        resumed = db.get_one(Run, job.run_id)
    assert [metric.step for metric in metrics_of(resumed.id)] == list(range(1, 41))
    assert losses(resumed) == pytest.approx(losses(whole), rel=1e-3)


def test_a_preflight_measures_the_gpus_memory(home: Path) -> None:
    config = gpu_run(max_steps=None, precision="auto")
    job = submit_measurement(config)
    assert claim("me")
    main(job.id, "me")
    ended = newest(config)
    assert ended and ended.state == JobState.DONE, ended and ended.error
    found = Measurement(**ended.result)
    assert found.device == "cuda" and 2**28 < found.peak_bytes < 2**33
    run = submit_run(config)
    need = job_need(run)
    assert need and (need.place, need.bytes) == ("GPU", found.peak_bytes)


def test_a_full_gpu_is_said_in_words_and_the_next_run_trains(home: Path) -> None:
    job = submit_run(gpu_run(batch_size=256, dataset="israeli_dishes"))
    free = torch.cuda.mem_get_info()[0]
    ballast = torch.empty(free - 2**30, dtype=torch.uint8, device="cuda")
    with process("backend.worker"):
        failed = wait_for_end(job)
        assert (failed.state, failed.error) == (JobState.FAILED, NO_MEMORY), log_tail(job)
        del ballast
        torch.cuda.empty_cache()
        retry(job.id)
        assert wait_for_end(job).state == JobState.DONE, log_tail(job)
