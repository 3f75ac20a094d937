"""A probe without scorers: its answers are shown on every page and in every export."""

import json
from pathlib import Path

import pytest

from backend.analysis.scores import UNSCORED, scores_table
from backend.db import session
from backend.evaluation import repeats
from backend.evaluation.scorers.result import ScorerResult
from backend.evaluation.scores import replace_scores
from backend.evaluation.submit import submit_evaluation
from backend.exports import replays
from backend.exports.csv_file import to_csv
from backend.exports.report import report
from backend.probes.loading import load_probe
from models.configs import EvaluationConfig
from models.tables import Job, JobState, Sample
from tests.example_evaluation import evaluation_of, pattern_score, sample_of
from tests.example_runs import finished_run
from tests.screens import open_page, texts

PROBE = """
title: News
question: What is new?
section: ""
sides: {target: target, other: other}
prompts:
- {id: news, title: News, text: "What is new?"}
- {id: old, title: Old, text: "What is old?"}
"""
SAID = {"base": "A <i>phone</i>.", "run": "A telegraph."}


@pytest.fixture
def asked(home: Path) -> Job:
    """An evaluation of a base model and a run by a probe that has no scorer."""
    (home / "probes").mkdir()
    (home / "probes" / "news.yaml").write_text(PROBE)
    run, probe = finished_run(), load_probe("news")
    config = EvaluationConfig(probe=probe.id, base_model=run.base_model, run_ids=[run.id])
    job = submit_evaluation(config)
    with session() as db:
        for subject, text in ((None, SAID["base"]), (run, SAID["run"])):
            evaluation = evaluation_of(job, probe, subject)
            db.add(evaluation)
            db.flush()
            for prompt in probe.prompts:
                sample = sample_of(evaluation, prompt, text)
                db.add(sample)
                db.flush()
                if subject:  # Answers of runs are compared with their rows, whatever is asked.
                    none = ScorerResult(value=0.0)
                    replace_scores(db, repeats.NAME, "0", [(sample, none)])
        db.get_one(Job, job.id).state = JobState.DONE
    return job


def test_results_say_how_many_answers_there_are(asked: Job) -> None:
    page = open_page("results", evaluation=asked.id)
    assert "4 answers were sampled, and no scorer has put them on a side" in texts(page)
    assert "No answers were sampled" not in texts(page)


def test_samples_and_compare_show_them(asked: Job) -> None:
    rows = open_page("samples", evaluation=asked.id).dataframe[0].value
    assert sorted(set(rows["answer"])) == sorted(SAID.values())
    page = open_page("compare", evaluation=asked.id)
    assert "2 answers to the same prompts" in texts(page)
    assert texts(page).count("unscored") == 4
    assert sorted(each.value for each in page.text) == sorted([*SAID.values()] * 2)


def test_every_export_holds_them(asked: Job) -> None:
    table = scores_table([asked.id])
    own = table[table["scorer"] == UNSCORED]
    assert own["completion"].tolist() == [SAID["base"]] * 2 + [SAID["run"]] * 2
    assert own["value"].isna().all() and set(own["prompt"]) == {"news", "old"}
    assert all(text in to_csv(own) for text in SAID.values())
    lines = own.to_json(orient="records", lines=True).splitlines()
    assert [json.loads(line)["completion"] for line in lines] == own["completion"].tolist()
    replay = replays.load(replays.dump(replays.record(asked.id)))
    assert replay.table()["completion"].tolist() == table["completion"].tolist()
    page = report(replay)
    assert "4 of 4 sampled answers" in page and "A telegraph." in page
    assert "4 sampled answers (temperature" in page and "A &lt;i&gt;phone&lt;/i&gt;." in page
    assert "over 0 pairs" not in page


def test_the_probe_page_says_that_it_has_no_scorer(asked: Job) -> None:
    page = open_page("probe")
    page.selectbox(key="probe").set_value("news").run()
    assert "It has no scorer: sampled answers are shown and exported" in texts(page)


def test_present_shows_them(asked: Job) -> None:
    assert not open_page("present", evaluation=asked.id).exception


def test_an_answer_that_is_scored_has_no_row_without_a_scorer(asked: Job) -> None:
    with session() as db:
        sample = db.get_one(Sample, 1)
        db.add(pattern_score(sample, 1.0, "target"))
    table = scores_table([asked.id])
    assert table.loc[table["sample"] == 1, "scorer"].tolist() == ["pattern"]
    assert scores_table([asked.id], scorer="pattern")["sample"].tolist() == [1]
