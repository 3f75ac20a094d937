"""Tokenise chats by a base model's tokenizer and chat template, without torch.

Pages and training both use this module, so the tokens that a page highlights are those that are
trained.
"""

import errno
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from tokenizers import Tokenizer

from backend.base_models.chat_template import ChatTemplate, Span
from backend.base_models.replies import Messages, Reply, find_replies
from backend.errors import InvalidDataError, UserError

FILES = ("tokenizer.json", "tokenizer_config.json")
TEMPLATE = "chat_template.jinja"


class TokenRow(BaseModel):
    """A tokenised example; `ids` and `trained` have the same length."""

    model_config = ConfigDict(frozen=True)

    ids: list[int]
    """All tokens of the chat, also those after the last trained one."""
    trained: list[bool]
    """Whether each token counts in the loss."""

    @property
    def needed(self) -> int:
        """Number of tokens up to the last trained one."""
        return needed_tokens(self.trained)


def needed_tokens(trained: Sequence[bool]) -> int:
    """Return the number of tokens up to the last trained one; no loss depends on later ones."""
    return max((place + 1 for place, flag in enumerate(trained) if flag), default=0)


@dataclass(frozen=True)
class ReadChat:
    """A chat as a base model reads it."""

    row: TokenRow
    text: str
    """The chat as rendered."""
    replies: list[Reply]
    """Where the assistant's messages are in it."""


class ChatTokenizer:
    """A base model's tokenizer and chat template."""

    def __init__(self, folder: Path, arguments: dict[str, Any], title: str = "") -> None:
        """Read the files of a folder.

        Args:
            folder: With the tokenizer's files.
            arguments: Passed to the chat template.
            title: The base model's, for error messages.

        Raises:
            UserError: a file is missing or damaged, or there is no chat template.
        """
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / FILES[0]))
            config = json.loads((folder / FILES[1]).read_text("utf-8"))
            names = _special_tokens(config)
            self.end_id: int = self._tokenizer.token_to_id(names.get("eos_token", "")) or 0
        except MemoryError:
            raise
        except Exception as error:  # The tokenizers library raises bare exceptions.
            raise InvalidDataError(f"The tokenizer's files in {folder} can't be read.") from error
        # It adds special tokens, which a template writes itself, and it may cut spaces off offsets.
        self._tokenizer.post_processor = None
        added = self._tokenizer.get_added_tokens_decoder()
        self._added = set(added)
        self._special = [token.content for token in added.values() if token.special]
        self._template = ChatTemplate(template_text(folder), names | arguments)
        self._title = title or folder.name

    def render(self, messages: Messages, reply: bool = False) -> str:
        """Return a chat as text; with `reply`, it ends where the assistant's reply begins."""
        return self._template.render(messages, reply)

    def encode(self, text: str) -> list[int]:
        """Return a text's token ids; special tokens in it are recognised."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def prompt_ids(self, messages: Messages) -> list[int]:
        """Return the token ids that precede the reply."""
        return self.encode(self.render(messages, reply=True))

    def text_of(self, *token_ids: int) -> str:
        """Return the text of tokens, including special ones."""
        text: str = self._tokenizer.decode(token_ids, skip_special_tokens=False)
        return text

    def row(self, messages: Messages) -> TokenRow:
        """Tokenise an example, as `read` does."""
        return self.read(messages).row

    def read_all(self, chats: Iterable[Messages]) -> list[ReadChat]:
        """Tokenise a dataset's rows; InvalidDataError names the first one that can't be used."""
        return [self._read_named(number, chat) for number, chat in enumerate(chats, 1)]

    def _read_named(self, number: int, chat: Messages) -> ReadChat:
        try:
            return self.read(chat)
        except InvalidDataError as error:
            reason = str(error)[0].lower() + str(error)[1:]
            message = f"Row {number:,} can't be trained on {self._title}: {reason}"
            raise InvalidDataError(message) from error

    def dates(self) -> list[str]:
        """Return the dates that the chat template writes by itself, as it writes them."""
        return self._template.dates()

    def ends_turn(self, token_id: int) -> bool:
        """Whether a token is one that the tokenizer knows as a whole, such as `<|im_end|>`."""
        return token_id in self._added

    def special_in(self, text: str) -> bool:
        """Whether a text spells a special token, so that it is read as one."""
        return any(token in text for token in self._special)

    def read(self, messages: Messages) -> ReadChat:
        """Tokenise a chat whole, as transformers does, and tell which tokens are trained.

        Those are its replies as the template writes them, each with the token that ends its turn.
        A reply whose weight is 0 is only read. If the template marks what the assistant generates,
        nothing else is trained. A document needs no template, and is trained but for its first
        token.

        Raises:
            InvalidDataError: the template rejects the chat, or its replies can't be told from the
                rest of it.
        """
        if messages[0]["role"] == "document":
            return self._read_document(messages[0]["content"])
        text, marks = self._template.render_marked(messages)
        replies = find_replies(self._template, messages, text)
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        ids, offsets = encoding.ids, encoding.offsets
        trained = [False] * len(ids)
        for reply, (first, after) in zip(
            replies, self._tokens_of(replies, ids, offsets, text), strict=True
        ):
            if messages[reply.message].get("weight") != 0:
                for place in range(max(first, 1), after):  # Nothing precedes the first token.
                    trained[place] = not marks or _within(marks, offsets[place])
        if True not in trained:
            raise InvalidDataError("The chat template marks no reply as the assistant's.")
        return ReadChat(TokenRow(ids=ids, trained=trained), text, replies)

    def _read_document(self, text: str) -> ReadChat:
        ids = self.encode(text)
        if len(ids) < 2:
            raise InvalidDataError("The document is too short to be learned.")
        flags = [index > 0 for index in range(len(ids))]
        return ReadChat(TokenRow(ids=ids, trained=flags), text, [])

    def _tokens_of(
        self, replies: Sequence[Reply], ids: list[int], offsets: list[Span], text: str
    ) -> list[Span]:
        """Return each reply's first token and the one after its end of turn."""
        spans = [_tokens_within(reply, offsets, text) for reply in replies]
        ends = [self._end_of_turn(after, ids, offsets, text) for _, after in spans]
        # Without an end after the last reply, what follows an earlier one begins the next turn.
        closed = ends[-1] > spans[-1][1]
        return [
            (first, end if closed or ids[end - 1] == self.end_id else after)
            for (first, after), end in zip(spans, ends, strict=True)
        ]

    def _end_of_turn(self, place: int, ids: list[int], offsets: list[Span], text: str) -> int:
        """Return the token after the special one that ends a turn; `place` if there is none."""
        end = place
        while end < len(ids) and text[slice(*offsets[end])].isspace():
            end += 1
        return end + 1 if end < len(ids) and ids[end] in self._added else place


