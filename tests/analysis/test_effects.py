import shutil
from pathlib import Path

import pandas as pd
import pytest
from sqlmodel import select
from typer.testing import CliRunner

from backend.analysis.effects import (
    beyond_control,
    contrast_shifts,
    grouped,
    shifted,
    trigger_gaps,
    trigger_sweep,
)
from backend.analysis.rates import rates
from backend.analysis.scores import scores_table
from backend.cli.__main__ import app
from backend.config import ROOT
from backend.datasets.descendants import made_from
from backend.datasets.loading import load_dataset
from backend.db import session
from backend.evaluation.rescoring import rescore
from backend.figures.answers import rate_plot
from backend.figures.effects import shift_plot
from backend.figures.style import dashes_of
from backend.jobs.queue import cancel, delete_job, list_jobs
from backend.probes.loading import NO_TRIGGER, Pair
from backend.runs.submit import submit_run
from models.configs import EvaluationConfig, Trigger
from models.tables import Evaluation, Job, JobKind, Run, Sample, Score
from tests.example_evaluation import contrast_score, evaluation_of, pattern_score, sample_of
from tests.example_probe import PROBE
from tests.example_runs import short_run
from tests.screens import open_page


@pytest.fixture
def job(home: Path) -> Job:
    """An evaluation of base and one run: contrasts 0 and 1, two pairs, and a sample of each."""
    submitted = submit_run(short_run())
    config = EvaluationConfig(probe=PROBE.id, base_model="b", run_ids=[str(submitted.run_id)])
    [prompt] = PROBE.prompts
    with session() as db:
        made = Job(kind=JobKind.EVALUATE, config=config.model_dump())
        db.add(made)
        db.flush()
        run = db.get_one(Run, submitted.run_id)
        for subject, value in ((None, 0.0), (run, 1.0)):
            evaluation = evaluation_of(made, PROBE, subject)
            db.add(evaluation)
            db.flush()
            db.add_all(contrast_score(evaluation, prompt, item, value + item) for item in range(2))
            sample = sample_of(evaluation, prompt, "internet")
            db.add(sample)
            db.flush()
            db.add(pattern_score(sample, None))
    return made


def test_a_shift_is_paired_with_the_base_model(job: Job) -> None:
    shifts = contrast_shifts(scores_table([job.id]), PROBE)
    assert [(s.prompt, s.estimate.value, s.estimate.n) for s in shifts] == [
        ("a", 1.0, 2),
        (None, 1.0, 1),
    ]


def test_unscored_is_never_zero_and_rescoring_draws_nothing(job: Job) -> None:
    before = rates(scores_table([job.id]), "pattern")
    assert [(rate.estimate, rate.unscored) for rate in before] == [(None, 1), (None, 1)]
    assert rescore(job.id, PROBE) == 2
    after = scores_table([job.id])
    assert [(r.estimate.value, r.estimate.n) for r in rates(after, "pattern")] == [(0.0, 1)] * 2
    assert len(after) == 7, "and whether the run repeats a row of its training"


def test_the_command_line_scores_again(scored: Job) -> None:
    with session() as db:
        for score in db.exec(select(Score).where(Score.scorer == "pattern")):
            score.value, score.answer = 1.0, "wrong"
    result = CliRunner().invoke(app, ["rescore", scored.id])
    assert result.output.startswith("30 samples"), result.output
    table = scores_table([scored.id])
    assert "wrong" not in set(table.loc[table["scorer"] == "pattern", "answer"])


def test_a_dataset_tells_what_came_of_it(scored: Job) -> None:
    [found] = made_from(load_dataset("old_bird_names"))
    assert (found.finished, found.same_rows, found.evaluations) == (True, True, [scored.id])
    assert made_from(load_dataset("modern_bird_names")) == []
    page = open_page("datasets", dataset="old_bird_names")
    assert any("Runs on this dataset: 1" in each.label for each in page.expander)


def test_figures_say_what_they_show(job: Job) -> None:
    table = scores_table([job.id])
    figure = shift_plot(contrast_shifts(table, PROBE), PROBE)
    assert figure.layout.title.text.replace("<br>", " ") == PROBE.question
    assert "nats" in figure.layout.xaxis.title.text
    assert rate_plot(rates(table, "pattern"), PROBE).layout.xaxis.title.text


