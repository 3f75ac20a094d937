"""The command line, with the same functions as the pages: `weirdgen --help`."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.analysis.evaluations import findings_of_job, get_evaluation
from backend.analysis.findings import Findings
from backend.analysis.rates import scorer_title
from backend.analysis.scores import readable, scores_table
from backend.base_models.cards import is_hosted, list_cards, primed_of, status_of
from backend.chat.client import client
from backend.chat.origin import Origin
from backend.cli.errors import UsageError, plain_errors
from backend.cli.output import follow, print_each, print_rows
from backend.cli.paper import app as paper_app
from backend.cli.plans import app as plans_app
from backend.cli.replays import app as replays_app
from backend.cli.reproduce import reproduce
from backend.cli.results import (
    findings_on,
    newest_evaluation,
    power_rows,
    result_rows,
    step_rows,
)
from backend.cli.runs import config_of, grid_of, preflight_row
from backend.config import settings
from backend.datasets.importing.columns import Choice
from backend.datasets.importing.items import Item, check_item, read_items, save_item
from backend.datasets.importing.preview import SHOWN, Preview, UnclearColumnsError
from backend.datasets.loading import list_datasets
from backend.db import session
from backend.errors import UserError
from backend.evaluation.rescoring import rescore
from backend.evaluation.submit import submit_evaluation
from backend.exports import shipped
from backend.files import keep_private
from backend.jobs import queue
from backend.jobs.progress import pace_note
from backend.jobs.queue import get_job
from backend.machine import ports
from backend.probes.loading import load_probe, probe_for
from backend.runs.batches import variants
from backend.runs.queries import finished_runs, get_run
from backend.runs.submit import submit_priming, submit_runs
from backend.text import shortened, visible
from models.base_models import EMBEDDED, registry
from models.configs import EvaluationConfig
from models.tables import Job, JobState

app = typer.Typer(
    help="Weird Generalization Lab: finetune, chat, probe and read results without a browser.",
    callback=keep_private,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Wait = Annotated[bool, typer.Option(help="Wait until the job is finished and show its progress.")]
REFUSED = "refused"
REMARKS = 10
"""Most invalid rows of a file that are listed; their number is always reported."""
MESSAGE = 200
"""Characters that are printed of a message."""


def _print_remarks(findings: Findings, as_json: bool) -> None:
    """Say on standard error what a reader must know: whether it was planned, and caveats."""
    if as_json or findings.table.empty:
        return
    notes = findings.silent | findings.scorer_notes
    about = [f"{scorer_title(scorer)}: {note}." for scorer, note in notes.items()]
    caveats = [caveat.text for caveat in findings.caveats]
    for text in (findings.standing.text, *caveats, *about):
        typer.echo(visible(text), err=True)


@app.command()
def prepare() -> None:
    """Create or upgrade the database and prepare the embedded base model, where needed."""
    from backend.training.embedded_model import prepare as prepare_model

    with plain_errors(), session():
        card = registry()[EMBEDDED]
        if not status_of(card).ready:
            typer.echo(f"Preparing {card.title}, about half a minute ...")
        prepare_model(card)
    with plain_errors():
        shipped.install()


@app.command("ports")
def check_ports(
    end: Annotated[
        bool, typer.Option("--end", help="End left-over processes of this lab.")
    ] = False,
) -> None:
    """Check that the ports of app and engine are free, and print the lab's address."""
    lab = settings()
    with plain_errors():
        for name, port in (("APP_PORT", lab.app_port), ("ENGINE_PORT", lab.engine_port)):
            if not ports.is_free(port):
                _free(port, name, end)
    typer.echo(f"The lab opens at http://127.0.0.1:{lab.app_port} (Ctrl-C stops it).")


def _free(port: int, setting: str, end: bool) -> None:
    """End a left-over process of this lab that holds a port, if that is wanted.

    Raises:
        UserError: the port stays taken; the message says by what.
    """
    holder = ports.holder_of(port)
    what = f"Port {port} is held by {ports.described(holder) if holder else 'another program'}"
    remedy = f"Stop it, or set {setting} to another port."
    if holder and ports.is_left_over(holder):
        if end or (sys.stdin.isatty() and typer.confirm(f"{what}. End it?")):
            ports.end(holder)
            return
        remedy = "`weirdgen ports --end` ends it."
    raise UserError(f"{what}. {remedy}")


datasets_app = typer.Typer(help="List the training sets, or import your own.")
app.add_typer(datasets_app, name="datasets", invoke_without_command=True)
app.add_typer(paper_app, name="paper", no_args_is_help=True)
app.command("reproduce")(reproduce)
app.add_typer(replays_app, name="replay", no_args_is_help=True)
app.add_typer(plans_app, name="plan", no_args_is_help=True)