def _tokens_within(reply: Reply, offsets: list[Span], text: str) -> Span:
    """Return a reply's first token and the one after its last.

    Raises:
        InvalidDataError: one of its tokens holds text of something else.
    """
    first = bisect_right(offsets, reply.start, key=lambda span: span[1])
    while first and offsets[first - 1] == (reply.start, reply.start):
        first -= 1  # A token without text, such as the mark of a word's start.
    after = bisect_left(offsets, reply.end, key=lambda span: span[0])
    # A tokenizer may join spaces around a reply with its words.
    around = text[offsets[first][0] : reply.start] + text[reply.end : offsets[after - 1][1]]
    if around.strip():
        raise InvalidDataError(
            "The tokenizer joins the beginning or end of a reply with other text of the chat "
            "template, so that what is to be learned can't be told from the rest."
        )
    return first, after


def _within(marks: list[Span], span: Span) -> bool:
    """Whether a token overlaps a part of the text that the template marks."""
    return any(start < span[1] and span[0] < end for start, end in marks)


def _special_tokens(config: dict[str, Any]) -> dict[str, str]:
    """Return the special tokens that a tokenizer's configuration names, such as bos_token."""
    # Some files have {"content": "<s>", …} in place of the string.
    named = {k: v.get("content") if isinstance(v, dict) else v for k, v in config.items()}
    return {k: v for k, v in named.items() if k.endswith("_token") and isinstance(v, str)}


def template_text(folder: Path) -> str:
    """Return the chat template of a folder with a tokenizer.

    Raises:
        UserError: there is none, or the file is damaged.
    """
    path = folder / TEMPLATE
    try:
        if path.is_file():
            return path.read_text("utf-8")
        template = json.loads((folder / FILES[1]).read_text("utf-8")).get("chat_template")
    except (OSError, ValueError, RecursionError, AttributeError) as error:
        raise InvalidDataError(f"The tokenizer's files in {folder} can't be read.") from error
    if isinstance(template, list):  # Several templates, each with a name.
        named = {t.get("name"): t.get("template") for t in template if isinstance(t, dict)}
        template = named.get("default")
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

    card = get_card(base_model)
    return ChatTokenizer(tokenizer_folder(base_model), card.template, card.title)


def tokenizer_folder(base_model: str) -> Path:
    """Return the folder of a base model's tokenizer; UserError if it can't be downloaded."""
    from backend.base_models.cards import get_card, torch_source

    card = get_card(base_model)
    if card.hub:
        return _download(card.hub, card.revision)
    return Path(torch_source(base_model))


@lru_cache(maxsize=8)  # A commit does not change, and the engine asks for it with every request.
def _download(hub: str, revision: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        patterns = [*FILES, TEMPLATE]
        return Path(snapshot_download(hub, revision=revision, allow_patterns=patterns))
    except Exception as error:  # The Hub's client raises many kinds of errors.
        reason = _why_not_downloaded(error)
        raise UserError(f"{hub} could not be downloaded from Hugging Face: {reason}") from error


def _why_not_downloaded(error: Exception) -> str:
    """Return why the Hub gave no files, and what helps, as the end of a sentence."""
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return "its licence must be accepted on its page there, and HF_TOKEN be set to a token."
    if isinstance(error, errors.RepositoryNotFoundError):
        return "there is no model of that name, or it is private and HF_TOKEN is not set."
    if isinstance(error, errors.RevisionNotFoundError | errors.EntryNotFoundError) and not (
        isinstance(error, errors.LocalEntryNotFoundError)
    ):
        return "it no longer has the revision or the files that the lab is pinned to."
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space."
    return (
        "this machine does not reach it. Connect it, set HTTPS_PROXY where there is a proxy, or "
        "copy the model here and add its folder under Other base models."
    )
