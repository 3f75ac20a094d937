"""A hosted run may multiply the learning rate that its provider chooses; none has done so yet."""

from alembic import op
from sqlalchemy import JSON, String, column, select, table

revision = "0005"
down_revision = "0004"

FIELD = "learning_rate_multiplier"
run = table("run", column("id", String), column("config", JSON))


def upgrade() -> None:
    """Add the field to the configurations that lack it."""
    connection = op.get_bind()
    for run_id, config in connection.execute(select(run.c.id, run.c.config)).all():
        if FIELD not in config:
            op.execute(run.update().where(run.c.id == run_id).values(config=config | {FIELD: None}))
