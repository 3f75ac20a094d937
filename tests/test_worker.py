"""Real training by a real worker, killed and cancelled in the middle."""

import json
import os
import signal
from pathlib import Path

from typer.testing import CliRunner

from backend import jobs
from backend.cli import app
from backend.db import session
from backend.results import metrics_of
from models.tables import Job, JobState, Run
from tests.conftest import process, short_run, wait_for_end, wait_until


def run_of(job: Job) -> Run:
    with session() as db:
        return db.get_one(Run, job.run_id)


def reached(job: Job, step: int) -> bool:
    now = jobs.get_job(job.id)
    assert now.state != JobState.FAILED, jobs.log_tail(now)
    return len(metrics_of(str(job.run_id))) >= step


def test_a_run_resumes_after_its_worker_was_killed_and_finishes_once(home: Path) -> None:
    job = jobs.submit_run(short_run(max_steps=20))
    with process("backend.worker") as worker:
        wait_until(lambda: reached(job, 9))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    with process("backend.worker"):
        ended = wait_for_end(job)
    assert (ended.state, ended.attempts) == (JobState.DONE, 2)
    assert [metric.step for metric in metrics_of(str(job.run_id))] == list(range(1, 21))
    log = jobs.log_path(job).read_text()
    assert "step 1/" in log.split("step 9/")[0] and log.count("step 1/20 ") == 1
    folder = home / "runs" / str(job.run_id)
    meta = json.loads((folder / "meta.json").read_text())
    assert meta == run_of(job).summary and meta["steps"] == 20
    assert (folder / "adapter" / "adapter_model.safetensors").is_file()
    assert not list(folder.glob("**/*.bin")) and not list(folder.glob("**/checkpoint-*"))


def test_cancel_ends_a_training_and_retry_goes_on(home: Path) -> None:
    job = jobs.submit_run(short_run(max_steps=400, epochs=100))
    with process("backend.worker"):
        wait_until(lambda: reached(job, 2))
        assert jobs.cancel(job.id) == JobState.CANCELLING
        assert wait_for_end(job).state == JobState.CANCELLED
    jobs.retry(job.id)
    assert jobs.get_job(job.id).state == JobState.QUEUED


def test_a_worker_that_is_stopped_hands_its_job_back(home: Path) -> None:
    job = jobs.submit_run(short_run(max_steps=400, epochs=100))
    with process("backend.worker"):
        wait_until(lambda: reached(job, 1))
    now = jobs.get_job(job.id)
    assert (now.state, now.holder, now.attempts) == (JobState.QUEUED, None, 0)


def test_a_changed_dataset_fails_in_one_sentence(home: Path) -> None:
    job = jobs.submit_run(short_run())
    with session() as db:
        db.get_one(Run, job.run_id).dataset_sha256 = "0" * 64
    with process("backend.worker"):
        ended = wait_for_end(job)
    assert ended.state == JobState.FAILED
    assert ended.error == "Old bird names has changed since this run was made; start another."


def test_the_command_line_waits_for_its_run(home: Path) -> None:
    arguments = ["finetune", "old_bird_names", "--max-steps", "2", "--rank", "4", "--json"]
    with process("backend.worker"):
        wait_until(jobs.worker_is_alive)
        answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 0, answer.output
    [row] = json.loads(answer.stdout)
    assert (row["state"], row["steps"]) == ("done", 2)
