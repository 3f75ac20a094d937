"""The table of scores, as files hold it."""

import io

import pandas as pd

from backend.analysis.scores import readable, scores_table
from models.tables import Job


def test_parquet_and_jsonl_hold_the_whole_table(scored: Job) -> None:
    table = readable(scores_table([scored.id]))
    back = pd.read_parquet(io.BytesIO(table.to_parquet(index=False)))
    lines = table.to_json(orient="records", lines=True).splitlines()
    assert len(back) == len(lines) == len(table) == 90
