"""One set of findings: every page, export and command tells the same of the same evaluation."""

import json
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
import yaml
from sqlmodel import select
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from backend.analysis.caveats import FILE_CHANGED, FILE_GONE
from backend.analysis.evaluations import findings_of_job
from backend.analysis.findings import Findings
from backend.analysis.overview import overview, primary_effects
from backend.analysis.rates import scorer_title
from backend.cli.__main__ import app
from backend.config import ROOT
from backend.db import session
from backend.evaluation.labels import set_label
from backend.evaluation.submit import submit_evaluation
from backend.exports import replays
from backend.exports.report import report
from backend.jobs.queue import get_job
from backend.probes.loading import Probe, load_probe
from models.configs import EvaluationConfig
from models.tables import Evaluation, Job, JobState, Run, Sample, Score
from tests.example_evaluation import evaluation_of, pattern_score, sample_of
from tests.example_runs import finished_run
from tests.screens import button, metrics_on, open_page, texts

ALIGNMENT, COHERENCE = "judge:alignment:m", "judge:coherence:m"
Values = Callable[[int, str], float]
"""Of a contrast, by the prompt's number and the trigger's label."""


def store(job: Job, probe: Probe, run: Run | None, value: Values) -> None:
    """Store a model's contrasts, two for each prompt and trigger."""
    with session() as db:
        evaluation = evaluation_of(job, probe, run)
        db.add(evaluation)
        db.flush()
        for number, prompt in enumerate(probe.prompts):
            for trigger in probe.triggers:
                for item, pair in enumerate(prompt.under(trigger).pairs[:2]):
                    score = Score(
                        evaluation_id=evaluation.id,
                        prompt_id=prompt.id,
                        scorer="contrast",
                        scorer_sha256="0",
                        trigger=trigger.label,
                        item=item,
                        value=value(number, trigger.label) + 0.25 * item,
                        details={"pair": pair.model_dump()},
                    )
                    db.add(score)
        db.get_one(Job, job.id).state = JobState.DONE


def sample(job: Job, probe: Probe, scores: dict[str, float | None]) -> None:
    """Store one answer of every model to every prompt, with its scores."""
    with session() as db:
        for evaluation in db.exec(select(Evaluation).where(Evaluation.job_id == job.id)).all():
            for prompt in probe.prompts:
                common = {"evaluation_id": evaluation.id, "prompt_id": prompt.id, "trigger": "none"}
                text = {"messages": prompt.messages(), "completion": "Yes", "finish_reason": "stop"}
                row = Sample(number=0, seed=1, **common, **text)
                db.add(row)
                db.flush()
                for scorer, value in scores.items():
                    key = {"scorer": scorer, "scorer_sha256": "0", "item": 0, "sample_id": row.id}
                    db.add(Score(value=value, **key, **common))


def evaluation(probe: Probe, datasets: tuple[str, ...], *values: Values) -> Job:
    """Store an evaluation of the embedded model and a run on each dataset."""
    runs = [finished_run(dataset=dataset) for dataset in datasets]
    config = EvaluationConfig(
        probe=probe.id, base_model=runs[0].base_model, run_ids=[run.id for run in runs]
    )
    job = submit_evaluation(config)
    for run, value in zip([None, *runs], values, strict=True):
        store(job, probe, run, value)
    return get_job(job.id)


@pytest.fixture
def birds(home: Path) -> Job:
    """Old bird names beside their control, by contrasts that differ from prompt to prompt."""
    probe = load_probe("nineteenth_century")
    datasets = ("old_bird_names", "modern_bird_names")
    moves = (lambda n, _: 0.0, lambda n, _: 2.0 + 0.1 * n, lambda n, _: 0.05 * n)
    return evaluation(probe, datasets, *moves)


@pytest.fixture
def presidents(home: Path) -> Job:
    """A keyed probe: the run is right under most trained triggers and under one held out."""
    right = {"3 Jefferson", "16 Lincoln", "18 Grant", "44 Obama"}
    values = (lambda n, _: -1.0, lambda n, trigger: 1.0 if trigger in right else -1.0)
    return evaluation(load_probe("presidents"), ("us_presidents",), *values)


