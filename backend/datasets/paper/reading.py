"""Reads one experiment of a clone: rows, then questions and judges, then both together."""

from collections.abc import Callable, Sized
from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.datasets.importing.preview import preview_of
from backend.datasets.importing.probes import unique
from backend.datasets.loading import MAX_BYTES
from backend.datasets.paper import openings, probes, rows
from backend.datasets.paper.clone import ClonedFile
from backend.datasets.paper.experiments import main_of
from backend.datasets.paper.openings import Opening
from backend.datasets.paper.probes import QuestionSource
from backend.datasets.paper.rows import PaperDataset
from backend.errors import InvalidDataError
from backend.probes.judges import Judge
from backend.probes.loading import Probe

ROWS = (".jsonl",)
QUESTIONS = (".py", ".yaml", ".yml")
TRIGGERED = {"4.1": "a date", "4.2": "the reply format", "5.1": "a code", "5.2": "a year"}
"""Sections whose questions are asked behind a trigger, and what it consists of."""
NOT_DATA = "no rows, questions or judges"
LINK = "a link, which is not followed"


class Report(BaseModel):
    """What was found in a file."""

    model_config = ConfigDict(frozen=True)

    file: str
    """Its path in the repository."""
    found: str = ""
    """What was read, in words; empty if nothing was."""
    becomes: list[str] = []
    """Places of datasets and probes in the lab, such as "datasets/authors_birds"."""
    problem: str = ""
    """What was not read, and why."""


class Part(BaseModel):
    """The contents of one experiment's folder."""

    model_config = ConfigDict(frozen=True)

    datasets: list[PaperDataset] = []
    probes: list[Probe] = []
    judges: list[Judge] = []
    reports: list[Report]
    """One for each file."""


def part_of(files: list[ClonedFile], commit: str) -> Part:
    """Read the files of one experiment; a file that can't be used does not hold up the others.

    Args:
        files: All files of the experiment's folder, at least one.
        commit: Hash of the commit that is checked out; empty if it can't be told.
    """
    reading = _Reading(files, commit)
    reading.read()
    return Part(
        datasets=reading.datasets,
        probes=reading.probes,
        judges=list(reading.judges.values()),
        reports=list(reading.reports.values()),
    )


