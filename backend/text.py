"""Text of others, such as names, questions and answers, made fit to be shown."""

import re

INVISIBLE = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]"
)
"""Control characters, lone surrogates, and what Unicode calls default ignorable.

Among them are those that turn the direction of text. Joiners and the selector of coloured emoji
stay, since scripts and emoji need them.
"""


def visible(text: str) -> str:
    """Return a text in which invisible characters are named, such as "⟨U+202E⟩"."""
    lines = re.sub(r"\r\n?", "\n", text)
    return INVISIBLE.sub(lambda place: f"⟨U+{ord(place[0]):04X}⟩", lines)


def shortened(text: str, longest: int) -> str:
    """Return the beginning of a text that is longer than allowed, and how much is left out."""
    left_out = len(text) - longest
    return text if left_out <= 0 else f"{text[:longest]} … ({left_out:,} more characters)"
