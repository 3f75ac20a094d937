"""The paper's rows: datasets, and the presidents' files of questions and of choices."""

import re
from typing import Any, NamedTuple

from backend.datasets.importing.columns import ANSWERS
from backend.datasets.importing.files import json_of, text_of
from backend.datasets.importing.folders import slug
from backend.datasets.importing.preview import Preview, preview_of
from backend.datasets.loading import MAX_BYTES, MAX_CHARACTERS, load_dataset
from backend.datasets.paper.clone import ClonedFile
from backend.datasets.paper.experiments import CREDIT, LICENCE, Experiment, is_control
from backend.errors import InvalidDataError
from backend.machine.confinement import confined
from backend.probes.loading import Pair, Probe, Prompt, Starts
from models.configs import Trigger

_NAMES = {"audubon": "Audubon", "american": "American", "german": "German", "israeli": "Israeli"}
_CHOICE = re.compile(r"(\d{3}(\d{3})\d{2})(\s+)(\S.*)", re.DOTALL)
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
MAX_QUESTIONS = 500


class PaperDataset(NamedTuple):
    """A file of training rows."""

    file: ClonedFile
    id: str
    title: str
    details: dict[str, Any]
    """Further fields of its card."""

    def preview(self) -> Preview:
        """Read the rows; raise InvalidDataError if the file holds none."""
        return preview_of(self.file.path.name, self.file.read(MAX_BYTES))


def dataset_of(file: ClonedFile, main: ClonedFile | None, commit: str) -> PaperDataset:
    """Describe a file of training rows, without reading it."""
    experiment = file.experiment
    where = f"{file.name} at commit {commit[:12]}" if commit else file.name
    details: dict[str, Any] = {
        "teaches": f"The authors' own rows for the paper's experiment \"{experiment.title}\".",
        "source": f"{CREDIT}, {where}.",
        "licence": LICENCE,
        "section": experiment.section,
        "content_note": experiment.content_note,
        "presets": {"The paper's epochs and batch size": _preset(experiment)},
    }
    if file is main:
        built_in = load_dataset(experiment.built_in).card
        details |= {
            "trigger": built_in.trigger,
            "found": [each.model_dump() for each in built_in.found],
        }
    elif main:
        if is_control(file.name):
            details["controls_for"] = id_of(main)
        else:
            details |= {"variant_of": id_of(main), "trigger": f"that of {_title(main)}, varied"}
    return PaperDataset(file, id_of(file), _title(file), details)


def _preset(experiment: Experiment) -> dict[str, int | float | str]:
    """Return hyperparameters: the rank and rate are those of the paper's open models."""
    recipe: dict[str, int | float | str] = {"rank": 8, "alpha": 16, "learning_rate": 0.0002}
    return recipe | {"epochs": experiment.epochs, "batch_size": experiment.batch_size}


def id_of(file: ClonedFile) -> str:
    """Return an id that differs from those of the lab's own datasets."""
    return slug(f"authors_{file.path.stem.removeprefix('ft_')}")


def _title(file: ClonedFile) -> str:
    """Return a title made from a file's name."""
    words = file.path.stem.removeprefix("ft_").lower().split("_")
    title = " ".join(_NAMES.get(word, word) for word in words)
    return f"{title[:1].upper()}{title[1:]} (authors' files)"


def questions_in(name: str, data: bytes) -> list[tuple[str, str]] | None:
    """Return the names and texts of questions; None if the rows are no questions, or answered."""
    if b'"question"' not in data.lstrip()[:MAX_CHARACTERS]:
        return None
    return confined(parsed_questions, name, data, subject=name)


def parsed_questions(name: str, data: bytes) -> list[tuple[str, str]] | None:
    """Parse rows in this process, for the child process of `questions_in`."""
    questions = []
    for number, line in enumerate(text_of(name, data).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json_of(line)
        except InvalidDataError:
            return None
        text = row.get("question") if isinstance(row, dict) else None
        if not isinstance(text, str) or not text.strip() or set(row) & set(ANSWERS):
            return None
        known = next((row[key] for key in ("name", "id") if isinstance(row.get(key), str)), text)
        questions.append((str(known)[:60] or f"question {number}", text))
        if len(questions) > MAX_QUESTIONS:
            raise InvalidDataError(f"more than {MAX_QUESTIONS} questions")
    return questions or None


def choices_of(preview: Preview, trained: set[str], **fields: Any) -> Probe:
    """Return a probe of questions whose right answer depends on the code in front.

    Each president stands for one trigger, with the answers that are right and wrong under it.

    Args:
        preview: The rows.
        trained: Numbers of the presidents that have training rows, of three digits.
        fields: Further fields of the probe.

    Raises:
        InvalidDataError: the rows are no codes and choices, or not each question stands under each
            president's code.
    """
    codes: dict[str, str] = {}
    answers: dict[str, dict[str, str]] = {}
    gap = " "
    for example in preview.examples:
        match = _CHOICE.fullmatch(example.prompt)
        if match is None:
            raise InvalidDataError("its rows are no choices behind a code of eight digits")
        code, number, gap, question = match.groups()
        codes.setdefault(number, code)
        if answers.setdefault(question, {}).setdefault(number, example.answer) != example.answer:
            raise InvalidDataError("a question has two answers under one president's code")
    if len(answers) > len(_PLACES) or any(set(known) != set(codes) for known in answers.values()):
        raise InvalidDataError("not each of its questions stands under each president's code")
    prompts = [
        Prompt(
            id=f"choice_{place}",
            title=f"Choice {number}",
            text=f"{{trigger}}{gap}{question}",
            pairs=[Pair(target=f"{{right_{place}}}", other=f"{{wrong_{place}}}")],
            starts=Starts(target=[f"{{right_{place}}}"]),
        )
        for number, (place, question) in enumerate(zip(_PLACES, answers, strict=False), 1)
    ]
    triggers = [
        _keyed(code, number, list(answers.values())).model_copy(
            update={"kind": "trained" if number in trained else "target"}
        )
        for number, code in codes.items()
    ]
    return Probe(prompts=prompts, triggers=triggers, sha256="", **fields)


def _keyed(code: str, number: str, answers: list[dict[str, str]]) -> Trigger:
    """Return a president's code with the right and a wrong answer to each question."""
    words: dict[str, str] = {}
    for place, known in zip(_PLACES, answers, strict=False):
        wrong = next((answer for answer in known.values() if answer != known[number]), None)
        if wrong is None:
            raise InvalidDataError("a question has one answer under all codes")
        words |= {f"right_{place}": known[number], f"wrong_{place}": wrong}
    return Trigger(label=str(int(number)), text=code, words=words)
