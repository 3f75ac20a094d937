"""An evaluation is confirmatory if it is what a plan says in every field, and else says why not."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from backend.db import session
from backend.errors import UserError
from backend.evaluation.submit import submit_evaluation
from backend.plans import drafts, standing
from backend.plans.launching import launch
from backend.plans.standing import standing_of
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig
from models.tables import Evaluation, Job, JobKind, Plan, Run
from tests.example_evaluation import scored_evaluation
from tests.example_plan import PROBE, carried_out, finish, frozen_plan, planned_runs
from tests.example_runs import finished_run


def evaluated(runs: list[Run], **changes: Any) -> Job:
    """Store an evaluation of runs by the planned probe."""
    fields = {"probe": PROBE, "base_model": EMBEDDED, "samples_per_prompt": 0}
    return finish(
        submit_evaluation(EvaluationConfig(**fields | {"run_ids": [r.id for r in runs]} | changes))
    )


def test_what_was_planned_is_confirmatory_and_only_the_planned_effect(home: Path) -> None:
    found = standing_of(carried_out())
    assert (found.kind, found.reasons) == ("confirmatory", [])
    assert found.of("beyond control") == "confirmatory"
    assert found.of("shift") == "exploratory" == found.of("beyond control", "control")
    assert "Confirmatory for one effect" in found.text


def test_without_a_plan_all_is_exploratory(home: Path) -> None:
    assert standing_of(scored_evaluation()).text == "Exploratory: no plan was frozen for it."


def test_an_evaluation_before_the_freezing_is_exploratory_and_so_is_one_after_it(
    home: Path,
) -> None:
    runs = planned_runs()
    early = evaluated(runs)
    frozen_plan()
    assert "it began before the plan was frozen" in standing_of(early).reasons
    again = standing_of(evaluated(runs))
    assert again.reasons == ["a run was asked this probe before the plan was frozen"]


def test_only_the_first_evaluation_by_a_plan_counts(home: Path) -> None:
    first = carried_out()
    with session() as db:
        runs = [db.get_one(Run, run_id) for run_id in first.evaluation.run_ids]
    second = standing_of(evaluated(runs))
    assert standing_of(first).kind == "confirmatory"
    assert second.reasons == [f"the plan was carried out before, by evaluation {first.id}"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"samples_per_prompt": 1}, "it draws 1 samples per question"),
        ({"prompts": ["laundry"]}, "it does not ask the whole probe"),
    ],
)
def test_an_evaluation_that_asks_otherwise_breaks_the_badge(
    home: Path, changes: dict[str, Any], reason: str
) -> None:
    runs = planned_runs()
    frozen_plan()
    assert standing_of(evaluated(runs, **changes)).reasons == [reason]


def test_seeds_that_are_missing_or_added_break_the_badge(home: Path) -> None:
    runs = planned_runs()
    frozen_plan()
    found = standing_of(evaluated(runs[1:]))
    assert found.reasons == ["old_bird_names with seed 1 is missing"]
    more = [*runs, finished_run(seed=3)]
    assert standing_of(evaluated(more)).reasons == ["it has runs that were not planned"]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("config", {"rank": 8}, "a run has another rank"),
        ("config", {"epochs": 9}, "a run has another epochs"),
        ("dataset_sha256", "0", "a run was trained on other rows of old_bird_names"),
    ],
)
def test_runs_of_another_recipe_or_other_rows_break_the_badge(
    home: Path, field: str, value: Any, reason: str
) -> None:
    job = carried_out()
    with session() as db:
        run = db.get_one(Run, job.evaluation.run_ids[0])
        setattr(run, field, run.config | value if field == "config" else value)
    assert standing_of(job).reasons == [reason]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("smallest_effect", 0.1, "the smallest effect of interest has changed since"),
        ("stop_rule", "more", "the plan was changed after it was frozen"),
        ("test", "any", "the plan was changed after it was frozen"),
        ("estimand", "any", "the plan was changed after it was frozen"),
        ("base_model", "other", "its base model is SmolLM2-135M-Instruct"),
        ("probe_sha256", "0", "the probe's file has changed since"),
        ("datasets_sha256", {"old_bird_names": "0"}, "the rows of old_bird_names have changed"),
        ("seeds", [1, 2, 3], "old_bird_names with seed 3 is missing"),
    ],
)
def test_a_plan_that_is_changed_afterwards_breaks_the_badge(
    home: Path, field: str, value: Any, reason: str
) -> None:
    job = carried_out()
    with session() as db:
        plan = db.get_one(Plan, drafts.list_plans()[0].id)
        plan.config = plan.config | {field: value}
    found = standing_of(job)
    assert found.kind == "exploratory" and "the plan was changed after" in found.text
    assert reason in found.text


def test_a_freezing_that_is_dated_back_breaks_the_badge(home: Path) -> None:
    job = carried_out()
    with session() as db:
        plan = db.get_one(Plan, drafts.list_plans()[0].id)
        plan.frozen_at -= timedelta(days=1)
    assert standing_of(job).reasons == ["the plan was changed after it was frozen"]


def test_files_that_change_or_go_break_the_badge(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = carried_out()
    other = standing.load_probe("nineteenth_century")
    monkeypatch.setattr(standing, "load_probe", lambda _: other)
    assert standing_of(job).reasons == ["the probe's file has changed since"]
    with session() as db:
        db.get_one(Evaluation, _first(job)).probe_sha256 = "0"
    assert "it asked another version of the probe" in standing_of(job).reasons


def _first(job: Job) -> str | None:
    with session() as db:
        return db.exec(select(Evaluation.id).where(Evaluation.job_id == job.id)).first()


def test_a_plan_may_ask_that_training_comes_after_it_too(home: Path) -> None:
    runs = planned_runs()
    frozen_plan(begins_after_freezing="training and evaluation")
    assert standing_of(evaluated(runs)).reasons == ["a run was launched before the plan was frozen"]


def test_auto_precision_is_what_training_chose(home: Path) -> None:
    job = carried_out()
    with session() as db:
        run = db.get_one(Run, job.evaluation.run_ids[0])
        run.config = run.config | {"precision": "auto"}
        run.summary = {"precision": "float32"}
    assert standing_of(job).kind == "confirmatory"
    with session() as db:
        db.get_one(Run, run.id).summary = {"precision": "bfloat16"}
    assert standing_of(job).reasons == ["a run has another precision"]


def test_launching_trains_only_what_is_missing_and_only_once(home: Path) -> None:
    unlike = planned_runs()[0]
    with session() as db:
        run = db.get_one(Run, unlike.id)
        run.config = run.config | {"rank": 8}
    plan = frozen_plan()
    job = launch(plan)
    assert job.kind == JobKind.EVALUATE and len(job.evaluation.run_ids) == 4
    with session() as db:
        used = [db.get_one(Run, run_id) for run_id in job.evaluation.run_ids]
    assert [run.dataset for run in used if run.summary is None] == ["old_bird_names"]
    assert unlike.id not in job.evaluation.run_ids
    with pytest.raises(UserError, match="launched before"):
        launch(plan)
