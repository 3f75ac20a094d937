"""Run migrations, on the connection of `backend.db` or from the command `alembic`.

Downgrades are not offered: a migration of rows forgets what they were before. To go back, restore a
copy of the database.
"""

from collections.abc import Iterable
from typing import Any

from alembic import context
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlmodel import SQLModel

import models.tables  # noqa: F401  (registers the tables)


def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave out SQLite's full-text index, whose tables no model describes."""
    return not (kind == "table" and name and name.startswith("sample_text"))


def number(_context: MigrationContext, _revision: Any, scripts: Iterable[MigrationScript]) -> None:
    """Give a new migration the number after the newest one's."""
    head = ScriptDirectory.from_config(context.config).get_current_head()
    for script in scripts:
        script.rev_id = f"{int(head or 0) + 1:04}"


def run(connection: Connection) -> None:
    """Bring the database of a connection to the wanted version."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        include_name=is_ours,
        process_revision_directives=number,
        render_as_batch=True,  # SQLite changes a column only by copying its table.
    )
    with context.begin_transaction():
        context.run_migrations()


if (connection := context.config.attributes.get("connection")) is not None:
    run(connection)
else:
    from backend.db import session

    with session() as db:
        run(db.connection())
