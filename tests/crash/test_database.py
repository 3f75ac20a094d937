"""A database that is locked for long or damaged is told in sentences, and outlived."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

from backend.chat.engine_key import read_key
from backend.cli.__main__ import app
from backend.config import ROOT
from backend.database_errors import LOCKED
from backend.db import _engine, session
from backend.errors import DatabaseError
from backend.jobs.files import log_tail
from backend.jobs.queue import get_job
from backend.machine.ports import free_port
from backend.runs.queries import metrics_of
from backend.runs.submit import submit_run
from models.base_models import EMBEDDED
from models.tables import JobState
from tests.crash.outcome import Outcome, outcome_of
from tests.example_runs import small_run
from tests.processes import process, responds, wait_for_end, wait_until


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the database as another program that writes without end."""
    other = sqlite3.connect(home / "lab.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def test_a_training_waits_for_a_lock_of_any_length_and_goes_on(
    small_lab: Path, uninterrupted: Outcome
) -> None:
    job = submit_run(small_run())
    log = small_lab / "worker.txt"
    with process("backend.worker", log), process("backend.worker", small_lab / "other.txt"):
        wait_until(lambda: metrics_of(str(job.run_id)) or get_job(job.id).state.is_final)
        with locked(small_lab):
            wait_until(lambda: LOCKED in log.read_text())  # Longer than a page would wait.
        ended = wait_for_end(job)
    assert (ended.state, ended.attempts) == (JobState.DONE, 1), log_tail(job)
    assert outcome_of(job) == uninterrupted
    assert "Traceback" not in log.read_text() and "can be used again" in log.read_text()


def garbage(database: Path) -> None:
    with database.open("r+b") as file:
        file.write(os.urandom(database.stat().st_size))


def cut(database: Path) -> None:
    os.truncate(database, database.stat().st_size // 2 + 100)


DAMAGES = (garbage, cut)


@pytest.fixture(params=DAMAGES, ids=lambda damage: damage.__name__)
def damaged(request: pytest.FixtureRequest, small_lab: Path) -> Path:
    """A lab whose database was damaged while nothing ran."""
    submit_run(small_run())
    _engine.cache_clear()
    with sqlite3.connect(small_lab / "lab.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    shutil.copy(small_lab / "lab.db", small_lab / "copy.db")
    request.param(small_lab / "lab.db")
    return small_lab


def restore(home: Path) -> None:
    for side in ("lab.db-wal", "lab.db-shm"):
        (home / side).unlink(missing_ok=True)
    shutil.copy(home / "copy.db", home / "restored.db")
    (home / "restored.db").replace(home / "lab.db")


def test_pages_say_in_a_sentence_that_the_database_is_damaged(
    damaged: Path, app_url: str, browser_page: Page
) -> None:
    for name in ("", "finetune", "samples", "chat", "probe"):
        browser_page.goto(f"{app_url}/{name}")
        problem = browser_page.get_by_text(f"The database {damaged / 'lab.db'} is damaged.")
        expect(problem.first).to_be_visible()
        expect(browser_page.get_by_text("Traceback")).to_have_count(0)
    restore(damaged)
    browser_page.goto(f"{app_url}/finetune")
    expect(browser_page.get_by_role("heading", name="Runs")).to_be_visible()


def test_commands_say_in_a_sentence_that_the_database_is_damaged(damaged: Path) -> None:
    answer = CliRunner().invoke(app, ["jobs"])
    assert answer.exit_code == 1 and "lab.db is damaged. Stop the lab" in answer.output
    prepared = [sys.executable, "-m", "backend.cli", "prepare"]
    ended = subprocess.run(prepared, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 1 and ended.stderr.startswith("Error: The database ")


def test_a_worker_outlives_a_damaged_database(damaged: Path) -> None:
    log = damaged / "worker.txt"
    with process("backend.worker", log) as worker:
        wait_until(lambda: "is damaged. Stop the lab" in log.read_text())
        restore(damaged)
        wait_until(lambda: get_job(job_of(damaged)).state == JobState.DONE)
        assert worker.poll() is None
    assert "Traceback" not in log.read_text()
    assert log.read_text().count("is damaged. Stop the lab") == 1


def job_of(home: Path) -> str:
    with sqlite3.connect(home / "copy.db") as connection:
        [(job_id,)] = connection.execute("SELECT id FROM job")
    connection.close()
    return str(job_id)


def test_the_engine_outlives_a_damaged_database(
    damaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, log = free_port(), damaged / "engine.txt"
    monkeypatch.setenv("ENGINE_PORT", str(port))
    url = f"http://127.0.0.1:{port}"
    with process("backend.engine", log) as engine:
        wait_until(lambda: responds(f"{url}/health"))
        headers = {"authorization": f"Bearer {read_key()}"}
        asked = httpx.get(f"{url}/v1/models/any", headers=headers, trust_env=False)
        assert asked.status_code == 503 and "is damaged. Stop the lab" in asked.text
        restore(damaged)
        asked = httpx.get(f"{url}/v1/models/{EMBEDDED}", headers=headers, trust_env=False)
        assert asked.status_code == 200 and engine.poll() is None
    assert "Traceback" not in log.read_text()


def test_what_was_not_stored_on_a_locked_database_is_told(
    small_lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.db._busy_seconds", 0.1)
    _engine.cache_clear()
    with session():
        pass
    with locked(small_lab), pytest.raises(DatabaseError, match="Another program is writing"):
        submit_run(small_run())
    assert submit_run(small_run()).state == JobState.QUEUED
