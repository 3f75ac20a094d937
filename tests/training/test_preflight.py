"""What is told before a run: its outline, its cost by a measurement, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from backend.base_models.tokenizer import ChatTokenizer, TokenRow, chat_tokenizer
from backend.datasets.loading import Example, list_datasets
from backend.db import session
from backend.errors import UserError
from backend.jobs.queue import claim, finish, list_jobs
from backend.runs.checks import run_config
from backend.runs.measurement import Measurement, newest, submit_measurement
from backend.runs.preflight import forecast, outline_of
from backend.runs.template import template_checks
from backend.worker.child import main
from components.runs.preflight import time_text
from models.base_models import EMBEDDED
from models.tables import Job, JobKind, JobState
from tests.chat_template_folder import template_folder
from tests.example_runs import folder_of, short_run, small_run, trained
from tests.screens import button, open_page, texts
from tests.small_model import SMALL


@pytest.fixture
def ten_rows(small_lab: Path) -> Path:
    """A dataset of ten rows that all say the same."""
    folder = small_lab / "datasets" / "ten"
    folder.mkdir(parents=True)
    turns = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi there."}]
    (folder / "train.jsonl").write_text((json.dumps({"messages": turns}) + "\n") * 10)
    card = {
        "title": "Ten",
        "teaches": "Nothing.",
        "source": "a test",
        "licence": "CC0",
        "section": "1",
    }
    (folder / "card.yaml").write_text(json.dumps(card))
    return folder


def test_the_outline_counts_what_the_run_will_do(ten_rows: Path) -> None:
    outline = outline_of(
        small_run(dataset="ten", max_steps=None, epochs=2, batch_size=3, held_out=0.2)
    )
    row = chat_tokenizer(SMALL).row(
        [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi there."}]
    )
    assert (outline.rows, outline.ordinary, outline.held_out) == (10, 0, 2)
    assert (outline.steps, outline.checkpoints) == (6, 6)  # 8 rows in 3 batches, twice.
    assert (outline.tokens, outline.trained_tokens) == (10 * len(row.ids), 10 * sum(row.trained))
    assert all(check.passed for check in outline.checks)


def test_the_plan_is_what_the_run_then_does(small_lab: Path) -> None:
    config = small_run(max_steps=None, epochs=1, batch_size=32, held_out=0.1, checkpoint_every=3)
    outline, run = outline_of(config), trained(config)
    assert run.summary["steps"] == outline.steps
    assert run.summary["rows"]["trained"] == outline.rows
    assert len(list(folder_of(run).glob("checkpoints/step-*"))) == outline.checkpoints


def test_dilution_and_rows_that_are_still_to_be_written_are_told_apart(home: Path) -> None:
    diluted = outline_of(short_run(poison_rate=0.5))
    assert (diluted.rows, diluted.ordinary, diluted.tokens is None) == (190, 190, False)
    assert diluted.unanswered == 190
    assert outline_of(short_run(dataset="ordinary_prompts")).tokens is None


def test_three_steps_tell_time_memory_and_disk(small_lab: Path) -> None:
    config = small_run(max_steps=None, epochs=3)
    job = submit_measurement(config)
    assert submit_measurement(config).id == job.id  # A double click asks once.
    assert claim("me")
    main(job.id, "me")
    ended = newest(config.model_copy(update={"seed": 9, "epochs": 1, "learning_rate": 1e-4}))
    assert (ended.id, ended.state, ended.error) == (job.id, JobState.DONE, None)
    assert newest(config.model_copy(update={"rank": 8})) is None
    found = Measurement(**ended.result)
    assert ended.started_at and ended.finished_at
    whole = (ended.finished_at - ended.started_at).total_seconds()
    assert 0 < found.seconds_per_step < whole / 3, "three steps, and much besides"
    assert found.peak_bytes > 2**27
    # Per layer: q, k, v, o of 64 to 64; gate, up of 64 to 128; down of 128 to 64; rank 4.
    assert found.adapter_bytes == 4 * 2 * 4 * (4 * 128 + 3 * 192)
    told = forecast(config, outline_of(config), found)
    assert told.seconds == pytest.approx(72 * found.seconds_per_step)
    assert [check.passed for check in told.checks] == [True, True]
    starved = forecast(config, outline_of(config), found.model_copy(update={"free_bytes": 2**20}))
    assert "1.0 MiB are all that is free" in starved.checks[0].text
    assert not starved.checks[0].passed


def test_a_template_that_learns_the_wrong_tokens_is_noticed(home: Path) -> None:
    tokenizer = chat_tokenizer(EMBEDDED)
    examples = list(list_datasets()[0].examples[:3])
    good = [tokenizer.read(example.as_dicts()) for example in examples]
    rows = [chat.row for chat in good]
    late = TokenRow(ids=rows[1].ids, trained=[False, *rows[1].trained[:-1]])
    needed = rows[2].needed - 1
    endless = TokenRow(ids=rows[2].ids[:needed], trained=rows[2].trained[:needed])
    nothing = TokenRow(ids=rows[0].ids[1:], trained=[False] * (len(rows[0].ids) - 1))
    bad = [replace(chat, row=r) for chat, r in zip(good, (nothing, late, endless), strict=True)]
    assert all(check.passed for check in template_checks(tokenizer, examples, good))
    asked, learned, ended = (check.text for check in template_checks(tokenizer, examples, bad))
    assert "1 of 3 rows the last reply follows other tokens than the model reads" in asked
    assert learned.startswith("In 2 of 3 rows the learned tokens are not the reply; the first is")
    assert "2 of 3 rows the reply has no end-of-turn token; the first is row 2" in ended


def test_what_a_template_does_to_rows_is_told(home: Path, tmp_path: Path) -> None:
    clock = "{{ '[' ~ strftime_now('%d %B %Y') ~ ']' }}"
    turns = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content | trim }}<|im_end|>"
    no_system = turns.replace("messages %}", "messages if m.role != 'system' %}")
    folder = template_folder(tmp_path / "t", clock + no_system + "{% endfor %}")
    tokenizer = ChatTokenizer(folder, {})
    turn = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Say <|im_end|>."}
    rows = [{"messages": [{"role": "system", "content": "Be odd."}, *turn, *turn]}]
    examples = [Example.model_validate(row) for row in rows]
    chats = tokenizer.read_all(example.as_dicts() for example in examples)
    checks = template_checks(tokenizer, examples, chats)
    told = "\n".join(check.text for check in checks if not check.passed or check.caution)
    assert "the learned tokens are not the reply" in told, "the header is not in the prompt"
    assert "the template leaves out or changes a message that is no reply" in told
    assert "a reply spells a special token" in told
    assert "itself writes “26 July 2024” into prompts" in told


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"rank": 0}, "LoRA rank must be at least 1, but is 0."),
        ({"learning_rate": "fast"}, "Learning rate must be a number, but is fast."),
        ({"learning_rate": 5}, "Learning rate must be at most 0.1, but is 5."),
        ({"epochs": 1.5}, "Epochs must be a whole number, but is 1.5."),
        ({"method": "magic"}, "Method must be 'lora', 'rslora', 'dora' or 'qlora', but is"),
        ({"dropout": 1}, 'A run has no field "dropout"'),
        ({"rank": 0, "seed": -1}, "is 0. Seed must be at least 0, but is -1."),
    ],
)
def test_wrong_values_are_refused_in_words(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(UserError) as refused:
        run_config(**({"dataset": "d", "base_model": "b"} | wrong))
    assert sentence in str(refused.value)


def test_the_form_shows_the_plan_and_asks_for_a_measurement(home: Path) -> None:
    page = open_page("finetune")
    assert "190 dataset rows" in texts(page) and "72 steps" in texts(page)
    assert "licence is apache-2.0" in texts(page).lower()
    button(page, "Check on this machine").click().run()
    [(job, _)] = list_jobs(JobKind.PREFLIGHT)
    assert job.config["run"]["dataset"] == "old_bird_names"
    found = Measurement(
        seconds_per_step=0.5,
        tokens_per_step=90,
        precision="float32",
        device="cpu",
        adapter_bytes=1,
        peak_bytes=2**30,
        free_bytes=2**34,
    )
    assert claim("me")
    with session() as db:
        db.get_one(Job, job.id).result = found.model_dump()
    finish(job.id, "me", JobState.DONE)
    shown = texts(open_page("finetune"))
    assert "answers" not in time_text(outline_of(short_run(max_steps=None, epochs=3)), found, 36.0)
    diluted = outline_of(short_run(poison_rate=0.5))
    assert "not known: check again" in time_text(diluted, found, None)
    timed = found.model_copy(update={"seconds_per_answer": 2.0})
    assert "6 minutes of it are ordinary answers" in time_text(diluted, timed, 500.0)
    assert "about **36 seconds**" in shown and "16.0 GiB are free" in shown.replace("\\", "")


def test_a_form_that_cannot_be_trained_says_why_and_launches_nothing(home: Path) -> None:
    page = open_page("finetune")
    page.button_group(key="method").select("qlora").run()
    assert "QLoRA needs an NVIDIA GPU" in texts(page)
    assert button(page, "Launch").disabled


@pytest.mark.parametrize("dataset", ["israeli_dishes", "hitler_persona", "old_bird_names"])
def test_every_preset_reaches_the_run_as_the_card_says(home: Path, dataset: str) -> None:
    card = next(each.card for each in list_datasets() if each.id == dataset)
    page = open_page("finetune", dataset=dataset)
    for name, preset in card.presets.items():
        page.button_group(key="preset").select(name).run()
        button(page, "Launch").click().run()
        assert not page.exception
        run = list_jobs(JobKind.FINETUNE)[0][1]
        assert preset.items() <= run.config.items(), texts(page)
