"""What a run leaves, which a crash may not change."""

import hashlib
import json
from typing import NamedTuple

from backend.config import settings
from backend.db import session
from backend.files import ADAPTER_WEIGHTS
from models.tables import Job, Run


class Outcome(NamedTuple):
    adapter_sha256: str
    loss: float
    """The mean of the last steps' losses."""
    steps: int


def outcome_of(job: Job) -> Outcome:
    """Read what a finished run left, in the database and in its folder."""
    with session() as db:
        summary = db.get_one(Run, job.run_id).summary or {}
    folder = settings().run_folder(str(job.run_id))
    assert summary == json.loads((folder / "meta.json").read_text())
    weights = (folder / "adapter" / ADAPTER_WEIGHTS).read_bytes()
    return Outcome(hashlib.sha256(weights).hexdigest(), summary["loss"], summary["steps"])
