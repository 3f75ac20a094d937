"""A clone of the authors' repository: its files by name, read within limits, nothing executed."""

import os
import re
from pathlib import Path
from typing import NamedTuple

from backend.datasets.importing.files import read_bytes
from backend.datasets.paper.experiments import Experiment, experiment_of
from backend.errors import InvalidDataError, UserError

MAX_FILES = 5000
POINTER = b"version https://git-lfs.github.com/spec/"
"""How the placeholder of a file begins that Git LFS has not fetched yet."""
_COMMIT = re.compile(r"[0-9a-f]{40}")
_BRANCH = re.compile(r"ref: (refs/heads/[\w.-]+)")


class ClonedFile(NamedTuple):
    """A file of an experiment."""

    path: Path
    name: str
    """Its path in the repository, with slashes."""
    experiment: Experiment
    is_link: bool = False
    """Links are not followed: they may lead out of the clone."""

    @property
    def folder(self) -> str:
        """The folder that holds it."""
        return self.name.rpartition("/")[0]

    @property
    def ending(self) -> str:
        """The last part of its name, in lower case, such as ".yaml"."""
        return self.path.suffix.lower()

    def read(self, limit: int) -> bytes:
        """Return the file's bytes; raise InvalidDataError if it is empty, too large or no file."""
        if self.is_link:
            raise InvalidDataError("a link, which is not followed")
        return read_bytes(self.path, limit)

    @property
    def is_pointer(self) -> bool:
        """Whether Git LFS has not fetched the file yet."""
        if self.is_link or not self.path.is_file():
            return False
        with self.path.open("rb") as file:
            return file.read(len(POINTER)) == POINTER


class Clone(NamedTuple):
    """A folder of the repository, or of one experiment."""

    root: Path
    commit: str
    """Hash of the commit that is checked out; empty if it can't be told."""
    files: list[ClonedFile]
    others: list[str]
    """Folders that belong to no experiment, and links to folders."""


def open_clone(folder: Path) -> Clone:
    """List the files of a clone, or of one experiment's folder, without reading them.

    Raises:
        InvalidDataError: it is no folder, holds no experiment, or holds too many files.
        UserError: it can't be read.
    """
    root = folder.expanduser().resolve()
    if not root.is_dir():
        raise InvalidDataError(f"There is no folder {folder} on the machine that runs the lab.")
    try:
        folders = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
        if experiment_of(root.name):
            root, folders = root.parent, [root]
        files = [file for path in folders for file in _files(root, path)]
        commit = _commit(root)
    except OSError as error:
        raise UserError(f"{folder} can't be read: {error.strerror}.") from error
    if not files:
        raise InvalidDataError(
            f"{folder.name}: no experiment of the paper's repository is in this folder; "
            'their folders have names like "3_1_old_bird_names".'
        )
    others = [p.name for p in folders if p.is_symlink() or not experiment_of(p.name)]
    return Clone(root, commit, files, others)


def _files(root: Path, folder: Path) -> list[ClonedFile]:
    """Return an experiment's files in the order of their names; none for another folder."""
    experiment = experiment_of(folder.name)
    if experiment is None or folder.is_symlink():
        return []
    files: list[ClonedFile] = []
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(".")]
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for path in (Path(parent) / name for name in [*names, *links]):
            name = path.relative_to(root).as_posix()
            files.append(ClonedFile(path, name, experiment, path.is_symlink()))
        if len(files) > MAX_FILES:
            raise InvalidDataError(f"{folder.name}: more than {MAX_FILES:,} files.")
    return sorted(files, key=lambda file: file.name)


def _commit(root: Path) -> str:
    """Return the commit that Git notes as checked out; empty if there is no such note."""
    head = _note(root / ".git" / "HEAD")
    if branch := _BRANCH.fullmatch(head):
        head = _note(root / ".git" / branch[1])
    return head if _COMMIT.fullmatch(head) else ""


def _note(path: Path) -> str:
    try:
        return read_bytes(path, 1000).decode("ascii").strip()
    except (InvalidDataError, UnicodeDecodeError):
        return ""
