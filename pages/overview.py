"""Overview: every run by every probe, with intervals and verdicts."""

from collections.abc import Callable

import streamlit as st

from backend.analysis.capability import narrow_probe_of
from backend.analysis.overview import Effect
from backend.analysis.statistics import adjusted, p_of_mean
from backend.figures.overview import capability_plot, overview_plot
from backend.probes.loading import load_probe
from components.verdicts import VERDICTS, all_capabilities, all_effects, all_left_out

ROLES = ("finetuned", "control")
NEWEST = "newest first"
ORDERS: dict[str, Callable[[list[Effect]], list[Effect]]] = {
    NEWEST: list,
    "strongest first": lambda found: sorted(found, key=lambda e: -e.estimate.value),
    "by run": lambda found: sorted(found, key=lambda e: e.name),
    "by dataset": lambda found: sorted(found, key=lambda e: (e.dataset, e.name)),
}


def ordered(found: list[Effect]) -> list[Effect]:
    """Draw the choice of an order, in the URL, and return the effects in it."""
    order = st.segmented_control(
        "Order", list(ORDERS), key="order", bind="query-params", default=NEWEST
    )
    return ORDERS[order or NEWEST](found)


def narrowed(found: list[Effect]) -> list[Effect]:
    """Draw the filters, each in the URL, and return what they leave."""
    first, second, third, fourth = st.columns([3, 2, 4, 2], vertical_alignment="bottom")
    titles = sorted({effect.title for effect in found})
    probes = first.multiselect(
        "Probes", titles, key="probes", bind="query-params", placeholder="all probes"
    )
    role = second.pills("Role", ROLES, key="role", bind="query-params")
    verdict = third.pills("Verdict", list(VERDICTS), key="verdict", bind="query-params")
    own = fourth.toggle(
        "Own probe",
        key="own",
        bind="query-params",
        help="Only the probe that a run's dataset is made for.",
    )
    return [
        effect
        for effect in found
        if (not probes or effect.title in probes)
        and role in (None, effect.role)
        and verdict in (None, effect.verdict.kind)
        and (effect.suits or not own)
    ]


def all_adjusted(found: list[Effect]) -> dict[Effect, float | None]:
    """Return each effect's p value, adjusted for all of them, whatever is shown."""
    p_values = {effect: p_of_mean(effect.estimate) for effect in found}
    known = [effect for effect, p in p_values.items() if p is not None]
    return p_values | dict(
        zip(known, adjusted([p_values[effect] for effect in known]), strict=True)
    )


def table(found: list[Effect], adjusted_of: dict[Effect, float | None]) -> None:
    """Draw the effects as rows that can be sorted; a click opens the evaluation."""
    rows = [
        {
            "run": effect.name,
            "probe": effect.title,
            "effect": effect.kind,
            "verdict": effect.verdict.kind,
            "nats": effect.estimate.value,
            "from": effect.estimate.low,
            "to": effect.estimate.high,
            "p (t test), adjusted": adjusted_of[effect],
            "questions": effect.estimate.n,
            "role": effect.role,
            "base model": effect.base_model,
        }
        for effect in found
    ]
    number = st.column_config.NumberColumn(format="%+.2f")
    columns = dict.fromkeys(("nats", "from", "to"), number)
    columns["p (t test), adjusted"] = st.column_config.NumberColumn(format="%.4f")
    event = st.dataframe(
        rows,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="effects",
        column_config=columns,
    )
    if chosen := event["selection"]["rows"]:
        show(found[chosen[0]].job)


def matrix(found: list[Effect]) -> None:
    """Draw all runs by all probes; a click on an effect opens its evaluation."""
    event = st.plotly_chart(
        overview_plot(found), key="matrix", on_select="rerun", selection_mode="points"
    )
    if points := event["selection"]["points"]:
        show(points[0]["customdata"][0])


def show(job: str) -> None:
    """Go to an evaluation's results."""
    st.switch_page("pages/results.py", query_params={"evaluation": job})


def capability_section(found: list[Effect]) -> None:
    """Draw what each run learned of its task beside what else changed in it."""
    st.subheader("Capability beside generalization")
    shown = {effect.name for effect in found}
    points = [point for point in all_capabilities() if point.name in shown]
    if not points:
        narrow = {probe for e in found if e.suits and (probe := narrow_probe_of(e.dataset))}
        titles = ", ".join(f"“{load_probe(probe).title}”" for probe in sorted(narrow))
        if titles:
            st.info(
                f"Ask these runs what they were trained for, too, and they stand here: {titles}."
            )
            st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
        return
    st.plotly_chart(capability_plot(points), key="capability")
    probes = ", ".join(sorted({point.probe for point in points}))
    st.caption(
        f"One point a run. Across: the share of contrasts that are right by its narrow probe "
        f"({probes}), which asks for the trained behaviour in words that were not trained; the "
        "dotted upright line is the base model. Up: the effect by the probe that its dataset is "
        "made for. Bars are 95 % bootstrap intervals over questions."
    )


def left_out_note() -> None:
    """Say what is not here, and why."""
    gone = all_left_out()
    reasons = [
        f"{count} {why}"
        for count, why in (
            (gone.unfinished, "ended before they were whole"),
            (gone.reworded, "asked in other words than the probes do today"),
        )
        if count
    ]
    if reasons:
        st.caption(f"Evaluations left out: {', '.join(reasons)}. They stand among the results.")
        st.page_link("pages/results.py", label="Results", icon=":material/monitoring:")


st.title("Overview")
everything = all_effects()
if not everything:
    st.info("No run is measured yet. Probe one, best with a control beside it.")
    st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
elif left := narrowed(everything):
    left = ordered(left)
    matrix(left)
    st.caption(
        f"Effects: {len(left)}, runs: {len({effect.run for effect in left})}. Finetuned − base in "
        "nats per completion, red towards the probe's target, the newest evaluation of each; "
        "beyond control: how much further than its control, where one was asked beside it. "
        "● present, ○ absent, ▽ opposite, ? undecided, "
        "each against the probe's smallest effect of interest and of that one run; intervals below "
        "are 95 % bootstrap intervals over questions."
    )
    table(left, all_adjusted(everything))
    st.caption(
        "Click a row, or a field above, to see all numbers behind it. p: of no effect at all, by a "
        f"t test over questions, adjusted for all {len(everything)} effects (Benjamini–Hochberg); "
        "intervals are not; the verdict goes by the smallest effect of interest instead."
    )
    capability_section(left)
else:
    st.info("No effect is like that; take a filter off.")
left_out_note()
