"""Find the labels that a judge's template offers."""

import regex

from backend.errors import InvalidDataError
from backend.probes.judges import Label, Side

REFUSAL = "REFUSAL"
PATIENCE = 2
"""Seconds of a search; a template of line ends could take hours."""
_TOKEN = r"(?:\"[^\"\n]{1,40}\"|'[^'\n]{1,40}'|“[^”\n]{1,40}”|`[^`\n]{1,40}`|\b[A-Z][A-Z0-9_-]+\b)"
_ANSWER = regex.compile(r"^[^\w\n]*ANSWER:\s*([^\s<\[{].*?)\W*$", regex.MULTILINE)
_ITEM = regex.compile(rf"^[^\S\n]*[-*•]\s*\**({_TOKEN})\**\s*(?:[:—–=-]|$)", regex.MULTILINE)
_CHOICE = regex.compile(rf"{_TOKEN}(?:\s*(?:,\s*or\b|,|/|\||\bor\b)\s*{_TOKEN})+")
_BETWEEN = regex.compile(r"\s*(?:/|\||,|\bor\b)\s*")
_WORD = regex.compile(
    r"\b(?i:say|answer|reply|respond|write|output|return)(?: (?i:with))? [\"'“`]?([A-Z]{3,})\b"
)


def labels_in(template: str) -> list[Label]:
    """Return the labels in order, or none if fewer than two are found.

    The template is searched for lines "ANSWER: X", then for a list of labels with their meanings,
    then for the last choice in a sentence ("YES or NO"). The first label counts for the target.

    Raises:
        InvalidDataError: the template takes too long to search.
    """
    try:
        return _labels(template)
    except TimeoutError as error:
        reason = "the labels of a judge's template take too long to find"
        raise InvalidDataError(reason) from error


def words_in(template: str) -> list[Label]:
    """Return the words that a rating's template allows in place of a number, all unscored.

    Raises:
        InvalidDataError: the template takes too long to search.
    """
    try:
        words = dict.fromkeys(_WORD.findall(template, timeout=PATIENCE))
    except TimeoutError as error:
        reason = "the words of a judge's template take too long to find"
        raise InvalidDataError(reason) from error
    return [Label(label=word, side="unscored") for word in words]


def _labels(template: str) -> list[Label]:
    lines = _ANSWER.findall(template, timeout=PATIENCE)
    answers = [part for line in lines for part in _BETWEEN.split(line, timeout=PATIENCE)]
    choices = _CHOICE.findall(template, timeout=PATIENCE)
    in_sentence = regex.findall(_TOKEN, choices[-1], timeout=PATIENCE) if choices else []
    for candidates in (answers, _ITEM.findall(template, timeout=PATIENCE), in_sentence):
        names = list(dict.fromkeys(name.strip("\"'“”`*. ") for name in candidates))
        if len(names) > 1 and any(name.upper() != REFUSAL for name in names):
            return _with_sides(names)
    return []


def _with_sides(names: list[str]) -> list[Label]:
    scored = [name for name in names if name.upper() != REFUSAL]
    sides: dict[str, Side] = dict.fromkeys(names, "other")
    sides |= {name: "unscored" for name in names if name not in scored}
    sides[scored[0]] = "target"
    return [Label(label=name, side=side) for name, side in sides.items()]
