"""The one database, SQLite or PostgreSQL: opened, migrated and searched here.

Queries elsewhere run on both; `backend/analysis/samples.py` shapes some for SQLite's planner.
"""

import fcntl
import logging
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, and_, delete, event, false, func, inspect, text
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel, col, create_engine, select

from backend.config import ROOT, settings
from backend.database_errors import message_of
from backend.errors import DatabaseError, UserError
from models.tables import Sample

MIGRATIONS = ROOT / "migrations"
LOCK = 0x77656972
"""Key of PostgreSQL's advisory lock on the schema; any number that nothing else takes."""
BUSY_SECONDS = 15
"""How long a page, a command or the engine waits for another process that writes into SQLite."""
_busy_seconds = BUSY_SECONDS
TWENTY_DAYS = 20 * 24 * 3600
"""About the longest time that SQLite can wait: it counts milliseconds in 32 bits."""
_one_at_a_time = threading.Lock()
_words = sql_table("sample_text", sql_column("rowid"), sql_column("sample_text"))


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


@cache
def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(url, pool_pre_ping=True)
        _bring_up_to_date(engine)
        return engine
    engine = create_engine(url, connect_args={"timeout": _busy_seconds})
    event.listen(engine, "connect", _set_pragmas)
    folder = Path(parsed.database or "").parent
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        _bring_up_to_date(engine)
    return engine


def wait_without_end() -> None:
    """Have this process wait for others that write as long as they take, as a job can."""
    global _busy_seconds
    _busy_seconds = TWENTY_DAYS


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time open an SQLite file, so that only one migrates it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _bring_up_to_date(engine: Engine) -> None:
    """Apply the migrations that a database lacks, all or none.

    Raises:
        UserError: a newer version of the lab has migrated it.
    """
    newest = max(path.name for path in MIGRATIONS.glob("versions/[0-9]*.py"))[:4]
    with engine.connect() as connection:
        if _version(connection) == newest:
            return
    with migrating(engine) as connection:
        version = _version(connection)
        if version and version > newest:
            raise UserError(
                f"The database has schema {version} and this version of the lab knows schemas up "
                f"to {newest}. Update the lab, or name another database."
            )
        if version != newest:
            _upgrade(connection)


def _version(connection: Connection) -> str | None:
    """Return the number of a database's last migration; None before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """Open a connection with one transaction, during which no other process can migrate."""
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            yield connection
        return
    # Without checks of foreign keys: SQLite changes a column by copying its table and dropping the
    # old one, which would delete the rows that refer to it.
    options = {"poolclass": NullPool, "isolation_level": "AUTOCOMMIT"}
    unchecked = create_engine(engine.url, connect_args={"timeout": _busy_seconds}, **options)
    with unchecked.connect() as connection:
        # Python's driver would begin a transaction before the first row only, after the tables.
        connection.execute(text("BEGIN IMMEDIATE"))
        yield connection
        connection.execute(text("COMMIT"))


def _upgrade(connection: Connection) -> None:
    # Imported late: most starts find a database that is up to date.
    logging.getLogger("alembic").setLevel(logging.WARNING)  # It tells which plugins it has.
    from alembic.command import upgrade
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    upgrade(config, "head")


def containing(words: str) -> tuple[Any, Any] | None:
    """Return (column of sample ids, WHERE clause) that select the samples containing all the words.

    SQLite ignores English endings. A word with a star matches every word that begins with it.

    Args:
        words: As a person types them; a star is the only operator.
    """
    parts = re.findall(r"(\w+)(\*?)", words)
    if not parts:
        return None
    if _opened().dialect.name != "sqlite":
        return col(Sample.id), and_(*(col(Sample.completion).icontains(p) for p, _ in parts))
    wanted = " ".join(f'"{part}"{star}' for part, star in parts)
    return _words.c.rowid, _words.c.sample_text.match(wanted)


def _opened() -> Engine:
    with _one_at_a_time:  # Two threads that meet an empty database would both migrate it.
        return _engine(settings().database)


def incompatibility() -> str | None:
    """Return why this version of the lab can't use the database, in one sentence for people.

    None if it can, or if the database can't be read now, so that this is not known yet.
    """
    try:
        with session():
            pass
    except DatabaseError:
        pass
    except UserError as error:
        return str(error)
    return None


def lock_table(db: Session, table: type[SQLModel]) -> None:
    """Keep others from writing into a table until a transaction ends."""
    if db.get_bind().dialect.name == "sqlite":
        # Any write locks the whole database, also one that changes no row.
        db.execute(delete(table).where(false()))
    else:
        name = table.__tablename__
        db.execute(text(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"))


@contextmanager
def session() -> Iterator[Session]:
    """Open a session on the lab's database; commits at the end, rolls back on an error.

    Raises:
        DatabaseError: it is locked, full or damaged, or does not answer; nothing is stored.
    """
    try:
        with Session(_opened(), expire_on_commit=False) as opened:
            yield opened
            opened.commit()
    except DBAPIError as error:
        message = message_of(error)
        if message is None:
            raise
        with _one_at_a_time:  # Opened anew next time: the file may be another one by then.
            _engine.cache_clear()
        raise DatabaseError(message) from error
