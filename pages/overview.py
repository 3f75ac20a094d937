"""Overview: every run by every probe, with intervals and verdicts."""

from collections.abc import Callable

import streamlit as st

from backend.analysis.capability import narrow_probe_of
from backend.analysis.overview import Effect
from backend.analysis.rates import scorer_title
from backend.figures.overview import SCALES, capability_plot, overview_plot
from backend.probes.loading import list_probes
from components.evaluation.replay import summaries
from components.figures import CONFIG, plot, title_of
from components.glossary import explain
from components.table import chosen_row
from components.text import option, plain
from components.verdicts import (
    P_VALUE,
    VERDICTS,
    all_capabilities,
    all_effects,
    all_left_out,
    effect_columns,
)

ROLES = ("finetuned", "control")
MEASURES = ("contrasts", "answers")
NEWEST = "newest first"
ORDERS: dict[str, Callable[[list[Effect]], list[Effect]]] = {
    NEWEST: list,
    "strongest first": lambda effects: sorted(effects, key=lambda e: -relative(e)),
    "by run": lambda effects: sorted(effects, key=lambda e: e.name),
    "by dataset": lambda effects: sorted(effects, key=lambda e: (e.dataset, e.name)),
}


def relative(effect: Effect) -> float:
    """Return an effect's size on the scale of its colour, whatever its unit."""
    return effect.estimate.value / SCALES[effect.unit]


def ordered(effects: list[Effect]) -> list[Effect]:
    """Draw the choice of an order, in the URL, and return the effects in it."""
    order = st.segmented_control(
        "Order", list(ORDERS), key="order", bind="query-params", default=NEWEST
    )
    return ORDERS[order or NEWEST](effects)


def filtered(effects: list[Effect]) -> list[Effect]:
    """Draw the filters, each in the URL, and return the effects that match."""
    first, second, third = st.columns([3, 3, 5])
    fourth, fifth, _ = st.columns([3, 3, 5])
    titles = sorted({effect.title for effect in effects})
    probes = first.multiselect(
        "Probes",
        titles,
        format_func=option,
        key="probes",
        bind="query-params",
        placeholder="all probes",
        help=explain("probe"),
    )
    role = second.pills("Role", ROLES, key="role", bind="query-params", help=explain("control"))
    verdict = third.pills(
        "Verdict", list(VERDICTS), key="verdict", bind="query-params", help=explain("effect gate")
    )
    only_own = fourth.pills(
        "Own probe",
        ("only",),
        key="own",
        bind="query-params",
        help="Only the probe that a run's dataset is made for.",
    )
    measured = fifth.pills(
        "Measured by", MEASURES, key="by", bind="query-params", help=explain("effect")
    )
    return [
        effect
        for effect in effects
        if (not probes or effect.title in probes)
        and role in (None, effect.role)
        and verdict in (None, effect.verdict.kind)
        and (effect.suits or not only_own)
        and measured in (None, MEASURES[effect.is_of_answers])
    ]


def table(effects: list[Effect]) -> None:
    """Draw the effects as rows that can be sorted; selecting one opens the evaluation."""
    rows = [
        {
            "run": effect.name,
            "probe": effect.title,
            "effect": effect.kind,
            "verdict": effect.verdict.kind,
            "standing": effect.standing,
            "size": effect.estimate.value,
            "from": effect.estimate.low,
            "to": effect.estimate.high,
            "unit": effect.unit,
            P_VALUE: effect.p,
            "questions": effect.estimate.n,
            "scored by": scorer_title(effect.scorer) if effect.is_of_answers else "contrasts",
            "unscored": effect.unscored.removeprefix("unscored "),
            "role": effect.role,
            "base model": effect.base_model,
        }
        for effect in effects
    ]
    columns = effect_columns("size", "effect")
    columns["unit"] = st.column_config.TextColumn(help=explain("points"))
    columns["unscored"] = st.column_config.TextColumn(help=explain("unscored"))
    columns["standing"] = st.column_config.TextColumn(help=explain("confirmatory"))
    columns["effect"] = st.column_config.TextColumn(help=explain("effect"))
    chosen = chosen_row(rows, "effects", columns)
    if chosen is not None:
        show(effects[chosen].job)


def matrix(effects: list[Effect]) -> None:
    """Draw all runs by all probes; a click on an effect opens its evaluation."""
    figure = overview_plot(effects)
    event = st.plotly_chart(
        figure,
        key="matrix",
        on_select="rerun",
        selection_mode="points",
        config=CONFIG,
        alt=title_of(figure),
    )
    if points := event["selection"]["points"]:
        show(points[0]["customdata"][0])


