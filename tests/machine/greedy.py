"""Functions that take more than a child process may have, or fail in their own ways."""

import os
from pathlib import Path

from backend.errors import NotFoundError


def double(number: int) -> int:
    return 2 * number


def spin() -> int:
    while True:
        pass


def fill_memory() -> int:
    return len(bytearray(2**30))


def print_much() -> str:
    return "x" * 2**21


def write_much(path: Path) -> int:
    return path.write_bytes(bytes(2**21))


def refuse() -> int:
    raise NotFoundError("There is no fish \ud800.")


def fail() -> int:
    raise ZeroDivisionError


def abort() -> int:
    os.abort()


def secrets() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if "KEY" in name}


def heavy_modules() -> list[str]:
    import sys

    import backend.datasets.importing.preview  # noqa: F401
    import backend.datasets.importing.questions  # noqa: F401

    return [name for name in ("torch", "streamlit", "sqlalchemy") if name in sys.modules]
