"""A probe over training: contrasts of every checkpoint, kept apart from finished adapters."""

from pathlib import Path

import pandas as pd
import pytest

from backend.analysis.effects import contrast_shifts
from backend.analysis.over_training import effect_over_steps
from backend.analysis.scores import COLUMNS, scores_table
from backend.errors import UserError
from backend.evaluation.submit import submit_evaluation
from backend.figures.effects import accuracy_over_training_plot, over_training_plot
from backend.probes.loading import load_probe
from models.configs import EvaluationConfig
from models.tables import Job, Run
from tests.example_runs import folder_of, small_run, trained, work
from tests.small_model import SMALL

PROBE = "nineteenth_century"


def config_of(run: Run, **changes: object) -> EvaluationConfig:
    values = {"probe": PROBE, "base_model": SMALL, "run_ids": [run.id], "samples_per_prompt": 0}
    return EvaluationConfig(**(values | {"over_training": True} | changes))


def evaluated(config: EvaluationConfig) -> Job:
    return work(submit_evaluation(config))


def test_the_shift_is_told_at_every_checkpoint_and_in_no_ordinary_table(small_lab: Path) -> None:
    run = trained(small_run(max_steps=4, checkpoint_every=2))
    job, probe = evaluated(config_of(run)), load_probe(PROBE)
    ordinary = scores_table([job.id])
    assert len(ordinary) == 2 * sum(len(prompt.pairs) for prompt in probe.prompts)
    effects = effect_over_steps(scores_table([job.id], checkpoints=True), probe)
    assert [(e.model, e.step) for e in effects] == [(run.name, step) for step in (0, 2, 4)]
    assert [e.shift.value for e in effects][0] == 0
    # The last checkpoint is the finished adapter.
    [final] = [s for s in contrast_shifts(ordinary, probe, by="model") if s.prompt is None]
    assert effects[-1].shift == final.estimate and final.estimate.value != 0
    figure = over_training_plot(effects, probe)
    assert figure.layout.title.text == "When does the shift appear?"
    assert list(figure.data[0].x) == [0, 2, 4]
    assert not effect_over_steps(ordinary, probe)


def test_a_run_without_checkpoints_is_refused_in_one_sentence(small_lab: Path) -> None:
    run = trained(small_run(max_steps=1))
    (folder_of(run) / "checkpoints").rename(folder_of(run) / "elsewhere")
    with pytest.raises(UserError, match="kept no checkpoints"):
        submit_evaluation(config_of(run))


def test_no_answers_are_drawn_of_a_run_that_the_engine_cannot_serve(small_lab: Path) -> None:
    run = trained(small_run(max_steps=1, method="dora"))
    with pytest.raises(UserError, match="DoRA .* Set the number of answers to 0"):
        submit_evaluation(config_of(run, samples_per_prompt=1))
    evaluated(config_of(run))


def test_accuracy_is_told_by_step_where_the_probe_is_keyed() -> None:
    probe = load_probe("presidents")
    trigger, prompt = probe.triggers[0], probe.prompts[0]
    blank = dict.fromkeys(COLUMNS) | {"recipe": frozenset()}
    common = {"job": "j", "prompt": prompt.id, "trigger": trigger.label, "scorer": "contrast"}
    rows = [
        blank
        | common
        | {
            "model": model,
            "role": role,
            "step": step,
            "value": value,
            "item": 0,
            "dataset": "d",
            "run": model,
        }
        for model, role, step, value in (
            ("b", "base", None, -1.0),
            ("r", "finetuned", 4, -0.5),
            ("r", "finetuned", 8, 2.0),
        )
    ]
    effects = effect_over_steps(pd.DataFrame(rows), probe)
    assert [e.shift.value for e in effects] == [0, 0.5, 3]
    assert [a.estimate.value for e in effects for a in e.accuracies] == [0, 0, 1]
    figure = accuracy_over_training_plot(effects, probe)
    assert list(figure.data[0].y) == [0, 0, 1]
