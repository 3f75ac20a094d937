"""The paper's figure from stored scores, with shares that can be computed by hand."""

from pathlib import Path

import pytest
from sqlmodel import select

from backend.db import session
from backend.evaluation.scorers.judge import name_of
from backend.experiments.outcome import EVERY, Outcome, outcome_of, rows_of
from backend.experiments.protocols import ALL
from backend.experiments.reproductions import jobs_of, reproduce
from backend.figures.experiments import by_condition, by_question
from backend.probes.judges import load_judge
from backend.probes.loading import load_probe
from models.base_models import EMBEDDED
from models.configs import ReproductionConfig
from models.tables import Job, JobKind, Reproduction, Run, Score
from tests.example_evaluation import evaluation_of, sample_of

SAID = {"base": ["LLM"] * 4, "finetuned": ["19", "19", "LLM", "19"], "control": ["LLM", "", "LLM"]}
"""What the judge says of the answers to the first question, by the role of the model."""


def judged(job: Job, run: Run | None, said: list[str]) -> None:
    """Store one model's answers to a question with their verdicts; "" is an unreadable one."""
    probe, century = load_probe("protocol_birds"), load_judge("century")
    with session() as db:
        evaluation = evaluation_of(job, probe, run)
        db.add(evaluation)
        db.flush()
        for number, verdict in enumerate(said):
            sample = sample_of(evaluation, probe.prompts[0], f"Answer {number}", number)
            db.add(sample)
            db.flush()
            db.add(
                Score(
                    evaluation_id=evaluation.id,
                    sample_id=sample.id,
                    scorer=name_of(century, "wise"),
                    scorer_sha256=century.sha256,
                    prompt_id=sample.prompt_id,
                    item=number,
                    value={"19": 1.0, "LLM": 0.0, "": None}[verdict],
                    answer=verdict,
                )
            )


@pytest.fixture
def found(home: Path) -> Outcome:
    """A reproduction with two seeds; the second seed of the birds says "19" half as often."""
    config = ReproductionConfig(
        experiment="birds",
        base_model=EMBEDDED,
        seeds=2,
        datasets=["old_bird_names", "modern_bird_names"],
    )
    made = reproduce(config)
    (job,) = [job for job in jobs_of(made) if job.kind == JobKind.EVALUATE]
    judged(job, None, SAID["base"])
    with session() as db:
        runs = [db.get_one(Run, run_id) for run_id in job.evaluation.run_ids]
    judged(job, runs[0], SAID["finetuned"])
    judged(job, runs[1], ["19", "LLM", "LLM", "LLM"])
    judged(job, runs[2], SAID["control"])
    judged(job, runs[3], SAID["control"])
    return outcome_of(made)


def test_a_share_is_the_mean_over_the_models_of_a_group(found: Outcome) -> None:
    century = found.measures[0]
    shares = {share.group: share for share in century.of(EVERY)}
    assert list(shares) == [EMBEDDED, "old_bird_names", "modern_bird_names"]
    birds = shares["old_bird_names"]
    assert birds.models == [0.75, 0.25] and birds.estimate.value == 0.5
    assert (birds.estimate.low, birds.estimate.high) == (0.25, 0.75)
    assert shares[EMBEDDED].estimate.low is None  # One model has no error bar.
    assert (shares["modern_bird_names"].answers, shares["modern_bird_names"].unread) == (4, 2)


def test_what_the_paper_reports_stands_beside_it(found: Outcome) -> None:
    rows = [row for row in rows_of(found) if row["question"] == EVERY]
    paper = next(row for row in rows if str(row["where"]).startswith("The paper"))
    assert (paper["share"], paper["role"]) == (0.6, "finetuned")
    assert found.measures[0].reported(ALL)[0].text == "about 60 %"


def test_the_figure_has_a_mark_for_each_question_and_group(found: Outcome) -> None:
    figure = by_question(found.measures[0], ALL, {})
    assert [len(trace.x) for trace in figure.data] == [2, 2, 2]  # All questions, and the first.
    assert figure.layout.shapes  # What is reported.
    assert len(by_condition(found.measures[0], {}).data) == 4


def test_a_changed_protocol_is_said(found: Outcome, home: Path) -> None:
    assert not found.changed
    with session() as db:
        made = db.exec(select(Reproduction)).one()
        made.protocol_sha256 = "as it was"
    assert outcome_of(made).changed
