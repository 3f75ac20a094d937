"""Runs, their ids and all base models share one namespace, whoever writes into it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from backend.base_models.cards import add_folder
from backend.config import ROOT
from backend.db import session
from backend.errors import InvalidDataError, UserError
from backend.jobs.queue import cancel, delete_job
from backend.runs.submit import rename_run, submit_run
from models.base_models import EMBEDDED
from models.tables import BaseModelFolder, ModelName, Run
from tests.example_runs import short_run
from tests.small_model import SMALL


def run_called(name: str, seed: int = 1) -> Run:
    job = submit_run(short_run(seed=seed), name)
    with session() as db:
        return db.get_one(Run, job.run_id)


def names() -> set[str]:
    with session() as db:
        return set(db.exec(select(ModelName.name)))


def hosted_here(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HOSTED_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("HOSTED_MODELS", "cheap=1/2")
    return "cheap"


def test_no_run_takes_another_models_name(small_lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    birds = run_called("birds")
    for name in (EMBEDDED, SMALL, birds.id, hosted_here(monkeypatch)):
        with pytest.raises(UserError, match="already called"):
            submit_run(short_run(seed=2), name)
        with pytest.raises(UserError, match="already called"):
            rename_run(birds.id, name)
    assert run_called("birds", seed=2).name == "birds-2"


def test_the_database_itself_refuses_a_second_bearer(small_lab: Path) -> None:
    birds = run_called("birds")
    common = {"dataset": "d", "dataset_sha256": "", "base_model": SMALL, "config": {}}
    stolen = [Run(name=name, **common) for name in (birds.id, SMALL, "birds")]
    folders = [BaseModelFolder(name=name, path="") for name in (birds.id, "birds")]
    for impostor in (*stolen, Run(id=SMALL, name="new", **common), *folders):
        with pytest.raises(IntegrityError), session() as db:
            db.add(impostor)
    with pytest.raises(IntegrityError), session() as db:
        db.get_one(Run, birds.id).name = SMALL
    assert names() == {birds.id, "birds", SMALL}


def test_no_folder_takes_a_runs_name(home: Path, small_base: Path, tmp_path: Path) -> None:
    birds = run_called("birds")
    for name in ("birds", birds.id):
        copy = tmp_path / "folders" / name
        copy.mkdir(parents=True)
        for file in small_base.iterdir():
            (copy / file.name).symlink_to(file)
        with pytest.raises(InvalidDataError, match=f'"{name}" is the name of a run'):
            add_folder(str(copy))


def test_a_name_is_free_again_when_its_run_is_renamed_or_gone(home: Path) -> None:
    job = submit_run(short_run(), "birds")
    assert rename_run(str(job.run_id), "years") == "years"
    assert names() == {"years", job.run_id}
    assert run_called("birds", seed=2).name == "birds"
    cancel(job.id)
    delete_job(job.id)
    assert run_called("years", seed=3).name == "years"


def test_processes_that_want_one_name_at_once_get_different_ones(small_lab: Path) -> None:
    with session():
        pass
    code = (
        "import sys; from backend.runs.submit import submit_run\n"
        "from tests.example_runs import short_run\n"
        "print(flush=True); sys.stdin.readline()\n"
        "for number in range(5):\n"
        "    submit_run(short_run(seed=5 * int(sys.argv[1]) + number), 'birds')"
    )
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    racing = [
        subprocess.Popen([sys.executable, "-c", code, str(n)], cwd=ROOT, env=os.environ, **pipes)
        for n in range(3)
    ]
    for process in racing:
        process.stdout.readline()  # It has imported everything.
    for process in racing:
        process.stdin.write(b"\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=120)[1].decode() for process in racing]
    assert [process.returncode for process in racing] == [0] * 3, errors
    with session() as db:
        called = set(db.exec(select(Run.name)))
    assert called == {"birds", *(f"birds-{number}" for number in range(2, 16))}
