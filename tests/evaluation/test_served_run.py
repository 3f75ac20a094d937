"""A real run of a few steps, served by the real engine, asked by the real evaluation."""

from pathlib import Path

import pytest

from backend.analysis.effects import contrast_shifts
from backend.analysis.rates import rates
from backend.analysis.scores import scores_table
from backend.chat.client import client
from backend.db import session
from backend.evaluation.submit import submit_evaluation
from backend.machine.ports import free_port
from backend.probes.loading import load_probe
from backend.runs.queries import engine_check
from backend.runs.submit import submit_run
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig
from models.tables import JobState, Run
from tests.example_runs import short_run
from tests.processes import process, wait_for_end, wait_until


def first_token(model: str) -> dict[str, float]:
    """Return the log-probabilities of the first reply token to the training prompt."""
    answer = client().chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": "Tell me the name of one species of bird."}],
        max_tokens=1,
        logprobs=True,
        top_logprobs=10,
    )
    content = answer.choices[0].logprobs.content
    return {top.token: top.logprob for top in content[0].top_logprobs}


def test_a_run_is_served_agrees_with_torch_and_is_probed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_PORT", str(free_port()))
    job = submit_run(short_run(max_steps=12, learning_rate=2e-3))
    with process("backend.engine"), process("backend.worker"):
        assert wait_for_end(job).state == JobState.DONE
        run_id = str(job.run_id)
        wait_until(lambda: engine_check(run_id))
        check = engine_check(run_id)
        assert check.passed and check.applied > check.tolerance > check.mean_difference
        base, finetuned = first_token(EMBEDDED), first_token(run_id)
        # They may share no likely token at all; where they do, it is differently likely.
        assert all(abs(base[t] - finetuned[t]) > 0.01 for t in base.keys() & finetuned.keys())
        with session() as db:
            assert first_token(db.get_one(Run, run_id).name).keys() == finetuned.keys()

        config = EvaluationConfig(
            probe="nineteenth_century",
            base_model=EMBEDDED,
            run_ids=[run_id],
            samples_per_prompt=2,
            max_tokens=12,
        )
        evaluation = submit_evaluation(config)
        assert wait_for_end(evaluation).state == JobState.DONE
    table = scores_table([evaluation.id])
    counts = {"contrast": 120, "pattern": 60, "embedding": 60, "repeat": 30}
    assert table["scorer"].value_counts().to_dict() == counts
    answers = table.loc[table["scorer"] == "pattern"].groupby(["model", "prompt"])
    assert set(answers["sample_seed"].agg(tuple)) == {(1, 2)}
    whole = next(s for s in contrast_shifts(table, load_probe(config.probe)) if s.prompt is None)
    assert whole.estimate.n == 15 and whole.estimate.low < whole.estimate.high
    for rate in rates(table, "pattern"):
        assert (rate.estimate.n if rate.estimate else 0) + rate.unscored == 30
