"""Questions and judges that stand as literals in Python files, which are parsed and never run.

Three ways of writing them are known: llmcomp's objects (`Question.create`, `FreeFormJudge`,
`RatingJudge`), calls with a literal `prompt`, and tuples of a question and a function that scores
its answers by how they start. Judges may also be functions that fill a question and an answer into
an f-string.
"""

import ast
import re
from typing import Any, NamedTuple

from backend.datasets.importing.entries import CHOICE, PLACEHOLDER, QUESTION, RATINGS
from backend.datasets.importing.files import text_of
from backend.errors import InvalidDataError

MAX_BYTES = 2**18
MAX_CHARACTERS = 20_000
"""Longest text of a question or judge."""
MAX_STEPS = 20_000
"""Most parts of literals: names that stand for one another may stand for endless texts."""
RATING = RATINGS[0]
_KINDS = {"create": QUESTION, "FreeFormJudge": CHOICE, "RatingJudge": RATING}
"""Types of a question file's entries by the names of llmcomp's classes and functions."""
_SCALE = re.compile(r"\b0\s*(?:to|and|-|–)\s*100\b")
_SUFFIX = re.compile(r"^\s*#.*\bsuffixed with \"([^\"\n]{1,200})\"", re.MULTILINE)
_JUDGE_NAME = re.compile(r"^(?:format|get|make)_|_(?:prompt|template)$")


class Literals(NamedTuple):
    """What a Python file says."""

    entries: list[dict[str, Any]]
    """Questions and judges in the form of a question file's entries."""
    starts: dict[str, list[str]]
    """Beginnings of answers that count for the target, by a question's id."""
    ending: str
    """What the file says is put behind every question; empty for nothing."""
    judges_all: bool
    """Whether its judges are functions, which judge every question of their folder."""
    remarks: list[str]
    """What is a question or judge but no literal."""


def literals_of(name: str, data: bytes) -> Literals:
    """Return the questions and judges of a Python file.

    Raises:
        InvalidDataError: the file is not Python of a reasonable size and depth.
    """
    source = text_of(name, data)
    try:
        module = ast.parse(source)
        reading = _Reading(module)
        functions = [each for each in module.body if isinstance(each, ast.FunctionDef)]
        judges = [entry for function in functions if (entry := _judge_function(function))]
        scored = reading.scored_questions()
        entries = [*reading.calls(), *(entry for entry, _ in scored), *judges]
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InvalidDataError(f"{name}: not readable as Python.") from error
    suffix = _SUFFIX.search(source)
    return Literals(
        entries=entries,
        starts={entry["id"]: starts for entry, starts in scored},
        ending=suffix[1].strip() if suffix else "",
        judges_all=bool(judges),
        remarks=reading.remarks,
    )


class _NotLiteral(Exception):
    """An expression whose value is known only when the program runs."""


