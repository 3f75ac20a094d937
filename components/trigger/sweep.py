"""The sweep under the dial: start, stop, extend; lines, heatmap and the trigger gap."""

from collections.abc import Callable
from html import unescape

import streamlit as st

from backend.analysis.findings import Findings
from backend.chat.origin import origin_of
from backend.errors import UserError
from backend.evaluation.submit import submit_evaluation
from backend.evaluation.sweeps import extend, missing
from backend.figures.triggers import sweep_heatmap, sweep_plot
from components.evaluation.answers import rate_sweep
from components.evaluation.effects import accuracy_section, caveats, gap_cards
from components.figures import plot
from components.glossary import explain
from components.job import controls, progress, state_badge
from components.text import cells, plain, say
from models.configs import EvaluationConfig
from models.tables import Job


def launcher(config: EvaluationConfig, job: Job | None) -> None:
    """Draw the button that starts a sweep, or that extends the stored one."""
    triggers = missing(job, config) if job else list(config.triggers or [])
    count = len(triggers)
    with st.container(horizontal=True, vertical_alignment="center"):
        if job:
            state_badge(job)
        if not job:
            if st.button("Start the sweep", type="primary", icon=":material/monitoring:"):
                _submit(lambda: submit_evaluation(config))
            models, prompts = 1 + len(config.run_ids), len(config.prompts or [])
            st.caption(f"{count:,} triggers × {prompts:,} questions × {models:,} models")
        elif job.state.is_final and triggers:
            label = "Extend by 1 trigger" if count == 1 else f"Extend by {count:,} triggers"
            if st.button(label, type="primary", icon=":material/add:"):
                _submit(lambda: extend(job.id, triggers))
        if job:
            controls(job)
    if job:
        progress(job)


def _submit(action: Callable[[], object]) -> None:
    try:
        action()
    except UserError as error:
        say(error)
        return
    st.rerun()


def figures(findings: Findings, at: str, running: bool) -> None:
    """Draw the sweep over the triggers, and the gap at the dial's value."""
    caveats(findings, running)
    if findings.probe.is_keyed:
        accuracy_section(findings)
        heatmap(findings)
        return
    gap_cards(findings.gaps_at(at), findings)
    plot(sweep_plot(findings.sweep, findings.probe), "line", on_select=_turn)
    runs = ", ".join(sorted(run.model for run in findings.runs))
    questions = sum(bool(prompt.pairs) for prompt in findings.probe.prompts)
    st.caption(
        f"Mean contrast over {questions:,} questions, 95 % bootstrap intervals over questions and "
        "seeds. Thin gold lines mark triggers in the training rows, thick ones those that should "
        f"turn the behaviour on. Runs: {plain(runs) or 'none'}. Click a point to set the dial to "
        "its trigger.",
        help=explain("contrast"),
    )
    heatmap(findings)
    if findings.scorers:
        rate_sweep(findings)
        answers(findings, at)


def _turn() -> None:
    """Set the dial to the point that was clicked."""
    points = st.session_state["line"]["selection"]["points"]
    if points:
        st.session_state["at"] = unescape(str(points[0]["x"]))


def heatmap(findings: Findings) -> None:
    """Draw one model's shift for each question and trigger."""
    models = list(dict.fromkeys(cell.model for cell in findings.cells))
    if not models:
        return
    chosen = models[0]
    if len(models) > 1:
        chosen = st.segmented_control(
            "Model", models, default=models[0], format_func=plain, required=True
        )
    cells = [cell for cell in findings.cells if cell.model == chosen]
    plot(sweep_heatmap(cells, findings.probe), "heatmap")
    text = "Finetuned − base, mean over a question's pairs and over seeds; no intervals here."
    st.caption(text, help=explain("shift"))


def answers(findings: Findings, at: str) -> None:
    """Draw every sampled answer at the dial's value."""
    titles = {prompt.id: prompt.title for prompt in findings.probe.prompts}
    table = findings.table
    samples = table[table["sample"].notna() & (table["trigger"] == at)].drop_duplicates("sample")
    with st.expander(f"{len(samples):,} sampled answers at {plain(at)}"):
        columns = ["role", "model", "question", "answer", "completion", "answered by"]
        told = {
            "question": samples["prompt"].map(titles),
            "answered by": [origin_of(row).text for row in samples.to_dict("records")],
        }
        st.dataframe(cells(samples.assign(**told)[columns]), hide_index=True)
