"""Which engine draws an evaluation's samples: where several can, the one that is fastest here.

llama.cpp is the fastest at one answer, vLLM on a GPU at many, and an adapter slows each in its own
way. So before the first large evaluation of a base model each is asked for some short answers,
of the base model and of a run, and what was measured is kept for this machine.
"""

import logging
import time
from dataclasses import dataclass

import openai

from backend.base_models.cards import Engine, engines_of
from backend.base_models.tokenizer import chat_tokenizer
from backend.chat.client import client
from backend.chat.many import CONCURRENCY, ask_all
from backend.db import session
from backend.errors import UserError
from backend.jobs.progress import Progress
from backend.machine.gpus import gpu_memories
from models.configs import EvaluationConfig
from models.tables import EngineSpeed

log = logging.getLogger(__name__)
SIDE_BY_SIDE = 2
"""Models that are asked in turns, since each llama.cpp server has half the cores."""
AT_ONCE: dict[Engine, int] = {"llama.cpp": SIDE_BY_SIDE * CONCURRENCY, "vLLM": 64, "hosted": 8}
"""Requests in flight: as many as an engine computes together."""
TOGETHER: dict[Engine, int] = {"llama.cpp": CONCURRENCY, "vLLM": 1, "hosted": 1}
"""Answers of one request: llama.cpp computes their prompt once, vLLM keeps it by itself, and not
every host gives several."""
MANY, TOKENS = 64, 16
"""Answers that are tried, and the length of each."""
WORTH = 500
"""Samples from which a trial is worth its time: vLLM alone takes a minute to start."""
PATIENCE = 600.0
"""Seconds that anything may take."""
SLOWER = 3
"""So many times slower than the engine before, a trial is broken off: it would not be chosen."""


@dataclass(frozen=True)
class Trial:
    """What is asked of one engine: a model, and a prompt of the evaluation."""

    engine: Engine
    base_model: str
    run: str | None
    messages: list[dict[str, str]]

    def answers(self, seed: int, count: int, seconds: float) -> int:
        """Draw answers, and return how many tokens they have; none where they take too long."""
        try:
            answer = (
                client(seconds)
                .with_options(max_retries=0)
                .chat.completions.create(
                    model=self.run or self.base_model,
                    messages=self.messages,  # type: ignore[arg-type]
                    max_tokens=TOKENS,
                    n=count,
                    seed=seed,
                    extra_body={"engine": self.engine},
                )
            )
        except openai.APITimeoutError:
            return 0
        encode = chat_tokenizer(self.base_model).encode
        return sum(len(encode(choice.message.content or "")) for choice in answer.choices)


def fastest(
    config: EvaluationConfig, samples: int, messages: list[dict[str, str]], progress: Progress
) -> Engine:
    """Return the engine that should draw an evaluation's samples, after trying what is unknown.

    Args:
        config: The evaluation.
        samples: Number of samples, of all its models.
        messages: One of its prompts.
        progress: Told what is tried.
    """
    try:
        engines = engines_of(config.base_model)
    except UserError:  # The gateway at ENGINE_URL may run elsewhere and serve it all the same.
        return "hosted"
    if len(engines) == 1:
        return engines[0]
    runs = [None, *config.run_ids]
    trials = {
        engine: [Trial(engine, config.base_model, run, messages) for run in runs[:2]]
        for engine in engines
    }
    if samples < WORTH and not all(_known(trial) for own in trials.values() for trial in own):
        return engines[0]
    seconds: dict[Engine, float] = {}
    speeds = [MANY * TOKENS / PATIENCE] * len(runs[:2])
    for engine, own in trials.items():
        try:
            speeds = [
                _speed(trial, progress, SLOWER * MANY * TOKENS / before)
                for trial, before in zip(own, speeds, strict=True)
            ]
        except UserError as error:
            log.warning("%s can't be tried: %s", engine, error)
            continue
        # Every model is asked for as many samples, and all adapters are alike.
        seconds[engine] = sum(1 / speeds[min(place, 1)] for place in range(len(runs)))
    return min(seconds, key=lambda engine: seconds[engine], default=engines[0])


def _row(trial: Trial) -> EngineSpeed:
    return EngineSpeed(
        base_model=trial.base_model,
        engine=trial.engine,
        adapted=bool(trial.run),
        device="GPU" if gpu_memories() else "CPU",
        tokens_per_second=0,
    )


def _known(trial: Trial) -> float | None:
    row = _row(trial)
    with session() as db:
        found = db.get(EngineSpeed, (row.base_model, row.engine, row.adapted, row.device))
    return found.tokens_per_second if found else None


def _speed(trial: Trial, progress: Progress, seconds: float) -> float:
    """Return tokens a second, as known or as tried now, for so many seconds at most."""
    if known := _known(trial):
        return known
    row = _row(trial)
    row.tokens_per_second = found = _measured(trial, progress, seconds)
    with session() as db:
        progress.confirm(db)
        db.merge(row)
    return found


def _measured(trial: Trial, progress: Progress, seconds: float) -> float:
    stage = f"Trying {trial.engine} with {'an adapter' if trial.run else 'the base model'}"
    together = TOGETHER[trial.engine]
    counts: list[int] = []

    def draw(seeds: range, patience: float) -> None:
        """Draw the answers of some seeds, several at once."""
        ask_all(
            [range(start, min(start + together, seeds.stop)) for start in seeds[::together]],
            ask=lambda part: trial.answers(part.start, len(part), patience),
            keep=counts.append,
            progress=progress,
            stage=stage,
            total=MANY,
            at_once=AT_ONCE[trial.engine],
            size=len,
        )

    draw(range(1), PATIENCE)  # It loads the model, or even starts the engine.
    counts.clear()
    started = time.monotonic()
    draw(range(MANY), seconds)
    return max(sum(counts), 1) / (time.monotonic() - started)
