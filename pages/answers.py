"""What sampled answers say: rates by any scorer, over all triggers and over each."""

import pandas as pd
import streamlit as st

from backend import plots
from backend.probes import Probe
from backend.rates import Rate, rates, sampled_scorers, scorer_title
from pages.parts import plain


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
    st.plotly_chart(plots.rate_sweep_plot(found, probe), key="rate-sweep")
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
    st.plotly_chart(plots.rate_plot(found, probe), key="rates")
    for rate in found:
        st.caption(f"**{plain(rate.model)}**: {rate_text(rate, probe)}")
    st.caption("95 % Wilson intervals, over the scored answers of all seeds.")


def rate_text(rate: Rate, probe: Probe) -> str:
    """Return a rate in words; what is unscored is never counted as a no."""
    hand = f", {rate.by_hand} labelled by hand" if rate.by_hand else ""
    mean = f"mean rating {rate.rating.value:.0f} of 100; " if rate.rating else ""
    found = rate.estimate
    if found is None or found.low is None or found.high is None:
        return f"{mean}no answer is on either side, {rate.unscored} unscored{hand}"
    return (
        f"{mean}{found.value:.0%} {probe.sides.target} ({found.low:.0%} to {found.high:.0%}), "
        f"n = {found.n} scored, {rate.unscored} unscored{hand}"
    )
