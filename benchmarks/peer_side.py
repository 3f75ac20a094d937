"""One side of `benchmarks.peers`, in its own process: `python -m benchmarks.peer_side SIDE FOLDER`.

Reads the task from FOLDER, trains one epoch, and writes the adapter and the measurements there.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import typer
from pydantic import BaseModel
from transformers import PrinterCallback, Trainer, TrainingArguments

from backend.base_models.tokenizer import TokenRow, chat_tokenizer
from backend.datasets.loading import read_examples
from backend.training.finetuning import layout_for, make_trainer
from backend.training.loading import load_for_training
from models.configs import RunConfig

ROWS, TASK, RESULT = "rows.jsonl", "task.json", "result.json"


class Result(BaseModel):
    """The measurements of one side."""

    seconds: float
    """The Trainer's own runtime: all steps, without loading."""
    tokens: int
    """Tokens computed in forward passes, including padding and repeated prompts."""
    gpu_bytes: int = 0
    """Peak of the memory allocated on the GPU, if there is one."""


def ours(config: RunConfig, rows: Sequence[TokenRow], folder: Path) -> Result:
    """Train on token trees, as a run does."""
    model = load_for_training(config, config.precision)
    arguments = TrainingArguments(**_arguments(config, folder))
    trainer = make_trainer(model, arguments, layout_for(model, rows, config), rows)
    return _trained(trainer, folder)


def padded(config: RunConfig, rows: Sequence[TokenRow], folder: Path) -> Result:
    """Train on padded batches with transformers' Trainer."""
    trainer = Trainer(
        model=load_for_training(config, config.precision),
        args=TrainingArguments(**_arguments(config, folder)),
        train_dataset=rows,  # type: ignore[arg-type]
        data_collator=collate_padded,
    )
    return _trained(trainer, folder)


def trl(config: RunConfig, rows: Sequence[TokenRow], folder: Path, packed: bool = False) -> Result:
    """Train with TRL's SFTTrainer on the same tokens.

    When packed, a step trains one sequence of the mean length of a batch, so that the number of
    steps is about the same.
    """
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    columns = {"input_ids": [row.ids for row in rows], "labels": [_labels(row) for row in rows]}
    arguments = _arguments(config, folder) | {"remove_unused_columns": True, "bf16": False}
    if packed:
        mean = sum(len(row.ids) for row in rows) / len(rows)
        longest = max(len(row.ids) for row in rows)
        arguments |= {"packing": True, "max_length": max(longest, round(mean * config.batch_size))}
        arguments["per_device_train_batch_size"] = 1
    trainer = SFTTrainer(
        model=load_for_training(config, config.precision),
        args=SFTConfig(**arguments),
        train_dataset=Dataset.from_dict(columns),
        processing_class=_fast_tokenizer(config.base_model),
    )
    return _trained(trainer, folder)


def trl_packed(config: RunConfig, rows: Sequence[TokenRow], folder: Path) -> Result:
    """Train with TRL's SFTTrainer on packed rows."""
    return trl(config, rows, folder, packed=True)


SIDES: dict[str, Callable[[RunConfig, Sequence[TokenRow], Path], Result]] = {
    "ours": ours,
    "Trainer": padded,
    "TRL": trl,
    "TRL packed": trl_packed,
}


def collate_padded(rows: Sequence[TokenRow]) -> dict[str, torch.Tensor]:
    """Pad rows to the longest in the batch: ids, attention_mask and labels, [rows, longest]."""
    width = max(len(row.ids) for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for index, row in enumerate(rows):
        length = len(row.ids)
        ids[index, :length] = torch.tensor(row.ids)
        mask[index, :length] = 1
        labels[index, :length] = torch.tensor(_labels(row))
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def _labels(row: TokenRow) -> list[int]:
    return [token if trained else -100 for token, trained in zip(row.ids, row.trained, strict=True)]


def _fast_tokenizer(base_model: str) -> Any:
    from transformers import AutoTokenizer

    from backend.base_models.cards import torch_source

    return AutoTokenizer.from_pretrained(torch_source(base_model))


def _arguments(config: RunConfig, folder: Path) -> dict[str, Any]:
    return {
        "output_dir": str(folder / "trainer"),
        "per_device_train_batch_size": config.batch_size,
        "num_train_epochs": 1,
        "learning_rate": config.learning_rate,
        "seed": config.seed,
        "save_strategy": "no",
        "logging_steps": 1,
        "remove_unused_columns": False,
        "dataloader_pin_memory": False,
        "disable_tqdm": True,
        "report_to": [],
    }


def _trained(trainer: Trainer, folder: Path) -> Result:
    """Train, count the tokens that reach the embedding, and save the adapter."""
    model: Any = trainer.model
    tokens = 0

    def count(_module: Any, inputs: tuple[torch.Tensor, ...]) -> None:
        nonlocal tokens
        tokens += inputs[0].numel()

    model.get_input_embeddings().register_forward_pre_hook(count)
    trainer.remove_callback(PrinterCallback)
    seconds = trainer.train().metrics["train_runtime"]
    model.save_pretrained(str(folder / "adapter"))
    peak = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0
    return Result(seconds=seconds, tokens=tokens, gpu_bytes=peak)


def main(side: str, folder: Path) -> None:
    """Train one side."""
    config = RunConfig(**json.loads((folder / TASK).read_text()))
    tokenizer = chat_tokenizer(config.base_model)
    rows = [tokenizer.row(example.as_dicts()) for example in read_examples(folder / ROWS)]
    result = SIDES[side](config, rows, folder)
    (folder / RESULT).write_text(result.model_dump_json())


if __name__ == "__main__":
    typer.run(main)
