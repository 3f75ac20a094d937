"""Chats to tokens, by the base model's own tokenizer and chat template, without torch.

Pages show what this module makes and training trains on it, so what is highlighted is what is
learned.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict
from tokenizers import Tokenizer

from backend.base_models.cards import get_card, torch_source
from backend.errors import InvalidDataError, UserError

FILES = ("tokenizer.json", "tokenizer_config.json")
TEMPLATE = "chat_template.jinja"


class TokenRow(BaseModel):
    """A tokenised example.

    `ids` and `trained` are equally long; a token is trained when its loss counts.
    """

    model_config = ConfigDict(frozen=True)

    ids: list[int]
    trained: list[bool]


class ChatTokenizer:
    """Tokenizer and chat template of one base model."""

    def __init__(self, folder: Path, arguments: dict[str, Any]) -> None:
        """Read `tokenizer.json`, `tokenizer_config.json` and the template from a folder."""
        self._tokenizer = Tokenizer.from_file(str(folder / FILES[0]))
        config = json.loads((folder / FILES[1]).read_text("utf-8"))
        named = {k: config.get(k) for k in ("bos_token", "eos_token", "pad_token", "unk_token")}
        # Older files hold {"content": "<s>", …} where newer ones hold the string.
        self._names = {k: v["content"] if isinstance(v, dict) else v for k, v in named.items()}
        self.end_id: int = self._tokenizer.token_to_id(self._names["eos_token"] or "") or 0
        self._arguments = arguments
        # A template is code from whoever published the model, so it runs in a sandbox.
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
        )
        environment.globals["raise_exception"] = _refuse
        environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
        self._template = environment.from_string(_template_of(folder, config))

    def render(self, messages: list[dict[str, str]], reply: bool = False) -> str:
        """Return the chat as text; `reply` opens the assistant's turn at the end."""
        try:
            return self._template.render(
                messages=messages, add_generation_prompt=reply, **self._names, **self._arguments
            )
        except TemplateError as error:
            raise InvalidDataError(f"The chat template refuses this chat: {error}") from error

    def encode(self, text: str) -> list[int]:
        """Return the token ids of a text; special tokens in it count as such."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def prompt_ids(self, messages: list[dict[str, str]]) -> list[int]:
        """Return what a model reads before it begins its reply."""
        return self.encode(self.render(messages, reply=True))

    def text_of(self, *token_ids: int) -> str:
        """Return tokens as people read them, special ones included."""
        text: str = self._tokenizer.decode(token_ids, skip_special_tokens=False)
        return text

    def row(self, messages: list[dict[str, str]]) -> TokenRow:
        """Tokenise an example; the trained tokens are the replies with their end-of-turn token.

        A document is plain text without any turn; all but its first token is trained.

        Prompt and reply are tokenised apart, because at sampling time the model sees the prompt's
        tokens alone and never a token that spans both.
        """
        if messages[0]["role"] == "document":
            text = self.encode(messages[0]["content"])
            return TokenRow(ids=text, trained=[place > 0 for place in range(len(text))])
        ids: list[int] = []
        trained: list[bool] = []
        written = 0
        for position, message in enumerate(messages):
            if message["role"] != "assistant":
                continue
            prompt = self.render(messages[:position], reply=True)
            before = self.encode(prompt[written:])
            reply = self.encode(self._reply_text(messages[: position + 1], prompt))
            end = reply.index(self.end_id) + 1 if self.end_id in reply else len(reply)
            ids += before + reply
            trained += [False] * len(before) + [i < end for i in range(len(reply))]
            written = len(self.render(messages[: position + 1]))
        last = len(trained) - trained[::-1].index(True)
        return TokenRow(ids=ids[:last], trained=trained[:last])

    def _reply_text(self, messages: list[dict[str, str]], prompt: str) -> str:
        text = self.render(messages)
        if text.startswith(prompt):
            return text[len(prompt) :]
        # Some templates open a reply with words that they drop from history (Qwen3's empty
        # thinking block), so the reply is put together from its content and the turn's end.
        content = messages[-1]["content"]
        return content + text[text.rindex(content) + len(content) :]


def _refuse(message: str) -> None:
    raise TemplateError(message)


def _template_of(folder: Path, config: dict[str, Any]) -> str:
    path = folder / TEMPLATE
    template = path.read_text("utf-8") if path.is_file() else config.get("chat_template")
    if not isinstance(template, str):
        raise UserError(f"{folder.name} has no chat template, so it can't be used for chats.")
    return template


@lru_cache(maxsize=8)
def chat_tokenizer(base_model: str) -> ChatTokenizer:
    """Return the tokenizer of a base model; hub models' small files are downloaded once.

    Raises:
        UserError: the files are not here and can't be had.
    """
    return ChatTokenizer(tokenizer_folder(base_model), get_card(base_model).template)


def tokenizer_folder(base_model: str) -> Path:
    """Return the folder that holds a base model's tokenizer; UserError when it can't be had."""
    card = get_card(base_model)
    if card.hub:
        return _download(card.hub, card.revision)
    return Path(torch_source(base_model))


def _download(hub: str, revision: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        wanted = [*FILES, TEMPLATE]
        return Path(snapshot_download(hub, revision=revision, allow_patterns=wanted))
    except Exception as error:  # The hub's client raises many kinds, all for the same reason here.
        raise UserError(f"{hub} could not be downloaded from Hugging Face.") from error
