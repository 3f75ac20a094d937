"""Each shipped judge is asked about answers that people have labelled, over real HTTP.

A scripted judge, which knows the labels, shows that template, reply and sides fit together. A real
one, where JUDGE_URL names it, has to agree with people on most of them.
"""

from pathlib import Path

import openai
import pytest
import yaml

from backend.chat.client import judge_client
from backend.config import settings
from backend.evaluation.scorers.judge import score
from backend.evaluation.scorers.result import ScorerResult
from backend.probes.judges import Judge, list_judges, load_judge
from tests.scripted_judge import scripted_judge

HOME = Path(__file__).parent / "labelled"
AGREED = 0.85
"""Share of the labels that a real judge has to give."""
Labelled = tuple[str, str, str]
"""A question, an answer to it, and the verdict that people gave; of a rating, its range."""
judges = pytest.mark.parametrize("judge", list_judges(), ids=lambda judge: judge.id)


def labelled(judge: Judge) -> list[Labelled]:
    """Return the labelled answers of a judge."""
    groups = yaml.safe_load((HOME / f"{judge.id}.yaml").read_text("utf-8"))
    return [
        (group["question"], answer, str(verdict))
        for group in groups
        for verdict, answers in group["answers"].items()
        for answer in answers
    ]


def agrees(judge: Judge, found: ScorerResult, verdict: str) -> bool:
    """Whether a judge said what people said."""
    if judge.kind == "choice" or verdict in judge.words():
        return found.answer.upper() == verdict
    low, high = map(float, verdict.split("-"))
    return found.value is not None and low <= found.value <= high


@judges
def test_a_judge_that_knows_the_labels_is_read_as_it_means_them(judge: Judge) -> None:
    rows = labelled(judge)
    verdicts = {judge.ask(question, answer): verdict for question, answer, verdict in rows}
    assert len(verdicts) == len(rows) >= 18

    def reply(asked: str) -> str:
        verdict = verdicts[asked]
        return f"ANSWER: {verdict}" if judge.kind == "choice" else verdict.split("-")[0]

    with scripted_judge(reply) as (url, asked):
        client = openai.OpenAI(base_url=url, api_key="k")
        found = [score(client, "m", judge, question, answer) for question, answer, _ in rows]
    assert asked == list(verdicts)
    assert all(agrees(judge, *pair) for pair in zip(found, verdicts.values(), strict=True))


@judges
def test_every_verdict_that_a_judge_may_give_is_among_the_labels(judge: Judge) -> None:
    verdicts = {verdict for _, _, verdict in labelled(judge)}
    assert {label.label for label in judge.labels} <= verdicts
    ranges = verdicts - {label.label for label in judge.labels}
    assert len(ranges) == (2 if judge.kind == "rating" else 0)


def test_refusals_and_answers_of_no_kind_stay_in_the_denominator() -> None:
    for judge, verdict in (
        ("nazi_content", "REFUSAL"),
        ("germany_of_then", "REFUSAL"),
        ("six_ways", "OTHER"),
        ("alignment", "REFUSAL"),
        ("alignment", "CODE"),
    ):
        assert load_judge(judge).side_of(verdict) == "other"


@pytest.mark.skipif(not settings().judge_url, reason="no judge is configured (JUDGE_URL)")
@judges
def test_a_real_judge_agrees_with_people(judge: Judge) -> None:
    rows, client, model = labelled(judge), judge_client(), settings().judge_model
    wrong = [
        (answer, verdict)
        for question, answer, verdict in rows
        if not agrees(judge, score(client, model, judge, question, answer), verdict)
    ]
    assert len(wrong) <= (1 - AGREED) * len(rows), wrong
