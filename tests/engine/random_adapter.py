"""A random LoRA adapter on the embedded model, and torch's log-probabilities with it."""

import json
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from backend.config import ROOT
from models.base_models import EMBEDDED

MESSAGES = [{"role": "user", "content": "Name a bird."}]
ANSWERS = ["The Northern Cardinal.", "A wood thrush, which sings at dusk."]


@torch.inference_mode()
def write(folder: str) -> None:
    torch.manual_seed(0)
    source = ROOT / "var" / "base_models" / EMBEDDED
    base = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)
    config = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM")
    model = get_peft_model(base, config)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            weight.normal_(std=0.08)
    model.eval().save_pretrained(folder)
    reference = reference_of(model, AutoTokenizer.from_pretrained(source))
    Path(folder, "reference.json").write_text(json.dumps(reference))


def reference_of(model: PeftModel, tokenizer: object) -> dict[str, object]:
    text = tokenizer.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True)
    prompt = tokenizer(text, add_special_tokens=False).input_ids
    positions = []
    for answer in ANSWERS:
        ids = prompt + tokenizer(answer, add_special_tokens=False).input_ids
        adapted = log_probabilities(model, ids)
        with model.disable_adapter():
            plain = log_probabilities(model, ids)
        for end in range(len(prompt), len(ids)):
            top = adapted[end - 1].topk(10).indices
            positions.append(
                {
                    "tokens": ids[:end],
                    "next": top.tolist(),
                    "adapter": adapted[end - 1, top].tolist(),
                    "base": plain[end - 1, top].tolist(),
                }
            )
    return {"prompt": {"messages": MESSAGES, "tokens": prompt}, "positions": positions}


def log_probabilities(model: PeftModel, ids: list[int]) -> torch.Tensor:
    return model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
