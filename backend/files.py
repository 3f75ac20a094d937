"""Files: hashes, permissions, atomic writes, ids, and YAML read into models and written."""

import errno
import glob
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import psutil
import yaml
from pydantic import BaseModel, ValidationError

from backend.config import DATA, settings
from backend.errors import DISK_FULL, InvalidDataError, UserError

Kind = Literal["datasets", "probes", "judges"]
IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")
"""Ids of datasets, probes and judges, which name their folders or files."""
MAX_ID_LENGTH = 64
ADAPTER_WEIGHTS = "adapter_model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"
"""PEFT's names for an adapter's two files."""
MAX_YAML_BYTES = 2**20
"""YAML is slow to parse, and the lab's files are much smaller."""
MAX_YAML_NODES = 50_000
"""Keys, values and lists of a YAML file."""
MAX_NUMBER = 100
"""Characters of a number or date in YAML."""


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


class _Loader(yaml.SafeLoader):
    """Reads a document with a limited number of nodes."""

    nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose a node; yaml calls this for each."""
        self.nodes += 1
        if self.nodes > MAX_YAML_NODES:
            raise InvalidDataError(f"has more than {MAX_YAML_NODES:,} values")
        return super().compose_node(parent, index)


class _LiteralLoader(_Loader):
    """Reads values as they are written: a date, a number and "yes" are texts."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, shape) for tag, shape in resolvers if tag.endswith((":null", ":merge"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def parse_yaml(name: str, text: str) -> Any:
    """Parse YAML of others; it costs about a second and 100 MiB at most.

    Raises:
        InvalidDataError: it is not YAML, has too many values or a key twice, its aliases (`*name`)
            stand for too much, or it has several documents; the message names the file and, if
            known, the line.
    """
    documents = _parsed(name, text, _Loader)
    if len(documents) > 1:
        raise InvalidDataError(f"{name}: contains several documents; join them.")
    return documents[0] if documents else None


def parse_documents(name: str, text: str) -> list[Any]:
    """Parse a file of YAML documents whose values are texts as written, or null.

    Raises:
        InvalidDataError: as for `parse_yaml`.
    """
    return _parsed(name, text, _LiteralLoader)


def _parsed(name: str, text: str, kind: type[_Loader]) -> list[Any]:
    try:
        loader = kind(text)
        sizes: dict[int, int | None] = {}
        nodes: list[yaml.Node] = []
        total = 0
        while loader.check_node() and (node := loader.get_node()) is not None:
            nodes.append(node)
            total += _size(node, sizes)
            if total > MAX_YAML_BYTES + MAX_YAML_NODES:
                raise InvalidDataError("its aliases stand for too much text")
        return [loader.construct_document(node) for node in nodes]
    except InvalidDataError as error:
        raise InvalidDataError(f"{name}: {error}.") from error
    except RecursionError as error:
        raise InvalidDataError(f"{name}: nested too deeply.") from error
    # A value that does not match its tag, such as an invalid date, may raise any of these.
    except (yaml.YAMLError, ValueError, KeyError, AttributeError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise InvalidDataError(f"{name}{line}: not readable as YAML.") from error


def _size(node: yaml.Node, sizes: dict[int, int | None]) -> int:
    """Return the characters and nodes of a node with its aliases written out.

    Args:
        node: An alias is the same object as the node that it stands for.
        sizes: Those of finished nodes by their `id`; None for nodes that contain this one.

    Raises:
        InvalidDataError: it contains itself, a key twice, half a surrogate pair or a very long
            number.
    """
    if id(node) in sizes:
        known = sizes[id(node)]
        if known is None:
            raise InvalidDataError("an alias stands for a part that contains it")
        return known
    sizes[id(node)] = None
    if isinstance(node, yaml.ScalarNode):
        _check_scalar(node)
        size = 1 + len(node.value)
    else:
        parts = node.value
        if isinstance(node, yaml.MappingNode):
            _check_keys(node)
            parts = chain.from_iterable(node.value)
        size = 1 + sum(_size(part, sizes) for part in parts)
    sizes[id(node)] = size
    return size


def _check_keys(node: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag.endswith(":merge"):
            continue
        if key.value in seen:
            line = key.start_mark.line + 1
            raise InvalidDataError(f'line {line} has the key "{key.value[:40]}" a second time')
        seen.add(key.value)


def _check_scalar(node: yaml.ScalarNode) -> None:
    is_text = node.tag == "tag:yaml.org,2002:str"
    if not is_text and len(node.value) > MAX_NUMBER:
        raise InvalidDataError("a number or date is too long")
    if any("\ud800" <= character <= "\udfff" for character in node.value):
        raise InvalidDataError("contains half a surrogate pair, which is no text")


def read_yaml(path: Path, shape: type[BaseModel], **extra: Hashable) -> Any:
    """Read a YAML file into a model; an InvalidDataError names the file and the first problem.

    An unchanged file is parsed once; pages read it at each refresh.
    """
    stat = path.stat()
    stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    read = _read_yaml(path, shape, stamp, tuple(sorted(extra.items())))
    if isinstance(read, str):
        raise InvalidDataError(read)
    return read


@lru_cache(maxsize=512)
def _read_yaml(
    path: Path, shape: type[BaseModel], _stamp: tuple[int, ...], extra: tuple[Any, ...]
) -> BaseModel | str:
    """Return a file's model, or why it can't be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_YAML_BYTES + 1)
        if len(content) > MAX_YAML_BYTES:
            return f"{path.name}: larger than {MAX_YAML_BYTES // 2**20} MiB."
        fields = parse_yaml(path.name, content.decode("utf-8"))
        if not isinstance(fields, dict):
            return f"{path.name}: expected keys and values."
        if taken := fields.keys() & dict(extra).keys():
            return f"{path.name}: {min(taken)}: can't be set in the file."
        return shape.model_validate(dict(extra) | fields)
    except UnicodeDecodeError:
        return f"{path.name}: not UTF-8 text."
    except OSError as error:
        return f"{path.name}: can't be read ({error.strerror})."
    except ValidationError as error:
        return f"{path.name}: {first_problem(error)}."
    except InvalidDataError as error:
        return str(error)


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


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as block scalars, which are easy to read and edit."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def yaml_of(content: dict[str, Any]) -> str:
    """Return a YAML file's text, with its keys in the given order."""
    text: str = yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text


def write_yaml(path: Path, content: dict[str, Any]) -> None:
    """Write a YAML file."""
    path.write_text(yaml_of(content), "utf-8")
