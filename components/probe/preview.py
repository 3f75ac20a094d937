"""Preview of a draft: a job finds its contrasts under a base model."""

import streamlit as st

from backend.base_models.cards import list_cards
from backend.errors import UserError
from backend.evaluation.preview import TRIGGERS, newest_preview, pairs_of, submit_preview
from backend.probes.loading import Probe
from components.glossary import explain
from components.job import cancel_button, progress
from components.refresh import live
from components.text import cells, option, plain, say
from models.tables import Job, JobState


def preview(probe: Probe) -> None:
    """Draw the choice of a base model, and what a preview under it found or does."""
    st.subheader("Preview", help=explain("contrast"))
    ready = {each.card.name: each.card.title for each in list_cards() if each.ready}
    names = [each.card.name for each in list_cards() if each.ready and not each.card.hosted]
    base_model = st.selectbox(
        "Base model",
        names,
        format_func=lambda name: option(ready[name]),
        key="preview-base-model",
        help=explain("base model"),
    )
    if base_model is None:
        st.info("No base model can be used; add one on the Finetune page.")
        return
    live(_previewed, lambda: _is_busy(probe, base_model), every=1.0)(probe, base_model)


def _is_busy(probe: Probe, base_model: str) -> bool:
    job = newest_preview(probe, base_model)
    return job is not None and not job.state.is_final


def _previewed(probe: Probe, base_model: str) -> None:
    """Draw the newest preview of the draft as it is, or the button that asks for one."""
    job = newest_preview(probe, base_model)
    if job and job.state == JobState.DONE:
        _found(probe, job)
        return
    if job:
        progress(job)
    if job and not job.state.is_final:
        cancel_button(job)
        return
    st.caption("Contrasts under the base model show what it finds likelier before any finetuning.")
    if st.button("Preview under the base model", icon=":material/preview:"):
        try:
            submit_preview(probe, base_model)
        except UserError as error:
            say(error)
            return
        st.rerun()


def _found(probe: Probe, job: Job) -> None:
    """Draw the contrasts that a preview found."""
    pairs = pairs_of(job)
    mean = sum(pair.contrast for pair in pairs) / len(pairs)
    target = plain(probe.sides.target)
    st.markdown(
        f"Mean contrast under the base model: **{mean:+.2f} nats** over {len(pairs):,} pairs; "
        f"above 0, it finds “{target}” likelier."
    )
    if len(probe.triggers) > TRIGGERS:
        st.caption(f"Under the first {TRIGGERS:d} of {len(probe.triggers):,} triggers.")
    rows = [
        {
            "question": pair.prompt,
            "trigger": pair.trigger,
            "target completion": pair.target,
            "other completion": pair.other,
            "contrast, nats": pair.contrast,
        }
        for pair in pairs
    ]
    number = st.column_config.NumberColumn(format="%+.2f")
    st.dataframe(cells(rows), hide_index=True, column_config={"contrast, nats": number})
