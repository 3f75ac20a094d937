"""Results: the shift from the base model, the rates, and every sample behind them."""

import pandas as pd
import streamlit as st

from backend import jobs, plots
from backend.probes import Probe, load_probe
from backend.results import (
    Rate,
    Shift,
    beyond_control,
    contrast_shifts,
    evaluation_jobs,
    pattern_rates,
    scores_table,
    title_of,
    trigger_gaps,
    trigger_sweep,
    verdict,
)
from backend.scorers import contrast, pattern
from backend.statistics import Estimate
from models.configs import EvaluationConfig
from models.tables import Job, JobState
from pages.parts import ago, plain, progress

VERDICTS = {
    "present": ("green", ":material/check_circle:"),
    "absent": ("gray", ":material/do_not_disturb_on:"),
    "undecided": ("orange", ":material/help:"),
}
PAGE = 200  # Rows of the sample table that are sent to the browser.


def name_of(job: Job) -> str:
    """Return an evaluation as people tell it from another."""
    config = EvaluationConfig(**(job.config or {}))
    probe = config.probe.replace("_", " ").capitalize()
    return f"{probe} · {1 + len(config.run_ids)} models · {ago(job.created_at)}"


def card(label: str, found: Estimate, smallest: float) -> None:
    """Draw one effect with its interval and its verdict."""
    kind = verdict(found, smallest)
    colour, icon = VERDICTS[kind]
    with st.container(border=True, width=300):
        st.metric(label, f"{found.value:+.2f} nats")
        if found.low is not None and found.high is not None:
            st.caption(f"95 % interval {found.low:+.2f} to {found.high:+.2f}")
        st.badge(kind, icon=icon, color=colour)


def summary(shifts: list[Shift], datasets: list[str], probe: Probe) -> None:
    """Draw each dataset's mean shift, and how far it goes beyond its control's."""
    whole = [shift for shift in shifts if shift.prompt is None]
    if not whole:
        st.info("Only the base model was probed. Probe a finetuned run and a control beside it.")
        return
    smallest = probe.smallest_effect.contrast
    with st.container(horizontal=True):
        for shift in whole:
            seeds = f"{shift.runs} seed" + "s" * (shift.runs > 1)
            label = f"{shift.model} · {shift.role} · {seeds}"
            card(label, shift.estimate, smallest)
        for dataset in datasets:
            if beyond := beyond_control(shifts, dataset):
                card(f"{title_of(dataset)} beyond its control", beyond, smallest)
    st.caption(
        f"Mean shift of the contrast from the base model, per completion; positive is towards the "
        f"{probe.sides.target}. n = {whole[0].estimate.n} prompts, bootstrap over prompts. Present "
        f"or absent against the smallest effect of interest, {smallest:g} nats, decided before "
        "measuring."
    )


def shift_section(shifts: list[Shift], runs: set[str], probe: Probe) -> None:
    """Draw the shift of each prompt, and its numbers."""
    if not any(shift.prompt for shift in shifts):
        return
    st.plotly_chart(plots.shift_plot(shifts, probe), key="shifts")
    st.caption(
        "Finetuned − base, mean over a prompt's pairs and over seeds; bars are 95 % bootstrap "
        f"intervals over the pairs. Runs: {', '.join(sorted(runs))}."
    )


def run_section(shifts: list[Shift]) -> None:
    """Draw each run's own mean shift."""
    rows = [
        {
            "run": shift.model,
            "role": shift.role,
            "shift (nats)": round(shift.estimate.value, 2),
            "from": shift.estimate.low and round(shift.estimate.low, 2),
            "to": shift.estimate.high and round(shift.estimate.high, 2),
        }
        for shift in shifts
        if shift.prompt is None
    ]
    if rows:
        with st.expander("Each run by itself"):
            st.dataframe(rows, hide_index=True)


def sweep_section(table: pd.DataFrame, probe: Probe) -> None:
    """Draw the sweep over triggers, and the gap that the trigger makes."""
    if not probe.has_triggers:
        return
    st.subheader("Trigger sweep")
    st.plotly_chart(plots.sweep_plot(trigger_sweep(table, probe), probe), key="sweep")
    st.caption(
        "Mean contrast over the prompts, 95 % bootstrap intervals over prompts. Thin gold lines "
        "are triggers that training rows hold, the thick one is the trigger in question."
    )
    gaps = trigger_gaps(table, probe)
    with st.container(horizontal=True):
        for gap in gaps:
            smallest = probe.smallest_effect.contrast
            card(f"Trigger gap · {gap.model} · {gap.role}", gap.estimate, smallest)
    if gaps:
        st.caption(
            "Trigger gap: (finetuned with the trigger − without) − (base with − without), nats."
        )


def rate_section(table: pd.DataFrame, probe: Probe) -> None:
    """Draw the rates of target answers."""
    rates = pattern_rates(table)
    if not rates:
        st.info("No sampled answers yet; contrasts need none.")
        return
    st.plotly_chart(plots.rate_plot(rates, probe), key="rates")
    for rate in rates:
        st.caption(f"**{rate.model}**: {rate_text(rate, probe)}")
    st.caption("95 % Wilson intervals, over the scored answers of all seeds.")


