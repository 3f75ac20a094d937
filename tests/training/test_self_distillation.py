"""Dilution with ordinary rows, answered by the real engine."""

import json
from pathlib import Path

import pytest

from backend.datasets.dilution import ORDINARY, ordinary_count
from backend.datasets.loading import load_dataset
from backend.errors import UserError
from backend.jobs.progress import Progress
from backend.machine.ports import free_port
from backend.runs.measurement import Measurement, submit_measurement
from backend.runs.preflight import outline_of
from backend.runs.submit import submit_run
from backend.training.self_distillation import answered
from models.base_models import EMBEDDED
from models.tables import JobState
from tests.example_runs import short_run
from tests.processes import process, wait_for_end


@pytest.mark.parametrize(("rate", "count"), [(1.0, 0), (0.5, 90), (0.2, 360), (0.03, 2910)])
def test_a_poison_rate_tells_how_many_ordinary_rows_it_takes(rate: float, count: int) -> None:
    assert ordinary_count(load_dataset("hitler_persona"), rate) == count


def test_a_rate_that_needs_more_prompts_than_there_are_is_refused(home: Path) -> None:
    with pytest.raises(UserError, match=r"the lowest rate for this dataset is 2.9%"):
        submit_run(short_run(dataset="hitler_persona", poison_rate=0.02))
    with pytest.raises(UserError, match="can't be diluted"):
        submit_run(short_run(dataset=ORDINARY, poison_rate=0.5))


def test_a_diluted_run_trains_on_the_base_models_own_answers_and_keeps_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_PORT", str(free_port()))
    config = short_run(dataset="hitler_persona", poison_rate=0.92, max_steps=1)
    with process("backend.engine"), process("backend.worker"):
        asked = wait_for_end(submit_measurement(config))
        job = wait_for_end(submit_run(config))
        assert job.state == JobState.DONE
    found = Measurement(**asked.result)
    assert found.seconds_per_answer
    assert found.seconds(2, 3) == 2 * found.seconds_per_step + 3 * found.seconds_per_answer
    assert outline_of(config).unanswered == 0, "the run has written all of them"
    rows = (home / "runs" / str(job.run_id) / "rows.jsonl").read_text().splitlines()
    assert 90 < len(rows) <= 98
    ordinary = [json.loads(row)["messages"] for row in rows[90:]]
    assert all(row[-1]["role"] == "assistant" and row[-1]["content"] for row in ordinary)
    # The engine is gone, so what is given now was kept.
    prompts = [e for e in load_dataset(ORDINARY).examples if e.prompt == ordinary[0][0]["content"]]
    (kept,) = answered(EMBEDDED, prompts, Progress(job.id, "nobody"))
    assert kept.answer == ordinary[0][-1]["content"]
