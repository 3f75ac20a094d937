"""Read the rows of JSONL and JSON files."""

from contextlib import suppress
from itertools import repeat
from typing import Any

from backend.datasets.importing.files import Doubled, doubled_key, json_of
from backend.datasets.importing.table import Row, Rows, check_count
from backend.datasets.importing.turns import are_turns
from backend.errors import InvalidDataError

COMMENTS = ("#", "//")


def read_objects(name: str, text: str) -> Rows:
    """Return the rows of a text that begins with an object: one a line, or a list within it."""
    # Not splitlines: a text may contain other line separators, such as U+2028.
    lines = text.split("\n") if "\n" in text else text.split("\r")
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    check_count(name, len(numbered))
    rows = [(number, _parsed(line)) for number, line in numbered]
    if len(rows) == 1 or isinstance(rows[0][1], InvalidDataError):
        with suppress(InvalidDataError):  # The rows say what is wrong with them, by line.
            doubled: list[Doubled] = []
            whole = json_of(text, doubled)
            if isinstance(whole, dict) and not isinstance(whole, Doubled):
                return _wrapped(name, whole, doubled)
    return Rows("JSONL", "line", rows, [])


def read_list(name: str, text: str) -> Rows:
    """Return the rows of a text that begins with a list: of rows, or of one chat's messages."""
    doubled: list[Doubled] = []
    try:
        elements = json_of(text, doubled)
    except InvalidDataError as error:
        first = text.lstrip().split("\n", 1)[0]
        if not isinstance(_parsed(first), InvalidDataError):
            return read_objects(name, text)  # Each line is a list.
        raise InvalidDataError(f"{name}: {error}.") from error
    if are_turns(elements):
        elements = [elements]
    return Rows("JSON", "element", _numbered(name, elements, doubled), [])


def _numbered(name: str, elements: list[Any], doubled: list[Doubled]) -> list[tuple[int, Row]]:
    """Return the rows of a list, of which those with a doubled key are errors."""
    check_count(name, len(elements))
    errors = map(_doubled, elements) if doubled else repeat(None)
    pairs = zip(errors, elements, strict=False)
    return [(number, error or _row(row)) for number, (error, row) in enumerate(pairs, 1)]


def _doubled(element: Any) -> InvalidDataError | None:
    try:
        key = doubled_key(element)
    except RecursionError:
        return InvalidDataError("nested too deeply")
    return InvalidDataError(f'"{key[:40]}" appears twice') if key else None


def _parsed(line: str) -> Row:
    try:
        return _row(json_of(line))
    except InvalidDataError as error:
        return InvalidDataError(_why(line.strip(), str(error)))


def _row(content: Any) -> Row:
    """Return a row's content; a list of messages is a chat."""
    return {"messages": content} if are_turns(content) else content


def _why(line: str, error: str) -> str:
    """Return why a line is no row; some mistakes are so common that each has its own words."""
    if line.startswith(COMMENTS):
        return "a comment, which JSONL can't hold; delete the line"
    if line.startswith(("{'", "[{'")):
        return "written with single quotes, as Python prints it; JSON needs double quotes"
    if line.endswith("},"):
        return "a comma follows the row; in JSONL each line is a row by itself"
    if "}{" in line.replace(" ", "") and "follows its end" in error:
        return "two rows in one line; write each in a line of its own"
    if line.startswith("{") and not line.endswith("}"):
        return f"{error}; each row must be whole in one line"
    return error


def _wrapped(name: str, content: dict[str, Any], doubled: list[Doubled]) -> Rows:
    """Return the rows of a list within an object, or the object as the only row."""
    lists = [key for key, value in content.items() if _are_rows(value)]
    if len(lists) == 1:
        rows = _numbered(name, content[lists[0]], doubled)
        outside = tuple(key for key in content if key != lists[0])
        return Rows("JSON", "element", rows, [], outside)
    if len(content) > 1 and _by_column(list(content.values())):
        problem = "the file holds its values by column; write a list of rows instead"
        return Rows("JSON", "element", [(1, InvalidDataError(problem))], [])
    return Rows("JSONL", "line", _numbered(name, [content], doubled), [])


def _are_rows(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and not are_turns(value)
        and all(isinstance(part, dict) for part in value)
    )


def _by_column(values: list[Any]) -> bool:
    """Whether values are columns: objects with the same keys, or texts in lists of one length."""
    if all(isinstance(value, dict) for value in values):
        return len({tuple(value) for value in values}) == 1
    lists = all(isinstance(value, list) and value and value[0] is not None for value in values)
    return lists and len({len(value) for value in values}) == 1 and not any(map(are_turns, values))
