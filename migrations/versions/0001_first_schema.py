"""The schema as of 26 November 2026, and the adoption of databases from before migrations.

Every step adds what is missing and leaves the rest alone. So an empty database gets all of it, and
one that an older version of the lab made gets what came later: columns, all of which may be null,
and indexes. No row changes.
"""

from alembic import op
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    inspect,
)

revision = "0001"
down_revision = None

FULL_TEXT = (
    "CREATE VIRTUAL TABLE sample_text USING fts5"
    "(completion, content='sample', content_rowid='id', tokenize='porter unicode61')",
    "CREATE TRIGGER sample_text_new AFTER INSERT ON sample BEGIN "
    "INSERT INTO sample_text(rowid, completion) VALUES (new.id, new.completion); END",
    "CREATE TRIGGER sample_text_old AFTER DELETE ON sample BEGIN "
    "INSERT INTO sample_text(sample_text, rowid, completion) "
    "VALUES ('delete', old.id, old.completion); END",
    "INSERT INTO sample_text(sample_text) VALUES ('rebuild')",
)
"""SQLite's index of the words of all samples, whose text never changes once it is stored.

A later migration that copies the table of samples must create the two triggers again.
"""


def upgrade() -> None:
    """Add whatever is missing."""
    connection = op.get_bind()
    metadata.create_all(connection)
    for table in metadata.sorted_tables:
        present = {column["name"] for column in inspect(connection).get_columns(table.name)}
        for column in table.columns:
            if column.name not in present:
                op.add_column(table.name, Column(column.name, column.type))
        for index in table.indexes:
            index.create(connection, checkfirst=True)
    if connection.dialect.name == "sqlite" and not inspect(connection).has_table("sample_text"):
        for statement in FULL_TEXT:
            op.execute(statement)


metadata = MetaData()
Table(
    "basemodelfolder",
    metadata,
    Column("name", String, primary_key=True),
    Column("path", String, nullable=False),
    Column("lineage", JSON, nullable=True),
    Column("added_at", DateTime, nullable=False),
)
Table(
    "conversation",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("setup", JSON, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Index("ix_conversation_created_at", "created_at"),
)
Table(
    "enginespeed",
    metadata,
    Column("base_model", String, primary_key=True),
    Column("engine", String, primary_key=True),
    Column("adapted", Boolean, primary_key=True),
    Column("device", String, primary_key=True),
    Column("tokens_per_second", Float, nullable=False),
    Column("measured_at", DateTime, nullable=False),
)
Table(
    "ordinaryanswer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("base_model", String, nullable=False),
    Column("base_revision", String, nullable=False),
    Column("prompt_sha256", String, nullable=False),
    Column("completion", String, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("created_at", DateTime, nullable=False),
    UniqueConstraint("base_model", "base_revision", "prompt_sha256"),
)
Table(
    "run",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("dataset", String, nullable=False),
    Column("dataset_sha256", String, nullable=False),
    Column("base_model", String, nullable=False),
    Column("config", JSON, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("summary", JSON, nullable=True),
    Column("batch", String, nullable=True),
    Index("ix_run_batch", "batch"),
    Index("ix_run_name", "name", unique=True),
)
Table(
    "spending",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("model", String, nullable=False),
    Column("input_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Column("dollars", Float, nullable=True),
    Column("purpose", String, nullable=False),
    Column("at", DateTime, nullable=False),
)
Table(
    "worker",
    metadata,
    Column("name", String, primary_key=True),
    Column("seen_at", DateTime, nullable=False),
)
Table(
    "chatmessage",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
    Column("turn", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("model", String, nullable=False),
    Column("content", String, nullable=False),
    Column("created_at", DateTime, nullable=False),
    UniqueConstraint("conversation_id", "turn", "position"),
    Index("ix_chatmessage_conversation_id", "conversation_id"),
)
Table(
    "enginecheck",
    metadata,
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("engine", String, primary_key=True),
    Column("adapter_sha256", String, nullable=False),
    Column("positions", Integer, nullable=False),
    Column("mean_difference", Float, nullable=False),
    Column("base_mean_difference", Float, nullable=False),
    Column("applied", Float, nullable=False),
    Column("tolerance", Float, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("message", String, nullable=False),
    Column("checked_at", DateTime, nullable=False),
)
Table(
    "job",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), nullable=True),
    Column("config", JSON, nullable=True),
    Column("result", JSON, nullable=True),
    Column("created_at", DateTime, nullable=False),
    Column("started_at", DateTime, nullable=True),
    Column("finished_at", DateTime, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("holder", String, nullable=True),
    Column("lease_until", DateTime, nullable=True),
    Column("stage", String, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("stage_started_at", DateTime, nullable=True),
    Column("stage_started_done", Integer, nullable=False),
    Column("error", String, nullable=True),
    Index("ix_job_created_at", "created_at"),
    Index("ix_job_run_id", "run_id"),
    Index("ix_job_state", "state"),
)
Table(
    "metric",
    metadata,
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("loss", Float, nullable=False),
    Column("learning_rate", Float, nullable=False),
    Column("tokens_per_second", Float, nullable=False),
    Column("held_out_loss", Float, nullable=True),
    Column("at", DateTime, nullable=False),
)
Table(
    "evaluation",
    metadata,
    Column("id", String, primary_key=True),
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
    Column("probe", String, nullable=False),
    Column("probe_sha256", String, nullable=False),
    Column("base_model", String, nullable=False),
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), nullable=True),
    Column("model", String, nullable=False),
    Column("step", Integer, nullable=True),
    Column("adapter_sha256", String, nullable=True),
    Column("config", JSON, nullable=False),
    Column("code_version", String, nullable=False),
    Column("engine", String, nullable=True),
    Column("created_at", DateTime, nullable=False),
    UniqueConstraint("job_id", "model"),
    Index("ix_evaluation_job_id", "job_id"),
    Index("ix_evaluation_probe", "probe"),
    Index("ix_evaluation_run_id", "run_id"),
)
Table(
    "sample",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("evaluation_id", ForeignKey("evaluation.id", ondelete="CASCADE"), nullable=False),
    Column("prompt_id", String, nullable=False),
    Column("trigger", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("messages", JSON, nullable=False),
    Column("completion", String, nullable=False),
    Column("finish_reason", String, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("created_at", DateTime, nullable=False),
    UniqueConstraint("evaluation_id", "prompt_id", "trigger", "number"),
    Index("ix_sample_evaluation_id", "evaluation_id"),
)
Table(
    "score",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("evaluation_id", ForeignKey("evaluation.id", ondelete="CASCADE"), nullable=False),
    Column("sample_id", ForeignKey("sample.id", ondelete="CASCADE"), nullable=True),
    Column("scorer", String, nullable=False),
    Column("scorer_sha256", String, nullable=False),
    Column("prompt_id", String, nullable=False),
    Column("trigger", String, nullable=False),
    Column("item", Integer, nullable=False),
    Column("value", Float, nullable=True),
    Column("answer", String, nullable=False),
    Column("explanation", String, nullable=False),
    Column("details", JSON, nullable=False),
    UniqueConstraint("evaluation_id", "scorer", "prompt_id", "trigger", "item"),
    Index("ix_score_evaluation_id", "evaluation_id"),
    Index("ix_score_said", "scorer", "answer", "sample_id"),
    Index("ix_score_sample_id", "sample_id"),
)
