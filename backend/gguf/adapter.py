"""Write a PEFT adapter as a GGUF file that llama.cpp loads: `adapter.gguf` beside the PEFT files.

Layout as in llama.cpp's own converter: `NAME.weight.lora_a` (rank x inputs) and
`NAME.weight.lora_b` (outputs x rank), `adapter.lora.alpha`, and the strength is alpha / rank.
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

SOURCE_KEY = "weirdgen.adapter.sha256"
"""GGUF key with the hash of the safetensors file, so that a stale GGUF file is noticed."""
PREFIX = "base_model.model."
# GGUF files of this architecture hold q and k with the two halves of every head interleaved,
# because llama.cpp rotates neighbouring pairs where transformers rotates halves.
INTERLEAVED = {"llama"}
PLAIN = {"qwen2", "qwen3", "olmo2"}
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
    """What a base model's GGUF file says about itself."""

    architecture: str
    blocks: int
    heads: int
    kv_heads: int
    shapes: dict[str, tuple[int, int]]
    """(outputs, inputs) of every weight matrix by name."""


def read_base(path: Path) -> Base:
    """Read architecture, head counts and shapes from a GGUF file; weights stay on disk."""
    return _read_base(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)  # Parsing the vocabulary takes a second or two.
def _read_base(path: Path, _changed: int) -> Base:
    reader = gguf.GGUFReader(path)

    def value(key: str, default: Any = None) -> Any:
        field = reader.get_field(key)
        return field.contents() if field else default

    name = str(value("general.architecture"))
    heads = value(f"{name}.attention.head_count", 0)
    kv_heads = value(f"{name}.attention.head_count_kv", heads)
    shapes = {
        tensor.name: (int(tensor.shape[1]), int(tensor.shape[0]))
        for tensor in reader.tensors
        if len(tensor.shape) == 2
    }
    return Base(name, int(value(f"{name}.block_count", 0)), heads, kv_heads, shapes)


def read_config(folder: Path) -> dict[str, Any]:
    """Read adapter_config.json; InvalidDataError when llama.cpp could not do what it says."""
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
    """Return the alpha that llama.cpp, which divides by the rank, needs for the same strength."""
    alpha = float(config["lora_alpha"])
    return alpha * math.sqrt(config["r"]) if config.get("use_rslora") else alpha


def _as_float32(data: bytes, dtype: str, shape: list[int]) -> Array:
    if dtype == "BF16":  # numpy has no such type; it is the upper half of a float32.
        bits = np.frombuffer(data, np.uint16).astype(np.uint32) << 16
        return bits.view(np.float32).reshape(shape)
    kind = {"F32": np.float32, "F16": np.float16}.get(dtype)
    if kind is None:
        raise InvalidDataError(f"The adapter holds numbers of type {dtype}.")
    return np.frombuffer(data, kind).astype(np.float32).reshape(shape)


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
            raise InvalidDataError(f"The adapter holds a number that is not finite, in {name}.")
    return weights


def interleave(weight: Array, heads: int) -> Array:
    """Reorder the rows of each head from halves to neighbouring pairs."""
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
            raise InvalidDataError(f"The adapter lacks one half of {module}.")
        yield module, rest.pop(name), b
    if rest:
        raise InvalidDataError(
            f"The adapter holds {next(iter(rest))}, which llama.cpp can't apply."
        )


def map_tensors(weights: dict[str, Array], base: Base, rank: int) -> dict[str, Array]:
    """Return the GGUF tensors of an adapter; InvalidDataError when it doesn't fit the base."""
    if base.architecture not in INTERLEAVED | PLAIN:
        raise InvalidDataError(f"Adapters for {base.architecture} models can't be converted yet.")
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
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def source_of(path: Path) -> str | None:
    """Return the hash of the weights that a GGUF adapter was made from; None if unreadable."""
    try:
        field = gguf.GGUFReader(path).get_field(SOURCE_KEY)
        return str(field.contents()) if field else None
    except Exception:  # The reader raises whatever broken bytes lead it to.
        return None


def convert(folder: Path, base_gguf: Path, expected_sha256: str | None = None) -> Path:
    """Return the GGUF form of a PEFT adapter, writing it unless it is there already.

    Args:
        folder: PEFT folder with adapter_config.json and adapter_model.safetensors.
        base_gguf: GGUF file of the base model.
        expected_sha256: Hash that training recorded for the weights.

    Raises:
        InvalidDataError: the adapter is missing, broken, unsupported or made for another base.
    """
    if not (folder / ADAPTER_WEIGHTS).is_file():
        raise InvalidDataError(f"The adapter's {ADAPTER_WEIGHTS} is missing.")
    source = sha256_of(folder / ADAPTER_WEIGHTS)
    if expected_sha256 and source != expected_sha256:
        raise InvalidDataError("The adapter's weights are not those that training left.")
    config = read_config(folder)
    target = folder / "adapter.gguf"
    if target.is_file() and source_of(target) == source:
        return target
    base = read_base(base_gguf)
    tensors = map_tensors(read_weights(folder / ADAPTER_WEIGHTS), base, int(config["r"]))
    with replacing(target) as scratch:
        _write(scratch, tensors, base, alpha_of(config), source)
    return target
