"""The files of a job: its folder and its log."""

from pathlib import Path

from backend.config import settings
from models.tables import Job


def folder_of(job: Job) -> Path:
    """Return the folder of a job's files: its run's, or its own if it has no run."""
    lab = settings()
    return lab.run_folder(job.run_id) if job.run_id else lab.evaluation_folder(job.id)


def log_path(job: Job) -> Path:
    """Return the file that holds a job's log."""
    return folder_of(job) / "log.txt"


def log_tail(job: Job, characters: int = 4000) -> str:
    """Return the last whole lines of a job's log."""
    try:
        with log_path(job).open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(0, size - characters))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return text.split("\n", 1)[-1] if size > characters else text
