"""Folders with a chat template and the embedded model's tokenizer, as publishers have them."""

import json
import re
import shutil
from pathlib import Path

from tokenizers import Tokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from backend.base_models.cards import torch_source
from models.base_models import EMBEDDED

SPECIAL = re.compile(
    r"<\|[^|<>\s{}'\"+]{1,40}\|?>|<｜[^｜]{1,40}｜>|</?s>|</?think>|<(?:start|end)_of_turn>"
    r"|<\|?turn\|?>|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS)\]|\[\|[a-z]+\|\]"
)
"""Words of templates that their models read as one token."""


def template_folder(folder: Path, *templates: str) -> Path:
    """Write the tokenizer, with the special tokens of some templates, and the first template."""
    folder.mkdir(parents=True, exist_ok=True)
    source = Path(torch_source(EMBEDDED))
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.add_special_tokens(sorted({word for t in templates for word in SPECIAL.findall(t)}))
    tokenizer.save(str(folder / "tokenizer.json"))
    shutil.copy(source / "tokenizer_config.json", folder)
    (folder / "chat_template.jinja").write_text(templates[0])
    return folder


def theirs(folder: Path) -> PreTrainedTokenizerBase:
    """Return the tokenizer of transformers."""
    config = json.loads((folder / "tokenizer_config.json").read_text())
    return AutoTokenizer.from_pretrained(folder, **{"eos_token": config["eos_token"]})
