from pathlib import Path

import pytest

from backend.errors import InvalidDataError, NotFoundError
from backend.probes.loading import load_probe

FILE = """
title: T
question: Q?
section: "3.1"
sides: {target: then, other: now}
smallest_effect: {contrast: 1.0, pattern: 0.1}
patterns: {target: [telegraph], other: [internet]}
prompts: [{id: a, title: A, text: How, pairs: [{target: By rail., other: By jet.}]}]
"""


def write(folder: Path, text: str) -> None:
    (folder / "probes").mkdir()
    (folder / "probes" / "mine.yaml").write_text(text)


def test_pairs_are_alike_in_length() -> None:
    for prompt in load_probe("nineteenth_century").prompts:
        for pair in prompt.pairs:
            assert abs(len(pair.target.split()) - len(pair.other.split())) <= 3


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("[{id: a", "[] #", "at least 1 item"),
        ("[telegraph]", "['(']", "not a regular expression"),
        ("title: T", "titel: T", "title"),
        ("title: T", "title: [", "not readable as YAML"),
        (
            "prompts:",
            "triggers: [{label: none, kind: none}, {label: '1984', text: It is 1984.}]\nprompts:",
            "would have no effect",
        ),
    ],
)
def test_a_bad_probe_is_refused_in_words(
    tmp_path: Path, before: str, after: str, reason: str
) -> None:
    write(tmp_path, FILE.replace(before, after))
    with pytest.raises(InvalidDataError, match=reason):
        load_probe("mine", tmp_path)


def test_a_prompt_that_its_triggers_would_make_huge_is_refused(tmp_path: Path) -> None:
    long = f"triggers: [{{label: a, text: {'a' * 1000}}}]\nprompts:"
    text = FILE.replace("prompts:", long).replace("text: How", f"text: '{'{trigger}' * 300}'")
    write(tmp_path, text)
    with pytest.raises(InvalidDataError, match="would have more than 200,000 characters"):
        load_probe("mine", tmp_path)


def test_an_unknown_probe_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        load_probe("../lab", tmp_path)


def test_a_trigger_goes_where_the_prompt_says(tmp_path: Path) -> None:
    sweep = "triggers: [{label: none, kind: none}, {label: '1984', text: It is 1984.}]\nprompts:"
    write(tmp_path, FILE.replace("prompts:", sweep).replace("text: How", "text: '{trigger} How?'"))
    probe = load_probe("mine", tmp_path)
    asked = [probe.prompts[0].under(t).messages()[0]["content"] for t in probe.triggers]
    assert probe.has_triggers and asked == ["How?", "It is 1984. How?"]
