"""Faults that the database itself causes, in the very moment in which something is written."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import text

from backend.db import session

SLOW = """CREATE VIEW slow AS WITH RECURSIVE rows(n) AS
(SELECT 1 UNION ALL SELECT n + 1 FROM rows LIMIT 100000000) SELECT sum(n) FROM rows"""


@contextmanager
def trigger(event: str, action: str) -> Iterator[None]:
    """Have the database itself do something in the very moment in which something is written."""
    _execute(f"CREATE TRIGGER crash {event} BEGIN {action}; END")
    try:
        yield
    finally:
        _execute("DROP TRIGGER crash")


@contextmanager
def held_at(step: int) -> Iterator[None]:
    """Make a step's metric so slow to write that the step before is surely the last one stored."""
    _execute("DROP VIEW IF EXISTS slow", SLOW)
    with trigger(f"BEFORE INSERT ON metric WHEN NEW.step = {step}", "SELECT * FROM slow"):
        yield


def failing_at(step: int) -> AbstractContextManager[None]:
    """Make a step's metric impossible to write."""
    event = f"BEFORE INSERT ON metric WHEN NEW.step = {step}"
    return trigger(event, "SELECT RAISE(ABORT, 'crash test')")


def cancelling_at(stage: str) -> AbstractContextManager[None]:
    """Write what `jobs.cancel` writes as soon as a job is in a stage."""
    event = f"AFTER UPDATE OF stage ON job WHEN NEW.stage = '{stage}'"
    cancel = "UPDATE job SET state = 'cancelling' WHERE id = NEW.id AND state = 'running'"
    return trigger(event, cancel)


def _execute(*statements: str) -> None:
    with session() as db:
        for statement in statements:
            db.execute(text(statement))
