"""Plans on the command line: draft, freeze, export, launch, and see what followed them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from backend.analysis.scores import evaluation_jobs
from backend.cli.errors import plain_errors
from backend.cli.output import follow, print_each, print_rows
from backend.cli.runs import fields_of, preset_of
from backend.datasets.loading import load_dataset
from backend.errors import UserError
from backend.plans import drafts
from backend.plans.launching import launch
from backend.plans.standing import standing_of
from models.base_models import EMBEDDED
from models.configs import PlanDraft
from models.tables import Plan

app = typer.Typer(help="Say what will be measured before there are data, and freeze it.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
PlanId = Annotated[str, typer.Argument(help="A plan, as `plan list` shows it.")]


@app.command("create")
def create(
    file: Annotated[
        Path | None, typer.Option(help="A YAML file, or the name of one in data/plans/.")
    ] = None,
    dataset: Annotated[str, typer.Option(help="Dataset, as `datasets` lists it.")] = "",
    controls: Annotated[
        list[str], typer.Option("--control", help="A control; repeat. By default all.")
    ] = [],  # noqa: B006
    probe: Annotated[str, typer.Option(help="Probe; by default the dataset's.")] = "",
    base_model: Annotated[str, typer.Option(help="Base model, as `models` lists it.")] = EMBEDDED,
    preset: Annotated[str, typer.Option(help="A preset of the dataset's card.")] = "",
    fields: Annotated[
        list[str], typer.Option("--set", help="A field of the recipe: --set rank=32")
    ] = [],  # noqa: B006
    seeds: Annotated[int, typer.Option(min=1, max=50, help="Seeds 1, 2, … of each dataset.")] = 3,
    samples: Annotated[int, typer.Option(min=0, max=1000, help="Samples per question.")] = 0,
    title: Annotated[str, typer.Option(help="The plan's title.")] = "",
    estimand: Annotated[str, typer.Option(help="The quantity tested, in words.")] = "",
    stop_rule: Annotated[str, typer.Option(help="When measuring ends.")] = "",
    trained_before: Annotated[
        bool, typer.Option("--trained-before", help="Runs from before the freezing may be used.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Draft a plan from options or a file; its hashes are those of the files as they are now."""
    with plain_errors():
        if file is None and not dataset:
            raise UserError("Name a dataset or a file.")
        if file is not None:
            draft = drafts.read_draft(file)
        else:
            recipe = preset_of(dataset, preset) | fields_of(fields)
            words = {"title": title, "estimand": estimand, "stop_rule": stop_rule}
            draft = drafts.proposal(
                dataset,
                probe or load_dataset(dataset).card.probe,
                **{name: text for name, text in words.items() if text},
                **({"controls": controls} if controls else {}),
                base_model=base_model,
                recipe=recipe,
                seeds=list(range(1, seeds + 1)),
                samples_per_prompt=samples,
                begins_after_freezing="evaluation" if trained_before else drafts.ALL_AFTER,
            )
        print_each([_row(drafts.create(draft))], as_json)


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List plans, the newest first."""
    with plain_errors():
        names = ("plan", "title", "probe", "seeds", "frozen", "sha256")
        rows = [{name: _row(plan)[name] for name in names} for plan in drafts.list_plans()]
        print_rows(rows, as_json, "There are no plans; draft one with `plan create`.")


@app.command("show")
def show(plan: PlanId, as_json: AsJson = False) -> None:
    """Show a plan, and the evaluations of its probe with their standing."""
    with plain_errors():
        found = drafts.get_plan(plan)
        jobs = [j for j in evaluation_jobs() if j.evaluation.probe == found.config["probe"]]
        row = _row(found)
        if found.frozen_at:
            row["evaluations"] = "\n".join(f"{j.id}: {standing_of(j).text}" for j in jobs) or "none"
        print_each([row], as_json)


@app.command("freeze")
def freeze(plan: PlanId, as_json: AsJson = False) -> None:
    """Freeze a draft; it can't be changed or deleted afterwards."""
    with plain_errors():
        frozen = drafts.freeze(plan)
        row = {"plan": plan, "frozen": frozen.frozen_at, "sha256": frozen.sha256}
        print_each([row], as_json)


@app.command("export")
def export(
    plan: PlanId, file: Annotated[Path, typer.Argument(help="The JSON file to write.")]
) -> None:
    """Write a frozen plan to a file, for a time stamp by others."""
    with plain_errors():
        frozen = drafts.frozen(drafts.get_plan(plan))
        file.write_bytes(drafts.dump(frozen))
    typer.echo(f"Wrote {file}, SHA-256 of the plan {frozen.sha256}.")


@app.command("check")
def check(file: Annotated[Path, typer.Argument(help="A plan's JSON file.")]) -> None:
    """Check that a plan's file is unchanged since it was frozen."""
    with plain_errors():
        try:
            plan = drafts.load(file.read_bytes())
        except OSError as error:
            raise UserError(f"{file} can't be read: {error.strerror}.") from error
    typer.echo(f"Unchanged: {plan.plan.title}, frozen {plan.frozen_at}, SHA-256 {plan.sha256}.")


@app.command("launch")
def launch_plan(
    plan: PlanId,
    wait: Annotated[bool, typer.Option(help="Wait until it is finished.")] = True,
    as_json: AsJson = False,
) -> None:
    """Queue the runs that a plan lacks and its evaluation."""
    with plain_errors():
        job = launch(plan)
        follow(job, wait)
        print_rows([{"job": job.id, "standing": standing_of(job).text}], as_json, "")


def _row(plan: Plan) -> dict[str, Any]:
    config = PlanDraft(**{k: v for k, v in plan.config.items() if k in PlanDraft.model_fields})
    row = {"plan": plan.id} | plan.config | {"seeds": ", ".join(map(str, config.seeds))}
    row["controls"] = ", ".join(config.controls)
    for name in ("recipe", "datasets_sha256"):
        row[name] = ", ".join(f"{key} {value}" for key, value in plan.config[name].items())
    frozen = plan.frozen_at.isoformat(timespec="seconds") if plan.frozen_at else "draft"
    return row | {"frozen": frozen, "sha256": plan.sha256 or ""}
