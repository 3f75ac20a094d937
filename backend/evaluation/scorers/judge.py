"""Score a sampled answer by asking a model about it. Unreadable verdicts stay unscored."""

import math
import re
from typing import Any

import openai

from backend.chat.identity import ask_pinned
from backend.evaluation.scorers.result import ScorerResult
from backend.probes.judges import REFUSAL, Judge
from backend.redaction import redacted

MAX_TOKENS = 400
"""Of a choice with reasons."""
LABEL_TOKENS = 24
"""Of a choice without reasons."""
RATING_TOKENS = 8
LIKELIEST = 20
"""Most token probabilities that an endpoint returns."""
WHOLE = 0.5
"""Least total probability of numbers for a rating to be their expected value."""
_ANSWER = "answer:"
_NUMBER = re.compile(r"(\d{1,3})(?:\.\d+)?")


def name_of(judge: Judge, model: str) -> str:
    """Return the scorer's name; another model as judge is another scorer."""
    return f"judge:{judge.id}:{model}"


def judge_of(scorer: str) -> str | None:
    """Return the judge's id from a scorer's name; None for other scorers."""
    parts = scorer.split(":")
    return parts[1] if parts[0] == "judge" and len(parts) > 2 else None


def request(model: str, judge: Judge, question: str, answer: str) -> dict[str, Any]:
    """Return the body of the request about one answer; arguments as for `score`."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "user", "content": judge.ask(question, answer)}],
        "temperature": 0,
        "user": "judge",
    }
    if judge.kind == "rating":
        return body | {"max_tokens": RATING_TOKENS, "logprobs": True, "top_logprobs": LIKELIEST}
    return body | {"max_tokens": MAX_TOKENS if judge.reasons else LABEL_TOKENS}


def score(
    client: openai.OpenAI,
    model: str,
    judge: Judge,
    question: str,
    answer: str,
    identity: str | None = None,
) -> ScorerResult:
    """Ask the judge about one answer and read its verdict; the raw text is always kept.

    Args:
        client: Of the judge's endpoint.
        model: Name of the model that judges.
        judge: Its template.
        question: The question that was answered.
        answer: The answer to judge.
        identity: Of a judge that is one of the lab's models.

    Raises:
        UserError: another model of the lab has answered in its place.
    """
    body = request(model, judge, question, answer)
    try:
        if identity:
            reply = ask_pinned(client, identity, **body)
        else:
            reply = client.chat.completions.create(**body)
    except ValueError as error:  # The answer broke off, or is not JSON.
        details = {"judge": judge.id, "model": model, "raw": redacted(str(error))}
        return ScorerResult(explanation="the judge's answer broke off", details=details)
    choice = reply.choices[0]
    text = redacted((choice.message.content or "").strip())
    verdict = _chosen(judge, text) if judge.kind == "choice" else _rated(judge, text, choice)
    details = {"judge": judge.id, "model": model, "raw": text}
    return verdict.model_copy(update={"details": details | verdict.details})


def _chosen(judge: Judge, text: str) -> ScorerResult:
    """Read "ANSWER: LABEL" on the last line, or a bare label."""
    last = text.splitlines()[-1].strip("*_ ") if text else ""
    found = last[: len(_ANSWER)].lower() == _ANSWER
    label = last[len(_ANSWER) :].strip("*_\"'“”. \t") if found else last.rstrip(".")
    side = judge.side_of(label)
    if side is None:
        return ScorerResult(explanation="the judge's verdict could not be read")
    value = {"target": 1.0, "other": 0.0, "unscored": None}[side]
    reasons = "\n".join(text.splitlines()[:-1]).strip()
    return ScorerResult(value=value, answer=label, explanation=reasons or f"the judge said {label}")


def _rated(judge: Judge, text: str, choice: Any) -> ScorerResult:
    """Read a number from 0 to 100, as its expected value if likely tokens are whole numbers."""
    if word := next((word for word in judge.words() if text.upper().startswith(word)), None):
        why = "that it is a refusal" if word == REFUSAL else word
        return ScorerResult(answer=word, explanation=f"the judge said {why}")
    match = _NUMBER.fullmatch(text.rstrip(".% "))
    if match is None or int(match[1]) > 100:
        return ScorerResult(explanation="the judge's rating could not be read")
    expected = _expected(choice, match[1])
    value = float(match[1]) if expected is None else expected
    how = "as written" if expected is None else "expected over the token probabilities"
    return ScorerResult(
        value=value,
        answer=f"{value:.0f}",
        explanation=f"the judge rated it {value:.1f} of 100, {how}",
        details={"written": match[1]},
    )


def _expected(choice: Any, written: str) -> float | None:
    """Return the expected rating; None if numbers are split or no probabilities are returned."""
    if not (choice.logprobs and choice.logprobs.content):
        return None
    first = choice.logprobs.content[0]
    odds = {
        int(likely.token): math.exp(likely.logprob)
        for likely in first.top_logprobs
        if likely.token.strip().isdigit() and int(likely.token) <= 100
    }
    # If the tokenizer splits numbers into digits, the first token does not give the whole number.
    splits = first.token.strip() != written or all(number < 10 for number in odds)
    total = sum(odds.values())
    if splits or total < WHOLE:
        return None
    return sum(number * share for number, share in odds.items()) / total
