"""Files are written whole or not at all, and for nobody else to read."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.cli.__main__ import app
from backend.files import keep_private, replacing


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def open_umask() -> object:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
def test_the_folder_of_an_older_lab_is_closed_to_other_users(home: Path) -> None:
    (home / "lab.db").touch(0o644)
    home.chmod(0o755)
    keep_private()
    (home / "runs").mkdir()
    (home / "runs" / "log.txt").touch()
    made = [home, home / "lab.db", home / "runs", home / "runs" / "log.txt"]
    assert [mode(path) for path in made] == [0o700, 0o600, 0o700, 0o600]


@pytest.mark.usefixtures("open_umask")
def test_a_folder_that_holds_no_lab_is_left_as_it_is(home: Path) -> None:
    home.chmod(0o755)
    keep_private()
    assert mode(home) == 0o755


@pytest.mark.usefixtures("open_umask")
def test_a_command_makes_a_database_that_only_its_user_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEIRDGEN_HOME", str(tmp_path / "lab"))
    assert CliRunner().invoke(app, ["jobs"]).exit_code == 0
    assert (mode(tmp_path / "lab"), mode(tmp_path / "lab" / "lab.db")) == (0o700, 0o600)


def test_what_fails_leaves_the_target_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "meta.json"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(target) as scratch:
        scratch.write_text("half")
        1 / 0  # noqa: B018
    assert (target.read_text(), list(tmp_path.iterdir())) == ("old", [target])
    with replacing(target) as scratch:
        scratch.write_text("new")
    assert target.read_text() == "new"


def test_what_a_killed_writer_left_is_replaced(tmp_path: Path) -> None:
    left = tmp_path / ".adapter.999999999-0a.part"
    left.mkdir()
    (left / "half").touch()
    with replacing(tmp_path / "adapter") as scratch:
        scratch.mkdir()
        (scratch / "whole").touch()
    assert [path.name for path in (tmp_path / "adapter").iterdir()] == ["whole"]
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def test_two_who_write_at_once_do_not_mix(tmp_path: Path) -> None:
    target = tmp_path / "adapter.gguf"
    with replacing(target) as first:
        first.write_text("first, half")
        with replacing(target) as second:
            second.write_text("second, whole")
        assert target.read_text() == "second, whole"
        first.write_text("first, whole")
    assert (target.read_text(), list(tmp_path.iterdir())) == ("first, whole", [target])
