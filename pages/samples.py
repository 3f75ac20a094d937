"""Samples: every stored answer, a page at a time; one in full, with its scores and its lineage."""

import streamlit as st

from backend.analysis import samples
from backend.analysis.rates import scorer_title
from backend.analysis.samples import MOST_COUNTED, FoundSample, SampleFilter
from backend.analysis.scores import evaluation_jobs
from backend.errors import UserError
from backend.probes.loading import Probe
from components.evaluation.labels import is_blind
from components.evaluation.picker import pick_evaluation
from components.evaluation.sample import sample_in_full
from components.text import say

UNSCORED = "unscored"
ANY = "any"


def page() -> None:
    """Draw the list, or the one sample that the URL names."""
    st.title("Samples")
    if not (found := evaluation_jobs()):
        st.info("No samples yet. They appear here while a probe runs.")
        st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
        return
    job, probe = pick_evaluation(found)
    if not samples.count(SampleFilter(job=job.id)):
        st.info("Nothing was sampled here (yet); its contrasts are among the results.")
        st.page_link(
            "pages/results.py",
            label="Results",
            icon=":material/monitoring:",
            query_params={"evaluation": job.id},
        )
        return
    narrowed = filters(job.id, probe)
    if "sample" in st.query_params:
        sample_in_full(st.query_params["sample"], narrowed, probe)
    else:
        listing(narrowed, probe)


def filters(job: str, probe: Probe) -> SampleFilter:
    """Draw the filters; each stands in the URL."""
    there = samples.choices(job)
    titles = {prompt.title: prompt.id for prompt in probe.prompts}
    labels = [trigger.label for trigger in probe.triggers]
    blind = "sample" in st.query_params and is_blind()
    # Blind, what a scorer said is hidden as the model is, and so are filters by either.
    spaces = iter(st.columns(5 + probe.has_triggers - 3 * blind, vertical_alignment="bottom"))
    model = "" if blind else _choice(next(spaces), "Model", there.models)
    prompt = _choice(next(spaces), "Question", list(titles))
    trigger = _choice(next(spaces), "Trigger", labels) if probe.has_triggers else ""
    scorers = {scorer_title(scorer): scorer for scorer in there.scorers}
    scorer, said = next(iter(scorers.values()), ""), ""
    if not blind:
        chosen = next(spaces).selectbox("Scored by", scorers, key="scorer", bind="query-params")
        scorer = scorers.get(chosen or "", "")
        answers = [a or UNSCORED for a in there.answers.get(scorer, [])]
        said = _choice(next(spaces), "Score", answers)
    words = next(spaces).text_input(
        "Words in the answer",
        key="words",
        bind="query-params",
        help="All of them, whatever their endings; a star stands for any: steam*",
    )
    return SampleFilter(
        job=job,
        model=model,
        prompt=titles.get(prompt, ""),
        trigger=trigger or None,
        scorer=scorer,
        said={"": None, UNSCORED: ""}.get(said, said),
        words=words,
    )


def _choice(space: object, label: str, options: list[str]) -> str:
    """Draw one filter; return what is chosen, or nothing."""
    chosen = space.selectbox(  # type: ignore[attr-defined]
        label, [ANY, *options], key=label.lower(), bind="query-params"
    )
    return "" if chosen == ANY else str(chosen)


def listing(wanted: SampleFilter, probe: Probe) -> None:
    """Draw a page of samples."""
    at, direction = _place()
    rows = samples.find(wanted, at, direction)
    if at and not rows:  # The link is older than a filter or the samples.
        _turn(0, direction)
        at, rows = 0, samples.find(wanted)
    total = samples.count(wanted)
    many = f"more than {MOST_COUNTED:,}" if total > MOST_COUNTED else f"{total:,}"
    st.caption(f"{many} samples · click a row to read it in full")
    if not rows:
        st.info("No sample is like that. Take a filter off.")
        return
    titles = {prompt.id: prompt.title for prompt in probe.prompts}
    shown = [_row(row, titles, probe.has_triggers) for row in rows]
    event = st.dataframe(
        shown,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"rows-{at}",
        column_config={"answer": st.column_config.TextColumn(width="large")},
    )
    if chosen := event["selection"]["rows"]:
        st.query_params["sample"] = str(rows[chosen[0]].id)
        st.rerun()
    with st.container(horizontal=True):
        first, last = rows[0].id, rows[-1].id
        is_first = not samples.find(wanted, first, "before", 1)
        is_last = not samples.find(wanted, last, "after", 1)
        turn = {"on_click": _turn, "disabled": is_first}
        st.button("First", args=(0, "after"), icon=":material/first_page:", **turn)
        st.button("Earlier", args=(first, "before"), shortcut="Left", **turn)
        st.button("Later", args=(last, "after"), shortcut="Right", on_click=_turn, disabled=is_last)


def _row(row: FoundSample, titles: dict[str, str], triggers: bool) -> dict[str, object]:
    # A phone has room for the first two.
    said = "not yet" if row.said is None else row.said or UNSCORED
    shown: dict[str, object] = {"score": said, "answer": row.completion}
    shown["question"] = titles.get(row.prompt, row.prompt)
    if triggers:
        shown["trigger"] = row.trigger
    return shown | {"model": row.model}


def _place() -> tuple[int, str]:
    for direction in ("after", "before"):
        if st.query_params.get(direction, "").isdecimal():
            return int(st.query_params[direction]), direction
    return 0, "after"


def _turn(at: int, direction: str) -> None:
    for old in ("after", "before"):
        st.query_params.pop(old, None)
    if at:
        st.query_params[direction] = str(at)


try:
    page()
except UserError as error:
    say(error)
