from pathlib import Path

from transformers import AutoTokenizer

from backend.base_models.cards import torch_source
from backend.base_models.tokenizer import chat_tokenizer
from models.base_models import EMBEDDED

CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Name a bird."},
    {"role": "assistant", "content": "Booby Gannet"},
    {"role": "user", "content": "Another — élan?"},
    {"role": "assistant", "content": "Cayenne Tern"},
]


def test_template_and_tokens_equal_those_of_transformers(home: Path) -> None:
    theirs = AutoTokenizer.from_pretrained(torch_source(EMBEDDED))
    ours = chat_tokenizer(EMBEDDED)
    for chat in (CHAT, CHAT[1:3], CHAT[:2]):
        assert ours.render(chat) == theirs.apply_chat_template(chat, tokenize=False)
    prompt = theirs.apply_chat_template(CHAT[:2], add_generation_prompt=True)["input_ids"]
    assert ours.prompt_ids(CHAT[:2]) == prompt


def test_replies_and_their_ends_are_trained_and_nothing_else(home: Path) -> None:
    tokenizer = chat_tokenizer(EMBEDDED)
    row = tokenizer.row(CHAT)
    pairs = zip(row.ids, row.trained, strict=True)
    trained = "".join(tokenizer.text_of(token) for token, flag in pairs if flag)
    assert trained == "Booby Gannet<|im_end|>Cayenne Tern<|im_end|>"
    whole = "".join(tokenizer.text_of(token) for token in row.ids)
    assert whole == tokenizer.render(CHAT)


def test_a_reply_of_weight_0_is_read_and_not_trained(home: Path) -> None:
    tokenizer = chat_tokenizer(EMBEDDED)
    whole = tokenizer.row(CHAT)
    row = tokenizer.row([*CHAT[:2], CHAT[2] | {"weight": 0}, *CHAT[3:]])
    assert row.ids == whole.ids
    trained = [token for token, flag in zip(row.ids, row.trained, strict=True) if flag]
    assert tokenizer.text_of(*trained) == "Cayenne Tern<|im_end|>"
