"""Evaluations and launches as people tell one from another.

Names stand in lists that are chosen from. A list whose words change while it is open ("a second
ago", "running") loses what was chosen, so a name holds nothing that changes.
"""

from components.text import at
from models.configs import EvaluationConfig
from models.tables import Job, Run


def name_of(job: Job) -> str:
    """Return an evaluation as people tell it from another."""
    config = EvaluationConfig(**(job.config or {}))
    probe = config.probe.replace("_", " ").capitalize()
    return f"{probe} · {1 + len(config.run_ids)} models · {at(job.created_at)}"


def by_launch(found: list[tuple[Job, Run]]) -> list[list[tuple[Job, Run]]]:
    """Return runs by launch: a batch's together, in the order of its runs."""
    groups: dict[str, list[tuple[Job, Run]]] = {}
    for job, run in found:
        groups.setdefault(run.batch or job.id, []).insert(0, (job, run))
    return list(groups.values())


def launch_name(own: list[tuple[Job, Run]]) -> str:
    """Return what a run or a batch is called in the list."""
    job, run = own[0]
    more = f" and {len(own) - 1} more" if len(own) > 1 else ""
    return f"{run.name}{more} · {at(job.created_at)}"
