"""Everything that a clone of the authors' repository holds for the lab, and what is left out."""

import shlex
from collections import Counter
from itertools import groupby
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from backend.datasets.paper.clone import ClonedFile, open_clone
from backend.datasets.paper.reading import LINK, QUESTIONS, ROWS, Part, Report, counted, part_of
from backend.datasets.paper.rows import PaperDataset
from backend.errors import InvalidDataError
from backend.machine.confinement import confined
from backend.probes.judges import Judge
from backend.probes.loading import Probe

NO_EXPERIMENT = "belongs to no experiment with data"


class Pack(BaseModel):
    """The contents of a clone."""

    model_config = ConfigDict(frozen=True)

    commit: str
    datasets: list[PaperDataset]
    probes: list[Probe]
    judges: list[Judge]
    reports: list[Report]
    """One for each file of an experiment, and for each other folder."""
    pointers: list[str]
    """Files that Git LFS has not fetched."""

    @property
    def fetch(self) -> str:
        """The shell command that fetches the missing files; empty if none is missing."""
        # Names of files are others' texts, and this one is pasted into a shell.
        names = shlex.quote(",".join(self.pointers))
        return f"git lfs pull --include {names}" if self.pointers else ""

    def summary(self, outcomes: dict[str, str]) -> str:
        """Return how much was read, and what saving it did, in a sentence.

        Args:
            outcomes: As `save_pack` returns them; empty if nothing was saved.
        """
        parts = [
            counted(self.datasets, "dataset"),
            counted(self.probes, "probe"),
            counted(self.judges, "judge"),
        ]
        read = f"{', '.join(parts[:2])} and {parts[2]}"
        done = Counter(outcomes.values())
        told = [
            f"{done.pop(word)} {word}" for word in ("new", "updated", "unchanged") if done[word]
        ]
        refused = [f"{place}: {why}" for place, why in outcomes.items() if why in done]
        return "; ".join([read, *told, *refused]) + "."


def _part(files: list[ClonedFile], commit: str) -> Part:
    """Read one experiment's files in one child process, if that suffices."""
    try:
        return confined(part_of, files, commit, subject=files[0].experiment.title)
    except InvalidDataError:  # A file takes too much; in a child of its own it costs no other.
        return part_of(files, commit)


def read_pack(folder: Path) -> Pack:
    """Read a clone, or the folder of one of its experiments; nothing in it is executed.

    A file that can't be used does not hold up the others: its report says why.

    Raises:
        InvalidDataError: the folder holds no experiment of the paper.
        UserError: it can't be read.
    """
    clone = open_clone(folder)
    parts = [
        _part(list(files), clone.commit)
        for _, files in groupby(clone.files, key=lambda file: file.experiment)
    ]
    others = [
        Report(file=f"{n}/", problem=LINK if (clone.root / n).is_symlink() else NO_EXPERIMENT)
        for n in clone.others
    ]
    return Pack(
        commit=clone.commit,
        datasets=[dataset for part in parts for dataset in part.datasets],
        probes=[probe for part in parts for probe in part.probes],
        judges=[judge for part in parts for judge in part.judges],
        reports=[*(report for part in parts for report in part.reports), *others],
        pointers=[
            file.name
            for file in clone.files
            if file.ending in (*ROWS, *QUESTIONS) and file.is_pointer
        ],
    )
