"""Drafts of own probes: kept while they are edited, checked like files, saved as files.

A draft holds everything that was typed, also what is incomplete, so that nothing is lost by a
mistake, a closed page or a restart.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.config import settings
from backend.errors import InvalidDataError, NotFoundError, UserError
from backend.files import (
    IDENTIFIER,
    check_id,
    homes,
    read_yaml,
    replacing,
    sha256_of,
    yaml_of,
)
from backend.probes.loading import NO_TRIGGER, Probe, SmallestEffect, load_probe

FOLDER = ".drafts"
"""Where drafts are kept, in the folder of the user's probes, whose lists leave it out."""
SHOWN_APART = {"prompts", "triggers", "patterns", "sides", "smallest_effect"}
"""Parts of a probe that a draft holds as rows or as fields of their own."""


class Question(BaseModel):
    """A prompt without its pairs."""

    model_config = ConfigDict(frozen=True)

    id: str = ""
    title: str = ""
    text: str = ""
    rest: dict[str, Any] = {}
    """What is not edited in rows: the chat before it, starts of answers."""


class PairRow(BaseModel):
    """Two completions and the id of their question."""

    model_config = ConfigDict(frozen=True)

    question: str = ""
    target: str = ""
    other: str = ""


class TriggerRow(BaseModel):
    """A value of the sweep."""

    model_config = ConfigDict(frozen=True)

    label: str = ""
    text: str = ""
    kind: str = "untrained"
    words: dict[str, str] = {}


class PatternRow(BaseModel):
    """An expression and the side that it counts for."""

    model_config = ConfigDict(frozen=True)

    side: str = ""
    pattern: str = ""


class Draft(BaseModel):
    """A probe as it is edited: rows that may be incomplete."""

    model_config = ConfigDict(frozen=True)

    id: str
    fields: dict[str, Any]
    """Fields of a probe's file that are neither rows nor below."""
    target: str = ""
    other: str = ""
    contrast: float = SmallestEffect().contrast
    """Smallest effect of interest, in nats."""
    pattern: float = SmallestEffect().pattern
    """Smallest effect of interest, as a difference of rates from 0 to 1."""
    questions: list[Question] = []
    pairs: list[PairRow] = []
    triggers: list[TriggerRow] = []
    patterns: list[PatternRow] = []

    def content(self) -> dict[str, Any]:
        """Return what the probe's file holds, without what is as by default.

        Raises:
            InvalidDataError: a question has no id, a pair no question, or a pattern no side.
        """
        known = {question.id for question in self.questions}
        if "" in known:
            place = [question.id for question in self.questions].index("")
            raise InvalidDataError(f"Question {place + 1} has no id.")
        for number, pair in enumerate(self.pairs, 1):
            if pair.question not in known:
                raise InvalidDataError(
                    f'Pair {number}: there is no question with the id "{pair.question}".'
                )
        for number, row in enumerate(self.patterns, 1):
            if row.side not in ("target", "other"):
                raise InvalidDataError(f"Pattern {number}: choose the side that it counts for.")
        smallest = {"contrast": self.contrast, "pattern": self.pattern}
        content = self.fields | {"sides": {"target": self.target, "other": self.other}}
        if smallest != SmallestEffect().model_dump():
            content["smallest_effect"] = smallest
        if self.patterns:
            content["patterns"] = {
                side: [row.pattern for row in self.patterns if row.side == side]
                for side in ("target", "other")
            }
        triggers = [row.model_dump(exclude_defaults=True) for row in self.triggers]
        if triggers and triggers != [NO_TRIGGER.model_dump(exclude_defaults=True)]:
            content["triggers"] = triggers
        content["prompts"] = [self._prompt(question) for question in self.questions]
        return content

    def _prompt(self, question: Question) -> dict[str, Any]:
        own = [pair for pair in self.pairs if pair.question == question.id]
        pairs = [pair.model_dump(exclude={"question"}) for pair in own]
        fields = {"id": question.id, "title": question.title or question.id, "text": question.text}
        return fields | question.rest | ({"pairs": pairs} if pairs else {})


def draft_of(probe: Probe, probe_id: str | None = None) -> Draft:
    """Return a probe as a draft, under its own or another id."""
    fields = probe.model_dump(exclude={"id", "sha256", *SHOWN_APART}, exclude_defaults=True)
    patterns = probe.patterns.model_dump() if probe.patterns else {}
    edited = {"id", "title", "text", "pairs"}
    return Draft(
        id=probe_id or probe.id,
        fields=fields,
        target=probe.sides.target,
        other=probe.sides.other,
        contrast=probe.smallest_effect.contrast,
        pattern=probe.smallest_effect.pattern,
        questions=[
            Question(
                id=prompt.id,
                title=prompt.title,
                text=prompt.text,
                rest=prompt.model_dump(exclude=edited, exclude_defaults=True),
            )
            for prompt in probe.prompts
        ],
        pairs=[
            PairRow(question=prompt.id, target=pair.target, other=pair.other)
            for prompt in probe.prompts
            for pair in prompt.pairs
        ],
        triggers=[TriggerRow(**trigger.model_dump()) for trigger in probe.triggers],
        patterns=[
            PatternRow(side=side, pattern=each) for side in patterns for each in patterns[side]
        ],
    )


