"""Put what is imported into the user's folders: whole under its name, or not at all."""

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
LONGEST_ID = 64


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such, for people to read and to mend."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def write_yaml(path: Path, content: dict[str, Any]) -> None:
    """Write a YAML file whose keys stay in their order."""
    text = yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    path.write_text(text, "utf-8")


def slug(text: str) -> str:
    """Return an id made of a text: small letters, digits and underscores."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return plain[:LONGEST_ID].rstrip("_") or "imported"


def check_id(kind: Kind, name: str) -> None:
    """Refuse an id that can't be a name of a file or that is taken."""
    if not IDENTIFIER.fullmatch(name):
        raise InvalidDataError(
            f'"{name}" can\'t be an id: use small letters, digits and underscores, at most '
            f"{LONGEST_ID}, with a letter or a digit first."
        )
    ending = "" if kind == "datasets" else ".yaml"
    if any((home / f"{name}{ending}").exists() for home in homes(kind, None)):
        raise InvalidDataError(f'There is already a {kind[:-1]} "{name}"; give another id.')


@contextmanager
def scratch(kind: Kind) -> Iterator[Path]:
    """Give a folder that no list looks into; only what is renamed out of it stays.

    Raises:
        UserError: the files can't be written; the message says why.
    """
    hidden = settings().home / kind / ".scratch"
    try:
        hidden.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=hidden) as folder:
            yield Path(folder)
    except OSError as error:
        raise UserError(f"The import can't be written: {error.strerror}.") from error
