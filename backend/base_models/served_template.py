"""The chat template that an engine serves a base model with, where its own would tell the time.

llama.cpp and vLLM render templates themselves, and each would write the day of the request. They
get the template with a beginning that fixes the date which training and scoring read.
"""

from datetime import date
from hashlib import sha256
from pathlib import Path

from backend.base_models.chat_template import noon_of
from backend.base_models.tokenizer import template_text, tokenizer_folder
from backend.config import settings
from backend.files import replacing
from models.base_models import TEMPLATE_DATE

CLOCKS = ("strftime_now", "date_string")
"""What templates take today's date from; llama.cpp sets `date_string`, transformers does not."""
DIRECTIVES = "YymbBhdeaAjHIMSpFDTR"
"""The conversions of `strftime` that a template may use."""


def served_template(base_model: str) -> Path | None:
    """Return the file of a template for engines; None if the model's own tells no date.

    Raises:
        UserError: the tokenizer's files can't be read.
    """
    template = template_text(tokenizer_folder(base_model))
    content = as_served(template)
    if content == template:
        return None
    name = sha256(content.encode()).hexdigest()[:16]
    path = settings().home / "templates" / f"{name}.jinja"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as scratch:
            scratch.write_text(content, "utf-8")
    return path


def as_served(template: str) -> str:
    """Return a template as it lays out chats here: with the lab's date if it tells today's."""
    return dated(template, TEMPLATE_DATE) if any(name in template for name in CLOCKS) else template


def dated(template: str, today: date) -> str:
    """Return a template that takes a given date for today's, in any engine."""
    day = noon_of(today)
    known = {f"%{flag}{letter}": "" for letter in DIRECTIVES for flag in ("-", "")}
    written = {code: day.strftime(code) for code in known} | {"%%": "%"}
    replaced = "".join(f" | replace('{code}', '{text}')" for code, text in written.items())
    return (
        f"{{%- macro strftime_now(format) -%}}{{{{- format{replaced} -}}}}{{%- endmacro -%}}"
        # A name that is set to nothing is not defined, whatever the engine has set it to.
        "{%- set date_string = name_without_a_value %}\n"
    ) + template
