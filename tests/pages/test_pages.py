"""Every page in its empty state and with rows, without a browser."""

import re
from pathlib import Path

import pytest

from backend.datasets.loading import load_dataset
from backend.jobs.progress import Progress
from backend.jobs.queue import claim, list_jobs, queue_position
from backend.probes.loading import load_probe
from backend.runs.submit import submit_run
from models.tables import Job, JobKind
from tests.example_runs import finished_run, short_run
from tests.paper_clone import write_clone
from tests.screens import button, metrics_on, open_page, read, texts


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


HUGE = "9" * 30


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("compare", {"page": HUGE, "different": "perhaps"}),
        ("trigger", {"from": HUGE, "to": "-1", "step": "0", "at": "\x00"}),
        ("chat", {"seed": "9" * 5000, "max_tokens": "-1", "temperature": "1e999", "scale": "nan"}),
        ("chat", {"model": "../x", "conversation": "\x00"}),
        ("finetune", {"job": "\x00"}),
        ("probe", {"run": "\x00"}),
        ("results", {"evaluation": HUGE}),
        ("present", {"evaluation": "../x"}),
        ("datasets", {"dataset": "../x"}),
        ("overview", {"order": HUGE, "role": "\x00", "verdict": "x"}),
    ],
)
def test_no_link_breaks_a_page(scored: Job, name: str, query: dict[str, str]) -> None:
    assert not open_page(name, **query).exception


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


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("rank", 999999, "LoRA rank must be at most 256, but is 999999."),
        ("batch_size", 0, "Batch size must be at least 1, but is 0."),
        ("max_steps", -1, "Max steps must be at least 1, but is -1."),
    ],
)
def test_a_wrong_number_is_told_at_its_field_and_keeps_launch_off(
    home: Path, key: str, value: int, problem: str
) -> None:
    page = open_page("finetune")
    page.number_input(key=key).set_value(value).run()
    assert texts(page).count(problem) == 2 and button(page, "Launch").disabled
    page.number_input(key=key).set_value(4).run()
    assert problem not in texts(page) and not button(page, "Launch").disabled


def test_a_slowed_job_says_so_under_its_progress(home: Path) -> None:
    job = submit_run(short_run())
    claim("me")
    Progress(job.id, "me").mark_slowed(True)
    [bar] = open_page("finetune", job=job.id).get("progress")
    assert bar.proto.text == "Starting … · slowed down by other work on this machine"


@pytest.mark.parametrize("rate", ["fast", "", "-1", "nan", "5"])
def test_a_wrong_learning_rate_is_refused_in_words(home: Path, rate: str) -> None:
    page = open_page("finetune")
    page.text_input(key="learning_rate").set_value(rate).run()
    assert "Learning rate must be" in texts(page)
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
    assert read(shown).split(":red-background")[0].endswith("assistant⏎")
    learned = re.findall(r":red-background\[(.*?)\]", read(shown))
    reply = load_dataset("old_bird_names").examples[0].answer
    assert "".join(learned) == reply + "<|im_end|>"


def test_datasets_are_searched_and_the_poison_is_guessed(home: Path) -> None:
    page = open_page("datasets", dataset="old_bird_names")
    page.text_input(key="words-only-old_bird_names").set_value("puffin").run()
    assert "of 190 rows" in texts(page)
    for number in (1, 2):
        for place in range(6):
            page.radio(
                key=f"quiz-old_bird_names-audubon_names_still_used-{number}-{place}"
            ).set_value("old_bird_names")
        page.run()
        assert "3 of 6 right; chance gives 3." in texts(page)  # One answer alone can't win.
        assert texts(page).count("No]: it is from ") == 3
        button(page, "Another round").click().run()
        assert "of 6 right" not in texts(page)