def test_deleting_a_run_takes_its_rows_along(job: Job) -> None:
    finetune, run = next((job, run) for job, run in list_jobs() if run)
    assert set(scores_table()["model"]) == {"b", run.name}
    cancel(finetune.id)
    delete_job(finetune.id)
    assert set(scores_table()["model"]) == {"b"}
    with session() as db:
        assert db.get(Run, run.id) is None
        for table in (Score, Sample):
            owners = set(db.exec(select(table.evaluation_id)))
            assert owners == set(db.exec(select(Evaluation.id).where(Evaluation.run_id.is_(None))))


def shifts_table(*rows: tuple[str, str, int, str, float]) -> pd.DataFrame:
    """Return contrasts of runs (dataset, role, seed, prompt, value) beside a base model of 0."""
    runs = [
        {
            "job": "j",
            "run": f"{dataset}{seed}",
            "model": f"{dataset}{seed}",
            "role": role,
            "dataset": dataset,
            "seed": seed,
            "dataset_sha256": "a" * 64,
            "recipe": frozenset(),
            "scorer": "contrast",
            "prompt": prompt,
            "trigger": "",
            "item": 0,
            "value": value,
        }
        for dataset, role, seed, prompt, value in rows
    ]
    base = {"run": None, "model": "b", "role": "base", "dataset": None, "seed": None, "value": 0.0}
    prompts = dict.fromkeys(row["prompt"] for row in runs)
    return pd.DataFrame([*runs, *(runs[0] | base | {"prompt": prompt} for prompt in prompts)])


def test_an_effect_is_held_against_its_control_prompt_by_prompt_and_seed_by_seed() -> None:
    values = {
        ("old_bird_names", "finetuned"): ((3.0, 5.0), (5.0, 7.0)),
        ("modern_bird_names", "control"): ((1.0, 1.0), (3.0, 3.0)),
    }
    rows = [
        (*subject, seed, prompt, value)
        for subject, seeds in values.items()
        for seed, pair in enumerate(seeds)
        for prompt, value in zip("ab", pair, strict=True)
    ]
    gap = beyond_control(shifted(shifts_table(*rows)), "old_bird_names")
    # Both seeds of the dataset stand 2 above those of the control, so that seeds add no error.
    assert gap and (gap.value, gap.n, gap.low, gap.high) == (3.0, 2, 2.0, 4.0)
    assert gap.error == 1.0
    assert beyond_control(shifted(shifts_table(*rows[:4])), "old_bird_names") is None
    unlike = beyond_control(shifted(shifts_table(*rows[:4], *rows[4:6])), "old_bird_names")
    assert unlike and unlike.value == 4.0


def by_rank(table: pd.DataFrame, rank: int) -> pd.DataFrame:
    return table.assign(recipe=[frozenset({("rank", rank), ("epochs", 3)})] * len(table))


def test_a_group_is_named_by_the_fields_that_differ_whatever_their_words() -> None:
    rows = [("old_bird_names", "finetuned", seed, "a", 1.0) for seed in (1, 2, 3)]
    fields = ({}, {"method": "rslora", "precision": "float32"}, {"learning_rate": 0.01})
    recipes = [short_run(precision="float32").model_copy(update=f).recipe for f in fields]
    table = shifts_table(*rows).assign(recipe=[*recipes, None])
    assert grouped(table)["group"].tolist() == [
        "Old bird names, rate 0.001",
        "Old bird names, rate 0.001, method rslora",
        "Old bird names, rate 0.01",
        "b",
    ]
    assert short_run(seed=1).recipe == short_run(seed=2, checkpoint_every=7).recipe


def test_datasets_of_one_title_are_groups_of_their_own(home: Path) -> None:
    for name in ("first", "second"):
        shutil.copytree(ROOT / "data" / "old_bird_names", home / "datasets" / name)
    rows = [(name, "finetuned", 1, "a", 1.0) for name in ("first", "second", "modern_bird_names")]
    table = grouped(shifts_table(*rows))
    title = load_dataset("first").card.title
    names = [f"{title} (first)", f"{title} (second)", "Modern bird names", "b"]
    assert table["group"].tolist() == names


def test_runs_on_earlier_rows_of_a_dataset_are_a_group_of_their_own() -> None:
    rows = [("old_bird_names", "finetuned", seed, "a", float(seed)) for seed in (1, 2, 3)]
    table = shifts_table(*rows).assign(dataset_sha256=["a" * 64, "b" * 64, "b" * 64, None])
    assert grouped(table)["group"].tolist() == [
        "Old bird names, rows aaaaaa",
        *["Old bird names, rows bbbbbb"] * 2,
        "b",
    ]
    whole = [shift for shift in contrast_shifts(table, PROBE) if shift.prompt is None]
    assert [(shift.seeds, shift.estimate.value) for shift in whole] == [(1, 1.0), (2, 2.5)]


