"""Batches: several seeds of a recipe and grids, launched as one, all or none."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.cli.__main__ import app
from backend.errors import UserError
from backend.jobs.queue import cancel, list_jobs
from backend.runs.batches import differences, variants
from backend.runs.launches import launch_of, newest_launches
from backend.runs.submit import submit_run, submit_runs
from components.names import launch_name
from models.configs import RunConfig
from models.tables import JobKind
from tests.example_runs import short_run
from tests.screens import button, open_page, texts


def test_a_grid_has_every_combination_and_alpha_follows_the_rank() -> None:
    found = variants(short_run(rank=4, alpha=8), 2, {"rank": ["8", 2], "learning_rate": [1e-4]})
    assert [(c.rank, c.alpha, c.learning_rate, c.seed) for c in found] == [
        (8, 16, 1e-4, 1),
        (8, 16, 1e-4, 2),
        (2, 4, 1e-4, 1),
        (2, 4, 1e-4, 2),
    ]
    assert differences(found)[0] == ["r8", "s1"]
    assert variants(short_run()) == [short_run()]


@pytest.mark.parametrize(
    ("grid", "reason"),
    [
        ({"rank": ["many"]}, "LoRA rank"),
        ({"learning_rate": [-1]}, "learning rate"),
        ({"rank": list(range(1, 102))}, "would have 101"),
    ],
)
def test_a_wrong_value_is_refused(grid: dict[str, list[object]], reason: str) -> None:
    with pytest.raises(UserError, match=f"(?i){reason}"):
        variants(short_run(), 1, grid)


def names() -> list[str]:
    return [run.name for _, run in reversed(list_jobs(JobKind.FINETUNE)) if run]


def test_a_batch_is_queued_whole_or_not_at_all(home: Path) -> None:
    submit_runs(variants(short_run(), 3), "birds")
    assert names() == ["birds-s1", "birds-s2", "birds-s3"]
    with pytest.raises(UserError, match="in the queue already"):
        submit_runs([short_run(seed=9), short_run(seed=2)])
    assert len(names()) == 3
    runs = [(job, run) for job, run in list_jobs() if run]
    assert len({run.batch for _, run in runs}) == 1
    [own] = newest_launches(2)
    assert [run.name for _, run in own] == ["birds-s1", "birds-s2", "birds-s3"]
    assert all(launch_of(job.id) == own for job, _ in runs) and launch_of("gone") == []
    assert launch_name(own).startswith("birds-s1 and 2 more · ")


def test_one_run_is_no_batch(home: Path) -> None:
    submit_run(short_run(seed=5))
    [(_, run)] = list_jobs()
    assert run and run.batch is None and run.name.endswith("-s5")


def test_the_form_launches_seeds_and_ranks_as_one(home: Path) -> None:
    page = open_page("finetune")
    page.number_input(key="seeds").set_value(2)
    page.text_input(key="grid-rank").set_value("4, 8").run()
    button(page, "Launch 4 runs").click().run()
    assert not page.exception
    assert "0 of 4 runs" in " ".join(caption.value for caption in page.caption)
    assert [name.split("135m-")[1] for name in names()] == ["r4-s1", "r4-s2", "r8-s1", "r8-s2"]
    page.text_input(key="grid-rank").set_value("four").run()
    assert "LoRA rank must be a whole number, but is four." in texts(page)
    page.text_input(key="grid-rank").set_value("")
    page.number_input(key="seeds").set_value(101).run()
    assert "this one would have 101" in texts(page) and button(page, "Launch").disabled


def test_the_command_line_launches_a_batch(home: Path) -> None:
    options = ["--seeds", "2", "--grid", "learning_rate=1e-4,2e-4", "--max-steps", "2", "--no-wait"]
    result = CliRunner().invoke(app, ["finetune", "old_bird_names", *options])
    assert result.exit_code == 0, result.output
    configs = [RunConfig(**run.config) for _, run in list_jobs() if run]
    assert {(config.learning_rate, config.seed) for config in configs} == {
        (1e-4, 1),
        (1e-4, 2),
        (2e-4, 1),
        (2e-4, 2),
    }


def test_old_runs_are_a_click_away_and_a_link_finds_them_at_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest, *others = [submit_run(short_run(seed=seed)) for seed in range(1, 211)]
    for job in (oldest, *others):
        cancel(job.id)
    page = open_page("finetune")
    assert len(page.selectbox(key="shown").options) == 100
    for listed in (200, 210):
        button(page, "Show older").click().run()
        assert len(page.selectbox(key="shown").options) == listed
    assert not any(each.label == "Show older" for each in page.button)
    linked = open_page("finetune", job=oldest.id)
    assert linked.selectbox(key="shown").value == oldest.id and not linked.toast
    assert [toast.value for toast in open_page("finetune", job="gone").toast]
