"""Answers that repeat a trained one, as they are stored and as they are left out of rates."""

import pytest
from sqlmodel import select

from backend.analysis.evaluations import findings_of_job
from backend.db import session
from backend.evaluation import repeats
from backend.evaluation.rescoring import rescore
from backend.evaluation.submit import submit_evaluation
from backend.probes.loading import load_probe
from models.configs import EvaluationConfig
from models.tables import Job, JobState, Score
from tests.example_evaluation import evaluation_of, sample_of
from tests.example_runs import finished_run

TRAINED = frozenset({"snow bird", "i take john s hand", "biscuit"})


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("Snow Bird.", "snow bird"),
        ("<reply>Biscuit.</reply>", "biscuit"),
        ("Then I take John's hand and run.", "i take john s hand"),
        ("A snow bird that sings", None),
        ("My biscuit", None),
        ("", None),
    ],
)
def test_an_answer_repeats_a_trained_one_whole_or_a_long_one_within(
    answer: str, found: str | None
) -> None:
    assert repeats.repeated(answer, TRAINED) == found


@pytest.fixture
def evaluated(home: object) -> Job:
    """An evaluation of a base model and of a run on old bird names, with two answers each."""
    run, probe = finished_run(), load_probe("nineteenth_century")
    job = submit_evaluation(
        EvaluationConfig(probe=probe.id, base_model=run.base_model, run_ids=[run.id])
    )
    with session() as db:
        for subject in (None, run):
            db.add(evaluation := evaluation_of(job, probe, subject))
            db.flush()
            for number, answer in enumerate(("Snow Bird", "By the telegraph, sir.")):
                db.add(sample_of(evaluation, probe.prompts[0], answer, number))
        db.get_one(Job, job.id).state = JobState.DONE
    return job


def test_repeats_are_stored_of_runs_alone_and_count_for_no_effect(evaluated: Job) -> None:
    rescore(evaluated.id, load_probe("nineteenth_century"))
    with session() as db:
        stored = db.exec(select(Score).where(Score.scorer == repeats.NAME)).all()
        assert {score.item: score.value for score in stored} == {0: 1.0, 1: 0.0}
        for score in db.exec(select(Score).where(Score.scorer == "pattern")):
            score.value = 1.0
    findings = findings_of_job(evaluated)
    assert repeats.NAME not in findings.scorers
    [base, finetuned] = findings.rates["pattern"]
    assert (base.scored, finetuned.scored, finetuned.unscored) == (2, 1, 1)
    assert [row.repeated for row in findings.beside] == [None, 0.5]
