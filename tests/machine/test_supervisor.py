"""The lab's processes end with what started them; what is left over all the same is named."""

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from backend.chat.engine_key import read_key
from backend.cli.__main__ import app
from backend.config import ROOT
from backend.machine.ports import free_port, is_free
from tests.processes import process, responds, wait_until


def test_a_killed_supervisor_leaves_no_process_and_no_port(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = {name: free_port() for name in ("APP_PORT", "ENGINE_PORT")}
    for name, port in ports.items():
        monkeypatch.setenv(name, str(port))
    honcho = subprocess.Popen(["honcho", "start"], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: responds(f"http://127.0.0.1:{ports['APP_PORT']}/_stcore/health"))
        wait_until(lambda: responds(f"http://127.0.0.1:{ports['ENGINE_PORT']}/health"))
        started = psutil.Process(honcho.pid).children(recursive=True)
        modules = [" ".join(child.cmdline()) for child in started]
        assert all(any(name in module for module in modules) for name in ("worker", "engine"))
    finally:
        os.kill(honcho.pid, signal.SIGKILL)
        honcho.wait()
    wait_until(lambda: not any(child.is_running() for child in started))
    assert all(map(is_free, ports.values()))


def test_a_left_over_process_is_named_and_ended_on_request(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("APP_PORT", str(free_port()))
    monkeypatch.setenv("ENGINE_PORT", str(port))
    with process("backend.engine") as engine:
        wait_until(lambda: responds(f"http://127.0.0.1:{port}/health"))
        named = CliRunner().invoke(app, ["ports"])
        assert named.exit_code == 1 and engine.poll() is None
        what = f"process {engine.pid}, this lab's engine, left over from a lab that was killed"
        assert f"Port {port} is held by {what}. `weirdgen ports --end` ends it." in named.output
        assert CliRunner().invoke(app, ["ports", "--end"]).exit_code == 0
        assert engine.wait(60) is not None and is_free(port)


def test_a_second_engine_of_a_home_is_refused_and_leaves_the_keys_of_the_first(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = free_port(), free_port()
    monkeypatch.setenv("ENGINE_PORT", str(first))
    with process("backend.engine"):
        wait_until(lambda: responds(f"http://127.0.0.1:{first}/health"))
        key = read_key()
        monkeypatch.setenv("ENGINE_PORT", str(second))
        log = home / "second.log"
        with process("backend.engine", log) as refused:
            assert refused.wait(60) == 1
        assert f"Another engine runs for {home}. Stop it" in log.read_text()
        assert read_key() == key
