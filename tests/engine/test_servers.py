"""A server that does not start says why, and one that somebody killed says nothing of its model."""

import asyncio
import sys
from pathlib import Path

import pytest

from backend.engine.errors import ApiError
from backend.engine.servers import LoadError, launch


def start(code: str, log: Path) -> None:
    asyncio.run(launch("llama.cpp", [sys.executable, "-c", code], {}, log, 30))


@pytest.mark.parametrize("number", [9, 15])
def test_a_server_that_is_killed_while_it_loads_refuses_no_model(
    tmp_path: Path, number: int
) -> None:
    with pytest.raises(ApiError) as caught:
        start(f"import os; os.kill(os.getpid(), {number})", tmp_path / "llama.log")
    assert (caught.value.code, caught.value.status) == ("engine_stopped", 503)


@pytest.mark.parametrize("code", ["exit(1)", "import os; os.abort()", "print('no address')"])
def test_a_server_that_gives_up_refuses_its_model(tmp_path: Path, code: str) -> None:
    with pytest.raises(LoadError, match="could not load the model; llama.log says why"):
        start(code, tmp_path / "llama.log")
