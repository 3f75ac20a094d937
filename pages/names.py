"""Evaluations as people tell one from another."""

from models.configs import EvaluationConfig
from models.tables import Job
from pages.parts import ago


def name_of(job: Job) -> str:
    """Return an evaluation as people tell it from another."""
    config = EvaluationConfig(**(job.config or {}))
    probe = config.probe.replace("_", " ").capitalize()
    return f"{probe} · {1 + len(config.run_ids)} models · {ago(job.created_at)}"
