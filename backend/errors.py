"""Errors that have an audience."""


class UserError(Exception):
    """Something a person can mend: one plain sentence, shown on the page as it is."""


class NotFoundError(UserError):
    """Something that was named does not exist."""


class InvalidDataError(UserError):
    """A file or a form holds something that the lab can't use."""
