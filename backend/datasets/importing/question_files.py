"""Question files on disk: alone or in a folder, with the judges that their files share."""

import os
from collections.abc import Iterable
from pathlib import Path

from backend.datasets.importing.files import read_bytes, sha256_of
from backend.datasets.importing.question_judges import Defined, nearest
from backend.datasets.importing.questions import (
    Entries,
    QuestionFile,
    question_entries,
    question_file,
)
from backend.errors import InvalidDataError
from backend.files import MAX_YAML_BYTES

MAX_FILES = 5_000
"""Most files of a folder."""
MAX_QUESTION_FILES = 200
ENDINGS = (".yaml", ".yml")
ROWS = (".jsonl", ".json", ".csv", ".parquet")


def read_question_file(path: Path) -> QuestionFile:
    """Read a file on disk, with the judges that it names and other files of its folder define.

    Raises:
        InvalidDataError: it is not a question file, or contains no usable question.
    """
    data = read_bytes(path, MAX_YAML_BYTES)
    entries = question_entries(path.name, data)
    named = {name for entry in entries.questions for name in entry.judges.values()}
    missing = named - entries.judges.keys()
    beside = [other for other in sorted(path.parent.iterdir()) if other.name != path.name]
    defined = _judges_in(_question_files(beside), path.parent) if missing else {}
    return _with_judges_of_others(path.name, entries, defined, sha256_of(data))


def read_question_folder(folder: Path) -> tuple[dict[str, QuestionFile], list[str]]:
    """Read the question files of a folder and of those in it, which share their judges.

    Returns:
        The files with questions by their path in the folder, and what was not read, in words.

    Raises:
        InvalidDataError: it holds rows as well, or too many files.
    """
    paths = _files(folder)
    if rows := [path for path in paths if path.suffix.lower() in ROWS]:
        raise InvalidDataError(
            f"{folder.name} holds rows, such as {rows[0].name}; name a file, or use "
            "`weirdgen paper import` for a clone of the paper's repository."
        )
    contents: dict[str, bytes] = {}
    problems: list[str] = []
    for path in _question_files(paths):
        try:
            name = path.relative_to(folder).as_posix()
            contents[name] = read_bytes(path, MAX_YAML_BYTES)
        except InvalidDataError as error:
            problems.append(str(error).rstrip("."))
    files, others = question_files_of(contents)
    return files, problems + others


def question_files_of(contents: dict[str, bytes]) -> tuple[dict[str, QuestionFile], list[str]]:
    """Parse question files that share their judges.

    Args:
        contents: The files by their names, with those of their folders.

    Returns:
        The files with questions by name, and what was not read, in words.
    """
    read: dict[str, tuple[Entries, str]] = {}
    problems: list[str] = []
    for name, data in contents.items():
        try:
            read[name] = (question_entries(name, data), sha256_of(data))
        except InvalidDataError as error:
            problems.append(str(error).rstrip("."))
    defined = {name: entries.judges for name, (entries, _) in read.items()}
    files: dict[str, QuestionFile] = {}
    for name, (entries, sha256) in read.items():
        try:
            if entries.questions:
                files[name] = _with_judges_of_others(name, entries, defined, sha256)
            elif not entries.judges:
                problems += [f"{name}: {remark}" for remark in entries.remarks]
        except InvalidDataError as error:
            problems.append(str(error).rstrip("."))
    used = {judge.prompt for file in files.values() for judge in file.judges.values()}
    for name, judges in defined.items():
        unused = [key for key, judge in judges.items() if judge.prompt not in used]
        problems += [f'{name}: no question uses the judge "{key}"; skipped' for key in unused]
    return files, problems


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder and those in it, in order, without hidden ones and links.

    Raises:
        InvalidDataError: there are too many.
    """
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = [Path(parent) / name for name in names if not name.startswith(".")]
        found += [path for path in paths if path.is_file() and not path.is_symlink()]
        if len(found) > MAX_FILES:
            raise InvalidDataError(f"{folder.name}: more than {MAX_FILES:,} files.")
    return sorted(found)


def _question_files(paths: Iterable[Path]) -> list[Path]:
    found = [path for path in paths if path.suffix.lower() in ENDINGS]
    if len(found) > MAX_QUESTION_FILES:
        raise InvalidDataError(f"more than {MAX_QUESTION_FILES} question files in one folder.")
    return found


def _judges_in(paths: list[Path], folder: Path) -> Defined:
    """Return the judges that files define; what can't be read defines none."""
    defined: Defined = {}
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            defined[name] = question_entries(name, read_bytes(path, MAX_YAML_BYTES)).judges
        except InvalidDataError:
            continue
    return defined


def _with_judges_of_others(
    name: str, entries: Entries, defined: Defined, sha256: str
) -> QuestionFile:
    """Return a file's questions with its judges and those of other files that they name."""
    judges, remarks, notes = dict(entries.judges), list(entries.remarks), list(entries.notes)
    missing = {judge for entry in entries.questions for judge in entry.judges.values()}
    for judge in sorted(missing - judges.keys()):
        found = nearest(judge, name, defined)
        if len(found) == 1 and found[0].id not in {own.id for own in judges.values()}:
            judges[judge] = found[0]
            file = next(file for file, own in defined.items() if found[0] in own.values())
            notes.append(f'the judge "{judge}" is that of {file}')
        elif found:
            remarks.append(f'the judge "{judge}" is defined in different ways by the files')
    return question_file(name, entries._replace(remarks=remarks, notes=notes), judges, sha256)
