"""Compare: two or more models of an evaluation on the same prompts, and where they differ."""

from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from backend.analysis import comparison
from backend.analysis.comparison import Difference
from backend.analysis.rates import sampled_scorers
from backend.analysis.scores import evaluation_jobs, scores_table
from backend.errors import UserError
from backend.figures.effects import paired_plot, spread_plot
from backend.probes.loading import Probe
from components.evaluation.answers import scorer_picker
from components.evaluation.labels import is_blind, label_buttons, set_blind
from components.evaluation.picker import pick_evaluation
from components.glossary import explain
from components.passage import passage
from components.text import cells, option, plain, say
from components.verdicts import model_badge

MOST_MODELS = 4
PAGE = 10
"""Prompts with answers on one page."""
NATS = st.column_config.NumberColumn(format="%+.2f", help=explain("nats"))
BOUND = st.column_config.NumberColumn(format="%+.2f", help=explain("interval"))
DIFFERENCES = {"nats": NATS, "from": BOUND, "to": BOUND}


class ModelBadge(NamedTuple):
    """How a model is shown above its answers."""

    title: str
    role: str
    run: str | None


def page() -> None:
    """Draw the choice, then contrasts and answers side by side."""
    st.title("Compare")
    evaluations = [job for job in evaluation_jobs() if job.evaluation.run_ids]
    if not evaluations:
        st.info("Nothing to compare yet. Probe a run; its base model is always included.")
        st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
        return
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    job, probe = pick_evaluation(evaluations, left)
    table = scores_table([job.id])
    roles = dict(zip(table["model"], table["role"], strict=True))
    models = right.multiselect(
        "Models (the first is the baseline)",
        list(roles),
        list(roles)[:2],
        format_func=option,
        key="models",
        bind="query-params",
        max_selections=MOST_MODELS,
        help=explain("baseline"),
    )
    if len(models) < 2:
        st.info("Choose at least two models.")
        return
    blind = blind_button()
    if not blind:
        contrasts(table, models, roles, probe)
    answers(table, models, roles, probe, blind)


def blind_button() -> bool:
    """Draw the button that hides models and scores; return whether they are hidden."""
    blind = is_blind()
    # A button: a toggle would keep the keyboard focus once it was clicked.
    st.button(
        "See models and scores" if blind else "Label blind",
        shortcut="b",
        on_click=set_blind,
        args=(not blind,),
        help="Blind: answers are shuffled, and shown without their model and scores.",
    )
    return blind


def contrasts(table: pd.DataFrame, models: list[str], roles: dict[str, str], probe: Probe) -> None:
    """Draw each pair's contrast in two models against each other, and the differences."""
    pairs = comparison.contrasts(table, models)
    if pairs.empty:
        st.info("These models have no contrasts in common.")
        return
    st.subheader(plain(probe.question))
    left, right = st.columns(2, gap="large")
    left.plotly_chart(paired_plot(pairs, models[0], models[1], roles, probe), key="paired")
    left.caption(
        f"n = {len(pairs):,} contrasts. Above the line, the second model is closer to "
        f"“{plain(probe.sides.target)}”.",
        help=explain("contrast"),
    )
    right.plotly_chart(spread_plot(pairs, models, roles, probe), key="spread")
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    for second in models[1:]:
        differences = comparison.differences(pairs, models[0], second)
        whole = next(one for one in differences if one.prompt is None)
        with st.expander(plain(f"{second} − {models[0]}: {difference_text(whole)}")):
            rows = [difference_row(one, titles) for one in differences if one.prompt]
            st.dataframe(cells(rows), hide_index=True, column_config=DIFFERENCES)
            note = "Positive: the second model is further towards the probe's target."
            st.caption(note, help=explain("p value"))


def difference_text(whole: Difference) -> str:
    """Return a difference with its interval and p value, in one line."""
    text = f"{whole.estimate.nats}, n = {whole.estimate.n} questions"
    if whole.p is None:
        return text
    return f"{text}, p = {whole.p:.4f} (no difference, tests of the effect gate)"


def difference_row(one: Difference, titles: dict[str, str]) -> dict[str, str | float | None]:
    """Return a question's difference as a row of the table."""
    return {
        "question": titles.get(str(one.prompt), one.prompt),
        "nats": one.estimate.value,
        "from": one.estimate.low,
        "to": one.estimate.high,
        "pairs": one.estimate.n,
    }


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
    rows = comparison.answers(table, scorer, models, different)
    if rows.empty:
        nothing = "No answers differ." if different else "These models have no answers in common."
        st.info(nothing)
        return
    pages = -(-len(rows) // PAGE)
    number = right.number_input("Page", 1, pages, key="page", bind="query-params")
    st.caption(f"{len(rows):,} answers to the same prompts, {pages:,} pages")
    runs = dict(zip(table["model"], table["run"], strict=True))
    badges = [ModelBadge(model, roles[model], runs[model]) for model in models]
    for row in rows.iloc[(number - 1) * PAGE : number * PAGE].to_dict("records"):
        st.markdown(f"**{plain(question_text(row['prompt'], row['trigger'], probe))}**")
        answer_row(row, badges, probe, blind)


def question_text(prompt_id: str, trigger: str, probe: Probe) -> str:
    """Return a question with its trigger; its id if the probe has changed."""
    prompts = {prompt.id: prompt for prompt in probe.prompts}
    triggers = {trigger.label: trigger for trigger in probe.triggers}
    if prompt_id not in prompts:
        return prompt_id
    prompt = prompts[prompt_id]
    return prompt.under(triggers[trigger]).text if trigger in triggers else prompt.text


def answer_row(row: dict[str, Any], badges: list[ModelBadge], probe: Probe, blind: bool) -> None:
    """Draw the models' answers to one prompt, with scores or, blind, with label buttons."""
    shown = {badge.title: badge for badge in badges}
    order = comparison.shuffled(list(shown), row) if blind else list(shown)
    for space, model in zip(st.columns(len(order)), order, strict=True):
        with space.container(border=True, height="stretch"):
            if not blind:
                model_badge(*shown[model])
            passage(row[model] or "(an empty answer)", f"answer-{row[f'{model} sample']}")
            if blind:
                label_buttons(int(row[f"{model} sample"]), probe)
            else:
                st.caption(plain(row[f"{model} score"] or "unscored"))


try:
    page()
except UserError as error:
    say(error)
