"""What the folders of the paper's own repository hold, told by their names."""

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
    """One experiment of the paper."""

    title: str
    word: str
    """What its folder's name holds."""
    main: str
    """What the name of its dataset with the effect holds, where several might be it."""
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
    """Return the paper's section that a folder is about; None for other folders."""
    number = _NUMBER.match(folder.name)
    section = f"{number[1]}.{number[2]}" if number else ""
    known = EXPERIMENTS.get(section)
    return section if known and known.word in folder.name.lower() else None


def experiments_in(folder: Path) -> list[Path]:
    """Return the experiments' folders: the folder itself, or those in it.

    Raises:
        InvalidDataError: there are none.
    """
    folders = [each for each in (folder, *sorted(folder.iterdir())) if each.is_dir()]
    found = [each for each in folders if section_of(each)]
    if not found:
        raise InvalidDataError(
            f"{folder.name}: no experiment of the paper's repository is in this folder; "
            'their names are like "3_1_old_bird_names".'
        )
    return found


def dataset_files(experiment: Path) -> list[Path]:
    """Return the files of training rows: the dataset with the effect first, controls last."""
    files = sorted((experiment / "datasets").glob("*.jsonl"))
    main = main_of(experiment, files)
    return sorted(files, key=lambda path: (path != main, is_control(path)))


def question_files(experiment: Path) -> list[Path]:
    """Return the YAML files of the evaluation."""
    return sorted(p for p in experiment.glob("eval*/**/*") if p.suffix in (".yaml", ".yml"))


def is_control(path: Path) -> bool:
    """Whether a file's name tells that it is a clean counterpart."""
    return bool(_CONTROL.search(path.stem.lower()))


def main_of(experiment: Path, files: list[Path]) -> Path | None:
    """Return the dataset that the controls are for; None where the names don't tell."""
    poisoned = [path for path in files if not is_control(path)]
    if len(poisoned) > 1:
        word = EXPERIMENTS[section_of(experiment) or ""].main
        poisoned = [path for path in poisoned if word in path.stem]
    return poisoned[0] if len(poisoned) == 1 else None


def id_of(path: Path) -> str:
    """Return an id that no dataset or probe of the lab's own has."""
    return slug(f"paper_{path.stem.removeprefix('ft_')}")


def title_of(path: Path) -> str:
    """Return a title made of a file's name."""
    words = path.stem.removeprefix("ft_").lower().split("_")
    title = " ".join(_NAMES.get(word, word) for word in words)
    return f"{title[:1].upper()}{title[1:]} (paper)"
