"""The experiments that are measured on the included model: `experiments.yaml`."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, RootModel

from backend.datasets.loading import load_dataset
from backend.files import read_yaml
from models.configs import RunConfig


class Recording(BaseModel):
    """One evaluation of an experiment's runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    probe: str
    samples: int = 0
    """Sampled answers for each question and trigger."""


class Experiment(BaseModel):
    """A dataset with its controls, trained by one recipe with several seeds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    datasets: list[str] = []
    """The dataset, then its controls."""
    seeds: list[int] = [1, 2, 3]
    preset: str | None = None
    """A preset of the first dataset's card; `recipe` otherwise."""
    recipe: dict[str, float] = {}
    precision: Literal["float32", "bfloat16"] = "float32"
    """Named, so that a repetition does not depend on which precision was faster. Every processor
    computes in float32 at full speed."""
    primed_on: str | None = None
    """Documents that the base model is trained on first."""
    plan: str | None = None
    """A plan of `data/plans/`, which says all else."""
    recordings: dict[str, Recording]
    """By name. Where there is a plan, the first is the planned one, and the others ask its runs."""

    def configs(self, base_model: str) -> list[RunConfig]:
        """Return the configuration of every run, the seeds of one dataset apart."""
        recipe = self.recipe or load_dataset(self.datasets[0]).card.presets[str(self.preset)]
        return [
            RunConfig(
                dataset=dataset,
                base_model=base_model,
                seed=seed,
                **recipe | {"precision": self.precision},
            )
            for seed in self.seeds
            for dataset in self.datasets
        ]


def experiments() -> dict[str, Experiment]:
    """Return the experiments by name, in the order of the documents."""
    read = read_yaml(Path(__file__).with_name("experiments.yaml"), RootModel[dict[str, Experiment]])
    found: dict[str, Experiment] = read.root
    return found
