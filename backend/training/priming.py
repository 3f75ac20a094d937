"""Knowledge priming: merge a run on documents into its base model, giving a new base model."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch

from backend.base_models.cards import folder_of, get_card, gguf_path, primed_of, revision_of
from backend.base_models.names import bearer_of
from backend.base_models.tokenizer import FILES, TEMPLATE, tokenizer_folder
from backend.config import code_version, settings
from backend.datasets.loading import load_dataset
from backend.db import session
from backend.errors import UserError
from backend.files import sha256_of
from backend.gguf.model import write_gguf
from backend.jobs.progress import Progress
from backend.runs.queries import get_run
from backend.training.loading import load_adapter, load_base
from models.tables import BaseModelFolder, Job, Run

WEIGHTS = "model.safetensors"


def run_priming(job: Job, progress: Progress) -> None:
    """Make a base model from a run, unless it exists already.

    The folder gets its name only when it is complete, and is registered after that.

    Raises:
        UserError: there is too little disk space, or the run or its base model is missing.
    """
    config = job.priming
    if primed_of(config.run_id):
        return
    with session() as db:
        run = get_run(config.run_id, db)
        name = primed_name(run)
        if bearer := bearer_of(name, db):
            raise UserError(f'"{name}" is the name of {bearer} already; rename that and retry.')
    folder = folder_of(name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".priming-") as scratch:
        made = Path(scratch) / "model"
        progress.report("Merging the adapter into the base model")
        _merge(run, made)
        progress.report("Writing the GGUF file")
        _write_gguf(run.base_model, made, name)
        lineage = lineage_of(run, made)
        # An earlier attempt may have been killed before it registered its folder.
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    with session() as db:
        progress.confirm(db)
        db.merge(BaseModelFolder(name=name, path=str(folder), lineage=lineage))


def primed_name(run: Run) -> str:
    """Return the name of a run's base model, made of its parent, documents, seed and run id."""
    documents = run.dataset.replace("_", "-")
    return f"{run.base_model}-primed-{documents}-s{run.config['seed']}-{run.id[:4]}"


def _merge(run: Run, target: Path) -> None:
    """Save the base model with the adapter merged into it, in float32, and its tokenizer."""
    base = load_base(run.base_model, torch.float32, target=torch.device("cpu"))
    needed = 2 * sum(weight.numel() * weight.element_size() for weight in base.parameters())
    if shutil.disk_usage(target.parent).free < needed:
        raise UserError(f"Not enough disk space: the base model needs {needed / 1e9:.1f} GB.")
    model = load_adapter(base, settings().run_folder(run.id) / "adapter")
    merged: Any = model.merge_and_unload()
    merged.save_pretrained(target, max_shard_size="1000GB")
    source = tokenizer_folder(run.base_model)
    for name in (*FILES, TEMPLATE):
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)


def _write_gguf(parent: str, folder: Path, name: str) -> None:
    """Write the GGUF file if the parent has one; without it the model only trains and scores."""
    try:
        source = gguf_path(parent)
    except UserError:
        return
    write_gguf(folder / WEIGHTS, source, folder / f"{name}.Q8_0.gguf", name)


def lineage_of(run: Run, folder: Path) -> dict[str, Any]:
    """Return the lineage of a primed base model: its parent, run and hashes."""
    parent = get_card(run.base_model)
    documents = load_dataset(run.dataset).card.title
    return {
        "title": f"{parent.title} primed on “{documents}”, seed {run.config['seed']}",
        "parent": run.base_model,
        "parent_revision": revision_of(run.base_model),
        "parent_card": parent.model_dump(exclude={"embedded", "hub", "folder"}),
        "run": run.id,
        "config": run.config,
        "dataset": run.dataset,
        "dataset_sha256": run.dataset_sha256,
        "adapter_sha256": (run.summary or {}).get("adapter_sha256"),
        "weights_sha256": sha256_of(folder / WEIGHTS),
        "code_version": code_version(),
    }
