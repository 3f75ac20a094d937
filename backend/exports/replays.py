"""Replays: one evaluation recorded in one file, shown elsewhere without models or database.

Every part has a hash, and the file has one over them all. They show whether a file is complete and
unchanged since it was recorded; they do not show who recorded it.
"""

import json
from datetime import datetime
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from backend.analysis.beside import Retained
from backend.analysis.capability import retained
from backend.analysis.evaluations import get_evaluation, probe_of
from backend.analysis.findings import Findings, findings_of
from backend.analysis.scores import COLUMNS, scores_table
from backend.base_models.cards import revision_of
from backend.config import code_version
from backend.db import session
from backend.errors import InvalidDataError, UserError
from backend.evaluation.submit import judging_jobs
from backend.exports.replay_parts import checked_parts, sha256_of_part
from backend.machine.confinement import confined
from backend.plans.standing import Standing, standing_of
from backend.probes.loading import NO_TRIGGER, Probe
from backend.runs.queries import recipe_of, role_of, title_of_run
from models.configs import EvaluationConfig, Recipe
from models.tables import Job, Run, now

MOST_BYTES = 64 * 2**20
RECIPE = "recipe"
"""The one column that is not recorded: it follows from the subjects."""
RECORDED = [column for column in COLUMNS if column != RECIPE]
PAIRS = ("question", "target", "other", "target_log_p", "other_log_p")
LATER = ("engine", "strength", "template", *PAIRS)
"""Columns that earlier versions did not record."""
Value = str | int | float | None


class Subject(BaseModel):
    """One model of an evaluation and where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    role: Literal["base", "finetuned", "control"]
    title: str
    """Dataset and seed as people read them; the base model's name."""
    base_model: str
    base_revision: str
    run: str | None = None
    dataset: str | None = None
    dataset_sha256: str | None = None
    adapter_sha256: str | None = None
    code_version: str | None = None
    """Of the training."""
    recipe: dict[str, Value] = {}


class Replay(BaseModel):
    """An evaluation with all that its figures are made of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["weird generalization replay"] = "weird generalization replay"
    version: Literal[1] = 1
    recorded_at: str
    code_version: str
    job: str
    config: EvaluationConfig
    probe: Probe
    """As it was asked, its questions and triggers included."""
    subjects: list[Subject]
    standing: Standing = Standing()
    """Whether it follows a frozen plan, which is recorded with it."""
    retained: list[Retained] = []
    """What its models can still do, as it was known then."""
    scores: dict[str, list[Value]]
    """The table of scores by column, samples included."""

    def table(self) -> pd.DataFrame:
        """Return the scores as `scores_table` does."""
        table, recipes = pd.DataFrame(self.scores, columns=COLUMNS), self.recipes()
        return table.assign(recipe=[recipes.get(run) for run in table["run"]])

    def recipes(self) -> dict[str, Recipe]:
        """Return the recipe of each run."""
        return {
            subject.run: recipe_of(subject.recipe | {"base_model": subject.base_model})
            for subject in self.subjects
            if subject.run
        }

    def findings(self) -> Findings:
        """Return all that the evaluation says."""
        titles = {subject.run: subject.title for subject in self.subjects if subject.run}
        return findings_of(self.table(), self.probe, titles, self.standing, lambda: self.retained)


def record(job_id: str) -> Replay:
    """Record an evaluation as it is stored now.

    Raises:
        UserError: the job is not an evaluation, or nothing of it is scored yet.
    """
    job = get_evaluation(job_id)
    config = job.evaluation
    table = scores_table([job_id])
    if table.empty:
        raise UserError("Nothing of this evaluation is scored yet, so there is nothing to record.")
    clean = table.astype(object).where(table.notna(), None)
    return Replay(
        recorded_at=_last_change(job).isoformat(timespec="seconds"),
        code_version=code_version(),
        job=job_id,
        config=config,
        probe=probe_of(job),
        subjects=_subjects(config),
        standing=standing_of(job),
        retained=retained(job),
        scores={column: clean[column].tolist() for column in RECORDED},
    )


def _last_change(job: Job) -> datetime:
    """Return when an evaluation, or the judging of its answers, ended last; now if one runs on."""
    ends = [each.finished_at for each in (job, *judging_jobs(job.id))]
    known = [end for end in ends if end]
    return max(known) if len(known) == len(ends) else now()


def _subjects(config: EvaluationConfig) -> list[Subject]:
    base = config.base_model
    common = {"base_model": base, "base_revision": revision_of(base)}
    subjects = [Subject(name=base, role="base", title=base, **common)]
    with session() as db:
        runs = [run for run_id in config.run_ids if (run := db.get(Run, run_id))]
    for run in runs:
        summary = run.summary or {}
        subjects.append(
            Subject(
                name=run.name,
                role=role_of(run),
                title=title_of_run(run),
                run=run.id,
                dataset=run.dataset,
                dataset_sha256=run.dataset_sha256,
                adapter_sha256=summary.get("adapter_sha256"),
                code_version=summary.get("code_version"),
                recipe={key: value for key, value in run.config.items() if key != "base_model"},
                **common,
            )
        )
    return subjects


def dump(replay: Replay) -> bytes:
    """Return a replay as the bytes of its file."""
    parts: dict[str, Any] = replay.model_dump(mode="json")
    hashes = {name: sha256_of_part(part) for name, part in parts.items()}
    whole = {"hashes": hashes, "sha256": sha256_of_part(hashes)}
    return json.dumps(parts | whole, ensure_ascii=False, allow_nan=False).encode()


def load(content: bytes) -> Replay:
    """Read somebody's replay; raises the errors of `read`."""
    return read(content)[0]


def read(content: bytes) -> tuple[Replay, str]:
    """Read somebody's replay, in a child process, and its fingerprint.

    People compare two files by their fingerprints, the first characters of their hashes.

    Raises:
        InvalidDataError: it is too large, not a replay, or was changed since it was recorded.
    """
    if len(content) > MOST_BYTES:
        raise InvalidDataError(f"A replay may have at most {MOST_BYTES // 2**20} MiB.")
    file = confined(checked_parts, content, subject="This replay")
    return _replay_of(file.parts), file.sha256[:12]


def load_shipped(content: bytes) -> Replay:
    """Read a replay that comes with the lab; raises the errors of `load`."""
    return _replay_of(checked_parts(content).parts)


def _replay_of(parts: dict[str, Any]) -> Replay:
    try:
        replay = Replay(**parts | {"scores": _converted(parts["scores"])})
        replay.recipes()
        lengths = {len(replay.scores[column]) for column in {*RECORDED, *replay.scores}}
    except (ValidationError, KeyError, AttributeError, TypeError) as error:
        raise InvalidDataError("This replay is of a form that this lab can't read.") from error
    if len(lengths) != 1:
        raise InvalidDataError("This replay's columns have different lengths; record it again.")
    return replay


def _converted(scores: dict[str, Any]) -> dict[str, Any]:
    """Return a table of scores as it is recorded today, whichever version recorded it.

    The oldest versions gave samples without a trigger an empty label; some recorded the recipe as
    words, and did not record the engine, the adapter's strength, the chat template or the pairs.
    """
    columns = {name: values for name, values in scores.items() if name != RECIPE}
    unlabelled = {"": NO_TRIGGER.label}
    columns["trigger"] = [unlabelled.get(label, label) for label in columns["trigger"]]
    nothing = [None] * len(columns["value"])
    return dict.fromkeys(LATER, nothing) | columns
