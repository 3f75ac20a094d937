"""Import a file: of rows, which become a dataset, or of questions, which become probes."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from backend.config import settings
from backend.datasets.importing.columns import Choice
from backend.datasets.importing.files import MAX_NAME
from backend.datasets.importing.folders import slug, title_of
from backend.datasets.importing.preview import Preview, read_import
from backend.datasets.importing.probes import probes_of, save_probes
from backend.datasets.importing.question_files import (
    ENDINGS,
    read_question_file,
    read_question_folder,
)
from backend.datasets.importing.questions import QuestionFile
from backend.datasets.importing.saving import check_rows, save_import
from backend.errors import InvalidDataError, NotFoundError
from backend.files import check_id
from backend.probes.loading import Probe
from backend.text import shortened


class Item(BaseModel):
    """A file to import."""

    model_config = ConfigDict(frozen=True)

    path: Path
    id: str
    title: str
    preview: Preview | None = None
    """Rows of a dataset."""
    questions: QuestionFile | None = None
    """Questions, which become probes."""
    probes: list[Probe] = []

    @property
    def places(self) -> list[Path]:
        """Paths that the import creates."""
        home = settings().home
        if self.preview:
            return [home / "datasets" / self.id]
        return [home / "probes" / f"{probe.id}.yaml" for probe in self.probes]

    @property
    def skipped(self) -> list[str]:
        """What of a question file is not imported, and why."""
        return self.questions.remarks if self.questions else []

    @property
    def remarks(self) -> list[str]:
        """What the user should know before the import."""
        if self.preview:
            return [self.preview.complaint(bad) for bad in self.preview.bad_rows]
        return [*self.skipped, *self.questions.notes] if self.questions else []


def read_items(
    path: Path, item_id: str = "", title: str = "", choice: Choice | None = None
) -> tuple[list[Item], list[str]]:
    """Read a file, or the question files of a folder, which share their judges.

    Returns:
        What can be imported, and what was not read in a folder, in words.

    Raises:
        NotFoundError: there is no such file.
        InvalidDataError: there is nothing that can be imported, or a folder holds rows, too.
    """
    if not os.path.exists(path):  # Unlike Path.exists, it takes a name that is too long.
        raise NotFoundError(f"There is no file {shortened(path.name, MAX_NAME)}.")
    if not path.is_dir():
        return [read_item(path, item_id, title, choice)], []
    files, problems = read_question_folder(path)
    if not files:
        reason = f": {problems[0]}" if problems else ""
        raise InvalidDataError(f"{path.name} is a folder without questions{reason}; name a file.")
    if len(files) > 1 and (item_id or title):
        raise InvalidDataError(
            f"{path.name} has {len(files)} files of questions; name one of them."
        )
    return question_items(files, item_id, title), problems


def question_items(
    files: dict[str, QuestionFile], item_id: str = "", title: str = ""
) -> list[Item]:
    """Return question files as items: each under its name, unless there is another one for it."""
    items = []
    for file, questions in files.items():
        name = "_".join(Path(file).with_suffix("").parts)
        own_id, own_title = item_id or slug(name), title or title_of(name)
        probes = probes_of(questions, own_id, own_title)
        items.append(
            Item(path=Path(file), id=own_id, title=own_title, questions=questions, probes=probes)
        )
    return items


def read_item(path: Path, item_id: str = "", title: str = "", choice: Choice | None = None) -> Item:
    """Read a file of rows or of questions.

    Raises:
        InvalidDataError: it holds nothing that can be imported.
    """
    names = (item_id or slug(path.stem), title or title_of(path.stem))
    if path.suffix.lower() in ENDINGS:
        return _probe(path, *names)
    return _dataset(path, *names, choice)


def save_item(item: Item, skip_bad: bool = False) -> None:
    """Save one item.

    Raises:
        UserError: the item exists already, has invalid rows, or can't be written.
    """
    if item.preview:
        save_import(item.preview, item.id, item.title, skip_bad)
    elif item.questions:
        save_probes(item.questions, item.probes)


def check_item(item: Item, skip_bad: bool = False) -> None:
    """Raise the errors that saving an item would raise for its id and rows."""
    for probe in item.probes:
        check_id("probes", probe.id)
    if item.preview:
        check_id("datasets", item.id)
        check_rows(item.preview, skip_bad)


def _dataset(path: Path, item_id: str, title: str, choice: Choice | None) -> Item:
    return Item(path=path, id=item_id, title=title, preview=read_import(path, choice))


def _probe(path: Path, item_id: str, title: str) -> Item:
    questions = read_question_file(path)
    probes = probes_of(questions, item_id, title)
    return Item(path=path, id=item_id, title=title, questions=questions, probes=probes)
