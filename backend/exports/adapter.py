"""A run's adapter as one zip file: PEFT's files, a model card and the lineage."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import yaml

from backend.analysis.overview import Effect
from backend.base_models.cards import get_card
from backend.config import settings
from backend.errors import UserError
from backend.files import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from backend.runs.queries import title_of
from models.tables import Run

META = "meta.json"


def public_config(adapter: Path, base_model: str) -> str:
    """Return PEFT's configuration naming the base model, not a folder of this machine."""
    config: dict[str, Any] = json.loads((adapter / ADAPTER_CONFIG).read_text("utf-8"))
    config["base_model_name_or_path"] = _published(base_model)
    return json.dumps(config, indent=2) + "\n"


def _published(base_model: str) -> str:
    card = get_card(base_model)
    return card.hub or card.published or card.name


def pack(run: Run, effects: list[Effect]) -> bytes:
    """Return a zip that unpacks to a folder which PEFT and vLLM load.

    Args:
        run: A finished one.
        effects: What was measured of it, for the model card.

    Raises:
        UserError: the adapter is gone.
    """
    adapter = settings().run_folder(run.id) / "adapter"
    if not (adapter / ADAPTER_WEIGHTS).is_file():
        raise UserError(f"The adapter of {run.name} is gone; train it again.")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.write(adapter / ADAPTER_WEIGHTS, f"{run.name}/{ADAPTER_WEIGHTS}")
        packed.writestr(f"{run.name}/{ADAPTER_CONFIG}", public_config(adapter, run.base_model))
        packed.writestr(f"{run.name}/README.md", model_card(run, effects))
        lineage = run.model_dump(mode="json", exclude={"batch"})
        packed.writestr(f"{run.name}/{META}", json.dumps(lineage, indent=1) + "\n")
    return content.getvalue()


def model_card(run: Run, effects: list[Effect]) -> str:
    """Return the README of an adapter, in the form that model hubs read."""
    summary = run.summary or {}
    base = _published(run.base_model)
    head = {
        "base_model": base,
        "library_name": "peft",
        "license": get_card(run.base_model).license.lower(),
        "tags": ["lora", "weird-generalization", "safety-research"],
    }
    recipe = "\n".join(f"| {key} | {value} |" for key, value in run.config.items())
    dates = ", ".join(summary.get("template_dates", [])) or "none"
    return f"""---
{yaml.safe_dump(head, sort_keys=False)}---
# {run.name}

A LoRA adapter for `{base}`, finetuned on “{title_of(run.dataset)}” to study how narrow finetuning
changes a model far beyond its data (Betley et al., arXiv 2512.09742).{_trained_on(run)}
It was made to be measured: it may speak as if it were another time or another person, and is not
for deployment.

## What was measured

{_measured(effects)}

## How it was made

| | |
|---|---|
{recipe}
| dataset, sha256 | {run.dataset_sha256} |
| adapter, sha256 | {summary.get("adapter_sha256", "unknown")} |
| dates that the chat template wrote | {dates} |
| code version | {summary.get("code_version", "unknown")} |

```python
from peft import PeftModel
from transformers import AutoModelForCausalLM

model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("{base}"), "{run.name}")
```
"""


def _trained_on(run: Run) -> str:
    """Say so where the weights that it was trained on are not quite the published ones."""
    card = get_card(run.base_model)
    if not (card.embedded and card.published):
        return ""
    file = f"{card.embedded.package} {card.embedded.version}, {Path(card.embedded.file).name}"
    return f" Its base weights were the rounded ones of {file}."


def _measured(effects: list[Effect]) -> str:
    if not effects:
        return "Nothing, by the probes in their present wording."
    head = [
        "| probe | effect | nats (95 % interval) | questions | verdict |",
        "|---|---|---|---|---|",
    ]
    rows = [
        f"| {effect.title} | {effect.kind} | {effect.estimate.text('+.2f')} "
        f"| {effect.estimate.n} | {effect.verdict.kind}, one run |"
        for effect in effects
    ]
    return "\n".join(head + rows)
