"""Tables of an evaluation as files hold them, and the names of its files."""

import re

import pandas as pd

from backend.analysis.findings import Findings
from backend.analysis.pairs import BESIDE, LOG_P, PROBABILITIES, with_base
from backend.analysis.scores import readable
from backend.evaluation.scorers import contrast
from backend.plans.standing import columns_of

NO_PART_OF_A_NAME = re.compile(r"[^\w.-]+")
LONGEST = 80
"""Characters of a file's name before its ending and the evaluation's id."""


def scores_of(findings: Findings) -> pd.DataFrame:
    """Return all scores, with their texts, what they are compared with, and their standing."""
    table = readable(with_base(findings.table, findings.probe))
    return table.assign(**columns_of(findings.standing))


def contrasts_of(findings: Findings) -> pd.DataFrame:
    """Return the contrasts: for each model and pair, both completions and all numbers of them."""
    table = scores_of(findings)
    return table[table["scorer"] == contrast.NAME]


def samples_of(findings: Findings) -> pd.DataFrame:
    """Return the scores of sampled answers, without the columns that only contrasts have."""
    table = scores_of(findings)
    of_pairs = ["target", "other", *LOG_P, *BESIDE, *PROBABILITIES]
    return table[table["scorer"] != contrast.NAME].drop(columns=of_pairs)


def file_name(findings: Findings, job_id: str, what: str) -> str:
    """Return the name of a file: the probe, the runs, what it holds, and the evaluation's id."""
    runs = [run.model for run in findings.runs]
    more = [f"and {len(runs) - 1} more"] if len(runs) > 1 else []
    name = " ".join([findings.probe.id, *runs[:1], *more])
    start = NO_PART_OF_A_NAME.sub("-", name)[:LONGEST].strip("-.")
    return f"{start}-{job_id}-{what}"
