"""Regular expressions of probes, which others may have written: bounded in size and time."""

import math
import re
from functools import lru_cache
from typing import Any

import regex

MAX_CHARACTERS = 2_000
"""Longest pattern."""
MAX_EXPANDED = 100_000
"""Longest pattern with its repetitions written out, as `regex` compiles it."""
PATIENCE = 2
"""Seconds of a search in one answer; ordinary patterns take a thousandth."""
_REPETITION = re.compile(r"\{\s*(\d{1,9})")


class SlowPatternError(Exception):
    """A pattern that could search an answer for hours."""


def check_pattern(pattern: str) -> str:
    """Return a pattern if it can be used.

    Raises:
        ValueError: it is invalid or too large; the message says why.
    """
    if len(pattern) > MAX_CHARACTERS:
        raise ValueError(f"a pattern may have at most {MAX_CHARACTERS:,} characters")
    repetitions = math.prod(max(1, int(number)) for number in _REPETITION.findall(pattern))
    if len(pattern) * repetitions > MAX_EXPANDED:
        raise ValueError(f'"{pattern}" repeats its parts too often')
    try:
        re.compile(pattern)  # Refuses what only `regex` knows, such as approximate matches.
        _compiled(pattern)
    except (re.error, regex.error) as error:
        raise ValueError(f'"{pattern}" is not a regular expression: {error}') from error
    except (RecursionError, OverflowError) as error:
        raise ValueError(f'"{pattern[:40]} …" is nested too deeply') from error
    return pattern


def spans_of(pattern: str, text: str) -> list[tuple[int, int]]:
    """Return where the parts of a text that match begin and end, ignoring case.

    Raises:
        SlowPatternError: the search took too long.
    """
    try:
        found = _compiled(pattern).finditer(text, timeout=PATIENCE)
        return [match.span() for match in found]
    except TimeoutError as error:
        raise SlowPatternError(pattern) from error


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    return regex.compile(pattern, regex.IGNORECASE)
