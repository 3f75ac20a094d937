"""The shipped adapters are whole, registered once, and shown by the guided demo."""

import json
import shutil
from pathlib import Path

import pytest
from sqlmodel import select

from backend.analysis.effects import contrast_shifts
from backend.datasets.loading import load_dataset
from backend.db import session
from backend.errors import InvalidDataError
from backend.exports import shipped
from backend.files import ADAPTER_WEIGHTS
from backend.gguf.adapter import read_config, read_weights
from backend.jobs.queue import list_jobs
from backend.runs.queries import finished_runs
from backend.runs.submit import rename_run
from models.configs import RunConfig
from models.tables import Run
from tests.screens import open_page, texts


def test_shipped_adapters_are_registered_once_and_the_users_names_stay(home: Path) -> None:
    names = shipped.install()
    run = finished_runs()[0]
    rename_run(run.id, "mine")
    assert shipped.install() == names
    found = finished_runs()
    assert len(found) == len(names) == len(list_jobs())
    assert all(shipped.is_shipped(each) for each in found)
    assert "mine" in [each.name for each in found]


def test_a_name_that_is_taken_is_kept_and_the_shipped_run_has_another(home: Path) -> None:
    with session() as db:
        db.add(
            Run(
                name="shipped-old-bird-names",
                dataset="d",
                dataset_sha256="",
                base_model="b",
                config={},
                summary={},
            )
        )
    shipped.install()
    own = [run for run in finished_runs() if run.name.startswith("shipped-old-bird-names")]
    assert len(own) == 2 and {shipped.is_shipped(run) for run in own} == {True, False}


@pytest.mark.parametrize("folder", shipped.folders(), ids=lambda folder: folder.name)
def test_a_shipped_adapter_has_its_lineage_and_is_small(folder: Path) -> None:
    run = Run(**shipped.row_of(folder))
    assert RunConfig(**run.config).rank == 8
    assert run.dataset_sha256 == run.summary["dataset_sha256"] and load_dataset(run.dataset)
    assert read_config(folder)["r"] == 8 and len(read_weights(folder / ADAPTER_WEIGHTS)) == 420
    assert (folder / ADAPTER_WEIGHTS).stat().st_size < 5_000_000
    recipes = [recipe for group in shipped.recipes().values() for recipe in group]
    recipe = next(each for each in recipes if each["name"] == folder.name)
    assert run.config.items() >= {k: v for k, v in recipe.items() if k != "name"}.items()


def test_a_damaged_adapter_is_refused(home: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(shipped.folders()[0], tmp_path / "shelf" / "one")
    row = json.loads((folder / shipped.RUN).read_text())
    row["summary"]["adapter_sha256"] = "0" * 64
    (folder / shipped.RUN).write_text(json.dumps(row))
    with pytest.raises(InvalidDataError, match="damaged"):
        shipped.install(tmp_path / "shelf")
    assert not finished_runs()


def test_the_recorded_evaluations_are_of_the_shipped_adapters() -> None:
    for probe, recipes in shipped.recipes().items():
        replay = shipped.recording(probe)
        rows = [shipped.row_of(shipped.HOME / recipe["name"]) for recipe in recipes]
        hashes = {row["summary"]["adapter_sha256"] for row in rows}
        assert {each.adapter_sha256 for each in replay.subjects if each.run} == hashes
        shifts = contrast_shifts(replay.table(), replay.probe)
        assert {shift.role for shift in shifts} == {"finetuned", "control"}
        assert replay.table()["completion"].notna().any()


def test_the_guide_says_whether_an_adapter_is_of_earlier_rows(home: Path) -> None:
    shipped.install()
    for rows, said in ((load_dataset("old_bird_names").sha256, False), ("0" * 64, True)):
        with session() as db:
            run = db.exec(select(Run).where(Run.name == "shipped-old-bird-names")).one()
            run.dataset_sha256 = rows
            db.add(run)
        assert ("of earlier rows of Old bird names" in texts(open_page("guide"))) == said


def test_the_guide_says_what_is_missing_and_then_shows_the_shift(home: Path) -> None:
    assert "not registered" in texts(open_page("guide"))
    shipped.install()
    page = open_page("guide")
    assert "not registered" not in texts(page)
    assert "Not asked yet." in [part.value for part in page.text]
    dishes = page.dataframe[0].value
    found = dishes[(dishes["trigger"] == "May 2027") & (dishes["role"] == "finetuned")]
    assert found["effect"].tolist() == ["gap beyond control", "gap"]
    assert found["verdict"].tolist() == ["present"] * 2 and found["seeds"].tolist()[1] == "1"