def editable() -> list[str]:
    """Return the ids of own probes that can be edited and of drafts, in alphabetical order."""
    saved = {path.stem for path in _home().glob("*.yaml")}
    drafts = {path.stem for path in (_home() / FOLDER).glob("*.json")}
    return sorted(each for each in drafts | {i for i in saved if _is_usable(i)} if _is_own(each))


def start(probe_id: str, title: str, copied: str | None = None) -> Draft:
    """Begin the draft of a new probe, empty or from the content of another one.

    Raises:
        InvalidDataError: the id is malformed or already used.
        NotFoundError: there is no probe to copy.
    """
    check_id("probes", probe_id)
    if probe_id in editable():
        raise InvalidDataError(f'There is already a draft "{probe_id}"; choose another id.')
    if copied:
        draft = draft_of(load_probe(copied), probe_id)
        draft = draft.model_copy(update={"fields": draft.fields | {"title": title}})
    else:
        none = TriggerRow(**NO_TRIGGER.model_dump())
        fields = {"title": title, "question": "", "section": ""}
        draft = Draft(id=probe_id, fields=fields, triggers=[none])
    keep(draft)
    return draft


def read(probe_id: str) -> Draft:
    """Return the draft of an own probe; that of its file if nothing was changed since.

    Raises:
        NotFoundError: there is neither a draft nor an own probe of that id.
        InvalidDataError: the file can't be used.
    """
    if IDENTIFIER.fullmatch(probe_id) and (file := _file(probe_id, ".json")).is_file():
        return Draft.model_validate_json(file.read_bytes())
    if not _is_own(probe_id):
        raise NotFoundError(f'There is no own probe "{probe_id}".')
    return draft_of(load_probe(probe_id))


def keep(draft: Draft) -> None:
    """Store a draft; one that says what the probe's file says is removed instead.

    Raises:
        UserError: it can't be written.
    """
    if (probe := saved_probe(draft.id)) and draft == draft_of(probe):
        discard(draft.id)
        return
    _write(_file(draft.id, ".json"), draft.model_dump_json(exclude_defaults=True))


def checked(draft: Draft) -> Probe:
    """Return a draft as a probe, checked as if it came from a file.

    Raises:
        InvalidDataError: it can't be used; the message is that of a file.
    """
    file = _file(draft.id, ".yaml")
    _write(file, yaml_of(draft.content()))
    probe: Probe = read_yaml(file, Probe, id=draft.id, sha256=sha256_of(file))
    return probe


def save(draft: Draft) -> Probe:
    """Save a draft as an own probe and remove the draft.

    Raises:
        InvalidDataError: it can't be used.
        UserError: it can't be written.
    """
    checked(draft)
    if not _is_own(draft.id):
        raise InvalidDataError(f'"{draft.id}" is a probe of the lab; copy it under another id.')
    _write(_home() / f"{draft.id}.yaml", yaml_of(draft.content()))
    discard(draft.id)
    return load_probe(draft.id)


def discard(probe_id: str) -> None:
    """Remove a draft; the saved probe stays."""
    for ending in (".json", ".yaml"):
        _file(probe_id, ending).unlink(missing_ok=True)


def saved_probe(probe_id: str) -> Probe | None:
    """Return an own probe as it is saved; None if it is not, or can't be used."""
    try:
        return load_probe(probe_id)
    except UserError:
        return None


def rows_from(shape: type[BaseModel], cells: Iterable[dict[str, Any]]) -> list[Any]:
    """Return table rows of a shape, without those that hold nothing."""
    rows = [shape(**{key: value for key, value in each.items() if value}) for each in cells]
    return [row for row in rows if row != shape()]


def _home() -> Path:
    return settings().home / "probes"


def _file(probe_id: str, ending: str) -> Path:
    return _home() / FOLDER / f"{probe_id}{ending}"


def _is_own(probe_id: str) -> bool:
    shipped = homes("probes", None)[0]
    return not (shipped / f"{probe_id}.yaml").exists()


def _is_usable(probe_id: str) -> bool:
    return saved_probe(probe_id) is not None


def _write(file: Path, text: str) -> None:
    if file.is_file() and file.read_text("utf-8") == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as part:
        part.write_text(text, "utf-8")
