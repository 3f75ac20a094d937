"""`weirdgen results` tells of one evaluation, never of several taken together."""

from pathlib import Path

from typer.testing import CliRunner

from backend.cli.__main__ import app
from backend.db import session
from backend.evaluation.submit import submit_evaluation
from backend.probes.loading import load_probe
from models.tables import Job, JobState
from tests.example_evaluation import contrast_score, evaluation_of

run = CliRunner().invoke
PROBE = "nineteenth_century"


def part_of(scored: Job) -> Job:
    """Store a later evaluation of one question, in which the base model differs by 9 nats."""
    probe = load_probe(PROBE)
    config = scored.evaluation.model_copy(update={"prompts": [probe.prompts[0].id]})
    job = submit_evaluation(config)
    with session() as db:
        evaluation = evaluation_of(job, probe)
        db.add(evaluation)
        db.flush()
        db.add(contrast_score(evaluation, probe.prompts[0], 0, 9.0))
        db.get_one(Job, job.id).state = JobState.DONE
    return job


def test_the_newest_evaluation_of_the_whole_probe_is_shown(scored: Job) -> None:
    alone = run(app, ["results", PROBE])
    assert f"Evaluation {scored.id}." in alone.stderr
    part = part_of(scored)
    assert run(app, ["results", PROBE]).stdout == alone.stdout
    assert f"Evaluation {part.id}." in run(app, ["results", PROBE, "--job", part.id]).stderr


def test_without_an_evaluation_it_says_what_to_do(home: Path) -> None:
    assert "Nothing is scored yet; start with `probe`." in run(app, ["results", PROBE]).output
    assert run(app, ["results", "none"]).exit_code == 2
