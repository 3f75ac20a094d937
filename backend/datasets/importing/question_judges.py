"""The judges of question files: from entries, inline or of their own, and found among files."""

from collections.abc import Iterable

from pydantic import ValidationError

from backend.datasets.importing.entries import CHOICE, PLACEHOLDER, SCALE, Entry
from backend.datasets.importing.folders import slug, title_of
from backend.datasets.importing.judge_labels import labels_in, words_in
from backend.errors import InvalidDataError
from backend.files import first_problem
from backend.probes.judges import Judge

Defined = dict[str, dict[str, Judge]]
"""Judges by the file that defines them, then by their name there."""


def judge_of(entry: Entry) -> Judge:
    """Return the judge of an entry.

    Raises:
        InvalidDataError: it can't be used; the message says why.
    """
    if len(entry.paraphrases) != 1 or PLACEHOLDER not in entry.paraphrases[0]:
        raise InvalidDataError(f'the judge "{entry.id}" needs one template with {PLACEHOLDER}')
    if entry.type != CHOICE and (entry.min_rating, entry.max_rating) != SCALE:
        raise InvalidDataError(f'the judge "{entry.id}" uses a scale other than 0 to 100')
    # Templates are Python format strings, in which doubled braces mean single ones.
    template = entry.paraphrases[0].replace("{{", "{").replace("}}", "}")
    choice = entry.type == CHOICE
    try:
        return Judge(
            id=slug(entry.id),
            title=title_of(entry.id),
            kind="choice" if choice else "rating",
            labels=labels_in(template) if choice else words_in(template),
            prompt=template,
            sha256="",
        )
    except ValidationError as error:
        raise InvalidDataError(f'the judge "{entry.id}": {first_problem(error)}') from error


def add_judge(judges: dict[str, Judge], entry: Entry) -> None:
    """Add the judge of an entry; raise InvalidDataError if it can't be used."""
    judge = judge_of(entry)
    if judge.id in {other.id for other in judges.values()}:
        raise InvalidDataError(f'the judge "{entry.id}" appears twice with different texts')
    judges[entry.id] = judge


def with_inline_judges(entry: Entry, judges: dict[str, Judge], remarks: list[str]) -> Entry:
    """Add the judges that a question defines; return it with the names that they got.

    Questions that define a judge alike share it. A name that stands for another judge already gets
    the question's name before it.
    """
    names = dict(entry.judges)
    for inline in entry.inline:
        key = inline.id
        own = inline.model_copy(update={"id": f"{entry.id} {key}"[:200]})
        try:
            if (known := judges.get(key)) and known.prompt == judge_of(inline).prompt:
                continue
            if known or slug(key) in {judge.id for judge in judges.values()}:
                names[key] = own.id
                if (known := judges.get(own.id)) and known.prompt == judge_of(own).prompt:
                    continue
            add_judge(judges, own if names[key] == own.id else inline)
        except InvalidDataError as error:
            del names[key]
            remarks.append(f'"{entry.id}": {error}; left out')
    return entry.model_copy(update={"judges": names, "inline": []})


def nearest(name: str, file: str, defined: Defined) -> list[Judge]:
    """Return the judges of a name where they are defined nearest, one for each wording.

    That is in the file itself, else in the other files of its folder, else in any file.
    """
    parts = ([file], beside(file, defined), defined)
    own = next((found for part in parts if (found := of_files(part, name, defined))), [])
    return list({judge.prompt: judge for judge in own}.values())


def of_files(files: Iterable[str], name: str | None, defined: Defined) -> list[Judge]:
    """Return the judges of files, of one name or all."""
    pairs = [pair for file in files for pair in defined.get(file, {}).items()]
    return [judge for key, judge in pairs if name in (None, key)]


def beside(file: str, defined: Defined) -> list[str]:
    """Return the files of the same folder that define judges."""
    folder = file.rpartition("/")[0]
    return [name for name in defined if name.rpartition("/")[0] == folder]
