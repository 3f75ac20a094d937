"""Write imports into the lab's folders atomically, under valid ids."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import yaml

from backend.config import settings
from backend.errors import InvalidDataError, UserError
from backend.files import IDENTIFIER, homes

Kind = Literal["datasets", "probes", "judges"]
MAX_ID_LENGTH = 64


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as block scalars, which are easy to read and edit."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def write_yaml(path: Path, content: dict[str, Any]) -> None:
    """Write a YAML file with its keys in the given order."""
    text = yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    path.write_text(text, "utf-8")


def slug(text: str) -> str:
    """Return an id made from a text: lower-case letters, digits and underscores."""
    words = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return words[:MAX_ID_LENGTH].rstrip("_") or "imported"


def title_of(name: str) -> str:
    """Return a title made from an id."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def check_id(kind: Kind, name: str) -> None:
    """Raise InvalidDataError if an id is malformed or already used."""
    if not IDENTIFIER.fullmatch(name):
        raise InvalidDataError(
            f'"{name}" is not a valid id: use at most {MAX_ID_LENGTH} lower-case letters, digits '
            "and underscores, starting with a letter or digit."
        )
    ending = "" if kind == "datasets" else ".yaml"
    if any((home / f"{name}{ending}").exists() for home in homes(kind, None)):
        raise InvalidDataError(f'There is already a {kind[:-1]} "{name}"; choose another id.')


@contextmanager
def scratch(kind: Kind) -> Iterator[Path]:
    """Yield a temporary folder, invisible to lists; what is not moved out of it is deleted.

    Raises:
        UserError: the files could not be written; the message says why.
    """
    hidden = settings().home / kind / ".scratch"
    try:
        hidden.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=hidden) as folder:
            yield Path(folder)
    except OSError as error:
        raise UserError(f"The import could not be saved: {error.strerror}.") from error
