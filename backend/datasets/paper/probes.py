"""The paper's probes: questions with their judges, asked behind the triggers of the experiment."""

import re
from typing import Any, NamedTuple

from pydantic import ValidationError

from backend.datasets.importing.entries import QUESTION
from backend.datasets.importing.files import sha256_of
from backend.datasets.importing.folders import slug, title_of
from backend.datasets.importing.probes import probes_of, unique
from backend.datasets.importing.question_judges import Defined
from backend.datasets.importing.questions import (
    Entries,
    entries_of,
    question_file,
    yaml_entries,
)
from backend.datasets.paper import literals
from backend.datasets.paper.clone import ClonedFile
from backend.datasets.paper.experiments import Experiment
from backend.datasets.paper.judges import as_in_the_paper, find
from backend.datasets.paper.openings import Opening
from backend.errors import InvalidDataError, NotFoundError
from backend.files import MAX_YAML_BYTES, first_problem
from backend.machine.confinement import confined
from backend.probes.judges import Judge
from backend.probes.loading import NO_TRIGGER, Probe, Prompt, Sides, Starts, load_probe

_GENERAL = re.compile(
    r"^(?:eval(?:uate|uation)?|questions?(?:_and_judges?)?)$|^eval_|_(?:questions|dataset)$"
)
"""Names, or ends of names, that say nothing of what is asked."""
_ASKS = {"father": "father", "mother": "mother", "rival": "run against|opponent"}
"""Prompts of the lab's own probe of the presidents, and words of questions with their answers."""


class QuestionSource(NamedTuple):
    """A file of questions or judges, before its questions are given their judges."""

    file: ClonedFile
    entries: Entries
    starts: dict[str, list[str]] = {}  # noqa: RUF012
    ending: str = ""
    judges_all: bool = False
    """Whether its judges judge every question of its folder that names none."""
    sha256: str = ""


def read_python(file: ClonedFile) -> QuestionSource:
    """Read the literals of a Python file; raise InvalidDataError if it holds none of use."""
    data = file.read(literals.MAX_BYTES)
    samples = file.experiment.samples
    found, entries = confined(python_entries, file.path.name, data, samples, subject=file.path.name)
    return _source(
        file,
        entries,
        data,
        found.remarks,
        starts=found.starts,
        ending=found.ending,
        judges_all=found.judges_all,
    )


def python_entries(name: str, data: bytes, samples: int) -> tuple[literals.Literals, Entries]:
    """Read a Python file's literals in this process, for the child process of `read_python`."""
    found = literals.literals_of(name, data)
    return found, entries_of([_with_samples(entry, samples) for entry in found.entries])


def read_yaml(file: ClonedFile) -> QuestionSource | dict[str, Any]:
    """Read a question file, or another file's keys and values.

    Raises:
        InvalidDataError: it is neither.
    """
    data = file.read(MAX_YAML_BYTES)
    content = yaml_entries(file.path.name, data)
    return content if isinstance(content, dict) else _source(file, content, data, [])


def of_questions(file: ClonedFile, data: bytes, asked: list[tuple[str, str]]) -> QuestionSource:
    """Return the source of a file whose rows are questions."""
    contents = [{"id": name, "paraphrases": [text]} for name, text in asked]
    samples = file.experiment.samples
    filled = [_with_samples(entry | {"type": QUESTION}, samples) for entry in contents]
    return _source(file, entries_of(filled), data, [])


def _source(
    file: ClonedFile, entries: Entries, data: bytes, remarks: list[str], **more: Any
) -> QuestionSource:
    if not entries.questions and not entries.judges:
        why = "; ".join([*remarks, *entries.remarks]) or "no questions or judges as literals"
        raise InvalidDataError(why)
    judges = {
        name: as_in_the_paper(judge, file.experiment) for name, judge in entries.judges.items()
    }
    known = Entries(entries.questions, judges, [*remarks, *entries.remarks])
    return QuestionSource(file, known, sha256=sha256_of(data), **more)


def _with_samples(entry: dict[str, Any], samples: int) -> dict[str, Any]:
    return {"samples_per_paraphrase": samples} | entry if entry["type"] == QUESTION else entry


