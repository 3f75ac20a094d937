"""Tokenise chats by a base model's tokenizer and chat template, without torch.

Pages and training both use this module, so the tokens that a page highlights are those that are
trained.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict
from tokenizers import Tokenizer

from backend.errors import InvalidDataError, UserError

FILES = ("tokenizer.json", "tokenizer_config.json")
TEMPLATE = "chat_template.jinja"
MAX_REASON = 200
"""Characters of a template's error."""


class TokenRow(BaseModel):
    """A tokenised example; `ids` and `trained` have the same length."""

    model_config = ConfigDict(frozen=True)

    ids: list[int]
    trained: list[bool]
    """Whether each token counts in the loss."""


class ChatTokenizer:
    """A base model's tokenizer and chat template."""

    def __init__(self, folder: Path, arguments: dict[str, Any]) -> None:
        """Read the files of a folder; `arguments` are passed to the chat template.

        Raises:
            UserError: a file is missing or damaged, or there is no chat template.
        """
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / FILES[0]))
            config = json.loads((folder / FILES[1]).read_text("utf-8"))
            named = {k: config.get(k) for k in ("bos_token", "eos_token", "pad_token", "unk_token")}
            # Some files have {"content": "<s>", …} in place of the string.
            self._names = {k: v["content"] if isinstance(v, dict) else v for k, v in named.items()}
            self.end_id: int = self._tokenizer.token_to_id(self._names["eos_token"] or "") or 0
        except MemoryError:
            raise
        except Exception as error:  # The tokenizers library raises bare exceptions.
            raise InvalidDataError(f"The tokenizer's files in {folder} can't be read.") from error
        self._arguments = arguments
        # A template is code by the model's publisher, so it runs in a sandbox.
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
        )
        environment.globals["raise_exception"] = _raise_exception
        environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
        with _template_errors("can't be used"):
            self._template = environment.from_string(_template_of(folder, config))

    def render(self, messages: list[dict[str, Any]], reply: bool = False) -> str:
        """Return a chat as text; with `reply`, it ends where the assistant's reply begins."""
        chat = [{"role": m["role"], "content": m["content"]} for m in messages]
        with _template_errors("rejects this chat"):
            return self._template.render(
                messages=chat, add_generation_prompt=reply, **self._names, **self._arguments
            )

    def encode(self, text: str) -> list[int]:
        """Return a text's token ids; special tokens in it are recognised."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def prompt_ids(self, messages: list[dict[str, Any]]) -> list[int]:
        """Return the token ids that precede the reply."""
        return self.encode(self.render(messages, reply=True))

    def text_of(self, *token_ids: int) -> str:
        """Return the text of tokens, including special ones."""
        text: str = self._tokenizer.decode(token_ids, skip_special_tokens=False)
        return text

    def row(self, messages: list[dict[str, Any]]) -> TokenRow:
        """Tokenise an example; its replies are trained, with their end-of-turn tokens.

        A reply whose weight is 0 is only read.

        A document is plain text without turns; all its tokens but the first are trained.

        Prompt and reply are tokenised separately, as in sampling, where no token can span both.
        """
        if messages[0]["role"] == "document":
            ids = self.encode(messages[0]["content"])
            return TokenRow(ids=ids, trained=[index > 0 for index in range(len(ids))])
        ids = []
        trained: list[bool] = []
        rendered = 0  # Characters of the chat that are tokenised already.
        for position, message in enumerate(messages):
            if message["role"] != "assistant":
                continue
            prompt = self.render(messages[:position], reply=True)
            before = self.encode(prompt[rendered:])
            reply = self.encode(self._reply_text(messages[: position + 1], prompt))
            end = reply.index(self.end_id) + 1 if self.end_id in reply else len(reply)
            ids += before + reply
            learned = message.get("weight") != 0
            trained += [False] * len(before) + [learned and i < end for i in range(len(reply))]
            rendered = len(self.render(messages[: position + 1]))
        if True not in trained:
            raise InvalidDataError("The chat template leaves out the assistant's replies.")
        last = len(trained) - trained[::-1].index(True)
        return TokenRow(ids=ids[:last], trained=trained[:last])

    def _reply_text(self, messages: list[dict[str, Any]], prompt: str) -> str:
        """Return the last message as rendered after its prompt."""
        text = self.render(messages)
        if text.startswith(prompt):
            return text[len(prompt) :]
        # Some templates begin a reply with text that they omit from the history, such as Qwen3's
        # empty thinking block. There, the reply is its content and the end of its turn.
        content: str = messages[-1]["content"]
        if content not in text:
            raise InvalidDataError("The chat template leaves out the assistant's replies.")
        return content + text[text.rindex(content) + len(content) :]


@contextmanager
def _template_errors(verdict: str) -> Iterator[None]:
    """Turn any error of a template into a sentence: it is code of its publisher.

    Raises:
        UserError: as raised within, or for an error of the template.
    """
    try:
        yield
    except (MemoryError, UserError):
        raise
    except TemplateError as error:
        raise InvalidDataError(f"The chat template {verdict}: {error}") from error
    except Exception as error:  # Expressions raise TypeError, RecursionError and many others.
        reason = f"{type(error).__name__}: {str(error)[:MAX_REASON]}"
        raise InvalidDataError(f"The chat template {verdict} ({reason}).") from error


def _raise_exception(message: str) -> None:
    raise TemplateError(message)


def _template_of(folder: Path, config: dict[str, Any]) -> str:
    path = folder / TEMPLATE
    template = path.read_text("utf-8") if path.is_file() else config.get("chat_template")
    if not isinstance(template, str):
        raise UserError(f"{folder.name} has no chat template, so it can't chat.")
    return template


@lru_cache(maxsize=8)
def chat_tokenizer(base_model: str) -> ChatTokenizer:
    """Return a base model's tokenizer; its files are downloaded from the Hub once if necessary.

    Raises:
        UserError: the files can't be found or downloaded.
    """
    # Imported here and below, because a child process that reads a template needs no database.
    from backend.base_models.cards import get_card

    return ChatTokenizer(tokenizer_folder(base_model), get_card(base_model).template)


def tokenizer_folder(base_model: str) -> Path:
    """Return the folder of a base model's tokenizer; UserError if it can't be downloaded."""
    from backend.base_models.cards import get_card, torch_source

    card = get_card(base_model)
    if card.hub:
        return _download(card.hub, card.revision)
    return Path(torch_source(base_model))


def _download(hub: str, revision: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        patterns = [*FILES, TEMPLATE]
        return Path(snapshot_download(hub, revision=revision, allow_patterns=patterns))
    except Exception as error:  # The Hub's client raises many kinds of errors.
        raise UserError(f"{hub} could not be downloaded from Hugging Face.") from error
