"""Which texts a file of screens has Streamlit read as Markdown, and which of them may be others'.

A text is safe if it is a literal, if `plain` made it, if it is a number with a format, or if it is
put together from such texts, also over variables and over functions of the screens.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from backend.config import ROOT

SCREENS = sorted([ROOT / "app.py", *ROOT.glob("pages/*.py"), *ROOT.glob("components/**/*.py")])
LABELLED = set(
    "markdown caption title header subheader write info warning error success toast button "
    "download_button form_submit_button checkbox toggle radio selectbox multiselect pills "
    "segmented_control select_slider slider number_input text_input text_area file_uploader "
    "expander popover tabs metric spinner status dialog html latex exception json table "
    "Column TextColumn NumberColumn".split()
)
"""Their first argument is read as Markdown, or is not to be used for texts of others at all."""
NAMED = {"help", "label", "body", "text", "caption", "delta", "title"}
"""Arguments that are Markdown wherever they appear."""
OPTIONS = {"radio", "pills", "segmented_control", "select_slider"}
"""Their options are Markdown, too."""
LISTS = {"selectbox", "multiselect"}
"""Their options are only to be visible."""
MADE_BY = {
    "text": {"start_of", "visible"},
    "code": {"visible"},
    "dataframe": {"cells"},
    "badge": {"in_badge"},
}
"""What makes the texts fit for those with rules of their own."""
SAFE = {"plain", "explain", "highlighted", "ago", "duration", "len"}
FORMATS = ("d", ",", "f", "g", "%", "e")


@cache
def functions() -> dict[str, list[ast.FunctionDef]]:
    """All functions of the screens by name."""
    found: dict[str, list[ast.FunctionDef]] = {}
    for path in SCREENS:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                found.setdefault(node.name, []).append(node)
    return found


def name_of(node: ast.expr) -> str:
    """The name of what is called; nothing for what is no call."""
    called = getattr(node, "func", None)
    return getattr(called, "attr", getattr(called, "id", ""))


class Scope:
    """What the variables of a function, or of a module outside of its functions, may hold."""

    def __init__(self, root: ast.AST) -> None:
        self.values: dict[str, list[ast.expr]] = {}
        arguments = [node for node in ast.walk(root) if isinstance(node, ast.arg)]
        self.arguments = {argument.arg for argument in arguments}
        for node in ast.walk(root):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._holds(target, node.value)
            elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and node.value:
                self._holds(node.target, node.value)
            elif isinstance(node, (ast.For, ast.comprehension)):
                self._holds(node.target, node.iter)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in ("append", "extend"):
                    self._holds(node.func.value, node.args[0])

    def _holds(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple):
            parts = getattr(value, "elts", getattr(value, "args", []))
            is_alike = isinstance(value, ast.Tuple) or name_of(value) == "zip"
            alike = is_alike and len(parts) == len(target.elts)
            for place, each in enumerate(target.elts):
                self._holds(each, parts[place] if alike else value)
        elif isinstance(target, ast.Starred):
            self._holds(target.value, value)
        elif isinstance(target, ast.Subscript):
            self._holds(target.value, value)
        elif isinstance(target, ast.Name):
            self.values.setdefault(target.id, []).append(value)

    def is_safe(self, node: ast.expr | None, seen: frozenset[str] = frozenset()) -> bool:
        match node:
            case None | ast.Constant():
                return True
            case ast.JoinedStr(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
                return all(self.is_safe(part, seen) for part in parts)
            case ast.Dict(values=parts) | ast.BoolOp(values=parts):
                return all(self.is_safe(part, seen) for part in parts)
            case ast.FormattedValue(value=value, format_spec=spec):
                is_number = spec is not None and ast.unparse(spec)[2:-1].endswith(FORMATS)
                return is_number or self.is_safe(value, seen)
            case ast.IfExp(body=first, orelse=second) | ast.BinOp(left=first, right=second):
                return self.is_safe(first, seen) and self.is_safe(second, seen)
            case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part) | ast.Starred(value=part):
                return self.is_safe(part, seen)
            case ast.Subscript(value=part) | ast.Lambda(body=part):
                return self.is_safe(part, seen)
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name)) if name.isupper():
                return True  # A constant of the lab.
            case ast.Name(id=name):
                is_known = name in self.values and name not in self.arguments | seen
                return (
                    name in seen
                    or is_known
                    and all(self.is_safe(value, seen | {name}) for value in self.values[name])
                )
            case ast.Call():
                return self._returns_safe(node, seen)
        return False

    def _returns_safe(self, call: ast.Call, seen: frozenset[str]) -> bool:
        name = name_of(call)
        if name in SAFE or name in seen:
            return True
        if isinstance(call.func, ast.Attribute):
            parts = [call.func.value, *call.args[name == "get" :]]
            known = name in ("join", "items", "values", "keys", "get")
            return known and all(self.is_safe(part, seen) for part in parts)
        if name in ("zip", "iter", "next", "list", "sorted"):
            return all(self.is_safe(part, seen) for part in call.args)
        return name in functions() and all(
            Scope(function).is_safe(node.value, seen | {name})
            for function in functions()[name]
            for node in ast.walk(function)
            if isinstance(node, ast.Return)
        )

    def is_visible(self, node: ast.expr, makers: set[str]) -> bool:
        match node:
            case ast.Call():
                return name_of(node) in makers
            case ast.BoolOp(values=parts):
                return all(self.is_visible(part, makers) for part in parts)
            case ast.IfExp(body=first, orelse=second):
                return self.is_visible(first, makers) and self.is_visible(second, makers)
            case ast.Lambda(body=part):
                return self.is_visible(part, makers)
            case ast.Name(id=name) if name in makers:
                return True
        return isinstance(node, (ast.Constant, ast.Attribute)) and self.is_safe(node)

    def unsafe_in(self, call: ast.Call) -> Iterator[ast.expr]:
        """The arguments by which a call may draw a text of others as more than text."""
        name, named = name_of(call), {word.arg: word.value for word in call.keywords}
        if name in MADE_BY:
            yield from (a for a in call.args[:1] if not self.is_visible(a, MADE_BY[name]))
        marked = call.args[: 2 if name == "metric" else 1] if name in LABELLED else []
        marked += [value for key, value in named.items() if key in NAMED and name[0] != "_"]
        yield from (each for each in marked if not self.is_safe(each))
        options = named.get("options", call.args[1] if len(call.args) > 1 else None)
        made, makers = named.get("format_func"), {"plain"} if name in OPTIONS else {"option"}
        is_fit = self.is_visible(made, makers) if made else self.is_safe(options)
        if name in OPTIONS | LISTS and not is_fit:
            yield made or options


def unsafe_texts(path: Path) -> list[str]:
    """Where a file may have Streamlit read a text of others: line and expression."""
    tree = ast.parse(path.read_text("utf-8"))
    roots = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    rest = [node for node in tree.body if not isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    found = set()
    for root in [*roots, ast.Module(body=rest, type_ignores=[])]:
        scope = Scope(root)
        calls = [node for node in ast.walk(root) if isinstance(node, ast.Call)]
        inside = {part for call in calls if name_of(call) in SAFE for part in ast.walk(call)}
        for node in calls:
            if isinstance(node.func, ast.Attribute) and node not in inside:
                found |= {(each.lineno, ast.unparse(each)) for each in scope.unsafe_in(node)}
    return [f"{line}: {text}" for line, text in sorted(found)]
