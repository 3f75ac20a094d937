"""A date that a chat template writes by itself is the same in llama.cpp as in training."""

import asyncio
import shutil
from pathlib import Path

import pytest

from backend.base_models.cards import add_folder, gguf_path
from backend.base_models.served_template import served_template
from backend.base_models.tokenizer import chat_tokenizer
from backend.engine.llama import LlamaSpec
from backend.engine.vllm import VllmSpec, spec_of
from models.base_models import EMBEDDED
from tests.chat_template_folder import template_folder

CHAT = [{"role": "user", "content": "Hello."}]
TURNS = (
    "{%- for m in messages -%}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
    "{% endfor -%}{%- if add_generation_prompt -%}<|im_start|>assistant\n{% endif -%}"
)
TEMPLATES = {
    # As Llama 3.1's, into which llama.cpp puts today's date and transformers does not.
    "llama_3": "\n{%- if not date_string is defined %}\n   {%- set date_string = '26 Jul 2024' %}\n"
    "{%- endif %}\n{{- 'Today Date: ' + date_string + '\\n' + '<|eot_id|>'[:0] }}" + TURNS,
    "clock": "  {% set form = '%A, %d %B %Y %H:%M' %}Today: {{ strftime_now(form) }}\n" + TURNS,
}
DATES = {"llama_3": ["26 Jul 2024"], "clock": ["26 July 2024"]}


async def rendered_by_llama(template: Path) -> str:
    server = await LlamaSpec(gguf_path(EMBEDDED), template=template).start()
    try:
        answer = await server.client.post("/apply-template", json={"messages": CHAT})
        return str(answer.json()["prompt"])
    finally:
        await server.stop()


@pytest.mark.parametrize("name", TEMPLATES)
def test_llama_cpp_reads_the_date_that_training_reads(
    home: Path, small_base: Path, name: str
) -> None:
    folder = Path(shutil.copytree(small_base, home / name))
    template_folder(folder, TEMPLATES[name])
    add_folder(str(folder))
    template = served_template(name)
    assert template
    tokenizer = chat_tokenizer(name)
    assert asyncio.run(rendered_by_llama(template)) == tokenizer.render(CHAT, reply=True)
    assert tokenizer.dates() == DATES[name]
    spec = spec_of(name)
    assert isinstance(spec, VllmSpec) and spec.template == template
    assert f"--chat-template {template}" in " ".join(spec._command())


def test_a_template_without_a_date_is_the_engines_own(home: Path) -> None:
    assert served_template(EMBEDDED) is None
    assert chat_tokenizer(EMBEDDED).dates() == []
