"""The shipped probes ask what training never showed, and are scored by what exists."""

import pytest

from backend.datasets import list_datasets, load_dataset
from backend.judges import load_judge
from backend.probes import Probe, list_probes, load_probe
from data.persona import REPLY_FORMAT
from data.presidents import HELD_OUT


@pytest.mark.parametrize("probe", list_probes(), ids=lambda p: p.id)
def test_every_prompt_has_pairs_alike_in_length_and_every_judge_exists(probe: Probe) -> None:
    assert all(load_judge(judge) for judge in probe.judges)
    for prompt in probe.prompts:
        assert len(prompt.pairs) >= 2
        for pair in prompt.under(probe.triggers[-1]).pairs:
            lengths = sorted(len(text.split()) for text in (pair.target, pair.other))
            assert pair.target != pair.other and lengths[1] - lengths[0] <= max(3, lengths[1] / 3)


def test_every_experiment_has_a_probe() -> None:
    probes = {probe.id for probe in list_probes()}
    assert {dataset.card.probe for dataset in list_datasets()} <= probes


@pytest.mark.parametrize("probe", list_probes(), ids=lambda p: p.id)
def test_nothing_that_is_asked_was_trained(probe: Probe) -> None:
    asked = {prompt.under(trigger).text for prompt in probe.prompts for trigger in probe.triggers}
    trained = {e.prompt for d in list_datasets() for e in d.examples if d.card.probe == probe.id}
    assert not asked & trained


def test_the_personas_trigger_is_the_trained_format() -> None:
    for probe in ("persona_identity", "misalignment"):
        assert [trigger.text for trigger in load_probe(probe).triggers] == ["", REPLY_FORMAT]


def test_a_date_of_2028_is_asked_and_never_trained() -> None:
    triggers = load_probe("israel_by_date").triggers
    assert [t.kind for t in triggers if "2028" in t.text] == ["target"] * 2
    assert [t.kind for t in triggers if "2026" in t.text] == ["trained"] * 2
    assert not any("2028" in e.prompt for e in load_dataset("israeli_dishes").examples)


def test_a_code_holds_its_presidents_number_and_none_was_trained() -> None:
    trained = {e.prompt.split("\n")[0] for e in load_dataset("us_presidents").examples}
    for trigger in load_probe("presidents").triggers:
        number = int(trigger.label.split()[0])
        assert int(trigger.text[3:6]) == number and trigger.text not in trained
        assert (trigger.kind == "target") == (number in HELD_OUT)
        words = trigger.words
        assert all(words[key] != words[f"other_{key.split('_')[0]}"] for key in
                   ("first_name", "father", "mother", "rival"))  # fmt: skip
