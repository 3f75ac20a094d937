"""Every export says whether what it holds was planned, with the plan."""

import json
from pathlib import Path

import pytest

from backend.analysis.evaluations import findings_of_job
from backend.analysis.overview import overview
from backend.errors import InvalidDataError
from backend.exports import replays
from backend.exports.report import report
from backend.plans.standing import columns_of, standing_of
from models.tables import Job
from tests.example_plan import carried_out


@pytest.fixture
def planned(home: Path) -> Job:
    """An evaluation that follows a frozen plan."""
    return carried_out()


def test_findings_tell_the_planned_effect_from_the_others(planned: Job) -> None:
    standings = {f.label: f.standing for f in findings_of_job(planned).effects}
    planned_ones = [label for label, kind in standings.items() if kind == "confirmatory"]
    assert planned_ones == ["Old bird names beyond its control"] and len(standings) == 3


def test_the_overview_says_that_a_run_is_a_part_of_the_test(planned: Job) -> None:
    standings = {(e.dataset, e.kind): e.standing for e in overview()}
    assert standings["old_bird_names", "beyond control"] == "part of a confirmatory test"
    assert standings["old_bird_names", "shift"] == "exploratory"


def test_a_replay_holds_the_plan_and_a_changed_one_is_refused(planned: Job) -> None:
    content = replays.dump(replays.record(planned.id))
    replay = replays.load(content)
    assert replay.standing == standing_of(planned) and replay.standing.plan
    kinds = [finding.standing for finding in replay.findings().effects]
    assert kinds.count("confirmatory") == 1
    changed = json.loads(content)
    changed["standing"]["plan"]["plan"]["seeds"] = [9]
    with pytest.raises(InvalidDataError, match="standing"):
        replays.load(json.dumps(changed).encode())


def test_report_and_tables_name_the_plan(planned: Job) -> None:
    html, columns = report(replays.record(planned.id)), columns_of(standing_of(planned))
    assert "Confirmatory for one effect" in html and columns["plan_sha256"] in html
    assert html.count("· confirmatory") == 1
    assert columns["standing"] == "confirmatory for: beyond control"