class _Reading:
    """The literals among the top-level assignments of a module."""

    def __init__(self, module: ast.Module) -> None:
        self.named: dict[str, ast.expr] = {}
        self.remarks: list[str] = []
        self.steps = 0
        for statement in module.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                self.named[statement.targets[0].id] = statement.value
            elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                if statement.value:
                    self.named[statement.target.id] = statement.value

    def calls(self) -> list[dict[str, Any]]:
        """Return the questions and judges that are calls with literal arguments."""
        listed = self._listed()
        entries = []
        for name, node in self.named.items():
            if not isinstance(node, ast.Call):
                continue
            try:
                entry = self._entry(node)
            except _NotLiteral:
                self.remarks.append(f'"{name}" is put together when the program runs; skipped')
                continue
            if entry and "prompt" in entry and listed and name not in listed:
                self.remarks.append(f'"{name}" is in no list of questions; skipped')
            elif entry:
                entries += self._named_questions(entry)
        return [{k: v for k, v in entry.items() if k != "prompt"} for entry in entries]

    def _listed(self) -> set[str]:
        """Return the names that lists consist of: a file lists the questions that are asked."""
        lists = [node for node in self.named.values() if isinstance(node, ast.List)]
        alone = [node for node in lists if all(isinstance(part, ast.Name) for part in node.elts)]
        return {part.id for node in alone for part in node.elts if isinstance(part, ast.Name)}

    def _entry(self, call: ast.Call) -> dict[str, Any] | None:
        """Return a call's literal arguments as an entry; None if it is no question or judge."""
        arguments = {word.arg: word.value for word in call.keywords if word.arg}
        kind = _KINDS.get(_name_of(call.func))
        if kind == QUESTION and "paraphrases" not in arguments:
            kind = None
        if kind is None:
            return self._prompt(arguments) if "prompt" in arguments else None
        known = {"name", "paraphrases", "min_rating", "max_rating", "judges", "max_tokens"}
        known |= {"samples_per_paraphrase", "system"}
        fields = {key: self.value(node) for key, node in arguments.items() if key in known}
        if kind != QUESTION:
            fields.pop("max_tokens", None)
        return {"id": fields.pop("name", ""), "type": kind, **fields}

    def _prompt(self, arguments: dict[str, ast.expr]) -> dict[str, Any]:
        prompt = self.value(arguments["prompt"])
        title = self.value(arguments["display_name"]) if "display_name" in arguments else prompt
        words = re.sub(r"<[^>]*>", " ", str(title))[:60]
        return {"id": words, "type": QUESTION, "paraphrases": [prompt], "prompt": True}

    def _named_questions(self, entry: dict[str, Any]) -> list[dict[str, Any]]:
        """Return a question's paraphrases as entries of their own if the file names each of them.

        A plot needs short names, so a dictionary of names and texts stands beside the questions.
        """
        texts = entry.get("paraphrases", [])
        for node in self.named.values():
            if not isinstance(node, ast.Dict) or len(texts) < 2 or entry["type"] != QUESTION:
                continue
            try:
                names = self.value(node)
            except _NotLiteral:
                continue
            if list(names.values()) == texts:
                return [entry | {"id": name, "paraphrases": [text]} for name, text in names.items()]
        return [entry]

    def scored_questions(self) -> list[tuple[dict[str, Any], list[str]]]:
        """Return the questions whose answers a function scores by how they start."""
        found: list[tuple[dict[str, Any], list[str]]] = []
        for node in self.named.values():
            parts = node.elts if isinstance(node, ast.List | ast.Tuple) else []
            for part in parts:
                if not isinstance(part, ast.Tuple):
                    continue
                texts = [x.value for x in part.elts if isinstance(x, ast.Constant)]
                scorers = [x for x in part.elts if isinstance(x, ast.Lambda)]
                if len(scorers) != 1 or not texts or not isinstance(texts[0], str):
                    continue
                if starts := self._starts(scorers[0]):
                    entry_id = f"{len(found) + 1} {texts[0]}"[:60]
                    entry = {"id": entry_id, "type": QUESTION, "paraphrases": [texts[0]]}
                    found.append((entry, starts))
                else:
                    self.remarks.append(f'"{texts[0]}" is scored by a rule that is not known')
        return found

    def _starts(self, scorer: ast.Lambda) -> list[str]:
        """Return the beginnings that a scorer looks for; none if it is of another kind.

        Known are `x.lower().startswith(...)` of literals, and `any(...)` of it over literals.
        """
        body = scorer.body
        try:
            if isinstance(body, ast.Call) and _name_of(body.func) == "startswith":
                return _texts(self.value(body.args[0]))
            if isinstance(body, ast.Call) and _name_of(body.func) == "any":
                over = body.args[0]
                if isinstance(over, ast.GeneratorExp | ast.ListComp) and not over.generators[0].ifs:
                    asked = over.elt
                    if isinstance(asked, ast.Call) and _name_of(asked.func) == "startswith":
                        return _texts(self.value(over.generators[0].iter))
        except (_NotLiteral, IndexError):
            pass
        return []

    def value(self, node: ast.expr) -> Any:
        """Return the value of a literal, or of a name that stands for one.

        A judge is represented by its name. Raises _NotLiteral for everything else.
        """
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise InvalidDataError("too many literals")
        match node:
            case ast.Constant(value=value) if len(str(value)) <= MAX_CHARACTERS:
                return value
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return [self.value(part) for part in parts]
            case ast.Dict(keys=keys, values=values) if all(keys):
                pairs = zip(keys, values, strict=True)
                return {self.value(key): self.value(value) for key, value in pairs if key}
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _joined(self.value(left), self.value(right))
            case ast.Call() if _name_of(node.func) in _KINDS:
                return (self._entry(node) or {}).get("id", "")
            case ast.Name(id=name) if name in self.named:
                return self.value(self.named[name])
        raise _NotLiteral


def _judge_function(function: ast.FunctionDef) -> dict[str, Any] | None:
    """Return the template that a function fills with a question and an answer, as an entry."""
    for node in ast.walk(function):
        if isinstance(node, ast.JoinedStr):
            template = "".join(_part(value) for value in node.values)
            known = PLACEHOLDER in template and "{question}" in template
            if known and len(template) <= MAX_CHARACTERS:
                name = function.name
                while (shorter := _JUDGE_NAME.sub("", name)) != name:
                    name = shorter
                kind = RATING if _SCALE.search(template) else CHOICE
                # A question file's templates are format strings, in which braces are doubled.
                doubled = re.sub(r"\{(?!(?:question|answer)\})", "{{", template)
                doubled = re.sub(r"(?<!\{question)(?<!\{answer)\}", "}}", doubled)
                return {"id": name, "type": kind, "paraphrases": [doubled]}
    return None


def _part(node: ast.expr) -> str:
    """Return a part of an f-string: its text, or the name of the value that is filled in."""
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Name):
        return f"{{{node.value.id}}}"
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _name_of(node: ast.expr) -> str:
    """Return the last part of a dotted name; empty for other expressions."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _joined(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) <= MAX_CHARACTERS:
            return left + right
    raise _NotLiteral


def _texts(value: Any) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) and text for text in texts):
        raise _NotLiteral
    return texts
