"""Jobs say whether other work on their machine slows them down; earlier ones were not watched."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column."""
    op.add_column("job", sa.Column("slowed", sa.Boolean(), nullable=True))
