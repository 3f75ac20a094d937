"""Answers keep what produced them: those of chats wholly, those of evaluations their template."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns; of earlier answers it is not known."""
    op.add_column("chatmessage", sa.Column("origin", sa.JSON(), nullable=True))
    op.add_column("evaluation", sa.Column("template", sa.String(), nullable=True))
