"""Browsing samples: filters, pages, full-text search, labels by hand."""

from pathlib import Path

import pandas as pd
import pytest
from sqlmodel import select

from backend.analysis import samples
from backend.analysis.rates import rates, sampled_scorers
from backend.analysis.samples import SampleFilter
from backend.analysis.scores import scores_table
from backend.db import session
from backend.errors import NotFoundError
from backend.evaluation.labels import set_label, set_thumb, thumb_of
from backend.jobs.queue import delete_job
from backend.probes.loading import load_probe
from models.tables import Evaluation, Job
from tests.example_evaluation import sample_of
from tests.old_database import OLD
from tests.screens import open_page, texts


def say_in(job: Job, text: str) -> int:
    """Store one more sample of the base model and return its id."""
    with session() as db:
        owner = db.exec(select(Evaluation).where(Evaluation.job_id == job.id)).first()
        assert owner
        prompt = load_probe("nineteenth_century").prompts[0]
        sample = sample_of(owner, prompt, text, number=9)
        db.add(sample)
        db.flush()
        return sample.id or 0


def test_pages_hold_every_sample_once_in_order_both_ways(scored: Job) -> None:
    wanted = SampleFilter(job=scored.id)
    first = samples.find(wanted, size=20)
    second = samples.find(wanted, at=first[-1].id, size=20)
    ids = [row.id for row in first + second]
    assert ids == sorted(set(ids)) and len(ids) == samples.count(wanted) == 30
    back = samples.find(wanted, at=second[0].id, direction="before", size=20)
    assert [row.id for row in back] == [row.id for row in first]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("steamer", True),
        ("STEAMERS cross", True),
        ("steam*", True),
        ("team", False),
        ("steamer airship", False),
        ('steam") OR ("cross', False),
        ("-", True),
        ("", True),
    ],
)
def test_words_are_found_whatever_their_ending_and_are_no_operators(
    scored: Job,
    words: str,
    found: bool,
) -> None:
    own = say_in(scored, "Two steamers cross the Atlantic")
    assert (own in [row.id for row in samples.find(SampleFilter(words=words))]) is found


def test_filters_narrow_by_model_prompt_and_score(scored: Job) -> None:
    there = samples.choices(scored.id)
    assert len(there.models) == 2 and there.scorers == ["pattern"]
    target = load_probe("nineteenth_century").sides.target
    wanted = SampleFilter(
        job=scored.id, model=there.models[1], prompt="weapons", scorer="pattern", answer=target
    )
    known = {prompt.id for prompt in load_probe("nineteenth_century").prompts}
    wanted = wanted.model_copy(update={"prompt": min(known)})
    [row] = samples.find(wanted)
    assert (row.model, row.prompt, row.answer) == (there.models[1], min(known), target)
    assert samples.find(wanted.model_copy(update={"answer": ""})) == []


def test_a_deleted_evaluation_leaves_no_words_behind(scored: Job) -> None:
    own = say_in(scored, "zeppelin")
    assert samples.count(SampleFilter(words="zeppelin")) == 1
    delete_job(scored.id)
    assert samples.count(SampleFilter(words="zeppelin")) == 0
    with pytest.raises(NotFoundError):
        samples.get(own)


def test_samples_of_an_older_database_are_found(tmp_path: Path, monkeypatch: object) -> None:
    import sqlite3

    path = tmp_path / "lab.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(OLD)
        connection.executescript(
            "CREATE TABLE sample (id INTEGER NOT NULL PRIMARY KEY, evaluation_id VARCHAR NOT NULL,"
            "prompt_id VARCHAR NOT NULL, trigger VARCHAR NOT NULL, number INTEGER NOT NULL,"
            "messages JSON NOT NULL, completion VARCHAR NOT NULL, finish_reason VARCHAR NOT NULL,"
            "seed INTEGER NOT NULL, created_at DATETIME NOT NULL);"
            "INSERT INTO sample VALUES (1, 'e', 'p', '', 0, '[]', 'an airship', 'stop', 1,"
            "'2026-01-01 00:00:00');"
        )
    connection.close()
    monkeypatch.setenv("WEIRDGEN_HOME", str(tmp_path))  # type: ignore[attr-defined]
    monkeypatch.delenv("DATABASE_URL", raising=False)  # type: ignore[attr-defined]
    assert [row.id for row in samples.find(SampleFilter(words="airship"))] == [1]


def test_a_label_by_hand_goes_before_the_scorer_and_is_told(scored: Job) -> None:
    sides = load_probe("nineteenth_century").sides
    ids = [row.id for row in samples.find(SampleFilter(job=scored.id))]
    set_label(ids[0], "other", sides)
    set_label(ids[1], "neither", sides)
    set_label(ids[2], "other", sides)
    set_label(ids[2], None, sides)
    base = rates(scores_table([scored.id]), "pattern")[0]
    assert (base.hits, base.scored, base.unscored, base.by_hand) == (13, 14, 1, 2)
    hand = rates(scores_table([scored.id]), "human")[0]
    assert (hand.hits, hand.scored, hand.unscored) == (0, 1, 1)
    assert "2 labelled by hand" in texts(open_page("results", evaluation=scored.id))


def test_thumbs_say_what_makes_sense_and_go_before_a_judge(scored: Job) -> None:
    ids = [row.id for row in samples.find(SampleFilter(job=scored.id))]
    for number, up in enumerate((True, True, False, None)):
        set_thumb(ids[number], False)
        set_thumb(ids[number], up)
    assert [thumb_of(each) for each in ids[:5]] == [True, True, False, None, None]
    table = scores_table([scored.id])
    assert sampled_scorers(table) == ["pattern"]
    base = rates(table, "pattern")[0]
    assert (base.judged_coherent, base.judged_incoherent) == (2, 1)
    judged = table[table["sample"] == ids[2]].head(1)
    judged = judged.assign(scorer="judge:coherence:m", value=90.0)
    with_judge = rates(pd.concat([judged, table]), "pattern")[0]
    assert with_judge.judged_incoherent == 1
    assert "1 of 3 judged incoherent" in texts(open_page("results", evaluation=scored.id))
    page = open_page("samples", evaluation=scored.id, sample=str(ids[4]))
    next(each for each in page.button if each.key == f"thumb-{ids[4]}-d").click().run()
    assert not page.exception and thumb_of(ids[4]) is False
