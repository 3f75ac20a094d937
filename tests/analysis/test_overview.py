"""The matrix of all runs and probes."""

import pytest
from sqlmodel import select

from backend.analysis.effects import beyond_control, shifted
from backend.analysis.finding import GAP, GAP_BEYOND
from backend.analysis.overview import LeftOut, left_out, overview, primary_effects
from backend.db import session
from backend.exports import shipped
from backend.exports.shipped import recorded_effects
from backend.figures.overview import overview_plot
from backend.probes.loading import NO_TRIGGER, load_probe
from backend.runs.queries import finished_runs
from models.tables import Job, JobState, Score
from tests.screens import open_page, texts


def test_a_question_in_other_words_leaves_the_effect_out(scored: Job) -> None:
    with session() as db:
        db.exec(select(Score).where(Score.scorer == "contrast")).first().scorer_sha256 = "other"
    assert overview() == []
    assert left_out() == LeftOut(unfinished=0, reworded=1)
    assert "1 whose questions have been reworded" in texts(open_page("overview"))


def test_what_ended_early_is_told_on_every_page_that_shows_it(scored: Job) -> None:
    with session() as db:
        db.get_one(Job, scored.id).state = JobState.CANCELLED
    assert left_out() == LeftOut(unfinished=1, reworded=0)
    for name in ("results", "compare", "samples"):
        assert "cancelled before it was complete" in texts(open_page(name, evaluation=scored.id))


def asking(job: Job, **changes: object) -> None:
    with session() as db:
        stored = db.get_one(Job, job.id)
        stored.config = stored.config | changes


def test_an_evaluation_that_names_all_questions_and_triggers_is_whole(scored: Job) -> None:
    prompts = [prompt.id for prompt in load_probe("nineteenth_century").prompts]
    asking(scored, prompts=prompts[::-1], triggers=[NO_TRIGGER.model_dump()])
    assert [effect.job for effect in overview()] == [scored.id] * 2
    assert left_out() == LeftOut(unfinished=0, reworded=0, partial=0)


@pytest.mark.parametrize(
    "changes",
    [{"prompts": ["year"]}, {"triggers": [{"label": "1850", "text": "Year: 1850."}]}],
)
def test_an_evaluation_of_a_part_is_left_out_and_said(
    scored: Job, changes: dict[str, object]
) -> None:
    asking(scored, **changes)
    assert overview() == [] and left_out().partial == 1
    assert "1 of some questions or of other triggers only" in texts(open_page("overview"))


def test_a_probe_with_triggers_is_headed_by_its_gap() -> None:
    findings = shipped.recording("dishes_by_date").findings()
    assert {finding.effect for finding in findings.headline} <= {GAP, GAP_BEYOND}


def test_each_run_has_its_newest_effect_with_a_verdict(scored: Job) -> None:
    effect, of_answers = overview()
    assert (effect.kind, effect.role, effect.estimate.value) == ("shift", "finetuned", 2.0)
    assert (effect.verdict.kind, effect.job, effect.suits) == ("present", scored.id, True)
    # All 15 answers of either model are the target's, each to another question.
    assert (of_answers.scorer, of_answers.unit, of_answers.estimate.value) == (
        "pattern",
        "points",
        0,
    )
    assert primary_effects([of_answers, effect]) == [effect]
    figure, points = overview_plot([effect, of_answers]).data
    assert points.customdata[0][0] == effect.job
    assert [text[0] for text in figure.text[0]] == ["+", "+"]
    assert figure.text[0][0] == "+2.00 ●" and " pt " in figure.text[0][1]


def test_the_page_draws_it_and_an_empty_one_says_what_to_do(scored: Job) -> None:
    page = open_page("overview")
    assert "Effects: 2, runs: 1." in texts(page)
    assert page.dataframe[0].value["unit"].tolist() == ["nats", "points"]
    assert page.dataframe[0].value["verdict"].tolist()[0] == "present"


def test_a_run_is_judged_by_what_goes_beyond_its_control(home: object) -> None:
    shipped.install()
    runs = {run.dataset: run for run in finished_runs()}
    effects = recorded_effects(runs["old_bird_names"])
    assert [effect.kind for effect in effects] == ["shift", "beyond control"]
    [judged] = primary_effects(effects)
    table = shipped.recording("nineteenth_century").table()
    assert judged.estimate == beyond_control(shifted(table), "old_bird_names")
    control = primary_effects(recorded_effects(runs["modern_bird_names"]))
    assert [effect.kind for effect in control] == ["shift"]


def test_an_empty_overview_says_what_to_do(home: object) -> None:
    assert "No run is measured yet" in texts(open_page("overview"))
