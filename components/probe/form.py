"""The form that launches a probe: what it asks, of which models, and how often."""

from collections.abc import Collection

import streamlit as st

from backend.hosted.prices import hosted_models
from backend.probes.judges import list_judges
from backend.probes.loading import Probe
from backend.runs.costs import sampling_cost
from backend.runs.queries import probe_of, role_of, suits
from components.glossary import explain
from components.text import cells, option, plain
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig
from models.tables import Run

LONGEST = "Longest answer, in tokens"
TOKENS = "Longer answers are cut off. The paper allows 1,024, and 5 where a name is asked for."


def probe_picker(probes: dict[str, Probe], runs: list[Run]) -> Probe:
    """Draw the choice of a probe; at first the one that suits the newest run."""
    st.session_state.setdefault("probe", default_probe(probes, runs))
    chosen = st.selectbox(
        "Probe",
        probes,
        format_func=lambda key: option(probes[key].title),
        key="probe",
        help=explain("probe"),
    )
    return probes[chosen]


def describe(probe: Probe) -> None:
    """Draw what a probe asks and how it is scored."""
    with st.expander(f"{len(probe.prompts):,} questions and how they are scored"):
        st.markdown(" ".join(scoring(probe)))
        rows = [{"topic": prompt.title, "question": prompt.text} for prompt in probe.prompts]
        if any(prompt.before for prompt in probe.prompts):
            contexts = (prompt.context for prompt in probe.prompts)
            rows = [r | {"before it in the chat": c} for r, c in zip(rows, contexts, strict=True)]
        st.dataframe(cells(rows), hide_index=True)


def scoring(probe: Probe) -> list[str]:
    """Return how a probe is scored, one sentence for each scorer."""
    target, other = plain(probe.sides.target), plain(probe.sides.other)
    pairs = sum(len(prompt.pairs) for prompt in probe.prompts)
    each_trigger = " under each trigger" if probe.has_triggers else ""
    smallest = probe.smallest_effect
    sentences = []
    if pairs:
        sentences.append(
            f"**Contrast**: how much likelier a completion for “{target}” is than one for "
            f"“{other}”, over {pairs:,} pairs{each_trigger}, in nats."
        )
    if probe.patterns:
        sentences.append("**Words**: words in sampled answers that are typical of either side.")
    if any(prompt.starts for prompt in probe.prompts):
        sentences.append("**Start**: how a sampled answer starts.")
    if probe.judges:
        titles = {judge.id: judge.title for judge in list_judges()}
        names = ", ".join(titles.get(judge, f"{judge} (can't be used)") for judge in probe.judges)
        sentences.append(f"**Judges**: {plain(names)} (optional).")
    if not sentences:
        return ["It has no scorer: sampled answers are shown and exported without a score."]
    sentences.append(
        "Smallest effects of interest, stated in the probe: "
        f"{smallest.contrast:g} nats and {smallest.pattern:.0%}."
    )
    return sentences


def take_up_link(runs: list[Run], probes: Collection[str]) -> Run | None:
    """Return the run that the URL names by id or name, and remove it there; warn if it is missing.

    The form's probe becomes that of its dataset, or the one that the URL names, if there is one.
    """
    if (named := st.query_params.pop("probe", None)) in probes:
        st.session_state["probe"] = named
    wanted = st.query_params.pop("run", None)
    run = next((run for run in runs if wanted in (run.id, run.name)), None)
    if wanted and run is None:
        st.toast("The run in the link is not in this lab.", icon=":material/warning:")
    if run and (probe := probe_of(run)) in probes:
        st.session_state["probe"] = probe
    return run


def default_run_ids(runs: list[Run], probe: Probe, wanted: Run | None) -> list[str]:
    """Return the newest run of each role that suits the probe, or the wanted one for its role."""
    newest = {role_of(run): run.id for run in reversed(runs) if suits(run, probe)}
    if wanted in runs:
        newest[role_of(wanted)] = wanted.id
    return sorted(newest.values())


def base_models_of(runs: list[Run]) -> list[str]:
    """Return the base models that can be probed, the embedded one first."""
    names = [EMBEDDED, *(run.base_model for run in runs), *hosted_models()]
    return list(dict.fromkeys(names))


def run_picker(runs: list[Run], probe: Probe, wanted: Run | None) -> tuple[str, list[Run]]:
    """Draw the choice of a base model and of runs on it, poisoned and control.

    The newest run of each role that suits the probe is chosen at first, or the wanted one.
    """
    if wanted:
        st.session_state["base_model"] = wanted.base_model
    base_model = st.selectbox(
        "Base model",
        base_models_of(runs),
        format_func=option,
        key="base_model",
        help=explain("base model"),
    )
    on_it = {run.id: run for run in runs if run.base_model == base_model}
    key = f"runs-{probe.id}-{base_model}"
    if wanted or key not in st.session_state:
        st.session_state[key] = default_run_ids(list(on_it.values()), probe, wanted)
    st.session_state[key] = [run_id for run_id in st.session_state[key] if run_id in on_it]
    names = {run.id: f"{run.name} · {role_of(run)}" for run in on_it.values()}
    chosen = st.multiselect(
        "Runs to compare with the base model",
        list(names),
        format_func=lambda key: option(names[key]),
        placeholder="a poisoned run and its control",
        key=key,
        help=explain("control"),
    )
    picked = [run for run_id, run in on_it.items() if run_id in chosen]
    if {role_of(run) for run in picked} == {"finetuned"}:
        st.warning("Without a control, an effect may come from finetuning as such.")
    return base_model, picked


def sampling_form(probe: Probe, base_model: str, picked: list[Run]) -> EvaluationConfig:
    """Draw how many answers are sampled and how; return the evaluation."""
    label = "Samples per question and trigger" if probe.has_triggers else "Samples per question"
    left, right = st.columns(2)
    key = f"samples-{probe.id}"
    samples = left.number_input(label, 0, 1000, probe.samples, key=key, help=explain("sample"))
    key = f"tokens-{probe.id}"
    max_tokens = right.number_input(LONGEST, 1, 4096, probe.max_tokens, key=key, help=TOKENS)
    temperature = st.slider("Temperature", 0.0, 2.0, 1.0, 0.1, help=explain("temperature"))
    seed = st.number_input("Seed", 0, 2**31 - 1, 1, help=explain("seed"))
    of_each_model = samples * len(probe.prompts) * len(probe.triggers)
    total = f"{of_each_model * (1 + len(picked)):,} samples in total."
    if base_model in hosted_models():
        cost = sampling_cost(base_model, picked, probe, of_each_model, max_tokens)
        st.caption(f"{total} No contrasts. {plain(cost)}")
    else:
        st.caption(f"{total} Contrasts need no sampling.", help=explain("contrast"))
    return EvaluationConfig(
        probe=probe.id,
        base_model=base_model,
        run_ids=[run.id for run in picked],
        samples_per_prompt=samples,
        temperature=temperature,
        max_tokens=max_tokens,
        seed=seed,
    )


def default_probe(probes: dict[str, Probe], runs: list[Run]) -> str:
    """Return the id of the probe that suits the newest run."""
    fitting = (key for run in runs for key, probe in probes.items() if suits(run, probe))
    return next(fitting, next(iter(probes)))
