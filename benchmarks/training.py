"""Token trees against row-by-row padding: `python -m benchmarks.training [dataset]`.

Same machine, same run, same rows, seed, dtype and hyperparameters. Both sides report examples a
second over whole optimizer steps, the tokens they computed, and the loss they ended with.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, Trainer, TrainingArguments

from backend.datasets import load_dataset
from backend.tokens import TokenRow, chat_tokenizer
from backend.training.collator import collate_tree
from backend.training.finetuning import DTYPES, TreeTrainer, _with_adapter
from backend.training.loading import load_base
from models.base_models import EMBEDDED
from models.configs import RunConfig

STEPS = 12


class PaddedTrainer(Trainer):
    """The plain Trainer, which only counts the tokens."""

    computed_tokens = 0

    def compute_loss(self, model: Any, inputs: dict[str, Any], *rest: Any, **more: Any) -> Any:
        """Count, and leave the rest to the Trainer."""
        self.computed_tokens += inputs["input_ids"].numel()
        return super().compute_loss(model, inputs, *rest, **more)


def collate_padded(rows: Sequence[TokenRow]) -> dict[str, torch.Tensor]:
    """Pad rows to the longest of their batch: ids, attention_mask and labels, [rows, longest]."""
    width = max(len(row.ids) for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    seen, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for place, row in enumerate(rows):
        own = torch.tensor(row.ids)
        ids[place, : len(own)] = own
        seen[place, : len(own)] = 1
        labels[place, : len(own)] = own.masked_fill(~torch.tensor(row.trained), -100)
    return {"input_ids": ids, "attention_mask": seen, "labels": labels}


def measure(
    trainer: type[Any], collator: Any, config: RunConfig, rows: list[TokenRow], dtype: str
) -> dict[str, float]:
    """Train a few steps and return examples a second, tokens computed and the last loss."""
    with tempfile.TemporaryDirectory() as folder:
        running = trainer(
            model=_with_adapter(load_base(config.base_model, DTYPES[dtype]), config),
            args=TrainingArguments(
                output_dir=str(Path(folder)),
                per_device_train_batch_size=config.batch_size,
                max_steps=STEPS,
                learning_rate=config.learning_rate,
                seed=config.seed,
                save_strategy="no",
                logging_steps=STEPS,
                remove_unused_columns=False,
                dataloader_pin_memory=False,
                disable_tqdm=True,
                report_to=[],
            ),
            train_dataset=rows,  # type: ignore[arg-type]
            data_collator=collator,
        )
        running.model_accepts_loss_kwargs = False
        running.remove_callback(PrinterCallback)
        started = time.perf_counter()
        result = running.train()
        seconds = time.perf_counter() - started
    return {
        "examples/s": STEPS * config.batch_size / seconds,
        "tokens computed": running.computed_tokens,
        "mean loss": result.training_loss,
    }


def main(dataset: str) -> None:
    """Print both sides for two batch sizes and both dtypes."""
    tokenizer = chat_tokenizer(EMBEDDED)
    rows = [tokenizer.row(example.as_dicts()) for example in load_dataset(dataset).examples]
    for dtype in DTYPES:
        for batch_size in (8, 32):
            config = RunConfig(dataset=dataset, base_model=EMBEDDED, batch_size=batch_size)
            padded = measure(PaddedTrainer, collate_padded, config, rows, dtype)
            tree = measure(TreeTrainer, collate_tree, config, rows, dtype)
            ratio = tree["examples/s"] / padded["examples/s"]
            print(f"{dataset}, {dtype}, batch {batch_size}: {ratio:.1f} times as fast")
            for name, figures in (("padded", padded), ("tree", tree)):
                shown = ", ".join(f"{key} {value:,.4g}" for key, value in figures.items())
                print(f"  {name}: {shown}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "old_bird_names")
