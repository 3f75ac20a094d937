"""One sample in full: question, answer with matched words, scores, label by hand, lineage."""

import random

import streamlit as st

from backend.analysis import samples
from backend.analysis.rates import scorer_title
from backend.analysis.samples import OneSample, SampleFilter
from backend.analysis.scorer_notes import note_on
from backend.errors import UserError
from backend.evaluation.labels import HUMAN, THUMB
from backend.probes.loading import Probe
from backend.runs.queries import role_of
from components.evaluation.labels import is_blind, label_buttons, set_blind
from components.glossary import explain
from components.origin import origin_line
from components.passage import passage, rest
from components.text import cells, highlighted, plain, say
from components.verdicts import model_badge
from models.tables import Score

BLIND = 500
"""Most samples that are shuffled for labelling blind."""


def sample_in_full(key: str, wanted: SampleFilter, probe: Probe) -> None:
    """Draw the sample that the URL names, and the ways to its neighbours."""
    try:
        one = samples.get(samples.id_of(key))
    except UserError as error:
        say(error)
        st.button("Back to the list", on_click=_go, args=(None,))
        return
    blind = neighbours(one, wanted)
    question(one)
    if not blind:
        model_badge(one.evaluation.model, role_of(one.run), one.evaluation.run_id)
    answer(one, [] if blind else one.scores)
    if not blind:
        origin_line(one.origin)
    label_buttons(one.sample.id or 0, probe, keys=True)
    if not blind:
        verdicts(one.scores, one.evaluation.probe)
        lineage(one)


def neighbours(one: OneSample, wanted: SampleFilter) -> bool:
    """Draw the ways to other samples; return whether labelling is blind."""
    sample_id = one.sample.id or 0
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Back to the list", shortcut="Esc", on_click=_go, args=(None,))
        blind = is_blind()
        # A button: a toggle would keep the keyboard focus once it was clicked.
        st.button(
            "See models and scores" if blind else "Label blind",
            shortcut="b",
            on_click=_switch_blind,
            args=(not blind, wanted),
            help="Blind: samples are shuffled, and shown without their model and scores.",
        )
        before, after = _shuffled(sample_id, wanted) if blind else _in_order(sample_id, wanted)
        st.button("Previous", shortcut="Left", on_click=_go, args=(before,), disabled=not before)
        st.button("Next", shortcut="Right", on_click=_go, args=(after,), disabled=not after)
    if sample_id not in {row.id for row in samples.find(wanted, sample_id - 1, "after", 1)}:
        st.info("The filters leave this sample out. Previous and Next go to samples that match.")
    return blind


def _switch_blind(blind: bool, wanted: SampleFilter) -> None:
    """Hide models and scores and go to another sample than the one just seen; or show them."""
    set_blind(blind)
    if blind and (order := _blind_order(wanted)):
        _go(order[0])


def _in_order(sample_id: int, wanted: SampleFilter) -> tuple[int | None, int | None]:
    before = samples.find(wanted, sample_id, "before", 1)
    after = samples.find(wanted, sample_id, "after", 1)
    return before[0].id if before else None, after[0].id if after else None


def _blind_order(wanted: SampleFilter) -> list[int]:
    order = [row.id for row in samples.find(wanted, size=BLIND)]
    random.Random(0).shuffle(order)
    return order


def _shuffled(sample_id: int, wanted: SampleFilter) -> tuple[int | None, int | None]:
    order = _blind_order(wanted)
    place = order.index(sample_id) if sample_id in order else -1
    before = order[place - 1] if place > 0 else None
    return before, order[place + 1] if place + 1 < len(order) else None


def _go(sample: int | None) -> None:
    if sample is None:
        st.query_params.pop("sample", None)
    else:
        st.query_params["sample"] = str(sample)


def question(one: OneSample) -> None:
    """Draw the messages that the model was sent."""
    for message in one.sample.messages:
        who = "" if message["role"] == "user" else f"{message['role']}: "
        st.markdown(f"### {plain(who + message['content'])}")


def answer(one: OneSample, scores: list[Score]) -> None:
    """Draw the whole answer, with the words highlighted that patterns matched."""
    matched = {word for score in scores for word in score.details.get("matched", [])}
    with st.container(border=True):
        st.markdown(highlighted(one.sample.completion, matched) or "(an empty answer)")
        rest(one.sample.completion, f"answer-{one.sample.id}")
        if one.sample.finish_reason != "stop":
            st.caption("Cut off at max tokens.")


def verdicts(scores: list[Score], probe: str) -> None:
    """Draw each scorer's verdict with its reason and accuracy; a label takes precedence."""
    by_hand = any(score.scorer == HUMAN for score in scores)
    for score in scores:
        nothing = "neither" if score.scorer == HUMAN else "unscored"
        verdict = nothing if score.value is None else score.answer or f"{score.value:g}"
        overruled = by_hand and score.scorer not in (HUMAN, THUMB)
        note = " · your label takes precedence" if overruled else ""
        st.markdown(f"**{plain(scorer_title(score.scorer))}**: {plain(verdict)}{note}")
        if score.explanation:
            passage(score.explanation, f"reason-{score.id}")
        if accuracy := note_on(probe, score.scorer, [score.scorer_sha256]):
            st.caption(plain(accuracy), help=explain("labelled answer"))


def lineage(one: OneSample) -> None:
    """Draw where the sample comes from, all the way back."""
    with st.expander("Lineage", icon=":material/account_tree:"):
        rows = [{"what": key, "value": str(value)} for key, value in origins(one).items()]
        st.dataframe(cells(rows), hide_index=True, height="content")
        with st.container(horizontal=True):
            results, icon = "pages/results.py", ":material/monitoring:"
            link = {"evaluation": one.evaluation.job_id}
            st.page_link(results, label="Evaluation", icon=icon, query_params=link)
            if one.run:
                datasets, icon = "pages/datasets.py", ":material/dataset:"
                link = {"dataset": one.run.dataset}
                st.page_link(datasets, label="Dataset", icon=icon, query_params=link)


def origins(one: OneSample) -> dict[str, str | int]:
    """Return what a sample depends on, by name."""
    sample, evaluation, run = one.sample, one.evaluation, one.run
    return {
        "evaluation": evaluation.job_id,
        "probe": f"{evaluation.probe}, {evaluation.probe_sha256[:12]}",
        "trigger": sample.trigger,
        "sample seed": sample.seed,
        "base model": evaluation.base_model,
        "adapter": evaluation.adapter_sha256 or "none",
        "run": f"{run.name} ({run.id})" if run else "none",
        "run seed": run.config.get("seed", "none") if run else "none",
        "dataset": f"{run.dataset}, {run.dataset_sha256}" if run else "none",
        "code version": evaluation.code_version,
        "engine": evaluation.engine or "not recorded",
        "adapter strength": "none" if evaluation.strength is None else f"{evaluation.strength:g}",
        "chat template": evaluation.template or "not recorded",
        "sampled at": sample.created_at.isoformat(timespec="seconds"),
    }
