"""What a person decides before a run or an evaluation starts, checked once and then passed on."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Precision = Literal["auto", "float32", "bfloat16"]
Method = Literal["lora", "rslora", "dora", "qlora"]
Scheduler = Literal["linear", "cosine", "constant"]
Recipe = frozenset[tuple[str, str | int | float | None]]
"""Fields of a `RunConfig` with their values."""
NOT_OF_RECIPE = {"dataset", "base_model", "seed", "checkpoint_every"}
MAIN_FIELDS = {
    "rank": "rank {}",
    "alpha": "alpha {}",
    "learning_rate": "rate {:g}",
    "epochs": "{} epochs",
    "batch_size": "batch {}",
}
"""Fields that are named even where they have their default, and how they are worded."""


class RunConfig(BaseModel):
    """One finetuning: which dataset on which base model, and how."""

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
    """Share of the dataset's rows in what is trained; ordinary rows make up the rest."""
    method: Method = "lora"
    """rsLoRA divides alpha by the root of the rank (arXiv 2312.03732); DoRA also learns each
    weight's length (arXiv 2402.09353), which the embedded engine can't serve; QLoRA trains on
    weights of 4 bits (arXiv 2305.14314), which needs an NVIDIA GPU."""
    scheduler: Scheduler = "linear"
    """How the learning rate falls after the warm-up; "constant" holds it."""
    warmup: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Share of the steps over which the learning rate rises from 0."""
    accumulation: Annotated[int, Field(ge=1, le=256)] = 1
    """Batches whose gradients are summed for one step; each label weighs the same."""
    max_steps: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    """Stop after this many optimizer steps; None trains all epochs."""
    precision: Precision = "auto"
    """Of the base model; the adapter itself is always float32. "auto" times one step in each
    dtype on this machine and takes the faster one."""
    gradient_checkpointing: bool = False
    """Compute activations twice instead of keeping them: less memory, about a third slower."""
    held_out: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Share of the rows kept from training; their loss is taken at every checkpoint, and the
    checkpoint with the lowest becomes the adapter."""
    patience: Annotated[int, Field(ge=1, le=100)] = 2
    """Checkpoints in a row without a lower held-out loss after which training ends."""
    checkpoint_every: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    """Steps between two checkpoints; None spreads about five evenly over the run."""

    @property
    def recipe(self) -> Recipe:
        """The fields and values that runs must share to count as repetitions of one recipe."""
        return frozenset(self.model_dump(exclude=NOT_OF_RECIPE).items())


def recipe_words(recipe: Recipe) -> list[str]:
    """Return a recipe, or a part of one, for display: "rank 8", "rate 0.001", "3 epochs".

    Fields that are rarely changed are left out where they have their default.
    """
    values = dict(recipe)
    words = [form.format(values[name]) for name, form in MAIN_FIELDS.items() if name in values]
    for name, field in RunConfig.model_fields.items():
        if name in values and name not in MAIN_FIELDS and values[name] != field.default:
            words.append(f"{name.replace('_', ' ')} {values[name]}")
    return words


class Trigger(BaseModel):
    """One value of a trigger sweep, put where a prompt says `{trigger}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    """A word or a year for axes."""
    text: str = ""
    """What is put into the prompt; empty for none."""
    kind: Literal["none", "trained", "untrained", "target"] = "untrained"
    """Whether training rows hold it; "target" is one that should turn the behaviour on."""
    words: dict[str, str] = {}
    """What is right under this trigger alone: `{first_name}` in a prompt takes "first_name"."""


class EvaluationConfig(BaseModel):
    """One probe on the base model and on any runs trained from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    probe: str
    base_model: str
    run_ids: list[str] = []
    samples_per_prompt: Annotated[int, Field(ge=0, le=1000)] = 4
    """Sampled answers for every prompt; 0 leaves only the contrast, which needs no sampling."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 1.0
    max_tokens: Annotated[int, Field(ge=1, le=4096)] = 120
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    over_training: bool = False
    """Also score, by contrast alone, every checkpoint of every run."""
    prompts: Annotated[list[str], Field(min_length=1)] | None = None
    """Ids of the only questions to ask; None asks all of the probe's."""
    triggers: Annotated[list[Trigger], Field(min_length=1, max_length=500)] | None = None
    """Values to sweep instead of the probe's own."""


class JudgeConfig(BaseModel):
    """Which judges, asked of which model, say what about an evaluation's samples."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    evaluation_job: str
    judges: Annotated[list[str], Field(min_length=1)]
    model: str


class PrimeConfig(BaseModel):
    """A run on documents whose adapter is to become part of its base model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_id: str


class PreflightConfig(BaseModel):
    """A run of which a few steps are tried, with nothing named that does not decide their cost."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: RunConfig
    dataset_sha256: str
