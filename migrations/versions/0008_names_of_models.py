"""Names and ids of runs and added base models form one namespace.

Until 27 November 2026 a run could bear the name of a base model or another run's id, and was then
served in its place. Such a run gets a number behind its name; it is known by its id everywhere
else. Other models keep their names: an added base model that bears a run's id is left out of the
namespace, and the engine refuses that name.
"""

from itertools import count

import sqlalchemy as sa
from alembic import op
from sqlalchemy import column, select, table

revision = "0008"
down_revision = "0007"

LISTED = {
    "SmolLM2-135M-Instruct",
    "Qwen2.5-0.5B-Instruct",
    "Qwen2.5-1.5B-Instruct",
    "Qwen2.5-7B-Instruct",
    "Llama-3.1-8B-Instruct",
    "Qwen3-8B",
    "OLMo-3-7B-Instruct",
    "Qwen3-32B",
}
"""The listed base models of that day; a name in `HOSTED_MODELS` is not known here."""
run = table("run", column("id"), column("name"), column("created_at"))
folder = table("basemodelfolder", column("name"))
model_name = table("modelname", column("name"), column("run_id"), column("base_model"))


def upgrade() -> None:
    """Create the namespace, rename runs that bear another model's name, and fill it."""
    connection = op.get_bind()
    op.create_table(
        "modelname",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("base_model", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["base_model"], ["basemodelfolder.name"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("ix_modelname_run_id", "modelname", ["run_id"])
    op.create_index("ix_modelname_base_model", "modelname", ["base_model"])
    runs = connection.execute(select(run.c.id, run.c.name).order_by(run.c.created_at)).all()
    ids = {run_id for run_id, _ in runs}
    folders = set(connection.scalars(select(folder.c.name))) - ids
    entries = [{"name": run_id, "run_id": run_id, "base_model": None} for run_id in ids]
    entries += [{"name": name, "run_id": None, "base_model": name} for name in folders]
    taken = LISTED | ids | folders
    names = {name for _, name in runs}
    for run_id, name in runs:
        free = name
        if name in taken:
            numbered = (f"{name}-{number}" for number in count(2))
            free = next(other for other in numbered if other not in taken | names)
            op.execute(run.update().where(run.c.id == run_id).values(name=free))
        taken.add(free)
        entries.append({"name": free, "run_id": run_id, "base_model": None})
    if entries:
        op.bulk_insert(model_name, entries)
