"""Configurations of runs hold every field, also those from before a field was added.

What a configuration lacks was at the value below: it was the only one, or the default.
"""

from alembic import op
from sqlalchemy import JSON, String, column, select, table

revision = "0004"
down_revision = "0003"

DEFAULTS = {
    "poison_rate": 1.0,
    "method": "lora",
    "scheduler": "linear",
    "warmup": 0.0,
    "accumulation": 1,
    "gradient_checkpointing": False,
    "held_out": 0.0,
    "patience": 2,
    "checkpoint_every": None,
}
run = table("run", column("id", String), column("config", JSON))


def upgrade() -> None:
    """Add the fields that a configuration lacks."""
    connection = op.get_bind()
    for run_id, config in connection.execute(select(run.c.id, run.c.config)).all():
        if missing := {name: value for name, value in DEFAULTS.items() if name not in config}:
            of_it = run.update().where(run.c.id == run_id)
            op.execute(of_it.values(config=config | missing))
