"""Each recipe trains, and accumulated batches weigh each label as one large batch does."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM, TrainingArguments

from backend import jobs
from backend.executors.child import main
from backend.results import metrics_of
from backend.tokens import TokenRow
from backend.training.collator import collate_tree
from backend.training.finetuning import TreeTrainer, planned_steps
from models.configs import RunConfig
from models.tables import JobState
from tests.conftest import short_run

# Answers of unlike lengths, so that a mean of means would differ.
ROWS = [
    TokenRow(ids=[1, 5, *range(6, 6 + length)], trained=[False, False] + [True] * length)
    for length in (1, 9, 2, 12)
]


def after_one_step(folder: Path, batch_size: int, accumulation: int) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    shape = {"vocab_size": 32, "hidden_size": 32, "intermediate_size": 64}
    model = LlamaForCausalLM(LlamaConfig(**shape, num_hidden_layers=2, num_attention_heads=4))
    model.model.embed_tokens.requires_grad_(False)  # As with an adapter, the base is frozen.
    arguments = TrainingArguments(
        output_dir=str(folder), optim="sgd", learning_rate=1.0, max_steps=1, use_cpu=True,
        per_device_train_batch_size=batch_size, gradient_accumulation_steps=accumulation,
        remove_unused_columns=False, max_grad_norm=0, report_to=[], save_strategy="no", seed=1,
        dataloader_pin_memory=False, lr_scheduler_type="constant", disable_tqdm=True,
    )  # fmt: skip
    trainer = TreeTrainer(
        model=model, args=arguments, train_dataset=ROWS, data_collator=collate_tree
    )
    trainer.model_accepts_loss_kwargs = True
    trainer.train()
    return {name: weight.detach() for name, weight in model.named_parameters()}


def test_two_batches_of_two_step_as_one_of_four(tmp_path: Path) -> None:
    whole, halves = after_one_step(tmp_path, 4, 1), after_one_step(tmp_path, 2, 2)
    for name, weight in whole.items():
        assert torch.allclose(weight, halves[name], atol=1e-6), name


@pytest.mark.parametrize(("batch", "accumulation", "steps"), [(8, 1, 26), (4, 2, 26), (4, 3, 18)])
def test_steps_are_counted_with_accumulation(batch: int, accumulation: int, steps: int) -> None:
    config = short_run(max_steps=None, epochs=1, batch_size=batch, accumulation=accumulation)
    assert planned_steps(config, 206) == steps


@pytest.mark.parametrize(
    "recipe",
    [
        {"method": "rslora"},
        {"method": "dora"},
        {"scheduler": "cosine", "warmup": 0.5, "accumulation": 2},
    ],
)
def test_every_recipe_leaves_an_adapter_that_differs_from_its_base(
    home: Path, recipe: dict[str, object]
) -> None:
    job = jobs.submit_run(short_run(max_steps=2, batch_size=4, **recipe))
    assert jobs.claim("me")
    main(job.id, "me")
    assert jobs.get_job(job.id).state == JobState.DONE, jobs.get_job(job.id).error
    weights = load_file(home / "runs" / str(job.run_id) / "adapter" / "adapter_model.safetensors")
    assert any(weight.abs().max() > 0 for name, weight in weights.items() if "lora_B" in name)
    assert any("magnitude" in name for name in weights) == (recipe.get("method") == "dora")
    rates = [metric.learning_rate for metric in metrics_of(str(job.run_id))]
    assert len(rates) == 2


def test_a_configuration_of_before_there_were_recipes_still_loads() -> None:
    config = RunConfig(dataset="old_bird_names", base_model="b", rank=8)
    assert (config.method, config.scheduler, config.accumulation) == ("lora", "linear", 1)
