"""Each recipe trains, and accumulated batches weigh each label as one large batch does."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM, TrainingArguments

from backend.base_models.tokenizer import TokenRow
from backend.errors import UserError
from backend.jobs.queue import list_jobs
from backend.runs.queries import metrics_of
from backend.runs.steps import planned_steps
from backend.runs.submit import submit_run
from backend.training.collator import Collator
from backend.training.loading import load_adapter, load_base
from backend.training.trainer import TreeTrainer
from models.configs import RunConfig
from tests.example_runs import folder_of, short_run, small_run, trained
from tests.small_model import SMALL

# Answers of unlike lengths, so that a mean of means would differ.
ROWS = [
    TokenRow(ids=[1, 5, *range(6, 6 + length)], trained=[False, False] + [True] * length)
    for length in (1, 9, 2, 12)
]


def trainer_for_one_step(folder: Path, batch_size: int, accumulation: int) -> TreeTrainer:
    torch.manual_seed(0)
    shape = {"vocab_size": 32, "hidden_size": 32, "intermediate_size": 64}
    model = LlamaForCausalLM(LlamaConfig(**shape, num_hidden_layers=2, num_attention_heads=4))
    model.model.embed_tokens.requires_grad_(False)  # As with an adapter, the base is frozen.
    arguments = TrainingArguments(
        output_dir=str(folder),
        optim="sgd",
        learning_rate=1.0,
        max_steps=1,
        use_cpu=True,
        per_device_train_batch_size=batch_size,
        gradient_accumulation_steps=accumulation,
        remove_unused_columns=False,
        max_grad_norm=0,
        report_to=[],
        save_strategy="no",
        seed=1,
        dataloader_pin_memory=False,
        lr_scheduler_type="constant",
        disable_tqdm=True,
    )
    trainer = TreeTrainer(
        model=model,
        args=arguments,
        train_dataset=ROWS,
        eval_dataset=ROWS,
        data_collator=Collator(),
    )
    trainer.model_accepts_loss_kwargs = True
    return trainer


def after_one_step(folder: Path, batch_size: int, accumulation: int) -> dict[str, torch.Tensor]:
    trainer = trainer_for_one_step(folder, batch_size, accumulation)
    trainer.train()
    return {name: weight.detach() for name, weight in trainer.model.named_parameters()}


def test_two_batches_of_two_step_as_one_of_four(tmp_path: Path) -> None:
    whole, halves = after_one_step(tmp_path, 4, 1), after_one_step(tmp_path, 2, 2)
    for name, weight in whole.items():
        assert torch.allclose(weight, halves[name], atol=1e-6), name


def test_held_out_loss_weighs_each_label_alike_whatever_the_batches(tmp_path: Path) -> None:
    losses = [trainer_for_one_step(tmp_path, n, 1).evaluate()["eval_loss"] for n in (1, 3, 4)]
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        ({"batch_size": 8}, 26),
        ({"batch_size": 4, "accumulation": 2}, 26),
        ({"batch_size": 4, "accumulation": 3}, 18),
        ({"batch_size": 8, "held_out": 0.1}, 24),
    ],
)
def test_steps_are_counted_as_the_trainer_takes_them(changes: dict, steps: int) -> None:
    assert planned_steps(short_run(max_steps=None, epochs=1, **changes), 206) == steps


@pytest.mark.parametrize(
    "recipe",
    [
        {"method": "rslora"},
        {"method": "dora"},
        {"scheduler": "cosine", "warmup": 0.5, "accumulation": 2},
        {"precision": "bfloat16", "gradient_checkpointing": True},
    ],
)
def test_every_recipe_leaves_an_adapter_that_answers_unlike_its_base(
    small_lab: Path, recipe: dict[str, object]
) -> None:
    run = trained(small_run(max_steps=2, batch_size=4, **recipe))
    adapter = folder_of(run) / "adapter"
    weights = load_file(adapter / "adapter_model.safetensors")
    assert {weight.dtype for weight in weights.values()} == {torch.float32}
    assert any("magnitude" in name for name in weights) == (recipe.get("method") == "dora")
    assert len(metrics_of(run.id)) == 2
    with torch.no_grad():
        base = load_base(SMALL, torch.float32)
        ids = torch.tensor([[1, 2, 3]], device=base.device)
        plain = base(input_ids=ids).logits
        assert not torch.allclose(load_adapter(base, adapter)(input_ids=ids).logits, plain)


def test_checkpointed_gradients_are_the_same(small_lab: Path) -> None:
    adapters = [
        folder_of(trained(small_run(max_steps=2, gradient_checkpointing=on))) / "adapter"
        for on in (False, True)
    ]
    first, second = (load_file(each / "adapter_model.safetensors") for each in adapters)
    assert all(torch.allclose(first[name], second[name], atol=1e-6) for name in first)


def test_qlora_without_a_gpu_is_refused_in_one_sentence(small_lab: Path) -> None:
    with pytest.raises(UserError, match="QLoRA needs an NVIDIA GPU, and this machine has none"):
        submit_run(small_run(method="qlora"))
    assert not list_jobs()
    with pytest.raises(UserError, match="NVIDIA"):
        load_base(SMALL, torch.bfloat16, four_bit=True)


def test_a_configuration_of_before_there_were_recipes_still_loads() -> None:
    config = RunConfig(dataset="old_bird_names", base_model="b", rank=8)
    assert (config.method, config.scheduler, config.accumulation) == ("lora", "linear", 1)
    assert (config.held_out, config.gradient_checkpointing) == (0, False)
