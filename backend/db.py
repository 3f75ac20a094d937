"""The one database. No other file knows whether it is SQLite or PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel, create_engine

from backend.config import settings
from models import tables  # noqa: F401  (registers the tables)


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=15000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


@cache
def _engine(url: str) -> Engine:
    parsed = make_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_pre_ping=not is_sqlite)
    if is_sqlite:
        event.listen(engine, "connect", _set_pragmas)
    SQLModel.metadata.create_all(engine)
    _add_missing_columns(engine)
    return engine


def _missing_columns(engine: Engine) -> list[tuple[str, str, str]]:
    """Return (table, column, type) of what a database of an older version of the lab lacks."""
    found = inspect(engine)
    known = {
        table.name: {column["name"] for column in found.get_columns(table.name)}
        for table in SQLModel.metadata.sorted_tables
    }
    return [
        (table.name, column.name, column.type.compile(engine.dialect))
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if column.name not in known[table.name]
    ]


def _add_missing_columns(engine: Engine) -> None:
    """Add columns that came later. All of them may be null, so no row needs to be touched."""
    for table, column, kind in _missing_columns(engine):
        try:
            with engine.begin() as connection:
                connection.execute(text(f'ALTER TABLE "{table}" ADD COLUMN "{column}" {kind}'))
        except DBAPIError:  # The lab's other processes start at the same time and do the same.
            if (table, column, kind) in _missing_columns(engine):
                raise


@contextmanager
def session() -> Iterator[Session]:
    """Open a session on the lab's database; commits at the end, rolls back on an error."""
    with Session(_engine(settings().database), expire_on_commit=False) as opened:
        yield opened
        opened.commit()
