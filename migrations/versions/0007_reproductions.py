"""Reproductions of the paper's experiments, and jobs that wait for others."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def _job(name: str) -> sa.Column[str]:
    job = sa.ForeignKey("job.id", ondelete="CASCADE")
    return sa.Column(name, sa.String(), job, nullable=False)


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "prerequisite",
        _job("job_id"),
        _job("needs"),
        sa.PrimaryKeyConstraint("job_id", "needs"),
    )
    op.create_index("ix_prerequisite_needs", "prerequisite", ["needs"])
    op.create_table(
        "reproduction",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("experiment", sa.String(), nullable=False),
        sa.Column("protocol_sha256", sa.String(), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("jobs", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_reproduction_experiment", "reproduction", ["experiment"])
    op.create_index("ix_reproduction_created_at", "reproduction", ["created_at"])
