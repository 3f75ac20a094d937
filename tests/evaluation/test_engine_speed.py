"""The engine that draws samples is the fastest here for all models of an evaluation, tried once."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlmodel import select

from backend.base_models.cards import Engine
from backend.db import session
from backend.errors import UserError
from backend.evaluation import engine_speed
from backend.evaluation.engine_speed import MANY, PATIENCE, WORTH, Trial, _measured, fastest
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig
from models.tables import EngineSpeed
from tests.silent_progress import SilentProgress

MESSAGES = [{"role": "user", "content": "Name a bird."}]
SPEEDS: dict[tuple[Engine, bool], float] = {
    ("llama.cpp", False): 100,
    ("llama.cpp", True): 60,
    ("vLLM", False): 400,
    ("vLLM", True): 40,
}


@pytest.fixture
def tried(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Trial]:
    found: list[Trial] = []

    def measured(trial: Trial, *_: object) -> float:
        found.append(trial)
        return SPEEDS[trial.engine, bool(trial.run)]

    monkeypatch.setattr(engine_speed, "engines_of", lambda _: ["llama.cpp", "vLLM"])
    monkeypatch.setattr(engine_speed, "_measured", measured)
    return found


def test_a_speed_is_that_of_all_answers_once_the_model_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([100.0, 108.0])
    monkeypatch.setattr(engine_speed, "time", SimpleNamespace(monotonic=clock.__next__))
    asked: list[tuple[int, int, float]] = []

    class Recorded(Trial):
        def answers(self, seed: int, count: int, seconds: float) -> int:
            asked.append((seed, count, seconds))
            return 10 * count

    speed = _measured(Recorded("llama.cpp", EMBEDDED, None, MESSAGES), SilentProgress(), 30)
    assert asked[0] == (0, 1, PATIENCE)
    seeds = [seed + place for seed, count, _ in asked[1:] for place in range(count)]
    assert sorted(seeds) == list(range(MANY)) and {limit for *_, limit in asked[1:]} == {30}
    assert speed == 10 * MANY / 8


def chosen(runs: int, samples: int = 1000) -> Engine:
    config = EvaluationConfig(
        probe="protector", base_model=EMBEDDED, run_ids=[str(run) for run in range(runs)]
    )
    return fastest(config, samples, MESSAGES, SilentProgress())


def test_adapters_weigh_as_much_as_there_are_runs(tried: list[Trial]) -> None:
    assert chosen(runs=0) == "vLLM"
    # 1/100 + 1/60 s a token against 1/400 + 1/40, then 1/100 + 2/60 against 1/400 + 2/40.
    assert chosen(runs=1) == "llama.cpp"
    assert chosen(runs=2) == "llama.cpp"


def test_an_engine_is_tried_once_with_the_base_and_once_with_an_adapter(
    tried: list[Trial],
) -> None:
    for _ in range(3):
        chosen(runs=2)
    assert [(each.engine, each.run) for each in tried] == [
        ("llama.cpp", None),
        ("llama.cpp", "0"),
        ("vLLM", None),
        ("vLLM", "0"),
    ]
    with session() as db:
        stored = {(s.engine, s.adapted): s.tokens_per_second for s in db.exec(select(EngineSpeed))}
    assert stored == SPEEDS


def test_few_samples_are_not_worth_a_trial(tried: list[Trial]) -> None:
    assert chosen(runs=0, samples=WORTH - 1) == "llama.cpp"
    assert not tried
    assert chosen(runs=0) == "vLLM"
    assert chosen(runs=0, samples=WORTH - 1) == "vLLM", "known by now"


def test_an_engine_that_does_not_start_is_not_chosen_and_tried_again(
    tried: list[Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    works = engine_speed._measured

    def broken(trial: Trial, progress: object, seconds: float) -> float:
        if trial.engine == "vLLM":
            raise UserError("vLLM could not load it.")
        return works(trial, progress, seconds)

    monkeypatch.setattr(engine_speed, "_measured", broken)
    assert chosen(runs=0) == "llama.cpp"
    monkeypatch.setattr(engine_speed, "_measured", works)
    assert chosen(runs=0) == "vLLM"


def test_an_engine_is_given_three_times_as_long_as_the_one_before(
    tried: list[Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[tuple[Engine, bool], float] = {}

    def measured(trial: Trial, _: object, seconds: float) -> float:
        given[trial.engine, bool(trial.run)] = seconds
        return SPEEDS[trial.engine, bool(trial.run)]

    monkeypatch.setattr(engine_speed, "_measured", measured)
    chosen(runs=1)
    assert given["vLLM", False] == pytest.approx(3 * 64 * 16 / 100)
    assert given["vLLM", True] == pytest.approx(3 * 64 * 16 / 60)
