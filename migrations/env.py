"""Run migrations, on the connection of `backend.db` or from the command `alembic`.

Downgrades are not offered: a migration of rows forgets what they were before. To go back, restore a
copy of the database.
"""

from collections.abc import Iterable
from typing import Any, Literal

from alembic import context
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlmodel import AutoString, SQLModel

from backend.config import settings
from backend.db import migrating
from models.tables import UTCDateTime


def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave out SQLite's full-text index, whose tables no model describes."""
    return not (kind == "table" and name and name.startswith("sample_text"))


def number(_context: MigrationContext, _revision: Any, scripts: Iterable[MigrationScript]) -> None:
    """Give a new migration the number after the newest one's."""
    head = ScriptDirectory.from_config(context.config).get_current_head()
    for script in scripts:
        script.rev_id = f"{int(head or 0) + 1:04}"


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own types as SQLAlchemy's, so that a migration imports no code that changes."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String({item.length or ''})"
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime()"
    return False


def run(connection: Connection) -> None:
    """Bring the database of a connection to the wanted version."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        include_name=is_ours,
        process_revision_directives=number,
        render_item=render,
        render_as_batch=True,  # SQLite changes a column only by copying its table.
    )
    with context.begin_transaction():
        context.run_migrations()


if (connection := context.config.attributes.get("connection")) is not None:
    run(connection)
else:
    with migrating(create_engine(settings().database)) as connection:
        run(connection)
