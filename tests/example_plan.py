"""A small plan for tests, and an evaluation that follows it as a worker leaves it."""

from typing import Any

from backend.db import session
from backend.plans.drafts import create, freeze, proposal
from backend.plans.launching import launch
from backend.probes.loading import load_probe
from models.base_models import EMBEDDED
from models.configs import PlanDraft
from models.tables import Job, JobState, Run
from tests.example_evaluation import contrast_score, evaluation_of
from tests.example_runs import finished_run

PROBE = "birds_confirmatory"
RECIPE = {"rank": 4, "max_steps": 4, "precision": "float32"}


def birds_draft(**changes: Any) -> PlanDraft:
    """Return a plan of two seeds of old names and of one control."""
    fields = {"base_model": EMBEDDED, "recipe": RECIPE, "seeds": [1, 2]}
    fields |= {"controls": ["modern_bird_names"], "begins_after_freezing": "evaluation"}
    return proposal("old_bird_names", PROBE, **fields | changes)


def planned_runs() -> list[Run]:
    """Store the trained runs of the plan."""
    names = ("old_bird_names", "modern_bird_names")
    return [finished_run(dataset=name, seed=seed) for name in names for seed in (1, 2)]


def frozen_plan(**changes: Any) -> str:
    """Store a frozen plan and return its id."""
    plan = create(birds_draft(**changes))
    freeze(plan.id)
    return plan.id


def finish(job: Job) -> Job:
    """Store contrasts of an evaluation: 2 nats more than the base model's where names are old."""
    probe = load_probe(job.evaluation.probe)
    with session() as db:
        runs = [db.get_one(Run, run_id) for run_id in job.evaluation.run_ids]
        for run in (None, *runs):
            value = 2.0 if run and run.dataset == "old_bird_names" else 0.0
            evaluation = evaluation_of(job, probe, run)
            db.add(evaluation)
            db.flush()
            for place, prompt in enumerate(probe.prompts):
                value_here = value + 0.1 * (place % 3) * value
                db.add(contrast_score(evaluation, prompt, 0, value_here))
        stored = db.get_one(Job, job.id)
        stored.state = JobState.DONE
    return stored


def carried_out() -> Job:
    """Store a frozen plan whose runs were trained before, and its evaluation."""
    planned_runs()
    return finish(launch(frozen_plan()))
