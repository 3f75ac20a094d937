"""Samples: every stored answer, page by page; one in full, with its scores and its lineage."""

from collections import Counter
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backend.analysis import samples
from backend.analysis.rates import scorer_title
from backend.analysis.samples import MOST_COUNTED, Choices, FoundSample, SampleFilter
from backend.analysis.scores import evaluation_jobs
from backend.errors import UserError
from backend.probes.loading import Probe, title_of_probe
from components.evaluation.labels import is_blind
from components.evaluation.picker import pick_evaluation
from components.evaluation.sample import sample_in_full
from components.glossary import explain
from components.table import chosen_row
from components.text import option, plain, say

UNSCORED = "unscored"
ANY = "any"
WORDS = "All of these words, in any inflection. A star stands for any ending: steam*"
Direction = Literal["after", "before"]
DIRECTIONS: tuple[Direction, ...] = ("after", "before")


def page() -> None:
    """Draw the list, or the one sample that the URL names."""
    st.title("Samples")
    evaluations = evaluation_jobs()
    if not evaluations:
        st.info("No samples yet. They appear here while a probe runs.")
        st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
        return
    if "sample" not in st.query_params and st.toggle(
        "Search all evaluations", key="all", bind="query-params"
    ):
        search_everywhere()
        return
    job, probe = pick_evaluation(evaluations)
    if not samples.count(SampleFilter(job=job.id)):
        st.info("Nothing was sampled here yet. The contrasts are on the results page.")
        results, icon = "pages/results.py", ":material/monitoring:"
        st.page_link(results, label="Results", icon=icon, query_params={"evaluation": job.id})
        return
    st.caption(plain(samples.labelled(job.id).text), help=explain("label by hand"))
    wanted = filters(job.id, probe)
    if "sample" in st.query_params:
        sample_in_full(st.query_params["sample"], wanted, probe)
    else:
        listing(wanted, probe)


def search_everywhere() -> None:
    """Draw the answers of all evaluations that match; one of them opens in its own evaluation."""
    choices = samples.choices()
    columns = iter(st.columns(5, vertical_alignment="bottom"))
    words = next(columns).text_input("Search answers", key="words", bind="query-params", help=WORDS)
    titles = _titled(choices.probes)
    probe = _choice(next(columns), "Probe", list(titles), "probe")
    model = _choice(next(columns), "Model", choices.models)
    scorer = _scorer(next(columns), choices.scorers)
    answer = _score(next(columns), choices, scorer)
    listing(
        SampleFilter(
            probe=titles.get(probe, ""), model=model, scorer=scorer, answer=answer, words=words
        )
    )


def _titled(probes: list[str]) -> dict[str, str]:
    """Return the ids of probes by their titles, followed by the id where several have the same."""
    titles = {probe: title_of_probe(probe) for probe in probes}
    counts = Counter(titles.values())
    return {f"{t} ({key})" if counts[t] > 1 else t: key for key, t in titles.items()}


def _score(space: DeltaGenerator, choices: Choices, scorer: str) -> str | None:
    """Draw the filter by a scorer's answers; return the chosen one, None for any."""
    scores = [answer or UNSCORED for answer in choices.answers.get(scorer, [])]
    score = _choice(space, "Score", scores, "unscored")
    return {"": None, UNSCORED: ""}.get(score, score)


def filters(job: str, probe: Probe) -> SampleFilter:
    """Draw the filters, each of them kept in the URL."""
    choices = samples.choices(job)
    blind = "sample" in st.query_params and is_blind()
    # Blind, models and scores are hidden, and so are the filters by them.
    count = 2 + probe.has_triggers + (0 if blind else 3)
    columns = iter(st.columns(count, vertical_alignment="bottom"))
    model = "" if blind else _choice(next(columns), "Model", choices.models)
    titles = {prompt.title: prompt.id for prompt in probe.prompts}
    prompt = _choice(next(columns), "Question", list(titles))
    trigger = ""
    if probe.has_triggers:
        labels = [trigger.label for trigger in probe.triggers]
        trigger = _choice(next(columns), "Trigger", labels, "trigger")
    scorer, answer = next(iter(choices.scorers), ""), None
    if not blind:
        scorer = _scorer(next(columns), choices.scorers)
        answer = _score(next(columns), choices, scorer)
    words = next(columns).text_input("Search answers", key="words", bind="query-params", help=WORDS)
    return SampleFilter(
        job=job,
        model=model,
        prompt=titles.get(prompt, ""),
        trigger=trigger or None,
        scorer=scorer,
        answer=answer,
        words=words,
    )


