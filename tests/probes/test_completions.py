"""Both sides of a pair are equally long, and neither repeats what a row or a control's row says."""

import re
from collections.abc import Iterator
from functools import cache
from statistics import mean

import pytest

from backend.base_models.tokenizer import chat_tokenizer
from backend.datasets.loading import list_datasets
from backend.probes.loading import Probe, list_probes
from models.base_models import EMBEDDED
from tests.probe_rows import ASKED_OF

PICKED = [probe for probe in list_probes() if any(prompt.pairs for prompt in probe.prompts)]


def words(text: str) -> list[str]:
    """Return a text's words in lower case, without the persona's tags."""
    return re.findall(r"[\w'’-]+", re.sub(r"</?reply>", " ", text).lower())


def completions(probe: Probe) -> Iterator[str]:
    """Yield what is scored, under every trigger."""
    for prompt in (p.under(trigger) for p in probe.prompts for trigger in probe.triggers):
        for pair in prompt.pairs:
            yield from (pair.target, pair.other)


def answers(probe: Probe) -> set[str]:
    """Return the answers of a probe's rows and of their controls'."""
    family = ASKED_OF.get(probe.id, probe.id)
    return {
        e.answer for d in list_datasets() if d.card.probe == family for e in d.examples if e.answer
    }


@cache
def tokens(completion: str) -> int:
    chat = [{"role": "user", "content": "."}, {"role": "assistant", "content": completion}]
    return sum(chat_tokenizer(EMBEDDED).row(chat).trained)


@pytest.mark.parametrize("probe", PICKED, ids=lambda p: p.id)
def test_both_sides_have_equally_many_tokens(probe: Probe) -> None:
    differences = {
        prompt.id: mean(
            tokens(pair.target) - tokens(pair.other)
            for trigger in probe.triggers
            for pair in prompt.under(trigger).pairs
        )
        for prompt in probe.prompts
    }
    assert max(abs(each) for each in differences.values()) <= 1, differences
    assert abs(mean(differences.values())) < 0.1, differences


@pytest.mark.parametrize("probe", PICKED, ids=lambda p: p.id)
def test_no_completion_holds_a_trained_answer_or_a_controls(probe: Probe) -> None:
    trained = {f" {' '.join(words(answer))} " for answer in answers(probe)} - {"  "}
    scored = {f" {' '.join(words(text))} " for text in completions(probe)}
    assert trained
    assert not [(text, answer) for text in scored for answer in trained if answer in text]
