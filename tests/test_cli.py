import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.cli import app
from backend.config import ROOT

run = CliRunner().invoke


def test_every_command_is_described_and_offers_json() -> None:
    listing = run(app, ["--help"]).output
    for command in ("datasets", "models", "finetune", "jobs", "chat", "probe", "results"):
        assert command in listing
        assert "--json" in run(app, [command, "--help"], env={"COLUMNS": "200"}).output


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
    ],
)
def test_a_wrong_name_is_one_sentence(home: Path, arguments: list[str], sentence: str) -> None:
    answer = run(app, arguments)
    assert (answer.exit_code, answer.output.strip()) == (1, f"Error: {sentence}")


def test_chat_without_an_engine_says_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_URL", "http://127.0.0.1:9/v1")
    answer = run(app, ["chat", "any", "hello"])
    assert answer.exit_code == 1 and "start it with `make run`" in answer.output


def test_a_taken_port_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("APP_PORT", str(port))
        assert f"Port {port} is taken" in run(app, ["ports"]).output


def test_the_readme_names_only_files_that_are_there() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for path in ("docs/architecture.md", "backend/training", "backend/engine", "docs/chat.png"):
        assert path in text and (ROOT / path).exists(), path