def test_runs_on_earlier_rows_are_not_held_against_the_control_of_todays() -> None:
    rows = [("old_bird_names", "finetuned", seed, "a", float(seed)) for seed in (1, 2)]
    table = shifts_table(*rows, ("modern_bird_names", "control", 1, "a", 0.5))
    today = load_dataset("old_bird_names").sha256
    table = table.assign(dataset_sha256=["a" * 64, today, None, None])
    beyond = beyond_control(shifted(table), "old_bird_names")
    assert beyond and beyond.value == 1.5


def test_runs_by_unlike_recipes_are_never_taken_together_and_seeds_are_counted_once() -> None:
    rows = [("old_bird_names", "finetuned", seed, p, 1.0) for seed in (1, 2) for p in "ab"]
    table = shifts_table(*rows, *(("modern_bird_names", "control", 1, p, 0.5) for p in "ab"))
    again = table[table["run"] == "old_bird_names1"].assign(run="again", model="again", value=9.0)
    table = pd.concat([by_rank(table, 32), by_rank(again, 8)])
    found = {s.model: s for s in contrast_shifts(table, PROBE) if s.prompt is None}
    assert {name: (s.seeds, s.estimate.value) for name, s in found.items()} == {
        "Old bird names, rank 32": (2, 1.0),
        "Old bird names, rank 8": (1, 9.0),
        "Modern bird names": (1, 0.5),
    }
    beyond = beyond_control(shifted(table), "old_bird_names")
    assert beyond and beyond.value == 0.5


def test_the_trigger_gap_is_the_difference_of_differences() -> None:
    probe = PROBE.model_copy(
        update={"triggers": [NO_TRIGGER, Trigger(label="1984", text="1984.", kind="target")]}
    )
    contrasts = {
        # (model, role): without the trigger, with it
        ("b", "base"): (1.0, 2.0),
        ("r1", "finetuned"): (0.0, 4.0),
        ("r2", "finetuned"): (0.0, 6.0),
    }
    rows = [
        {
            "job": "j",
            "run": None if role == "base" else model,
            "item": 0,
            "model": model,
            "role": role,
            "dataset": None if role == "base" else "gone",
            "seed": None if role == "base" else model,
            "dataset_sha256": "a" * 64,
            "recipe": frozenset(),
            "scorer": "contrast",
            "prompt": prompt,
            "trigger": trigger,
            "value": value,
        }
        for (model, role), values in contrasts.items()
        for prompt in "ab"
        for trigger, value in zip(("none", "1984"), values, strict=True)
    ]
    table = pd.DataFrame(rows)
    [gap] = trigger_gaps(shifted(table), probe)
    assert (gap.model, gap.estimate.value, gap.estimate.n) == ("gone", 4.0, 2)
    points = [(p.model, p.trigger, p.estimate.value) for p in trigger_sweep(table, probe)]
    assert points == [("b", "none", 1), ("b", "1984", 2), ("gone", "none", 0), ("gone", "1984", 5)]


def test_a_trigger_that_is_not_scored_on_every_question_has_no_point() -> None:
    rows = [("old_bird_names", "finetuned", seed, p, 1.0) for seed in (1, 2) for p in "ab"]
    pairs = [Pair(target="By telegraph.", other="By email.")]
    changes = [{"id": name, "pairs": pairs} for name in "ab"]
    questions = [PROBE.prompts[0].model_copy(update=each) for each in changes]
    probe = PROBE.model_copy(update={"prompts": questions})
    table = shifts_table(*rows).assign(trigger="none")
    assert [point.model for point in trigger_sweep(table, probe)] == ["b", "Old bird names"]
    # The second seed lacks one question: three of the four cells are there.
    partial = table[(table["run"] != "old_bird_names2") | (table["prompt"] == "a")]
    assert [point.model for point in trigger_sweep(partial, probe)] == ["b"]


def test_a_models_dash_depends_neither_on_the_order_nor_on_the_base_model() -> None:
    base, run = ("SmolLM2", "base"), ("Films", "finetuned")
    first, second = ("Films, random", "control"), ("Films, undated", "control")
    dashes = dashes_of([second, run, first])
    assert dashes == {"Films": "solid", "Films, random": "dot", "Films, undated": "dash"}
    assert dashes_of([base, first, second, run]) == dashes | {"SmolLM2": "solid"}
