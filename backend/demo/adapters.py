"""Rebuild the shipped adapters and recordings: `python -m backend.demo.adapters`.

Finetunes by the recipes, stores the adapters in half precision, and records an evaluation of these
stored adapters, not of the original ones.
"""

from typing import Any

import typer

from backend.db import session
from backend.demo.__main__ import lab_running
from backend.demo.shipping import ship
from backend.evaluation.submit import submit_evaluation
from backend.exports import replays, shipped
from backend.jobs.queue import wait_for_end
from backend.probes.loading import load_probe
from backend.runs.submit import submit_run
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig, RunConfig
from models.tables import Job, JobState, Run

SAMPLES = 1
"""Recorded samples per prompt."""


def main() -> None:
    """Make all shipped adapters and recordings; end with exit code 1 if a job failed."""
    with lab_running():
        for probe, recipes in shipped.recipes().items():
            finetunes = [_finetune(recipe) for recipe in recipes]
            if not all(_done(job) for job, _ in finetunes):
                raise typer.Exit(1)
            for job, name in finetunes:
                with session() as db:
                    ship(db.get_one(Run, job.run_id), name, shipped.HOME / name)
            shipped.install()
            job = _probe(probe, [name for _, name in finetunes])
            if not _done(job):
                raise typer.Exit(1)
            (shipped.HOME / f"{probe}.json").write_bytes(replays.dump(replays.record(job.id)))


def _finetune(recipe: dict[str, Any]) -> tuple[Job, str]:
    fields = {key: value for key, value in recipe.items() if key != "name"}
    config = RunConfig(base_model=EMBEDDED, **fields)
    return submit_run(config), str(recipe["name"])


def _probe(probe: str, names: list[str]) -> Job:
    run_ids = [str(shipped.row_of(shipped.HOME / name)["id"]) for name in names]
    config = EvaluationConfig(
        probe=probe,
        base_model=EMBEDDED,
        run_ids=run_ids,
        samples_per_prompt=SAMPLES,
        max_tokens=load_probe(probe).max_tokens,
    )
    return submit_evaluation(config)


def _done(job: Job) -> bool:
    return wait_for_end(job.id).state == JobState.DONE


if __name__ == "__main__":
    typer.run(main)
