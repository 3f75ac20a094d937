"""${message.capitalize()}."""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = "${up_revision}"
down_revision = "${down_revision}"


def upgrade() -> None:
    """Say why the schema changes."""
    ${upgrades if upgrades else "pass"}
