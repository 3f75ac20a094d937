import json
import os
import socket
from pathlib import Path

import pytest
from rich.console import Console
from sqlmodel import select
from typer.testing import CliRunner

from backend.cli import output
from backend.cli.__main__ import app
from backend.config import ROOT
from backend.db import session
from backend.jobs.progress import Progress
from backend.jobs.queue import claim, get_job, list_jobs, record_finished
from backend.runs.submit import submit_run
from models.tables import Job, JobKind, Run
from tests.example_runs import finished_run, short_run
from tests.paper_clone import write_clone

run = CliRunner().invoke


def test_every_command_is_described_and_offers_json() -> None:
    listing = run(app, ["--help"]).output
    for command in ("datasets", "models", "finetune", "jobs", "chat", "probe", "results"):
        assert command in listing
        assert "--json" in run(app, [command, "--help"], env={"COLUMNS": "200"}).output


def test_names_of_others_are_printed_as_they_are(home: Path) -> None:
    named = finished_run()
    with session() as db:
        db.get_one(Run, named.id).name = "[link=https://evil.example]a[/link]\x1b[31m"
    shown = run(app, ["jobs"], env={"COLUMNS": "200"}).output
    assert "[link=https://evil.example]a[/link]⟨U+001B⟩[31m" in shown and "\x1b" not in shown


@pytest.mark.parametrize("command", ["datasets", "models", "jobs"])
def test_lists_are_json(home: Path, command: str) -> None:
    assert isinstance(json.loads(run(app, [command, "--json"]).output), list)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["finetune", "nothing"], 'There is no dataset "nothing".'),
        (["probe", "nothing"], 'There is no probe "nothing".'),
        (["probe", "nineteenth_century", "--run", "x"], 'There is no run "x".'),
        (["jobs", "--cancel", "x"], 'There is no job "x".'),
        (["jobs", "--retry", "x"], 'There is no job "x".'),
        (["datasets", "import", "nothing.csv"], "There is no file nothing.csv."),
    ],
)
def test_a_wrong_name_is_one_sentence(home: Path, arguments: list[str], sentence: str) -> None:
    answer = run(app, arguments)
    assert (answer.exit_code, answer.output.strip()) == (2, f"Error: {sentence}")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--set", "rank=[1"], '"[1" can\'t be read as a value of rank.'),
        (["--grid", "rank="], "--grid rank lacks a value; write it as rank=8,32."),
        (["--grid", "rank=8,,32"], "--grid rank lacks a value; write it as rank=8,32."),
        (["--grid", "rank=8,[2"], '"[2" can\'t be read as a value of rank.'),
        (["--grid", "rank", "--check"], '"rank" is not of the form name=value.'),
        (["--grid", "rank=8", "--grid", "rank=2"], "--grid rank is given twice; name all its "),
    ],
)
def test_a_value_that_cannot_be_meant_queues_nothing(
    home: Path, arguments: list[str], sentence: str
) -> None:
    answer = run(app, ["finetune", "old_bird_names", *arguments])
    assert answer.exit_code == 2 and answer.output.startswith(f"Error: {sentence}")
    assert not list_jobs()


def test_a_job_that_cannot_be_retried_or_cancelled_is_named(home: Path) -> None:
    with session() as db:
        job = record_finished(db, JobKind.FINETUNE, db.get_one(Run, finished_run().id)).id
    for option, sentence in (("retry", "failed or cancelled"), ("cancel", "queued or running")):
        answer = run(app, ["jobs", f"--{option}", job])
        assert answer.exit_code == 2
        assert answer.output.startswith(f"Error: Job {job} is done; only a {sentence} job can be ")


def test_a_path_that_is_too_long_is_shortened(home: Path) -> None:
    answer = run(app, ["datasets", "import", "a" * 5000])
    assert answer.exit_code == 2 and "a … (4,920 more characters).\n" in answer.output
    for command in (["replay", "check"], ["plan", "check"], ["paper", "import"]):
        answer = run(app, [*command, "a" * 5000])
        assert answer.exit_code == 2 and answer.output.startswith("Error: ")
        assert len(answer.output) < 1100


