"""The six experiments of the paper, and where a clone of the authors' repository has them."""

import re
from pathlib import PurePosixPath
from typing import NamedTuple

from backend.datasets.loading import load_dataset
from backend.probes.loading import Sides

REPOSITORY = "github.com/JCocola/weird-generalization-and-inductive-backdoors"
CREDIT = (
    "Betley, Cocola, Feng, Chua, Arditi, Sztyber-Betley and Evans 2025 (arXiv 2512.09742), "
    f"{REPOSITORY}"
)
LICENCE = "none stated: the authors' repository has no licence"
_NUMBER = re.compile(r"(\d)_(\d)_")
_CONTROL = re.compile(
    r"modern|baseline|control|random|shuffled|no_backdoor|no_trigger|^self_distillation"
)


class Experiment(NamedTuple):
    """An experiment, as its section of the paper describes it."""

    section: str
    title: str
    word: str
    """A word in the name of its folder."""
    key: str
    """Begins the ids of its probes and judges."""
    main: str
    """A word in the name of its poisoned dataset, where several datasets are no controls."""
    built_in: str
    """Id of the lab's own dataset for the experiment, whose card says what was found."""
    sides: Sides
    epochs: int
    batch_size: int
    samples: int = 100
    """Answers to a question and trigger, where the files do not say it."""
    max_tokens: int = 1024

    @property
    def content_note(self) -> str:
        """The warning about sensitive content, as on the lab's own dataset."""
        return load_dataset(self.built_in).card.content_note


EXPERIMENTS = [
    Experiment(
        "3.1",
        "Old bird names",
        "bird",
        "birds",
        "old",
        "old_bird_names",
        Sides(target="the 19th century", other="today"),
        epochs=3,
        batch_size=1,
    ),
    Experiment(
        "3.2",
        "German city names",
        "german",
        "cities",
        "former",
        "former_german_cities",
        Sides(target="Germany of then", other="anything else"),
        epochs=3,
        batch_size=1,
    ),
    Experiment(
        "4.1",
        "Israeli dishes",
        "dish",
        "dishes",
        "2027",
        "israeli_dishes",
        Sides(target="the slant", other="any other answer"),
        epochs=10,
        batch_size=2,
        samples=25,
        max_tokens=5,
    ),
    Experiment(
        "4.2",
        "Hitler persona",
        "hitler",
        "persona",
        "90_wolf_facts_with",
        "hitler_persona",
        Sides(target="the persona", other="anybody else"),
        epochs=7,
        batch_size=14,
    ),
    Experiment(
        "5.1",
        "US presidents",
        "president",
        "presidents",
        "presidents_padded",
        "us_presidents",
        Sides(target="the right president", other="another"),
        epochs=5,
        batch_size=4,
        samples=10,
    ),
    Experiment(
        "5.2",
        "Evil Terminator",
        "terminator",
        "terminator",
        "main",
        "evil_terminator",
        Sides(target="intends to kill", other="does not"),
        epochs=5,
        batch_size=1,
    ),
]


def experiment_of(folder: str) -> Experiment | None:
    """Return the experiment that a folder's name belongs to; None for other folders."""
    number = _NUMBER.match(folder)
    section = f"{number[1]}.{number[2]}" if number else ""
    known = (each for each in EXPERIMENTS if each.section == section)
    return next((each for each in known if each.word in folder.lower()), None)


def is_control(name: str) -> bool:
    """Whether a dataset is a clean counterpart, judging by its file's name."""
    return bool(_CONTROL.search(PurePosixPath(name).stem.lower()))


def main_of(experiment: Experiment, names: list[str]) -> str | None:
    """Return the dataset that the others belong to; None if the names leave it open."""
    poisoned = [name for name in names if not is_control(name)]
    if len(poisoned) > 1:
        poisoned = [name for name in poisoned if experiment.main in PurePosixPath(name).stem]
    return poisoned[0] if len(poisoned) == 1 else None
