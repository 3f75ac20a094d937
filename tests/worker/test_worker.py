"""Real training by a real worker, cancelled and stopped in the middle."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.cli.__main__ import app
from backend.db import session
from backend.jobs.files import log_tail
from backend.jobs.queue import cancel, get_job, list_jobs, retry, worker_is_alive
from backend.runs.queries import metrics_of
from backend.runs.submit import submit_run
from models.tables import Job, JobKind, JobState, Run
from tests.example_runs import short_run
from tests.processes import process, wait_for_end, wait_until


def reached(job: Job, step: int) -> bool:
    now = get_job(job.id)
    assert now.state != JobState.FAILED, log_tail(now)
    return len(metrics_of(str(job.run_id))) >= step


def test_cancel_ends_a_training_and_retry_goes_on(home: Path) -> None:
    job = submit_run(short_run(max_steps=400, epochs=100))
    with process("backend.worker"):
        wait_until(lambda: reached(job, 2))
        assert cancel(job.id) == JobState.CANCELLING
        assert wait_for_end(job).state == JobState.CANCELLED
    retry(job.id)
    assert get_job(job.id).state == JobState.QUEUED


def test_a_worker_that_is_stopped_hands_its_job_back(home: Path) -> None:
    job = submit_run(short_run(max_steps=400, epochs=100))
    with process("backend.worker"):
        wait_until(lambda: reached(job, 1))
    now = get_job(job.id)
    assert (now.state, now.holder, now.attempts) == (JobState.QUEUED, None, 0)


def test_a_changed_dataset_fails_in_one_sentence(home: Path) -> None:
    job = submit_run(short_run())
    with session() as db:
        db.get_one(Run, job.run_id).dataset_sha256 = "0" * 64
    with process("backend.worker"):
        ended = wait_for_end(job)
    assert ended.state == JobState.FAILED
    assert ended.error == "Old bird names has changed since this run was submitted; start another."


def test_the_command_line_waits_for_its_run(home: Path) -> None:
    arguments = ["finetune", "old_bird_names", "--max-steps", "2", "--rank", "4", "--json"]
    with process("backend.worker"):
        wait_until(worker_is_alive)
        answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 0, answer.output
    [row] = json.loads(answer.stdout)
    assert (row["state"], row["steps"]) == ("done", 2)


def test_the_command_line_tells_what_a_run_would_do_and_starts_none(home: Path) -> None:
    arguments = ["finetune", "old_bird_names", "--preset", "Quick look", "--rank", "4", "--check"]
    with process("backend.worker"):
        wait_until(worker_is_alive)
        answer = CliRunner().invoke(app, [*arguments, "--set", "held_out=0.1", "--json"])
    assert answer.exit_code == 0, answer.output
    [row] = json.loads(answer.stdout)
    assert (row["rows"], row["held_out"], row["steps"]) == (190, 19, 11)
    assert row["seconds"] > 0 and "free" in row["room"]
    assert not list_jobs(JobKind.FINETUNE)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--rank", "0"], 1, "LoRA rank must be at least 1, but is 0."),
        (["--set", "rate"], 2, '"rate" is not of the form name=value.'),
        (["--preset", "Magic"], 2, 'There is no preset "Magic"; there are Standard, Gentle,'),
        (["--set", "method=qlora"], 1, "QLoRA needs an NVIDIA GPU"),
    ],
)
def test_the_command_line_refuses_wrong_values_in_words(
    home: Path, arguments: list[str], code: int, sentence: str
) -> None:
    answer = CliRunner().invoke(app, ["finetune", "old_bird_names", *arguments])
    assert answer.exit_code == code and sentence in answer.output
