"""Checkpoints are adapters of their own: kept, told by their loss, and gone on from."""

import hashlib
from pathlib import Path

import pytest
from safetensors.torch import load_file

from backend.jobs import files as job_files
from backend.jobs.queue import claim, get_job, retry
from backend.runs.queries import metrics_of
from backend.runs.steps import checkpoint_steps, kept_adapters
from backend.runs.submit import submit_run
from backend.worker.child import main
from models.tables import JobState
from tests.database_faults import failing_at
from tests.example_runs import folder_of, short_run, small_run, trained


def hash_of(folder: Path) -> str:
    return hashlib.sha256((folder / "adapter_model.safetensors").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("every", "steps", "expected"),
    [
        (None, 78, [15, 30, 45, 60, 75, 78]),
        (None, 3, [1, 2, 3]),
        (2, 5, [2, 4, 5]),
        (9, 4, [4]),
    ],
)
def test_checkpoints_fall_evenly_and_on_the_last_step(
    every: int | None, steps: int, expected: list[int]
) -> None:
    assert checkpoint_steps(short_run(checkpoint_every=every), steps) == expected


def test_every_checkpoints_adapter_outlives_the_run_and_no_optimizer_does(small_lab: Path) -> None:
    run = trained(small_run(max_steps=5, checkpoint_every=2))
    kept = kept_adapters(folder_of(run))
    assert list(kept) == [2, 4, 5]
    assert len({hash_of(folder) for folder in kept.values()}) == 3
    assert hash_of(kept[5]) == run.summary["adapter_sha256"]
    assert {file.name for folder in kept.values() for file in folder.iterdir()} == {
        "adapter_model.safetensors",
        "adapter_config.json",
    }
    assert not list(folder_of(run).glob("**/optimizer*"))


def test_a_run_that_is_gone_on_with_keeps_the_same_adapters(small_lab: Path) -> None:
    config = small_run(max_steps=6, checkpoint_every=2)
    whole = kept_adapters(folder_of(trained(config)))
    job = submit_run(config)
    with failing_at(5):
        assert claim("me")
        main(job.id, "me")
        assert get_job(job.id).state == JobState.FAILED
    retry(job.id)
    assert claim("me")
    main(job.id, "me")
    again = kept_adapters(job_files.folder_of(get_job(job.id)))
    assert [hash_of(each) for each in again.values()] == [hash_of(each) for each in whole.values()]


def test_training_stops_early_and_the_best_checkpoint_becomes_the_adapter(small_lab: Path) -> None:
    # So small a rate changes no loss, on any processor.
    run = trained(
        small_run(max_steps=20, checkpoint_every=1, held_out=0.2, patience=2, learning_rate=1e-12)
    )
    losses = {m.step: m.held_out_loss for m in metrics_of(run.id)}
    best = min(losses, key=lambda step: losses[step])
    assert run.summary["steps"] == best + 2 < 20
    assert (run.summary["adapter_step"], run.summary["held_out_loss"]) == (best, losses[best])
    final = load_file(folder_of(run) / "adapter" / "adapter_model.safetensors")
    chosen = load_file(kept_adapters(folder_of(run))[best] / "adapter_model.safetensors")
    assert all((final[name] == chosen[name]).all() for name in final)


def test_a_run_that_had_stopped_early_takes_no_further_step_when_it_goes_on(
    small_lab: Path,
) -> None:
    job = submit_run(
        small_run(max_steps=20, checkpoint_every=1, held_out=0.2, patience=1, learning_rate=1e-12)
    )
    (job_files.folder_of(job) / "adapter").parent.mkdir(parents=True)
    (job_files.folder_of(job) / "adapter").write_text("in the way")
    assert claim("me")
    main(job.id, "me")
    assert get_job(job.id).state == JobState.FAILED
    reached = len(metrics_of(str(job.run_id)))
    (job_files.folder_of(job) / "adapter").unlink()
    retry(job.id)
    assert claim("me")
    main(job.id, "me")
    assert get_job(job.id).state == JobState.DONE
    assert len(metrics_of(str(job.run_id))) == reached < 20
