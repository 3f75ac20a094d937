"""Decide what each column of a file is for; where that is not clear, the user is asked."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from backend.datasets.importing.turns import MEDIA, are_turns, is_empty, unquoted

CHATS = ("messages", "conversations", "conversation", "dialogue", "dialog", "chat", "turns")
DOCUMENTS = ("text",)
PROMPTS = ("prompt", "question", "instruction", "input", "user", "query", "human")
ANSWERS = ("completion", "answer", "response", "output", "assistant", "reply")
SYSTEMS = ("system", "system_prompt", "system_message")
CONTEXTS = ("input", "context", "passage", "background")
HISTORIES = ("history",)
FLAGS = ("label", "labels", "kto_label", "desirable", "weight", "train")
"""Columns that may mark a row as not to be learned."""
ABOUT = {"id", "_id", "idx", "index", "", "url", "source", "title", "category", "lang", "language"}
ABOUT |= {"date", "timestamp", "split", "author", "license", "licence", "domain", "subset"}
"""Columns beside a text that say where it is from, so that nobody means them as answers."""
TOOLS = ("tools", "functions")
EXCLUDED = (*TOOLS, *MEDIA)
"""Columns without which a row would be another one, and which the lab can't train."""
REJECTED = ("rejected", "non_preferred", "dispreferred")
"""Parts of the names of columns with answers that lost to others."""
MARKS = (0, 1, "0", "1", "true", "false", "True", "False", "TRUE", "FALSE")
MAX_COLUMNS = 1000

Role = Literal["chat", "document", "system", "history", "question", "context", "answer", "flag"]
USES: dict[Role, str] = {
    "chat": "the chat, whose replies are trained",
    "document": "a document, trained as a whole",
    "system": "the system prompt",
    "history": "earlier turns",
    "question": "the question",
    "context": "appended to the question",
    "answer": "the answer, which is trained",
    "flag": "whether the row is to be learned",
}


class Choice(BaseModel):
    """A user's word on which columns are the question and the answer."""

    model_config = ConfigDict(frozen=True)

    question: str = ""
    """Empty if the other column holds documents or whole chats."""
    answer: str


class Unclear(BaseModel):
    """A file whose columns the user has to choose."""

    model_config = ConfigDict(frozen=True)

    reason: str
    columns: list[str]
    """Those that hold texts or chats."""


class Columns(BaseModel):
    """What the columns of a file are for."""

    model_config = ConfigDict(frozen=True)

    roles: dict[Role, str]
    excluded: list[str] = []
    """Columns that must be empty, because the lab can't train what they hold."""
    left_out: list[str] = []

    @property
    def name(self) -> str:
        """The format in words."""
        if "chat" in self.roles:
            return "OpenAI chat" if self.roles["chat"] == "messages" else "ShareGPT"
        if "document" in self.roles:
            return "documents"
        question, answer = self.roles["question"], self.roles["answer"]
        if (question, answer) == ("instruction", "output"):
            return "Alpaca"
        return f'"{question[:40]}" and "{answer[:40]}"'


def columns_of(
    rows: Iterable[dict[str, Any]], columns: Sequence[str], choice: Choice | None = None
) -> Columns | Unclear | None:
    """Return what a file's columns are for; None if nothing in it can be trained.

    Args:
        rows: Those that could be read.
        columns: All columns of a table; empty for JSON, whose rows name them.
        choice: The user's, if they were asked.
    """
    rows = list(rows)
    held = _held(rows, columns)
    names = {name.strip().lower(): name for name in reversed(held)}
    roles = _chosen(held, choice) if choice else _guessed(held, names, len(rows))
    if not isinstance(roles, dict):
        return roles
    if "document" not in roles:
        roles |= _beside(names, held, set(roles.values()), "question" in roles)
    excluded = [name for known, name in names.items() if known in EXCLUDED]
    used = {*roles.values(), *excluded}
    left_out = [name for name, values in held.items() if values and name not in used]
    return Columns(roles=roles, excluded=excluded, left_out=left_out)


