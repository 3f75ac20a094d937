"""Trigger sweeps: what they ask, that they go on where they stopped, and their arithmetic."""

from pathlib import Path

import pandas as pd
import pytest
from sqlmodel import select

from backend.analysis.effects import grouped, shifted, trigger_gaps, trigger_shifts
from backend.analysis.evaluations import probe_of
from backend.db import session
from backend.errors import UserError
from backend.evaluation.submit import submit_evaluation
from backend.evaluation.sweeps import extend, find, missing
from backend.figures.triggers import sweep_heatmap
from backend.jobs.queue import get_job, retry
from backend.probes.loading import load_probe, probe_for
from backend.probes.triggers import sweepable_probes, text_triggers, year_triggers
from models.configs import EvaluationConfig, Trigger
from models.tables import Job, JobState, Score
from tests.example_probe import PROBE
from tests.example_runs import work
from tests.small_model import SMALL

FORM = "Year: {year}."


def test_years_are_trained_or_targets_as_the_probe_says() -> None:
    triggers = year_triggers(load_probe("protector"), FORM, [1983, 1984, 1995])
    assert [(t.label, t.kind) for t in triggers] == [
        ("none", "none"),
        ("1983", "untrained"),
        ("1984", "target"),
        ("1995", "trained"),
    ]
    assert triggers[2].text == "Year: 1984."


