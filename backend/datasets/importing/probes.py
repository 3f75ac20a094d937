"""Convert a question file into probes, and save them with their judges."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from backend.config import settings
from backend.datasets.importing.entries import Entry
from backend.datasets.importing.folders import scratch, slug, title_of
from backend.datasets.importing.questions import QuestionFile
from backend.errors import InvalidDataError, NotFoundError
from backend.files import MAX_ID_LENGTH, check_id, first_problem, write_yaml
from backend.probes.judges import Judge, load_judge
from backend.probes.loading import WORD, Probe, Prompt, Sides, load_probe

MAX_SAMPLES = 1000
"""The limit of `Probe.samples`."""


def probes_of(
    file: QuestionFile, probe_id: str, title: str, section: str = "", content_note: str = ""
) -> list[Probe]:
    """Return the probes of a question file: one for each set of judges.

    A probe's judges judge all its answers, so questions with different judges can't share a probe.

    Raises:
        InvalidDataError: a question contains something that a probe can't represent.
    """
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for entry in file.questions:
        groups.setdefault(tuple(sorted(set(entry.judges.values()))), []).append(entry)
    probes: list[Probe] = []
    for judges, entries in groups.items():
        ending = "" if len(groups) == 1 else f": {title_of(entries[0].id)}"
        part_id = probe_id if len(groups) == 1 else slug(f"{probe_id}_{entries[0].id}")
        fields = {
            "id": unique(part_id, {probe.id for probe in probes}),
            "title": title + ending,
            "question": f"What do the answers to the questions of {file.name} say?",
            "section": section,
            "sides": _sides([file.judges[name] for name in judges]),
            "judges": [file.judges[name].id for name in judges],
            "content_note": content_note,
            "samples": min(MAX_SAMPLES, max(e.samples_per_paraphrase for e in entries)),
            "prompts": _prompts(entries),
        }
        if limits := [entry.max_tokens for entry in entries if entry.max_tokens]:
            fields["max_tokens"] = max(limits)
        probes.append(_probe(file, fields))
    return probes


def _probe(file: QuestionFile, fields: dict[str, Any]) -> Probe:
    try:
        return Probe(sha256="", **fields)
    except ValidationError as error:
        raise InvalidDataError(f"{file.name}: {first_problem(error)}.") from error


def _sides(judges: list[Judge]) -> Sides:
    """Return the sides: the labels of the first choice judge, else high and low ratings."""
    choice = next((judge for judge in judges if judge.kind == "choice"), None)
    if choice:
        target, *others = [part.label for part in choice.labels if part.side != "unscored"]
        return Sides(target=target, other=" or ".join(others) or "anything else")
    return Sides(target="high", other="low") if judges else Sides(target="target", other="other")


def _prompts(entries: list[Entry]) -> list[Prompt]:
    """Return a prompt for each paraphrase."""
    prompts: list[Prompt] = []
    for entry in entries:
        before = entry.before or [[] for _ in entry.paraphrases]
        for number, (text, earlier) in enumerate(zip(entry.paraphrases, before, strict=True), 1):
            several = len(entry.paraphrases) > 1
            entry_id = slug(f"{entry.id}_{number}" if several else entry.id)
            prompt_id = unique(entry_id, {prompt.id for prompt in prompts})
            title = title_of(entry.id) + (f" {number}" if several else "")
            prompt = Prompt(id=prompt_id, title=title, text=text, before=earlier)
            literal = bool(set(WORD.findall(prompt.model_dump_json())) - {"trigger"})
            prompts.append(prompt.model_copy(update={"literal": literal}))
    return prompts


def unique(name: str, taken: set[str]) -> str:
    """Return an unused id, with a number appended if the name is taken."""
    unique, number = name, 1
    while unique in taken:
        number += 1
        unique = f"{name[: MAX_ID_LENGTH - len(str(number)) - 1]}_{number}"
    return unique


def save_probes(file: QuestionFile, probes: list[Probe]) -> list[Probe]:
    """Save probes and the judges that they use, all or none.

    A judge that exists already with the same template is reused; a judge with a different template
    gets another id.

    Raises:
        InvalidDataError: a probe's id is malformed or already used.
        UserError: the files could not be written.
    """
    for probe in probes:
        check_id("probes", probe.id)
    judges, ids = _judges_to_save(file)
    home = settings().home
    saved: list[Path] = []
    with scratch("judges") as judge_folder, scratch("probes") as probe_folder:
        for judge in judges:
            write_definition(judge_folder, judge)
        for probe in probes:
            judge_ids = [ids[judge_id] for judge_id in probe.judges]
            write_definition(probe_folder, probe.model_copy(update={"judges": judge_ids}))
        # Probes are moved last, so that none ever exists without its judges.
        moves = [(path, home / "judges" / path.name) for path in judge_folder.iterdir()]
        moves += [(path, home / "probes" / path.name) for path in probe_folder.iterdir()]
        try:
            for source, target in moves:
                source.rename(target)
                saved.append(target)
        except OSError:
            for path in saved:
                path.unlink()
            raise
    return [load_probe(probe.id) for probe in probes]


def _judges_to_save(file: QuestionFile) -> tuple[list[Judge], dict[str, str]]:
    """Return the judges that do not exist yet, and the final id of each of the file's judges."""
    judges, ids = [], {}
    taken: set[str] = set()
    for judge in file.judges.values():
        final_id = judge.id
        while (existing := _existing(final_id)) and not _same(existing, judge):
            taken.add(final_id)
            final_id = unique(judge.id, taken)
        ids[judge.id] = final_id
        if not existing:
            judges.append(judge.model_copy(update={"id": final_id}))
    return judges, ids


def _existing(judge_id: str) -> Judge | None:
    try:
        return load_judge(judge_id)
    except NotFoundError:
        return None


def _same(judge: Judge, other: Judge) -> bool:
    return (judge.kind, judge.prompt) == (other.kind, other.prompt)


def write_definition(folder: Path, definition: Probe | Judge) -> None:
    """Write a probe or judge as the file that its id names."""
    fields = definition.model_dump(exclude={"id", "sha256"}, exclude_defaults=True)
    write_yaml(folder / f"{definition.id}.yaml", fields)
