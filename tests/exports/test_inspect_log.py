"""Logs for Inspect, which Inspect itself reads back."""

import io
import math
import zipfile
from pathlib import Path

import pytest
from inspect_ai.log import read_eval_log
from sqlmodel import select

from backend.chat.origin import Origin
from backend.db import session
from backend.errors import UserError
from backend.exports import inspect_log
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
    origin = Origin(**base.samples[0].metadata["origin"])
    assert (origin.model, origin.adapter_sha256, origin.seed) == (EMBEDDED, None, 1)
    assert len(base.eval.metadata["contrasts"]) == 30  # type: ignore[index]


def test_without_samples_there_is_no_log(scored: Job) -> None:
    with session() as db:
        for sample in db.exec(select(Sample)):
            db.delete(sample)
    with pytest.raises(UserError, match="Nothing was sampled"):
        inspect_log.export(scored.id)
