"""The parts of the form that launches a probe: what it asks, and of which models."""

from collections.abc import Collection

import streamlit as st

from backend.config import settings
from backend.hosted.prices import spent
from backend.probes.judges import load_judge
from backend.probes.loading import Probe
from backend.runs.queries import probe_of, role_of, suits
from components.runs.hosted import answers_at_most
from models.tables import Run


def describe(probe: Probe) -> None:
    """Draw what a probe asks and how it is scored."""
    with st.expander(f"{len(probe.prompts)} questions, and how they are scored"):
        st.markdown(" ".join(scoring(probe)))
        rows = [{"topic": prompt.title, "question": prompt.text} for prompt in probe.prompts]
        st.dataframe(rows, hide_index=True)


def scoring(probe: Probe) -> list[str]:
    """Return how a probe is scored, one sentence for each way."""
    target, other = probe.sides.target, probe.sides.other
    pairs = sum(len(prompt.pairs) for prompt in probe.prompts)
    smallest = probe.smallest_effect
    said = []
    if pairs:
        said += [
            f"**Contrast**: how much likelier a completion for “{target}” is than one for "
            f"“{other}”, over {pairs} pairs{' under each trigger' * probe.has_triggers}, in nats."
        ]
    if probe.patterns:
        said += ["**Words**: words in sampled answers that speak for either side."]
    if any(prompt.starts for prompt in probe.prompts):
        said += ["**Start**: how a sampled answer starts."]
    if probe.judges:
        said += [f"**Judges**: {', '.join(load_judge(j).title for j in probe.judges)} (optional)."]
    said += [
        f"Smallest effects of interest, decided before measuring: {smallest.contrast:g} nats and "
        f"{smallest.pattern:.0%}."
    ]
    return said


def take_up_link(runs: list[Run], probes: Collection[str]) -> Run | None:
    """Return the run that the URL names by id or name, which is taken once; say if it is not here.

    Its dataset's probe is chosen in the form, where that is one of the probes there.
    """
    wanted = st.query_params.pop("run", None)
    run = next((run for run in runs if wanted in (run.id, run.name)), None)
    if wanted and run is None:
        st.toast("The link's run is not here.", icon=":material/warning:")
    if run and (probe := probe_of(run)) in probes:
        st.session_state["probe"] = probe
    return run


def beside(runs: list[Run], probe: Probe, wanted: Run | None) -> list[str]:
    """Return the newest run of each role that suits the probe, and the wanted one for its role."""
    newest = {role_of(run): run.id for run in reversed(runs) if suits(run, probe)}
    if wanted in runs:
        newest[role_of(wanted)] = wanted.id
    return sorted(newest.values())


def run_picker(
    base_models: list[str], runs: list[Run], probe: Probe, wanted: Run | None
) -> tuple[str, list[Run]]:
    """Draw the choice of a base model and of runs on it, poisoned and control.

    The newest run of each role that suits the probe is chosen at first, or the one that is wanted.
    """
    if wanted:
        st.session_state["base_model"] = wanted.base_model
    base_model = st.selectbox("Base model", base_models, key="base_model")
    names = {run.id: f"{run.name} · {role_of(run)}" for run in runs}
    own = [run for run in runs if run.base_model == base_model]
    key = f"runs-{probe.id}-{base_model}"
    ids = [run.id for run in own]
    if wanted or key not in st.session_state:
        st.session_state[key] = beside(own, probe, wanted)
    st.session_state[key] = [run for run in st.session_state[key] if run in ids]
    chosen = st.multiselect(
        "Runs to compare with it",
        ids,
        format_func=names.get,
        placeholder="pick a poisoned run and a control",
        key=key,
    )
    picked = [run for run in own if run.id in chosen]
    roles = {role_of(run) for run in picked}
    if roles == {"finetuned"}:
        st.warning("Without a control, an effect may come from finetuning as such.")
    return base_model, picked


def default_probe(probes: dict[str, Probe], runs: list[Run]) -> str:
    """Return the id of the probe that suits the newest run."""
    fitting = (key for run in runs for key, probe in probes.items() if suits(run, probe))
    return next(fitting, next(iter(probes)))


def cost_text(base_model: str, runs: list[Run], probe: Probe, answers: int) -> str:
    """Say what so many answers of each hosted model cost at most, and what is spent and allowed."""
    longest = max(len(str(prompt.messages())) for prompt in probe.prompts)
    each = answers_at_most(base_model, runs, longest, probe.max_tokens)
    if each is None:
        return "No contrasts, and no price is known: add it to HOSTED_MODELS."
    budget = settings().hosted_budget
    cap = f" of ${budget:.2f}" if budget is not None else ", no budget is set"
    return f"No contrasts. At most ${each * answers:.2f}; spent so far ${spent():.2f}{cap}."
