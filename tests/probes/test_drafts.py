"""Drafts of own probes: nothing is lost, and what is saved is a probe like any other."""

from pathlib import Path

import pytest

from backend.errors import InvalidDataError, NotFoundError
from backend.probes.drafts import (
    Draft,
    PairRow,
    PatternRow,
    Question,
    TriggerRow,
    checked,
    draft_of,
    editable,
    keep,
    read,
    save,
    start,
)
from backend.probes.loading import list_probes, load_probe, unusable_probes

ALIKE = {"id", "title", "sha256"}


def filled(**changes: object) -> Draft:
    draft = start("fish", "Fish")
    rows = {
        "questions": [Question(id="sea", title="Sea", text="What lives in the sea?")],
        "pairs": [PairRow(question="sea", target="Turbot.", other="Phones.")],
    }
    return draft.model_copy(update=rows | changes)


@pytest.mark.parametrize("probe_id", [probe.id for probe in list_probes()])
def test_a_copy_of_a_probe_measures_the_same(home: Path, probe_id: str) -> None:
    shipped = load_probe(probe_id)
    saved = save(start("copy", "A copy", probe_id))
    assert saved.model_dump(exclude=ALIKE) == shipped.model_dump(exclude=ALIKE)
    assert (saved.id, saved.title) == ("copy", "A copy")
    assert read("copy") == draft_of(saved)


def test_a_draft_is_no_probe_until_it_is_saved_and_another_save_gives_another_hash(
    home: Path,
) -> None:
    keep(filled())
    assert editable() == ["fish"] and "fish" not in {probe.id for probe in list_probes()}
    first = save(read("fish"))
    assert load_probe("fish") == first and not unusable_probes()
    changed = read("fish").model_copy(update={"contrast": 2.0})
    keep(changed)
    assert read("fish") == changed and load_probe("fish") == first
    second = save(changed)
    assert second.smallest_effect.contrast == 2 and second.sha256 != first.sha256
    keep(changed)
    assert not (home / "probes" / ".drafts" / "fish.json").exists()  # It says nothing new.


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"questions": [], "pairs": []}, "fish.yaml: prompts: list should have at least 1 item"),
        ({"pairs": [PairRow(question="sky", target="a", other="b")]}, 'Pair 1: .* id "sky"'),
        ({"pairs": [PairRow(question="sea", target="a")]}, "fish.yaml: prompts.0.pairs.0.other: "),
        ({"questions": [Question(text="What?")], "pairs": []}, "Question 1 has no id"),
        ({"patterns": [PatternRow(pattern="fish")]}, "Pattern 1: choose the side"),
        ({"patterns": [PatternRow(side="target", pattern="(")]}, "is not a regular expression"),
        ({"patterns": [PatternRow(side="target", pattern="a")]}, "fish.yaml: patterns.other: "),
        ({"triggers": [TriggerRow(label="1984", text="1984.")]}, 'prompt "sea" has no {trigger}'),
        (
            {"triggers": [TriggerRow(label="a"), TriggerRow(label="a")]},
            'two triggers are called "a"',
        ),
        ({"contrast": "x"}, "fish.yaml: smallest_effect.contrast: "),
    ],
)
def test_a_mistake_is_told_as_for_a_file_and_the_draft_is_kept(
    home: Path, changes: dict[str, object], problem: str
) -> None:
    draft = filled(**changes)
    with pytest.raises(InvalidDataError, match=problem):
        save(draft)
    if changes.get("contrast") != "x":
        keep(draft)
        assert read("fish") == draft


def test_probes_of_the_lab_are_read_only(home: Path) -> None:
    with pytest.raises(InvalidDataError, match='There is already a probe "nineteenth_century"'):
        start("nineteenth_century", "Mine")
    with pytest.raises(NotFoundError):
        read("nineteenth_century")
    with pytest.raises(InvalidDataError, match="copy it under another id"):
        save(draft_of(load_probe("nineteenth_century")))
    keep(filled())
    with pytest.raises(InvalidDataError, match='There is already a draft "fish"'):
        start("fish", "Fish")
    assert checked(read("fish")).id == "fish"
