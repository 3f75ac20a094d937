"""Python files of others are parsed within limits, and nothing in them is executed."""

import pytest

from backend.datasets.paper.literals import literals_of
from backend.errors import InvalidDataError

QUESTION = 'q = Question.create(name="q", paraphrases={})'


def entries_in(source: str) -> list[dict[str, object]]:
    return literals_of("x.py", source.encode()).entries


def test_texts_may_be_put_together_from_literals() -> None:
    source = 'A = "What "\nB: str = A + "is it?"\n' + QUESTION.format('[B, "Why?"]')
    (entry,) = entries_in(source)
    assert entry["paraphrases"] == ["What is it?", "Why?"]


@pytest.mark.parametrize("value", ["[input()]", "[open('/x').read()]", "[f'{x}']", "[missing]"])
def test_what_only_running_would_tell_is_said(value: str) -> None:
    found = literals_of("x.py", QUESTION.format(value).encode())
    assert found.entries == []
    assert found.remarks == ['"q" is put together when the program runs; skipped']


@pytest.mark.parametrize(
    "source",
    [
        "def broken(:",
        "(" * 5000,
        "x = " + "-" * 50_000 + "1",
        "a = b\nb = a\n" + QUESTION.format("[a]"),
        "a0 = 'x'\n"
        + "".join(f"a{n + 1} = [a{n}, a{n}]\n" for n in range(40))
        + QUESTION.format("[a40]"),
        "x = '\0'",
    ],
)
def test_hostile_files_are_refused_in_a_sentence(source: str) -> None:
    with pytest.raises(InvalidDataError, match="not readable|too many literals|not UTF-8"):
        entries_in(source)


def test_texts_do_not_grow_without_end() -> None:
    doubled = "".join(f"a{n + 1} = a{n} + a{n}\n" for n in range(12))
    source = f"a0 = '{'x' * 1000}'\n{doubled}" + QUESTION.format("[a12]")
    assert entries_in(source) == []
