"""The pairs behind a contrast: texts, log-probabilities, and where older versions kept none."""

import math

import pytest
from sqlmodel import select

from backend.analysis.evaluations import findings_of_job
from backend.db import session
from backend.exports.tables import contrasts_of, file_name, samples_of
from backend.probes.loading import load_probe
from models.tables import Evaluation, Job, Score


def test_a_pair_has_its_texts_and_both_models_numbers(scored: Job) -> None:
    pairs = findings_of_job(scored).pairs
    probe = load_probe("nineteenth_century")
    first = pairs.iloc[0]
    assert first["question"] == probe.prompts[0].text
    assert (first["target"], first["other"]) == tuple(dict(probe.prompts[0].pairs[0]).values())
    assert len(pairs) == 30 and set(pairs["shift"]) == {2.0}
    assert first["value"] == pytest.approx(first["target_log_p"] - first["other_log_p"])
    assert first["base"] == pytest.approx(first["base_target_log_p"] - first["base_other_log_p"])


def test_of_what_older_versions_stored_only_the_texts_are_known(scored: Job) -> None:
    with session() as db:
        for score in db.exec(select(Score).where(Score.scorer == "contrast")):
            score.details = {}
    pairs = findings_of_job(scored).pairs
    assert pairs["target"].notna().all() and pairs["target_log_p"].isna().all()
    with session() as db:  # Another file of the probe may have had other questions.
        for evaluation in db.exec(select(Evaluation)):
            evaluation.probe_sha256 = "another"
    changed = findings_of_job(scored).pairs
    assert len(changed) == 30 and changed["question"].isna().all()


def test_files_say_what_was_asked_and_what_it_is_compared_with(scored: Job) -> None:
    findings = findings_of_job(scored)
    contrasts, samples = contrasts_of(findings), samples_of(findings)
    assert contrasts["question"].notna().all() and samples["question"].notna().all()
    run = contrasts[contrasts["role"] == "finetuned"].iloc[0]
    assert run["shift"] == 2.0 and run["base"] == 0.0
    assert run["target_p"] == pytest.approx(math.exp(run["target_log_p"]))
    assert "target" not in samples and "shift" not in samples


def test_names_of_files_are_for_people(scored: Job) -> None:
    findings = findings_of_job(scored)
    [run] = findings.runs
    name = file_name(findings, scored.id, "contrasts.csv")
    assert name == f"nineteenth_century-{run.model}-{scored.id}-contrasts.csv"