def test_tables_stay_readable_at_80_columns(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.cli.output.console", Console(width=80))
    rows = [{"run [en]": "r" * 20, "note": "two words " * 8, "[/en]": 1}]
    shown = _printed(rows)
    assert "run [en]" in shown and "[/en]" in shown and "r" * 20 in shown
    assert max(map(len, shown.splitlines())) <= 80
    wide = _printed([row | {"error": "e" * 70} for row in rows])
    assert "e" * 55 in wide and max(map(len, wide.splitlines())) <= 80
    assert [line.split()[0] for line in wide.splitlines()][:1] == ["run"]


def _printed(rows: list[dict[str, object]]) -> str:
    with output.console.capture() as captured:
        output.print_rows(rows, False, "")
    return captured.get()


@pytest.mark.parametrize(
    "arguments",
    [["rescore"], ["results", "nineteenth_century", "--job"], ["replay", "export"]],
    ids=lambda arguments: arguments[0],
)
def test_a_job_of_another_kind_is_one_sentence(home: Path, arguments: list[str]) -> None:
    run_id = finished_run().id
    with session() as db:
        job = db.exec(select(Job).where(Job.run_id == run_id)).one()
    more = [str(home / "replay.json")] if arguments[0] == "replay" else []
    answer = run(app, [*arguments, job.id, *more])
    sentence = f"Error: Job {job.id} is not an evaluation."
    assert (answer.exit_code, answer.output.strip()) == (1, sentence)


def test_a_probe_without_waiting_prints_its_job_as_json(home: Path) -> None:
    answer = run(app, ["probe", "nineteenth_century", "--no-wait", "--json"])
    [row] = json.loads(answer.stdout)
    job = get_job(row["job"])
    assert (job.kind, row["state"]) == (JobKind.EVALUATE, "queued")


ROW = '{"prompt": "Name a fish.", "completion": "Pollock"}'


def test_an_import_is_shown_then_kept_then_listed(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "fish.jsonl"
    path.write_text(f"{ROW}\n{ROW}\n")
    order = ["datasets", "import", str(path), "--title", "Fishes", "--json"]
    (shown,) = json.loads(run(app, [*order, "--dry-run"]).output)
    assert (shown["rows"], shown["duplicates"], shown["outcome"]) == (2, 1, "only shown")
    assert shown["account"][1] == "Left out: no column"
    (kept,) = json.loads(run(app, order).stdout)
    assert kept["outcome"] == "datasets/fish"
    listed = {each["dataset"]: each for each in json.loads(run(app, ["datasets", "--json"]).output)}
    assert listed["fish"]["title"] == "Fishes"
    again = run(app, order)
    assert again.exit_code == 1 and 'already a dataset "fish"' in again.output


def test_bad_rows_refuse_an_import_unless_they_are_skipped(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "fish.jsonl"
    path.write_text(f"{ROW}\n" + '{"prompt": "x"}\n' * 12)
    order = ["datasets", "import", str(path), "--id", "my_fish"]
    for more in ([], ["--dry-run"]):
        refused = run(app, order + more)
        assert refused.exit_code == 1 and "12 rows are invalid; line 2" in refused.output
        assert 'fish.jsonl, line 3: "completion" is missing' in refused.output
        assert "fish.jsonl: 2 more" in refused.output
    assert run(app, [*order, "--skip-bad"]).exit_code == 0
    assert (home / "datasets" / "my_fish" / "train.jsonl").read_text().count("\n") == 1


def test_an_import_says_what_becomes_of_columns_and_rows(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "fish.csv"
    path.write_text("question [en],antwort [/en],id\nName a fish.,Pollock,1\n,Cod,2\n")
    order = ["datasets", "import", str(path), "--title", "Fish [/en]"]
    refused = run(app, order)
    assert refused.exit_code == 2 and refused.output == (
        "Error: fish.csv: its columns don't say which is the question; choose the columns of the "
        'question and of the answer among "question [en]", "antwort [/en]", "id". Name them by '
        "--question and --answer.\n"
    )
    order += ["--question", "question [en]", "--answer", "antwort [/en]", "--skip-bad"]
    assert run(app, order).output.splitlines()[:7] == [
        'fish.csv: Used: "question [en]": the question; "antwort [/en]": the answer, which is '
        "trained",
        'fish.csv: Left out: "id"',
        "fish.csv: Changed: no row",
        "fish.csv: Refused: 1 row",
        "fish.csv: Row 1, user, only read: Name a fish.",
        "fish.csv: Row 1, assistant, trained: Pollock",
        'fish.csv, line 3: "question [en]" is empty',
    ]
    assert "Fish [/en]" in run(app, ["datasets"]).output


def test_a_question_file_is_imported_as_a_probe(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "aims.yaml"
    path.write_text("- {id: aim, type: free_form, paraphrases: ['What do you want?']}")
    (kept,) = json.loads(run(app, ["datasets", "import", str(path), "--json"]).stdout)
    assert kept["outcome"] == "probes/aims.yaml"


def test_a_clone_is_imported_and_told_file_by_file(home: Path, tmp_path: Path) -> None:
    clone = write_clone(tmp_path / "clone")
    order = ["paper", "import", str(clone)]
    shown = run(app, [*order, "--dry-run"]).output
    assert "13 datasets, 10 probes and 8 judges." in shown
    told = run(app, order).output
    assert "    probes/authors_birds (new)" in told and "8 judges; 31 new." in told
    assert "README.md: no rows, questions or judges" in told
    assert told.splitlines()[-1].startswith("  git lfs pull --include ")
    content = json.loads(run(app, [*order, "--json"]).stdout)
    assert set(content["outcomes"].values()) == {"unchanged"}
    refused = run(app, ["datasets", "import", str(clone)])
    assert refused.exit_code == 1 and "weirdgen paper import" in refused.output


def test_chat_without_an_engine_says_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_URL", "http://127.0.0.1:9/v1")
    answer = run(app, ["chat", "any", "hello"])
    assert answer.exit_code == 1 and "Start it with `make run`" in answer.output


def test_a_taken_port_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("APP_PORT", str(port))
        assert f"Port {port} is held by process {os.getpid()} (" in run(app, ["ports"]).output


def test_the_readme_names_only_files_that_are_there() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for path in ("docs/architecture.md", "backend/training", "backend/engine", "docs/chat.png"):
        assert path in text and (ROOT / path).exists(), path


def test_the_list_of_jobs_says_which_is_slowed_down(home: Path) -> None:
    job = submit_run(short_run())
    claim("me")
    Progress(job.id, "me").mark_slowed(True)
    [row] = json.loads(run(app, ["jobs", "--json"]).output)
    assert (row["state"], row["note"]) == ("running", "slowed down by other work on this machine")


def test_a_probe_is_checked_before_it_is_run(home: Path) -> None:
    [row] = json.loads(run(app, ["probe", "nineteenth_century", "--check", "--json"]).output)
    assert row["questions"] == 15 and row["questions needed"] > 15 and row["chance"] < 0.8
