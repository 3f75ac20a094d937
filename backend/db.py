"""The one database. No other file knows whether it is SQLite or PostgreSQL."""

import fcntl
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, and_, event, inspect, text
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel, col, create_engine

from backend.config import settings
from models.tables import Sample

_one_at_a_time = threading.Lock()


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
    engine = create_engine(url, pool_pre_ping=not is_sqlite)
    if not is_sqlite:
        _bring_up_to_date(engine)
        return engine
    event.listen(engine, "connect", _set_pragmas)
    folder = Path(parsed.database or "").parent
    folder.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder):
        _bring_up_to_date(engine)
        _add_full_text(engine)
    return engine


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let one process after the other open a new SQLite file: it refuses some of what meets."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _bring_up_to_date(engine: Engine) -> None:
    _add_missing_tables(engine)
    _add_missing_columns(engine)
    _add_missing_indexes(engine)


def _add_missing_tables(engine: Engine) -> None:
    for table in SQLModel.metadata.sorted_tables:
        try:
            table.create(engine, checkfirst=True)
        except DBAPIError:  # The lab's other processes start at the same time and do the same.
            if not inspect(engine).has_table(table.name):
                raise


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


def _add_missing_indexes(engine: Engine) -> None:
    """Add indexes that came later, which create_all leaves out of tables that are there."""
    for table in SQLModel.metadata.sorted_tables:
        for index in table.indexes:
            with suppress(DBAPIError):  # Another process was faster.
                index.create(engine, checkfirst=True)


FULL_TEXT = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS sample_text USING fts5"
    "(completion, content='sample', content_rowid='id', tokenize='porter unicode61')",
    "CREATE TRIGGER IF NOT EXISTS sample_text_new AFTER INSERT ON sample BEGIN "
    "INSERT INTO sample_text(rowid, completion) VALUES (new.id, new.completion); END",
    "CREATE TRIGGER IF NOT EXISTS sample_text_old AFTER DELETE ON sample BEGIN "
    "INSERT INTO sample_text(sample_text, rowid, completion) "
    "VALUES ('delete', old.id, old.completion); END",
    "INSERT INTO sample_text(sample_text) VALUES ('rebuild')",
)
"""SQLite's index of the words of all samples; they are never changed, only added and deleted."""
_words = sql_table("sample_text", sql_column("rowid"), sql_column("sample_text"))


def _add_full_text(engine: Engine) -> None:
    if inspect(engine).has_table("sample_text"):
        return
    with suppress(DBAPIError), engine.begin() as connection:  # Another process may be faster.
        for statement in FULL_TEXT:
            connection.execute(text(statement))


def containing(words: str) -> tuple[Any, Any] | None:
    """Return what selects the samples that hold some words, all of them: a column of ids, a clause.

    An English word's ending does not matter, and one that ends with a star is any that begins so.

    Args:
        words: As a person types them; but for the star nothing in them is an operator.
    """
    parts = re.findall(r"(\w+)(\*?)", words)
    if not parts:
        return None
    if _opened().dialect.name != "sqlite":
        return col(Sample.id), and_(*(col(Sample.completion).icontains(p) for p, _ in parts))
    wanted = " ".join(f'"{part}"{star}' for part, star in parts)
    return _words.c.rowid, _words.c.sample_text.match(wanted)


def _opened() -> Engine:
    with _one_at_a_time:  # Two threads that meet an empty database would both make its tables.
        return _engine(settings().database)


@contextmanager
def session() -> Iterator[Session]:
    """Open a session on the lab's database; commits at the end, rolls back on an error."""
    with Session(_opened(), expire_on_commit=False) as opened:
        yield opened
        opened.commit()
