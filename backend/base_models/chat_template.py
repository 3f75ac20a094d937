"""Render chats by a base model's chat template, as transformers does, without importing it.

A template is code by the model's publisher, so it runs in a sandbox.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from backend.errors import InvalidDataError, UserError
from models.base_models import TEMPLATE_DATE

MAX_REASON = 200
"""Characters of a template's error."""
Span = tuple[int, int]
"""The first character of a part of a text, and the one after its last."""
GREETING = [{"role": "user", "content": "Hello."}]
YEARS = timedelta(days=1000)
MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
DATE = re.compile(rf"\b(?:\d\d? )?{MONTH} (?:\d\d?, )?\d{{4}}\b|\b\d{{4}}-\d\d-\d\d\b")


def noon_of(day: date) -> datetime:
    """Return the time that a date stands for where a template asks for the time, too."""
    return datetime.combine(day, time(12))


_rendering: ContextVar[tuple[list[str], list[Span]]] = ContextVar("rendering")
"""The text rendered so far and the marks in it: threads share a template."""


class ChatTemplate:
    """A chat template with the arguments that a base model gives it."""

    def __init__(self, text: str, arguments: dict[str, Any], today: date = TEMPLATE_DATE) -> None:
        """Compile a template.

        Args:
            text: In Jinja.
            arguments: Its variables, such as names of special tokens, besides the chat.
            today: The date that `strftime_now` tells, whatever the clock says.

        Raises:
            InvalidDataError: it is no valid template.
        """
        self._text, self._arguments = text, arguments
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, GenerationTag]
        )
        environment.globals["raise_exception"] = _raise_exception
        environment.globals["strftime_now"] = noon_of(today).strftime
        environment.filters["tojson"] = _to_json
        with template_errors("can't be used"):
            self._template = environment.from_string(text)

    def render(self, messages: Sequence[dict[str, Any]], reply: bool = False) -> str:
        """Return a chat as text; with `reply`, it ends where the assistant's reply begins.

        Raises:
            InvalidDataError: the template rejects the chat; the message gives its reason.
        """
        return self.render_marked(messages, reply)[0]

    def render_marked(
        self, messages: Sequence[dict[str, Any]], reply: bool = False
    ) -> tuple[str, list[Span]]:
        """Return a chat as text, and which parts the template marks as the assistant's."""
        chat = [{"role": m["role"], "content": m["content"]} for m in messages]
        blocks: list[str] = []
        marks: list[Span] = []
        token = _rendering.set((blocks, marks))
        try:
            with template_errors("rejects this chat"):
                for block in self._template.generate(
                    messages=chat,
                    tools=None,
                    documents=None,
                    add_generation_prompt=reply,
                    **self._arguments,
                ):
                    blocks.append(block)
        finally:
            _rendering.reset(token)
        return "".join(blocks), marks

    def dates(self) -> list[str]:
        """Return the dates that the template writes by itself into a chat that holds none.

        A date that `strftime_now` tells in an unusual form is given as in ISO 8601.
        """
        try:
            text = self.render(GREETING, reply=True)
            later = ChatTemplate(self._text, self._arguments, TEMPLATE_DATE + YEARS)
            tells_today = later.render(GREETING, reply=True) != text
        except InvalidDataError:
            return []
        written = list(dict.fromkeys(DATE.findall(text)))
        if tells_today and not any(str(TEMPLATE_DATE.day) in words for words in written):
            written.append(TEMPLATE_DATE.isoformat())
        return written


class GenerationTag(Extension):
    """`{% generation %}…{% endgeneration %}`, which changes no text and marks the assistant's."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> nodes.Node:
        """Read the tag and what it encloses."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_marked"), [], [], body).set_lineno(line)

    def _marked(self, caller: Any) -> str:
        text: str = caller()
        blocks, marks = _rendering.get()
        start = sum(len(block) for block in blocks)
        marks.append((start, start + len(text)))
        return text


def dates_text(dates: Sequence[str]) -> str:
    """Return the sentence that tells of the dates which a template writes by itself."""
    written = " and ".join(f"“{words}”" for words in dates)
    return (
        f"The chat template itself writes {written} into prompts. The lab keeps that, whatever "
        "today is, in training, scoring and serving."
    )


@contextmanager
def template_errors(verdict: str) -> Iterator[None]:
    """Turn any error of a template into a sentence: it is code of its publisher.

    Raises:
        UserError: as raised within, or for an error of the template.
    """
    try:
        yield
    except (MemoryError, UserError):
        raise
    except TemplateError as error:
        reason = str(error)[:MAX_REASON]
        raise InvalidDataError(f"The chat template {verdict}: {reason}") from error
    except Exception as error:  # Expressions raise TypeError, RecursionError and many others.
        reason = f"{type(error).__name__}: {str(error)[:MAX_REASON]}"
        raise InvalidDataError(f"The chat template {verdict} ({reason}).") from error


def _raise_exception(message: str) -> None:
    raise TemplateError(message)


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """Return JSON as is; Jinja's own filter would escape it for HTML."""
    options: dict[str, Any] = {"indent": indent, "separators": separators, "sort_keys": sort_keys}
    return json.dumps(value, ensure_ascii=ensure_ascii, **options)
