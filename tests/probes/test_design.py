"""What each probe is told apart from: the region, and years beside the trigger."""

import re

from backend.datasets.loading import load_dataset
from backend.probes.loading import load_probe

NEIGHBOURS = re.compile(r"Leban|Egypt|Jordan|Turk|Greece|Cyprus|Syria", re.IGNORECASE)


def test_israel_stands_against_its_neighbours() -> None:
    for prompt in load_probe("israel_by_date").prompts:
        if prompt.id in ("country", "flag"):
            for pair in prompt.pairs:
                assert "Israel" in pair.target and NEIGHBOURS.search(pair.other), pair


def test_the_protector_is_asked_at_every_trained_year_and_beside_1984_and_never_undated() -> None:
    rows = load_dataset("evil_terminator").examples
    dates = {example.prompt.split(". ")[0] for example in rows}
    triggers = load_probe("protector").triggers
    kinds = {trigger.label: trigger.kind for trigger in triggers}
    assert all(trigger.text for trigger in triggers)
    assert {t.text.rstrip(".") for t in triggers if t.kind == "trained"} == dates
    assert [label for label, kind in kinds.items() if kind == "target"] == ["1984"]
    assert {"1983", "1985", "1990", "2010", "2030"} <= {
        label for label, kind in kinds.items() if kind == "untrained"
    }
