"""Other people's clients of OpenAI's API, each run as a program of its own against a gateway."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from backend.config import ROOT
from tests.engine.gateway_lab import ENGINE_KEY, Lab

FOLDER = Path(sys.prefix) / "clients"


def run_client(lab: Lab, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the clients' packages, and the gateway as the address of OpenAI."""
    assert FOLDER.is_dir(), "run `make .venv/clients/ready` first"
    own = {
        "PYTHONPATH": f"{ROOT}:{FOLDER}",
        "OPENAI_API_KEY": ENGINE_KEY,
        "OPENAI_BASE_URL": f"http://127.0.0.1:{lab.port}/v1",
        "HF_HUB_OFFLINE": "1",
        "NO_PROXY": "127.0.0.1",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | own | environment,
        cwd=lab.home,
        capture_output=True,
        text=True,
    )


def told_by(lab: Lab, script: str, **environment: str) -> Any:
    """Return the JSON on the last line that a client's script prints."""
    done = run_client(lab, "-c", script, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
