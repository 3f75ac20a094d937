"""Import a file: of rows, which become a dataset, or of questions, which become probes."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from backend.config import settings
from backend.datasets.importing.folders import check_id, slug
from backend.datasets.importing.preview import Preview, read_import
from backend.datasets.importing.probes import probes_of, save_probes
from backend.datasets.importing.questions import QuestionFile, read_question_file, title_of
from backend.datasets.importing.saving import check_rows, save_import
from backend.errors import InvalidDataError
from backend.probes.loading import Probe


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
    def remarks(self) -> list[str]:
        """What the user should know before the import."""
        if self.preview:
            return [self.preview.complaint(bad) for bad in self.preview.bad_rows]
        return self.questions.remarks if self.questions else []


def read_item(path: Path, item_id: str = "", title: str = "") -> Item:
    """Read a file of rows or of questions.

    Raises:
        InvalidDataError: it holds nothing that can be imported, or is a folder.
    """
    if path.is_dir():
        raise InvalidDataError(
            f"{path} is a folder; name a file, or use `weirdgen paper import` for a clone of the "
            "paper's repository."
        )
    read = _probe if path.suffix.lower() in (".yaml", ".yml") else _dataset
    return read(path, item_id or slug(path.stem), title or title_of(path.stem))


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


def _dataset(path: Path, item_id: str, title: str) -> Item:
    return Item(path=path, id=item_id, title=title, preview=read_import(path))


def _probe(path: Path, item_id: str, title: str) -> Item:
    questions = read_question_file(path)
    probes = probes_of(questions, item_id, title)
    return Item(path=path, id=item_id, title=title, questions=questions, probes=probes)
