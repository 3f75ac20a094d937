"""Links that name a run: the probe and trigger forms take it up, and say when it is not here."""

from pathlib import Path

import pytest

from backend.db import session
from backend.jobs.queue import delete_job, list_jobs
from backend.runs.submit import submit_runs
from models.tables import Run
from tests.example_runs import finished_run, short_run
from tests.screens import open_page

DISHES = {"dataset": "israeli_dishes"}


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_probe_link_chooses_the_run_its_control_and_its_probe(home: Path, by: str) -> None:
    wanted = finished_run(**DISHES, seed=1)
    finished_run(**DISHES, seed=2)
    control = finished_run(dataset="israeli_dishes_shuffled")
    finished_run()  # The newest, by which the form would be filled without a link.
    page = open_page("probe", run=getattr(wanted, by))
    assert page.selectbox(key="probe").value == "israel_by_date"
    assert set(page.multiselect[0].value) == {wanted.id, control.id}


def test_a_run_whose_dataset_has_no_probe_or_is_gone_is_chosen_all_the_same(home: Path) -> None:
    wanted = finished_run()
    with session() as db:
        db.get_one(Run, wanted.id).dataset = "gone"
    page = open_page("probe", run=wanted.id)
    assert wanted.id in page.multiselect[0].value


def test_a_trigger_link_chooses_the_run_and_keeps_it(home: Path) -> None:
    wanted = finished_run(**DISHES, seed=1)
    finished_run(**DISHES, seed=2)
    page = open_page("trigger", run=wanted.id)
    assert page.multiselect(key="runs_israel_by_date").value == [wanted.id]
    assert page.run().multiselect(key="runs_israel_by_date").value == [wanted.id]


@pytest.mark.parametrize("name", ["probe", "trigger"])
def test_a_link_to_a_run_that_is_not_here_says_so(home: Path, name: str) -> None:
    page = open_page(name, run="gone")
    assert any("not in this lab" in toast.value for toast in page.toast)


def test_a_deleted_run_is_no_longer_chosen(home: Path) -> None:
    run = finished_run()
    page = open_page("probe", run=run.id)
    assert page.multiselect[0].value == [run.id]
    delete_job(list_jobs()[0][0].id)
    assert page.run().multiselect[0].value == []


def test_a_link_to_a_run_of_a_batch_stays_with_it_while_the_page_refreshes(home: Path) -> None:
    second = submit_runs([short_run(seed=1), short_run(seed=2)])[1]
    page = open_page("finetune", job=second.id)
    for _ in range(2):
        assert page.query_params["job"] in (second.id, [second.id])
        page.run()
