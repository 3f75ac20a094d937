"""Evaluations and launches as people tell one from another."""

from models.configs import EvaluationConfig
from models.tables import Job, JobState, Run
from pages.parts import ago


def name_of(job: Job) -> str:
    """Return an evaluation as people tell it from another."""
    config = EvaluationConfig(**(job.config or {}))
    probe = config.probe.replace("_", " ").capitalize()
    return f"{probe} · {1 + len(config.run_ids)} models · {ago(job.created_at)}"


def by_launch(found: list[tuple[Job, Run]]) -> list[list[tuple[Job, Run]]]:
    """Return runs by launch: a batch's together, in the order of its runs."""
    groups: dict[str, list[tuple[Job, Run]]] = {}
    for job, run in found:
        groups.setdefault(run.batch or job.id, []).insert(0, (job, run))
    return list(groups.values())


def launch_name(own: list[tuple[Job, Run]]) -> str:
    """Return what a run or a batch is called in the list."""
    job, run = own[0]
    if len(own) == 1:
        return f"{run.name} · {job.state} · {ago(job.created_at)}"
    done = sum(job.state == JobState.DONE for job, _ in own)
    return f"{run.name} and {len(own) - 1} more · {done} of {len(own)} done · {ago(job.created_at)}"
