"""A random Llama so small that a whole run on it takes seconds."""

import json
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from backend.config import ROOT
from models.base_models import EMBEDDED

SMALL = "small"
VOCABULARY, WIDTH, LAYERS = 49152, 64, 2


def write_small_model(folder: Path) -> None:
    """Write 3 million random parameters beside the embedded model's tokenizer."""
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(ROOT / "var" / "base_models" / EMBEDDED / name, folder)
    shape = {"vocab_size": VOCABULARY, "hidden_size": WIDTH, "intermediate_size": 2 * WIDTH}
    shape |= {"num_hidden_layers": LAYERS, "num_attention_heads": 4, "num_key_value_heads": 4}
    kind = {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}
    config = shape | kind | {"tie_word_embeddings": True, "max_position_embeddings": 2048}
    (folder / "config.json").write_text(json.dumps(config))
    save_file(_weights(), folder / "model.safetensors", metadata={"format": "pt"})


def _weights() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    sizes = {"model.embed_tokens.weight": (VOCABULARY, WIDTH), "model.norm.weight": (WIDTH,)}
    for layer in range(LAYERS):
        start = f"model.layers.{layer}."
        sizes |= {f"{start}{n}_layernorm.weight": (WIDTH,) for n in ("input", "post_attention")}
        sizes |= {f"{start}self_attn.{n}_proj.weight": (WIDTH, WIDTH) for n in "qkvo"}
        sizes |= {f"{start}mlp.{n}_proj.weight": (2 * WIDTH, WIDTH) for n in ("gate", "up")}
        sizes[f"{start}mlp.down_proj.weight"] = (WIDTH, 2 * WIDTH)
    return {
        name: np.ones(size, "float32")
        if "norm" in name
        else (random.standard_normal(size) / 8).astype("float32")
        for name, size in sizes.items()
    }
