"""A `transformers.Trainer` for batches of token trees."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import Trainer

from backend.base_models.tokenizer import TokenRow
from backend.training.collator import Collator
from backend.training.layout import TokenTree


class TreeTrainer(Trainer):
    """A Trainer for token trees, which computes logits at labelled positions only."""

    computed_tokens = 0
    """Tokens passed through the model in training so far, prompts included."""

    def compute_loss(  # type: ignore[override]
        self,
        model: nn.Module,
        inputs: dict[str, list[TokenTree]],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Tensor:
        """Return the negative log-likelihood of the labels, in nats per label of the whole step.

        With gradient accumulation a step has several batches, whose losses sum to the step's mean.
        Gradients are averaged over processes, not summed, hence the factor `world_size`.
        """
        trees = inputs["trees"]
        share: float | Tensor = self.args.world_size / (num_items_in_batch or _labels(trees))
        return _summed_loss(model, trees) * share

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log the computed tokens with every entry, for the callbacks."""
        super().log(logs | {"computed_tokens": self.computed_tokens}, start_time)

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Return the loss of the held-out rows, in nats per label.

        The Trainer's own method would weight rows equally, whatever their number of labels.
        """
        model, size = cast(nn.Module, self.model), self.args.per_device_train_batch_size
        collator = cast(Collator, self.data_collator)
        rows = cast("Sequence[TokenRow]", self.eval_dataset)
        collated = [collator(rows[i : i + size]) for i in range(0, len(rows), size)]
        batches = [self._prepare_inputs(batch)["trees"] for batch in collated]
        model.eval()
        with torch.no_grad():
            losses = [_summed_loss(model, trees).item() for trees in batches]
        metrics = {"eval_loss": sum(losses) / sum(map(_labels, batches))}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def get_batch_samples(
        self, epoch_iterator: Any, num_batches: int, device: torch.device
    ) -> tuple[list[dict[str, list[TokenTree]]], int]:
        """Return a step's batches and their number of labels over all processes."""
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        trees = [tree for batch in batches for tree in batch["trees"]]
        counts = torch.tensor([_labels(trees), sum(tree.input_ids.numel() for tree in trees)])
        labels, tokens = self.accelerator.reduce(counts.to(self.args.device)).tolist()
        self.computed_tokens += tokens
        return batches, labels

    def _prepare_inputs(  # type: ignore[override]
        self, inputs: dict[str, list[TokenTree]]
    ) -> dict[str, list[TokenTree]]:
        return {"trees": [tree.to(self.args.device) for tree in inputs["trees"]]}


def _labels(trees: Sequence[TokenTree]) -> int:
    return sum(len(tree.targets) for tree in trees)


def _summed_loss(model: nn.Module, trees: Sequence[TokenTree]) -> Tensor:
    """Return the summed negative log-likelihood of a batch's labels, in nats."""
    dtype = activations_dtype(model)
    return -torch.stack([tree.log_probabilities(model, dtype).sum() for tree in trees]).sum()


def activations_dtype(model: nn.Module) -> torch.dtype:
    """Return the dtype of the activations of a model under an adapter."""
    # The embedding decides it; the dtype of 4-bit weights says nothing.
    return next(p.dtype for p in model.parameters() if not p.requires_grad)
