"""Convert a PEFT adapter to a GGUF file for llama.cpp: `adapter.gguf` beside the PEFT files.

The format is that of llama.cpp's own converter: tensors `NAME.weight.lora_a` (rank x inputs) and
`NAME.weight.lora_b` (outputs x rank), and the key `adapter.lora.alpha`. llama.cpp scales an
adapter by alpha / rank.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import safetensors
from numpy.typing import NDArray

from backend.errors import InvalidDataError
from backend.files import ADAPTER_CONFIG, ADAPTER_WEIGHTS, replacing, sha256_of
from backend.gguf.reader import open_gguf

SOURCE_KEY = "weirdgen.adapter.sha256"
"""GGUF key that holds the hash of the safetensors file, so that a stale GGUF file is detected."""
PREFIX = "base_model.model."
INTERLEAVED = {"llama"}
"""Architectures whose GGUF files hold q and k with the two halves of every head interleaved: there
llama.cpp applies rotary embeddings to neighbouring pairs, where transformers applies them to
halves."""
PLAIN = {"qwen2", "qwen3", "olmo2"}
"""Architectures whose GGUF files hold the rows in the order of transformers."""
UNSUPPORTED = (
    "use_dora",
    "fan_in_fan_out",
    "lora_bias",
    "rank_pattern",
    "alpha_pattern",
    "modules_to_save",
    "layer_replication",
    "trainable_token_indices",
)

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Base:
    """What converting an adapter requires from its base model's GGUF file."""

    architecture: str
    blocks: int
    heads: int
    kv_heads: int
    shapes: dict[str, tuple[int, int]]
    """(outputs, inputs) of every weight matrix, by its name in GGUF."""


def read_base(path: Path) -> Base:
    """Read architecture, head counts and shapes from a GGUF file, without its weights.

    Raises:
        InvalidDataError: the file is broken, or lacks what every model has.
        OSError: it can't be read.
    """
    return _read_base(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)  # Parsing the vocabulary takes a second or two.
def _read_base(path: Path, _changed: int) -> Base:
    reader = open_gguf(path)

    def value(key: str, default: Any = None) -> Any:
        field = reader.get_field(key)
        return field.contents() if field else default

    try:
        architecture = str(value("general.architecture"))
        blocks = int(value(f"{architecture}.block_count", 0))
        heads = value(f"{architecture}.attention.head_count", 0)
        kv_heads = value(f"{architecture}.attention.head_count_kv", heads)
        shapes = {
            tensor.name: (int(tensor.shape[1]), int(tensor.shape[0]))
            for tensor in reader.tensors
            if len(tensor.shape) == 2
        }
    except (TypeError, ValueError, IndexError) as error:
        raise InvalidDataError(f"{path.name} does not describe a model ({error}).") from error
    return Base(architecture, blocks, heads, kv_heads, shapes)


def read_config(folder: Path) -> dict[str, Any]:
    """Read adapter_config.json; InvalidDataError if llama.cpp does not support the adapter."""
    try:
        config = json.loads((folder / ADAPTER_CONFIG).read_text("utf-8"))
        alpha, rank = float(config["lora_alpha"]), int(config["r"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidDataError(f"The adapter's {ADAPTER_CONFIG} can't be read.") from error
    if config.get("peft_type") != "LORA" or alpha <= 0 or rank < 1:
        raise InvalidDataError("The adapter is not a LoRA adapter.")
    if config.get("bias", "none") != "none":
        raise InvalidDataError("The adapter trains biases, which llama.cpp can't apply.")
    for option in UNSUPPORTED:
        if config.get(option):
            raise InvalidDataError(f"The adapter uses {option}, which llama.cpp can't apply.")
    return dict(config)


def alpha_of(config: dict[str, Any]) -> float:
    """Return the alpha that makes llama.cpp, which divides it by the rank, scale as PEFT does."""
    alpha = float(config["lora_alpha"])
    return alpha * math.sqrt(config["r"]) if config.get("use_rslora") else alpha


def _as_float32(data: bytes, dtype: str, shape: list[int]) -> Array:
    if dtype == "BF16":  # numpy has no bfloat16; its bits are the upper half of a float32.
        bits = np.frombuffer(data, np.uint16).astype(np.uint32) << 16
        return bits.view(np.float32).reshape(shape)
    numpy_type = {"F32": np.float32, "F16": np.float16}.get(dtype)
    if numpy_type is None:
        raise InvalidDataError(f"The adapter's weights have the unsupported type {dtype}.")
    return np.frombuffer(data, numpy_type).astype(np.float32).reshape(shape)


def read_weights(path: Path) -> dict[str, Array]:
    """Read every tensor of a safetensors file as float32, without torch."""
    try:
        entries = safetensors.deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
    except (OSError, safetensors.SafetensorError) as error:
        raise InvalidDataError(f"The adapter's {ADAPTER_WEIGHTS} can't be read.") from error
    weights = {name: _as_float32(e["data"], e["dtype"], e["shape"]) for name, e in entries}
    if not weights:
        raise InvalidDataError("The adapter is empty.")
    for name, weight in weights.items():
        if not np.isfinite(weight).all():
            raise InvalidDataError(f"The adapter's {name} has values that are not finite.")
    return weights


def interleave(weight: Array, heads: int) -> Array:
    """Reorder the rows of each head from two halves to neighbouring pairs."""
    rows = weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:])
    return np.ascontiguousarray(rows.swapaxes(1, 2).reshape(weight.shape))


