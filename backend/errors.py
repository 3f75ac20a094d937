"""Errors that are shown to the user."""


class UserError(Exception):
    """An error that the user can fix; pages show its message, one plain sentence."""


class NotFoundError(UserError):
    """Something that was requested by name or id does not exist."""


class InvalidDataError(UserError):
    """A file or a form has invalid content."""
