"""Files: their hashes, writing them whole or not at all, reading YAML into models."""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from backend.config import DATA, settings
from backend.errors import InvalidDataError

IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")
"""The id of a dataset, probe or judge: the name of its folder or file."""
ADAPTER_WEIGHTS = "adapter_model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"
"""Names that PEFT gives an adapter's two files."""


def keep_private() -> None:
    """Keep what this process and its children write from other users of the machine.

    New files have mode 0600 and new folders 0700. The folder of a lab that an older version made
    is closed, too.
    """
    os.umask(0o077)
    home = settings().home
    home.mkdir(parents=True, exist_ok=True)
    if (home / "lab.db").exists() and home.stat().st_uid == os.getuid():
        home.chmod(0o700)
        for database in home.glob("lab.db*"):
            database.chmod(0o600)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a path beside a target; what is written there takes the target's place at the end.

    A reader never sees half a file or folder. An error leaves the target as it was, and a killed
    process leaves at most the unfinished copy, which the next writer removes.

    Args:
        target: A file or a folder, which need not exist.
    """
    scratch = target.with_name(f"{target.name}.part")
    _remove(scratch)
    try:
        yield scratch
        if target.is_dir():
            shutil.rmtree(target)
        scratch.replace(target)
    finally:
        _remove(scratch)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def read_yaml(path: Path, shape: type[BaseModel], **extra: Any) -> Any:
    """Read a YAML file into a model; InvalidDataError names the file and the first problem."""
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
        if not isinstance(content, dict):
            raise InvalidDataError(f"{path.name}: expected a list of keys and values.")
        return shape(**extra, **content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InvalidDataError(f"{path.name}{where}: not readable as YAML.") from error
    except UnicodeDecodeError as error:
        raise InvalidDataError(f"{path.name}: not UTF-8 text.") from error
    except RecursionError as error:
        raise InvalidDataError(f"{path.name}: nested too deeply.") from error
    except ValidationError as error:
        raise InvalidDataError(f"{path.name}: {first_problem(error)}.") from error
    except InvalidDataError:
        raise
    except (ValueError, KeyError, AttributeError) as error:  # Dates and tags that are none.
        raise InvalidDataError(f"{path.name}: not readable as YAML.") from error


def first_problem(error: ValidationError) -> str:
    """Return the first complaint of a validation error as "field: reason"."""
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"])
    reason = problem["msg"].removeprefix("Value error, ")
    return f"{where}: {reason[0].lower()}{reason[1:]}" if where else reason


def homes(kind: str, data: Path | None) -> list[Path]:
    """Return the folders that hold datasets, probes or judges: the shipped ones, then the user's.

    A folder given as `data` stands for the shipped ones and is the only one looked into.
    """
    shipped = data or DATA
    own = [] if data else [settings().home / kind]
    return [shipped if kind == "datasets" else shipped / kind, *own]
