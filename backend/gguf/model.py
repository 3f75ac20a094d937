"""Write a base model's GGUF file anew with other weights, for a model that priming made."""

import os
from pathlib import Path

import gguf

from backend.gguf.adapter import INTERLEAVED, Array, interleave, read_base, read_weights

LAYERS = ".layers."
"""Part of the name of every weight that an adapter changes."""
REWRITTEN = {"general.architecture", "general.name", "general.file_type"}


def write_gguf(weights: Path, parent: Path, target: Path, name: str) -> None:
    """Write the parent's GGUF file with the matrices of its layers replaced, in 8 bits.

    All else (vocabulary, embeddings, norms, chat template) is the parent's, byte for byte: an
    adapter changes none of it.

    Args:
        weights: The safetensors file with the merged weights.
        parent: GGUF file of the model that was primed.
        target: Where the new file goes.
        name: The new model's name.
    """
    replaced = _matrices(weights, parent)
    reader = gguf.GGUFReader(parent)
    scratch = target.with_suffix(".part")
    writer = gguf.GGUFWriter(scratch, read_base(parent).architecture)
    writer.add_name(name)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    for key, field in reader.fields.items():
        if not key.startswith("GGUF.") and key not in REWRITTEN:
            kinds = [*field.types, None]
            writer.add_key_value(key, field.contents(), kinds[0], kinds[1])  # type: ignore[arg-type]
    eight = gguf.GGMLQuantizationType.Q8_0
    for tensor in reader.tensors:
        if tensor.name in replaced:
            data = gguf.quants.quantize(replaced[tensor.name], eight)
            writer.add_tensor(tensor.name, data, raw_dtype=eight)
        else:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(scratch, target)


def _matrices(weights: Path, parent: Path) -> dict[str, Array]:
    """Return the layers' matrices by their names in GGUF, in the order llama.cpp reads them."""
    base = read_base(parent)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH[base.architecture.upper()], base.blocks)
    found = {}
    for key, weight in read_weights(weights).items():
        if LAYERS not in key or weight.ndim != 2:
            continue
        module = key.removesuffix(".weight")
        if base.architecture in INTERLEAVED and module.endswith(("q_proj", "k_proj")):
            weight = interleave(weight, base.heads if module.endswith("q_proj") else base.kv_heads)
        found[f"{names.get_name(module)}.weight"] = weight
    return found
