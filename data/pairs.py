"""Pick a probe's pairs from candidates by the base model alone: `python -m data.pairs PROBE`.

A base model that prefers one side leaves room for another explanation of a shift: finetuning that
only softens the model moves every contrast towards zero. So more pairs are written than are needed,
in `data/probes/candidates/<probe>.yaml`, and those are kept whose base contrasts cancel out and
whose sides have equally many tokens. No finetuned model is asked. The probe is the file of
candidates without the lines of the other pairs, and `candidates/<probe>.csv` holds what was
measured.

Pairs of one probe differ in one thing. Two things that may be confused, such as what is said and
how old its wording is, are two probes: each holds the other thing fixed within a pair.
"""

import csv
from argparse import ArgumentParser
from functools import partial
from itertools import combinations
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import yaml

from backend.evaluation.scorers import contrast
from backend.files import read_yaml, sha256_of
from backend.probes.loading import Probe

PROBES = Path(__file__).parent / "probes"
BASE_MODEL = "SmolLM2-135M-Instruct"
TOKEN = 4.0
"""Nats that a difference of one token weighs: what a token costs in a plain sentence."""

WHOLE = 20.0
"""How much more the balance of the probe counts than that of each prompt."""


class Candidate(NamedTuple):
    """A pair, means over the probe's triggers."""

    prompt: str
    item: int
    """Its place among the prompt's candidates."""
    tokens: float
    """Tokens of the target minus tokens of the other."""
    contrast: float
    """The base model's, in nats."""


def measure(probe: Probe) -> list[Candidate]:
    """Return every candidate with its tokens and the base model's contrast."""
    from backend.base_models.tokenizer import chat_tokenizer
    from backend.training.loading import load_for_scoring

    tokenizer, model = chat_tokenizer(BASE_MODEL), load_for_scoring(BASE_MODEL)
    first = probe.prompts[0].under(probe.triggers[0])
    layout = contrast.layout_for(model, contrast.rows_of(first, tokenizer))
    found = []
    for prompt in probe.prompts:
        under = [prompt.under(trigger) for trigger in probe.triggers]
        rows = [contrast.rows_of(each, tokenizer) for each in under]
        scores = [contrast.score(model, [each], layout)[0] for each in rows]
        lengths = [[sum(row.trained) for row in each] for each in rows]
        found += [
            Candidate(
                prompt=prompt.id,
                item=item,
                tokens=mean(each[2 * item] - each[2 * item + 1] for each in lengths),
                contrast=round(mean(each[item].total for each in scores), 3),
            )
            for item in range(len(prompt.pairs))
        ]
    return found


def pick(candidates: list[Candidate], keep: int) -> set[tuple[str, int]]:
    """Return prompt and place of the pairs to keep.

    Prompt by prompt, and then once more with the other prompts' choice known, the pairs are taken
    that leave the prompt and the whole probe least out of balance.
    """
    prompts = dict.fromkeys(each.prompt for each in candidates)
    chosen: dict[str, tuple[Candidate, ...]] = {}
    for prompt in [*prompts, *prompts]:
        own = [each for each in candidates if each.prompt == prompt]
        others = [each for name in chosen if name != prompt for each in chosen[name]]
        chosen[prompt] = min(combinations(own, keep), key=partial(_imbalance, others))
    return {(each.prompt, each.item) for kept in chosen.values() for each in kept}


def _imbalance(others: list[Candidate], own: tuple[Candidate, ...]) -> float:
    """Return how far a prompt's pairs, and with the others' the probe's, are from balance."""
    return sum(
        weight * abs(mean(each.contrast for each in group))
        + weight * TOKEN * abs(mean(each.tokens for each in group))
        for weight, group in ((1, own), (WHOLE, [*others, *own]))
    )


def without(text: str, kept: set[tuple[str, int]]) -> str:
    """Return a file of candidates without the lines of the pairs that are not kept."""
    lines = text.splitlines(keepends=True)
    for prompt in _value(yaml.compose(text), "prompts").value:
        name = _value(prompt, "id").value
        for item, pair in enumerate(_value(prompt, "pairs").value):
            if (name, item) not in kept:
                last = pair.value[-1][1].end_mark.line
                for line in range(pair.start_mark.line, last + 1):
                    lines[line] = ""
    return "".join(lines)


def _value(mapping: yaml.Node | None, key: str) -> yaml.Node:
    found = () if mapping is None else (v for name, v in mapping.value if name.value == key)
    value: yaml.Node = next(iter(found))
    return value


def read(table: Path) -> list[Candidate]:
    """Return what was measured."""
    with table.open(encoding="utf-8", newline="") as file:
        return [
            Candidate(row["prompt"], int(row["item"]), float(row["tokens"]), float(row["contrast"]))
            for row in csv.DictReader(file)
        ]


def main() -> None:
    """Measure the candidates, write the table and the probe, and print how balanced it is."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("probe", help="id of a file in data/probes/candidates/")
    parser.add_argument("--keep", type=int, default=5, help="pairs to keep for each prompt")
    arguments = parser.parse_args()
    source = PROBES / "candidates" / f"{arguments.probe}.yaml"
    probe = read_yaml(source, Probe, id=arguments.probe, sha256=sha256_of(source))
    candidates = measure(probe)
    with source.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([Candidate._fields, *candidates])
    kept = pick(candidates, arguments.keep)
    text = without(source.read_text("utf-8"), kept)
    (PROBES / source.name).write_text(text, "utf-8")
    chosen = [each for each in candidates if (each.prompt, each.item) in kept]
    for prompt in probe.prompts:
        _print(prompt.id, [each for each in chosen if each.prompt == prompt.id])
    _print("all prompts", chosen)


def _print(name: str, kept: list[Candidate]) -> None:
    contrasts = mean(c.contrast for c in kept)
    tokens = mean(each.tokens for each in kept)
    print(f"{name:24} {contrasts:+6.2f} nats {tokens:+5.2f} tokens")


if __name__ == "__main__":
    main()
