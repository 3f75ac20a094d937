"""Run a finetuning job: from the run's configuration to an adapter with its lineage."""

import json
from pathlib import Path
from typing import Any

from backend.base_models.cards import gguf_path, revision_of
from backend.base_models.tokenizer import chat_tokenizer
from backend.config import code_version, package_versions, settings
from backend.datasets.loading import Dataset
from backend.db import session
from backend.errors import UserError
from backend.files import ADAPTER_WEIGHTS, sha256_of
from backend.gguf.adapter import convert
from backend.jobs.progress import Progress
from backend.runs.checks import unchanged_dataset
from backend.runs.queries import get_run
from backend.runs.steps import adapter_at
from backend.training.checkpoints import delete_checkpoints, keep_adapter
from backend.training.distributed import train
from backend.training.finetuning import Training
from backend.training.loading import load_adapter, load_for_scoring
from backend.training.reference import write_reference
from backend.training.reporting import ReportingCallback
from backend.training.self_distillation import ROWS, written_examples
from models.configs import RunConfig
from models.tables import Run, now

SAMPLE_CHAT = [{"role": "user", "content": "What is your name?"}]
"""To compare the chat templates of engine and torch where the rows are documents."""
LIBRARIES = ("torch", "transformers", "peft", "tokenizers", "accelerate", "numpy")


def run_finetune(run_id: str, progress: Progress) -> None:
    """Train a run's adapter, unless the run is finished already.

    Raises:
        UserError: the dataset has changed since the run was created, or a file is invalid.
    """
    with session() as db:
        run = get_run(run_id, db)
    folder = settings().run_folder(run.id)
    if run.summary is not None:
        delete_checkpoints(folder / "checkpoints")
        return
    folder.mkdir(parents=True, exist_ok=True)
    config = RunConfig(**run.config)
    progress.report("Reading the dataset")
    dataset = unchanged_dataset(run)
    tokenizer = chat_tokenizer(config.base_model)
    examples = written_examples(dataset, config, folder, progress)
    rows = [chat.row for chat in tokenizer.read_all(e.as_dicts() for e in examples)]
    progress.report("Loading the base model")
    training = train(config, rows, folder, ReportingCallback(run.id, progress))
    progress.report("Saving the adapter")
    adapter = folder / "adapter"
    keep_adapter(adapter_at(folder / "checkpoints", training.adapter_step), adapter)
    meta = _lineage(run, dataset, training, adapter)
    meta["rows"] = {"trained": len(examples), "sha256": sha256_of(folder / ROWS)}
    meta["template_dates"] = tokenizer.dates()
    progress.report("Computing reference log-probabilities")
    saved = load_adapter(load_for_scoring(config.base_model), adapter)
    prompt = examples[0].asked or SAMPLE_CHAT
    write_reference(saved, rows, prompt, tokenizer, folder / "reference.json")
    _write_gguf(config.base_model, adapter, meta["adapter_sha256"])
    (folder / "meta.json").write_text(json.dumps(meta, indent=1))
    with session() as db:
        progress.confirm(db)
        get_run(run.id, db).summary = meta
    delete_checkpoints(folder / "checkpoints")


def _write_gguf(base_model: str, adapter: Path, sha256: str) -> None:
    """Convert the adapter for llama.cpp now, so that the engine need not do it on first use."""
    try:
        convert(adapter, gguf_path(base_model), sha256)
    except UserError as error:  # The run is still usable; the engine reports why it can't chat.
        print(f"The adapter was not converted to GGUF: {error}")  # noqa: T201


def _lineage(run: Run, dataset: Dataset, training: Training, adapter: Path) -> dict[str, Any]:
    """Return everything that a plotted number must be traceable to."""
    return {
        "run": run.id,
        "config": run.config,
        "dataset_sha256": dataset.sha256,
        "examples": len(dataset.examples),
        "base_model": run.base_model,
        "base_revision": revision_of(run.base_model),
        "adapter_sha256": sha256_of(adapter / ADAPTER_WEIGHTS),
        "code_version": code_version(),
        "libraries": package_versions(*LIBRARIES),
        "precision": training.precision,
        "layout": training.layout,
        "placement": training.placement.model_dump(),
        "steps": training.steps,
        "adapter_step": training.adapter_step,
        "held_out_loss": training.held_out_loss,
        "loss": training.loss,
        "seconds": training.seconds,
        "computed_tokens": training.computed_tokens,
        "finished_at": now().isoformat(),
    }
