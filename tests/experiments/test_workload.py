"""How long a reproduction takes, from what has been measured on this machine."""

from datetime import timedelta
from pathlib import Path

import pytest

from backend.db import session
from backend.experiments.workload import duration, workload_of
from backend.runs.measurement import submit_measurement
from models.base_models import EMBEDDED
from models.configs import JudgeConfig, ReproductionConfig
from models.tables import EngineSpeed, Job, JobKind, JobState, now

ONE = ReproductionConfig(
    experiment="birds",
    base_model=EMBEDDED,
    seeds=2,
    datasets=["old_bird_names"],
    recipe={"max_steps": 10},
    samples=5,
    max_tokens=100,
)
MEASURED = {
    "seconds_per_step": 3.0,
    "tokens_per_step": 100.0,
    "precision": "float32",
    "device": "cpu",
    "adapter_bytes": 1,
    "peak_bytes": 1,
    "free_bytes": 1,
}


def test_measured_steps_speeds_and_judgings_give_the_time(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_MODEL", "wise")
    workload = workload_of(ONE)
    assert workload.seconds is None and workload.unknown == ["training", "sampling", "judging"]
    measuring = submit_measurement(workload.runs[0])
    judging = JudgeConfig(evaluation_job="e", judges=["century"], model="wise")
    speed = {"engine": "llama.cpp", "adapted": True, "device": "cpu", "tokens_per_second": 50.0}
    with session() as db:
        job = db.get_one(Job, measuring.id)
        job.state, job.result = JobState.DONE, MEASURED
        done = {"state": JobState.DONE, "attempts": 1, "total": 100, "finished_at": now()}
        done |= {"started_at": now() - timedelta(seconds=10)}
        db.add(Job(kind=JobKind.JUDGE, config=judging.model_dump(), **done))
        db.add(EngineSpeed(base_model=EMBEDDED, **speed))
    workload = workload_of(ONE)
    assert workload.training_seconds == 2 * 10 * 3.0
    assert workload.answers == 3 * 10 * 5 and workload.judge_calls == 4 * workload.answers
    assert workload.sampling_seconds == workload.answers * 100 / 50
    assert workload.judging_seconds == pytest.approx(workload.judge_calls / 10, rel=0.01)
    assert workload.seconds and not workload.unknown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "not known yet"),
        (0.2, "about 1 second"),
        (60.0, "about 60 seconds"),
        (600.0, "about 10 minutes"),
        (9000.0, "about 2.5 hours"),
    ],
)
def test_a_time_is_told_in_words(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words
