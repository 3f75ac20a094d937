"""Samples and scores without a trigger carry the label "none", also the oldest ones.

Before 25 November 2026 probes named no triggers and rows held an empty label. An evaluation that
was interrupted then and resumed later measured once more what it did not recognise: the same
prompt with the same seed. Of such a pair the labelled row stays. It inherits what people said of
the other row, and what judges said if both answers are the same text.
"""

from alembic import op
from sqlalchemy import ColumnElement, Integer, String, TableClause, column, exists, select, table

revision = "0002"
down_revision = "0001"

NONE = "none"
PEOPLE = ("human", "human-coherence")
JUDGES = "judge:"
sample = table(
    "sample",
    column("id", Integer),
    column("evaluation_id", String),
    column("prompt_id", String),
    column("trigger", String),
    column("number", Integer),
    column("completion", String),
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
OF_SAMPLE = ("evaluation_id", "prompt_id", "number")
OF_SCORE = ("evaluation_id", "scorer", "prompt_id", "item")


def upgrade() -> None:
    """Drop what was measured once more under its label, and label the rest."""
    repeated = _has_labelled_twin(sample, *OF_SAMPLE)
    _keep_opinions(repeated)
    op.execute(score.delete().where(_is_of(repeated)))
    op.execute(sample.delete().where(repeated))
    op.execute(score.delete().where(_has_labelled_twin(score, *OF_SCORE)))
    for rows in (sample, score):
        op.execute(rows.update().where(rows.c.trigger == "").values(trigger=NONE))


def _keep_opinions(repeated: ColumnElement[bool]) -> None:
    """Give hand labels and verdicts of judges to the labelled twin, unless it has its own.

    A verdict is remembered by the text of its answer, so it does not go to another text.
    """
    twin = sample.alias()
    twins = [twin.c[key] == sample.c[key] for key in OF_SAMPLE]
    labelled = select(twin.c.id).where(
        sample.c.id == score.c.sample_id, twin.c.trigger == NONE, *twins
    )
    same_text = _has_labelled_twin(sample, *OF_SAMPLE, "completion")
    by_person = score.c.scorer.in_(PEOPLE) & _is_of(repeated)
    by_judge = score.c.scorer.startswith(JUDGES) & _is_of(same_text)
    opinions = (by_person | by_judge) & ~_has_labelled_twin(score, *OF_SCORE)
    kept = labelled.correlate(score).scalar_subquery()
    op.execute(score.update().where(opinions).values(sample_id=kept))


def _is_of(samples: ColumnElement[bool]) -> ColumnElement[bool]:
    return score.c.sample_id.in_(select(sample.c.id).where(samples))


def _has_labelled_twin(rows: TableClause, *keys: str) -> ColumnElement[bool]:
    twin = rows.alias()
    same = [twin.c[key] == rows.c[key] for key in keys]
    return (rows.c.trigger == "") & exists().where(twin.c.trigger == NONE, *same)
