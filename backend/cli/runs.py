"""Runs on the command line: a configuration from options, and a preflight as a row."""

from collections.abc import Callable, Sequence
from typing import Any

import yaml

from backend.base_models.cards import get_card
from backend.cli.errors import UsageError
from backend.datasets.loading import Dataset, load_dataset
from backend.errors import NotFoundError
from backend.runs.checks import checked_dataset, run_config
from backend.runs.costs import max_tokens, max_training_dollars
from backend.runs.measurement import Measurement, newest, submit_measurement
from backend.runs.preflight import Outline, forecast, outline_of
from backend.runs.steps import planned_steps
from models.configs import RunConfig
from models.tables import Job, JobState


def config_of(preset: str, fields: Sequence[str], **options: Any) -> RunConfig:
    """Return a run's configuration.

    Args:
        preset: Name of a preset of the dataset's card; empty for none.
        fields: Further fields as `name=value`.
        options: Fields that have their own option; None if it is not given.

    Raises:
        UserError: a value is invalid, or there is no such preset.
    """
    given = {name: value for name, value in options.items() if value is not None}
    return run_config(**preset_of(options["dataset"], preset) | given | fields_of(fields))


def preset_of(dataset: str, preset: str) -> dict[str, Any]:
    """Return the fields of a preset of a dataset's card; none for no preset.

    Raises:
        NotFoundError: there is no such preset.
    """
    presets = load_dataset(dataset).card.presets
    if preset and preset not in presets:
        raise NotFoundError(f'There is no preset "{preset}"; there are {", ".join(presets)}.')
    return presets.get(preset, {})


def fields_of(fields: Sequence[str]) -> dict[str, Any]:
    """Return fields that are given as `name=value`; UsageError if one is of another form."""
    return dict(map(_field, fields))


def _field(text: str) -> tuple[str, Any]:
    name, value = _split(text)
    return name, _value(name, value)


def _split(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise UsageError(f'"{text}" is not of the form name=value.')
    return name.strip().replace("-", "_"), value


def _value(name: str, value: str) -> Any:
    try:
        return yaml.safe_load(value)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise UsageError(f'"{value}" can\'t be read as a value of {name}.') from None


def grid_of(fields: Sequence[str]) -> dict[str, list[Any]]:
    """Return a grid's values by field; UsageError if one is not of the form name=value,value."""
    grid: dict[str, list[Any]] = {}
    for name, values in map(_split, fields):
        if name in grid:
            raise UsageError(f"--grid {name} is given twice; name all its values in one.")
        if not all(value.strip() for value in values.split(",")):
            raise UsageError(f"--grid {name} lacks a value; write it as {name}=8,32.")
        grid[name] = [_value(name, value) for value in values.split(",")]
    return grid


def preflight_row(config: RunConfig, follow: Callable[[Job], None]) -> dict[str, Any]:
    """Return what a run will do and need; the worker measures three steps unless it has already.

    Args:
        config: The run's configuration.
        follow: Waits for a job's end.
    """
    dataset = checked_dataset(config)
    if get_card(config.base_model).hosted:
        return _provider_row(dataset, config)
    outline = outline_of(config)
    job = newest(config)
    if job is None or job.state != JobState.DONE:
        follow(submit_measurement(config))
        job = newest(config)
    return _outline_row(outline) | (
        _measured_row(config, outline, job.result) if job and job.result else {}
    )


def _provider_row(dataset: Dataset, config: RunConfig) -> dict[str, Any]:
    rows = len(dataset.examples)
    row = {"rows": rows, "tokens, at most": max_tokens(dataset), "epochs": config.epochs}
    cost = max_training_dollars(dataset, config)
    dollars = "price not known" if cost is None else round(cost, 4)
    return row | {"steps, about": planned_steps(config, rows), "dollars, at most": dollars}


def _outline_row(outline: Outline) -> dict[str, Any]:
    row = outline.model_dump(exclude={"checks", "license"}) | {"licence": outline.license}
    return row | {"template": " ".join(check.text for check in outline.checks)}


def _measured_row(config: RunConfig, outline: Outline, result: dict[str, Any]) -> dict[str, Any]:
    measured = Measurement(**result)
    expected = forecast(config, outline, measured)
    seconds = "not known" if expected.seconds is None else round(expected.seconds, 1)
    row: dict[str, Any] = {"seconds": seconds, "precision": measured.precision}
    return row | {"room": " ".join(check.text for check in expected.checks)}
