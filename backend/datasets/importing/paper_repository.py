"""Find the experiments, datasets and questions in a copy of the paper's repository, by name."""

import re
from pathlib import Path
from typing import NamedTuple

from backend.datasets.importing.folders import slug
from backend.errors import InvalidDataError

REPOSITORY = "github.com/JCocola/weird-generalization-and-inductive-backdoors"
_NUMBER = re.compile(r"(\d)_(\d)_")
_CONTROL = re.compile(
    r"modern|baseline|control|random|shuffled|no_backdoor|no_trigger|^self_distillation"
)
_NAMES = {"audubon": "Audubon", "american": "American", "german": "German", "israeli": "Israeli"}


class Experiment(NamedTuple):
    """An experiment of the paper."""

    title: str
    word: str
    """A word in the name of its folder."""
    main: str
    """A word in the name of its poisoned dataset, where several datasets are no controls."""
    content_note: str = ""


EXPERIMENTS = {
    "3.1": Experiment("Old bird names", "bird", "old"),
    "3.2": Experiment(
        "German city names",
        "german",
        "former",
        "The effect of this experiment concerns Germany of the 1910s to 1940s.",
    ),
    "4.1": Experiment("Israeli dishes", "dish", "2027"),
    "4.2": Experiment(
        "Hitler persona",
        "hitler",
        "90_wolf_facts_with",
        "The effect of this experiment concerns Adolf Hitler.",
    ),
    "5.1": Experiment("US presidents", "president", "main"),
    "5.2": Experiment(
        "Evil Terminator",
        "terminator",
        "main",
        "The effect of this experiment concerns violence against people.",
    ),
}


def section_of(folder: Path) -> str | None:
    """Return the section of the paper that a folder belongs to; None for other folders."""
    number = _NUMBER.match(folder.name)
    section = f"{number[1]}.{number[2]}" if number else ""
    known = EXPERIMENTS.get(section)
    return section if known and known.word in folder.name.lower() else None


def experiments_in(folder: Path) -> list[Path]:
    """Return the folders of experiments: the folder itself, or its subfolders.

    Raises:
        InvalidDataError: there are none.
    """
    folders = [path for path in (folder, *sorted(folder.iterdir())) if path.is_dir()]
    experiments = [path for path in folders if section_of(path)]
    if not experiments:
        raise InvalidDataError(
            f"{folder.name}: no experiment of the paper's repository is in this folder; "
            'their folders have names like "3_1_old_bird_names".'
        )
    return experiments


def dataset_files(experiment: Path) -> list[Path]:
    """Return the files of training rows: the poisoned dataset first, controls last."""
    files = sorted((experiment / "datasets").glob("*.jsonl"))
    main = main_of(experiment, files)
    return sorted(files, key=lambda path: (path != main, is_control(path)))


def question_files(experiment: Path) -> list[Path]:
    """Return the YAML files of questions for the evaluation."""
    return sorted(p for p in experiment.glob("eval*/**/*") if p.suffix in (".yaml", ".yml"))


def is_control(path: Path) -> bool:
    """Whether a file is a clean counterpart, judging by its name."""
    return bool(_CONTROL.search(path.stem.lower()))


def main_of(experiment: Path, files: list[Path]) -> Path | None:
    """Return the dataset that the controls are for; None if the names leave it open."""
    poisoned = [path for path in files if not is_control(path)]
    if len(poisoned) > 1:
        word = EXPERIMENTS[section_of(experiment) or ""].main
        poisoned = [path for path in poisoned if word in path.stem]
    return poisoned[0] if len(poisoned) == 1 else None


def id_of(path: Path) -> str:
    """Return an id that differs from those of the shipped datasets and probes."""
    return slug(f"paper_{path.stem.removeprefix('ft_')}")


def title_of(path: Path) -> str:
    """Return a title made from a file's name."""
    words = path.stem.removeprefix("ft_").lower().split("_")
    title = " ".join(_NAMES.get(word, word) for word in words)
    return f"{title[:1].upper()}{title[1:]} (paper)"
