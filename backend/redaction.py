"""Cut the lab's secrets from texts: a host that is sent a key may repeat it in what it answers."""

import json
import logging

from backend.config import settings

SHORTEST = 6
"""Characters of the shortest secret that is cut; placeholders such as "none" are shorter."""
REDACTED = "[secret]"


def _secrets() -> set[str]:
    """Return the configured secrets, as they are and as JSON writes them."""
    lab = settings()
    keys = [lab.hosted_key, lab.judge_key, lab.vllm_key, lab.engine_key, lab.app_password]
    files = (lab.engine_key_file, lab.lab_key_file)
    keys += [file.read_text() for file in files if file.is_file()]
    written = [json.dumps(key)[1:-1] for key in keys]
    return {key for key in keys + written if len(key) >= SHORTEST}


def redacted(text: str) -> str:
    """Return a text with "[secret]" in place of each of the lab's secrets."""
    return _cut(text, _secrets())


def _cut(text: str, hidden: set[str]) -> str:
    for secret in sorted(hidden, key=len, reverse=True):  # One may contain another.
        text = text.replace(secret, REDACTED)
    return text


class StreamRedactor:
    """Cuts the lab's secrets from a text that arrives in pieces.

    The end of a piece that may be the beginning of a secret is held back until the next piece.
    """

    def __init__(self) -> None:
        """Begin a text; the secrets are read once, since pieces are many and short."""
        self._hidden = _secrets()
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return as much of the text so far as is certain to hold no secret."""
        text = _cut(self._held + piece, self._hidden)
        held = max((_overlap(text, secret) for secret in self._hidden), default=0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def rest(self) -> str:
        """Return what is held back: the text is complete."""
        rest, self._held = self._held, ""
        return rest


def _overlap(text: str, secret: str) -> int:
    """Return how many characters at the end of a text are the beginning of a secret."""
    longest = min(len(text), len(secret) - 1)
    return next((n for n in range(longest, 0, -1) if secret.startswith(text[-n:])), 0)


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def log_to_stderr() -> None:
    """Write a process's log to stderr, without secrets."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
