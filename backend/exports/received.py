"""Received replays: evaluations recorded elsewhere, kept in this lab's home as they came.

Each is a file named by the fingerprint that people compare, so that one received twice is one.
"""

import re
from pathlib import Path

from backend.config import settings
from backend.errors import UserError
from backend.exports import replays
from backend.exports.replays import Replay
from backend.files import replacing

FINGERPRINT = re.compile(r"[0-9a-f]{12}")


def receive(content: bytes) -> str:
    """Keep somebody's replay, and return its fingerprint.

    Raises:
        InvalidDataError: it is too large, not a replay, or was changed since it was recorded.
        UserError: the disk is full.
    """
    _, fingerprint = replays.read(content)
    _folder().mkdir(parents=True, exist_ok=True)
    with replacing(_folder() / f"{fingerprint}.json") as part:
        part.write_bytes(content)
    return fingerprint


def received() -> list[str]:
    """Return the fingerprints of all received replays, the newest first."""
    files = sorted(_folder().glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [path.stem for path in files if FINGERPRINT.fullmatch(path.stem)]


def read_received(fingerprint: str) -> Replay:
    """Return a received replay.

    Raises:
        UserError: there is none with this fingerprint.
        InvalidDataError: its file was damaged since.
    """
    if not FINGERPRINT.fullmatch(fingerprint) or not _file(fingerprint).is_file():
        raise UserError("That replay is not in this lab; open its file again on Present.")
    replay, found = replays.read(_file(fingerprint).read_bytes())
    if found != fingerprint:
        raise UserError("That replay's file was replaced; open the right one again on Present.")
    return replay


def forget(fingerprint: str) -> None:
    """Remove a received replay; nothing happens if there is none."""
    if FINGERPRINT.fullmatch(fingerprint):
        _file(fingerprint).unlink(missing_ok=True)


def _file(fingerprint: str) -> Path:
    return _folder() / f"{fingerprint}.json"


def _folder() -> Path:
    return settings().home / "replays"
