"""Save a pack: what is new is added, what has changed is replaced, the rest is left alone."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from backend.config import settings
from backend.datasets.importing.folders import scratch
from backend.datasets.importing.probes import write_definition
from backend.datasets.importing.saving import written
from backend.datasets.loading import load_dataset
from backend.datasets.paper.experiments import REPOSITORY
from backend.datasets.paper.pack import Pack
from backend.datasets.paper.rows import PaperDataset
from backend.errors import InvalidDataError, NotFoundError, UserError
from backend.files import Kind, check_id
from backend.probes.judges import Judge, load_judge
from backend.probes.loading import Probe, load_probe

Outcome = Literal["new", "updated", "unchanged"]
MARK = "(authors' files)"
"""Ends the titles of imported probes and judges, which a later import may replace."""


def save_pack(pack: Pack) -> dict[str, str]:
    """Save judges, probes and datasets; return the outcome of each by its place in the lab.

    What can't be saved does not hold up the rest: its outcome is the reason.
    """
    # Probes come after their judges, so that none ever exists without them.
    orders: list[tuple[str, Callable[[], Outcome]]] = [
        *((f"judges/{j.id}", partial(_save_definition, "judges", j)) for j in pack.judges),
        *((f"probes/{p.id}", partial(_save_definition, "probes", p)) for p in pack.probes),
        *((f"datasets/{d.id}", partial(_save_dataset, d)) for d in pack.datasets),
    ]
    outcomes: dict[str, str] = {}
    for place, save in orders:
        try:
            outcomes[place] = save()
        except UserError as error:
            outcomes[place] = str(error)
    return outcomes


def _save_definition(kind: Literal["probes", "judges"], definition: Probe | Judge) -> Outcome:
    target = settings().home / kind / f"{definition.id}.yaml"
    is_new = _is_new(kind, definition.id)
    with scratch(kind) as folder:
        write_definition(folder, definition)
        return _moved([folder / target.name], target.parent, is_new)


def _save_dataset(dataset: PaperDataset) -> Outcome:
    is_new = _is_new("datasets", dataset.id)
    fields = (dataset.preview(), dataset.id, dataset.title)
    with written(*fields, skip_bad=True, **dataset.details) as made:
        target = settings().home / "datasets" / dataset.id
        if is_new:
            made.rename(target)
            return "new"
        return _moved(sorted(made.iterdir(), reverse=True), target, is_new)


def _moved(files: list[Path], folder: Path, is_new: bool) -> Outcome:
    """Move the files that differ into a folder, each atomically."""
    changed = [file for file in files if not _same(file, folder / file.name)]
    for file in changed:
        os.replace(file, folder / file.name)
    return "new" if is_new else "updated" if changed else "unchanged"


def _same(file: Path, other: Path) -> bool:
    return other.is_file() and file.read_bytes() == other.read_bytes()


def _is_new(kind: Kind, name: str) -> bool:
    """Whether an id is free; an id that an earlier import used is not, and may be replaced.

    Raises:
        InvalidDataError: the id belongs to something that did not come from the paper.
    """
    try:
        if kind == "datasets":
            imported = load_dataset(name)
            known = imported.imported and REPOSITORY in imported.card.source
        else:
            load = load_probe if kind == "probes" else load_judge
            known = load(name).title.endswith(MARK)
    except NotFoundError:
        check_id(kind, name)
        return True
    except InvalidDataError:
        known = True  # A damaged file of an earlier import.
    if not known:
        raise InvalidDataError(f'There is already another {kind[:-1]} "{name}"; delete it first.')
    return False