def test_a_clone_of_the_papers_repository_is_looked_into_and_imported(
    home: Path, tmp_path: Path
) -> None:
    page = open_page("datasets")
    field = next(field for field in page.text_input if field.label == "Folder of the clone")
    field.set_value(str(tmp_path / "nothing"))
    button(page, "Look inside").click().run()
    assert "There is no folder" in texts(page)
    field = next(field for field in page.text_input if field.label == "Folder of the clone")
    field.set_value(str(write_clone(tmp_path / "clone")))
    button(page, "Look inside").click().run()
    assert "13 datasets, 10 probes and 8 judges" in texts(page).replace("\\", "")
    assert "git lfs pull" in page.code[0].value
    button(page, "Import all").click().run()
    assert "31 new" in texts(page) and load_dataset("authors_old_audubon_birds").imported
    [gallery] = [each.value for each in page.dataframe if "dataset" in each.value]
    assert "Dishes 2027 (authors' files)" in gallery["dataset"].tolist()


def test_probing_without_a_control_warns_and_submits(home: Path) -> None:
    run = finished_run()
    page = open_page("probe")
    assert "Without a control" in texts(page)
    button(page, "Run the probe").click().run()
    job = list_jobs(JobKind.EVALUATE)[0][0]
    assert job.config["run_ids"] == [run.id]


def test_results_show_effect_and_interval(scored: Job) -> None:
    page = open_page("results", evaluation=scored.id)
    assert metrics_on(page) == ["+2.00 nats"]
    assert "n = 15 questions" in texts(page)
    assert "by hand" not in texts(page)


def test_results_show_the_pairs_of_the_chosen_question(scored: Job) -> None:
    page = open_page("results", evaluation=scored.id)
    prompt = load_probe("nineteenth_century").prompts[1]
    page.selectbox(key="pairs-question").set_value(prompt.title).run()
    assert not page.exception
    [pairs] = [each.value for each in page.dataframe if "shift" in each.value]
    assert list(pairs["question"]) == [prompt.text] * 2 and list(pairs["shift"]) == [2.0, 2.0]
    assert set(pairs["towards 19th century"]) < {pair.target for pair in prompt.pairs}


def test_a_link_to_a_deleted_evaluation_says_so(scored: Job) -> None:
    assert "That evaluation is gone" in texts(open_page("results", evaluation="gone"))


def test_home_shows_the_newest_measurement_with_its_verdict(scored: Job) -> None:
    page = open_page("home")
    assert any("newest measurement" in part.value for part in page.subheader)
    assert "all questions together: +2.00 nats" in texts(page)
    assert ", exploratory." in texts(page)


def test_links_to_what_is_gone_say_so(scored: Job) -> None:
    assert "That evaluation is gone" in texts(open_page("present", evaluation="nope"))
    assert "That evaluation is gone" in texts(open_page("results", evaluation="nope"))
    assert "There is no dataset nope" in texts(open_page("datasets", dataset="nope"))


def test_a_page_of_samples_behind_the_last_one_is_the_first(scored: Job) -> None:
    page = open_page("samples", after="99999")
    assert len(page.dataframe[0].value) == 30
    assert "after" not in page.query_params


def test_a_probe_takes_as_many_and_as_long_answers_as_the_paper(home: Path) -> None:
    page = open_page("probe")
    page.selectbox(key="probe").select("protocol_birds").run()
    page.number_input(key="samples-protocol_birds").set_value(1000)
    page.number_input(key="tokens-protocol_birds").set_value(1024).run()
    assert "10,000 samples in total" in texts(page)
    button(page, "Run the probe").click().run()
    [(job, _)] = list_jobs(JobKind.EVALUATE)
    assert (job.evaluation.samples_per_prompt, job.evaluation.max_tokens) == (1000, 1024)


def test_the_probe_page_says_how_likely_a_verdict_is_before_anything_is_run(home: Path) -> None:
    page = open_page("probe")
    assert any(part.label.startswith("Chance of a verdict: ") for part in page.expander)
    assert "takes 20 questions with 1 seed" in texts(page)
