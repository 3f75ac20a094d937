"""Files: hashes, permissions, atomic writes, and YAML read into models."""

import errno
import glob
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import yaml
from pydantic import BaseModel, ValidationError

from backend.config import DATA, settings
from backend.errors import DISK_FULL, InvalidDataError, UserError

IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")
"""Ids of datasets, probes and judges, which name their folders or files."""
ADAPTER_WEIGHTS = "adapter_model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"
"""PEFT's names for an adapter's two files."""


def keep_private() -> None:
    """Make files that this process and its children write readable by their owner only.

    New files have mode 0600 and new folders 0700; an existing lab's folder and database are
    restricted as well.
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
    """Yield a temporary path beside a target; what is written there replaces the target at the end.

    Readers never see a partial file or folder. An error leaves the target unchanged, and a killed
    process leaves at most the temporary copy, which the next writer removes.

    Args:
        target: A file or a folder, which may not exist yet.

    Raises:
        UserError: the disk is full.
    """
    _remove_abandoned(target)
    # Named for its writer alone: two that write one target at once never write into one copy.
    scratch = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        yield scratch
        if target.is_dir():
            shutil.rmtree(target)
        scratch.replace(target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UserError(DISK_FULL) from error
        raise
    finally:
        _remove(scratch)


def _remove_abandoned(target: Path) -> None:
    """Remove the temporary copies that killed processes left."""
    for path in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
        writer = path.name.removesuffix(".part").rpartition(".")[2].partition("-")[0]
        if writer.isdigit() and not psutil.pid_exists(int(writer)):
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def read_yaml(path: Path, shape: type[BaseModel], **extra: Any) -> Any:
    """Read a YAML file into a model; an InvalidDataError names the file and the first problem."""
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
        if not isinstance(content, dict):
            raise InvalidDataError(f"{path.name}: expected keys and values.")
        return shape(**extra, **content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise InvalidDataError(f"{path.name}{line}: not readable as YAML.") from error
    except UnicodeDecodeError as error:
        raise InvalidDataError(f"{path.name}: not UTF-8 text.") from error
    except RecursionError as error:
        raise InvalidDataError(f"{path.name}: nested too deeply.") from error
    except ValidationError as error:
        raise InvalidDataError(f"{path.name}: {first_problem(error)}.") from error
    except InvalidDataError:
        raise
    except (ValueError, KeyError, AttributeError) as error:  # Invalid dates and tags.
        raise InvalidDataError(f"{path.name}: not readable as YAML.") from error


def first_problem(error: ValidationError) -> str:
    """Return the first problem of a validation error as "field: reason"."""
    problem = error.errors()[0]
    field = ".".join(str(part) for part in problem["loc"])
    reason = problem["msg"].removeprefix("Value error, ")
    return f"{field}: {reason[0].lower()}{reason[1:]}" if field else reason


def homes(kind: str, data: Path | None) -> list[Path]:
    """Return the folders of datasets, probes, judges or protocols: the lab's own, then the user's.

    Args:
        kind: "datasets", "probes", "judges" or "protocols".
        data: Folder to use instead of `data/`; the user's folder is then left out.
    """
    shipped = data or DATA
    users = [] if data else [settings().home / kind]
    return [shipped if kind == "datasets" else shipped / kind, *users]
