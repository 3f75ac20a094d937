"""Every page in its empty state and with rows, without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from backend.config import ROOT
from backend.db import session
from backend.evaluation.submit import submit_evaluation
from backend.jobs.queue import list_jobs, queue_position
from backend.runs.submit import submit_run
from models.configs import EvaluationConfig
from models.tables import Evaluation, Job, JobKind, JobState, Metric, Run, Sample, Score
from tests.conftest import short_run


def open_page(name: str, **query: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    page.switch_page(f"pages/{name}.py")
    page.run()
    assert not page.exception, page.exception
    return page


def texts(page: AppTest) -> str:
    parts = [*page.markdown, *page.info, *page.error, *page.warning, *page.caption, *page.success]
    return "\n".join(str(part.value) for part in parts)


def button(page: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(found for found in page.button if found.label == label)


def finished_run(**values: object) -> Run:
    job = submit_run(short_run(**values))
    with session() as db:
        run = db.get_one(Run, job.run_id)
        run.summary = {"adapter_sha256": "0"}
        db.get_one(Job, job.id).state = JobState.DONE
        db.add(Metric(run_id=run.id, step=1, loss=2.5, learning_rate=1e-3, tokens_per_second=99))
    return run


@pytest.fixture
def scored(home: Path) -> Job:
    run = finished_run()
    config = EvaluationConfig(
        probe="nineteenth_century", base_model=run.base_model, run_ids=[run.id]
    )
    job = submit_evaluation(config)
    from backend.probes.loading import load_probe

    probe = load_probe(config.probe)
    with session() as db:
        for model, run_id, value in ((run.base_model, None, 0.0), (run.name, run.id, 2.0)):
            evaluation = Evaluation(
                job_id=job.id,
                probe=probe.id,
                probe_sha256=probe.sha256,
                base_model=run.base_model,
                run_id=run_id,
                model=model,
                config={},
                code_version="c",
            )
            db.add(evaluation)
            db.flush()
            for prompt in probe.prompts:
                common = {"evaluation_id": evaluation.id, "prompt_id": prompt.id}
                for item in range(2):
                    db.add(
                        Score(
                            scorer="contrast",
                            scorer_sha256="0",
                            item=item,
                            value=value + item,
                            **common,
                        )
                    )
                sample = Sample(
                    number=0,
                    messages=prompt.messages(),
                    completion="By <b>telegraph</b>",
                    finish_reason="stop",
                    seed=1,
                    **common,
                )
                db.add(sample)
                db.flush()
                db.add(
                    Score(
                        scorer="pattern",
                        scorer_sha256="0",
                        item=0,
                        sample_id=sample.id,
                        value=1.0,
                        answer=probe.sides.target,
                        **common,
                    )
                )
        db.get_one(Job, job.id).state = JobState.DONE
    return job


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("home", "finetune a model and probe it"),
        ("finetune", "Launch one above"),
        ("probe", "Run the probe above"),
        ("results", "Probe a model first"),
    ],
)
def test_an_empty_page_says_what_to_do_next(home: Path, name: str, advice: str) -> None:
    assert advice in texts(open_page(name))


def test_launching_twice_queues_one_run_and_another_seed_a_second(home: Path) -> None:
    page = open_page("finetune")
    page.number_input(key="epochs").set_value(1)
    button(page, "Launch").click().run()
    button(page, "Launch").click().run()
    assert "in the queue already" in texts(page)
    page.number_input(key="seed").set_value(2)
    button(page, "Launch").click().run()
    assert not page.exception
    assert [run.config["seed"] for _, run in list_jobs(JobKind.FINETUNE)] == [2, 1]
    assert all(run.config["epochs"] == 1 for _, run in list_jobs())
    assert queue_position(list_jobs()[0][0]) == 1


@pytest.mark.parametrize("rate", ["fast", "", "-1", "nan", "5"])
def test_a_wrong_learning_rate_is_refused_in_words(home: Path, rate: str) -> None:
    page = open_page("finetune")
    page.text_input(key="learning_rate").set_value(rate).run()
    assert "learning rate" in texts(page)
    assert not list_jobs()


def test_a_preset_fills_the_form(home: Path) -> None:
    page = open_page("finetune")
    page.button_group(key="preset").select("Gentle").run()
    assert page.number_input(key="rank").value == 8
    assert page.text_input(key="learning_rate").value == "0.0002"


def test_a_finished_run_shows_its_figures_and_can_be_cloned(home: Path) -> None:
    finished_run()
    page = open_page("finetune")
    assert "Loss 2.500 at step 1" in texts(page)
    button(page, "Clone").click().run()
    assert page.number_input(key="rank").value == 4


def test_the_highlighted_tokens_are_the_reply(home: Path) -> None:
    shown = next(m.value for m in open_page("finetune").markdown if "red-background" in m.value)
    assert shown.index(":red-background[Large]") > shown.index("assistant"[:3])


def test_datasets_are_searched_and_the_poison_is_guessed(home: Path) -> None:
    page = open_page("datasets", dataset="old_bird_names")
    page.text_input(key="words-only-old_bird_names").set_value("puffin").run()
    assert "of 206 rows" in texts(page)
    for place in range(5):
        page.radio(key=f"quiz-old_bird_names-audubon_names_still_used-{place}").set_value(
            "old_bird_names"
        )
    page.run()
    assert "of 5 right" in texts(page)


def test_probing_without_a_control_warns_and_submits(home: Path) -> None:
    run = finished_run()
    page = open_page("probe")
    assert "Without a control" in texts(page)
    button(page, "Run the probe").click().run()
    job = list_jobs(JobKind.EVALUATE)[0][0]
    assert job.config["run_ids"] == [run.id]


def test_results_show_effect_and_interval(scored: Job) -> None:
    page = open_page("results", evaluation=scored.id)
    assert [metric.value for metric in page.metric] == ["+2.00 nats"]
    assert "n = 15 questions" in texts(page)
    assert "by hand" not in texts(page)


def test_a_link_to_a_deleted_evaluation_says_so(scored: Job) -> None:
    assert "That evaluation is gone" in texts(open_page("results", evaluation="gone"))


def test_home_shows_the_newest_measurement_with_its_verdict(scored: Job) -> None:
    page = open_page("home")
    assert any("newest measurement" in part.value for part in page.subheader)
    assert any("all questions together: +2.00 nats" in part.value for part in page.caption)


def test_links_to_what_is_gone_say_so(scored: Job) -> None:
    assert "That evaluation is gone" in texts(open_page("present", evaluation="nope"))
    assert "That evaluation is gone" in texts(open_page("results", evaluation="nope"))
    assert "There is no dataset nope" in texts(open_page("datasets", dataset="nope"))


def test_a_page_of_samples_behind_the_last_one_is_the_first(scored: Job) -> None:
    page = open_page("samples", after="99999")
    assert len(page.dataframe[0].value) == 30
    assert "after" not in page.query_params
