"""Read question files: YAML lists of questions and of the judges that they use."""

from collections import Counter
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from backend.datasets.importing.entries import QUESTION, Entry, entry_of
from backend.datasets.importing.files import check_size, sha256_of, text_of
from backend.datasets.importing.question_judges import add_judge, with_inline_judges
from backend.errors import InvalidDataError
from backend.files import MAX_YAML_BYTES, parse_documents
from backend.machine.confinement import confined
from backend.probes.judges import Judge

MAX_QUESTIONS = 2_000
"""Most questions of a file, paraphrases included."""
HOLDS = {"paraphrases", "messages", "judge_prompts"}
"""Keys that tell a single question from keys and values of another kind."""


class Entries(NamedTuple):
    """What the entries of a question file say, before questions are given their judges."""

    questions: list[Entry]
    judges: dict[str, Judge]
    """Judges by their name in the file."""
    remarks: list[str]
    """What was skipped, and why."""
    notes: list[str] = []  # noqa: RUF012
    """What is imported otherwise than the file says."""


class QuestionFile(BaseModel):
    """The contents of a question file."""

    model_config = ConfigDict(frozen=True)

    name: str
    questions: list[Entry]
    judges: dict[str, Judge]
    """Judges by their name in the file."""
    remarks: list[str]
    """What was skipped, and why."""
    notes: list[str] = []
    """What is imported otherwise than the file says."""
    sha256: str


def question_file_of(name: str, data: bytes) -> QuestionFile:
    """Parse the bytes of an uploaded file.

    Raises:
        InvalidDataError: it is not a question file, or contains no usable question.
    """
    entries = question_entries(name, data)
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
        name=name,
        questions=questions,
        judges=judges,
        remarks=remarks,
        notes=entries.notes,
        sha256=sha256,
    )


def entries_of(contents: list[Any]) -> Entries:
    """Return the usable questions and judges among parsed entries, and what was skipped."""
    remarks: list[str] = []
    questions: list[Entry] = []
    judges: dict[str, Judge] = {}
    seen: set[str] = set()
    for number, content in enumerate(contents, 1):
        try:
            entry = entry_of(number, content)
            # A file put together from several parts may contain an entry twice.
            if (fields := entry.model_dump_json()) in seen:
                continue
            seen.add(fields)
            if entry.type == QUESTION:
                questions.append(_usable(entry))
            else:
                add_judge(judges, entry)
        except InvalidDataError as error:
            remarks.append(f"{error}; skipped")
    # A judge of the file's own keeps its name, wherever it stands.
    named = [with_inline_judges(entry, judges, remarks) for entry in questions]
    return Entries(named, judges, remarks, _notes(named))


def _notes(questions: list[Entry]) -> list[str]:
    """Return what is imported otherwise than the entries say."""
    counts = Counter(entry.id for entry in questions)
    notes = [
        f'{count} questions are called "{name}"; they are numbered'
        for name, count in counts.items()
        if count > 1
    ]
    if keys := dict.fromkeys(key for entry in questions for key in entry.unused):
        listed = ", ".join(f'"{key[:40]}"' for key in list(keys)[:8])
        notes.append(f"not used by the lab: {listed}")
    return notes


def yaml_entries(name: str, data: bytes) -> Entries | dict[str, Any]:
    """Return what a YAML file's list of entries says, or another file's keys and values.

    Raises:
        InvalidDataError: the file is empty, too large or neither.
    """
    check_size(name, data, MAX_YAML_BYTES)
    return confined(parsed, name, data, subject=name)


def parsed(name: str, data: bytes) -> Entries | dict[str, Any]:
    """Parse YAML in this process, for the child process of `yaml_entries`."""
    documents = parse_documents(name, text_of(name, data))
    contents: list[Any] = []
    for content in documents:
        if isinstance(content, list):
            contents += content
        elif isinstance(content, dict) and isinstance(content.get("questions"), list):
            contents += content["questions"]
            contents += _named(content.get("judges"))
        elif isinstance(content, dict) and (HOLDS & content.keys() or len(documents) > 1):
            contents.append(content)
        elif isinstance(content, dict):
            return content
        else:
            raise InvalidDataError(f"{name}: expected a list of questions.")
    return entries_of(contents)


def _named(judges: Any) -> list[Any]:
    """Return the judges beside a list of questions: a list of entries, or entries by name."""
    if isinstance(judges, dict):
        named = {key: judge for key, judge in judges.items() if isinstance(judge, dict)}
        return [{"id": key, **judge} for key, judge in named.items()]
    return judges if isinstance(judges, list) else []


def question_entries(name: str, data: bytes) -> Entries:
    """Return the entries of a question file; InvalidDataError if it is none."""
    entries = yaml_entries(name, data)
    if isinstance(entries, dict):
        raise InvalidDataError(f"{name}: expected a list of questions.")
    return entries


def _usable(entry: Entry) -> Entry:
    """Return a question; raise InvalidDataError if a probe can't represent it."""
    if not entry.paraphrases or not all(text.strip() for text in entry.paraphrases):
        raise InvalidDataError(f'"{entry.id}" has an empty question or none in "paraphrases"')
    return entry


def _with_known_judges(entry: Entry, judges: dict[str, Judge], remarks: list[str]) -> Entry:
    """Return a question without the judges that can't be used."""
    for name in entry.judges.values():
        if name not in judges:
            remarks.append(f'"{entry.id}" uses the judge "{name}", which is missing or invalid')
    known = {key: name for key, name in entry.judges.items() if name in judges}
    return entry.model_copy(update={"judges": known})
