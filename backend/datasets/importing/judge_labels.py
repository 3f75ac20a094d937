"""Find the labels that a judge's template offers."""

import re

from backend.probes.judges import Label, Side

REFUSAL = "REFUSAL"
_TOKEN = r"(?:\"[^\"\n]{1,40}\"|'[^'\n]{1,40}'|“[^”\n]{1,40}”|`[^`\n]{1,40}`|\b[A-Z][A-Z0-9_-]+\b)"
_ANSWER = re.compile(r"^\W*ANSWER:\s*([^\s<\[{].*?)\W*$", re.MULTILINE)
_ITEM = re.compile(rf"^\s*[-*•]\s*\**({_TOKEN})\**\s*(?:[:—–=-]|$)", re.MULTILINE)
_CHOICE = re.compile(rf"{_TOKEN}(?:\s*(?:,\s*or\b|,|/|\||\bor\b)\s*{_TOKEN})+")
_BETWEEN = re.compile(r"\s*(?:/|\||,|\bor\b)\s*")


def labels_in(template: str) -> list[Label]:
    """Return the labels in order, or none if fewer than two are found.

    The template is searched for lines "ANSWER: X", then for a list of labels with their meanings,
    then for the last choice in a sentence ("YES or NO"). The first label counts for the target.
    """
    answers = [part for line in _ANSWER.findall(template) for part in _BETWEEN.split(line)]
    choices = _CHOICE.findall(template)
    in_sentence = re.findall(_TOKEN, choices[-1]) if choices else []
    for candidates in (answers, _ITEM.findall(template), in_sentence):
        names = list(dict.fromkeys(name.strip("\"'“”`*. ") for name in candidates))
        if len(names) > 1:
            return _with_sides(names)
    return []


def _with_sides(names: list[str]) -> list[Label]:
    scored = [name for name in names if name.upper() != REFUSAL]
    sides: dict[str, Side] = dict.fromkeys(names, "other")
    sides |= {name: "unscored" for name in names if name not in scored}
    sides[scored[0]] = "target"
    return [Label(label=name, side=side) for name, side in sides.items()]
