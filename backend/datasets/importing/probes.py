"""Make probes of a question file, and keep them with their judges."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from backend.config import settings
from backend.datasets.importing.folders import LONGEST_ID, check_id, scratch, slug, write_yaml
from backend.datasets.importing.questions import Entry, QuestionFile, title_of
from backend.errors import InvalidDataError, NotFoundError
from backend.files import first_problem
from backend.probes.judges import Judge, load_judge
from backend.probes.loading import Probe, Prompt, Sides, load_probe

MOST_SAMPLES = 1000
"""As many as a probe may suggest."""


def probes_of(
    file: QuestionFile, probe_id: str, title: str, section: str = "", content_note: str = ""
) -> list[Probe]:
    """Return the probes that a question file makes: one for each set of judges.

    A probe's judges judge all its answers, so questions with judges of their own can't share one.

    Raises:
        InvalidDataError: a question holds what a probe can't.
    """
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for entry in file.questions:
        groups.setdefault(tuple(sorted(set(entry.judges.values()))), []).append(entry)
    probes: list[Probe] = []
    for judges, entries in groups.items():
        ending = "" if len(groups) == 1 else f": {title_of(entries[0].id)}"
        wanted = probe_id if len(groups) == 1 else slug(f"{probe_id}_{entries[0].id}")
        fields = {
            "id": _unique(wanted, {probe.id for probe in probes}),
            "title": title + ending,
            "question": f"What do the answers to the questions of {file.name} say?",
            "section": section,
            "sides": _sides([file.judges[name] for name in judges]),
            "judges": [file.judges[name].id for name in judges],
            "content_note": content_note,
            "samples": min(MOST_SAMPLES, max(e.samples_per_paraphrase for e in entries)),
            "prompts": _prompts(entries),
        }
        probes.append(_checked(file, fields))
    return probes


def _checked(file: QuestionFile, fields: dict[str, Any]) -> Probe:
    try:
        return Probe(sha256="", **fields)
    except ValidationError as error:
        raise InvalidDataError(f"{file.name}: {first_problem(error)}.") from error


def _sides(judges: list[Judge]) -> Sides:
    """Return what the two ends mean: the labels of the first choice, else high and low ratings."""
    choice = next((judge for judge in judges if judge.kind == "choice"), None)
    if choice:
        target, *others = [each.label for each in choice.labels if each.side != "unscored"]
        return Sides(target=target, other=" or ".join(others) or "anything else")
    return Sides(target="high", other="low") if judges else Sides(target="target", other="other")


def _prompts(entries: list[Entry]) -> list[Prompt]:
    """Return a prompt for each paraphrase."""
    prompts: list[Prompt] = []
    for entry in entries:
        for number, text in enumerate(entry.paraphrases, 1):
            several = len(entry.paraphrases) > 1
            wanted = slug(f"{entry.id}_{number}" if several else entry.id)
            prompt_id = _unique(wanted, {prompt.id for prompt in prompts})
            title = title_of(entry.id) + (f" {number}" if several else "")
            prompts.append(Prompt(id=prompt_id, title=title, text=text))
    return prompts


def _unique(wanted: str, taken: set[str]) -> str:
    """Return an id that is not taken, with a number at its end if need be."""
    found, number = wanted, 1
    while found in taken:
        number += 1
        found = f"{wanted[: LONGEST_ID - len(str(number)) - 1]}_{number}"
    return found


def save_probes(file: QuestionFile, probes: list[Probe]) -> list[Probe]:
    """Keep probes with the judges that they name: all of them, or none.

    A judge that is there already with the same template is used as it is; one with another
    template gets an id of its own.

    Raises:
        InvalidDataError: a probe's id is taken or no id at all.
        UserError: the files can't be written.
    """
    for probe in probes:
        check_id("probes", probe.id)
    judges, names = _judges_to_keep(file)
    home = settings().home
    kept: list[Path] = []
    with scratch("judges") as of_judges, scratch("probes") as of_probes:
        for judge in judges:
            _write(of_judges, judge)
        for probe in probes:
            own = [names[judge] for judge in probe.judges]
            _write(of_probes, probe.model_copy(update={"judges": own}))
        # Probes come last, so that none is ever there without its judges.
        moves = [(path, home / "judges" / path.name) for path in of_judges.iterdir()]
        moves += [(path, home / "probes" / path.name) for path in of_probes.iterdir()]
        try:
            for made, target in moves:
                made.rename(target)
                kept.append(target)
        except OSError:
            for path in kept:
                path.unlink()
            raise
    return [load_probe(probe.id) for probe in probes]


def _judges_to_keep(file: QuestionFile) -> tuple[list[Judge], dict[str, str]]:
    """Return the judges that are not there yet, and the id under which each will be found."""
    judges, names = [], {}
    taken: set[str] = set()
    for judge in file.judges.values():
        free = judge.id
        while (there := _there(free)) and not _same(there, judge):
            taken.add(free)
            free = _unique(judge.id, taken)
        names[judge.id] = free
        if not there:
            judges.append(judge.model_copy(update={"id": free}))
    return judges, names


def _there(judge_id: str) -> Judge | None:
    try:
        return load_judge(judge_id)
    except NotFoundError:
        return None


def _same(one: Judge, other: Judge) -> bool:
    return (one.kind, one.prompt) == (other.kind, other.prompt)


def _write(folder: Path, content: Probe | Judge) -> None:
    fields = content.model_dump(exclude={"id", "sha256"}, exclude_defaults=True)
    write_yaml(folder / f"{content.id}.yaml", fields)
