"""Read llmcomp's question files: YAML lists of questions and of the judges that they use."""

from pathlib import Path
from typing import Any, NamedTuple

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from backend.datasets.importing.files import check_size, read_bytes, sha256_of, text_of
from backend.datasets.importing.folders import slug
from backend.datasets.importing.judge_labels import labels_in
from backend.errors import InvalidDataError
from backend.files import MAX_YAML_BYTES, first_problem, parse_yaml
from backend.machine.confinement import confined
from backend.probes.judges import Judge

MAX_QUESTIONS = 2_000
"""Most questions of a file, paraphrases included."""
QUESTION = "free_form"
CHOICE = "free_form_judge"
RATINGS = ("rating_judge", "free_form_judge_0_100", "free_form_0_100", "rating")
PLACEHOLDER = "{answer}"
"""Distinguishes a judge's template from a question."""
SCALE = (0, 100)


class Entry(BaseModel):
    """An entry of a question file."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(validation_alias=AliasChoices("id", "name"), min_length=1, max_length=200)
    type: str
    paraphrases: list[str] = Field(default=[], max_length=1000)
    samples_per_paraphrase: int = Field(default=1, ge=0)
    judges: dict[str, str] = {}
    system: str | None = None
    max_tokens: int | None = Field(default=None, ge=1, le=4096)
    """Limit of an answer's length; the probe's default if it is not given."""
    min_rating: int = SCALE[0]
    max_rating: int = SCALE[1]


class Entries(NamedTuple):
    """What the entries of a question file say, before questions are given their judges."""

    questions: list[Entry]
    judges: dict[str, Judge]
    """Judges by their name in the file."""
    remarks: list[str]
    """What was skipped, and why."""


class QuestionFile(BaseModel):
    """The contents of a question file."""

    model_config = ConfigDict(frozen=True)

    name: str
    questions: list[Entry]
    judges: dict[str, Judge]
    """Judges by their name in the file."""
    remarks: list[str]
    """What was skipped, and why."""
    sha256: str


def read_question_file(path: Path) -> QuestionFile:
    """Read a file on disk; raises the errors of `question_file_of`."""
    return question_file_of(path.name, read_bytes(path, MAX_YAML_BYTES))


def question_file_of(name: str, data: bytes) -> QuestionFile:
    """Parse the bytes of an uploaded file.

    Raises:
        InvalidDataError: it is not a question file, or contains no usable question.
    """
    entries = yaml_entries(name, data)
    if isinstance(entries, dict):
        raise InvalidDataError(f"{name}: expected a list of questions.")
    return question_file(name, entries, entries.judges, sha256_of(data))


def question_file(
    name: str, entries: Entries, judges: dict[str, Judge], sha256: str
) -> QuestionFile:
    """Return a file's questions with those of the given judges that they name.

    Raises:
        InvalidDataError: no question is usable.
    """
    remarks = list(entries.remarks)
    questions = [_with_known_judges(entry, judges, remarks) for entry in entries.questions]
    if sum(len(entry.paraphrases) for entry in questions) > MAX_QUESTIONS:
        raise InvalidDataError(f"{name}: more than {MAX_QUESTIONS:,} questions.")
    if not questions:
        reason = f": {remarks[0]}" if remarks else ""
        raise InvalidDataError(f"{name}: contains no usable question{reason}.")
    return QuestionFile(
        name=name, questions=questions, judges=judges, remarks=remarks, sha256=sha256
    )


def entries_of(contents: list[Any]) -> Entries:
    """Return the usable questions and judges among parsed entries, and what was skipped."""
    remarks: list[str] = []
    questions: list[Entry] = []
    judges: dict[str, Judge] = {}
    seen: set[str] = set()
    for number, content in enumerate(contents, 1):
        try:
            entry = _entry(number, content)
            # A file put together from several parts may contain an entry twice.
            if (fields := entry.model_dump_json()) in seen:
                continue
            seen.add(fields)
            if entry.type == QUESTION:
                questions.append(_usable(entry))
            else:
                _add_judge(judges, entry)
        except InvalidDataError as error:
            remarks.append(f"{error}; skipped")
    return Entries(questions, judges, remarks)


def yaml_entries(name: str, data: bytes) -> Entries | dict[str, Any]:
    """Return what a YAML file's list of entries says, or another file's keys and values.

    Raises:
        InvalidDataError: the file is empty, too large or neither.
    """
    check_size(name, data, MAX_YAML_BYTES)
    return confined(parsed, name, data, subject=name)


def parsed(name: str, data: bytes) -> Entries | dict[str, Any]:
    """Parse YAML in this process, for the child process of `yaml_entries`."""
    content = parse_yaml(name, text_of(name, data))
    if isinstance(content, dict):
        return {str(key): value for key, value in content.items()}
    if not isinstance(content, list):
        raise InvalidDataError(f"{name}: expected a list of questions.")
    return entries_of(content)


def _entry(number: int, content: Any) -> Entry:
    if not isinstance(content, dict):
        raise InvalidDataError(f"entry {number} is not a mapping of keys to values")
    kind = content.get("type", QUESTION)
    if kind not in (QUESTION, CHOICE, *RATINGS):
        unknown = f'the unknown type "{kind}"' if isinstance(kind, str) else "no type"
        raise InvalidDataError(f"entry {number} has {unknown}")
    try:
        return Entry.model_validate({"type": kind} | content)
    except ValidationError as error:
        raise InvalidDataError(f"entry {number} is invalid ({first_problem(error)})") from error


def _usable(entry: Entry) -> Entry:
    """Return a question; raise InvalidDataError if a probe can't represent it."""
    if not entry.paraphrases or not all(text.strip() for text in entry.paraphrases):
        raise InvalidDataError(f'"{entry.id}" has an empty question or none in "paraphrases"')
    if entry.system:
        raise InvalidDataError(f'"{entry.id}" has a system prompt, which probes do not support')
    return entry


def _add_judge(judges: dict[str, Judge], entry: Entry) -> None:
    """Add the judge of an entry; raise InvalidDataError if it can't be used."""
    judge = _judge(entry)
    if judge.id in {other.id for other in judges.values()}:
        raise InvalidDataError(f'the judge "{entry.id}" appears twice with different texts')
    judges[entry.id] = judge


def _judge(entry: Entry) -> Judge:
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
            labels=labels_in(template) if choice else [],
            prompt=template,
            sha256="",
        )
    except ValidationError as error:
        raise InvalidDataError(f'the judge "{entry.id}": {first_problem(error)}') from error


def _with_known_judges(entry: Entry, judges: dict[str, Judge], remarks: list[str]) -> Entry:
    """Return a question without the judges that can't be used."""
    for name in entry.judges.values():
        if name not in judges:
            remarks.append(f'"{entry.id}" uses the judge "{name}", which is missing or invalid')
    known = {key: name for key, name in entry.judges.items() if name in judges}
    return entry.model_copy(update={"judges": known})


def title_of(name: str) -> str:
    """Return a title made from an id."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]
