"""SIGKILL of the app: what was asked for just before is done all the same."""

import os
import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.jobs.files import log_tail
from backend.jobs.queue import list_jobs
from backend.machine.ports import free_port
from models.tables import JobState
from tests.processes import process, responds, wait_for_end, wait_until
from tests.small_model import SMALL


def test_a_run_launched_just_before_the_app_was_killed_is_done_and_shown(
    small_lab: Path, browser_page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, page = free_port(), browser_page
    monkeypatch.setenv("APP_PORT", str(port))
    url = f"http://127.0.0.1:{port}"
    with process("server") as app:
        wait_until(lambda: responds(f"{url}/_stcore/health"))
        page.goto(f"{url}/finetune")
        chosen = page.get_by_role("combobox", name="Base model")
        chosen.fill(SMALL)
        chosen.press("Enter")
        name = page.get_by_label("Name", exact=True)
        name.fill("birds")
        name.press("Enter")
        page.get_by_role("button", name="Launch").click()
        wait_until(lambda: list_jobs())
        os.kill(app.pid, signal.SIGKILL)
        app.wait()
    [(job, _)] = list_jobs()
    with process("backend.worker"), process("server"):
        assert wait_for_end(job).state == JobState.DONE, log_tail(job)
        wait_until(lambda: responds(f"{url}/_stcore/health"))
        page.goto(f"{url}/finetune?job={job.id}")
        shown = page.get_by_role("combobox", name="Run or batch")
        expect(shown).to_have_value(re.compile("birds · "))
        expect(page.get_by_text("Chat with it")).to_be_visible()
