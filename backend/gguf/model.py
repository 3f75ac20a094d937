"""Write the GGUF file of a primed model: its parent's file with the merged weights."""

from pathlib import Path

import gguf

from backend.files import replacing
from backend.gguf.adapter import (
    INTERLEAVED,
    Array,
    interleave,
    read_base,
    read_weights,
    write_all,
)
from backend.gguf.reader import open_gguf

LAYERS = ".layers."
"""Part of the name of every weight that an adapter can change."""
REWRITTEN = {"general.architecture", "general.name", "general.file_type"}
"""Keys that are not copied from the parent's file."""


def write_gguf(weights: Path, parent: Path, target: Path, name: str) -> None:
    """Write a copy of the parent's GGUF file with the layers' matrices replaced, in 8 bits.

    Everything else (vocabulary, embeddings, norms, chat template) is copied unchanged, because an
    adapter does not change it.

    Args:
        weights: Safetensors file with the merged weights.
        parent: GGUF file of the model that was primed.
        target: File to write.
        name: The primed model's name.
    """
    replaced = _matrices(weights, parent)
    reader = open_gguf(parent)
    with replacing(target) as scratch:
        writer = gguf.GGUFWriter(scratch, read_base(parent).architecture)
        writer.add_name(name)
        writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
        _copy_metadata(reader, writer)
        q8 = gguf.GGMLQuantizationType.Q8_0
        for tensor in reader.tensors:
            if tensor.name in replaced:
                data = gguf.quants.quantize(replaced[tensor.name], q8)
                writer.add_tensor(tensor.name, data, raw_dtype=q8)
            else:
                writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
        write_all(writer)


def _copy_metadata(reader: gguf.GGUFReader, writer: gguf.GGUFWriter) -> None:
    for key, field in reader.fields.items():
        if not key.startswith("GGUF.") and key not in REWRITTEN:
            value_type, *item_types = field.types
            item_type = item_types[0] if item_types else None
            writer.add_key_value(key, field.contents(), value_type, item_type)


def _matrices(weights: Path, parent: Path) -> dict[str, Array]:
    """Return the layers' matrices by their names in GGUF, with rows in llama.cpp's order."""
    base = read_base(parent)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH[base.architecture.upper()], base.blocks)
    matrices = {}
    for key, weight in read_weights(weights).items():
        if LAYERS not in key or weight.ndim != 2:
            continue
        module = key.removesuffix(".weight")
        if base.architecture in INTERLEAVED and module.endswith(("q_proj", "k_proj")):
            weight = interleave(weight, base.heads if module.endswith("q_proj") else base.kv_heads)
        matrices[f"{names.get_name(module)}.weight"] = weight
    return matrices
