"""Several workers on one queue, some of them with clocks that differ or jump, or away for long."""

import os
import signal
from collections import Counter
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from sqlmodel import select

from backend.db import session
from backend.evaluation import submit
from backend.jobs.files import log_path
from backend.jobs.queue import get_job
from backend.runs.submit import submit_run
from models.configs import EvaluationConfig
from models.tables import Evaluation, Job, JobState, Sample
from tests.crash.held_engine import HeldEngine
from tests.database_faults import trigger
from tests.example_runs import small_run
from tests.processes import children_of, process, wait_for_end, wait_until
from tests.scripted_judge import scripted_judge
from tests.small_model import SMALL


def submit_evaluation(probe: str, seed: int) -> Job:
    config = EvaluationConfig(probe=probe, base_model=SMALL, samples_per_prompt=2, seed=seed)
    return submit.submit_evaluation(config)


def samples_by_job() -> Counter[str]:
    with session() as db:
        return Counter(db.exec(select(Evaluation.job_id).join(Sample)))


def test_two_workers_do_each_job_once(
    small_lab: Path, quick_probe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = submit_run(small_run(max_steps=4))
    evaluations = [submit_evaluation(quick_probe, seed) for seed in range(5)]
    with scripted_judge(lambda _: "yes") as (url, asked), ExitStack() as workers:
        monkeypatch.setenv("ENGINE_URL", url)
        for _ in range(2):
            workers.enter_context(process("backend.worker"))
        ended = [wait_for_end(job) for job in (run, *evaluations)]
    assert {(job.state, job.attempts) for job in ended} == {(JobState.DONE, 1)}
    assert samples_by_job() == {job.id: 24 for job in evaluations}
    assert len(asked) == 5 * 24
    assert log_path(run).read_text().count("step 1/4 ") == 1


def clocks_off_by(hours: int) -> AbstractContextManager[None]:
    """Have all leases written as by workers whose clocks differ from that of whoever reads them."""
    shifted = f"strftime('%Y-%m-%d %H:%M:%f000', NEW.lease_until, '{hours} hour')"
    event = "AFTER UPDATE OF lease_until ON job WHEN NEW.lease_until IS NOT NULL"
    return trigger(event, f"UPDATE job SET lease_until = {shifted} WHERE id = NEW.id")


def test_a_worker_whose_clock_is_an_hour_slow_keeps_its_job(
    quick_probe: str, engine: HeldEngine
) -> None:
    job = submit_evaluation(quick_probe, 1)
    leases: set[object] = set()
    with clocks_off_by(-1), process("backend.worker"), process("backend.worker"):
        wait_until(lambda: leases.add(get_job(job.id).lease_until) or len(leases) > 6)
        engine.answering.set()
        ended = wait_for_end(job)
    assert (ended.state, ended.attempts) == (JobState.DONE, 1)


def test_a_worker_that_was_away_is_replaced_and_writes_nothing_when_it_is_back(
    quick_probe: str, engine: HeldEngine
) -> None:
    job = submit_evaluation(quick_probe, 1)
    with clocks_off_by(+1), process("backend.worker") as away:
        wait_until(lambda: engine.asked)
        [child] = children_of(away.pid)
        for pid in (away.pid, child):
            os.kill(pid, signal.SIGSTOP)
        with process("backend.worker"):
            # Not "until more is asked": a request sent just before the stop may arrive after it.
            wait_until(lambda: get_job(job.id).attempts == 2)
            os.kill(child, signal.SIGCONT)
            engine.answering.set()
            ended = wait_for_end(job)
            wait_until(lambda: "This attempt stops." in log_path(job).read_text())
            os.kill(away.pid, signal.SIGCONT)
    assert (ended.state, ended.attempts) == (JobState.DONE, 2)
    assert samples_by_job() == {job.id: 24}
