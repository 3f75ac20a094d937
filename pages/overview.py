"""Overview: every run by every probe, with intervals and verdicts."""

import streamlit as st

from backend import plots
from backend.overview import Effect
from pages.verdicts import VERDICTS, all_effects

ROLES = ("finetuned", "control")


def narrowed(found: list[Effect]) -> list[Effect]:
    """Draw the filters, each in the URL, and return what they leave."""
    first, second, third, fourth = st.columns([3, 2, 3, 2], vertical_alignment="bottom")
    titles = sorted({effect.title for effect in found})
    probes = first.multiselect(
        "Probes", titles, key="probes", bind="query-params", placeholder="all probes"
    )
    role = second.pills("Role", ROLES, key="role", bind="query-params")
    verdict = third.pills("Verdict", list(VERDICTS), key="verdict", bind="query-params")
    own = fourth.toggle(
        "Own probe", key="own", bind="query-params",
        help="Only the probe that a run's dataset is made for.",
    )  # fmt: skip
    return [
        effect
        for effect in found
        if (not probes or effect.title in probes)
        and role in (None, effect.role)
        and verdict in (None, effect.verdict.kind)
        and (effect.suits or not own)
    ]


def table(found: list[Effect]) -> None:
    """Draw the effects as rows that can be sorted; a click opens the evaluation."""
    rows = [
        {
            "run": effect.name,
            "role": effect.role,
            "probe": effect.title,
            "effect": effect.kind,
            "nats": effect.estimate.value,
            "from": effect.estimate.low,
            "to": effect.estimate.high,
            "questions": effect.estimate.n,
            "verdict": effect.verdict.kind,
            "base model": effect.base_model,
        }
        for effect in found
    ]
    number = st.column_config.NumberColumn(format="%+.2f")
    event = st.dataframe(
        rows, hide_index=True, on_select="rerun", selection_mode="single-row", key="effects",
        column_config=dict.fromkeys(("nats", "from", "to"), number),
    )  # fmt: skip
    if chosen := event["selection"]["rows"]:
        job = found[chosen[0]].job
        st.switch_page("pages/results.py", query_params={"evaluation": job})


st.title("Overview")
everything = all_effects()
if not everything:
    st.info("No run is measured yet. Probe one, best with a control beside it.")
    st.page_link("pages/probe.py", label="Run a probe", icon=":material/biotech:")
elif left := narrowed(everything):
    st.plotly_chart(plots.overview_plot(left), key="matrix")
    st.caption(
        f"Effects: {len(left)}, runs: {len({effect.run for effect in left})}. Finetuned − base in "
        "nats per completion, the newest evaluation of each. ● present, ○ absent, ? undecided, "
        "each against the probe's smallest effect of interest and of that one run; intervals below "
        "are 95 % bootstrap intervals over questions."
    )
    table(left)
    st.caption("Click a column to sort, a row to see all numbers behind it.")
else:
    st.info("No effect is like that; take a filter off.")
