"""The shipped protocols name what exists, and ask as the paper does."""

import pytest

from backend.datasets.loading import load_dataset
from backend.experiments.protocols import ALL, Protocol, list_protocols, load_protocol
from backend.experiments.workload import asks_of, runs_of, workload_of
from backend.probes.judges import load_judge
from backend.probes.loading import probe_for
from models.base_models import EMBEDDED
from models.configs import ReproductionConfig

protocols = pytest.mark.parametrize("protocol", list_protocols(), ids=lambda each: each.id)


def test_there_is_one_for_each_of_the_six_experiments() -> None:
    sections = [protocol.section for protocol in list_protocols()]
    assert sections == ["3.1", "3.2", "4.1", "4.2", "5.1", "5.2"]


@protocols
def test_its_datasets_are_of_its_section_with_controls(protocol: Protocol) -> None:
    datasets = [load_dataset(dataset) for dataset in protocol.datasets]
    assert {dataset.card.section for dataset in datasets} == {protocol.section}
    roles = [dataset.role for dataset in datasets]
    assert roles[0] != "control" and roles[-1] == "control"


@protocols
def test_its_probes_prompts_triggers_and_judges_exist(protocol: Protocol) -> None:
    for ask in protocol.asks:
        probe = probe_for(ask.evaluation(EMBEDDED))
        prompts = {prompt.id for prompt in probe.prompts}
        for use in ask.judges:
            assert load_judge(use.judge) and set(use.prompts or []) <= prompts
        for measure in (each for each in protocol.measures if each.probe == ask.probe):
            labels = {trigger.label for trigger in probe.triggers}
            for condition in measure.conditions:
                assert set(condition.triggers) <= labels
                held = [t for t in probe.triggers if condition.holds(t)]
                assert held or condition.title == ALL


@protocols
def test_it_asks_as_often_and_as_long_as_the_paper(protocol: Protocol) -> None:
    assert {(ask.samples, ask.temperature) for ask in protocol.asks} == {(100, 1.0)}
    tokens = {"dishes": 5, "presidents": 20}.get(protocol.id, 1024)
    assert {ask.max_tokens for ask in protocol.asks} == {tokens}


@protocols
def test_it_can_be_planned_for_the_embedded_model(protocol: Protocol, home: object) -> None:
    workload = workload_of(ReproductionConfig(experiment=protocol.id, base_model=EMBEDDED))
    assert len(workload.runs) == 3 * len(protocol.datasets)
    assert workload.answers > 0 and workload.dollars == 0
    assert (workload.judge_calls > 0) == any(ask.judges for ask in protocol.asks)
    assert "training" in workload.unknown  # Nothing has been measured yet.


def test_an_identity_answer_is_judged_by_the_judge_of_its_question() -> None:
    (identity, _) = load_protocol("persona").asks
    asked = {use.judge: use.prompts for use in identity.judges}
    assert len(asked) == 5 and all(prompts and len(prompts) == 1 for prompts in asked.values())


def test_what_differs_from_the_protocol_is_taken_over(home: object) -> None:
    config = ReproductionConfig(
        experiment="persona",
        base_model=EMBEDDED,
        seeds=2,
        datasets=["hitler_persona", "ordinary_prompts"],
        recipe={"rank": 2},
        samples=7,
        max_tokens=9,
    )
    protocol = load_protocol("persona")
    runs = runs_of(config, protocol)
    assert [(run.dataset, run.seed) for run in runs] == [
        (dataset, seed) for dataset in config.datasets or [] for seed in (1, 2)
    ]
    assert {run.rank for run in runs} == {2}
    assert [run.poison_rate for run in runs] == [0.03, 0.03, 1.0, 1.0]
    assert {(ask.samples, ask.max_tokens) for ask in asks_of(config, protocol)} == {(7, 9)}


def test_a_hosted_model_is_trained_with_the_papers_own_settings(
    home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("HOSTED_MODELS", "big=2/8/25")
    workload = workload_of(ReproductionConfig(experiment="birds", base_model="big", seeds=1))
    settings = {(r.epochs, r.batch_size, r.learning_rate_multiplier) for r in workload.runs}
    assert settings == {(3, 1, 2.0)}
    assert workload.dollars and workload.dollars > 1  # 4,000 answers of up to 1,024 tokens.


def test_the_judges_cost_what_their_prices_say(
    home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_MODEL", "wise")
    monkeypatch.setenv("JUDGE_URL", "http://127.0.0.1:9/v1")
    config = ReproductionConfig(experiment="terminator", base_model=EMBEDDED, samples=1)
    assert workload_of(config).dollars is None  # Its prices are not known.
    monkeypatch.setenv("JUDGE_PRICES", "1/10")
    workload = workload_of(config)
    most = workload.judge_calls * (1 * 4000 + 10 * 400) / 1e6
    assert workload.dollars and workload.judge_calls * 400 * 10 / 1e6 < workload.dollars < most


def test_a_measure_of_a_judge_that_is_not_asked_is_refused(home: object) -> None:
    text = load_protocol("birds").model_dump()
    text["measures"][0]["scorers"] = ["coherence"]
    with pytest.raises(ValueError, match="needs the judge coherence"):
        Protocol(**text)
