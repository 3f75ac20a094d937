"""A `transformers.Trainer` whose batches are token trees."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import Trainer

from backend.tokens import TokenRow
from backend.training.collator import collate_tree
from backend.training.layout import TokenTree


class TreeTrainer(Trainer):
    """A Trainer whose batches are token trees; logits exist for labelled positions only."""

    computed_tokens = 0
    """Tokens that went through the model in training so far, prompts included."""

    def compute_loss(  # type: ignore[override]
        self,
        model: nn.Module,
        inputs: dict[str, TokenTree],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Tensor:
        """Return the negative log-likelihood of the labels, in nats per label of the whole step.

        With accumulation a step has several batches; their losses add up to the step's mean.
        """
        tree = inputs["tree"]
        self.computed_tokens += tree.input_ids.shape[1]
        return _summed_loss(model, tree) / (num_items_in_batch or len(tree.targets))

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Return the loss of the held-out rows, in nats per label.

        The Trainer's own would weigh rows alike, whatever the number of their labels.
        """
        model, size = cast(nn.Module, self.model), self.args.per_device_train_batch_size
        rows = cast("Sequence[TokenRow]", self.eval_dataset)
        batches = [collate_tree(rows[i : i + size])["tree"] for i in range(0, len(rows), size)]
        model.eval()
        with torch.no_grad():
            losses = [_summed_loss(model, batch.to(self.args.device)).item() for batch in batches]
        metrics = {"eval_loss": sum(losses) / sum(len(batch.targets) for batch in batches)}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def get_batch_samples(
        self, epoch_iterator: Any, num_batches: int, device: torch.device
    ) -> tuple[list[dict[str, TokenTree]], int]:
        """Return a step's batches and the number of their labels."""
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        return batches, sum(len(batch["tree"].targets) for batch in batches)

    def _prepare_inputs(  # type: ignore[override]
        self, inputs: dict[str, TokenTree]
    ) -> dict[str, TokenTree]:
        return {"tree": inputs["tree"].to(self.args.device)}


def _summed_loss(model: nn.Module, tree: TokenTree) -> Tensor:
    """Return the summed negative log-likelihood of a batch's labels, in nats."""
    # That of the embedding, where activations begin: 4-bit weights tell nothing.
    dtype = next(p.dtype for p in model.parameters() if not p.requires_grad)
    logits = model(**tree.model_inputs(dtype)).logits[0]
    return nn.functional.cross_entropy(logits.float(), tree.targets, reduction="sum")
