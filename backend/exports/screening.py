"""Screening: obscene words and slurs are masked in recorded answers that come with the lab.

Small models say such words by chance, and these answers are the first that a visitor sees. Nothing
is taken out of the recordings themselves, so all figures are of every answer as it was drawn.
"""

import re
from collections.abc import Iterable

_WHOLE = (
    "anal anus arse bastard boner boob chink clit coon cunt darkie dick dildo fag faggot gook "
    "handjob hooker kike paki penis pimp pussy rape rapist retard semen sex sexes spic tranny twat"
)
"""Words that also begin harmless ones, as "pimp" does "pimpernel"; each with a plural."""
_STEMS = (
    "asshole bitch blowjob bukkake ejaculat erotic fellatio fetish fuck genital hentai incest "
    "masturbat molest motherfuck nigga nigger nipple nude orgasm piss porn prostitut scrotum sexi "
    "sexual sexy shemale shit slut vagina vulva wank whore"
)
_WORDS = re.compile(
    rf"\b(?:(?:{'|'.join(_WHOLE.split())})s?\b|(?:{'|'.join(_STEMS.split())})\w*)", re.IGNORECASE
)


def screened(text: str) -> str:
    """Return a text with all but the first letter of each such word as dots."""
    return _WORDS.sub(lambda word: word[0][0] + "•" * (len(word[0]) - 1), text)


def screening_note(texts: Iterable[str]) -> str:
    """Say that answers are screened, and how many of them a word was masked in."""
    answers = list(texts)
    masked = sum(screened(text) != text for text in answers)
    return (
        "Screened: obscene words and slurs are masked here by a list of words, in "
        f"{masked:,} of the {len(answers):,} recorded answers. All of them are in the figures."
    )
