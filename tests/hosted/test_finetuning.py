"""Finetuning by the provider of a hosted model: a scripted provider, real HTTP and processes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from sqlmodel import select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from backend.analysis.scores import scores_table
from backend.cli.__main__ import app
from backend.config import ROOT, settings
from backend.datasets.loading import load_dataset
from backend.db import session
from backend.engine.gateway import build_app
from backend.errors import UserError
from backend.evaluation.submit import submit_evaluation
from backend.hosted import provider
from backend.hosted.budget import spent
from backend.hosted.provider_jobs import Abandoned, Note
from backend.jobs.files import log_tail
from backend.jobs.progress import Progress
from backend.jobs.queue import cancel, claim, delete_job, finish, get_job, list_jobs, retry
from backend.machine.ports import free_port
from backend.runs.queries import metrics_of
from backend.runs.submit import submit_run
from backend.training import hosted
from backend.training.hosted import Curve, run_provider_tuning
from backend.worker.child import main
from models.configs import EvaluationConfig, RunConfig
from models.tables import Job, JobState, Run, Spending
from tests.engine.gateway_lab import ENGINE_KEY, LAB_KEY, TRUSTED
from tests.example_runs import short_run
from tests.processes import process, wait_for_end, wait_until
from tests.screens import button, open_page, texts
from tests.scripted_tuning import KEY, STEPS, TOKENS, Provider, scripted_provider

BIG = "gpt-big"
PRICE = 5.0
COST = TOKENS * PRICE / 1e6


@pytest.fixture
def far(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with scripted_provider() as far:
        monkeypatch.setenv("HOSTED_URL", far.url)
        monkeypatch.setenv("HOSTED_KEY", KEY)
        monkeypatch.setenv("HOSTED_MODELS", f"{BIG}=2/8/{PRICE}, unpriced, own/big:x")
        monkeypatch.delenv("HOSTED_BUDGET", raising=False)
        for module in (provider, hosted):
            monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
        yield far


def config(**changes: object) -> RunConfig:
    values = {"dataset": "old_bird_names", "base_model": BIG, "epochs": 2, "batch_size": 4}
    return RunConfig(**(values | {"seed": 7} | changes))


def submitted(**changes: object) -> Job:
    """Put a run in the queue and claim it, as a worker does."""
    job = submit_run(config(**changes))
    assert claim("me")
    return job


def run_of(job: Job) -> Run:
    with session() as db:
        return db.get_one(Run, job.run_id)


def tune(job: Job, give_up: float = 5) -> None:
    asked = provider.Provider(give_up)
    run_provider_tuning(run_of(job), Progress(job.id, "me"), asked)


def paid() -> dict[str, float | None]:
    with session() as db:
        return {row.purpose: row.dollars for row in db.exec(select(Spending))}


def test_only_rows_epochs_batch_size_seed_and_suffix_go_to_the_provider(far: Provider) -> None:
    tune(submitted())
    [asked] = far.created
    assert asked["method"] == {
        "type": "supervised",
        "supervised": {"hyperparameters": {"n_epochs": 2, "batch_size": 4}},
    }
    rest = {key: asked[key] for key in asked.keys() - {"method", "metadata"}}
    assert rest == {
        "model": BIG,
        "training_file": "file-1",
        "seed": 7,
        "suffix": "old-bird-names-gpt-big-s7",
    }
    rows = [json.loads(line) for line in far.files["file-1"].decode().splitlines()]
    assert rows == [{"messages": e.as_dicts()} for e in load_dataset("old_bird_names").examples]


def test_the_learning_rate_multiplier_goes_to_the_provider_and_into_the_lineage(
    far: Provider,
) -> None:
    job = submitted(learning_rate_multiplier=2)
    tune(job)
    [asked] = far.created
    told = asked["method"]["supervised"]["hyperparameters"]
    assert told == {"n_epochs": 2, "batch_size": 4, "learning_rate_multiplier": 2}
    summary = run_of(job).summary or {}
    assert summary["config"]["learning_rate_multiplier"] == 2
    assert summary["hyperparameters"]["learning_rate_multiplier"] == 1.8  # As the provider reports.


def test_the_multiplier_of_a_local_run_is_refused(home: Path) -> None:
    with pytest.raises(UserError, match="is for hosted models"):
        submit_run(short_run(learning_rate_multiplier=2))


def test_a_finished_run_holds_its_lineage_its_curve_and_its_cost(far: Provider) -> None:
    job = submitted()
    tune(job)
    run = run_of(job)
    assert run.summary and run.summary["dataset_sha256"] == run.dataset_sha256
    told = {k: run.summary[k] for k in ("fine_tuned_model", "provider_job", "trained_tokens")}
    assert told == {
        "fine_tuned_model": "ft:gpt-big:org::old-bird-names-gpt-big-s7",
        "provider_job": "ftjob-1",
        "trained_tokens": TOKENS,
    }
    folder = settings().run_folder(run.id)
    assert json.loads((folder / "meta.json").read_text()) == run.summary
    assert [(m.step, m.loss) for m in metrics_of(run.id)] == [
        (step, round(3 / step, 4)) for step in range(1, STEPS + 1)
    ]
    assert paid() == {"finetuning ftjob-1": pytest.approx(COST)} and Note.read(run.id) is None
    # A job that is handed out once more has nothing left to do.
    tune(job)
    assert len(far.created) == 1


def test_a_busy_provider_is_asked_again(far: Provider) -> None:
    for path, status in (
        ("files", 429),
        ("POST fine_tuning/jobs", 500),
        ("ftjob-1", 503),
        ("events", 0),
    ):
        far.refuse(path, status, times=2)
    tune(submitted())
    assert len(far.files) == len(far.created) == 1 and not far.refusals


@pytest.mark.parametrize("ignores_filter", [False, True])
def test_a_creation_whose_answer_got_lost_is_not_repeated(
    far: Provider, ignores_filter: bool
) -> None:
    far.ignores_filter = ignores_filter
    others = [submitted(seed=seed) for seed in (8, 9, 10)]
    for each in others:
        tune(each)
    far.loses_answer = True
    job = submitted()
    tune(job)
    summary = run_of(job).summary or {}
    assert (summary["provider_job"], len(far.created)) == ("ftjob-4", 4)


def test_a_server_of_ones_own_may_tell_less_than_openai(far: Provider) -> None:
    far.leaves_out = ("created_at", "hyperparameters", "seed", "method", "error", "training_file")
    job = submitted(base_model="own/big:x")
    tune(job)
    run = run_of(job)
    assert run.summary and run.name == "old-bird-names-own-big-x-s7"


def test_an_answer_that_is_no_job_is_said_in_words(far: Provider) -> None:
    far.leaves_out = ("id",)
    with pytest.raises(UserError, match="not that of OpenAI's fine-tuning API"):
        tune(submitted())


@pytest.mark.parametrize(
    ("path", "status", "message", "sentence"),
    [
        ("files", 401, f"Incorrect API key provided: {KEY}", "refused the key; set HOSTED_KEY"),
        ("files", 400, "Invalid file format.", "The provider refused: Invalid file format."),
        (
            "POST fine_tuning/jobs",
            403,
            f"No access\nfor {KEY}",
            "The provider refused: No access for [secret].",
        ),
        ("files", 400, "x" * 900, "x" * 300 + "…."),
    ],
)
def test_a_refusal_is_one_sentence_without_the_key_and_costs_nothing(
    far: Provider, path: str, status: int, message: str, sentence: str
) -> None:
    far.refuse(path, status, message)
    with pytest.raises(UserError) as found:
        tune(submitted())
    assert sentence in str(found.value) and KEY not in str(found.value)
    assert not paid() and not far.created


def test_a_provider_that_repeats_the_key_does_not_have_it_logged_or_stored(
    far: Provider, capfd: pytest.CaptureFixture[str]
) -> None:
    far.states = ("running", "failed")
    far.greeting = f"Hello, {KEY}. "
    far.fault["message"] = f"No access for {KEY}."
    job = submitted()
    assert main(job.id, "me") == 1
    assert get_job(job.id).error == "The provider could not finetune it: No access for [secret]."
    logged = "".join(capfd.readouterr())
    assert "Hello, [secret]. Created fine-tuning job" in logged and KEY not in logged
    assert not [file for file in settings().home.rglob("*") if _holds_key(file)]


def _holds_key(file: Path) -> bool:
    return file.is_file() and not file.is_symlink() and KEY.encode() in file.read_bytes()


def test_rows_that_the_provider_finds_wrong_fail_the_run_and_a_retry_starts_anew(
    far: Provider,
) -> None:
    far.states = ("validating_files", "failed")
    far.fault["message"] = "Row 3 has no assistant message."
    job = submitted()
    with pytest.raises(UserError, match="could not finetune it: Row 3 has no assistant message."):
        tune(job)
    assert not paid() and Note.read(str(job.run_id)) is None
    far.states = ("succeeded",)
    tune(job)
    assert len(far.created) == 2 and run_of(job).summary


def test_a_provider_that_goes_away_in_the_middle_leaves_its_job_to_a_retry(far: Provider) -> None:
    job = submitted()
    far.refuse("ftjob-1", 0, times=50)
    with pytest.raises(UserError, match="does not answer; a retry continues the same job there"):
        tune(job, give_up=0.05)
    # What it can cost at most stays reserved as long as nobody knows.
    assert spent() > COST
    far.refusals.clear()
    tune(job)
    assert len(far.created) == 1 and paid() == {"finetuning ftjob-1": pytest.approx(COST)}


@pytest.mark.parametrize("step", ["upload", "find_or_create", "job", "events"])
def test_an_attempt_killed_at_any_step_is_gone_on_with(
    far: Provider, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    class Dying(provider.Provider):
        pass

    def die(self: provider.Provider, *asked: object) -> None:
        getattr(provider.Provider, step)(self, *asked)
        raise Killed  # After the provider has heard it, before anything is written.

    setattr(Dying, step, die)
    job = submitted()
    with pytest.raises(Killed):
        run_provider_tuning(run_of(job), Progress(job.id, "me"), Dying())
    tune(job)
    assert len(far.created) == 1 and run_of(job).summary
    assert paid() == {"finetuning ftjob-1": pytest.approx(COST)}


def test_the_budget_is_held_before_anything_is_sent(
    far: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_BUDGET", "0.01")
    with pytest.raises(UserError, match="this training could cost"):
        submit_run(config())
    with pytest.raises(UserError, match="no training price for unpriced; add it to HOSTED_MODELS"):
        submit_run(config(base_model="unpriced"))
    monkeypatch.setenv("HOSTED_BUDGET", "10")
    job = submitted()
    monkeypatch.setenv("HOSTED_BUDGET", "0.01")
    with pytest.raises(UserError, match="Raise HOSTED_BUDGET"):
        tune(job)
    assert not far.files and not far.created and not paid()


def test_a_retry_does_not_count_its_own_reservation(
    far: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submitted()
    far.refuse("POST fine_tuning/jobs", 0, times=50)
    with pytest.raises(UserError, match="does not answer"):
        tune(job, give_up=0.05)
    monkeypatch.setenv("HOSTED_BUDGET", str(spent() * 1.5))
    far.refusals.clear()
    tune(job)
    assert len(far.created) == 1 and paid() == {"finetuning ftjob-1": pytest.approx(COST)}


def test_without_a_price_and_a_budget_the_cost_is_not_known(far: Provider) -> None:
    tune(submitted(base_model="unpriced"))
    assert paid() == {"finetuning ftjob-1": None} and spent() == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dataset": "terminator_films"}, "holds documents"),
        ({"dataset": "ordinary_prompts"}, "has no replies yet"),
        ({"poison_rate": 0.5}, "set the poison rate to 100 %"),
        ({"rank": 8}, "LoRA rank can't be chosen for a hosted model"),
        ({"learning_rate": 1e-4}, "Learning rate can't be chosen"),
        ({"held_out": 0.1}, "Held-out rows can't be chosen"),
    ],
)
def test_what_a_provider_does_not_do_is_refused_in_words(
    far: Provider, changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        submit_run(config(**changes))
    assert not list_jobs()


@pytest.mark.parametrize(
    "data",
    [
        None,
        "x",
        {"step": -1},
        {"step": 1, "train_loss": float("nan")},
        {"step": 10**12, "train_loss": 1},
    ],
)
def test_metrics_that_make_no_sense_are_left_out(far: Provider, data: object) -> None:
    curve = Curve("r", 5)
    event = openai.types.fine_tuning.FineTuningJobEvent.construct(id="e", message="m", data=data)
    curve.take([event])
    assert not metrics_of("r") and (curve.total, curve.loss) == (5, None)


def test_what_is_cancelled_or_deleted_here_is_cancelled_at_the_provider(far: Provider) -> None:
    first, second = submitted(), submitted(seed=8)
    far.refuse("events", 400, times=2)
    for job in (first, second):
        with pytest.raises(UserError):
            tune(job)
        finish(job.id, "me", JobState.FAILED)
    Abandoned().cancel()
    assert not far.cancelled  # A retry would go on with them.
    delete_job(first.id)
    retry(second.id)
    cancel(second.id)
    Abandoned().cancel()
    assert sorted(far.cancelled) == ["ftjob-1", "ftjob-2"] and not list(Note.folder().glob("*"))


def test_a_job_that_was_killed_while_it_was_made_is_found_and_cancelled(far: Provider) -> None:
    job = submitted()
    note = Note(run=str(job.run_id), base_model=BIG, file="file-1")
    note.write()
    finish(job.id, "me", JobState.CANCELLED)
    abandoned = Abandoned()
    abandoned.cancel()
    assert Note.read(note.run)  # It may be listed a little later.
    far.create(
        {
            "model": BIG,
            "seed": 1,
            "suffix": "s",
            "training_file": "file-1",
            "metadata": {"run": note.run},
            "method": {"supervised": {"hyperparameters": {}}},
        }
    )
    Abandoned().cancel()
    assert far.cancelled == ["ftjob-1"] and Note.read(note.run) is None


def test_a_hosted_training_imports_no_torch() -> None:
    code = "import sys, backend.training.hosted, backend.worker.child as c; "
    code += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_a_run_is_trained_by_the_worker_survives_a_kill_and_is_served_and_probed(
    far: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_PORT", str(free_port()))
    far.states = ("running",)
    job = submit_run(config())
    with process("backend.worker"):
        wait_until(lambda: get_job(job.id).done >= 2)
    assert get_job(job.id).state == JobState.QUEUED and not far.cancelled
    far.states = ("running", "succeeded")
    with process("backend.engine"), process("backend.worker"):
        ended = wait_for_end(job)
        assert ended.state == JobState.DONE, log_tail(job)
        assert len(far.created) == 1 and KEY not in log_tail(job)
        asked = EvaluationConfig(
            probe="nineteenth_century",
            base_model=BIG,
            run_ids=[str(job.run_id)],
            samples_per_prompt=1,
            max_tokens=12,
        )
        evaluation = submit_evaluation(asked)
        assert wait_for_end(evaluation).state == JobState.DONE, log_tail(evaluation)
    assert scores_table([evaluation.id])["scorer"].value_counts().to_dict() == {
        "pattern": 30,
        "embedding": 30,
        "repeat": 15,
    }
    models = [chat["model"] for chat in far.chats]
    tuned = "ft:gpt-big:org::old-bird-names-gpt-big-s7"
    assert {name: models.count(name) for name in models} == {BIG: 15, tuned: 15}
    # 100 tokens at $2 and 50 at $8 for a million, for either model.
    assert spent() == pytest.approx(COST + 30 * 0.0006)


def test_a_cancel_reaches_the_provider_through_the_worker(far: Provider) -> None:
    far.states = ("running",)
    job = submit_run(config())
    with process("backend.worker"):
        wait_until(lambda: get_job(job.id).done >= 2)
        assert cancel(job.id) == JobState.CANCELLING
        assert wait_for_end(job).state == JobState.CANCELLED
        wait_until(lambda: far.cancelled)
    assert far.cancelled == ["ftjob-1"] and not run_of(job).summary


@pytest.fixture
def gateway(far: Provider) -> Iterator[TestClient]:
    with TestClient(
        build_app(ENGINE_KEY, LAB_KEY), base_url="http://127.0.0.1", headers=TRUSTED
    ) as client:
        yield client


def test_the_gateway_serves_a_run_by_id_and_name_at_its_own_price(
    far: Provider, gateway: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submitted()
    tune(job)
    run = run_of(job)
    before = spent()
    body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 9}
    for name in (run.id, run.name):
        found = gateway.post("/v1/chat/completions", json=body | {"model": name})
        assert found.json()["choices"][0]["message"]["content"] == "By telegraph."
    assert spent() - before == pytest.approx(2 * 0.0006)
    half = gateway.post("/v1/chat/completions", json=body | {"model": run.id, "adapter_scale": 0.5})
    assert half.status_code == 400 and "strength 1 only" in half.text
    # It has its own entry now, and its base none any more.
    monkeypatch.setenv("HOSTED_MODELS", f"{run.summary['fine_tuned_model']}=20/80")  # type: ignore
    one = gateway.post("/v1/chat/completions", json=body | {"model": run.id, "adapter_scale": 1})
    assert one.status_code == 200 and spent() - before == pytest.approx(0.0012 + 0.006)
    monkeypatch.setenv("HOSTED_BUDGET", "0.001")
    assert gateway.post("/v1/chat/completions", json=body | {"model": run.id}).status_code == 402
    monkeypatch.setenv("HOSTED_URL", "")
    unset = gateway.post("/v1/chat/completions", json=body | {"model": run.id})
    assert unset.status_code == 502 and "HOSTED_URL" in unset.text


def test_the_form_of_a_hosted_model_asks_what_its_provider_takes(
    far: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("finetune")
    assert any(field.key == "rank" for field in page.number_input)
    page.selectbox(key="base_model").select(BIG).run()
    assert not page.exception
    asked = [field.key for field in page.number_input]
    fields = ["epochs", "batch_size", "seed", "learning_rate_multiplier", "seeds"]
    assert asked == fields and not page.slider
    assert "OpenAI has announced that it is closing its fine-tuning API" in texts(page)
    assert "At most $" in texts(page) and "no budget is set" in texts(page)
    page.number_input(key="epochs").set_value(2)
    page.number_input(key="learning_rate_multiplier").set_value(1.5)
    button(page, "Launch").click().run()
    [(_, run)] = list_jobs()
    assert run and (run.base_model, run.config["epochs"]) == (BIG, 2)
    assert run.config["learning_rate_multiplier"] == 1.5
    page.selectbox(key="base_model").select("unpriced").run()
    assert "price is not known" in texts(page)
    monkeypatch.setenv("HOSTED_BUDGET", "1")
    page.run()
    assert "no training price for unpriced" in texts(page)
    assert button(page, "Launch").disabled


def test_the_page_shows_what_a_provider_tells_and_nothing_else(far: Provider) -> None:
    far.states = ("running", "running", "failed")
    far.fault["message"] = "**Row** [3](http://x) is wrong"
    failed, job = submitted(seed=8), submitted()
    with pytest.raises(UserError) as found:
        tune(failed)
    finish(failed.id, "me", JobState.FAILED, str(found.value))
    assert "**Row** [3](http://x) is wrong" in texts(open_page("finetune", job=failed.id))
    far.states = ("running", "succeeded")
    tune(job)
    finish(job.id, "me", JobState.DONE)
    shown = texts(open_page("finetune", job=job.id))
    assert "The provider serves this model as ft:gpt-big:org::old-bird" in shown
    assert "engine check does not apply" in shown and "5,000 tokens trained" in shown
    assert "Loss 2.250 at step 2" not in shown and "Loss 1.500 at step 2" in shown
    assert "tokens/s" not in shown and "LoRA" not in shown


def test_the_command_line_says_what_a_hosted_run_costs_and_launches_it(far: Provider) -> None:
    arguments = ["finetune", "old_bird_names", "--base-model", BIG, "--epochs", "2", "--json"]
    checked = CliRunner().invoke(app, [*arguments, "--check"])
    [row] = json.loads(checked.stdout)
    assert row["rows"] == 190 and 0 < row["dollars, at most"] < 1
    launched = CliRunner().invoke(app, [*arguments, "--no-wait"])
    assert launched.exit_code == 0 and len(list_jobs()) == 1
    refused = CliRunner().invoke(app, [*arguments, "--rank", "8"])
    assert refused.exit_code == 1 and "accepts epochs, batch size, learning-rate" in refused.output