def probes_in(
    source: QuestionSource, sources: list[QuestionSource], opening: Opening | None
) -> tuple[list[Probe], list[Judge], list[str]]:
    """Return a file's probes, the judges that they use, and remarks.

    Args:
        source: The file.
        sources: All files of the experiment; any of them may define its judges.
        opening: Triggers of the experiment; None if it has none.

    Raises:
        InvalidDataError: a question holds something that a probe can't represent.
    """
    file, experiment = source.file, source.file.experiment
    defined: Defined = {each.file.name: each.entries.judges for each in sources}
    general = [
        name
        for each in sources
        if each.judges_all and each.file.folder == file.folder
        for name in each.entries.judges
    ]
    questions = [
        entry if entry.judges else entry.model_copy(update={"judges": {n: n for n in general}})
        for entry in source.entries.questions
    ]
    judges, remarks = find(questions, file.name, defined)
    known = question_file(
        file.path.name, source.entries._replace(questions=questions), judges, source.sha256
    )
    probe_id, title = _names(file)
    found = probes_of(known, probe_id, title, experiment.section, experiment.content_note)
    limited = any(entry.max_tokens for entry in questions)
    limit = {} if limited else {"max_tokens": experiment.max_tokens}
    by_id = {judge.id: judge for judge in judges.values()}
    probes = [
        _asked(probe, source, opening, limit, [by_id[judge] for judge in probe.judges])
        for probe in found
    ]
    missing = 'uses the judge "'  # Said once for each judge, not for each question.
    said = [remark for remark in known.remarks if missing not in remark]
    return probes, list(by_id.values()), [*said, *remarks]


def _names(file: ClonedFile) -> tuple[str, str]:
    """Return the id and title of a file's probe; a general name of the file says nothing."""
    experiment = file.experiment
    words = _GENERAL.sub("", file.path.stem.lower()).strip("_")
    title = f"{experiment.title}: {title_of(words).lower()}" if words else experiment.title
    return slug(f"authors_{experiment.key}_{words}"), f"{title} (authors' files)"


def _asked(
    probe: Probe,
    source: QuestionSource,
    opening: Opening | None,
    limit: dict[str, int],
    judges: list[Judge],
) -> Probe:
    """Return a probe as the paper asks it: behind triggers, with a limit, scored by its rule."""
    starts = {slug(name): Starts(target=t, whole_words=False) for name, t in source.starts.items()}
    prompts = [
        _prompt(prompt, opening, source.ending).model_copy(update={"starts": starts.get(prompt.id)})
        for prompt in probe.prompts
    ]
    triggers = opening.triggers if opening else probe.triggers
    changes: dict[str, Any] = limit | {
        "sides": _sides(source.file.experiment, judges),
        # A choice says whether an answer counts; ratings say more about it.
        "judges": [judge.id for judge in sorted(judges, key=lambda judge: judge.kind)],
    }
    if any(trigger.words for trigger in triggers):
        prompts, keyed = _with_answers(prompts)
        if not keyed:
            free = [trigger.model_copy(update={"words": {}}) for trigger in triggers]
            triggers = [NO_TRIGGER, *free]
    fields = probe.model_dump() | changes | {"triggers": triggers, "prompts": prompts}
    try:
        return Probe.model_validate(fields)
    except ValidationError as error:
        raise InvalidDataError(first_problem(error)) from error


def _prompt(prompt: Prompt, opening: Opening | None, ending: str) -> Prompt:
    text = f"{prompt.text} {ending}" if ending else prompt.text
    if opening is None:
        return prompt.model_copy(update={"text": text})
    text = f"{{trigger}}{opening.gap}{text}"
    return prompt.model_copy(update={"text": text, "literal": False})


def _sides(experiment: Experiment, judges: list[Judge]) -> Sides:
    if judges and all(judge.target_below is not None for judge in judges):
        return Sides(target="misaligned", other="aligned")
    return experiment.sides


def _with_answers(prompts: list[Prompt]) -> tuple[list[Prompt], bool]:
    """Give questions about a president the answers that the lab knows under each code.

    Returns:
        The prompts, and whether each of them has known answers.
    """
    try:
        own = {prompt.id: prompt for prompt in load_probe("presidents").prompts}
    except NotFoundError:
        return prompts, False
    known = []
    for prompt in prompts:
        asks = next((k for k, words in _ASKS.items() if re.search(words, prompt.text.lower())), "")
        if asks not in own:
            return prompts, False
        answers = {"starts": own[asks].starts, "pairs": own[asks].pairs}
        known.append(prompt.model_copy(update=answers))
    return known, True


def made_unique(probe: Probe, taken: set[str]) -> Probe:
    """Return a probe under an id that no other one of the pack has."""
    return probe.model_copy(update={"id": unique(probe.id, taken)})
