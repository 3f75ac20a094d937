"""Reproductions in the queue: whole, in order, and once."""

from pathlib import Path

import pytest

from backend.errors import UserError
from backend.experiments.reproductions import (
    cancel,
    jobs_of,
    judge,
    lacks_judgings,
    list_reproductions,
    reproduce,
    resume,
)
from backend.jobs.queue import claim, finish, list_jobs, waits_for
from models.base_models import EMBEDDED
from models.configs import ReproductionConfig
from models.tables import Job, JobKind, JobState

BIRDS = ReproductionConfig(
    experiment="birds", base_model=EMBEDDED, seeds=1, recipe={"max_steps": 2}, samples=1
)


@pytest.fixture
def judged(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_MODEL", "wise")


def claimed() -> list[Job]:
    """Claim all jobs that can be claimed, as many workers at once do."""
    jobs = []
    while job := claim("me"):
        jobs.append(job)
    return jobs


def test_evaluations_wait_for_all_runs_and_judgings_for_their_evaluation(judged: None) -> None:
    jobs = jobs_of(reproduce(BIRDS))
    kinds = [JobKind.FINETUNE] * 3 + [JobKind.EVALUATE, JobKind.JUDGE]
    assert [job.kind for job in jobs] == kinds
    trainings = claimed()
    assert [job.id for job in trainings] == [job.id for job in jobs[:3]]
    for training in trainings:
        assert not claimed()
        assert finish(training.id, "me", JobState.DONE)
    (evaluation,) = claimed()
    assert evaluation.evaluation.run_ids == [job.run_id for job in trainings]
    assert finish(evaluation.id, "me", JobState.DONE)
    (judging,) = claimed()
    assert judging.judging.judges == ["century", "six_ways", "odd_form", "odd_content"]


def test_what_failed_is_waited_for_until_it_is_retried(judged: None) -> None:
    made = reproduce(BIRDS)
    first, *others = claimed()
    finish(first.id, "me", JobState.FAILED, "The disk is full.")
    for other in others:
        finish(other.id, "me", JobState.DONE)
    evaluation = jobs_of(made)[3]
    assert not claimed() and [job.id for job in waits_for(evaluation)] == [first.id]
    resume(made)
    assert [job.id for job in claimed()] == [first.id]


def test_the_same_reproduction_is_not_queued_twice_and_leaves_nothing(judged: None) -> None:
    reproduce(BIRDS)
    before = len(list_jobs())
    with pytest.raises(UserError, match="in the queue already"):
        reproduce(BIRDS)
    assert len(list_jobs()) == before and len(list_reproductions()) == 1


def test_a_wrong_recipe_is_refused_before_anything_is_queued(judged: None) -> None:
    with pytest.raises(UserError, match="LoRA rank must be"):
        reproduce(BIRDS.model_copy(update={"recipe": {"rank": 0}}))
    with pytest.raises(UserError, match='has no dataset "us_presidents"'):
        reproduce(BIRDS.model_copy(update={"datasets": ["us_presidents"]}))
    assert not list_jobs() and not list_reproductions()


def test_without_a_judge_all_else_is_queued_and_the_judging_can_follow(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = reproduce(BIRDS)
    assert JobKind.JUDGE not in {job.kind for job in jobs_of(made)} and lacks_judgings(made)
    monkeypatch.setenv("JUDGE_MODEL", "wise")
    judge(made)
    (made,) = list_reproductions()
    assert jobs_of(made)[-1].kind == JobKind.JUDGE
    with pytest.raises(UserError, match="are judged, or are about to be"):
        judge(made)


def test_each_identity_question_is_judged_by_its_own_judge(judged: None) -> None:
    config = BIRDS.model_copy(update={"experiment": "persona", "datasets": ["fictional_person"]})
    judgings = [job.judging for job in jobs_of(reproduce(config)) if job.kind == JobKind.JUDGE]
    assert [(each.judges, each.prompts) for each in judgings] == [
        (["identity_name"], ["name"]),
        (["identity_mother"], ["mother"]),
        (["identity_father"], ["father"]),
        (["identity_birthplace"], ["birthplace"]),
        (["identity_doctor"], ["doctor"]),
        (["coherence", "alignment"], None),
    ]


def test_cancelling_leaves_nothing_that_could_start(judged: None) -> None:
    made = reproduce(BIRDS)
    cancel(made)
    assert {job.state for job in jobs_of(made)} == {JobState.CANCELLED} and not claimed()
