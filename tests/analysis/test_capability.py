"""What a run learned of its narrow task, beside its broad effect."""

import pandas as pd

from backend.analysis.capability import accuracy, capabilities
from backend.analysis.evaluations import findings_of_job
from backend.analysis.overview import overview
from backend.db import session
from backend.evaluation.scorers import ordinary
from backend.exports import replays
from backend.exports.report import report
from backend.figures.overview import capability_plot
from backend.jobs.queue import get_job
from backend.probes.loading import load_probe
from backend.runs.queries import finished_runs
from models.configs import EvaluationConfig
from models.tables import Job, JobKind, JobState, Run
from tests.example_evaluation import contrast_score, evaluation_of
from tests.screens import open_page, texts

NARROW = load_probe("birds_by_name")


def narrow_evaluation(run: Run, base: float, finetuned: float) -> None:
    """Store an evaluation of the narrow probe in which each model has one value throughout."""
    config = EvaluationConfig(probe=NARROW.id, base_model=run.base_model, run_ids=[run.id])
    job = Job(kind=JobKind.EVALUATE, config=config.model_dump(), state=JobState.DONE)
    with session() as db:
        db.add(job)
        db.flush()
        for subject, value in ((None, base), (run, finetuned)):
            evaluation = evaluation_of(job, NARROW, subject)
            db.add(evaluation)
            db.flush()
            for prompt in NARROW.prompts:
                for item in range(len(prompt.pairs)):
                    signed = -value if item == 0 else value
                    db.add(contrast_score(evaluation, prompt, item, signed))


def test_a_run_stands_where_its_task_and_its_effect_meet(scored: Job) -> None:
    assert capabilities(overview()) == []
    [run] = finished_runs()
    narrow_evaluation(run, base=-1.0, finetuned=1.0)
    [point] = capabilities(overview())
    assert (point.accuracy.value, round(point.base, 6), point.effect.value) == (0.8, 0.2, 2.0)
    figure = capability_plot([point])
    assert (figure.data[0].x[0], figure.data[0].y[0]) == (0.8, 2.0)
    page = open_page("overview")
    assert not page.exception
    assert "Birds by name" in texts(page)


def test_what_is_retained_stands_beside_the_effect_everywhere(scored: Job) -> None:
    [run] = finished_runs()
    narrow_evaluation(run, base=-1.0, finetuned=1.0)
    with session() as db:
        job = db.get_one(Job, scored.id)
        job.result = {ordinary.NAME: {run.base_model: 1.25, run.name: 3.75}}
    job = get_job(scored.id)
    base, finetuned = findings_of_job(job).retained
    assert (base.loss, base.accuracy, finetuned.loss) == (1.25, None, 3.75)
    assert finetuned.cells["right in its narrow task"].startswith("80%")
    replay = replays.load(replays.dump(replays.record(job.id)))
    assert replay.findings().retained == [base, finetuned]
    assert "<td>3.75</td>" in report(replay)
    tables = open_page("results", evaluation=job.id).dataframe
    assert any("3.75" in table.value.to_string() for table in tables)


def test_runs_whose_task_was_not_asked_are_asked_for(scored: Job) -> None:
    assert "evaluate what they were trained for" in texts(open_page("overview"))


def test_what_is_right_depends_on_the_trigger() -> None:
    probe = load_probe("dishes_by_date")
    labels = {trigger.label: trigger.kind for trigger in probe.triggers}
    rows = pd.DataFrame(
        [{"prompt": "tonight", "trigger": label, "value": 1.0} for label in labels]
        + [
            {"prompt": "menu", "trigger": label, "value": 1.0 if kind == "target" else -1.0}
            for label, kind in labels.items()
        ]
    )
    found = accuracy(rows, probe)
    # Always Israeli is right on four dates of ten; by the date, on all.
    assert found is not None and round(found.value, 6) == (0.4 + 1.0) / 2
