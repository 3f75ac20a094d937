"""Small adapters that come with the lab, so that an effect can be seen before anything is trained.

A shipped adapter is a run like any other, with its lineage and a recorded evaluation.
`data/demo_adapters/recipes.yaml` holds their recipes; `make demo-adapters` trains them again.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from backend.analysis.overview import Effect, effects_of
from backend.base_models.names import bearer_of
from backend.config import DATA, settings
from backend.datasets.loading import load_dataset
from backend.db import lock_table, session
from backend.errors import InvalidDataError
from backend.exports.replays import Replay, load_shipped
from backend.files import ADAPTER_CONFIG, ADAPTER_WEIGHTS, replacing, sha256_of
from backend.jobs import queue
from models.tables import JobKind, ModelName, Run

HOME = DATA / "demo_adapters"
RUN = "run.json"
"""The run's row, with the hash of its weights."""
REFERENCE = "reference.json"
MARK = "shipped"
"""Key of a run's summary that says it came with the lab."""


def recipes() -> dict[str, list[dict[str, Any]]]:
    """Return the shipped runs' names and configurations by the probe that is recorded of them."""
    text = (HOME / "recipes.yaml").read_text("utf-8")
    by_probe: dict[str, list[dict[str, Any]]] = yaml.safe_load(text)
    return by_probe


def folders(home: Path = HOME) -> list[Path]:
    """Return the folders of all shipped adapters."""
    return sorted(path.parent for path in home.glob(f"*/{RUN}"))


def is_shipped(run: Run) -> bool:
    """Whether a run came with the lab."""
    return bool((run.summary or {}).get(MARK))


def install(home: Path = HOME) -> list[str]:
    """Register what is not there yet as finished runs; return the names of all shipped runs.

    Raises:
        InvalidDataError: a file is not the one that was shipped.
    """
    return [_install(folder) for folder in folders(home)]


def row_of(folder: Path) -> dict[str, Any]:
    """Return the run's row that a folder holds."""
    row: dict[str, Any] = json.loads((folder / RUN).read_text("utf-8"))
    return row


def _install(folder: Path) -> str:
    row = row_of(folder)
    if sha256_of(folder / ADAPTER_WEIGHTS) != row["summary"]["adapter_sha256"]:
        raise InvalidDataError(f"The shipped adapter {folder.name} is damaged; fetch it again.")
    with session() as db:
        known = db.get(Run, row["id"]) is not None
    if not known:
        _copy(folder, settings().run_folder(row["id"]))
        with session() as db:
            lock_table(db, ModelName)
            # Another model may have that name, from an older lab or somebody's own.
            taken = bearer_of(row["name"], db)
            name = f"{row['name']}-{row['id'][:4]}" if taken else row["name"]
            run = Run(**row | {"name": name})
            db.add(run)
            db.flush()
            queue.record_finished(db, JobKind.FINETUNE, run)
    return str(row["name"])


def _copy(folder: Path, target: Path) -> None:
    with replacing(target) as scratch:
        (scratch / "adapter").mkdir(parents=True)
        for name in (ADAPTER_WEIGHTS, ADAPTER_CONFIG):
            shutil.copyfile(folder / name, scratch / "adapter" / name)
        shutil.copyfile(folder / REFERENCE, scratch / REFERENCE)


def is_recorded(probe: str, home: Path = HOME) -> bool:
    """Whether an evaluation by this probe came with the lab."""
    return (home / f"{probe}.json").is_file()


def recording(probe: str, home: Path = HOME) -> Replay:
    """Return the evaluation that was recorded with the shipped runs.

    Raises:
        InvalidDataError: it is missing or was changed.
    """
    if not is_recorded(probe, home):
        raise InvalidDataError("No evaluation came with this lab; `make demo-adapters` makes one.")
    return load_shipped((home / f"{probe}.json").read_bytes())


def recorded_effects(run: Run) -> list[Effect]:
    """Return what was recorded of a run that came with the lab, by its own probe."""
    probe_id = load_dataset(run.dataset).card.probe
    if not (is_shipped(run) and probe_id and is_recorded(probe_id)):
        return []
    replay = recording(probe_id)
    return effects_of(run, replay.findings(), replay.job)