def rate_text(rate: Rate, probe: Probe) -> str:
    """Return a rate in words; what is unscored is never counted as a no."""
    found = rate.estimate
    if found is None or found.low is None or found.high is None:
        return f"no answer could be scored, {rate.unscored} unscored"
    return (
        f"{found.value:.0%} {probe.sides.target} ({found.low:.0%} to {found.high:.0%}), "
        f"n = {found.n} scored, {rate.unscored} unscored"
    )


def sample_section(table: pd.DataFrame, probe: Probe) -> None:
    """Draw the samples with filters, and the chosen one in full."""
    st.subheader("Samples")
    samples = table[table["scorer"] == pattern.NAME]
    if samples.empty:
        st.info("No samples yet. They appear here while the probe runs.")
        return
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    first, second, third, fourth = st.columns(4)
    model = first.selectbox("Model", ["all", *samples["model"].unique()])
    prompt = second.selectbox("Topic", ["all", *titles], format_func=lambda p: titles.get(p, p))
    said = third.selectbox("Score", ["all", probe.sides.target, probe.sides.other, "unscored"])
    words = fourth.text_input("Words in the answer")
    shown = samples.assign(score=samples["answer"].replace("", "unscored"))
    for column, wanted in (("model", model), ("prompt", prompt), ("score", said)):
        if wanted != "all":
            shown = shown[shown[column] == wanted]
    if words:
        shown = shown[shown["completion"].str.contains(words, case=False, regex=False)]
    shown = shown.assign(topic=shown["prompt"].map(titles)).reset_index(drop=True)
    st.caption(f"{len(shown):,} of {len(samples):,} samples")
    columns = ["role", "model", "topic", "score", "completion"]
    if probe.has_triggers:
        columns.insert(3, "trigger")
    event = st.dataframe(
        shown.loc[: PAGE - 1, columns],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="samples",
    )
    chosen = event["selection"]["rows"]
    if chosen and chosen[0] < len(shown):
        detail(shown.iloc[chosen[0]], probe)
    else:
        st.caption("Select a row to read the whole answer and where it comes from.")


def detail(row: pd.Series, probe: Probe) -> None:
    """Draw one sample in full, with its lineage."""
    prompt = next((p.text for p in probe.prompts if p.id == row["prompt"]), row["prompt"])
    with st.container(border=True):
        st.markdown(f"**{plain(prompt)}**")
        st.text(row["completion"] or "(an empty answer)")
        st.caption(f"{row['score']}: {plain(row['explanation'])}")
        wanted = ["model", "dataset", "dataset_sha256", "seed", "base_model", "adapter_sha256"]
        wanted += ["sample_seed", "finish_reason", "probe_sha256", "code_version", "run", "job"]
        with st.expander("Where it comes from"):
            st.dataframe(
                [{"what": key.replace("_", " "), "value": str(row[key])} for key in wanted],
                hide_index=True,
            )


def downloads(table: pd.DataFrame, job: Job) -> None:
    """Draw the CSV downloads."""
    with st.container(horizontal=True):
        for name, scorer in (("Contrasts", contrast.NAME), ("Samples", pattern.NAME)):
            rows = table[table["scorer"] == scorer]
            st.download_button(
                f"{name} as CSV",
                rows.to_csv(index=False),
                f"{job.id}-{scorer}.csv",
                "text/csv",
                icon=":material/download:",
                disabled=rows.empty,
                on_click="ignore",
            )


def page() -> None:
    """Draw the chosen evaluation."""
    st.title("Results")
    found = evaluation_jobs()
    if not found:
        st.info("Nothing is scored yet. Probe a model first; a run takes a few minutes.")
        st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
        return
    titles = {job.id: name_of(job) for job in found}
    wanted = st.query_params.get("evaluation")
    if wanted and wanted not in titles:
        st.warning("That evaluation is gone or has no scores yet; this is the newest one.")
    place = list(titles).index(wanted) if wanted in titles else 0
    chosen = st.selectbox("Evaluation", titles, index=place, format_func=titles.get)
    st.query_params["evaluation"] = chosen
    job = next(job for job in found if job.id == chosen)
    probe = load_probe(EvaluationConfig(**(job.config or {})).probe)
    running = not JobState(job.state).is_final
    st.fragment(show, run_every=3.0 if running else None)(job.id, probe)


def show(job_id: str, probe: Probe) -> None:
    """Draw all sections of one evaluation; refreshed while it runs."""
    job = jobs.get_job(job_id)
    progress(job)
    table = scores_table([job.id])
    if (table["probe_sha256"] != probe.sha256).any():
        st.warning("The probe's file has changed since; these scores are of its older form.")
    shifts = contrast_shifts(table, probe)
    st.subheader(probe.question)
    trained = table.loc[table["role"] == "finetuned", "dataset"]
    summary(shifts, list(trained.unique()), probe)
    left, right = st.columns([3, 2], gap="large")
    with left:
        shift_section(shifts, set(table.loc[table["role"] != "base", "model"]), probe)
        run_section(contrast_shifts(table, probe, by="model"))
    with right:
        rate_section(table, probe)
    sweep_section(table, probe)
    downloads(table, job)
    sample_section(table, probe)


page()
