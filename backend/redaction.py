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
    if lab.engine_key_file.is_file():
        keys.append(lab.engine_key_file.read_text())
    written = [json.dumps(key)[1:-1] for key in keys]
    return {key for key in keys + written if len(key) >= SHORTEST}


def redacted(text: str) -> str:
    """Return a text with "[secret]" in place of each of the lab's secrets."""
    for secret in sorted(_secrets(), key=len, reverse=True):  # One may contain another.
        text = text.replace(secret, REDACTED)
    return text


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def log_to_stderr() -> None:
    """Write a process's log to stderr, without secrets."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