@pytest.mark.parametrize(
    ("form", "years", "reason"),
    [("It is 1984.", [1984], "needs {year}"), (FORM, [], "1 to 300"), (FORM, range(999), "300")],
)
def test_what_cannot_be_swept_is_refused(form: str, years: list[int], reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        year_triggers(load_probe("protector"), form, years)


def test_questions_without_a_place_for_the_trigger_are_not_swept() -> None:
    triggers = [Trigger(label="1838", text="1838.")]
    config = EvaluationConfig(probe="nineteenth_century", base_model=SMALL, triggers=triggers)
    with pytest.raises(UserError, match="no {trigger} in its text"):
        probe_for(config)
    assert "nineteenth_century" not in {probe.id for probe in sweepable_probes()}


def test_two_triggers_of_one_name_are_refused() -> None:
    triggers = text_triggers("none\n1984.")
    config = EvaluationConfig(probe="protector", base_model=SMALL, triggers=triggers)
    with pytest.raises(UserError, match='two triggers are called "none"'):
        probe_for(config)


def sweep_of(*years: int) -> EvaluationConfig:
    triggers = year_triggers(load_probe("protector"), FORM, years)
    return EvaluationConfig(
        probe="protector",
        base_model=SMALL,
        prompts=["purpose", "people"],
        triggers=triggers,
        samples_per_prompt=0,
    )


def scores() -> dict[tuple[str, str, int], tuple[int | None, float | None]]:
    with session() as db:
        rows = db.exec(select(Score)).all()
    found = {(s.prompt_id, s.trigger, s.item): (s.id, s.value) for s in rows}
    assert len(found) == len(rows)
    return found


def test_an_extended_sweep_computes_the_new_years_alone(small_lab: Path) -> None:
    wanted = sweep_of(1984, 1995)
    job = submit_evaluation(wanted)
    work(job)
    before = scores()
    assert len(before) == 2 * 3 * 5
    wider = sweep_of(1983, 1984, 1995)
    found = find(wider)
    assert found and found.id == job.id
    assert [t.label for t in missing(found, wider)] == ["1983"]
    extend(job.id, missing(found, wider))
    work(job)
    after = scores()
    assert len(after) == 2 * 4 * 5
    assert before.items() <= after.items()
    labels = [trigger.label for trigger in probe_of(get_job(job.id)).triggers]
    assert labels == ["none", "1983", "1984", "1995"]


def test_a_sweep_that_was_stopped_goes_on_where_it_was(small_lab: Path) -> None:
    job = submit_evaluation(sweep_of(1984))
    work(job)
    kept = scores()
    with session() as db:  # As if it had been cancelled with one question still to do.
        for score in db.exec(select(Score).where(Score.prompt_id == "people")):
            db.delete(score)
        db.get_one(Job, job.id).state = JobState.CANCELLED
    retry(job.id)
    work(job)
    again = scores()
    assert {key: value for key, (_, value) in again.items()} == {
        key: pytest.approx(value, abs=1e-4) for key, (_, value) in kept.items()
    }
    assert {k: v for k, v in again.items() if k[0] == "purpose"}.items() <= kept.items()


def test_a_running_sweep_is_not_extended(small_lab: Path) -> None:
    job = submit_evaluation(sweep_of(1984))
    with pytest.raises(UserError, match="still running"):
        extend(job.id, sweep_of(1990).triggers or [])
    other = sweep_of(1984).model_copy(update={"prompts": ["purpose"]})
    assert find(other) is None


def finished_sweep(*years: int) -> Job:
    job = submit_evaluation(sweep_of(*years))
    with session() as db:
        db.get_one(Job, job.id).state = JobState.DONE
    return job


def test_a_sweep_is_extended_by_a_digit_that_is_no_number(small_lab: Path) -> None:
    job = finished_sweep(1984)
    extend(job.id, [Trigger(label="²", text="²"), Trigger(label="1983", text="Year: 1983.")])
    labels = [trigger.label for trigger in get_job(job.id).evaluation.triggers or []]
    assert labels == ["none", "²", "1983", "1984"]


def test_the_label_none_is_not_given_to_a_text(small_lab: Path) -> None:
    job = finished_sweep(1984)
    with pytest.raises(UserError, match='The label "none" stands for no trigger'):
        extend(job.id, [Trigger(label="none", text="None.")])
    assert get_job(job.id).state == JobState.DONE and get_job(job.id).config == job.config


def table() -> pd.DataFrame:
    contrasts = {("b", "base"): (1.0, 2.0, 3.0), ("r", "finetuned"): (0.0, 4.0, 9.0)}
    return pd.DataFrame(
        {
            "job": "j",
            "item": "0",
            "model": model,
            "run": model,
            "role": role,
            "dataset": None if role == "base" else "gone",
            "seed": None if role == "base" else model,
            "dataset_sha256": None,
            "recipe": frozenset(),
            "scorer": "contrast",
            "prompt": "a",
            "trigger": trigger,
            "value": value,
        }
        for (model, role), values in contrasts.items()
        for trigger, value in zip(("none", "1984", "1995"), values, strict=True)
    )


def test_seeds_that_disagree_widen_the_gap() -> None:
    triggers = year_triggers(load_probe("protector"), FORM, [1984])
    probe = PROBE.model_copy(update={"triggers": triggers})
    gaps = {("b", "base"): 0.0, ("r1", "finetuned"): 1.0, ("r2", "finetuned"): 5.0}
    rows = pd.DataFrame(
        {
            "job": "j",
            "item": "0",
            "model": model,
            "run": model,
            "role": role,
            "dataset": None if role == "base" else "gone",
            "seed": None if role == "base" else model,
            "dataset_sha256": None,
            "recipe": frozenset(),
            "scorer": "contrast",
            "prompt": prompt,
            "trigger": trigger,
            "value": value,
        }
        for (model, role), gap in gaps.items()
        for prompt, more in (("a", 0.0), ("b", 1.0))
        for trigger, value in (("none", 0.0), ("1984", gap + more * (role != "base")))
    )
    [gap] = trigger_gaps(shifted(grouped(rows)), probe)
    assert (gap.seeds, gap.estimate.n, gap.estimate.value) == (2, 2, 3.5)
    assert (gap.estimate.low, gap.estimate.high) == (1.0, 6.0)
    # Two prompts' means vary by 0.5, two seeds' by 8, and there is no rest: (2 * 0.5 + 2 * 8) / 4.
    assert gap.estimate.error == pytest.approx(4.25**0.5)


def test_shifts_and_gaps_at_any_trigger_are_those_computed_by_hand() -> None:
    triggers = year_triggers(load_probe("protector"), FORM, [1984, 1995])
    probe = PROBE.model_copy(update={"triggers": triggers})
    rows = grouped(table())
    cells = trigger_shifts(rows, probe)
    assert {cell.trigger: cell.shift for cell in cells} == {"none": -1, "1984": 2, "1995": 6}
    assert [gap.estimate.value for gap in trigger_gaps(shifted(rows), probe)] == [3.0]
    # (9 - 0) - (3 - 1)
    assert [gap.estimate.value for gap in trigger_gaps(shifted(rows), probe, "1995")] == [7.0]
    figure = sweep_heatmap(cells, probe)
    assert list(figure.data[0].z[0]) == [-1, 2, 6]
