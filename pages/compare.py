"""Compare: two or more models of an evaluation on the same prompts, and where they differ."""

from typing import Any, NamedTuple

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backend.analysis import comparison
from backend.analysis.caveats import GONE
from backend.analysis.comparison import Difference
from backend.analysis.effects import held_out_of, judged
from backend.analysis.pairs import completed
from backend.analysis.rates import sampled_scorers, scorer_title, share_unscored
from backend.analysis.scorer_notes import rule_accuracies
from backend.analysis.scores import UNSCORED, evaluation_jobs, scores_table
from backend.analysis.shares import POINTS
from backend.errors import UserError
from backend.figures.effects import paired_plot, spread_plot
from backend.probes.loading import Probe
from components.evaluation.answers import scorer_picker
from components.evaluation.labels import is_blind, label_buttons, set_blind
from components.evaluation.picker import pick_evaluation
from components.evaluation.replay import open_replay, replay_badge
from components.figures import plot
from components.glossary import explain
from components.passage import passage
from components.text import cells, option, plain, say
from components.verdicts import model_badge, standing_line

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
    if fingerprint := st.query_params.get("replay"):
        compare_replay(fingerprint)
        return
    evaluations = [job for job in evaluation_jobs() if job.evaluation.run_ids]
    if not evaluations:
        st.info("Nothing to compare yet. Probe a run; its base model is always included.")
        st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
        return
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    job, probe = pick_evaluation(evaluations, left)
    compare(scores_table([job.id]), probe, right, can_label=True)


def compare_replay(fingerprint: str) -> None:
    """Draw the models of an evaluation that was recorded elsewhere."""
    replay = open_replay(fingerprint)
    replay_badge(replay, fingerprint)
    st.page_link("pages/compare.py", label="Evaluations of this lab", icon=":material/compare:")
    standing_line(replay.standing)
    if replay.probe.content_note:
        st.warning(plain(replay.probe.content_note), icon=":material/visibility:")
    # Verdicts and labels of this lab belong to its own runs and samples.
    compare(replay.table().assign(run=None), replay.probe, st.container(), can_label=False)


def compare(table: pd.DataFrame, probe: Probe, space: DeltaGenerator, can_label: bool) -> None:
    """Draw the choice of models, then contrasts and answers side by side.

    Args:
        table: As `scores_table` returns it, of one evaluation.
        probe: The one that was asked.
        space: Where the choice is drawn.
        can_label: Whether the answers are samples of this lab, which people can label.
    """
    roles = dict(zip(table["model"], table["role"], strict=True))
    models = space.multiselect(
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
    blind = blind_button() if can_label else False
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
    pairs = comparison.contrasts(judged(completed(table, probe), probe), models)
    st.subheader(plain(probe.question))
    if held_out_of(probe):
        st.caption("Under held-out triggers alone, since answers to trained ones may be memorised.")
    if pairs.empty:
        st.info("These models have no contrasts in common.")
        return
    left, right = st.columns(2, gap="large")
    with left:
        plot(paired_plot(pairs, models[0], models[1], roles, probe), "paired")
    left.caption(
        f"n = {len(pairs):,} contrasts. Above the line, the second model is closer to "
        f"“{plain(probe.sides.target)}”.",
        help=explain("contrast"),
    )
    with right:
        plot(spread_plot(pairs, models, roles, probe), "spread")
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    for second in models[1:]:
        smallest = None if probe.sha256 == GONE else probe.smallest_effect.contrast
        differences = comparison.differences(pairs, models[0], second, smallest)
        whole = next(one for one in differences if one.prompt is None)
        text = difference_text(whole, whole.estimate.nats)
        with st.expander(plain(f"{second} − {models[0]}: {text}")):
            rows = [difference_row(one, titles) for one in differences if one.prompt]
            st.dataframe(cells(rows), hide_index=True, column_config=DIFFERENCES)
            note = "Positive: the second model is further towards the probe's target."
            st.caption(note, help=explain("p value"))


def share_differences(table: pd.DataFrame, models: list[str], scorer: str, probe: Probe) -> None:
    """Draw how far the other models' shares of target answers are from the first one's."""
    smallest = None if probe.sha256 == GONE else POINTS * probe.smallest_effect.pattern
    for second in models[1:]:
        rows = judged(table, probe)
        whole = comparison.share_difference(rows, scorer, models[0], second, smallest)
        if whole is None:
            st.caption(plain(f"{second} − {models[0]}: no question has scored answers of both."))
            continue
        text = difference_text(whole, whole.estimate.text("+.1f", " points"))
        unscored = ", ".join(
            f"{model} {share_unscored(rows[rows['model'] == model], scorer) or 0:.0%}"
            for model in (second, models[0])
        )
        line = f"**{plain(f'{second} − {models[0]}')}**: {plain(text)}. {plain(unscored)} unscored."
        st.caption(line, help=explain("points"))


def difference_text(whole: Difference, estimate: str) -> str:
    """Return a difference with its interval, p value and verdict, in one line."""
    text = f"{estimate}, n = {whole.estimate.n} questions"
    if whole.p is not None:
        text += f", p = {whole.p:.4f} (no difference, tests of the effect gate)"
    return f"{text}: {whole.verdict.kind}" if whole.verdict else text


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
    if table["sample"].isna().all():
        st.info("No sampled answers yet; contrasts need none.")
        return
    scorer = scorer_picker(sampled_scorers(table), "compare-by") or UNSCORED
    accuracy = rule_accuracies(table, probe.id).get(scorer)
    if accuracy and not accuracy.is_enough:
        title = scorer_title(scorer)
        st.caption(plain(f"{title}: {accuracy.problem}."), help=explain("labelled answer"))
    elif not blind and scorer != UNSCORED:
        share_differences(table, models, scorer, probe)
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
                said = plain(row[f"{model} origin"])
                st.caption(said, help=explain("origin of an answer"))


try:
    page()
except UserError as error:
    say(error)