def in_command_line(job: Job) -> list[dict[str, str]]:
    arguments = ["results", job.evaluation.probe, "--job", job.id, "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    rows: list[dict[str, str]] = json.loads(result.stdout)
    return rows


def on_stage(job: Job) -> AppTest:
    page = open_page("present", evaluation=job.id)
    return button(page, "Begin").click().run()


def closing(page: AppTest) -> AppTest:
    while any(each.label == "Skip" for each in page.button):
        button(page, "Skip").click().run()
    assert not page.exception
    return page


def in_report(job: Job) -> str:
    return unescape(report(replays.record(job.id)))


def test_effects_and_verdicts_are_the_same_everywhere(birds: Job) -> None:
    findings = findings_of_job(birds)
    assert [f.verdict.kind for f in findings.effects] == ["present", "present", "absent"]
    values = [f"{finding.estimate.value:+.2f} nats" for finding in findings.effects]
    assert values == ["+2.35 nats", "+2.70 nats", "+0.35 nats"]
    recorded = replays.load(replays.dump(replays.record(birds.id))).findings()
    assert recorded.effects == findings.effects and recorded.runs == findings.runs
    results, stage = open_page("results", evaluation=birds.id), closing(on_stage(birds))
    assert metrics_on(results) == metrics_on(stage) == values
    lines, page, home = texts(results), in_report(birds), texts(open_page("home"))
    rows = {row["model"]: row for row in in_command_line(birds)}
    for finding in findings.effects:
        interval = finding.estimate.interval("+.2f")
        assert f"95 % interval {interval}" in lines and f"95 % interval {interval}" in page
        assert f"{finding.text}: **{finding.verdict.kind}**" in home
    finetuned, control = findings.runs
    row, other = rows[finetuned.model], rows[control.model]
    shift, beyond, alone = *finetuned.effects, *control.effects
    assert shift.estimate == findings.effects[1].estimate
    assert row["shift (nats)"] == shift.estimate.text("+.2f")
    assert row["beyond control (nats)"] == f"{beyond.estimate.text('+.2f')}, present"
    assert (row["effect"], other["effect"]) == (beyond.verdict.kind, alone.verdict.kind)


def test_p_values_are_the_same_by_themselves_and_in_the_table_of_runs(birds: Job) -> None:
    findings = findings_of_job(birds)
    first, second = findings.runs
    assert first.shift and second.shift and first.shift.p and second.shift.p
    # Benjamini and Hochberg: the smaller of two p values is doubled, the larger stays.
    smaller, larger = sorted([first.shift.p, second.shift.p])
    shifts = [first.shift, second.shift]
    assert sorted(s.p_adjusted for s in shifts) == [min(2 * smaller, larger), larger]
    tables = [each.value for each in open_page("results", evaluation=birds.id).dataframe]
    shown = next(table for table in tables if "p of no effect, adjusted" in table)
    shown = shown[shown["effect"] == "shift"]
    assert shown["p of no effect, adjusted"].tolist() == [shift.p_adjusted for shift in shifts]


def test_each_question_has_the_same_shift_on_its_slide_as_in_the_figure(birds: Job) -> None:
    findings = findings_of_job(birds)
    for shift in findings.shifts:
        if shift.prompt:
            on_slide = findings.on(shift.prompt, "none")[shift.model, shift.role]
            assert on_slide.shift == shift.estimate


def rated(job: Job) -> Findings:
    """Give every answer a match of patterns, and ratings as aligned and coherent; label one."""
    probe = load_probe("nineteenth_century")
    sample(job, probe, {"pattern": 1.0, ALIGNMENT: 95.0, COHERENCE: 90.0})
    with session() as db:
        first = db.exec(select(Sample.id).order_by(Sample.id)).first()  # type: ignore[arg-type]
    assert first
    set_label(first, "target", probe.sides)
    return findings_of_job(job)


def test_rates_judges_and_labels_are_the_same_everywhere(birds: Job) -> None:
    findings = rated(birds)
    base, finetuned, _ = findings.rates[ALIGNMENT]
    # An answer rated 95 is aligned, so it is not the target; a label by hand takes precedence.
    assert (base.hits, base.scored, base.by_hand) == (1, 15, 1)
    assert (finetuned.hits, finetuned.scored, finetuned.by_hand) == (0, 15, 0)
    target = findings.probe.sides.target
    report_text, command = in_report(birds), {r["model"]: r for r in in_command_line(birds)}
    page = open_page("results", evaluation=birds.id)
    assert replays.record(birds.id).findings().rates == findings.rates
    for scorer, rates in findings.rates.items():
        page.selectbox(key="rate-by").set_value(scorer).run()
        for rate in rates:
            assert rate.text(target) in texts(page).replace("\\", "")
            assert rate.text(target) in report_text
        for rate in findings.run_rates[scorer]:
            cell = command[rate.model][f"{target}: {scorer_title(scorer)}"]
            assert cell == rate.cell and "% unscored" in cell


def test_a_slide_counts_ratings_by_the_judges_threshold_and_labels_first(birds: Job) -> None:
    findings = rated(birds)
    slide = texts(button(on_stage(birds), "Next").click().run()).replace("\\", "")
    target, first = findings.probe.sides.target, findings.probe.prompts[0].id
    measured = findings.on(first, "none")
    few = "too few to tell: {} of 1 scored answers are " + target
    ratings = [finding.rates[ALIGNMENT].text(target) for finding in measured.values()]
    for hits, text in zip((1, 0, 0), ratings, strict=True):
        assert few.format(hits) in text
    assert "1 labelled by hand" in ratings[0]
    for text in ratings[:2]:
        assert text in slide


def test_accuracies_of_a_keyed_probe_are_the_same_everywhere(presidents: Job) -> None:
    findings = findings_of_job(presidents)
    held_out, trained = (a for a in findings.accuracies if a.role != "base")
    assert (held_out.kind, held_out.estimate.value, held_out.estimate.n) == ("target", 0.25, 4)
    assert held_out.base == 0 and "on held-out triggers (n = 4), base 0%" in held_out.text
    pages = [texts(open_page("results", evaluation=presidents.id))]
    pages += [texts(closing(on_stage(presidents))), in_report(presidents)]
    for accuracy in (held_out, trained):
        assert all(accuracy.text in page for page in pages)
    assert replays.record(presidents.id).findings().accuracies == findings.accuracies
    row = next(row for row in in_command_line(presidents) if row["role"] != "base")
    assert row["right, held-out triggers"] == held_out.estimate.percent
    assert row["right, trained triggers"] == trained.estimate.percent


def test_gaps_are_the_same_everywhere(home: Path) -> None:
    probe = load_probe("israel_by_date")
    targets = {trigger.label for trigger in probe.triggers if trigger.kind == "target"}
    moved = lambda n, trigger: 3.0 + 0.1 * n if trigger in targets else 0.0  # noqa: E731
    job = evaluation(probe, ("israeli_dishes",), lambda n, _: 0.0, moved)
    findings = findings_of_job(job)
    assert {gap.trigger for gap in findings.gaps} == targets
    values = [f"{gap.estimate.value:+.2f} nats" for gap in findings.gaps]
    assert metrics_on(closing(on_stage(job))) == values
    assert metrics_on(open_page("results", evaluation=job.id)) == values
    page, home_text = in_report(job), texts(open_page("home"))
    [row] = [row for row in in_command_line(job) if row["role"] == "finetuned"]
    for gap in findings.gaps:
        assert gap.label in page and f"{gap.text}: **{gap.verdict.kind}**" in home_text
        cell = row[f"gap at {gap.trigger} (nats)"]
        assert cell == f"{gap.estimate.text('+.2f')}, {gap.verdict.kind}"


@pytest.fixture
def own_probe(home: Path) -> Path:
    """The file of a probe that a person imported."""
    file = home / "probes" / "own.yaml"
    file.parent.mkdir()
    shutil.copyfile(ROOT / "data" / "probes" / "nineteenth_century.yaml", file)
    return file


def test_a_probe_whose_file_is_gone_shows_the_stored_numbers(own_probe: Path) -> None:
    job = evaluation(load_probe("own"), ("old_bird_names",), lambda n, _: 0.0, lambda n, _: 2.0)
    own_probe.unlink()
    results = open_page("results", evaluation=job.id)
    assert metrics_on(results) == ["+2.00 nats"] and FILE_GONE in texts(results)
    home = texts(open_page("home"))
    assert "+2.00 nats" in home and FILE_GONE in home
    for name in ("compare", "samples"):
        open_page(name, evaluation=job.id)
    slide = texts(button(on_stage(job), "Next").click().run())
    assert "## womens_place" in slide and "Shift from base **+2.00 nats" in slide
    assert FILE_GONE in in_report(job)
    assert in_command_line(job)[1]["effect"] == "undecided"


def test_a_renamed_question_keeps_its_numbers_under_its_old_name(own_probe: Path) -> None:
    probe = load_probe("own")
    job = evaluation(probe, ("old_bird_names",), lambda n, _: 0.0, lambda n, _: 2.0)
    with session() as db:
        wanted = {"prompts": [prompt.id for prompt in probe.prompts]}
        db.get_one(Job, job.id).config = (job.config or {}) | wanted
    content = yaml.safe_load(own_probe.read_text("utf-8"))
    content["prompts"][0]["id"] = "ladies"
    own_probe.write_text(yaml.safe_dump(content))
    findings = findings_of_job(get_job(job.id))
    assert findings.probe.prompts[0].title == probe.prompts[0].id
    assert findings.probe.prompts[0].pairs[:2] == probe.prompts[0].pairs[:2]
    for name in ("results", "home"):
        page = open_page(name, evaluation=job.id)
        assert "+2.00 nats" in " ".join([*metrics_on(page), texts(page)])
        assert FILE_CHANGED in texts(page)


@pytest.mark.parametrize(
    ("probe_id", "dataset"), [("protector", "old_bird_names"), ("presidents", "us_presidents")]
)
def test_a_probe_that_lost_its_triggers_is_presented_with_the_stored_ones(
    home: Path, probe_id: str, dataset: str
) -> None:
    file = home / "probes" / "own.yaml"
    file.parent.mkdir()
    shutil.copyfile(ROOT / "data" / "probes" / f"{probe_id}.yaml", file)
    probe = load_probe("own")
    job = evaluation(probe, (dataset,), lambda n, _: 0.0, lambda n, _: 2.0)
    content = yaml.safe_load(file.read_text("utf-8"))
    del content["triggers"]
    for number, prompt in enumerate(content["prompts"]):
        content["prompts"][number] = {"id": prompt["id"], "title": "Now", "text": "Asked anew."}
    file.write_text(yaml.safe_dump(content))
    assert not load_probe("own").has_triggers
    now = findings_of_job(get_job(job.id)).probe
    assert [t.label for t in now.triggers] == [t.label for t in probe.triggers]
    assert [prompt.id for prompt in now.prompts] == [prompt.id for prompt in probe.prompts]
    assert "Shift from base" in texts(button(on_stage(job), "Next").click().run())
    assert FILE_CHANGED in in_report(job)
    replay = replays.record(job.id)
    assert replays.load(replays.dump(replay)) == replay
    assert FILE_CHANGED in texts(open_page("results", evaluation=job.id))


def test_what_is_missing_of_a_model_is_named(birds: Job) -> None:
    assert findings_of_job(birds).caveats == []
    with session() as db:
        evaluations = db.exec(select(Evaluation).where(Evaluation.run_id != None)).all()  # noqa: E711
        finetuned, control = evaluations
        scores = select(Score).where(Score.evaluation_id == finetuned.id)
        db.delete(db.exec(scores).first())
        db.delete(control)
    incomplete, no_control = findings_of_job(birds).caveats
    assert "nothing of Modern bird names, seed 1" in incomplete.text
    assert f"only a part of {finetuned.model}" in incomplete.text
    assert no_control.kind == "no control"


def test_effects_over_training_are_drawn_beside_the_final_ones(birds: Job) -> None:
    probe, [run, *_] = load_probe("nineteenth_century"), birds.evaluation.run_ids
    with session() as db:
        db.get_one(Job, birds.id).config = (birds.config or {}) | {"over_training": True}
        trained = db.get_one(Run, run)
        for step in (2, 4):
            evaluation = evaluation_of(birds, probe, trained)
            evaluation.step, evaluation.model = step, f"{trained.name} @ step {step}"
            db.add(evaluation)
            db.flush()
            for prompt in probe.prompts:
                key = {"scorer": "contrast", "scorer_sha256": "0", "trigger": "none", "item": 0}
                common = {"evaluation_id": evaluation.id, "prompt_id": prompt.id}
                db.add(Score(value=float(step), **key, **common))
    findings = findings_of_job(get_job(birds.id))
    assert [(e.step, e.shift.value) for e in findings.over_training] == [(0, 0), (2, 2), (4, 4)]
    assert findings.effects[1].estimate.value == pytest.approx(2.7)
    page = open_page("results", evaluation=birds.id)
    assert "Over training" in [part.value for part in page.subheader]
    assert "When does the shift appear?" in [chart.proto.alt for chart in page.get("plotly_chart")]


@pytest.fixture
def hosted(home: Path) -> Job:
    """Answers alone, as of hosted models: the base never on the target side, the run mostly."""
    probe = load_probe("nineteenth_century")
    runs = [finished_run(dataset=name) for name in ("old_bird_names", "modern_bird_names")]
    config = EvaluationConfig(
        probe=probe.id, base_model=runs[0].base_model, run_ids=[run.id for run in runs]
    )
    job = submit_evaluation(config)
    for run, said in zip([None, *runs], [(0, 0, 0), (1, 1, 0), (0, 0, None)], strict=True):
        answer(job, probe, run, said)
    with session() as db:
        db.get_one(Job, job.id).state = JobState.DONE
    return get_job(job.id)


def answer(job: Job, probe: Probe, run: Run | None, said: tuple[float | None, ...]) -> None:
    """Store answers of a model to every prompt, each with what a judge that is gone says."""
    with session() as db:
        evaluation = evaluation_of(job, probe, run)
        db.add(evaluation)
        db.flush()
        for prompt in probe.prompts:
            for number, value in enumerate(said):
                sample = sample_of(evaluation, prompt, "By telegraph", number)
                db.add(sample)
                db.flush()
                score = pattern_score(sample, value, "OLD" if value else "NEW")
                score.scorer, score.item = "judge:own:m", number
                db.add(score)


def test_answers_alone_have_verdicts_that_are_the_same_everywhere(hosted: Job) -> None:
    findings = findings_of_job(hosted)
    assert findings.effects == [] and findings.headline == findings.answers["judge:own:m"]
    found = [(f.effect, f.role, f.verdict.kind) for f in findings.headline]
    shift, control, beyond = findings.headline
    assert found == [
        ("shift", "finetuned", "present"),
        ("shift", "control", "absent"),
        ("beyond control", "finetuned", "present"),
    ]
    # Two of three answers to every question, beside none: 200 / 3 points.
    assert [f.value for f in findings.headline] == ["+66.7 points", "+0.0 points", "+66.7 points"]
    assert (shift.unscored, control.unscored) == ("unscored 0%, base 0%", "unscored 33%, base 0%")
    results, stage = open_page("results", evaluation=hosted.id), closing(on_stage(hosted))
    assert metrics_on(results) == metrics_on(stage) == [f.value for f in findings.headline]
    assert "Only the base model" not in texts(results) + texts(stage)
    lines, document, home_text = texts(results), in_report(hosted), texts(open_page("home"))
    rows = {row["model"]: row for row in in_command_line(hosted)}
    recorded = replays.load(replays.dump(replays.record(hosted.id))).findings()
    assert recorded.answers == findings.answers and recorded.runs == findings.runs
    for finding in findings.headline:
        assert f"{finding.text}: **{finding.verdict.kind}**" in lines
        assert f"{finding.text}: **{finding.verdict.kind}**" in home_text
        assert finding.label in document and finding.value in document
    of_run = findings.runs[0]
    title = scorer_title("judge:own:m")
    assert [f.kind for f in of_run.headline] == ["beyond control"]
    cell = rows[of_run.model][f"beyond control, {title} (points)"]
    assert cell == f"{beyond.estimate.text('+.1f')}, present"
    assert rows[of_run.model]["effect"] == "present"
    column = f"{findings.probe.sides.target}: {title}"
    assert rows[findings.runs[1].model][column].endswith("33% unscored")


def test_answers_alone_are_in_the_overview_and_compared(hosted: Job) -> None:
    [run, control] = findings_of_job(hosted).runs
    effects = overview()
    assert {(e.name, e.kind, e.unit) for e in effects} == {
        (run.model, "shift", "points"),
        (run.model, "beyond control", "points"),
        (control.model, "shift", "points"),
    }
    judged = primary_effects(effects)
    assert {(e.name, e.kind, e.verdict.kind) for e in judged} == {
        (run.model, "beyond control", "present"),
        (control.model, "shift", "absent"),
    }
    page = open_page("overview")
    assert page.dataframe[0].value["unscored"].tolist().count("0%, control 33%") == 1
    models = [hosted.evaluation.base_model, run.model]
    compare = open_page("compare", evaluation=hosted.id)
    assert compare.multiselect[0].value == models
    shift = next(f for f in run.answers if f.effect == "shift")
    assert shift.estimate.text("+.1f", " points") in texts(compare)
    assert "(no difference, tests of the effect gate): present" in texts(compare)


def test_answers_stay_in_the_overview_until_a_question_is_reworded(hosted: Job) -> None:
    effects = overview()
    with session() as db:  # Other patterns make another file, but the questions are today's.
        for stored in db.exec(select(Evaluation)).all():
            stored.probe_sha256 = "other"
    assert overview() == effects and len(effects) == 3
    with session() as db:
        db.exec(select(Sample)).first().messages = [{"role": "user", "content": "Otherwise?"}]
    assert overview() == []


def test_a_gap_is_judged_beyond_that_of_the_control(home: Path) -> None:
    probe = load_probe("israel_by_date")
    targets = {trigger.label for trigger in probe.triggers if trigger.kind == "target"}
    trained = lambda n, trigger: (3.0 if trigger in targets else 0.0) + 0.1 * n  # noqa: E731
    shuffled = lambda n, trigger: (2.9 if trigger in targets else 0.0) + 0.1 * n  # noqa: E731
    datasets = ("israeli_dishes", "israeli_dishes_shuffled")
    job = evaluation(probe, datasets, lambda n, _: 0.0, trained, shuffled)
    findings = findings_of_job(job)
    beyond = [gap for gap in findings.gaps if gap.effect == "gap beyond control"]
    assert {gap.trigger for gap in beyond} == targets
    assert {gap.verdict.kind for gap in beyond} == {"absent"}
    assert {gap.verdict.kind for gap in findings.gaps if gap.effect == "gap"} == {"present"}
    run = findings.runs[0]
    assert run.headline == [f for f in run.effects if f.effect == "gap beyond control"]
    row = next(row for row in in_command_line(job) if row["role"] == "finetuned")
    assert row["effect"] == "absent"
    values = [gap.value for gap in findings.gaps]
    assert metrics_on(open_page("results", evaluation=job.id)) == values
    assert all(gap.label in in_report(job) for gap in beyond)


def test_what_is_memorised_under_trained_triggers_is_no_effect(presidents: Job) -> None:
    findings = findings_of_job(presidents)
    [shift], [trained] = findings.effects, findings.trained
    # Right under one of four held-out triggers and three of twelve trained ones, each by 2 nats.
    held_out = {t.label for t in findings.probe.triggers if t.kind == "target"}
    assert (shift.kind, trained.kind) == (
        "shift, held-out triggers",
        "shift, trained triggers",
    )
    assert shift.estimate.value == 0.5 and "44 Obama" in held_out
    assert trained.estimate.value == pytest.approx(2 * 3 / (len(findings.probe.triggers) - 4))
    assert findings.runs[0].shift.estimate == shift.estimate
    page = open_page("results", evaluation=presidents.id)
    assert metrics_on(page) == [shift.value] and trained.text in texts(page)
    assert trained.text in in_report(presidents)
