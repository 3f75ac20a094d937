"""Chats as chat templates of all kinds lay them out: the tokens are those of transformers."""

import sys
from datetime import datetime
from pathlib import Path

import pytest
from transformers.utils import chat_template_utils

from backend.base_models.chat_template import ChatTemplate
from backend.base_models.tokenizer import ChatTokenizer, ReadChat
from backend.errors import InvalidDataError
from models.base_models import TEMPLATE_DATE
from tests.chat_template_folder import template_folder, theirs

OWN = Path(__file__).parent / "templates"
INSTALLED = Path(sys.prefix) / "templates"
"""The packages of requirements-templates.txt."""
WANT_PARTS = {"idefics3", "idefics3_training", "smolvlm", "smolvlm_training"}
"""Templates for images, which read no content that is plain text."""

Chat = list[dict[str, str]]


def chat(*contents: str, system: str = "") -> Chat:
    turns = [
        {"role": "assistant" if place % 2 else "user", "content": content}
        for place, content in enumerate(contents)
    ]
    return [{"role": "system", "content": system}, *turns] if system else turns


CHATS = [
    chat("Name a river.", "Elbe."),
    chat("Name a river.", "The Elbe, I think.\n\nIt is long.", system="Be brief."),
    chat("Name a river.", "Elbe.", "Name a lake.", "Garda.", "user", "assistant"),
    chat("Yes.", "Yes.", "Yes.", "Yes."),
    chat(" Say it. ", "\n word  word \n"),
    chat("2+2?", "<think>Two.</think>4", "3+3?", "<think>\nHm.\n</think>\n\n6"),
]


class Fixed(datetime):
    """The lab's date for templates, for transformers, which reads the clock."""

    @classmethod
    def now(cls, tz: object = None) -> "Fixed":
        return cls(TEMPLATE_DATE.year, TEMPLATE_DATE.month, TEMPLATE_DATE.day, 12)


@pytest.fixture(autouse=True)
def fixed_date(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_template_utils, "datetime", Fixed)


def learned(tokenizer: ChatTokenizer, read: ReadChat) -> list[str]:
    """The text of each part that is trained."""
    parts: list[list[int]] = []
    for place, (token, flag) in enumerate(zip(read.row.ids, read.row.trained, strict=True)):
        if flag and not read.row.trained[place - 1]:
            parts.append([])
        if flag:
            parts[-1].append(token)
    return [tokenizer.text_of(*part) for part in parts]


RIVERS = ["Elbe.<|im_end|>", "Garda.<|im_end|>"]
THOUGHT = "<think>\nTwo.\n</think>\n\n4<|im_end|>"


@pytest.mark.parametrize(
    ("template", "messages", "replies", "asked"),
    [
        ("tells_the_date", CHATS[2][:4], RIVERS, [True, True]),
        ("marks_what_is_generated", CHATS[2][:4], RIVERS, [True, True]),
        ("ends_otherwise_without_prompt", CHATS[2][:4], RIVERS, [True, True]),
        ("drops_thinking_of_history", CHATS[2][:4], RIVERS, [False, True]),
        ("takes_thinking_out", chat("2+2?", "<think>Two.</think>4"), [THOUGHT], [True]),
        ("marks_what_is_generated", CHATS[2][1:4], RIVERS, [False, True]),
        (
            "marks_what_is_generated",
            chat("Show it.", "A turn ends with <|im_end|> here."),
            ["A turn ends with <|im_end|> here.<|im_end|>"],
            [True],
        ),
    ],
)
def test_whole_replies_are_learned_in_the_tokens_of_transformers(
    tmp_path: Path, template: str, messages: Chat, replies: list[str], asked: list[bool]
) -> None:
    folder = template_folder(tmp_path / "t", (OWN / f"{template}.jinja").read_text())
    tokenizer = ChatTokenizer(folder, {})
    read = tokenizer.read(messages)
    assert read.row.ids == theirs(folder).apply_chat_template(messages, return_dict=False)
    assert learned(tokenizer, read) == replies
    assert [reply.asked for reply in read.replies] == asked


def test_what_a_template_marks_is_what_is_learned(tmp_path: Path) -> None:
    text = (OWN / "marks_what_is_generated.jinja").read_text()
    unmarked_end = text.replace("<|im_end|>{% endgeneration %}", "{% endgeneration %}<|im_end|>")
    folder = template_folder(tmp_path / "t", unmarked_end)
    row = ChatTokenizer(folder, {}).row(CHATS[0])
    whole = theirs(folder).apply_chat_template(CHATS[0], return_assistant_tokens_mask=True)
    assert (row.ids, [int(flag) for flag in row.trained]) == (
        whole["input_ids"],
        whole["assistant_masks"],
    )


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}",
         "leaves out a reply"),
        ("{% for m in messages %}{{ m.content | upper }}{% endfor %}", "leaves out a reply"),
        ("{% for m in messages %}<{{ m.content | length }}>{{ m.content }}{% endfor %}",
         "changes the text around a reply by what the reply says"),
        ("{% for m in messages %}({{ m.content }}){% endfor %}", "joins the beginning or end"),
        ("{{ raise_exception('No.' * 999) }}", "rejects this chat: No.No."),
    ],
)  # fmt: skip
def test_a_row_that_can_not_be_told_apart_is_refused_by_name(
    tmp_path: Path, template: str, reason: str
) -> None:
    tokenizer = ChatTokenizer(template_folder(tmp_path / "t", template), {}, "Odd model")
    with pytest.raises(InvalidDataError, match="Row 1 can't be trained on Odd model: the") as error:
        tokenizer.read_all([chat("Name a river.", "elbe and rhine.")])
    assert reason in str(error.value) and len(str(error.value)) < 300


def installed() -> list[Path]:
    return sorted(INSTALLED.rglob("*.jinja"))


@pytest.mark.skipif(not installed(), reason="`make test` installs requirements-templates.txt")
def test_every_template_of_installable_packages_is_read_as_transformers_does(
    tmp_path: Path,
) -> None:
    templates = {path: path.read_text() for path in installed()}
    assert len(templates) > 100
    folder = template_folder(tmp_path / "t", *templates.values())
    ours, other = ChatTokenizer(folder, {}), theirs(folder)
    wrong = []
    for path, text in templates.items():
        ours._template = ChatTemplate(
            text, {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>"}
        )
        for messages in CHATS:
            expected = rendered_by(other, text, messages)
            problem = problem_with(ours, messages, expected)
            if problem and not (path.stem in WANT_PARTS and "leaves out a reply" in problem):
                wrong.append((path.name, messages[-1]["content"], problem))
    assert not wrong


def rendered_by(tokenizer: object, template: str, messages: Chat) -> list[int] | None:
    """The tokens of transformers; None if the template rejects the chat."""
    try:
        return tokenizer.apply_chat_template(messages, chat_template=template, return_dict=False)
    except Exception:
        return None


def problem_with(tokenizer: ChatTokenizer, messages: Chat, expected: list[int] | None) -> str:
    """Why a chat is not read as it should be; empty if it is."""
    try:
        read = tokenizer.read(messages)
    except InvalidDataError as error:
        return "" if expected is None else str(error)
    if read.row.ids != expected:
        return "the tokens are others"
    texts = learned(tokenizer, read)
    replies = [m["content"] for m in messages if m["role"] == "assistant"]
    if len(texts) != len(replies):
        return f"{texts} are learned"
    ends = [reply.split("</think>")[-1].strip() for reply in replies]
    pairs = zip(texts, ends, strict=True)
    return "" if all(end in text for text, end in pairs) else f"{texts} are learned"
