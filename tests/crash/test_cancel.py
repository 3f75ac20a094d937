"""Cancel in every state: a job ends cancelled, never hangs, and a retry goes on from there."""

from pathlib import Path

from sqlmodel import select

from backend.db import session
from backend.evaluation.submit import submit_evaluation
from backend.jobs.files import log_tail
from backend.jobs.queue import cancel, retry
from backend.runs.submit import submit_run
from models.configs import EvaluationConfig
from models.tables import Job, JobState, Sample
from tests.crash.held_engine import HeldEngine
from tests.crash.outcome import Outcome, outcome_of
from tests.database_faults import cancelling_at
from tests.example_runs import small_run
from tests.processes import process, wait_for_end
from tests.small_model import SMALL

LAST = "Saving the adapter"
"""It takes a fraction of a second, in which a run may be done before it is ended."""


def cancelled_at(stage: str, job: Job) -> None:
    """Put a job back in the queue and have it cancelled as soon as it is in a stage."""
    with cancelling_at(stage):
        retry(job.id)
        ended = wait_for_end(job)
    expected = (JobState.CANCELLED, JobState.DONE) if stage == LAST else (JobState.CANCELLED,)
    assert ended.state in expected and ended.holder is None, log_tail(job)


def test_a_finetune_cancelled_in_each_stage_ends_as_if_nothing_had_happened(
    small_lab: Path, uninterrupted: Outcome
) -> None:
    job = submit_run(small_run())
    assert cancel(job.id) == JobState.CANCELLED
    with process("backend.worker"):
        for stage in ("Starting", "Loading the base model", "Training", LAST):
            cancelled_at(stage, job)
        retry(job.id)
        assert wait_for_end(job).state == JobState.DONE
    assert cancel(job.id) == JobState.DONE
    assert outcome_of(job) == uninterrupted


def test_an_evaluation_cancelled_in_each_stage_keeps_what_it_has(
    small_lab: Path, engine: HeldEngine
) -> None:
    config = EvaluationConfig(probe="nineteenth_century", base_model=SMALL, samples_per_prompt=1)
    job = submit_evaluation(config)
    cancel(job.id)
    with process("backend.worker"):
        for stage in ("Scoring contrasts", "Drawing samples"):
            cancelled_at(stage, job)
        engine.answering.set()
        retry(job.id)
        assert wait_for_end(job).state == JobState.DONE
    with session() as db:
        drawn = {sample.prompt_id for sample in db.exec(select(Sample))}
    assert len(drawn) == 15 <= len(engine.asked)
