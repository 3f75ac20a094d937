"""Processes that share each batch take the steps of one that has it whole."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors.torch import load_file

from backend.db import session
from backend.jobs.progress import Progress
from backend.jobs.queue import LeaseLostError, claim
from backend.runs import placement
from backend.runs.placement import SINGLE, Placement, placement_of
from backend.runs.queries import metrics_of
from backend.runs.submit import submit_run
from backend.training import distributed
from backend.training.run import run_finetune
from models.configs import RunConfig
from models.tables import Job, Run
from tests.example_runs import folder_of, small_run, trained


@pytest.fixture(autouse=True)
def own_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have processes that are spawned not begin with the app, which a test of pages may leave."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


def adapter_of(run: Run) -> dict[str, torch.Tensor]:
    return load_file(folder_of(run) / "adapter" / "adapter_model.safetensors")


def test_two_processes_train_as_one(small_lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = small_run(precision="float32", batch_size=4, max_steps=6)
    alone = trained(config)
    monkeypatch.setattr(distributed, "placement_of", lambda _: Placement(processes=2))
    shared = trained(config)
    assert shared.summary["placement"] == {"processes": 2, "sharded": False}
    assert [m.step for m in metrics_of(shared.id)] == [1, 2, 3, 4, 5, 6]
    losses = [[m.loss for m in metrics_of(run.id)] for run in (alone, shared)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    for name, weight in adapter_of(alone).items():
        assert torch.allclose(adapter_of(shared)[name], weight, atol=1e-4), name


def test_a_lost_lease_ends_all_processes_and_is_said(
    small_lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distributed, "placement_of", lambda _: Placement(processes=2))
    job = submit_run(small_run(precision="float32", batch_size=4))
    assert claim("me")
    with pytest.raises(LeaseLostError):
        run_finetune(str(job.run_id), Stolen(job.id, "me"))


class Stolen(Progress):
    """Progress of a job that another worker takes as soon as training begins."""

    def report(self, stage: str, done: int = 0, total: int = 0) -> None:
        super().report(stage, done, total)
        if stage == "Loading the base model":
            with session() as db:
                db.get_one(Job, self.job_id).holder = "another"


@pytest.mark.parametrize(
    ("memories", "model", "batch", "found"),
    [
        ((), "Qwen3-8B", 8, SINGLE),
        ((80.0,), "Qwen3-8B", 8, SINGLE),
        ((80.0, 80.0), "Qwen3-8B", 8, Placement(processes=2)),
        ((80.0, 80.0, 80.0), "Qwen3-8B", 8, Placement(processes=2)),
        ((24.0, 24.0), "Qwen3-8B", 8, Placement(processes=2)),
        ((16.0, 16.0), "Qwen3-8B", 8, Placement(processes=2, sharded=True)),
        ((16.0, 16.0), "Qwen3-8B", 3, SINGLE),
    ],
)
def test_the_batch_and_the_memory_decide_the_placement(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    memories: tuple[float, ...],
    model: str,
    batch: int,
    found: Placement,
) -> None:
    monkeypatch.setattr(placement, "gpu_memories", lambda: memories)
    assert placement_of(RunConfig(dataset="d", base_model=model, batch_size=batch)) == found
