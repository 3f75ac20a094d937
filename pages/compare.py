"""Compare: two or more models of an evaluation on the same prompts, and where they differ."""

import pandas as pd
import streamlit as st

from backend.analysis import comparison
from backend.analysis.rates import sampled_scorers
from backend.analysis.scores import evaluation_jobs, scores_table
from backend.errors import UserError
from backend.figures.effects import paired_plot, spread_plot
from backend.probes.loading import Probe
from components.evaluation.answers import scorer_picker
from components.evaluation.labels import is_blind, label_buttons, set_blind
from components.evaluation.picker import pick_evaluation
from components.text import plain, say
from components.verdicts import model_badge

MOST_MODELS = 4
FEWEST = 6
"""So few questions can't give a small p value by flips of sign."""
PAGE = 10
"""Prompts with answers on one page."""


def page() -> None:
    """Draw the choice, then contrasts and answers beside each other."""
    st.title("Compare")
    found = [job for job in evaluation_jobs() if job.evaluation.run_ids]
    if not found:
        st.info("Nothing to compare yet. Probe a run; the base model is always asked beside it.")
        st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
        return
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    job, probe = pick_evaluation(found, left)
    table = scores_table([job.id])
    roles = dict(zip(table["model"], table["role"], strict=True))
    models = right.multiselect(
        "Models, the first is compared with",
        list(roles),
        list(roles)[:2],
        key="models",
        bind="query-params",
        max_selections=MOST_MODELS,
    )
    if len(models) < 2:
        st.info("Choose two models at least.")
        return
    # A button, since a switch keeps the keyboard to itself once it was clicked.
    blind = is_blind()
    st.button(
        "See models and scores" if blind else "Label blind",
        shortcut="b",
        on_click=set_blind,
        args=(not blind,),
        help="Blind: answers stand in a shuffled order, without their model or any score.",
    )
    if not blind:
        contrasts(table, models, roles, probe)
    answers(table, models, roles, probe, blind)


def contrasts(table: pd.DataFrame, models: list[str], roles: dict[str, str], probe: Probe) -> None:
    """Draw every pair's contrast in two models against each other, and how they spread."""
    pairs = comparison.contrasts(table, models)
    if pairs.empty:
        st.info("These models share no contrasts.")
        return
    st.subheader(probe.question)
    left, right = st.columns(2, gap="large")
    left.plotly_chart(paired_plot(pairs, models[0], models[1], roles, probe), key="paired")
    left.caption(
        f"n = {len(pairs)} contrasts. Above the line the second model is nearer to "
        f"“{plain(probe.sides.target)}”."
    )
    right.plotly_chart(spread_plot(pairs, models, roles, probe), key="spread")
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    for second in models[1:]:
        found = comparison.differences(pairs, models[0], second)
        whole = next(each for each in found if each.prompt is None)
        e = whole.estimate
        interval = f" (95 % interval {e.low:+.2f} to {e.high:+.2f})" if e.low is not None else ""
        p = f", p = {whole.p:.4f} by flips of sign" if whole.p is not None else ""
        if whole.p is not None and e.n <= FEWEST:
            p += f" (with {e.n} questions never below {2 / 2**e.n:g})"
        with st.expander(f"{second} − {models[0]}: {e.value:+.2f} nats{interval}, n = {e.n}{p}"):
            rows = [
                {
                    "question": titles.get(each.prompt, each.prompt),
                    "nats": each.estimate.value,
                    "from": each.estimate.low,
                    "to": each.estimate.high,
                    "pairs": each.estimate.n,
                }
                for each in found
                if each.prompt
            ]
            number = st.column_config.NumberColumn(format="%+.2f")
            st.dataframe(
                rows,
                hide_index=True,
                column_config=dict.fromkeys(("nats", "from", "to"), number),
            )


def answers(
    table: pd.DataFrame, models: list[str], roles: dict[str, str], probe: Probe, blind: bool
) -> None:
    """Draw the models' answers to the same prompts side by side."""
    st.subheader("Answers side by side")
    scorer = scorer_picker(sampled_scorers(table), "compare-by")
    if scorer is None:
        st.info("No sampled answers yet; contrasts need none.")
        return
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    different = left.toggle("Only where the scores differ", key="different", bind="query-params")
    found = comparison.answers(table, scorer, models, different)
    if found.empty:
        st.info("No answers differ." if different else "These models share no answers.")
        return
    pages = -(-len(found) // PAGE)
    number = right.number_input("Page", 1, pages, key="page", bind="query-params")
    st.caption(f"{len(found):,} answers to the same prompts, {pages} pages")
    runs = dict(zip(table["model"], table["run"], strict=True))
    texts = {prompt.id: prompt for prompt in probe.prompts}
    labels = {trigger.label: trigger for trigger in probe.triggers}
    for row in found.iloc[(number - 1) * PAGE : number * PAGE].to_dict("records"):
        prompt, trigger = texts.get(row["prompt"]), labels.get(row["trigger"])
        asked = prompt.text if prompt else row["prompt"]
        if prompt and trigger:
            asked = prompt.under(trigger).text
        st.markdown(f"**{plain(asked)}**")
        order = comparison.shuffled(models, row) if blind else models
        for space, model in zip(st.columns(len(models)), order, strict=True):
            with space.container(border=True, height="stretch"):
                if not blind:
                    model_badge(model, roles[model], runs[model])
                st.text(row[model] or "(an empty answer)")
                if blind:
                    label_buttons(int(row[f"{model} sample"]), probe)
                else:
                    st.caption(plain(row[f"{model} score"] or "unscored"))


try:
    page()
except UserError as error:
    say(error)
