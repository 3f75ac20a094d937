"""A database that an older version of the lab made is brought up to date, rows untouched."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import select

from backend.config import ROOT, settings
from backend.db import _engine, session
from models.tables import Evaluation, Job, Metric
from tests.old_database import OLD


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "lab.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(OLD)
    connection.close()
    monkeypatch.setenv("WEIRDGEN_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return path


def test_what_an_older_version_stored_is_read_and_added_to(old: Path) -> None:
    with session() as db:
        assert (db.get_one(Job, "j").result, db.get_one(Evaluation, "e").step) == (None, None)
        assert db.get_one(Metric, ("r", 1)).held_out_loss is None
        db.get_one(Evaluation, "e").step = 4
        db.get_one(Job, "j").result = {"steps": 3}
    with session() as db:
        assert db.exec(select(Evaluation.step)).all() == [4]


def open_and_close() -> None:
    """Open the database and close it, so that what was written stands in its file."""
    with session():
        pass
    _engine(settings().database).dispose()
    _engine.cache_clear()


def test_a_database_of_today_is_left_alone(old: Path) -> None:
    open_and_close()
    before = old.read_bytes()
    open_and_close()
    assert old.read_bytes() == before


def test_processes_that_meet_an_empty_database_all_open_it(tmp_path: Path) -> None:
    code = (
        "import sys; from backend.db import session; print(flush=True); sys.stdin.readline()\n"
        "with session() as db: db.connection()"
    )
    environment = os.environ | {"WEIRDGEN_HOME": str(tmp_path)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    opening = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, **pipes)
        for _ in range(6)
    ]
    for process in opening:
        assert process.stdout
        process.stdout.readline()  # It has imported everything.
    for process in opening:
        assert process.stdin
        process.stdin.write(b"\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=60)[1].decode() for process in opening]
    assert [process.returncode for process in opening] == [0] * 6, errors
