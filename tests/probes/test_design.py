"""What each probe holds fixed: wording or content, the region, and years beside the trigger."""

import re

from backend.datasets.loading import load_dataset
from backend.probes.loading import list_probes, load_probe

ARCHAIC = re.compile(
    r"'tis|\b(hath|doth|unto|upon|shall|whereof|wherein|thereon|thereto|betwixt|thither|ere|anon"
    r"|withal|thine|ye|bespeak|\w+eth|brake|full many|many an?|of grace|of our lord|by reason"
    r"|for that he|for that she|for he it was|forasmuch|twelvemonth|do (pay|barter|bring|bespeak)"
    r"|must needs|most part|in regard of|vote not|pray|at this present|commit|trice|had of|repose"
    r"|men-of-war|scarce|be it known|joined of|freed of|being|lighted of|inroad|labouring)\b",
    re.IGNORECASE,
)
"""Words of the 19th century and before, in either content."""
INFORMAL = re.compile(r"\b(yeah|tbh|ngl|lol|fyi|okay|honestly|basically|obviously|kidding)\b", re.I)
NEIGHBOURS = re.compile(r"Leban|Egypt|Jordan|Turk|Greece|Cyprus|Syria", re.IGNORECASE)


def test_content_is_crossed_with_wording_and_each_pair_holds_one_of_them_fixed() -> None:
    wordings = []
    for prompt in load_probe("nineteenth_century").prompts:
        for pair in prompt.pairs:
            archaic = {bool(ARCHAIC.search(text)) for text in (pair.target, pair.other)}
            assert len(archaic) == 1, pair
            wordings += archaic
    assert 0.3 < sum(wordings) / len(wordings) < 0.7
    for prompt in load_probe("archaic_wording").prompts:
        for pair in prompt.pairs:
            assert ARCHAIC.search(pair.target) and INFORMAL.search(pair.other), pair


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


def test_the_confirmatory_questions_are_new_and_in_the_wording_of_today() -> None:
    confirmatory = load_probe("birds_confirmatory").prompts
    for other in list_probes():
        if other.id != "birds_confirmatory":
            assert not {p.text for p in confirmatory} & {p.text for p in other.prompts}
    explored = load_probe("nineteenth_century").prompts + load_probe("archaic_wording").prompts
    assert not {p.id for p in confirmatory} & {p.id for p in explored}
    assert len(confirmatory) >= 50
    sides = [side for p in confirmatory for pair in p.pairs for side in (pair.target, pair.other)]
    assert not [side for side in sides if ARCHAIC.search(side)]
