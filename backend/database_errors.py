"""What is wrong with the database, in one sentence that says what to do."""

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from backend.config import settings
from backend.errors import DISK_FULL

LOCKED = "Another program is writing into the database. Try again when it has finished."
PRIMARY = 0xFF
"""The bits of an SQLite error code that name its kind; the others name its cause."""


def message_of(error: DBAPIError) -> str | None:
    """Return what the user can do; None if the fault lies in what the lab asked for."""
    if isinstance(error.orig, sqlite3.Error):
        return _of_sqlite(getattr(error.orig, "sqlite_errorcode", 0) & PRIMARY)
    if getattr(error.orig, "sqlstate", None) == "53100":
        return DISK_FULL
    if isinstance(error, OperationalError | InterfaceError):
        reason = str(error.orig).strip().partition("\n")[0].rstrip(".")
        return f"The database does not answer ({reason}). Is it running, and is DATABASE_URL right?"
    return None


def _of_sqlite(code: int) -> str | None:
    path = settings().database.removeprefix("sqlite:///")
    damaged = (
        f"The database {path} is damaged. Stop the lab, and put a copy in its place or repair it: "
        f'sqlite3 "{path}" .recover | sqlite3 repaired.db.'
    )
    return {
        sqlite3.SQLITE_BUSY: LOCKED,
        sqlite3.SQLITE_LOCKED: LOCKED,
        sqlite3.SQLITE_FULL: DISK_FULL,
        sqlite3.SQLITE_IOERR: f"The disk failed to read or write {path}; it may be full or faulty.",
        sqlite3.SQLITE_READONLY: f"The database {path} may not be written; change its permissions.",
        sqlite3.SQLITE_CANTOPEN: f"The database {path} can't be opened; change its permissions.",
        sqlite3.SQLITE_CORRUPT: damaged,
        sqlite3.SQLITE_NOTADB: damaged,
    }.get(code)