def _choice(space: DeltaGenerator, label: str, options: list[str], term: str = "") -> str:
    """Draw one filter, explained by a term; return what is chosen, or nothing."""
    choices = [ANY, *options]
    key, what = label.lower(), explain(term) if term else None
    chosen = space.selectbox(
        plain(label), choices, format_func=option, key=key, bind="query-params", help=what
    )
    return "" if chosen == ANY else str(chosen)


def _scorer(space: DeltaGenerator, scorers: list[str]) -> str:
    """Draw the choice of the scorer whose scores are shown; return it, or nothing."""
    titles = {scorer_title(scorer): scorer for scorer in scorers}
    what = explain("scorer")
    chosen = space.selectbox(
        "Scored by",
        list(titles),
        format_func=option,
        key="scorer",
        bind="query-params",
        help=what,
    )
    return titles.get(chosen or "", "")


def listing(wanted: SampleFilter, probe: Probe | None = None) -> None:
    """Draw a page of samples: of one evaluation with its probe, or of all without one."""
    at, direction = _place()
    rows = samples.find(wanted, at, direction)
    if at and not rows:  # The link is older than a filter or the samples.
        _turn(0, direction)
        at, rows = 0, samples.find(wanted)
    total = samples.count(wanted)
    count = f"more than {MOST_COUNTED:,}" if total > MOST_COUNTED else f"{total:,}"
    st.caption(f"{count} samples · select a row to read it in full")
    if not rows:
        st.info("No samples match these filters.")
        return
    titles = {prompt.id: prompt.title for prompt in probe.prompts} if probe else {}
    triggers = probe is None or probe.has_triggers
    shown = [_row(row, titles, triggers, probe is None) for row in rows]
    wide = {"answer": st.column_config.TextColumn(width="large")}
    chosen = chosen_row(shown, f"rows-{at}", wide)
    if chosen is not None:
        if probe is None:  # The filters are of all evaluations.
            st.query_params.from_dict({"evaluation": rows[chosen].job})
        st.query_params["sample"] = str(rows[chosen].id)
        st.rerun()
    page_buttons(wanted, rows[0].id, rows[-1].id)


def page_buttons(wanted: SampleFilter, first: int, last: int) -> None:
    """Draw the ways to the other pages of the list."""
    is_first = not samples.find(wanted, first, "before", 1)
    is_last = not samples.find(wanted, last, "after", 1)
    start = ":material/first_page:"
    with st.container(horizontal=True):
        st.button("First", icon=start, on_click=_turn, args=(0, "after"), disabled=is_first)
        before, after = (first, "before"), (last, "after")
        st.button("Previous", shortcut="Left", on_click=_turn, args=before, disabled=is_first)
        st.button("Next", shortcut="Right", on_click=_turn, args=after, disabled=is_last)


def _row(
    row: FoundSample, titles: dict[str, str], triggers: bool, everywhere: bool
) -> dict[str, str]:
    # A phone has room for the first two.
    score = "not scored yet" if row.answer is None else row.answer or UNSCORED
    shown = {"score": score, "answer": row.completion}
    if everywhere:
        shown["probe"] = title_of_probe(row.probe)
    shown["question"] = titles.get(row.prompt, row.prompt)
    if triggers:
        shown["trigger"] = row.trigger
    return shown | {"model": row.model, "answered by": row.origin}


def _place() -> tuple[int, Direction]:
    for direction in DIRECTIONS:
        if at := samples.id_of(st.query_params.get(direction, "")):
            return at, direction
    return 0, "after"


def _turn(at: int, direction: Direction) -> None:
    for old in DIRECTIONS:
        st.query_params.pop(old, None)
    if at:
        st.query_params[direction] = str(at)


try:
    page()
except UserError as error:
    say(error)
