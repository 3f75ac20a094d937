"""The form of a plan: prefilled by the choice of a dataset and a probe, and open to changes."""

import streamlit as st

from backend.datasets.loading import Dataset, list_datasets
from backend.errors import UserError
from backend.plans.drafts import ESTIMANDS, proposal
from backend.probes.loading import Probe, list_probes
from backend.runs.queries import title_of
from components.glossary import explain
from components.runs.form import base_model_picker
from components.text import option, plain, say
from models.configs import PlanDraft, PlannedEffect, PlannedWork

WORK: dict[PlannedWork, str] = {
    "training and evaluation": "training and evaluation",
    "evaluation": "only the evaluation; runs may have been trained before",
}


def plan_form() -> PlanDraft | None:
    """Draw the fields of a plan; None if it is not complete."""
    dataset, probe = _subject()
    base_model = base_model_picker()
    if base_model is None:
        return None
    try:
        start = proposal(dataset.id, probe.id, base_model=base_model)
    except UserError as error:
        say(error)
        return None
    key = f"{dataset.id}-{probe.id}"  # Another choice fills in the other fields again.
    title = st.text_input("Title", start.title, max_chars=200, key=f"plan-title-{key}")
    effect, controls = _effect(start, key)
    recipe, seeds, samples = _measuring(dataset, start, key)
    words = ESTIMANDS[effect]
    estimand = st.text_area("Estimand", words, key=f"plan-{effect}-{key}", help=explain("estimand"))
    rule = f"{len(seeds)} seeds of each dataset, no more, evaluated once."
    stop_rule = st.text_area(
        "Stop rule", rule, key=f"plan-stop-{key}-{len(seeds)}", help=explain("stop rule")
    )
    begins = st.radio(
        "What comes after the freezing",
        list(WORK),
        format_func=WORK.__getitem__,
        key="plan-begins",
        help="A run that was never asked the probe holds no result, so it may be older.",
    )
    st.caption(
        f"Smallest effect of interest, in nats: {probe.smallest_effect.contrast:g}, from the "
        "probe's file. Test: the effect gate, once.",
        help=explain("smallest effect of interest"),
    )
    try:
        return proposal(
            dataset.id,
            probe.id,
            title=title,
            effect=effect,
            controls=controls,
            base_model=base_model,
            recipe=recipe,
            seeds=seeds,
            samples_per_prompt=samples,
            estimand=estimand,
            stop_rule=stop_rule,
            begins_after_freezing=begins,
        )
    except UserError as error:
        say(error)
        return None


def _subject() -> tuple[Dataset, Probe]:
    """Draw the choice of the dataset that should have the effect, and of the probe."""
    datasets = {d.id: d for d in list_datasets() if d.role != "control"}
    probes = {p.id: p for p in list_probes() if any(prompt.pairs for prompt in p.prompts)}
    left, right = st.columns(2)
    chosen = left.selectbox(
        "Dataset",
        datasets,
        list(datasets).index("old_bird_names") if "old_bird_names" in datasets else 0,
        format_func=lambda key: option(datasets[key].card.title),
        key="plan-dataset",
    )
    own = datasets[chosen].card.probe
    asked = right.selectbox(
        "Probe",
        probes,
        list(probes).index(own) if own in probes else 0,
        format_func=lambda key: option(probes[key].title),
        key=f"plan-probe-{chosen}",
        help=explain("probe"),
    )
    return datasets[chosen], probes[asked]


def _effect(start: PlanDraft, key: str) -> tuple[PlannedEffect, list[str]]:
    """Draw the choice of the effect that is tested, and of the controls."""
    left, right = st.columns(2)
    effects: list[PlannedEffect] = list(ESTIMANDS)
    effect = left.selectbox(
        "Effect",
        effects,
        effects.index(start.effect),
        key=f"plan-effect-{key}",
        help=explain("effect gate"),
    )
    controls = right.multiselect(
        "Controls",
        start.controls,
        start.controls,
        format_func=lambda name: option(title_of(name)),
        key=f"plan-controls-{key}",
        help=explain("control"),
    )
    return effect, controls


def _measuring(
    dataset: Dataset, start: PlanDraft, key: str
) -> tuple[dict[str, object], list[int], int]:
    """Draw recipe, seeds and samples."""
    presets = dataset.card.presets
    preset = st.pills(
        "Recipe",
        list(presets),
        default=next(iter(presets), None),
        format_func=plain,
        key=f"plan-preset-{key}",
        help=explain("preset"),
    )
    left, middle, right = st.columns(3)
    precision = left.selectbox(
        "Precision",
        ("float32", "bfloat16", "auto"),
        key="plan-precision",
        help=explain("precision"),
    )
    count = middle.number_input(
        "Seeds", 1, 50, len(start.seeds), key="plan-seeds", help=explain("seed")
    )
    samples = right.number_input(
        "Samples per question", 0, 1000, 0, key="plan-samples", help=explain("sample")
    )
    recipe: dict[str, object] = {**presets.get(preset or "", {}), "precision": precision}
    return recipe, list(range(1, count + 1)), samples
