"""Replays: what is recorded comes back whole, and what was changed is refused."""

import json
from pathlib import Path

import pandas as pd
import pytest
from markupsafe import escape
from sqlmodel import select
from typer.testing import CliRunner

from backend.analysis.effects import contrast_shifts
from backend.analysis.scores import scores_table
from backend.cli.__main__ import app
from backend.db import session
from backend.errors import InvalidDataError, UserError
from backend.exports import replay_parts, replays
from backend.exports.replay_parts import checked_parts, sha256_of_part
from backend.exports.report import report
from models.tables import Evaluation, Job


def test_a_replay_gives_the_same_table_and_effects(scored: Job) -> None:
    replay = replays.load(replays.dump(replays.record(scored.id)))
    stored = scores_table([scored.id])
    pd.testing.assert_frame_equal(replay.table(), stored, check_dtype=False)
    effects = [contrast_shifts(table, replay.probe) for table in (replay.table(), stored)]
    assert effects[0] == effects[1] and effects[0]
    assert [subject.role for subject in replay.subjects] == ["base", "finetuned"]


def changed(content: bytes, change: str) -> bytes:
    parts = json.loads(content)
    match change:
        case "a score":
            parts["scores"]["value"][0] = 99.0
        case "the dataset's hash":
            parts["subjects"][1]["dataset_sha256"] = "0" * 64
        case "another part":
            parts["extra"] = "hello"
        case "its hash too":
            parts["scores"]["value"][0] = 99.0
            parts["hashes"]["scores"] = sha256_of_part(parts["scores"])
        case "cut off":
            return content[:-20]
        case "no replay":
            return b"[1, 2]"
        case "not text":
            return b"\xff\xfe\x00"
    return json.dumps(parts).encode()


def test_a_replay_of_an_older_form_is_read_as_one_of_today(scored: Job) -> None:
    content = replays.dump(replays.record(scored.id))
    parts = json.loads(content)
    scores = parts["scores"]
    scores["trigger"] = [""] * len(scores["trigger"])
    scores["recipe"] = ["rank 4, alpha 64"] * len(scores.pop("engine"))
    with pytest.raises(InvalidDataError, match="changed in its scores"):
        replays.load(json.dumps(parts).encode())
    parts["hashes"]["scores"] = sha256_of_part(scores)
    parts["sha256"] = sha256_of_part(parts["hashes"])
    older = replays.load(json.dumps(parts).encode())
    assert older == replays.load(content)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("a score", "changed in its scores"),
        ("the dataset's hash", "changed in its subjects"),
        ("another part", "changed in its extra"),
        ("its hash too", "was changed since"),
        ("cut off", "cut off"),
        ("no replay", "not a replay"),
        ("not text", "not a replay"),
    ],
)
def test_a_changed_replay_is_refused(scored: Job, change: str, reason: str) -> None:
    content = replays.dump(replays.record(scored.id))
    with pytest.raises(InvalidDataError, match=reason):
        replays.load(changed(content, change))


def test_a_replay_that_is_too_large_is_not_even_read() -> None:
    with pytest.raises(InvalidDataError, match="at most 64 MiB"):
        replays.load(b" " * (replays.MOST_BYTES + 1))


@pytest.mark.parametrize("limit", ["MOST_CELLS", "MOST_CHARACTERS"])
def test_a_replay_larger_than_any_evaluation_is_refused(
    scored: Job, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = replays.dump(replays.record(scored.id))
    monkeypatch.setattr(replay_parts, limit, 10)
    with pytest.raises(InvalidDataError, match="larger than any evaluation"):
        checked_parts(content)


def test_a_replay_of_braces_or_brackets_is_refused() -> None:
    for content in (b"[" * 100_000, b'{"scores": {"a": [' + b"{}," * 10**6 + b"{}]}}"):
        with pytest.raises(InvalidDataError, match="not a replay"):
            replays.load(content)


def test_an_evaluation_without_scores_is_not_recorded(scored: Job) -> None:
    from backend.evaluation.submit import submit_evaluation

    config = scored.evaluation.model_copy(update={"seed": 2})
    empty = submit_evaluation(config)
    with pytest.raises(UserError, match="Nothing of this evaluation is scored"):
        replays.record(empty.id)


def test_a_report_loads_nothing_and_runs_nothing_that_a_model_said(
    scored: Job,
) -> None:
    page = report(replays.record(scored.id))
    assert "By &lt;b&gt;telegraph&lt;/b&gt;" in page and "<b>telegraph" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    for attribute in ('src="http', 'href="http', "@import"):
        assert attribute not in page.split("</script>", 1)[1]
    assert "fixed in the probe's file" in page.replace("&#39;", "'")


def test_a_report_shows_the_pairs_behind_the_effect(scored: Job) -> None:
    html, replay = report(replays.record(scored.id)), replays.record(scored.id)
    first = replay.probe.prompts[0].pairs[0]
    assert "30 of 30 pairs of completions" in html and "-9.00 → -7.00" in html
    assert escape(first.target) in html and escape(first.other) in html


def test_a_report_warns_of_what_is_missing_or_changed(scored: Job) -> None:
    page = report(replays.record(scored.id))
    assert (
        "No control was evaluated" in page
        and "is incomplete" not in page
        and "has changed" not in page
    )
    with session() as db:
        for evaluation in db.exec(select(Evaluation)):
            evaluation.probe_sha256 = "as it was"
            if evaluation.run_id:
                db.delete(evaluation)
    page = report(replays.record(scored.id))
    assert "file hash as it was)" in page and "has changed since this was measured" in page
    assert "is incomplete: it holds nothing of Old bird names" in page


def test_the_command_line_records_checks_and_reports(
    scored: Job,
    tmp_path: Path,
) -> None:
    file, target = tmp_path / "a.json", tmp_path / "a.html"
    for words in (
        ["export", scored.id, str(file)],
        ["check", str(file)],
        ["report", str(file), str(target)],
    ):
        result = CliRunner().invoke(app, ["replay", *words])
        assert result.exit_code == 0, result.output
    assert target.read_text("utf-8").startswith("<!doctype html>")
    file.write_bytes(file.read_bytes().replace(b"By <b>telegraph", b"By <b>telephone"))
    result = CliRunner().invoke(app, ["replay", "check", str(file)])
    assert result.exit_code == 1 and "changed in its scores" in result.output
