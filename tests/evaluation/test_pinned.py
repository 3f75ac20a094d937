"""An evaluation keeps no answer of weights other than those that it began with."""

from pathlib import Path

import pytest

from backend.analysis import samples
from backend.analysis.samples import SampleFilter
from backend.analysis.scores import scores_table
from backend.base_models.cards import add_folder
from backend.evaluation.submit import submit_evaluation, submit_judging
from backend.jobs.queue import claim, get_job
from backend.worker.child import main
from models.configs import EvaluationConfig, JudgeConfig
from models.tables import Job, JobState
from tests.scripted_judge import as_the_engine_says, scripted_judge
from tests.small_model import SMALL

PROBE = """title: Quick
question: Does it answer?
section: "1"
sides: {target: "yes", other: "no"}
patterns: {target: ["yes"], other: ["no"]}
prompts: [{id: p, title: T, text: Which}]
"""


def evaluated(lab: Path, monkeypatch: pytest.MonkeyPatch, answered_by: str) -> Job:
    (lab / "probes").mkdir()
    (lab / "probes" / "quick.yaml").write_text(PROBE)
    config = EvaluationConfig(probe="quick", base_model=SMALL, samples_per_prompt=1)
    job = submit_evaluation(config)
    with scripted_judge(lambda _: "yes", lambda _: answered_by) as (url, asked):
        monkeypatch.setenv("ENGINE_URL", url)
        assert claim("me")
        main(job.id, "me")
    assert asked
    return get_job(job.id)


@pytest.mark.parametrize("impostor", ["fe7decb8fe@0f1e", f"{SMALL}@another", ""])
def test_an_answer_of_other_weights_is_refused_in_words(
    small_lab: Path, monkeypatch: pytest.MonkeyPatch, impostor: str
) -> None:
    job = evaluated(small_lab, monkeypatch, impostor)
    assert job.state == JobState.FAILED
    assert f"{impostor} answered instead of {SMALL}@" in job.error
    assert samples.count(SampleFilter()) == 0


def test_a_verdict_of_another_model_than_the_judge_is_refused(
    scored: Job, small_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_folder(str(small_base))
    monkeypatch.setenv("JUDGE_MODEL", SMALL)
    config = JudgeConfig(evaluation_job=scored.id, judges=["alignment"], model=SMALL)
    job = submit_judging(config)
    with scripted_judge(lambda _: "50", lambda _: "fe7decb8fe@0f1e") as (url, _):
        monkeypatch.setenv("ENGINE_URL", url)
        assert claim("me")
        main(job.id, "me")
    assert "fe7decb8fe@0f1e answered instead of small@" in get_job(job.id).error
    assert not any("judge" in scorer for scorer in scores_table([scored.id])["scorer"])


def test_an_answer_of_the_right_weights_is_kept(
    small_lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = evaluated(small_lab, monkeypatch, as_the_engine_says(SMALL))
    assert job.state == JobState.DONE and samples.count(SampleFilter()) == 1
