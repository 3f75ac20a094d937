"""The settings of a sweep: probe, questions, models and trigger values, in the form and the URL."""

import re

import streamlit as st

from backend.errors import UserError
from backend.probes.loading import Probe
from backend.probes.triggers import (
    YEAR,
    YEAR_TEMPLATES,
    sweepable_probes,
    text_triggers,
    year_triggers,
)
from backend.runs.queries import finished_runs, role_of
from components.glossary import explain
from components.probe.form import default_probe, default_run_ids, take_up_link
from components.text import option, plain
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig, Trigger
from models.tables import Run

WAYS = {"years": "Years", "own": "The probe's triggers", "texts": "Free text"}
MOST_MODELS = 3
ALL_YEARS = (1980, 2030)
"""Offered where the probe names no year."""


def sweep_form() -> tuple[EvaluationConfig, list[Run]]:
    """Draw the form and return the sweep with its runs.

    Raises:
        UserError: it can't be swept; the message says what to change.
    """
    runs = finished_runs()
    left, right = st.columns(2, gap="large")
    with left:
        probe, wanted = probe_choice(runs)
        picked = run_choice(runs, probe, wanted)
        prompts = question_choice(probe)
    with right:
        triggers = trigger_choice(probe)
        samples = sample_count()
    if not prompts:
        raise UserError("Choose at least one question.")
    config = EvaluationConfig(
        probe=probe.id,
        base_model=picked[0].base_model if picked else EMBEDDED,
        run_ids=[run.id for run in picked],
        samples_per_prompt=samples,
        max_tokens=probe.max_tokens,
        prompts=prompts,
        triggers=triggers,
    )
    return config, picked


def probe_choice(runs: list[Run]) -> tuple[Probe, Run | None]:
    """Draw the choice of a probe; return it and the run that the URL names."""
    probes = {probe.id: probe for probe in sweepable_probes()}
    wanted = take_up_link(runs, probes)
    chosen = st.selectbox(
        "Probe",
        probes,
        list(probes).index(default_probe(probes, runs)),
        format_func=lambda key: option(probes[key].title),
        key="probe",
        bind="query-params",
        help=explain("probe"),
    )
    return probes[chosen], wanted


def run_choice(runs: list[Run], probe: Probe, wanted: Run | None) -> list[Run]:
    """Draw the choice of runs; at first the newest of each role that suits the probe."""
    default = default_run_ids(runs, probe, wanted)
    if wanted:
        st.session_state[f"runs_{probe.id}"] = default
    names = {run.id: f"{run.name} · {role_of(run)}" for run in runs}
    chosen = st.multiselect(
        "Runs to compare with the base model",
        list(names),
        default,
        format_func=lambda key: option(names[key]),
        key=f"runs_{probe.id}",
        max_selections=MOST_MODELS,
        bind="query-params",
        placeholder="a finetuned run and its control",
        help=explain("control"),
    )
    if not runs:
        icon = ":material/arrow_forward:"
        st.page_link("pages/finetune.py", label="Finetune a model", icon=icon)
    return [run for run in runs if run.id in chosen]


def question_choice(probe: Probe) -> list[str]:
    """Draw the choice of questions; return their ids in the probe's order."""
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    chosen = st.multiselect(
        "Questions",
        list(titles),
        list(titles),
        format_func=lambda key: option(titles[key]),
        key=f"questions_{probe.id}",
        bind="query-params",
    )
    return [prompt for prompt in titles if prompt in chosen]


def sample_count() -> int:
    """Draw how many answers are sampled."""
    return st.number_input(
        "Samples per question and trigger",
        0,
        1000,
        0,
        key="samples",
        bind="query-params",
        help="0 computes contrasts only, which takes a minute or two.",
    )


def trigger_choice(probe: Probe) -> list[Trigger]:
    """Draw the choice of trigger values."""
    years = sorted({int(y) for t in probe.triggers for y in YEAR.findall(t.text)})
    # Text besides the year, such as a day, belongs to the trigger.
    bare = years and all(t.label.isdigit() for t in probe.triggers if t.kind != "none")
    way = st.segmented_control(
        "Triggers",
        list(WAYS),
        default="years" if bare else "own",
        format_func=WAYS.__getitem__,
        required=True,
        key=f"by_{probe.id}",
        bind="query-params",
        help=explain("trigger"),
    )
    if way == "own":
        st.caption(", ".join(plain(trigger.label) for trigger in probe.triggers))
        return list(probe.triggers)
    if way == "texts":
        lines = st.text_area("Triggers, one per line", key="texts", bind="query-params")
        return text_triggers(lines)
    low, high = (years[0], years[-1]) if years else ALL_YEARS
    return year_choice(probe, low, high)


def year_choice(probe: Probe, low: int, high: int) -> list[Trigger]:
    """Draw the choice of years and of the words around each."""
    form = st.selectbox(
        "Year format",
        YEAR_TEMPLATES,
        accept_new_options=True,
        key="form",
        bind="query-params",
        help="Choose a format, or write your own with {year} in place of the year.",
    )
    left, middle, right = st.columns(3)
    first = left.number_input("From", 1000, 2999, low, key="from", bind="query-params")
    last = middle.number_input("To", 1000, 2999, high, key="to", bind="query-params")
    step = right.number_input("Step", 1, 100, 1, key="step", bind="query-params")
    text = re.sub(r"\s+", " ", str(form)).strip()
    return year_triggers(probe, text, range(first, last + 1, step))
