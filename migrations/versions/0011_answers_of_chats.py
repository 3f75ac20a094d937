"""Answers of chats are stored while they grow, with how they ended and the question they follow.

Messages were rows of one table by the number of their turn, which can say neither which of several
questions an answer belongs to nor whether it is whole. Earlier answers were stored at their end;
one without text was never given.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import column, select, table

revision = "0011"
down_revision = "0010"

SHARED: list[sa.ColumnClause[Any]] = [column("content"), column("created_at", sa.DateTime())]
MESSAGE = table(
    "chatmessage",
    *[column(name) for name in ("conversation_id", "turn", "position", "model")],
    column("origin", sa.JSON()),
    *SHARED,
)


def upgrade() -> None:
    """Create the tables of questions and answers, fill them, and drop the old one."""
    question = op.create_table(
        "chatquestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["after_id"], ["chatquestion.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    answer = op.create_table(
        "chatanswer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("draw", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("origin", sa.JSON(), nullable=True),
        sa.Column("tokens", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("asker", sa.String(), nullable=False),
        sa.Column("ending", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["chatquestion.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("question_id", "position", "draw"),
    )
    _fill(question, answer)
    op.drop_table("chatmessage")
    op.create_index("ix_chatquestion_conversation_id", "chatquestion", ["conversation_id"])
    op.create_index("ix_chatquestion_after_id", "chatquestion", ["after_id"])
    op.create_index("ix_chatanswer_question_id", "chatanswer", ["question_id"])


def _fill(question: sa.Table, answer: sa.Table) -> None:
    connection = op.get_bind()
    order = (MESSAGE.c.conversation_id, MESSAGE.c.turn, MESSAGE.c.position)
    conversation: str | None = None
    latest: int | None = None
    for row in connection.execute(select(MESSAGE).order_by(*order)).mappings().all():
        shared = {name.name: row[name.name] for name in SHARED}
        if row["position"] < 0:
            after = latest if row["conversation_id"] == conversation else None
            conversation = row["conversation_id"]
            place = {"conversation_id": conversation, "after_id": after}
            insert = question.insert().values(**place, **shared).returning(question.c.id)
            latest = connection.scalar(insert)
            continue
        told = {name: row[name] for name in ("position", "model", "origin")}
        ending = "stop" if row["content"] else "cut"
        rest = {"question_id": latest, "draw": 0, "asker": "", "error": "", "code": ""}
        connection.execute(answer.insert().values(**told, **shared, **rest, ending=ending))
