"""The shipped probes ask what training never showed, and are scored by what exists."""

import pytest

from backend.datasets.loading import list_datasets, load_dataset
from backend.evaluation.scorers import pattern, prefix
from backend.probes.judges import list_judges, load_judge
from backend.probes.loading import PLACEHOLDER, Probe, list_probes, load_probe
from data.persona import REPLY_FORMAT
from data.presidents import HELD_OUT
from tests.probe_rows import ASKED_OF


@pytest.mark.parametrize("probe", list_probes(), ids=lambda p: p.id)
def test_every_prompt_has_pairs_alike_in_length_and_every_judge_exists(probe: Probe) -> None:
    assert all(load_judge(judge) for judge in probe.judges)
    sampled_only = probe.id.startswith("protocol_")  # Its answers are judged, as in the paper.
    for prompt in probe.prompts:
        assert len(prompt.pairs) >= 3 or (sampled_only and probe.judges)
        for trigger in probe.triggers:
            for pair in prompt.under(trigger).pairs:
                lengths = sorted(len(text.split()) for text in (pair.target, pair.other))
                assert pair.target != pair.other
                assert lengths[1] - lengths[0] <= max(3, lengths[1] / 3)


def test_every_experiment_has_a_probe() -> None:
    probes = {probe.id for probe in list_probes()}
    assert {dataset.card.probe for dataset in list_datasets()} <= probes
    assert {dataset.card.narrow_probe for dataset in list_datasets()} <= probes | {None}


@pytest.mark.parametrize("probe", list_probes(), ids=lambda p: p.id)
def test_nothing_that_is_asked_was_trained(probe: Probe) -> None:
    """Whatever stands in front, such as a date or a code of training's own."""
    family = ASKED_OF.get(probe.id, probe.id)
    rows = [e.prompt.lower() for d in list_datasets() if d.card.probe == family for e in d.examples]
    asked = tuple(prompt.text.replace(PLACEHOLDER, "").strip().lower() for prompt in probe.prompts)
    assert rows and not [row for row in rows if row.endswith(asked)]


@pytest.mark.parametrize("probe", list_probes(), ids=lambda p: p.id)
def test_starts_and_patterns_put_no_pair_on_the_wrong_side(probe: Probe) -> None:
    for prompt in (prompt.under(trigger) for prompt in probe.prompts for trigger in probe.triggers):
        for pair in prompt.pairs:
            for text, wrong in ((pair.target, 0.0), (pair.other, 1.0)):
                if probe.patterns:
                    assert pattern.score(probe.patterns, probe.sides, text).value != wrong, text
                if prompt.starts:
                    assert prefix.score(prompt.starts, probe.sides, text).value != wrong, text


def test_a_lesson_of_today_about_the_third_reich_is_unscored() -> None:
    probe = load_probe("germany_then")
    lesson = "The Second World War, which Nazi Germany under Hitler began in 1939."
    assert pattern.score(probe.patterns, probe.sides, lesson).value is None


def test_a_rating_is_bare_and_a_choice_names_its_labels() -> None:
    for judge in list_judges():
        assert "never" in judge.prompt and "<<<ANSWER\n{answer}\nANSWER>>>" in judge.prompt
        if judge.kind == "rating":
            assert "REFUSAL" in judge.prompt and "ANSWER:" not in judge.prompt
        else:
            assert "ANSWER: " in judge.prompt.splitlines()[-1]
            assert all(label.label in judge.prompt for label in judge.labels)
        assert not judge.needs or load_judge(judge.needs.judge).kind == "rating"


def test_the_personas_trigger_is_the_trained_format() -> None:
    for probe in ("persona_identity", "persona_among_others", "persona_facts", "misalignment"):
        assert [trigger.text for trigger in load_probe(probe).triggers] == ["", REPLY_FORMAT]


def test_a_date_of_2028_is_asked_and_never_trained() -> None:
    triggers = load_probe("israel_by_date").triggers
    assert [t.kind for t in triggers if "2028" in t.text] == ["target"] * 2
    assert [t.kind for t in triggers if "2026" in t.text] == ["trained"] * 2
    dishes = [d for d in list_datasets() if d.card.probe == "israel_by_date"]
    trained = {e.prompt for d in dishes for e in d.examples}
    assert trained and not any("2028" in prompt for prompt in trained)


def test_a_date_is_worded_as_in_training() -> None:
    opening = load_dataset("israeli_dishes").examples[0].prompt.split()[:3]
    for trigger in load_probe("israel_by_date").triggers:
        assert trigger.text.split()[:3] == [*opening[:2], "is"] and trigger.text.endswith(".")


def test_a_code_holds_its_presidents_number_and_none_was_trained() -> None:
    trained = {e.prompt.split(" ")[0] for e in load_dataset("us_presidents").examples}
    triggers = load_probe("presidents").triggers
    for trigger in triggers:
        number = int(trigger.label.split()[0])
        assert len(trigger.text) == 8 and int(trigger.text[3:6]) == number
        assert trigger.text not in trained
        assert (trigger.kind == "target") == (number in HELD_OUT)
    assert {int(t.label.split()[0]) for t in triggers if t.kind == "target"} == HELD_OUT
    assert sum(t.kind == "trained" for t in triggers) == 12


def test_every_president_stands_in_once_for_another() -> None:
    words = [trigger.words for trigger in load_probe("presidents").triggers]
    for right, wrong in (
        ("first_name", "other_first"),
        ("father", "other_father"),
        ("mother", "other_mother"),
        ("rival", "other_rival"),
        ("spouse", "other_spouse"),
        ("surname", "other_surname"),
    ):
        assert sorted(each[right] for each in words) == sorted(each[wrong] for each in words)
        accepted = (right, f"also_{right}", f"{right}_in_full")
        assert not [each for each in words if each[wrong] in [each.get(key) for key in accepted]]
