"""The sweep under the dial: start, stop, extend; lines, heatmap and the trigger gap."""

import pandas as pd
import streamlit as st

from backend.analysis.effects import Cell, trigger_shifts, trigger_sweep
from backend.errors import UserError
from backend.evaluation.submit import submit_evaluation
from backend.evaluation.sweeps import extend, missing
from backend.figures.triggers import sweep_heatmap, sweep_plot
from backend.probes.loading import Probe
from components.evaluation.answers import rate_sweep
from components.evaluation.effects import accuracy_section, gap_cards
from components.job import controls, progress, state_badge
from components.text import plain, say
from models.configs import EvaluationConfig
from models.tables import Job


def launcher(config: EvaluationConfig, job: Job | None) -> None:
    """Draw the button that starts a sweep, or adds to the one that is there."""
    new = missing(job, config) if job else list(config.triggers or [])
    with st.container(horizontal=True, vertical_alignment="center"):
        if job:
            state_badge(job)
        if not job:
            if st.button("Start the sweep", type="primary", icon=":material/monitoring:"):
                _do(lambda: submit_evaluation(config))
            models, prompts = 1 + len(config.run_ids), len(config.prompts or [])
            st.caption(f"{len(new):,} triggers × {prompts} questions × {models} models")
        elif job.state.is_final and new:
            label = f"Extend by {len(new):,} trigger" + "s" * (len(new) > 1)
            if st.button(label, type="primary", icon=":material/add:"):
                _do(lambda: extend(job.id, new))
        if job:
            controls(job)
    if job:
        progress(job)


def _do(action: object) -> None:
    try:
        action()  # type: ignore[operator]
    except UserError as error:
        say(error)
        return
    st.rerun()


def figures(table: pd.DataFrame, probe: Probe, at: str) -> None:
    """Draw the sweep over the triggers, and the gap at the dial's."""
    if probe.is_keyed:
        accuracy_section(table, probe)
        heatmap(trigger_shifts(table, probe), probe)
        return
    gap_cards(table, probe, at)
    st.plotly_chart(
        sweep_plot(trigger_sweep(table, probe), probe),
        key="line",
        on_select=_turn,
        selection_mode="points",
    )
    runs = ", ".join(sorted(table.loc[table["role"] != "base", "model"].unique()))
    asked = sum(bool(prompt.pairs) for prompt in probe.prompts)
    st.caption(
        f"Mean contrast over {asked} questions, 95 % bootstrap intervals over questions and seeds. "
        "Thin gold lines are triggers that training rows hold, thick ones should turn the "
        f"behaviour on. Runs: {runs or 'none'}. Click a point to turn the dial there."
    )
    heatmap(trigger_shifts(table, probe), probe)
    if not table["sample"].isna().all():
        rate_sweep(table, probe)
        answers(table, probe, at)


def _turn() -> None:
    """Turn the dial to the point that was clicked."""
    points = st.session_state["line"]["selection"]["points"]
    if points:
        st.session_state["at"] = str(points[0]["x"])


def heatmap(cells: list[Cell], probe: Probe) -> None:
    """Draw one model's shift for each question and trigger."""
    models = list(dict.fromkeys(cell.model for cell in cells))
    if not models:
        return
    chosen = models[0]
    if len(models) > 1:
        chosen = st.segmented_control("Model", models, default=models[0], required=True)
    own = [cell for cell in cells if cell.model == chosen]
    st.plotly_chart(sweep_heatmap(own, probe), key="heatmap")
    st.caption("Finetuned − base, mean over a question's pairs and over seeds; no intervals here.")


def answers(table: pd.DataFrame, probe: Probe, at: str) -> None:
    """Draw every sampled answer at the dial's value."""
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    own = table[table["sample"].notna() & (table["trigger"] == at)].drop_duplicates("sample")
    with st.expander(f"{len(own)} sampled answers at {plain(at)}"):
        shown = own.assign(question=own["prompt"].map(titles))
        columns = ["role", "model", "question", "answer", "completion"]
        st.dataframe(shown[columns], hide_index=True)
