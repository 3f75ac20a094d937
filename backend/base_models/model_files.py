"""Check the files of a local base model, which somebody else made.

A child process does so: a header may announce more than there is, and a chat template is code.
"""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from backend.base_models.tokenizer import FILES, ChatTokenizer
from backend.errors import InvalidDataError

CONFIG = "config.json"
NEEDED = (CONFIG, *FILES, "*.safetensors")
MAX_CONFIG_BYTES = 4 * 2**20
IMPLEMENTATIONS = ("attn_implementation", "experts_implementation")
"""Parts of keys by which transformers would load code from the Hub if they name a repository."""
CHAT = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hello there."}]


WEIGHTS = ("*.safetensors", "*.gguf")
BLOCK, BLOCKS = 64 * 2**10, 32
"""Size in bytes and number of the parts of a file that are hashed."""


def fingerprint(folder: Path) -> str:
    """Return what identifies a local base model's weights: a SHA-256 over parts of its files.

    To hash many gigabytes whole would take minutes. Training changes all of a matrix, so blocks
    spread evenly over each file, with the files' sizes, tell models apart.
    """
    paths = sorted(path for pattern in WEIGHTS for path in folder.glob(pattern))
    stamps = [(path, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return _fingerprint(tuple(stamps))


@lru_cache(maxsize=64)
def _fingerprint(stamps: tuple[tuple[Path, int, int], ...]) -> str:
    parts = hashlib.sha256()
    for path, size, _ in stamps:
        parts.update(f"{path.name} {size} ".encode())
        with path.open("rb") as file:
            for number in range(BLOCKS):
                file.seek(number * max(size - BLOCK, 0) // (BLOCKS - 1))
                parts.update(file.read(BLOCK))
    return parts.hexdigest()


def check_folder(folder: Path) -> str:
    """Return the kind of a base model in Hugging Face format, such as "llama".

    Raises:
        UserError: a file is missing, damaged or refused.
    """
    for pattern in NEEDED:
        if not any(folder.glob(pattern)):
            raise InvalidDataError(f"{folder} has no {pattern}, so it is no Hugging Face model.")
    kind = check_config(folder)
    for path in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(path, framework="np") as weights:
                weights.keys()
        except (SafetensorError, OSError) as error:
            raise InvalidDataError(f"{path} is no safetensors file, or is cut off.") from error
    ChatTokenizer(folder, {}).row(CHAT)
    return kind


def check_config(folder: Path) -> str:
    """Return the kind of model that `config.json` names.

    Raises:
        InvalidDataError: the file is damaged, or asks for code from the Hub.
    """
    path = folder / CONFIG
    try:
        with path.open("rb") as file:
            config = json.loads(file.read(MAX_CONFIG_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidDataError(f"{path} is not valid JSON.") from error
    kind = config.get("model_type") if isinstance(config, dict) else None
    if not isinstance(kind, str):
        raise InvalidDataError(f"{path} names no model_type.")
    if asked := _repository_in(config):
        raise InvalidDataError(
            f"{path} asks for code from the Hub ({asked[:100]}); the lab runs none of it. Remove "
            "that entry if you trust the rest."
        )
    return kind


def _repository_in(config: Any, key: str = "") -> str:
    """Return the first repository that a configuration would load code from; empty for none."""
    if isinstance(config, dict):
        parts = [
            (f"{key}.{name}" if _is_choice(key) else str(name), v) for name, v in config.items()
        ]
    elif isinstance(config, list):
        parts = [(key, value) for value in config]
    else:
        asks = _is_choice(key) and isinstance(config, str) and "/" in config
        return f"{key}: {config}" if asks else ""
    return next((found for name, part in parts if (found := _repository_in(part, name))), "")


def _is_choice(key: str) -> bool:
    return any(name in key for name in IMPLEMENTATIONS)
