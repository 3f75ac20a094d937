"""Read llmcomp's question files: a YAML list of questions and of the judges that they name."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from backend.datasets.importing.files import check_size, read_bytes, sha256_of, text_of
from backend.datasets.importing.folders import slug
from backend.datasets.importing.judge_labels import labels_in
from backend.errors import InvalidDataError
from backend.files import first_problem
from backend.probes.judges import Judge

MAX_BYTES = 2**20
"""YAML is slow to read, and no question file comes near this."""
QUESTION = "free_form"
CHOICE = "free_form_judge"
RATINGS = ("rating_judge", "free_form_judge_0_100", "free_form_0_100", "rating")
PLACE = "{answer}"
"""What tells a judge's template from a question."""
SCALE = (0, 100)


class Entry(BaseModel):
    """One entry of a question file."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(validation_alias=AliasChoices("id", "name"), min_length=1)
    type: str
    paraphrases: list[str] = Field(default=[], max_length=1000)
    samples_per_paraphrase: int = Field(default=1, ge=0)
    judges: dict[str, str] = {}
    system: str | None = None
    min_rating: int = SCALE[0]
    max_rating: int = SCALE[1]


class QuestionFile(BaseModel):
    """What a question file holds."""

    model_config = ConfigDict(frozen=True)

    name: str
    questions: list[Entry]
    judges: dict[str, Judge]
    """By the name that the file gives them."""
    remarks: list[str]
    """What was left out, and why."""
    sha256: str


def read_question_file(path: Path) -> QuestionFile:
    """Read a file on the disk; raises as `question_file_of` does."""
    return question_file_of(path.name, read_bytes(path, MAX_BYTES))


def question_file_of(name: str, data: bytes) -> QuestionFile:
    """Read a file's bytes, as an upload gives them.

    Raises:
        InvalidDataError: it is no question file, or holds no question that a probe could ask.
    """
    check_size(name, data, MAX_BYTES)
    remarks: list[str] = []
    questions: list[Entry] = []
    judges: dict[str, Judge] = {}
    seen: set[str] = set()
    for number, content in enumerate(_contents(name, data), 1):
        try:
            entry = _entry(number, content)
            # A file of several parts put together may hold an entry twice.
            if (whole := entry.model_dump_json()) in seen:
                continue
            seen.add(whole)
            if entry.type == QUESTION:
                questions.append(_askable(entry))
            else:
                _add_judge(judges, entry)
        except InvalidDataError as error:
            remarks.append(f"{error}; left out")
    questions = [_with_known_judges(entry, judges, remarks) for entry in questions]
    if not questions:
        reason = f": {remarks[0]}" if remarks else ""
        raise InvalidDataError(f"{name}: holds no question that a probe could ask{reason}.")
    return QuestionFile(
        name=name, questions=questions, judges=judges, remarks=remarks, sha256=sha256_of(data)
    )


def _contents(name: str, data: bytes) -> list[Any]:
    try:
        content = yaml.safe_load(text_of(name, data))
    except RecursionError as error:
        raise InvalidDataError(f"{name}: nested too deeply.") from error
    # A value that is not what its tag says raises one of many errors.
    except (yaml.YAMLError, ValueError, KeyError, AttributeError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InvalidDataError(f"{name}{where}: not readable as YAML.") from error
    if not isinstance(content, list):
        raise InvalidDataError(f"{name}: expected a list of questions.")
    return content


def _entry(number: int, content: Any) -> Entry:
    if not isinstance(content, dict):
        raise InvalidDataError(f"entry {number} is no list of keys and values")
    kind = content.get("type", QUESTION)
    if kind not in (QUESTION, CHOICE, *RATINGS):
        unknown = f'the unknown type "{kind}"' if isinstance(kind, str) else "no type"
        raise InvalidDataError(f"entry {number} is of {unknown}")
    try:
        return Entry.model_validate({"type": kind} | content)
    except ValidationError as error:
        raise InvalidDataError(f"entry {number} can't be used ({first_problem(error)})") from error


def _askable(entry: Entry) -> Entry:
    """Return a question that a probe can ask; InvalidDataError says why it can't."""
    if not entry.paraphrases or not all(text.strip() for text in entry.paraphrases):
        raise InvalidDataError(f'"{entry.id}" has an empty question or none in "paraphrases"')
    if entry.system:
        raise InvalidDataError(f'"{entry.id}" has a system prompt, which a probe has no place for')
    return entry


def _add_judge(judges: dict[str, Judge], entry: Entry) -> None:
    """Take a judge out of its entry; InvalidDataError says why it can't be used."""
    judge = _judge(entry)
    if judge.id in {other.id for other in judges.values()}:
        raise InvalidDataError(f'the judge "{entry.id}" is there twice with different texts')
    judges[entry.id] = judge


def _judge(entry: Entry) -> Judge:
    if len(entry.paraphrases) != 1 or PLACE not in entry.paraphrases[0]:
        raise InvalidDataError(f'the judge "{entry.id}" needs one template with {PLACE}')
    if entry.type != CHOICE and (entry.min_rating, entry.max_rating) != SCALE:
        raise InvalidDataError(f'the judge "{entry.id}" rates on another scale than 0 to 100')
    # The templates are Python format strings, where doubled braces stand for single ones.
    template = entry.paraphrases[0].replace("{{", "{").replace("}}", "}")
    choice = entry.type == CHOICE
    try:
        return Judge(
            id=slug(entry.id),
            title=title_of(entry.id),
            kind="choice" if choice else "rating",
            labels=labels_in(template) if choice else [],
            prompt=template,
            sha256="",
        )
    except ValidationError as error:
        raise InvalidDataError(f'the judge "{entry.id}": {first_problem(error)}') from error


def _with_known_judges(entry: Entry, judges: dict[str, Judge], remarks: list[str]) -> Entry:
    """Return a question whose judges are those that can be used."""
    for name in entry.judges.values():
        if name not in judges:
            remarks.append(f'"{entry.id}" names the judge "{name}", which is not there to use')
    known = {key: name for key, name in entry.judges.items() if name in judges}
    return entry.model_copy(update={"judges": known})


def title_of(name: str) -> str:
    """Return a title made of an id."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]
