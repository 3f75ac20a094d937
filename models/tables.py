"""Database tables, as the newest migration leaves them.

A job names its run, and only the run names its dataset. An evaluation repeats its base model, its
model's name and its configuration: they say what was measured, also after a run is renamed.
"""

import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    DateTime,
    Dialect,
    Enum,
    Index,
    TypeDecorator,
    UniqueConstraint,
    event,
    insert,
    inspect,
    update,
)
from sqlmodel import Field, SQLModel

from models.configs import (
    EvaluationConfig,
    JudgeConfig,
    PreflightConfig,
    PreviewConfig,
    PrimeConfig,
)


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a random identifier of ten hexadecimal digits."""
    return secrets.token_hex(5)


class UTCDateTime(TypeDecorator[datetime]):
    """A timestamp that is UTC in every database; SQLite itself would forget the zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC without a zone."""
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        return value.replace(tzinfo=UTC) if value else None


def _time(default: bool = False, index: bool = False) -> Any:
    extra: dict[str, Any] = {"default_factory": now} if default else {"default": None}
    return Field(sa_type=UTCDateTime, index=index, **extra)


class JobKind(StrEnum):
    """What a job does."""

    FINETUNE = "finetune"
    EVALUATE = "evaluate"
    JUDGE = "judge"
    PREFLIGHT = "preflight"
    PRIME = "prime"
    PREVIEW = "preview"


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FAILED = "failed"
    DONE = "done"

    @property
    def is_final(self) -> bool:
        """Whether the job will never change again by itself."""
        return self in (JobState.CANCELLED, JobState.FAILED, JobState.DONE)


def _words(kinds: type[StrEnum]) -> Any:
    """Return a column type that stores an enumeration by its words, as people read them."""
    return Enum(kinds, native_enum=False, length=16, values_callable=list)


class Run(SQLModel, table=True):
    """One finetuning and its adapter."""

    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(unique=True, index=True)
    """The model name under which the gateway serves the adapter."""
    dataset: str
    dataset_sha256: str
    base_model: str
    config: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """A RunConfig."""
    created_at: datetime = _time(default=True)
    summary: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    """What training left: meta.json of the adapter; None until it has finished."""
    batch: str | None = Field(default=None, index=True)
    """What the runs of one launch share: seeds of a recipe, or a grid of recipes."""


class Job(SQLModel, table=True):
    """One piece of work in the queue."""

    id: str = Field(default_factory=new_id, primary_key=True)
    kind: JobKind = Field(sa_type=_words(JobKind))
    state: JobState = Field(default=JobState.QUEUED, sa_type=_words(JobState), index=True)
    run_id: str | None = Field(default=None, foreign_key="run.id", ondelete="CASCADE", index=True)
    config: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    """Of the kind's own form; a finetune job's config stands on its run."""
    result: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    """What the job found, where that has no table of its own."""
    created_at: datetime = _time(default=True, index=True)
    started_at: datetime | None = _time()
    finished_at: datetime | None = _time()
    attempts: int = 0
    holder: str | None = None
    """The worker that holds the lease."""
    lease_until: datetime | None = _time()
    stage: str = ""
    """What is being done now, as one phrase for people."""
    done: int = 0
    total: int = 0
    """Progress of the stage, in steps, prompts or samples."""
    stage_started_at: datetime | None = _time()
    stage_started_done: int = 0
    """Where `done` stood when the stage began; not 0 after a resume, so that ETAs stay right."""
    slowed: bool | None = None
    """Whether other work on its machine slows it down now; None before a worker has taken it."""
    error: str | None = None

    @property
    def evaluation(self) -> EvaluationConfig:
        """The configuration of an evaluation job."""
        return EvaluationConfig(**(self.config or {}))

    @property
    def judging(self) -> JudgeConfig:
        """The configuration of a judging job."""
        return JudgeConfig(**(self.config or {}))

    @property
    def priming(self) -> PrimeConfig:
        """The configuration of a priming job."""
        return PrimeConfig(**(self.config or {}))

    @property
    def preview(self) -> PreviewConfig:
        """The configuration of a preview job."""
        return PreviewConfig(**(self.config or {}))

    @property
    def preflight(self) -> PreflightConfig:
        """The configuration of a preflight job."""
        return PreflightConfig(**(self.config or {}))


class Prerequisite(SQLModel, table=True):
    """A job that has to be done before another one is claimed."""

    job_id: str = Field(foreign_key="job.id", primary_key=True, ondelete="CASCADE")
    needs: str = Field(foreign_key="job.id", primary_key=True, ondelete="CASCADE", index=True)
    """The job that comes first."""


class Reproduction(SQLModel, table=True):
    """One of the paper's experiments, queued as a whole: runs, evaluations and judgings."""

    id: str = Field(default_factory=new_id, primary_key=True)
    experiment: str = Field(index=True)
    protocol_sha256: str
    config: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """A ReproductionConfig."""
    jobs: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """Ids of its jobs in the order in which they were queued; some may have been deleted."""
    created_at: datetime = _time(default=True, index=True)