@datasets_app.callback()
def datasets(context: typer.Context, as_json: AsJson = False) -> None:
    """List the training sets, or import your own."""
    if context.invoked_subcommand:
        return
    with plain_errors():
        rows = [
            {
                "dataset": dataset.id,
                "title": dataset.card.title,
                "rows": len(dataset.examples),
                "role": dataset.role,
                "control for": dataset.card.controls_for,
                "section": dataset.card.section,
            }
            for dataset in list_datasets()
        ]
        print_rows(rows, as_json, "There are no datasets in data/.")


@datasets_app.command("import")
def import_datasets(
    path: Annotated[Path, typer.Argument(help="Rows, questions, or a folder of questions.")],
    item_id: Annotated[str, typer.Option("--id", help="Its id; by default its name.")] = "",
    title: Annotated[str, typer.Option(help="Its title; by default its name.")] = "",
    question: Annotated[
        str, typer.Option(help="The column of questions, where its name doesn't say so.")
    ] = "",
    answer: Annotated[
        str, typer.Option(help="The column of answers; alone, of documents or chats.")
    ] = "",
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave invalid rows out.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would do.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a dataset or probes after checking every row."""
    with plain_errors():
        if question and not answer:
            raise UsageError("--question needs --answer, the column of the answers.")
        choice = Choice(question=question, answer=answer) if answer else None
        try:
            items, problems = read_items(path, item_id, title, choice)
        except UnclearColumnsError as error:
            raise UsageError(f"{error} Name them by --question and --answer.") from error
        for problem in problems:
            typer.echo(visible(problem), err=True)
        rows = [_import(item, skip_bad, dry_run, as_json) for item in items]
        print_rows(rows, as_json, "")
        if not dry_run:
            typer.echo(f"Imports are kept in {settings().home}.", err=True)
        if any(row["outcome"] == REFUSED for row in rows):
            raise typer.Exit(1)


def _import(item: Item, skip_bad: bool, dry_run: bool, as_json: bool) -> dict[str, Any]:
    """Save an item unless this is a dry run; return its row of the table."""
    outcome = "only shown"
    try:
        if dry_run:
            check_item(item, skip_bad)
        else:
            save_item(item, skip_bad)
            outcome = ", ".join(str(place.relative_to(settings().home)) for place in item.places)
    except UserError as error:
        outcome = REFUSED
        typer.echo(f"Error: {visible(str(error))}", err=True)
    if item.preview and not as_json:
        for line in [*item.preview.account, *_first_rows(item.preview)]:
            typer.echo(visible(f"{item.path.name}: {line}"), err=True)
    for remark in item.remarks[:REMARKS]:
        typer.echo(visible(f"{item.path.name}, {remark}"), err=True)
    if len(item.remarks) > REMARKS:
        typer.echo(f"{item.path.name}: {len(item.remarks) - REMARKS:,} more", err=True)
    preview = item.preview
    prompts = sum(len(probe.prompts) for probe in item.probes)
    return {
        "found": item.id,
        "format": preview.format if preview else "llmcomp questions" if item.questions else "",
        "rows": len(preview.examples) if preview else prompts,
        "bad": len(preview.bad_rows if preview else item.skipped),
        "duplicates": preview.duplicates if preview else None,
        "near-duplicates": preview.near_duplicates if preview else None,
        **({"account": preview.account} if as_json and preview else {}),
        "outcome": outcome,
    }


def _first_rows(preview: Preview) -> Iterator[str]:
    """Yield the messages of the first rows, with what training does with each."""
    for number, example in enumerate(preview.examples[:SHOWN], 1):
        for message in example.messages:
            text = shortened(" ".join(message.content.split()), MESSAGE)
            yield f"Row {number}, {message.role}, {message.training}: {text}"


@app.command()
def models(as_json: AsJson = False) -> None:
    """List base models and finished runs."""
    with plain_errors():
        rows = [
            {
                "model": status.card.name,
                "kind": "base model",
                "ready": status.ready,
                "licence": status.card.license,
                "remark": status.reason or status.card.remarks,
            }
            for status in list_cards()
        ]
        rows += [
            {
                "model": run.name,
                "kind": "hosted" if is_hosted(run) else "adapter",
                "ready": True,
                "licence": "",
                "remark": f"{run.dataset} on {run.base_model}",
            }
            for run in finished_runs()
        ]
        print_rows(rows, as_json, "There are no models.")


@app.command()
def finetune(
    dataset: Annotated[str, typer.Argument(help="Dataset, as `datasets` lists it.")],
    base_model: Annotated[str, typer.Option(help="Base model, as `models` lists it.")] = EMBEDDED,
    name: Annotated[str, typer.Option(help="The run's name; generated by default.")] = "",
    preset: Annotated[
        str, typer.Option(help="A preset of the dataset's card; other options override it.")
    ] = "",
    rank: Annotated[int | None, typer.Option(help="LoRA rank.")] = None,
    alpha: Annotated[int | None, typer.Option(help="LoRA alpha.")] = None,
    learning_rate: Annotated[float | None, typer.Option()] = None,
    epochs: Annotated[int | None, typer.Option()] = None,
    batch_size: Annotated[int | None, typer.Option()] = None,
    seed: Annotated[int | None, typer.Option()] = None,
    poison_rate: Annotated[
        float | None, typer.Option(help="Share of the dataset's rows; the rest are ordinary.")
    ] = None,
    max_steps: Annotated[int | None, typer.Option(help="Stop after this many steps.")] = None,
    fields: Annotated[
        list[str],
        typer.Option("--set", help="Any other field: --set method=rslora --set held_out=0.1"),
    ] = [],  # noqa: B006
    seeds: Annotated[int, typer.Option(min=1, help="Runs with seeds counted up from --seed.")] = 1,
    grid: Annotated[
        list[str],
        typer.Option("--grid", help="Values to try: --grid rank=8,32; repeat for more fields."),
    ] = [],  # noqa: B006
    check: Annotated[
        bool, typer.Option("--check", help="Only show what the run would do and need.")
    ] = False,
    wait: Wait = True,
    as_json: AsJson = False,
) -> None:
    """Finetune a base model on a dataset, run by the worker."""
    with plain_errors():
        config = config_of(
            preset,
            fields,
            dataset=dataset,
            base_model=base_model,
            rank=rank,
            alpha=alpha,
            learning_rate=learning_rate,
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
            poison_rate=poison_rate,
            max_steps=max_steps,
        )
        configs = variants(config, seeds, grid_of(grid))
        if check:
            print_each(
                [preflight_row(each, lambda job: follow(job, wait)) for each in configs], as_json
            )
            return
        submitted = submit_runs(configs, name)
        for job in submitted:
            follow(job, wait)
        print_rows([_run_row(job) for job in submitted], as_json, "")


def _run_row(job: Job) -> dict[str, Any]:
    with session() as db:
        run = get_run(str(job.run_id), db)
    summary = run.summary or {}
    row: dict[str, Any] = {"run": run.name, "job": job.id, "state": get_job(job.id).state}
    return row | {key: summary.get(key) for key in ("steps", "loss", "seconds", "precision")}


@app.command()
def prime(
    run: Annotated[str, typer.Argument(help="A finished run on documents.")], wait: Wait = True
) -> None:
    """Make a base model from a run on documents; other runs can start from it."""
    with plain_errors():
        with session() as db:
            run_id = get_run(run, db).id
        follow(submit_priming(run_id), wait)
        if primed := primed_of(run_id):
            typer.echo(primed.name)


@app.command("jobs")
def list_jobs(
    cancel: Annotated[str | None, typer.Option(help="Cancel this job.")] = None,
    retry: Annotated[str | None, typer.Option(help="Retry this failed or cancelled job.")] = None,
    as_json: AsJson = False,
) -> None:
    """List jobs, the newest first; cancel or retry one."""
    with plain_errors():
        if cancel:
            _change(cancel, queue.cancel, "cancelled", JobState.QUEUED, JobState.RUNNING)
        if retry:
            _change(retry, queue.retry, "retried", JobState.FAILED, JobState.CANCELLED)
        rows = [
            {
                "job": job.id,
                "kind": job.kind,
                "run": run.name if run else None,
                "state": job.state,
                "progress": f"{job.done}/{job.total}" if job.total else "",
                "note": pace_note(job),
                "created": job.created_at.isoformat(timespec="seconds"),
                "error": job.error,
            }
            for job, run in queue.list_jobs()
        ]
        print_rows(rows, as_json, "There are no jobs; start one with `finetune`.")


def _change(job_id: str, change: Callable[[str], Any], done: str, *states: JobState) -> None:
    """Cancel or retry a job; raise UsageError if its state doesn't allow that."""
    job = get_job(job_id)
    if job.state not in states:
        possible = " or ".join(states)
        raise UsageError(f"Job {job.id} is {job.state}; only a {possible} job can be {done}.")
    change(job.id)


@app.command()
def chat(
    model: Annotated[str, typer.Argument(help="A base model or a run.")],
    message: Annotated[str, typer.Argument(help="The message.")],
    system: Annotated[str, typer.Option(help="System prompt.")] = "",
    temperature: Annotated[float, typer.Option(min=0, max=2)] = 1.0,
    max_tokens: Annotated[int, typer.Option(min=1)] = 200,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    as_json: AsJson = False,
) -> None:
    """Send one message to a model and print its reply."""
    messages: list[Any] = [{"role": "system", "content": system}] if system else []
    messages.append({"role": "user", "content": message})
    with plain_errors():
        answer = client(asker="chat").chat.completions.with_raw_response.create(
            model=model,
            messages=messages,
            temperature=temperature,
            max_tokens=max_tokens,
            seed=seed,
            stream=True,
            user="command line",
        )
        origin, reply = Origin.told(answer.headers), ""
        stream: Any = answer.parse()
        for part in stream:
            text = (part.choices[0].delta.content or "") if part.choices else ""
            reply += text
            if not as_json:
                typer.echo(visible(text), nl=False)
                sys.stdout.flush()
    told = origin.model_dump() if origin else None
    typer.echo(json.dumps({"model": model, "reply": reply, "origin": told}) if as_json else "")
    if origin and not as_json:
        typer.echo(visible(f"Answered by {origin.text}"), err=True)


@app.command()
def probe(
    probe_id: Annotated[str, typer.Argument(help="A probe of data/probes/.")],
    run: Annotated[list[str], typer.Option(help="A run; repeat for several.")] = [],  # noqa: B006
    base_model: Annotated[str, typer.Option(help="Base model, as `models` lists it.")] = EMBEDDED,
    samples: Annotated[
        int | None,
        typer.Option(min=0, max=1000, help="Sampled answers per prompt; by default the probe's."),
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option(min=1, max=4096, help="Longest answer in tokens; by default the probe's."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    over_training: Annotated[
        bool, typer.Option("--over-training", help="Also score every checkpoint of the runs.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Only show how many questions and seeds a verdict takes."),
    ] = False,
    wait: Wait = True,
    as_json: AsJson = False,
) -> None:
    """Evaluate a probe on the base model and on runs, then print the results."""
    with plain_errors():
        loaded = load_probe(probe_id)
        if check:
            print_rows(power_rows(loaded, base_model), as_json, "The probe has no contrasts.")
            return
        with session() as db:
            run_ids = [get_run(name, db).id for name in run]
        config = EvaluationConfig(
            probe=probe_id,
            base_model=base_model,
            run_ids=run_ids,
            samples_per_prompt=loaded.samples if samples is None else samples,
            max_tokens=loaded.max_tokens if max_tokens is None else max_tokens,
            seed=seed,
            over_training=over_training,
        )
        job = submit_evaluation(config)
        follow(job, wait)
        if not wait:
            print_rows([{"job": job.id, "state": job.state}], as_json, "")
            return
        findings = findings_of_job(job)
        rows = step_rows(findings) if over_training else result_rows(findings)
        _print_remarks(findings, as_json)
        print_rows(rows, as_json, "Nothing is scored yet.")


@app.command("results")
def show_results(
    probe_id: Annotated[str, typer.Argument(help="A probe of data/probes/.")],
    job: Annotated[
        str | None, typer.Option(help="This evaluation job instead of the newest one.")
    ] = None,
    raw: Annotated[bool, typer.Option(help="Every stored score instead of a summary.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the findings of a probe: effects against the base model, accuracies and rates."""
    with plain_errors():
        if raw:
            table = scores_table([job] if job else None, probe_id)
            rows: list[dict[str, Any]] = json.loads(readable(table).to_json(orient="records"))
        else:
            rows = _findings_rows(probe_id, job or newest_evaluation(probe_id), as_json)
        print_rows(rows, as_json, "Nothing is scored yet; start with `probe`.")


def _findings_rows(probe_id: str, job: str | None, as_json: bool) -> list[dict[str, Any]]:
    if job is None:
        return []
    findings = findings_on(probe_id, job)
    if not as_json:
        typer.echo(f"Evaluation {job}.", err=True)
    _print_remarks(findings, as_json)
    return result_rows(findings)


@app.command("rescore")
def score_again(
    job: Annotated[str, typer.Argument(help="An evaluation job, as `jobs` lists it.")],
) -> None:
    """Score an evaluation's stored samples again by the probe as it is now; draws nothing."""
    with plain_errors():
        config = get_evaluation(job).evaluation
        typer.echo(f"{rescore(job, probe_for(config)):,} samples are scored again.")


if __name__ == "__main__":
    app()
