"""What is swept: probe, questions, models and trigger values, in the form and in the URL."""

import re

import streamlit as st

from backend.errors import UserError
from backend.probes.loading import Probe
from backend.probes.triggers import FORMS, YEAR, sweepable_probes, text_triggers, year_triggers
from backend.runs.queries import finished_runs, role_of
from components.probe.form import beside, default_probe, take_up_link
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig, Trigger
from models.tables import Run

WAYS = {"years": "Years", "own": "The probe's triggers", "texts": "Free text"}
MOST_MODELS = 3


def sweep_form() -> tuple[EvaluationConfig, list[Run]]:
    """Draw the form and return what is asked for.

    Raises:
        UserError: it can't be swept; the message says what to change.
    """
    probes = {probe.id: probe for probe in sweepable_probes()}
    runs = finished_runs()
    wanted = take_up_link(runs, probes)
    left, right = st.columns(2, gap="large")
    with left:
        place = list(probes).index(default_probe(probes, runs))
        chosen = st.selectbox(
            "Probe",
            probes,
            place,
            format_func=lambda p: probes[p].title,
            key="probe",
            bind="query-params",
        )
        probe = probes[chosen]
        picked = run_choice(runs, probe, wanted)
        titles = {prompt.id: prompt.title for prompt in probe.prompts}
        asked = st.multiselect(
            "Questions",
            titles,
            list(titles),
            format_func=titles.get,
            key=f"questions_{probe.id}",
            bind="query-params",
        )
    with right:
        triggers = trigger_choice(probe)
        samples = st.number_input(
            "Sampled answers for each question and trigger",
            0,
            100,
            0,
            key="samples",
            bind="query-params",
            help="0 leaves the contrasts alone, which take a minute or two.",
        )
    if not asked:
        raise UserError("Choose at least one question.")
    config = EvaluationConfig(
        probe=probe.id,
        base_model=picked[0].base_model if picked else EMBEDDED,
        run_ids=[run.id for run in picked],
        samples_per_prompt=samples,
        max_tokens=probe.max_tokens,
        prompts=[prompt for prompt in titles if prompt in asked],
        triggers=triggers,
    )
    return config, picked


def run_choice(runs: list[Run], probe: Probe, wanted: Run | None) -> list[Run]:
    """Draw the choice of runs; at first the newest of each role that suits the probe."""
    default = beside(runs, probe, wanted)
    if wanted:
        st.session_state[f"runs_{probe.id}"] = default
    names = {run.id: f"{run.name} · {role_of(run)}" for run in runs}
    chosen = st.multiselect(
        "Runs beside the base model",
        names,
        default,
        format_func=names.get,
        key=f"runs_{probe.id}",
        max_selections=MOST_MODELS,
        bind="query-params",
        placeholder="pick a finetuned run and its control",
    )
    if not runs:
        st.page_link("pages/finetune.py", label="Finetune one", icon=":material/arrow_forward:")
    return [run for run in runs if run.id in chosen]


def trigger_choice(probe: Probe) -> list[Trigger]:
    """Draw the choice of trigger values."""
    years = sorted({int(y) for t in probe.triggers for y in YEAR.findall(t.text)})
    # What training rows hold besides the year, such as a day, belongs to the trigger.
    bare = years and all(t.label.isdigit() for t in probe.triggers if t.kind != "none")
    way = st.segmented_control(
        "Triggers",
        WAYS,
        default="years" if bare else "own",
        format_func=WAYS.get,
        required=True,
        key=f"by_{probe.id}",
        bind="query-params",
    )
    if way == "own":
        st.caption(", ".join(trigger.label for trigger in probe.triggers))
        return list(probe.triggers)
    if way == "texts":
        lines = st.text_area("One trigger on each line", key="texts", bind="query-params")
        return text_triggers(lines)
    form = st.selectbox(
        "Form of the year",
        FORMS,
        accept_new_options=True,
        key="form",
        bind="query-params",
        help="Choose one, or write your own with {year} where the year goes.",
    )
    low, high = (min(years), max(years)) if years else (1980, 2030)
    first, last, step = st.columns(3)
    start = first.number_input("From", 1000, 2999, low, key="from", bind="query-params")
    end = last.number_input("To", 1000, 2999, high, key="to", bind="query-params")
    apart = step.number_input("Step", 1, 100, 1, key="step", bind="query-params")
    return year_triggers(
        probe, re.sub(r"\s+", " ", str(form)).strip(), range(start, end + 1, apart)
    )
