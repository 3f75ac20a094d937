"""Queue what a frozen plan says: the runs that are missing, and one evaluation of all of them."""

from sqlmodel import Session, col, select

from backend.db import session
from backend.errors import UserError
from backend.evaluation.submit import add_evaluation
from backend.plans.drafts import FrozenPlan, frozen, get_plan, runs_of
from backend.plans.standing import trained_recipe
from backend.runs.checks import checked_dataset
from backend.runs.submit import add_runs
from models.configs import EvaluationConfig, RunConfig
from models.tables import Evaluation, Job, JobKind, JobState, Run

GONE_WRONG = (JobState.CANCELLED, JobState.FAILED)


def launch(plan_id: str) -> Job:
    """Queue the runs that a plan lacks and its evaluation, and return the evaluation's job.

    A plan that may use runs from before the freezing takes finished ones of its recipe and rows
    that were never asked its probe.

    Raises:
        UserError: the plan is a draft, was launched before, or can't be carried out.
    """
    plan = frozen(get_plan(plan_id))
    wanted = runs_of(plan.plan)
    datasets = {name: checked_dataset(run) for run in wanted for name in [run.dataset]}
    if any(datasets[n].sha256 != sha for n, sha in plan.plan.datasets_sha256.items()):
        raise UserError("The rows of a dataset have changed since the plan was frozen; plan again.")
    with session() as db:
        if job := launched(db, plan):
            raise UserError(f"This plan was launched before, as evaluation {job.id}.")
        found = {run: _trained(db, plan, run) for run in wanted}
        missing = [run for run, trained in found.items() if trained is None]
        trainings = add_runs(db, missing, [datasets[run.dataset] for run in missing])
        run_ids = [run.id for run in found.values() if run]
        config = EvaluationConfig(
            probe=plan.plan.probe,
            base_model=plan.plan.base_model,
            run_ids=[*run_ids, *(str(job.run_id) for job in trainings)],
            samples_per_prompt=plan.plan.samples_per_prompt,
        )
        return add_evaluation(db, config, after=trainings)


def launched(db: Session, plan: FrozenPlan) -> Job | None:
    """Return the evaluation that carries a plan out, where one is queued, running or done."""
    planned = {(run.dataset, run.seed) for run in runs_of(plan.plan)}
    query = select(Job).where(Job.kind == JobKind.EVALUATE).order_by(col(Job.created_at))
    for job in db.exec(query.where(col(Job.state).not_in(GONE_WRONG))):
        config = job.evaluation
        if config.probe == plan.plan.probe and job.created_at > plan.time:
            runs = [run for key in config.run_ids if (run := db.get(Run, key))]
            if {(run.dataset, run.config.get("seed")) for run in runs} == planned:
                return job
    return None


def _trained(db: Session, plan: FrozenPlan, wanted: RunConfig) -> Run | None:
    """Return a finished run that a plan may use, the oldest of several."""
    query = select(Run).where(Run.dataset == wanted.dataset, Run.base_model == wanted.base_model)
    for run in db.exec(query.order_by(col(Run.created_at))):
        asked = select(Evaluation.id).where(
            Evaluation.run_id == run.id, Evaluation.probe == plan.plan.probe
        )
        is_early = run.created_at <= plan.time
        if (
            run.summary is not None
            and run.config.get("seed") == wanted.seed
            and run.dataset_sha256 == plan.plan.datasets_sha256[run.dataset]
            and trained_recipe(run) == wanted.recipe
            and not (is_early and plan.plan.begins_after_freezing != "evaluation")
            and db.exec(asked).first() is None
        ):
            return run
    return None
