"""A last checkpoint that a broken disk or a sudden power cut damaged is not gone on from."""

from collections.abc import Callable
from pathlib import Path

import pytest

from backend.jobs.files import log_path
from backend.jobs.queue import retry
from backend.runs.submit import submit_run
from backend.training.checkpoints import SEAL, last_intact, seal
from models.tables import JobState
from tests.crash.outcome import Outcome, outcome_of
from tests.database_faults import failing_at
from tests.example_runs import small_run
from tests.processes import process, wait_for_end


def test_a_run_falls_back_to_the_checkpoint_before_a_damaged_one_and_says_so(
    small_lab: Path, uninterrupted: Outcome
) -> None:
    job = submit_run(small_run())
    damaged = small_lab / "runs" / str(job.run_id) / "checkpoints" / "checkpoint-8" / "optimizer.pt"
    with process("backend.worker"):
        with failing_at(10):
            assert wait_for_end(job).state == JobState.FAILED
        damaged.write_bytes(damaged.read_bytes()[:-1000])
        retry(job.id)
        assert wait_for_end(job).state == JobState.DONE
    log = log_path(job).read_text()
    assert "checkpoint-8 is damaged; falling back to the one before it." in log
    assert [log.count(f"step {step}/20 ") for step in (4, 5, 8)] == [1, 2, 2]
    assert outcome_of(job) == uninterrupted


def flip_a_bit(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:5] + bytes([content[5] ^ 1]) + content[6:])


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("adapter_model.safetensors", lambda file: file.write_bytes(file.read_bytes()[:-1])),
        ("adapter_model.safetensors", flip_a_bit),
        ("optimizer.pt", Path.unlink),
        (SEAL, Path.unlink),
        (SEAL, lambda file: file.write_text("{")),
    ],
)
def test_any_damage_is_noticed(tmp_path: Path, file: str, damage: Callable[[Path], object]) -> None:
    for step in (4, 8, 12):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        for name in ("adapter_model.safetensors", "optimizer.pt"):
            (folder / name).write_bytes(bytes(100))
        seal(folder)
    damage(tmp_path / "checkpoint-12" / file)
    assert last_intact(tmp_path) == tmp_path / "checkpoint-8"
