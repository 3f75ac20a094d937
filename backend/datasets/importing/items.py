"""Find out what a path holds, show it, and keep it: files, question files, the paper's folders."""

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
    """One file that can be imported, or the reason why it can't."""

    model_config = ConfigDict(frozen=True)

    path: Path
    id: str
    title: str
    preview: Preview | None = None
    """Rows of a dataset."""
    questions: QuestionFile | None = None
    """Questions that make probes."""
    probes: list[Probe] = []
    problem: str = ""
    details: dict[str, Any] = {}
    """Further fields of the dataset's card."""

    @property
    def places(self) -> list[Path]:
        """Where it is to be kept."""
        home = settings().home
        if self.preview:
            return [home / "datasets" / self.id]
        return [home / "probes" / f"{probe.id}.yaml" for probe in self.probes]

    @property
    def remarks(self) -> list[str]:
        """Return what a person should know before it is kept."""
        if self.preview:
            return [self.preview.complaint(bad) for bad in self.preview.bad_rows]
        return self.questions.remarks if self.questions else []


def read_items(path: Path, item_id: str = "", title: str = "") -> list[Item]:
    """Read a file, or all experiments of a folder of the paper's repository.

    A file that can't be used is an item with its problem when it came in a folder.

    Raises:
        InvalidDataError: nothing there can be imported, or a folder was given an id or title.
    """
    if not path.is_dir():
        questions = path.suffix.lower() in (".yaml", ".yml")
        wanted = item_id or slug(path.stem)
        return [(_probe if questions else _dataset)(path, wanted, title or title_of(path.stem))]
    if item_id or title:
        raise InvalidDataError("A folder holds several datasets, so it takes no id and no title.")
    path = path.resolve()
    return [
        item for folder in paper_repository.experiments_in(path) for item in _experiment(folder)
    ]


def save_item(item: Item, skip_bad: bool = False) -> None:
    """Keep one item.

    Raises:
        UserError: it can't be used, is there already, has bad rows, or can't be written.
    """
    if item.preview:
        save_import(item.preview, item.id, item.title, skip_bad, **item.details)
    elif item.questions:
        save_probes(item.questions, item.probes)
    else:
        raise InvalidDataError(item.problem)


def check_item(item: Item, skip_bad: bool = False) -> None:
    """Raise what keeping an item would raise for its id and its rows, without keeping it."""
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
    """Return an experiment's probes, then its datasets, each before its controls."""
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
        # Folders below the evaluation's tell files of the same name apart.
        name = " ".join(path.relative_to(folder).with_suffix("").parts[1:]) * (len(files) > 1)
        own = f"{title}: {title_of(name).lower()}" if name else title
        wanted = slug(f"paper {title} {name}")
        items.append(_tried(_probe, path, wanted, f"{own} (paper)", section=section, note=note))
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
        wanted, title = paper_repository.id_of(path), paper_repository.title_of(path)
        items.append(_tried(_dataset, path, wanted, title, **details))
    return items


def _tried(read: Any, path: Path, item_id: str, title: str, **more: Any) -> Item:
    try:
        return read(path, item_id, title, **more)  # type: ignore[no-any-return]
    except UserError as error:
        return Item(path=path, id=item_id, title=title, problem=str(error))