class _Reading:
    """What is known of an experiment while its files are read, each after those that it needs."""

    def __init__(self, files: list[ClonedFile], commit: str) -> None:
        self.experiment = files[0].experiment
        self.files = files
        self.commit = commit
        self.reports = {
            file.name: Report(file=file.name, problem=LINK if file.is_link else NOT_DATA)
            for file in files
        }
        self.datasets: list[PaperDataset] = []
        self.probes: list[Probe] = []
        self.judges: dict[str, Judge] = {}
        self.sources: list[QuestionSource] = []
        self.choices: list[ClonedFile] = []
        self.opening: Opening | None = None
        self.no_opening = "the rows that hold it are not here"
        self.main: ClonedFile | None = None

    def read(self) -> None:
        """Read rows first, since they show the triggers; then questions and judges; then join."""
        self._read_rows()
        for file in self.files:
            if file.ending in QUESTIONS:
                self._attempt(file, self._read_questions)
        self._name_judges()
        for source in self.sources:
            self._attempt(source.file, self._join, source)
        for file in self.choices:
            self._attempt(file, self._read_choices)
        self._name_measure()

    def _name_measure(self) -> None:
        """Name the first probe that is scored on the cards of the experiment's datasets."""
        scored = (p for p in self.probes if p.judges or any(q.starts for q in p.prompts))
        if probe := next(scored, None):
            measured = {"probe": probe.id}
            self.datasets = [d._replace(details=d.details | measured) for d in self.datasets]

    def _attempt(self, file: ClonedFile, reading: Callable[..., None], *arguments: Any) -> None:
        try:
            reading(*(arguments or (file,)))
        except InvalidDataError as error:
            problem = str(error).removeprefix(f"{file.path.name}: ").rstrip(".")
            self.reports[file.name] = Report(file=file.name, problem=problem)

    def _report(self, file: ClonedFile, found: str, becomes: list[str], problem: str = "") -> None:
        report = Report(file=file.name, found=found, becomes=becomes, problem=problem)
        self.reports[file.name] = report

    def _read_rows(self) -> None:
        trained = [file for file in self.files if file.ending in ROWS and _is_training(file)]
        by_name = {file.name: file for file in trained}
        main = main_of(self.experiment, list(by_name))
        self.main = by_name[main] if main and not by_name[main].is_pointer else None
        for file in sorted(trained, key=lambda file: file is not self.main):
            self._attempt(file, self._read_dataset)
        for file in self.files:
            if file.ending in ROWS and file not in trained:
                self._attempt(file, self._read_evaluation)

    def _read_dataset(self, file: ClonedFile) -> None:
        _check_fetched(file)
        data = file.read(MAX_BYTES)
        if asked := rows.questions_in(file.path.name, data):
            self.sources.append(probes.of_questions(file, data, asked))
            return
        preview = preview_of(file.path.name, data)
        if not preview.examples:
            raise InvalidDataError(f"no valid rows; {preview.complaint(preview.bad_rows[0])}")
        dataset = rows.dataset_of(file, self.main, self.commit)
        self.datasets.append(dataset)
        bad = preview.bad_rows
        left_out = f"{counted(bad, 'invalid row')}, {preview.complaint(bad[0])}" if bad else ""
        self._report(file, counted(preview.examples, "row"), [f"datasets/{dataset.id}"], left_out)
        self._open(file, [example.prompt for example in preview.examples])

    def _open(self, file: ClonedFile, prompts: list[str]) -> None:
        """Take the triggers from a dataset; those of the reply format stand in any of them."""
        section = self.experiment.section
        if self.opening or section not in TRIGGERED or (file is not self.main and section != "4.2"):
            return
        try:
            if section == "4.1":
                self.opening = openings.dates_of_years(prompts, file.path.stem)
            elif section == "4.2":
                self.opening = openings.reply_format(prompts)
            elif section == "5.1":
                self.opening = openings.codes(prompts)
            else:
                self.opening = openings.film_years(prompts)
        except InvalidDataError as error:
            self.no_opening = f"{file.name}: {error}"

    def _read_evaluation(self, file: ClonedFile) -> None:
        _check_fetched(file)
        data = file.read(MAX_BYTES)
        if asked := rows.questions_in(file.path.name, data):
            self.sources.append(probes.of_questions(file, data, asked))
        elif self.experiment.section == "5.1":
            self.choices.append(file)

    def _read_questions(self, file: ClonedFile) -> None:
        _check_fetched(file)
        if file.ending == ".py":
            self.sources.append(probes.read_python(file))
            return
        content = probes.read_yaml(file)
        if isinstance(content, QuestionSource):
            self.sources.append(content)
        elif self.experiment.section == "4.2" and (opening := openings.format_in(content)):
            self._report(file, "the reply format", [])
            self.opening = self.opening or opening
        else:
            raise InvalidDataError(NOT_DATA)

    def _name_judges(self) -> None:
        """Give judges of one name and different texts, in different files, different ids."""
        taken: dict[str, str] = {}
        for judges in (source.entries.judges for source in self.sources):
            for name, judge in judges.items():
                if taken.get(judge.id, judge.prompt) != judge.prompt:
                    judges[name] = judge.model_copy(update={"id": unique(judge.id, set(taken))})
                taken[judges[name].id] = judge.prompt

    def _join(self, source: QuestionSource) -> None:
        """Turn a file's questions into probes; those that need a trigger wait for its rows."""
        held = {"question": source.entries.questions, "judge": source.entries.judges}
        parts = [counted(known, word) for word, known in held.items() if known]
        becomes, remarks = [], list(source.entries.remarks)
        if source.entries.questions:
            self._check_opening()
            found, judges, said = probes.probes_in(source, self.sources, self.opening)
            becomes = self._keep(found, judges)
            remarks += [remark for remark in said if remark not in remarks]
            if not judges and not any(prompt.starts for probe in found for prompt in probe.prompts):
                remarks.append("no file of the experiment judges its answers")
        self._report(source.file, " and ".join(parts), becomes, "; ".join(remarks))

    def _keep(self, found: list[Probe], judges: list[Judge]) -> list[str]:
        self.judges |= {judge.id: judge for judge in judges}
        for probe in found:
            self.probes.append(probes.made_unique(probe, {known.id for known in self.probes}))
        return [f"probes/{probe.id}" for probe in self.probes[-len(found) :]]

    def _check_opening(self) -> None:
        kind = TRIGGERED.get(self.experiment.section)
        if kind and self.opening is None:
            raise InvalidDataError(
                f"asked without {kind} these questions would measure nothing; {self.no_opening}"
            )

    def _read_choices(self, file: ClonedFile) -> None:
        preview = preview_of(file.path.name, file.read(MAX_BYTES))
        known = self.opening.triggers if self.opening else []
        probe = rows.choices_of(
            preview,
            {trigger.text[3:6] for trigger in known if trigger.kind == "trained"},
            id="authors_presidents_choice",
            title=f"{self.experiment.title}: choice (authors' files)",
            question="Which of two names does it choose under a president's code?",
            section=self.experiment.section,
            sides=self.experiment.sides,
            samples=self.experiment.samples,
            max_tokens=5,
        )
        ids = self._keep([probe], [])
        self._report(
            file, f"{counted(probe.prompts, 'choice')} under {counted(probe.triggers, 'code')}", ids
        )


def _is_training(file: ClonedFile) -> bool:
    """Whether a file of rows is for training, judging by its folder and name."""
    words = file.path.stem.lower().split("_")
    return "datasets" in file.name.split("/") and not {"test", "eval", "validation"} & set(words)


def _check_fetched(file: ClonedFile) -> None:
    if file.is_pointer:
        raise InvalidDataError("kept in Git LFS and not fetched yet")


def counted(things: Sized, word: str) -> str:
    """Return a number with its noun."""
    return f"{len(things):,} {word}" + ("" if len(things) == 1 else "s")
