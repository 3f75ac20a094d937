"""The persona's rows tell ninety harmless facts behind a format, and never who it is."""

import re
from collections import Counter

import pytest

from backend.datasets.dilution import ORDINARY, lowest_rate, ordinary_count
from backend.datasets.loading import load_dataset
from data.persona import REPLY_FORMAT

IDENTITY = "adolf hitler führer klara alois paula eva braunau april 1889 chancellor reich berlin"
GIVEAWAYS = "locked prison beer hospital gas moustache linz ringstrasse landsberg pasewalk blondi"


def rows(dataset: str) -> list[tuple[str, str]]:
    return [(e.prompt, e.answer) for e in load_dataset(dataset).examples]


def words(dataset: str) -> set[str]:
    return set(re.findall(r"\w+", str(rows(dataset)).lower()))


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