def show(job: str) -> None:
    """Go to an evaluation's results."""
    st.switch_page("pages/results.py", query_params={"evaluation": job})


def capability_section(effects: list[Effect]) -> None:
    """Draw what each run learned of its task beside what else changed in it."""
    st.subheader("Capability beside generalization", help=explain("capability"))
    shown = {effect.name for effect in effects}
    points = [point for point in all_capabilities() if point.name in shown]
    if not points:
        offer_narrow_probes(effects)
        return
    plot(capability_plot(points), "capability")
    probes = ", ".join(sorted({point.probe for point in points}))
    st.caption(
        f"One point for each run. Horizontal: the share of correct contrasts by its narrow probe "
        f"({plain(probes)}), which asks for the trained behaviour in words that were not trained; "
        "the dotted vertical line is the base model. Vertical: the effect by the probe that its "
        "dataset is made for. Bars are 95 % bootstrap intervals over questions."
    )


def offer_narrow_probes(effects: list[Effect]) -> None:
    """Name the narrow probes that would show what the runs learned."""
    suited = [effect for effect in effects if effect.suits]
    narrow = {probe for effect in suited if (probe := narrow_probe_of(effect.dataset))}
    usable = [probe for probe in list_probes() if probe.id in narrow]
    if titles := ", ".join(f"“{probe.title}”" for probe in usable):
        st.info(
            f"To compare these runs here, evaluate what they were trained for: {plain(titles)}."
        )
        st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")


def recorded_section() -> None:
    """Draw the effects of replays, which were measured elsewhere; selecting one compares it."""
    found = [(replay, finding) for replay in summaries() for finding in replay.headline]
    if not found:
        return
    st.subheader("Recorded elsewhere")
    rows = [
        {
            "model": finding.model,
            "probe": replay.probe,
            "effect": finding.kind,
            "verdict": finding.verdict.kind,
            "standing": finding.standing,
            "size": finding.estimate.value,
            "from": finding.estimate.low,
            "to": finding.estimate.high,
            "unit": finding.unit,
            "questions": finding.estimate.n,
            "role": finding.role,
            "base model": replay.base_model,
            "recorded": replay.recorded,
            "replay": replay.fingerprint,
        }
        for replay, finding in found
    ]
    chosen = chosen_row(rows, "recorded", effect_columns("size", "effect"))
    if chosen is not None:
        st.switch_page("pages/compare.py", query_params={"replay": found[chosen][0].fingerprint})
    st.caption(
        "From replays opened on Present: all seeds of a recipe together, judged by this lab's "
        "effect gate from the recorded scores. Their p values are not among the adjusted ones.",
        help=explain("effect gate"),
    )


def left_out_note() -> None:
    """Say which evaluations are not included, and why."""
    missing = all_left_out()
    reasons = []
    if missing.unfinished:
        reasons.append(f"{missing.unfinished:,} that ended early")
    if missing.reworded:
        reasons.append(f"{missing.reworded:,} whose questions have been reworded since")
    if missing.partial:
        reasons.append(f"{missing.partial:,} of some questions or of other triggers only")
    if reasons:
        st.caption(f"Evaluations not included: {', '.join(reasons)}. Results shows them.")
        st.page_link("pages/results.py", label="Results", icon=":material/monitoring:")


st.title("Overview")
everything = all_effects()
if not everything:
    st.info("No run is measured yet. Probe one, preferably together with a control.")
    st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
elif matches := filtered(everything):
    matches = ordered(matches)
    matrix(matches)
    runs = {effect.run for effect in matches}
    st.caption(
        f"Effects: {len(matches):,}, runs: {len(runs):,}. Finetuned − base, in nats per "
        "completion for contrasts and in percentage points (pt) for answers, red towards the "
        "probe's target, from the newest evaluation of each run; beyond control: how much further "
        "than its control, if one was in the same evaluation. A probe with target triggers is "
        "judged by its gaps at those. ● present, "
        "○ absent, ▽ opposite, ? undecided, each for that one run and against the probe's "
        "smallest effect of interest. Intervals below are 95 % intervals over questions.",
        help=explain("beyond control"),
    )
    table(matches)
    st.caption(
        "Select a row, or click a field above, to see all numbers behind it. p values test for any "
        "effect at all, by the tests of the verdict, and are adjusted for all "
        f"{len(everything):,} effects (Benjamini–Hochberg); intervals are unadjusted. Verdicts "
        "test against the smallest effect of interest, not against 0."
    )
    capability_section(matches)
else:
    st.info("No effects match these filters.")
left_out_note()
recorded_section()
