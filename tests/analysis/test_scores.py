"""The table of scores, as files hold it and as every database gives it."""

import io

import pandas as pd

from backend.analysis import samples
from backend.analysis.overview import overview
from backend.analysis.samples import SampleFilter
from backend.analysis.scores import evaluation_jobs, readable, scores_table
from models.tables import Job
from tests.example_evaluation import scored_evaluation


def test_parquet_and_jsonl_hold_the_whole_table(scored: Job) -> None:
    table = readable(scores_table([scored.id]))
    back = pd.read_parquet(io.BytesIO(table.to_parquet(index=False)))
    lines = table.to_json(orient="records", lines=True).splitlines()
    assert len(back) == len(lines) == len(table) == 90


def test_every_database_gives_what_pages_read(database: str) -> None:
    job = scored_evaluation()
    assert [one.id for one in evaluation_jobs()] == [job.id]
    assert len(scores_table([job.id])) == 90
    choices = samples.choices(job.id)
    scorer = choices.scorers[0]
    wanted = SampleFilter(job=job.id, scorer=scorer, answer=choices.answers[scorer][-1])
    assert 0 < samples.count(wanted) == len(samples.find(wanted)) <= samples.PAGE
    assert samples.count(SampleFilter(job=job.id, words="telegraph")) > 0
    assert overview()