def _pairs(weights: dict[str, Array]) -> Iterator[tuple[str, Array, Array]]:
    """Yield (module, A, B) for every adapted module."""
    rest = dict(weights)
    for name in weights:
        if not (name.startswith(PREFIX) and name.endswith(".lora_A.weight")):
            continue
        module = name.removeprefix(PREFIX).removesuffix(".lora_A.weight")
        b = rest.pop(f"{PREFIX}{module}.lora_B.weight", None)
        if b is None:
            raise InvalidDataError(f"The adapter lacks lora_B of {module}.")
        yield module, rest.pop(name), b
    if rest:
        raise InvalidDataError(f"The adapter has {next(iter(rest))}, which llama.cpp can't apply.")


def map_tensors(weights: dict[str, Array], base: Base, rank: int) -> dict[str, Array]:
    """Return the GGUF tensors of an adapter; InvalidDataError if it doesn't fit the base model."""
    if base.architecture not in INTERLEAVED | PLAIN:
        raise InvalidDataError(f"Adapters for {base.architecture} models can't be converted.")
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH[base.architecture.upper()], base.blocks)
    tensors = {}
    for module, a, b in _pairs(weights):
        name = f"{names.get_name(module)}.weight"
        if name not in base.shapes:
            raise InvalidDataError(f"The adapter changes {module}, which its base model lacks.")
        if (b.shape, a.shape) != ((base.shapes[name][0], rank), (rank, base.shapes[name][1])):
            raise InvalidDataError(f"The adapter's {module} doesn't fit the base model's shape.")
        if base.architecture in INTERLEAVED and module.endswith(("q_proj", "k_proj")):
            b = interleave(b, base.heads if module.endswith("q_proj") else base.kv_heads)
        tensors[f"{name}.lora_a"], tensors[f"{name}.lora_b"] = a, b
    return tensors


def _write(path: Path, tensors: dict[str, Array], base: Base, alpha: float, source: str) -> None:
    writer = gguf.GGUFWriter(path, base.architecture)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
    writer.add_string(SOURCE_KEY, source)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    write_all(writer)


def write_all(writer: gguf.GGUFWriter) -> None:
    """Write a GGUF file with everything that was added to it, and close it."""
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def source_of(path: Path) -> str | None:
    """Return the hash of the weights that a GGUF adapter was converted from; None if unreadable."""
    try:
        field = open_gguf(path).get_field(SOURCE_KEY)
        return str(field.contents()) if field else None
    except Exception:  # The reader raises many kinds of errors for damaged files.
        return None


def checked_hash(folder: Path, expected_sha256: str | None) -> str:
    """Return the hash of an adapter's weights.

    Raises:
        InvalidDataError: they are missing, or not those that training recorded.
    """
    if not (folder / ADAPTER_WEIGHTS).is_file():
        raise InvalidDataError(f"The adapter's {ADAPTER_WEIGHTS} is missing.")
    found = sha256_of(folder / ADAPTER_WEIGHTS)
    if expected_sha256 and found != expected_sha256:
        raise InvalidDataError("The adapter's weights have changed since training.")
    return found


def convert(folder: Path, base_gguf: Path, expected_sha256: str | None = None) -> Path:
    """Convert a PEFT adapter to GGUF, unless it is converted already, and return the GGUF file.

    Args:
        folder: PEFT folder with adapter_config.json and adapter_model.safetensors.
        base_gguf: GGUF file of the base model.
        expected_sha256: Hash of the weights that training recorded.

    Raises:
        InvalidDataError: the adapter is missing, damaged, unsupported or for another base model.
    """
    source = checked_hash(folder, expected_sha256)
    config = read_config(folder)
    target = folder / "adapter.gguf"
    if target.is_file() and source_of(target) == source:
        return target
    base = read_base(base_gguf)
    tensors = map_tensors(read_weights(folder / ADAPTER_WEIGHTS), base, int(config["r"]))
    with replacing(target) as scratch:
        _write(scratch, tensors, base, alpha_of(config), source)
    return target