class Plan(SQLModel, table=True):
    """What is to be measured, written before there are data; once frozen it never changes."""

    id: str = Field(default_factory=new_id, primary_key=True)
    config: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """A PlanConfig."""
    created_at: datetime = _time(default=True, index=True)
    frozen_at: datetime | None = _time()
    """None while it is a draft."""
    sha256: str | None = None
    """Of the configuration and the time of freezing; None while it is a draft."""


class Worker(SQLModel, table=True):
    """A worker process and when it last gave a sign of life."""

    name: str = Field(primary_key=True)
    seen_at: datetime = _time(default=True)


class Metric(SQLModel, table=True):
    """What training reported at one step."""

    run_id: str = Field(foreign_key="run.id", primary_key=True, ondelete="CASCADE")
    step: int = Field(primary_key=True)
    loss: float
    learning_rate: float
    """0 where a provider trains, which tells neither this nor its speed."""
    tokens_per_second: float
    """Tokens computed a second, prompt included."""
    held_out_loss: float | None = None
    """In nats per token, at checkpoints of a run that holds rows out."""
    at: datetime = _time(default=True)


class Evaluation(SQLModel, table=True):
    """One probe on one model, as part of one job."""

    __table_args__ = (UniqueConstraint("job_id", "model"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    job_id: str = Field(foreign_key="job.id", ondelete="CASCADE", index=True)
    probe: str = Field(index=True)
    probe_sha256: str
    base_model: str
    run_id: str | None = Field(default=None, foreign_key="run.id", ondelete="CASCADE", index=True)
    model: str
    """Model name at the time: the base model's, the run's or "RUN @ step N"."""
    step: int | None = None
    """Of the checkpoint that was asked; None for the base model and for a finished adapter."""
    adapter_sha256: str | None = None
    config: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    code_version: str
    engine: str | None = None
    """What draws its samples; None before that is settled."""
    template: str | None = None
    """Hash of the chat template by which its samples are asked; None if it was not known."""
    created_at: datetime = _time(default=True)

    @property
    def strength(self) -> float | None:
        """Strength at which its adapter answers; None without one."""
        return 1.0 if self.run_id else None


class Sample(SQLModel, table=True):
    """One completion drawn from one model for one prompt."""

    __table_args__ = (UniqueConstraint("evaluation_id", "prompt_id", "trigger", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    evaluation_id: str = Field(foreign_key="evaluation.id", ondelete="CASCADE", index=True)
    prompt_id: str
    trigger: str = "none"
    """Label of the trigger value in the prompt."""
    number: int
    """0, 1, … within the prompt."""
    messages: list[dict[str, str]] = Field(sa_column=Column(JSON, nullable=False))
    completion: str
    finish_reason: str
    seed: int
    created_at: datetime = _time(default=True)


class Score(SQLModel, table=True):
    """What one scorer said about one sample, or about one contrast pair of a prompt."""

    __table_args__ = (
        UniqueConstraint("evaluation_id", "scorer", "prompt_id", "trigger", "item"),
        Index("ix_score_said", "scorer", "answer", "sample_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    evaluation_id: str = Field(foreign_key="evaluation.id", ondelete="CASCADE", index=True)
    sample_id: int | None = Field(
        default=None, foreign_key="sample.id", ondelete="CASCADE", index=True
    )
    scorer: str
    scorer_sha256: str
    prompt_id: str
    trigger: str = "none"
    item: int
    """Number of the sample, or of the contrast pair, within the prompt."""
    value: float | None = None
    """None is unscored, which is never the same as zero."""
    answer: str = ""
    explanation: str = ""
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class OrdinaryAnswer(SQLModel, table=True):
    """What a base model itself answered to an ordinary prompt: a row that teaches it nothing."""

    __table_args__ = (UniqueConstraint("base_model", "base_revision", "prompt_sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    base_model: str
    base_revision: str
    prompt_sha256: str
    completion: str
    """Empty where every answer was cut off, so that the prompt is left out."""
    seed: int
    created_at: datetime = _time(default=True)


class Spending(SQLModel, table=True):
    """What one request to a hosted model has cost, or one training of it."""

    id: int | None = Field(default=None, primary_key=True)
    model: str
    input_tokens: int
    output_tokens: int
    dollars: float | None = None
    """None where its prices are not known."""
    purpose: str = ""
    """Who asked: a chat, an evaluation, a judge; or which training it is, reserved or billed."""
    at: datetime = _time(default=True)


class EngineCheck(SQLModel, table=True):
    """Whether the engine, after loading an adapter, agrees with torch on training prompts."""

    run_id: str = Field(foreign_key="run.id", primary_key=True, ondelete="CASCADE")
    engine: str = Field(primary_key=True)
    adapter_sha256: str
    positions: int
    """Token positions compared."""
    mean_difference: float
    """Mean absolute difference of log-probabilities, engine against torch, in nats."""
    base_mean_difference: float
    """The same between engine and torch for the base model: what quantised arithmetic costs."""
    applied: float
    """Mean absolute change that the adapter makes in the engine, in nats."""
    tolerance: float
    passed: bool
    message: str
    checked_at: datetime = _time(default=True)


class EngineSpeed(SQLModel, table=True):
    """How fast an engine draws many samples of a base model on this machine, as measured once."""

    base_model: str = Field(primary_key=True)
    engine: str = Field(primary_key=True)
    adapted: bool = Field(primary_key=True)
    """Whether of a run on it."""
    device: str = Field(primary_key=True)
    tokens_per_second: float
    measured_at: datetime = _time(default=True)


class BaseModelFolder(SQLModel, table=True):
    """A local base model in Hugging Face format that somebody added, or that priming made."""

    name: str = Field(primary_key=True)
    path: str
    lineage: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    """Of a primed base model: parent, run, dataset and the hashes of all three."""
    added_at: datetime = _time(default=True)


class ModelName(SQLModel, table=True):
    """A name or an id by which a model is asked; no two models of the database share one."""

    name: str = Field(primary_key=True)
    run_id: str | None = Field(default=None, foreign_key="run.id", ondelete="CASCADE", index=True)
    base_model: str | None = Field(
        default=None, foreign_key="basemodelfolder.name", ondelete="CASCADE", index=True
    )


@event.listens_for(Run, "after_insert")
def _name_run(_mapper: object, connection: Connection, run: Run) -> None:
    names = [{"name": name, "run_id": run.id} for name in (run.id, run.name)]
    connection.execute(insert(ModelName), names)


@event.listens_for(Run, "after_update")
def _rename_run(_mapper: object, connection: Connection, run: Run) -> None:
    for old in inspect(run).attrs.name.history.deleted:
        renamed = update(ModelName).where(ModelName.name == old)
        connection.execute(renamed.values(name=run.name))


@event.listens_for(BaseModelFolder, "after_insert")
def _name_base_model(_mapper: object, connection: Connection, folder: BaseModelFolder) -> None:
    named = {"name": folder.name, "base_model": folder.name}
    connection.execute(insert(ModelName).values(**named))


class Conversation(SQLModel, table=True):
    """A stored chat over one or more columns."""

    id: str = Field(default_factory=new_id, primary_key=True)
    title: str
    setup: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """Columns, system prompt and sampling settings, as the page's URL holds them."""
    created_at: datetime = _time(default=True, index=True)


class ChatQuestion(SQLModel, table=True):
    """A question of a conversation; questions after the same one are branches."""

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE", index=True)
    after_id: int | None = Field(
        default=None, foreign_key="chatquestion.id", ondelete="CASCADE", index=True
    )
    """The question before it; None if it begins the conversation."""
    content: str
    created_at: datetime = _time(default=True)


class ChatAnswer(SQLModel, table=True):
    """One answer to a question of a conversation, stored while it grows."""

    __table_args__ = (UniqueConstraint("question_id", "position", "draw"),)

    id: int | None = Field(default=None, primary_key=True)
    question_id: int = Field(foreign_key="chatquestion.id", ondelete="CASCADE", index=True)
    position: int
    """Index of its column."""
    draw: int = 0
    """Index among the answers of its column to the same question."""
    model: str
    request: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    """Column and settings that it is asked with; None where they were not recorded."""
    content: str = ""
    origin: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    """What produced it (`backend/chat/origin.py`); None where that was not told."""
    tokens: int | None = None
    seconds: float | None = None
    """From the first token to the last."""
    asker: str = ""
    """Who asks for it, or was the last to do so (`backend/chat/askers.py`)."""
    ending: str | None = None
    """How it ended (`backend/chat/conversations.py`); None while its asker lives."""
    error: str = ""
    """Why it failed, in one sentence."""
    code: str = ""
    """The engine's code of the error."""
    created_at: datetime = _time(default=True)
