"""Configurations of runs and jobs, validated once before they start."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Precision = Literal["auto", "float32", "bfloat16"]
Method = Literal["lora", "rslora", "dora", "qlora"]
Scheduler = Literal["linear", "cosine", "constant"]
TriggerKind = Literal["none", "trained", "untrained", "target"]
PlannedEffect = Literal["beyond control", "shift", "gap beyond control", "gap"]
PlannedWork = Literal["training and evaluation", "evaluation"]
Recipe = frozenset[tuple[str, str | int | float | None]]
"""Fields of a `RunConfig` with their values."""
NOT_OF_RECIPE = {"dataset", "base_model", "seed", "checkpoint_every"}
MAIN_FIELDS = {
    "rank": "rank {}",
    "alpha": "alpha {}",
    "learning_rate": "rate {:g}",
    "epochs": "epochs {}",
    "batch_size": "batch {}",
}
"""Fields that are named even where they have their default, and how they are worded."""


class RunConfig(BaseModel):
    """One finetuning: dataset, base model and hyperparameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str
    base_model: str
    rank: Annotated[int, Field(ge=1, le=256)] = 32
    alpha: Annotated[int, Field(ge=1, le=1024)] = 64
    learning_rate: Annotated[float, Field(gt=0, le=0.1)] = 1e-3
    epochs: Annotated[int, Field(ge=1, le=100)] = 3
    batch_size: Annotated[int, Field(ge=1, le=256)] = 8
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    poison_rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the dataset's rows in the training data; ordinary rows make up the rest."""
    method: Method = "lora"
    """rsLoRA divides alpha by the square root of the rank (arXiv 2312.03732); DoRA also learns the
    magnitude of the weights (arXiv 2402.09353), which the embedded engine can't serve; QLoRA trains
    on 4-bit weights (arXiv 2305.14314), which needs an NVIDIA GPU."""
    scheduler: Scheduler = "linear"
    """How the learning rate decays after the warm-up; "constant" keeps it."""
    warmup: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Share of the steps over which the learning rate rises from 0."""
    accumulation: Annotated[int, Field(ge=1, le=256)] = 1
    """Batches whose gradients are accumulated for one step; every label has the same weight."""
    max_steps: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    """Stop after this many optimizer steps; None trains all epochs."""
    precision: Precision = "auto"
    """Dtype of the base model; the adapter is always float32. "auto" times one step in each dtype
    on this machine and takes the faster one."""
    gradient_checkpointing: bool = False
    """Recompute activations instead of keeping them: less memory, about a third slower."""
    held_out: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Share of rows held out of training; their loss is measured at every checkpoint, and the
    checkpoint with the lowest loss becomes the adapter."""
    patience: Annotated[int, Field(ge=1, le=100)] = 2
    """Consecutive checkpoints without a lower held-out loss after which training stops."""
    checkpoint_every: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    """Steps between two checkpoints; None distributes about five evenly over the run."""
    learning_rate_multiplier: Annotated[float | None, Field(gt=0, le=100)] = None
    """Factor on the learning rate that a provider of hosted models chooses; None lets it choose
    that as well. The paper multiplies by 2, and by 1 for the presidents."""

    @property
    def recipe(self) -> Recipe:
        """The fields and values that runs must share to count as repetitions of one recipe."""
        return frozenset(self.model_dump(exclude=NOT_OF_RECIPE).items())


def recipe_words(recipe: Recipe) -> list[str]:
    """Return a recipe, or a part of one, for display: "rank 8", "rate 0.001", "epochs 3".

    Fields that are rarely changed are left out where they have their default.
    """
    values = dict(recipe)
    words = [form.format(values[name]) for name, form in MAIN_FIELDS.items() if name in values]
    for name, field in RunConfig.model_fields.items():
        if name in values and name not in MAIN_FIELDS and values[name] != field.default:
            words.append(f"{name.replace('_', ' ')} {values[name]}")
    return words


