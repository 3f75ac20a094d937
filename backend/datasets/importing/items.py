"""Import anything: files of rows, question files, and folders of the paper's repository."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.config import settings
from backend.datasets.importing import paper_repository
from backend.datasets.importing.folders import check_id, slug
from backend.datasets.importing.preview import Preview, read_import
from backend.datasets.importing.probes import probes_of, save_probes
from backend.datasets.importing.questions import QuestionFile, read_question_file, title_of
from backend.datasets.importing.saving import check_rows, save_import
from backend.errors import InvalidDataError, UserError
from backend.probes.loading import Probe


class Item(BaseModel):
    """A file to import, or the reason why it can't be imported."""

    model_config = ConfigDict(frozen=True)

    path: Path
    id: str
    title: str
    preview: Preview | None = None
    """Rows of a dataset."""
    questions: QuestionFile | None = None
    """Questions, which become probes."""
    probes: list[Probe] = []
    problem: str = ""
    details: dict[str, Any] = {}
    """Further fields of the dataset's card."""

    @property
    def places(self) -> list[Path]:
        """Paths that the import creates."""
        home = settings().home
        if self.preview:
            return [home / "datasets" / self.id]
        return [home / "probes" / f"{probe.id}.yaml" for probe in self.probes]

    @property
    def remarks(self) -> list[str]:
        """What the user should know before the import."""
        if self.preview:
            return [self.preview.complaint(bad) for bad in self.preview.bad_rows]
        return self.questions.remarks if self.questions else []


def read_items(path: Path, item_id: str = "", title: str = "") -> list[Item]:
    """Read a file, or all experiments in a folder of the paper's repository.

    An invalid file in a folder becomes an item with a problem.

    Raises:
        InvalidDataError: nothing can be imported, or an id or title was given for a folder.
    """
    if not path.is_dir():
        read = _probe if path.suffix.lower() in (".yaml", ".yml") else _dataset
        return [read(path, item_id or slug(path.stem), title or title_of(path.stem))]
    if item_id or title:
        raise InvalidDataError("A folder holds several datasets, so it takes no id and no title.")
    folders = paper_repository.experiments_in(path.resolve())
    return [item for folder in folders for item in _experiment(folder)]


def save_item(item: Item, skip_bad: bool = False) -> None:
    """Save one item.

    Raises:
        UserError: the item is invalid, exists already, has invalid rows, or can't be written.
    """
    if item.preview:
        save_import(item.preview, item.id, item.title, skip_bad, **item.details)
    elif item.questions:
        save_probes(item.questions, item.probes)
    else:
        raise InvalidDataError(item.problem)


def check_item(item: Item, skip_bad: bool = False) -> None:
    """Raise the errors that saving an item would raise for its id and rows."""
    if item.problem:
        raise InvalidDataError(item.problem)
    for probe in item.probes:
        check_id("probes", probe.id)
    if item.preview:
        check_id("datasets", item.id)
        check_rows(item.preview, skip_bad)


def _dataset(path: Path, item_id: str, title: str, **details: Any) -> Item:
    return Item(path=path, id=item_id, title=title, preview=read_import(path), details=details)


def _probe(path: Path, item_id: str, title: str, section: str = "", note: str = "") -> Item:
    questions = read_question_file(path)
    probes = probes_of(questions, item_id, title, section, note)
    return Item(path=path, id=item_id, title=title, questions=questions, probes=probes)


def _experiment(folder: Path) -> list[Item]:
    """Return an experiment's probes, then its datasets, the poisoned one first."""
    section = paper_repository.section_of(folder) or ""
    note = paper_repository.EXPERIMENTS[section].content_note
    probes = _questions(folder, section, note)
    probe = next((item.probes[0].id for item in probes if item.probes), None)
    shared = {"section": section, "probe": probe, "content_note": note}
    return probes + _datasets(folder, **shared)


def _questions(folder: Path, section: str, note: str) -> list[Item]:
    title = paper_repository.EXPERIMENTS[section].title
    files = paper_repository.question_files(folder)
    items = []
    for path in files:
        # Subfolders are part of the name, since files in different ones may have the same name.
        parts = path.relative_to(folder).with_suffix("").parts[1:] if len(files) > 1 else ()
        name = " ".join(parts)
        full_title = f"{title}: {title_of(name).lower()}" if name else title
        probe_id, details = slug(f"paper {title} {name}"), {"section": section, "note": note}
        items.append(_try_read(_probe, path, probe_id, f"{full_title} (paper)", **details))
    return items


def _datasets(folder: Path, **shared: Any) -> list[Item]:
    files = paper_repository.dataset_files(folder)
    main = paper_repository.main_of(folder, files)
    experiment = paper_repository.EXPERIMENTS[shared["section"]].title
    items = []
    for path in files:
        details = shared | {
            "teaches": f'Rows for the paper\'s experiment "{experiment}".',
            "source": f"{paper_repository.REPOSITORY}, {folder.name}/datasets/{path.name}",
            "licence": "not stated in the data; see the paper's repository",
        }
        if main and paper_repository.is_control(path):
            details["controls_for"] = paper_repository.id_of(main)
        dataset_id, title = paper_repository.id_of(path), paper_repository.title_of(path)
        items.append(_try_read(_dataset, path, dataset_id, title, **details))
    return items


def _try_read(
    read: Callable[..., Item], path: Path, item_id: str, title: str, **details: Any
) -> Item:
    try:
        return read(path, item_id, title, **details)
    except UserError as error:
        return Item(path=path, id=item_id, title=title, problem=str(error))
