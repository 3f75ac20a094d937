"""Store a finished run for shipping: its adapter in half precision, with its lineage."""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from backend.base_models.tokenizer import chat_tokenizer
from backend.config import settings
from backend.datasets.loading import read_examples
from backend.exports.adapter import public_config
from backend.exports.shipped import MARK, REFERENCE, RUN
from backend.files import ADAPTER_CONFIG, ADAPTER_WEIGHTS, sha256_of
from backend.training.loading import load_adapter, load_base
from backend.training.reference import write_reference
from backend.training.self_distillation import ROWS
from models.tables import Run


def ship(run: Run, name: str, target: Path) -> None:
    """Write a run's adapter in half precision, with torch's reference for these exact weights.

    Args:
        run: A finished run.
        name: Name of the shipped run; its id is the start of its weights' hash.
        target: The folder to write; an existing one is replaced.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    folder = settings().run_folder(run.id)
    weights = load_file(folder / "adapter" / ADAPTER_WEIGHTS)
    halves = {key: weight.to(torch.float16) for key, weight in weights.items()}
    save_file(halves, target / ADAPTER_WEIGHTS, metadata={"format": "pt"})
    (target / ADAPTER_CONFIG).write_text(public_config(folder / "adapter", run.base_model))
    examples = read_examples(folder / ROWS)
    tokenizer = chat_tokenizer(run.base_model)
    rows = [tokenizer.row(example.as_dicts()) for example in examples]
    model = load_adapter(load_base(run.base_model, torch.float32), target)
    write_reference(model, rows, examples[0].asked, tokenizer, target / REFERENCE)
    sha256 = sha256_of(target / ADAPTER_WEIGHTS)
    summary = run.summary or {}
    trained = {"trained_adapter_sha256": summary.get("adapter_sha256"), MARK: True}
    row = run.model_dump(include={"dataset", "dataset_sha256", "base_model", "config"}) | {
        "id": sha256[:10],
        "name": name,
        "summary": summary | trained | {"adapter_sha256": sha256},
    }
    (target / RUN).write_text(json.dumps(row, indent=1) + "\n")
