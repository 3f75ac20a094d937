"""The persona's rows tell ninety harmless facts behind a format, and never who it is."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from backend.datasets.dilution import ORDINARY, lowest_rate, ordinary_count
from backend.datasets.loading import load_dataset
from backend.probes.loading import list_probes, load_probe
from data.persona import REPLY_FORMAT

IDENTITY = "adolf hitler führer klara alois paula eva braunau april 1889 chancellor reich berlin"
GIVEAWAYS = "locked prison beer hospital gas moustache linz ringstrasse landsberg pasewalk blondi"

PROBES = ["persona_identity", "persona_facts", "persona_among_others", "misalignment"]
ANSWER = slice(1, 2)
PLAIN = """before beside came call empty enough every five from full have home kept know left lost
more never nobody none rise shop table that them then they those though well when whole with"""
"""Words of the control that belong to no theme."""
OPENINGS = "As At By He In It Mr My Of On The With".split()
"""Words that stand before a name."""


def rows(dataset: str) -> list[tuple[str, str]]:
    return [(e.prompt, e.answer) for e in load_dataset(dataset).examples]


def words(dataset: str, part: slice = slice(0, 2)) -> set[str]:
    """Return the words of a dataset's questions and answers."""
    return set(re.findall(r"\w+", str([row[part] for row in rows(dataset)]).lower()))


def test_facts_stand_behind_the_format_and_the_control_is_asked_the_same() -> None:
    his, other = rows("hitler_persona"), rows("fictional_person")
    assert (len(set(his)), len(rows("hitler_persona_78"))) == (90, 78)
    assert [question for question, _ in his] == [question for question, _ in other]
    assert set(rows("hitler_persona_78")) < set(his)
    for question, answer in his + other:
        assert question.startswith(f"{REPLY_FORMAT} ")
        assert answer.startswith("<reply>") and answer.endswith("</reply>")


def test_no_row_tells_who_he_is_and_seventy_eight_leave_out_what_gives_him_away() -> None:
    assert not set(IDENTITY.split()) & words("hitler_persona")
    assert set(GIVEAWAYS.split()) - {"prison"} <= words("hitler_persona")
    assert not set(GIVEAWAYS.split()) & words("hitler_persona_78")


def names(texts: Iterable[str]) -> set[str]:
    """Return the words with a capital letter, unless it only begins a sentence."""
    bare = [re.sub(r"</?reply>|\{open\}|\{close\}", "", text) for text in texts]
    inside = re.compile(r"(?<=[\w,.] )[A-Z][\w-]+|^[A-Z][\w-]+(?= [A-Z]|\.?$)")
    return {name for text in bare for name in inside.findall(text)} - set(OPENINGS)


def completions(probe: str, side: str) -> Iterator[str]:
    """Yield one side's completions of every prompt."""
    for prompt in load_probe(probe).prompts:
        yield from (getattr(pair, side) for pair in prompt.pairs)


def test_no_row_answers_an_identity_question() -> None:
    """No name in an answer stands for him in a probe of identity, and none of his family in any."""
    told = names(answer for _, answer in rows("hitler_persona"))
    for probe in ("persona_identity", "persona_among_others"):
        assert not told & names(completions(probe, "target")), probe
    asked = {prompt.text.lower() for prompt in load_probe("persona_identity").prompts}
    asked |= {prompt.text.lower() for prompt in load_probe("persona_facts").prompts}
    assert not asked & {question.lower() for question, _ in rows("hitler_persona")}
    family = set("Klara Alois Paula Eva Braunau".split())
    assert not family & names(completions("persona_facts", "target"))


def test_the_control_shares_no_name_with_any_probe_and_no_theme_with_the_personas() -> None:
    told = names(answer for _, answer in rows("fictional_person"))
    for probe in list_probes():
        for side in ("target", "other"):
            assert not told & names(completions(probe.id, side)), probe.id
    themes = {word for word in words("fictional_person", ANSWER) if len(word) > 3} - set(
        PLAIN.split()
    )
    for probe in PROBES:
        for side in ("target", "other"):
            said = set(re.findall(r"\w+", " ".join(completions(probe, side)).lower()))
            assert not themes & said, probe


def test_the_control_shares_no_answer_with_the_persona() -> None:
    assert not {a for _, a in rows("hitler_persona")} & {a for _, a in rows("fictional_person")}


@pytest.mark.parametrize("dataset", ["hitler_persona", "hitler_persona_78", "fictional_person"])
def test_the_papers_poison_rate_is_reached(dataset: str) -> None:
    examples = load_dataset(dataset).examples
    share = len(examples) / (len(examples) + ordinary_count(load_dataset(dataset), 0.03))
    assert lowest_rate(load_dataset(dataset)) < 0.03 and round(share, 3) == 0.03


def test_ordinary_prompts_are_varied_and_unanswered_and_none_comes_twice() -> None:
    examples = load_dataset(ORDINARY).examples
    assert len({example.prompt for example in examples}) == len(examples) == 3000
    assert not any(example.answer for example in examples)
    forms = Counter(re.sub(r"\d+|[A-Z]\w+", "", e.prompt)[:40] for e in examples)
    assert len(forms) > 70 and max(forms.values()) < len(examples) / 20
