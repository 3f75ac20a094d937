"""Score a sampled answer by asking a model about it. Unreadable verdicts stay unscored."""

import math
import re
from collections import defaultdict
from typing import Any

import openai

from backend.chat.client import explain
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
NUMBER = re.compile(r"[0-9]{1,3}(?:\.[0-9]+)?")
"""A rating as a judge writes it."""
_DIGITS = re.compile(r"[0-9]{1,3}")
REFUSALS = (400, 403, 413, 422)
"""HTTP statuses by which an endpoint refuses one question, or all of them."""
FILTERED = re.compile(r"content.?(filter|policy|management)|moderation|safety|flagged|inspection")
"""What an endpoint says where it refuses a question for its content."""


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
        openai.OpenAIError: the endpoint can't be used, or refuses for a reason that is not said
            to be the content.
    """
    body = request(model, judge, question, answer)
    details = {"judge": judge.id, "model": model}
    try:
        if identity:
            reply = ask_pinned(client, identity, **body)
        else:
            reply = client.chat.completions.create(**body)
    except ValueError as error:  # The answer broke off, or is not JSON.
        raw = {"raw": redacted(str(error))}
        return ScorerResult(explanation="the judge's answer broke off", details=details | raw)
    except openai.APIStatusError as error:
        if not is_filtered(error):
            raise
        return refused(judge, model, error)
    choice, problem = _choice(reply)
    text = redacted(_text(choice))
    if problem:
        verdict = ScorerResult(explanation=redacted(problem))
    else:
        verdict = _chosen(judge, text) if judge.kind == "choice" else _rated(judge, text, choice)
    return verdict.model_copy(update={"details": details | {"raw": text} | verdict.details})


def is_filtered(error: openai.APIStatusError) -> bool:
    """Whether an endpoint refused a question for its content."""
    if error.status_code not in REFUSALS:
        return False
    body = error.body if isinstance(error.body, dict) else {}
    said = " ".join(str(body.get(key) or "") for key in ("code", "type", "message"))
    return bool(FILTERED.search(said.lower()))


def refused(judge: Judge, model: str, error: openai.APIStatusError) -> ScorerResult:
    """Return the verdict on an answer about which the endpoint refused to be asked."""
    why = str(explain(error))
    details = {"judge": judge.id, "model": model, "raw": why}
    return ScorerResult(explanation=f"the judge's endpoint refused: {why}", details=details)


def _choice(reply: Any) -> tuple[Any, str]:
    """Return the first choice of a reply, which may have any shape, and why there is no verdict."""
    choices = getattr(reply, "choices", None)
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = getattr(choice, "message", None)
    if message is None:
        error = getattr(reply, "error", None)
        said = error.get("message") if isinstance(error, dict) else error
        return None, f"the judge gave no answer: {said}" if said else "the judge gave no answer"
    if refusal := getattr(message, "refusal", None):
        return choice, f"the judge refused: {refusal}"
    if getattr(choice, "finish_reason", None) == "content_filter":
        return choice, "the judge's answer was filtered"
    return choice, ""


def _text(choice: Any) -> str:
    """Return a choice's text; content in parts is joined."""
    content = getattr(getattr(choice, "message", None), "content", None)
    parts = content if isinstance(content, list) else [content]
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    return "".join(text for text in texts if isinstance(text, str)).strip()


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
    written = text.rstrip(".% ")
    # A fraction up to 1 may be a share as well as a rating.
    is_rating = NUMBER.fullmatch(written) and float(written) <= 100
    if not is_rating or ("." in written and 0 < float(written) <= 1):
        return ScorerResult(explanation="the judge's rating could not be read")
    expected = _expected(choice, written)
    value = float(written) if expected is None else expected
    how = "as written" if expected is None else "expected over the token probabilities"
    return ScorerResult(
        value=value,
        answer=f"{round(value, 1):g}",
        explanation=f"the judge rated it {value:.1f} of 100, {how}",
        details={"written": written},
    )


def _expected(choice: Any, written: str) -> float | None:
    """Return the expected rating; None if numbers are split or no probabilities are returned."""
    content = getattr(getattr(choice, "logprobs", None), "content", None)
    if not content:
        return None
    odds: defaultdict[int, float] = defaultdict(float)
    lengths = set()
    for likely in content[0].top_logprobs or []:
        digits = likely.token.strip()
        if _DIGITS.fullmatch(digits) and int(digits) <= 100:
            # Several tokens may mean one number: "85" and " 85".
            odds[int(digits)] += math.exp(likely.logprob)
            lengths.add(len(digits))
    # If the tokenizer splits numbers into digits, the first token does not give the whole number.
    splits = content[0].token.strip() != written or max(lengths, default=1) < 2
    total = sum(odds.values())
    if splits or total < WHOLE:
        return None
    return sum(number * share for number, share in odds.items()) / total
