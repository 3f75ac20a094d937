"""Plans on the command line, from a draft to a confirmatory result."""

import json
from pathlib import Path

from typer.testing import CliRunner

from backend.cli.__main__ import app
from backend.jobs.queue import get_job
from tests.example_plan import PROBE, finish, planned_runs

run = CliRunner().invoke
BIRDS = ["--dataset", "old_bird_names", "--probe", PROBE, "--control", "modern_bird_names"]
RECIPE = ["--set", "rank=4", "--set", "max_steps=4", "--set", "precision=float32", "--seeds", "2"]


def _json(*arguments: str) -> dict[str, str]:
    answer = run(app, ["plan", *arguments, "--json"])
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)[0]


def test_a_plan_is_drafted_frozen_exported_launched_and_shown(home: Path, tmp_path: Path) -> None:
    planned_runs()
    assert "There are no plans" in run(app, ["plan", "list"]).output
    plan = _json("create", *BIRDS, *RECIPE, "--trained-before")["plan"]
    assert _json("list")["frozen"] == "draft"
    frozen = _json("freeze", plan)
    assert run(app, ["plan", "export", plan, str(tmp_path / "plan.json")]).exit_code == 0
    checked = run(app, ["plan", "check", str(tmp_path / "plan.json")]).output
    assert "Unchanged" in checked and frozen["sha256"] in checked.replace("\n", "")
    job = _json("launch", plan, "--no-wait")["job"]
    finish(get_job(job))
    assert "Confirmatory" in _json("show", plan)["evaluations"]
    shown = run(app, ["results", PROBE, "--job", job])
    assert "Confirmatory for one effect" in shown.stderr
    assert (
        "part of a confirmatory test" in run(app, ["results", PROBE, "--job", job, "--json"]).stdout
    )


def test_what_is_wrong_is_one_sentence(home: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{}")
    for arguments, sentence in (
        (["create"], "Name a dataset or a file."),
        (["create", "--file", "none.yaml"], "There is no plan file none.yaml."),
        (["freeze", "none"], 'There is no plan "none".'),
        (["check", str(tmp_path / "bad.json")], "This file is not a plan of this lab."),
        (["launch", "none", "--no-wait"], 'There is no plan "none".'),
    ):
        answer = run(app, ["plan", *arguments])
        code = 2 if sentence.startswith("There is no") else 1
        assert (answer.exit_code, answer.output.strip()) == (code, f"Error: {sentence}")
