"""GPU memory of training against the registry's estimate: `python -m benchmarks.memory [NAME]`.

Each base model is built in its real shape with random weights, which take as much memory and time
as trained ones, and a preflight measures each recipe on it. This needs an NVIDIA GPU and a lab with
a prepared embedded model, whose tokenizer is used. The models stay in the lab's folder.
"""

import shutil
from typing import Annotated, Any

import torch
import typer
from transformers import AutoModelForCausalLM, Qwen2Config

from backend.base_models.cards import add_folder, folder_of
from backend.base_models.tokenizer import FILES, TEMPLATE
from backend.config import settings
from backend.jobs.queue import claim, get_job
from backend.machine.gpus import GIB
from backend.runs.measurement import Measurement, newest, submit_measurement
from backend.worker.child import main as run_job
from models.base_models import EMBEDDED, registry
from models.configs import RunConfig

# hidden, intermediate, layers, heads, key-value heads, vocabulary, whether embeddings are tied.
SHAPES = {
    "Qwen2.5-0.5B-Instruct": (896, 4864, 24, 14, 2, 151936, True),
    "Qwen2.5-1.5B-Instruct": (1536, 8960, 28, 12, 2, 151936, True),
    "Qwen2.5-7B-Instruct": (3584, 18944, 28, 28, 4, 152064, False),
}
RECIPES: list[dict[str, Any]] = [
    {},
    {"gradient_checkpointing": True},
    {"method": "qlora"},
    {"method": "qlora", "gradient_checkpointing": True},
]


def random_model(name: str) -> str:
    """Build a base model in the shape of a listed one, unless it exists, and return its name."""
    folder = settings().home / f"random-{name}"
    if not folder.is_dir():
        hidden, intermediate, layers, heads, kv_heads, vocabulary, tied = SHAPES[name]
        config = Qwen2Config(
            hidden_size=hidden,
            intermediate_size=intermediate,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            num_key_value_heads=kv_heads,
            vocab_size=vocabulary,
            tie_word_embeddings=tied,
            dtype="bfloat16",
        )
        with torch.device("cuda"):
            model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
        model.save_pretrained(folder)
        for file in (*FILES, TEMPLATE):
            shutil.copy(folder_of(EMBEDDED) / file, folder)
        del model
        torch.cuda.empty_cache()
    return add_folder(str(folder)).name


def measured(config: RunConfig) -> Measurement:
    """Run a preflight in this process."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    job = submit_measurement(config)
    claim("benchmark")
    run_job(job.id, "benchmark")
    ended = newest(config)
    if ended is None or ended.result is None:
        raise SystemExit(get_job(job.id).error)
    return Measurement(**ended.result)


def main(names: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Measure every recipe on the named models of the registry, or on all."""
    print(torch.cuda.get_device_name())
    for name in names or list(SHAPES):
        listed = registry()[name].memory_gib
        base = random_model(name)
        for recipe in RECIPES:
            config = RunConfig(
                dataset="old_bird_names", base_model=base, precision="bfloat16", **recipe
            )
            result = measured(config)
            label = ", ".join(f"{key} {value}" for key, value in recipe.items()) or "lora"
            print(
                f"{name}: {label}: {result.peak_bytes / GIB:.1f} GiB (registry {listed:.0f}), "
                f"{result.seconds_per_step:.3f} s a step of {result.tokens_per_step:.0f} tokens",
                flush=True,
            )


if __name__ == "__main__":
    typer.run(main)
