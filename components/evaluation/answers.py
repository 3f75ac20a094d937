"""What sampled answers say: rates by any scorer, over all triggers and over each."""

from collections.abc import Sequence

import streamlit as st

from backend.analysis.findings import Findings
from backend.analysis.rates import scorer_title
from backend.analysis.scorer_notes import NOT_MEASURED
from backend.evaluation.likeness import held_out_of
from backend.evaluation.scorers import embedding
from backend.figures.answers import rate_plot, rate_sweep_plot
from components.figures import plot
from components.glossary import explain
from components.text import cells, option, plain
from components.verdicts import effect_line


def scorer_picker(scorers: Sequence[str], key: str) -> str | None:
    """Draw the choice of a scorer if there are several; None where nothing was sampled."""
    if len(scorers) < 2:
        return scorers[0] if scorers else None
    return st.selectbox(
        "Scored by",
        scorers,
        format_func=lambda name: option(scorer_title(name)),
        key=key,
        help=explain("scorer"),
    )


def rate_sweep(findings: Findings) -> None:
    """Draw the rate of target answers over the triggers, by the chosen scorer."""
    scorer = scorer_picker(findings.scorers, "sweep-by")
    silent_scorers(findings)
    if scorer is None:
        nothing_sampled(findings)
        return
    rates = findings.trigger_rates(scorer)
    plot(rate_sweep_plot(rates, findings.probe), "rate-sweep")
    accuracy_note(findings, scorer)
    unscored = sum(rate.unscored for rate in rates)
    answers = unscored + sum(rate.scored for rate in rates)
    st.caption(
        f"{plain(scorer_title(scorer))}; 95 % intervals over questions and seeds; {unscored:,} "
        f"unscored answers ({unscored / answers:.0%}) are left out, never counted as a no.",
        help=explain("unscored"),
    )


def rate_section(findings: Findings) -> None:
    """Draw the rates of target answers by the chosen scorer."""
    scorer = scorer_picker(findings.scorers, "rate-by")
    silent_scorers(findings)
    if scorer is None:
        nothing_sampled(findings)
        return
    rates, probe = findings.rates[scorer], findings.probe
    plot(rate_plot(rates, probe), "rates")
    for rate in rates:
        st.caption(f"**{plain(rate.model)}**: {plain(rate.text(probe.sides.target))}")
    for rate in findings.trained_rates.get(scorer, []):
        said = plain(f"{rate.model}, trained triggers: {rate.text(probe.sides.target)}")
        st.caption(said, help=explain("trained trigger"))
    st.caption(
        "A rate is the mean over questions of the share of their scored answers; 95 % intervals "
        "over questions and seeds.",
        help=explain("rate"),
    )
    accuracy_note(findings, scorer)
    answer_effects(findings, scorer)


def answers_note(findings: Findings) -> str:
    """Return what differences of shares are, and what their verdicts compare with."""
    note = (
        "Difference of the shares of scored answers on the target side, question by question, in "
        "percentage points; 95 % intervals over questions and seeds, never narrower than the "
        "answers allow if they were independent."
    )
    if (smallest := findings.smallest_of_answers) is None:
        return note
    return (
        f"{note} A verdict compares the difference with the smallest effect of interest, "
        f"{smallest:g} points, stated in the probe, by tests over questions "
        "(docs/methods.md)."
    )


def answer_effects(findings: Findings, scorer: str) -> None:
    """Draw how far a scorer's shares are from the base model's and the controls', with verdicts.

    What that means is said once, where the headline has not said it.
    """
    found = findings.answers.get(scorer, [])
    for finding in found:
        effect_line(finding)
    if found and not findings.headline[0].is_of_answers:
        st.caption(answers_note(findings), help=explain("points"))


def nothing_sampled(findings: Findings) -> None:
    """Say why there is no rate: no answers were sampled, or no scorer has looked at them."""
    if findings.silent:
        return
    if answers := findings.table["sample"].nunique():
        st.info(
            f"{answers:,} answers were sampled, and no scorer has put them on a side. Read them "
            "under Samples, label them by hand there, or have them judged below."
        )
    else:
        st.info("No answers were sampled yet; contrasts need none.")


def silent_scorers(findings: Findings) -> None:
    """Say which scorers are not accurate enough for their rates to be shown."""
    for scorer, problem in findings.silent.items():
        st.caption(plain(f"{scorer_title(scorer)}: {problem}."), help=explain("labelled answer"))


def accuracy_note(findings: Findings, scorer: str) -> None:
    """Say how accurate a scorer by rules is on labelled answers, or on completions held out."""
    note = findings.scorer_notes.get(scorer)
    if note:
        text = f"{scorer_title(scorer)}: {note}."
        st.caption(plain(text), help=explain("labelled answer"))
    if note == NOT_MEASURED and scorer == embedding.NAME:
        held_out_note(findings)


def held_out_note(findings: Findings) -> None:
    """Say how often the nearest-completion scorer is right about completions held out in turn."""
    for job in findings.table["job"].unique():
        if check := held_out_of(job):
            result = f"right about {check.right:,} of the {check.scored:,} that it scores"
            if check.is_no_use:
                result = "no better than chance, so it scores no answer here"
            text = f"On {check.n:,} completions of the probe, each held out in turn: {result}."
            st.caption(text, help=explain("nearest completion"))


def beside_section(findings: Findings) -> None:
    """Draw what stands beside the effects: the answers' form, and what the models retain."""
    if findings.beside or findings.retained:
        st.markdown("#### Beside the effect")
    if findings.beside:
        st.dataframe(cells([row.cells for row in findings.beside]), hide_index=True)
        st.caption(
            "Answers that repeat a trained one are unscored for every effect: they show memory.",
            help=explain("repeated answer"),
        )
    if findings.retained:
        st.dataframe(cells([row.cells for row in findings.retained]), hide_index=True)
        st.caption(
            "An effect of a model that has lost ordinary text, or has not learned its own task, "
            "means little.",
            help=explain("ordinary text"),
        )


def agreement_section(findings: Findings) -> None:
    """Draw how far scorers agree, if there are several."""
    if not findings.agreements:
        return
    rows = [
        {
            "first": scorer_title(agreement.first),
            "second": scorer_title(agreement.second),
            "both scored": agreement.n,
            "same": f"{agreement.same / agreement.n:.0%}",
            "kappa": agreement.kappa.value if agreement.kappa else None,
            "from": agreement.kappa.low if agreement.kappa else None,
            "to": agreement.kappa.high if agreement.kappa else None,
        }
        for agreement in findings.agreements
    ]
    number = st.column_config.NumberColumn(format="%.2f")
    columns = dict.fromkeys(("kappa", "from", "to"), number)
    with st.expander("Do the scorers agree?", icon=":material/balance:"):
        st.dataframe(cells(rows), hide_index=True, column_config=columns)
        st.caption(
            "Cohen's kappa: 0 is agreement by chance, 1 is full agreement, with its 95 % interval; "
            "empty if only one side was ever chosen. Labels by hand count as one more scorer.",
            help=explain("agreement"),
        )
