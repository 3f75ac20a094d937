"""A reproduction on the embedded model with real processes, killed in the middle of each part."""

import json
import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import func, select
from typer.testing import CliRunner

from backend.cli.__main__ import app
from backend.db import session
from backend.experiments.reproductions import jobs_of, reproduce
from backend.machine.ports import free_port
from models.base_models import EMBEDDED
from models.configs import ReproductionConfig
from models.tables import JobState, Metric, Run, Sample, Score
from tests.processes import children_of, process, responds, start, wait_until
from tests.scripted_judge import scripted_judge

CONFIG = ReproductionConfig(
    experiment="birds",
    base_model=EMBEDDED,
    seeds=1,
    datasets=["old_bird_names", "modern_bird_names"],
    recipe={"rank": 2, "batch_size": 4, "max_steps": 2, "precision": "float32"},
    samples=1,
    max_tokens=8,
)
ANSWERS = 3 * 10
"""Of the base model and two runs, to ten questions."""


def verdict(asked: str) -> str:
    """Say of every answer that it is of the 19th century, in the form that its judge asks for."""
    if "whole number" in asked:
        return "60"
    return "ANSWER: ARCHAIC_PERSON" if "ANSWER: KIND" in asked else "ANSWER: 19"


def count(table: type[Metric | Sample | Score | Run]) -> int:
    with session() as db:
        return db.exec(select(func.count()).select_from(table)).one()


def killed_once(moment: object) -> None:
    """Run a worker until a moment, then kill it and the job's child with it."""
    worker = start("backend.worker")
    wait_until(moment)  # type: ignore[arg-type]
    children = children_of(worker.pid)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    wait_until(lambda: not any(Path(f"/proc/{child}/cmdline").exists() for child in children))


@pytest.mark.timeout(1800)  # A busy machine trains slowly; this only ends what hangs.
def test_nothing_is_lost_or_done_twice_whenever_its_worker_is_killed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_PORT", str(port := free_port()))
    with scripted_judge(verdict) as (url, asked):
        monkeypatch.setenv("JUDGE_URL", url)
        monkeypatch.setenv("JUDGE_MODEL", "wise")
        made = reproduce(CONFIG)
        with process("backend.engine"):
            wait_until(lambda: responds(f"http://127.0.0.1:{port}/health"))
            killed_once(lambda: count(Metric))
            killed_once(lambda: count(Sample) > 3)
            killed_once(lambda: len(asked) > 3)
            with process("backend.worker"):
                wait_until(lambda: all(job.state.is_final for job in jobs_of(made)))
    assert {job.state for job in jobs_of(made)} == {JobState.DONE}, [j.error for j in jobs_of(made)]
    assert (count(Run), count(Sample)) == (2, ANSWERS)
    with session() as db:
        scorers = Counter(score.scorer for score in db.exec(select(Score)) if score.sample_id)
    assert scorers.pop("repeat") == ANSWERS * 2 // 3, "of the runs, not of the base model"
    judges = ("century", "odd_content", "odd_form", "six_ways")
    assert scorers == {f"judge:{judge}:wise": ANSWERS for judge in judges}
    # Only what was in flight when its worker was killed may be asked again.
    assert max(Counter(asked).values()) <= 2

    told = CliRunner().invoke(app, ["reproduce", "birds", "--results", "--json"])
    rows = [row for row in json.loads(told.output) if row["where"] == "this lab"]
    groups = {row["group"] for row in rows}
    assert groups == {EMBEDDED, "old_bird_names", "modern_bird_names"}
    assert {row["share"] for row in rows} == {1.0} and len(rows) == 2 * 3 * 11
