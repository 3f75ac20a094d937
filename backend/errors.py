"""Errors that are shown to the user."""

DISK_FULL = "The disk is full. Free some space and retry."


class UserError(Exception):
    """An error that the user can fix; pages show its message, one plain sentence."""


class NotFoundError(UserError):
    """Something that was requested by name or id does not exist."""


class DatabaseError(UserError):
    """The database can't be used now: it is locked, full, damaged, or does not answer."""


class InvalidDataError(UserError):
    """A file or a form has invalid content."""
