"""What the documentation names is there: files, rooms, layers and commands."""

import re
import tomllib
from pathlib import Path

import pytest
import typer

from backend.cli.__main__ import app
from backend.config import ROOT, Settings

TEXTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
TOPS = "backend|components|data|docs|migrations|models|pages|server|tests"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_link_and_path_leads_to_a_file(path: Path) -> None:
    text = path.read_text("utf-8")
    links = [path.parent / link for link in re.findall(r"\]\((?!https?:)([^)#]+)", text)]
    named = [ROOT / name for name in re.findall(rf"`((?:{TOPS})/[\w./]+)`", text)]
    assert [str(each) for each in (*links, *named) if not each.exists()] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_command_is_one_that_works(path: Path) -> None:
    text = path.read_text("utf-8")
    commands = typer.main.get_group(app).commands
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"(?:^|`|bin/)weirdgen ([a-z]+)", text, re.MULTILINE)) <= set(commands)
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)) <= set(targets)


def test_the_map_of_the_readme_is_of_what_is_there() -> None:
    code = (ROOT / "README.md").read_text("utf-8").split("## Code")[1].split("```")[1]
    rooms = re.findall(r"(?:^|, )([\w/]+/)", code, re.MULTILINE)
    assert len(rooms) > 15
    assert [room for room in rooms if not (ROOT / room).is_dir()] == []


def test_the_architecture_names_every_room_of_the_backend() -> None:
    rooms = (ROOT / "docs" / "architecture.md").read_text("utf-8").split("## Rooms")[1]
    for package in ROOT.glob("backend/*/__init__.py"):
        assert f"`backend/{package.parent.name}/`" in rooms


def test_the_architecture_shows_the_layers_of_the_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = [line.replace("backend.", "") for line in contracts["contracts"][0]["layers"]]
    shown = (ROOT / "docs" / "architecture.md").read_text("utf-8").split("## Layers")[1]
    assert [line.strip() for line in shown.split("```")[1].strip().splitlines()] == layers


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert [name for name in Settings.model_fields if f"`{name.upper()}`" not in text] == []


def test_the_error_rates_in_the_methods_are_what_the_benchmarks_printed() -> None:
    printed = (ROOT / "docs" / "methods.md").read_text("utf-8").split("```text\n")[1:]
    files = [ROOT / "benchmarks" / f"{name}.txt" for name in ("gate", "rates")]
    assert [text.split("```")[0] for text in printed] == [f.read_text("utf-8") for f in files]
