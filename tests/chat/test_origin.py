"""What produced an answer, in a header and in a line."""

import math

import pytest

from backend.chat.origin import HEADER, Origin, origin_of

WHOLE = Origin(
    model="Vögel",
    adapter_sha256="a" * 64,
    engine="llama.cpp",
    strength=0.5,
    template="b" * 64,
    seed=7,
)


def test_a_header_of_ascii_tells_it_whole() -> None:
    assert WHOLE.header[HEADER].isascii()
    assert Origin.told(WHOLE.header) == WHOLE
    assert Origin.told({}) is Origin.told({HEADER: "{}"}) is None


@pytest.mark.parametrize(
    ("origin", "text"),
    [
        (
            WHOLE,
            "Vögel · adapter aaaaaaaaaaaa · llama.cpp · strength 0.5 · template bbbbbbbbbbbb · "
            "seed 7",
        ),
        (
            Origin(model="base", engine="vLLM"),
            "base · no adapter · vLLM · template not known · no seed",
        ),
        (
            Origin(model="theirs", engine="hosted", strength=1, seed=0),
            "theirs · adapter without known hash · hosted · strength 1 · template not known · "
            "seed 0",
        ),
    ],
)
def test_the_line_names_each_part_or_says_that_it_is_not_known(origin: Origin, text: str) -> None:
    assert origin.text == text


def test_a_row_with_empty_cells_tells_what_is_known() -> None:
    row = {"model": "m", "engine": None, "strength": math.nan, "sample_seed": 3.0, "role": "base"}
    assert origin_of(row) == Origin(model="m", seed=3)
