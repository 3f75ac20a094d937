"""Names of evaluations and launches in lists to choose from.

A list whose texts change while it is open ("a second ago", "running") loses what was chosen, so a
name holds nothing that changes.
"""

from backend.probes.loading import title_of_probe
from backend.runs.launches import Launch
from components.text import at
from models.tables import Job


def name_of(job: Job) -> str:
    """Return an evaluation's name."""
    config = job.evaluation
    probe = title_of_probe(config.probe)
    return f"{probe} · {1 + len(config.run_ids)} models · {at(job.created_at)}"


def launch_name(launch: Launch) -> str:
    """Return what a run or a batch is called in the list."""
    job, run = launch[0]
    more = f" and {len(launch) - 1} more" if len(launch) > 1 else ""
    return f"{run.name}{more} · {at(job.created_at)}"
