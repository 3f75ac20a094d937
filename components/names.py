"""Names of evaluations and launches in lists to choose from.

A list whose texts change while it is open ("a second ago", "running") loses what was chosen, so a
name holds nothing that changes.
"""

from components.text import at
from models.configs import EvaluationConfig
from models.tables import Job, Run


def name_of(job: Job) -> str:
    """Return an evaluation's name."""
    config = EvaluationConfig(**(job.config or {}))
    probe = config.probe.replace("_", " ").capitalize()
    return f"{probe} · {1 + len(config.run_ids)} models · {at(job.created_at)}"


def by_launch(rows: list[tuple[Job, Run]]) -> list[list[tuple[Job, Run]]]:
    """Return runs by launch: a batch's together, in the order of its runs."""
    launches: dict[str, list[tuple[Job, Run]]] = {}
    for job, run in rows:
        launches.setdefault(run.batch or job.id, []).insert(0, (job, run))
    return list(launches.values())


def launch_name(launch: list[tuple[Job, Run]]) -> str:
    """Return what a run or a batch is called in the list."""
    job, run = launch[0]
    more = f" and {len(launch) - 1} more" if len(launch) > 1 else ""
    return f"{run.name}{more} · {at(job.created_at)}"