def _held(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> dict[str, list[Any]]:
    """Return the values of each column that are not empty, up to MAX_COLUMNS columns."""
    held: dict[str, list[Any]] = {name: [] for name in columns[:MAX_COLUMNS]}
    for row in rows:
        for name, value in row.items():
            if name in held or len(held) < MAX_COLUMNS:
                values = held.setdefault(name, [])
                if not is_empty(value):
                    values.append(value)
    return held


def _first(names: dict[str, str], known: Sequence[str], taken: Iterable[str] = ()) -> str | None:
    return next((names[k] for k in known if k in names and names[k] not in taken), None)


def _is_chat(values: list[Any]) -> bool:
    return bool(values) and are_turns(unquoted(values[0]))


def _chosen(held: dict[str, list[Any]], choice: Choice) -> dict[Role, str] | Unclear:
    if choice.question == choice.answer:
        return Unclear(reason="one column can't be both", columns=_texts(held))
    missing = [n for n in (choice.question, choice.answer) if n and n not in held]
    if missing:
        return Unclear(reason=f'it has no column "{missing[0][:40]}"', columns=_texts(held))
    if choice.question:
        return {"question": choice.question, "answer": choice.answer}
    return {"chat" if _is_chat(held[choice.answer]) else "document": choice.answer}


def _guessed(
    held: dict[str, list[Any]], names: dict[str, str], rows: int
) -> dict[Role, str] | Unclear | None:
    if name := next(
        (name for key, name in names.items() if any(part in key for part in REJECTED)), None
    ):
        reason = (
            f'"{name[:40]}" holds answers that are not to be learned, and finetuning learns '
            "every answer that it is given"
        )
        return Unclear(reason=reason, columns=_texts(held))
    chat = _first(names, CHATS)
    if chat and not held[chat] and len(held) > 1:
        chat = None  # Null in every row, so it is absent.
    if chat and len(held[chat]) == rows:
        return {"chat": chat}
    # The most particular pair of names goes first.
    alpaca = {"instruction", "output"} <= set(names)
    question = names["instruction"] if alpaca else _first(names, PROMPTS)
    answer = names["output"] if alpaca else _first(names, ANSWERS)
    if question is not None and answer is not None:
        pair: dict[Role, str] = {"question": question, "answer": answer}
        return pair | ({"chat": chat} if chat else {})
    if chat:
        return {"chat": chat}
    chats = [name for name, values in held.items() if _is_chat(values)]
    if len(chats) == 1:
        return {"chat": chats[0]}
    texts = _texts(held)
    others = [name for name in texts if name.strip().lower() not in ABOUT | set(DOCUMENTS)]
    document = _first(names, DOCUMENTS)
    if document is not None and not others and not _first(names, FLAGS):
        return {"document": document}
    if len(texts) < 1 or (len(texts) == 1 and document is None):
        return None
    return Unclear(reason="its columns don't say which is the question", columns=texts)


def _texts(held: dict[str, list[Any]]) -> list[str]:
    """Return the columns that hold texts or chats."""
    return [n for n, v in held.items() if v and (isinstance(v[0], str) or are_turns(v[0]))]


def _beside(
    names: dict[str, str], held: dict[str, list[Any]], taken: set[str], pair: bool
) -> dict[Role, str]:
    """Return what is used beside chats, or beside questions and answers."""
    found: dict[Role, str | None] = {"system": _first(names, SYSTEMS, taken)}
    if pair:
        found["history"] = _first(names, HISTORIES, taken)
        found["context"] = _first(names, CONTEXTS, taken)
    flag = _first(names, FLAGS, taken)
    if flag is not None and held[flag] and all(value in MARKS for value in held[flag]):
        found["flag"] = flag
    return {role: name for role, name in found.items() if name is not None and held[name]}
