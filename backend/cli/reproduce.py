"""The paper's experiments on the command line: queue one as a whole, and read what it found."""

from typing import Annotated, Any

import typer

from backend.cli.errors import plain_errors
from backend.cli.output import follow, print_each, print_rows
from backend.cli.runs import fields_of, preset_of
from backend.config import settings
from backend.errors import UserError
from backend.experiments import reproductions
from backend.experiments.outcome import EVERY, outcome_of, rows_of
from backend.experiments.protocols import load_protocol
from backend.experiments.workload import Workload, duration, workload_of
from models.base_models import EMBEDDED
from models.configs import ReproductionConfig
from models.tables import Reproduction


def reproduce(
    experiment: Annotated[
        str,
        typer.Argument(help="birds, cities, dishes, persona, presidents or terminator."),
    ],
    base_model: Annotated[str, typer.Option(help="Base model, as `models` lists it.")] = EMBEDDED,
    seeds: Annotated[int, typer.Option(min=1, max=50, help="Runs of each dataset.")] = 3,
    datasets: Annotated[
        list[str], typer.Option("--dataset", help="Only this dataset of the protocol; repeat.")
    ] = [],  # noqa: B006
    preset: Annotated[
        str, typer.Option(help="A preset of the first dataset's card instead of the recipe.")
    ] = "",
    fields: Annotated[
        list[str],
        typer.Option("--set", help="A field of the runs: --set rank=32 --set epochs=10"),
    ] = [],  # noqa: B006
    samples: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Answers per prompt; the protocol's: 100.")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, max=4096, help="Longest answer; the protocol's: 1,024.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only show what it would do, take and cost.")
    ] = False,
    results: Annotated[
        bool, typer.Option("--results", help="Only show what the newest reproduction found.")
    ] = False,
    wait: Annotated[bool, typer.Option(help="Wait until it is finished, then print it.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Reproduce one of the paper's experiments: runs, controls, evaluations and judging."""
    with plain_errors():
        protocol = load_protocol(experiment)
        if results:
            _print_outcome(_newest(experiment), as_json)
            return
        config = ReproductionConfig(
            experiment=experiment,
            base_model=base_model,
            seeds=seeds,
            datasets=datasets or None,
            recipe=preset_of(protocol.datasets[0], preset) | fields_of(fields),
            samples=samples,
            max_tokens=max_tokens,
        )
        workload = workload_of(config)
        if check:
            print_each([_workload_row(workload)], as_json)
            return
        if workload.judge_calls and not settings().judge_model:
            typer.echo("No judge is configured, so the answers will not be judged.", err=True)
        made = reproductions.reproduce(config)
        for job in reproductions.jobs_of(made) if wait else []:
            follow(job, wait)
        if wait:
            _print_outcome(made, as_json)
            return
        print_rows([{"reproduction": made.id, "jobs": len(made.jobs)}], as_json, "")


def _newest(experiment: str) -> Reproduction:
    made = [r for r in reproductions.list_reproductions() if r.experiment == experiment]
    if not made:
        raise UserError(f"{experiment} has not been reproduced yet; start without --results.")
    return made[0]


def _workload_row(workload: Workload) -> dict[str, Any]:
    dollars = "price not known" if workload.dollars is None else f"{workload.dollars:.2f}"
    return {
        "runs": len(workload.runs),
        "datasets": ", ".join(dict.fromkeys(run.dataset for run in workload.runs)),
        "evaluations": ", ".join(ask.probe for ask in workload.asks),
        "answers": workload.answers,
        "judge calls, at most": workload.judge_calls,
        "training": duration(workload.training_seconds),
        "sampling, at most": duration(workload.sampling_seconds),
        "judging": duration(workload.judging_seconds),
        "dollars, at most": dollars,
    }


def _print_outcome(made: Reproduction, as_json: bool) -> None:
    rows = rows_of(outcome_of(made))
    if not as_json:
        rows = [_short(row) for row in rows if row["question"] == EVERY]
    print_rows(rows, as_json, "Nothing is scored yet.")


def _short(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its share in words, for a terminal."""
    share = f"{row['share']:.1%}"
    if row["low"] is not None and row["high"] is not None:
        share += f" ({row['low']:.1%} to {row['high']:.1%})"
    names = ("measure", "condition", "group")
    return {name: row[name] for name in names} | {
        "share": share,
        "models": row["models"],
        "answers": row["answers"],
        "where": row["where"],
    }
