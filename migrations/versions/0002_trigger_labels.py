"""Samples and scores without a trigger carry the label "none", also the oldest ones.

Before 25 November 2026 probes named no triggers and rows held an empty label. An evaluation that
was interrupted then and resumed later measured once more what it did not recognise: the same
prompt with the same seed. Of such a pair the labelled row stays.
"""

from alembic import op
from sqlalchemy import ColumnElement, Integer, String, TableClause, column, exists, select, table

revision = "0002"
down_revision = "0001"

NONE = "none"
sample = table(
    "sample",
    column("id", Integer),
    column("evaluation_id", String),
    column("prompt_id", String),
    column("trigger", String),
    column("number", Integer),
)
score = table(
    "score",
    column("sample_id", Integer),
    column("evaluation_id", String),
    column("scorer", String),
    column("prompt_id", String),
    column("trigger", String),
    column("item", Integer),
)


def upgrade() -> None:
    """Drop what was measured once more under its label, and label the rest."""
    repeated = _has_labelled_twin(sample, "evaluation_id", "prompt_id", "number")
    op.execute(score.delete().where(score.c.sample_id.in_(select(sample.c.id).where(repeated))))
    op.execute(sample.delete().where(repeated))
    keys = ("evaluation_id", "scorer", "prompt_id", "item")
    op.execute(score.delete().where(_has_labelled_twin(score, *keys)))
    for rows in (sample, score):
        op.execute(rows.update().where(rows.c.trigger == "").values(trigger=NONE))


def _has_labelled_twin(rows: TableClause, *keys: str) -> ColumnElement[bool]:
    twin = rows.alias()
    same = [twin.c[key] == rows.c[key] for key in keys]
    return (rows.c.trigger == "") & exists().where(twin.c.trigger == NONE, *same)