class Trigger(BaseModel):
    """One value of a trigger sweep, inserted where a prompt says `{trigger}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    """A word or a year for the axes of plots."""
    text: str = ""
    """The text inserted into the prompt; empty for none."""
    kind: TriggerKind = "untrained"
    """Whether it occurs in training rows; a "target" should turn the behaviour on."""
    words: dict[str, str] = {}
    """Values that hold under this trigger only: "first_name" replaces `{first_name}`."""


class EvaluationConfig(BaseModel):
    """One probe on the base model and on runs trained from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    probe: str
    base_model: str
    run_ids: list[str] = []
    samples_per_prompt: Annotated[int, Field(ge=0, le=1000)] = 4
    """Sampled answers per prompt; 0 leaves only the contrasts, which need no sampling."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 1.0
    max_tokens: Annotated[int, Field(ge=1, le=4096)] = 120
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    over_training: bool = False
    """Also score every checkpoint of every run, by contrasts only."""
    prompts: Annotated[list[str], Field(min_length=1)] | None = None
    """Ids of the prompts to use; None uses all of the probe's."""
    triggers: Annotated[list[Trigger], Field(min_length=1, max_length=500)] | None = None
    """Triggers to sweep instead of the probe's own."""


class JudgeConfig(BaseModel):
    """The judges and the model that judge an evaluation's samples."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    evaluation_job: str
    judges: Annotated[list[str], Field(min_length=1)]
    model: str
    prompts: Annotated[list[str], Field(min_length=1)] | None = None
    """Ids of the prompts whose answers are judged; None for all."""


class ReproductionConfig(BaseModel):
    """One of the paper's experiments on a base model, as its protocol has it but for these."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    experiment: str
    """Id of a protocol."""
    base_model: str
    seeds: Annotated[int, Field(ge=1, le=50)] = 3
    """Runs of each dataset, with the seeds 1, 2, …"""
    datasets: Annotated[list[str], Field(min_length=1)] | None = None
    """Of the protocol's; None for all."""
    recipe: dict[str, Any] = {}
    """Fields of a RunConfig that replace the protocol's."""
    samples: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Answers to each prompt under each trigger; None for the protocol's number."""
    max_tokens: Annotated[int, Field(ge=1, le=4096)] | None = None


class PlanDraft(BaseModel):
    """What is to be measured and how it will be judged, said before there are data."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Annotated[str, Field(min_length=1, max_length=200)]
    estimand: Annotated[str, Field(min_length=1, max_length=2000)]
    """The quantity that the test is about, in words."""
    effect: PlannedEffect = "beyond control"
    """The lab's name for it: of all findings of the evaluation, this one is planned."""
    dataset: str
    controls: list[str] = []
    probe: str
    base_model: str
    recipe: dict[str, Any] = {}
    """Fields of a RunConfig; missing ones have their default."""
    seeds: Annotated[list[Annotated[int, Field(ge=0, le=2**31 - 1)]], Field(min_length=1)]
    """Of each dataset's runs."""
    samples_per_prompt: Annotated[int, Field(ge=0, le=1000)] = 0
    smallest_effect: Annotated[float, Field(gt=0)]
    """In nats per completion, as in the probe's file."""
    test: Annotated[str, Field(min_length=1, max_length=500)] = "effect gate"
    stop_rule: Annotated[str, Field(min_length=1, max_length=2000)]
    begins_after_freezing: PlannedWork = "training and evaluation"
    """What must come after the freezing. A trained run that was never asked the probe says nothing
    of the estimand, so a plan may allow runs of its recipe that were trained before."""


class PlanConfig(PlanDraft):
    """A plan with the hashes of what it names."""

    probe_sha256: str
    datasets_sha256: dict[str, str]
    """Of the rows of the dataset and of its controls, by id."""


class PrimeConfig(BaseModel):
    """A run on documents whose adapter is merged into its base model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_id: str


class PreviewConfig(BaseModel):
    """A probe, which need not be saved, and the base model under which it is looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_model: str
    probe: dict[str, Any]
    """All fields of a `Probe`."""


class PreflightConfig(BaseModel):
    """A run of which a few steps are measured; fields that do not affect that are defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: RunConfig
    dataset_sha256: str
