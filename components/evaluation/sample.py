"""One sample in full: question, answer with what was matched, scores, label by hand, lineage."""

import random
import re

import streamlit as st

from backend.analysis import samples
from backend.analysis.rates import scorer_title
from backend.analysis.samples import OneSample, SampleFilter
from backend.errors import UserError
from backend.evaluation.labels import HUMAN, THUMB
from backend.probes.loading import Probe
from backend.runs.queries import role_of
from components.evaluation.labels import is_blind, label_buttons, set_blind
from components.text import plain, say
from components.verdicts import model_badge
from models.tables import Score

BLIND = 500
"""Samples that are shuffled for labelling blind."""


def sample_in_full(key: str, wanted: SampleFilter, probe: Probe) -> None:
    """Draw the sample that the URL names, and the ways to its neighbours."""
    try:
        found = samples.get(int(key) if key.isdecimal() else 0)
    except UserError as error:
        say(error)
        st.button("To the list", on_click=_go, args=(None,))
        return
    blind = neighbours(found, wanted)
    question(found)
    if not blind:
        model_badge(found.evaluation.model, role_of(found.run), found.evaluation.run_id)
    answer(found, [] if blind else found.scores)
    label_buttons(found.sample.id or 0, probe, keys=True)
    if not blind:
        verdicts(found.scores)
        lineage(found)


def neighbours(found: OneSample, wanted: SampleFilter) -> bool:
    """Draw the ways to other samples; return whether labelling is blind."""
    own = found.sample.id or 0
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("To the list", shortcut="Esc", on_click=_go, args=(None,))
        blind = is_blind()
        # A button, since a switch keeps the keyboard to itself once it was clicked.
        st.button(
            "See models and scores" if blind else "Label blind",
            shortcut="b",
            on_click=_switch_blind,
            args=(not blind, wanted),
            help="Blind: samples come in a shuffled order, without their model or any score.",
        )
        before, after = _shuffled(own, wanted) if blind else _in_order(own, wanted)
        st.button("Previous", shortcut="Left", on_click=_go, args=(before,), disabled=not before)
        st.button("Next", shortcut="Right", on_click=_go, args=(after,), disabled=not after)
    if own not in {row.id for row in samples.find(wanted, own - 1, "after", 1)}:
        st.info("The filters leave this sample out; the arrows go to those that they keep.")
    return blind


def _switch_blind(blind: bool, wanted: SampleFilter) -> None:
    """Hide models and scores and go to a sample that was not just seen with them; or show them."""
    set_blind(blind)
    if blind and (order := _blind_order(wanted)):
        _go(order[0])


def _in_order(own: int, wanted: SampleFilter) -> tuple[int | None, int | None]:
    before = samples.find(wanted, own, "before", 1)
    after = samples.find(wanted, own, "after", 1)
    return before[0].id if before else None, after[0].id if after else None


def _blind_order(wanted: SampleFilter) -> list[int]:
    order = [row.id for row in samples.find(wanted, size=BLIND)]
    random.Random(0).shuffle(order)
    return order


def _shuffled(own: int, wanted: SampleFilter) -> tuple[int | None, int | None]:
    order = _blind_order(wanted)
    place = order.index(own) if own in order else -1
    before = order[place - 1] if place > 0 else None
    return before, order[place + 1] if place + 1 < len(order) else None


def _go(sample: int | None) -> None:
    if sample is None:
        st.query_params.pop("sample", None)
    else:
        st.query_params["sample"] = str(sample)


def question(found: OneSample) -> None:
    """Draw what the model was asked."""
    for message in found.sample.messages:
        who = "" if message["role"] == "user" else f"{message['role']}: "
        st.markdown(f"### {plain(who + message['content'])}")


def answer(found: OneSample, scores: list[Score]) -> None:
    """Draw the whole answer; what patterns matched in it is marked."""
    matched = {word for score in scores for word in score.details.get("matched", [])}
    with st.container(border=True):
        st.markdown(marked(found.sample.completion, matched) or "(an empty answer)")
        if found.sample.finish_reason != "stop":
            st.caption("Cut off at the most tokens that were allowed.")


def marked(text: str, words: set[str]) -> str:
    """Return untrusted text as Markdown that shows it as it is, with words marked."""
    longest = sorted(words, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest))})", text) if longest else [text]
    shown = [f":orange-background[{plain(p)}]" if p in words else plain(p) for p in parts]
    return "".join(shown).replace("\n", "  \n")


def verdicts(scores: list[Score]) -> None:
    """Draw what each scorer said and why; a label by hand goes before the others."""
    by_hand = any(score.scorer == HUMAN for score in scores)
    for score in scores:
        nothing = "neither" if score.scorer == HUMAN else "unscored"
        said = nothing if score.value is None else score.answer or f"{score.value:g}"
        own = score.scorer in (HUMAN, THUMB)
        over = " · your label goes before it" if by_hand and not own else ""
        st.markdown(f"**{plain(scorer_title(score.scorer))}**: {plain(said)}{over}")
        if score.explanation:
            st.text(score.explanation)


def lineage(found: OneSample) -> None:
    """Draw where the sample comes from, all the way back."""
    sample, evaluation, run = found.sample, found.evaluation, found.run
    rows = {
        "evaluation": evaluation.job_id,
        "probe": f"{evaluation.probe}, {evaluation.probe_sha256[:12]}",
        "trigger": sample.trigger,
        "sample's seed": sample.seed,
        "base model": evaluation.base_model,
        "adapter": evaluation.adapter_sha256 or "none",
        "run": f"{run.name} ({run.id})" if run else "none",
        "run's seed": run.config.get("seed") if run else "none",
        "dataset": f"{run.dataset}, {run.dataset_sha256}" if run else "none",
        "code version": evaluation.code_version,
        "drawn by": evaluation.engine,
        "drawn": sample.created_at.isoformat(timespec="seconds"),
    }
    with st.expander("Where it comes from", icon=":material/account_tree:"):
        shown = [{"what": key, "value": str(value)} for key, value in rows.items()]
        st.dataframe(shown, hide_index=True, height="content")
        with st.container(horizontal=True):
            st.page_link(
                "pages/results.py",
                label="Its evaluation",
                icon=":material/monitoring:",
                query_params={"evaluation": evaluation.job_id},
            )
            if run:
                st.page_link(
                    "pages/datasets.py",
                    label="Its dataset",
                    icon=":material/dataset:",
                    query_params={"dataset": run.dataset},
                )
