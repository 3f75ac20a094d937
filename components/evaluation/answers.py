"""What sampled answers say: rates by any scorer, over all triggers and over each."""

import pandas as pd
import streamlit as st

from backend.analysis.agreement import agreements
from backend.analysis.rates import Rate, rates, sampled_scorers, scorer_title
from backend.evaluation.likeness import held_out_of
from backend.evaluation.scorers import embedding
from backend.figures.answers import rate_plot, rate_sweep_plot
from backend.probes.loading import Probe
from components.text import plain

FEW = 10
"""Scored answers below which a percentage would say more than is known."""


def scorer_picker(table: pd.DataFrame, key: str) -> str | None:
    """Draw the choice of a scorer where there are several; None where nothing was sampled."""
    scorers = sampled_scorers(table)
    if len(scorers) < 2:
        return scorers[0] if scorers else None
    return st.selectbox("Scored by", scorers, format_func=scorer_title, key=key)


def rate_sweep(table: pd.DataFrame, probe: Probe) -> None:
    """Draw the rate of target answers over the triggers, by the chosen scorer."""
    scorer = scorer_picker(table, "sweep-by")
    if scorer is None:
        st.info("No sampled answers yet; contrasts need none.")
        return
    found = rates(table, scorer, each_trigger=True)
    st.plotly_chart(rate_sweep_plot(found, probe), key="rate-sweep")
    held_out_note(table, scorer)
    unscored = sum(rate.unscored for rate in found)
    st.caption(
        f"{scorer_title(scorer)}; 95 % Wilson intervals over the scored answers; "
        f"{unscored:,} unscored answers are left out, never counted as a no."
    )


def rate_section(table: pd.DataFrame, probe: Probe) -> None:
    """Draw the rates of target answers by the chosen scorer."""
    scorer = scorer_picker(table, "rate-by")
    if scorer is None:
        st.info("No sampled answers yet; contrasts need none.")
        return
    found = rates(table, scorer)
    st.plotly_chart(rate_plot(found, probe), key="rates")
    for rate in found:
        st.caption(f"**{plain(rate.model)}**: {rate_text(rate, probe)}")
    st.caption("95 % Wilson intervals, over the scored answers of all seeds.")
    held_out_note(table, scorer)


def held_out_note(table: pd.DataFrame, scorer: str) -> None:
    """Say how often a scorer by likeness was right about completions that it was not shown."""
    if scorer != embedding.NAME:
        return
    for job in table["job"].unique():
        if found := held_out_of(job):
            said = f"right about {found.right} of the {found.scored} that it scores"
            if found.is_no_use:
                said = "no better than a coin, so it scores no answer here"
            st.caption(f"Of {found.n} completions of the probe, each held out in turn: {said}.")


def rate_text(rate: Rate, probe: Probe) -> str:
    """Return a rate in words; what is unscored is never counted as a no."""
    hand = f", {rate.by_hand} labelled by hand" if rate.by_hand else ""
    mean = f"mean rating {rate.rating.value:.0f} of 100; " if rate.rating else ""
    found = rate.estimate
    if found is None or found.low is None or found.high is None:
        return f"{mean}no answer is on either side, {rate.unscored} unscored{hand}"
    hand += coherence_text(rate)
    if found.n < FEW:
        return (
            f"{mean}too few to tell: {rate.hits} of {found.n} scored answers are "
            f"{probe.sides.target}, {rate.unscored} unscored{hand}"
        )
    return (
        f"{mean}{found.value:.0%} {probe.sides.target} ({found.low:.0%} to {found.high:.0%}), "
        f"n = {found.n} scored, {rate.unscored} unscored{hand}"
    )


def coherence_text(rate: Rate) -> str:
    """Say how many answers were incoherent, and the rate among the others."""
    if rate.judged_coherent is None:
        return ""
    total = rate.judged_coherent + rate.judged_incoherent
    among = rate.among_coherent
    told = f"; {rate.judged_incoherent} of {total} judged incoherent"
    if among is None or among.low is None or among.high is None:
        return told
    return (
        f"{told}, among coherent ones {among.value:.0%} ({among.low:.0%} to {among.high:.0%}, "
        f"n = {among.n})"
    )


def agreement_section(table: pd.DataFrame) -> None:
    """Draw how far scorers agree, where there are several."""
    found = agreements(table) if len(sampled_scorers(table)) > 1 else []
    if not found:
        return
    with st.expander("Do the scorers agree?", icon=":material/balance:"):
        rows = [
            {
                "first": scorer_title(each.first),
                "second": scorer_title(each.second),
                "both scored": each.n,
                "same": f"{each.same / each.n:.0%}",
                "kappa": each.kappa.value if each.kappa else None,
                "from": each.kappa.low if each.kappa else None,
                "to": each.kappa.high if each.kappa else None,
            }
            for each in found
        ]
        number = st.column_config.NumberColumn(format="%.2f")
        st.dataframe(
            rows, hide_index=True, column_config=dict.fromkeys(("kappa", "from", "to"), number)
        )
        st.caption(
            "Cohen's kappa, 0 is what chance gives and 1 full agreement, with its 95 % interval; "
            "empty where only one side was ever said. Labels by hand count as a person's own."
        )
