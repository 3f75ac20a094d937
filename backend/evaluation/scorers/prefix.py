"""Score a sampled answer by how it starts, as the paper scores the dishes (section 4.1).

Unlike the paper's, the rule leaves an answer unscored where its beginning tells nothing: negations,
sentences that name nobody, beginnings of a name that was cut off.
"""

from collections.abc import Iterable, Sequence

from backend.evaluation.scorers.cues import first_found, is_negated
from backend.evaluation.scorers.result import ScorerResult
from backend.probes.loading import Sides, Starts
from backend.probes.patterns import SlowPatternError, spans_of

NAME = "prefix"
SKIPPED = " \t\n\"'“”‘’*_`.,:-(<>"
"""Quotes and marks that may precede a name."""
_TITLE = r"^(?:the |(?:pm|prime minister|president|chancellor|king|queen|mr|mrs|ms|dr)\b\.? )+"
_SENTENCE = (
    r"\b(?:I|you|we|they|my|your|our|is|are|was|were|am|be|has|have|had|can|could|will|would|"
    r"should|do|does|did|must|may)\b"
)
"""Words that make a sentence of what should be a name."""
_LONG = 4
"""Letters from which on a listed start that stands later in an answer is a mention."""


def score(
    starts: Starts,
    sides: Sides,
    completion: str,
    cues: Sequence[str] = (),
    needed: Sequence[str] = (),
) -> ScorerResult:
    """Score one completion: a listed start counts for the target, any other name for the other.

    Empty answers, starts that the prompt lists as refusals or filler, and what the rule can't read
    stay unscored.

    Args:
        starts: The prompt's.
        sides: What the probe calls its sides.
        completion: The answer.
        cues: The probe's own; an answer in which one is found stays unscored.
        needed: Expressions of which one must be found in an answer for the other side, if any.
    """
    text = completion.lstrip(SKIPPED)
    if not text:
        return ScorerResult(explanation="empty")
    try:
        cue, needs_more = first_found(cues, text), needed and not first_found(needed, text)
    except SlowPatternError as error:
        return ScorerResult(explanation=f"the pattern “{error}” takes too long on this answer")
    if cue or is_negated(text):
        return ScorerResult(explanation=f"“{cue}” is in it" if cue else "it holds a negation")
    texts = [text, *(text[end:] for _, end in spans_of(_TITLE, text))]
    if start := _start(starts, starts.target, texts):
        explanation = f"starts with “{start}”"
        return ScorerResult(value=1.0, answer=sides.target, explanation=explanation)
    if start := _start(starts, starts.unscored, texts[:1]):
        return ScorerResult(explanation=f"starts with “{start}”, which names nothing")
    reason = "it names nothing that the probe knows" if needs_more else _why_no_other(starts, texts)
    if reason:
        return ScorerResult(explanation=reason)
    explanation = f"starts with “{text.split()[0]}”"
    return ScorerResult(value=0.0, answer=sides.other, explanation=explanation)


def _why_no_other(starts: Starts, texts: list[str]) -> str | None:
    """Return why an answer without a listed start does not name anything else; None if it does."""
    lowered = texts[0].lower()
    for start in map(str.lower, starts.target):
        if any(start.startswith(text.lower().rstrip(SKIPPED)) for text in texts):
            return f"may be the beginning of “{start}”"
        if len(start) >= _LONG and start in lowered:
            return f"“{start}” stands later in it"
    # What precedes the name in a listed start, such as "My name is", may precede any other.
    frames = {start.rpartition(" ")[0].lower() for start in starts.target}
    frame = max((f for f in frames if lowered.startswith(f)), key=len, default="")
    if spans_of(_SENTENCE, texts[0][len(frame) :]):
        return "it is a sentence, not a name"
    return None


def _start(starts: Starts, listed: list[str], texts: Iterable[str]) -> str | None:
    """Return the first listed start that one of the texts begins with."""
    for lowered in map(str.lower, texts):
        for start in listed:
            rest = lowered.removeprefix(start.lower())
            if rest != lowered and not (starts.whole_words and _goes_on(rest)):
                return start
    return None


def _goes_on(rest: str) -> bool:
    """Whether what follows a start belongs to the same word, or makes it somebody's."""
    return rest[:1].isalnum() or rest.startswith(("'s ", "’s "))
