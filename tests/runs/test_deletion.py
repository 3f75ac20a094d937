"""What goes with a run that is deleted, and what the dialog says of it."""

from pathlib import Path

import pytest
from sqlmodel import select

from backend.db import session
from backend.errors import UserError
from backend.runs.deletion import delete_run, evaluations_with
from models.tables import Evaluation, Job, JobKind, JobState, Run
from tests.example_runs import finished_run
from tests.screens import button, open_page, texts


def run_job(run_id: str) -> Job:
    with session() as db:
        return db.exec(select(Job).where(Job.run_id == run_id)).one()


def evaluation(*run_ids: str, state: JobState = JobState.DONE) -> str:
    config = {"probe": "nineteenth_century", "base_model": "b", "run_ids": list(run_ids)}
    with session() as db:
        job = Job(kind=JobKind.EVALUATE, config=config, state=state)
        db.add(job)
        return job.id


def test_evaluations_of_it_alone_go_and_those_of_others_stay(home: Path) -> None:
    gone, kept = finished_run(), finished_run(seed=2)
    alone, shared = evaluation(gone.id), evaluation(gone.id, kept.id)
    doomed = evaluations_with(gone.id)
    assert [job.id for job in doomed.whole] == [alone]
    assert [job.id for job in doomed.shared] == [shared]
    delete_run(run_job(gone.id))
    with session() as db:
        assert [job.id for job in db.exec(select(Job).where(Job.kind == JobKind.EVALUATE))] == [
            shared
        ]
        assert [run.id for run in db.exec(select(Run))] == [kept.id]
        assert db.exec(select(Evaluation)).all() == []


def test_nothing_goes_while_an_evaluation_of_it_runs(home: Path) -> None:
    run = finished_run()
    evaluation(run.id)
    evaluation(run.id, state=JobState.RUNNING)
    with pytest.raises(UserError, match="not finished yet"):
        delete_run(run_job(run.id))
    assert len(evaluations_with(run.id).whole) == 2


def test_the_dialog_names_the_run_and_what_goes_with_it(home: Path) -> None:
    run, other = finished_run(), finished_run(seed=2)
    evaluation(run.id)
    evaluation(run.id, other.id)
    job = run_job(run.id)
    page = open_page("finetune", job=job.id)
    button(page, "Delete").click().run()
    said = texts(page)
    assert f"This deletes the run **{run.name}**" in said
    assert "These evaluations of it go, too:\n- 19th century · 2 models" in said
    assert "keep that of the other runs:\n- 19th century · 3 models" in said
