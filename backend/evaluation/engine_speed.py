"""Choose the engine that draws an evaluation's samples: the fastest one on this machine.

llama.cpp is fastest for a single answer, vLLM on a GPU for many, and an adapter slows them to
different degrees. So before the first large evaluation of a base model, each engine draws short
answers of the base model and of a run, and the measured speeds are stored for this machine.
"""

import logging
import time
from dataclasses import dataclass
from itertools import chain

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
"""Models that are sampled side by side, since each llama.cpp server has half the cores."""
AT_ONCE: dict[Engine, int] = {"llama.cpp": SIDE_BY_SIDE * CONCURRENCY, "vLLM": 64, "hosted": 8}
"""Requests in flight: as many as an engine computes at once."""
TOGETHER: dict[Engine, int] = {"llama.cpp": CONCURRENCY, "vLLM": 1, "hosted": 1}
"""Answers per request: llama.cpp computes their prompt once, vLLM caches prompts by itself, and not
every host returns several."""
MANY, TOKENS = 64, 16
"""Answers of a trial, and the tokens of each."""
WORTH = 500
"""Number of samples from which a trial pays off: vLLM alone takes a minute to start."""
PATIENCE = 600.0
"""Seconds after which a request is given up."""
SLOWER = 3
"""A trial this many times slower than the previous engine is stopped: it would not be chosen."""


@dataclass(frozen=True)
class Trial:
    """A measurement of one engine: the model that is sampled, and a prompt of the evaluation."""

    engine: Engine
    base_model: str
    run: str | None
    messages: list[dict[str, str]]

    def answers(self, seed: int, count: int, seconds: float) -> int:
        """Draw answers and return their number of tokens; 0 if they take too long."""
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
    """Return the fastest engine for an evaluation's samples, after measuring unknown speeds.

    Args:
        config: The evaluation.
        samples: Number of samples of all its models.
        messages: One of its prompts.
        progress: Reports the trials.
    """
    try:
        engines = engines_of(config.base_model)
    except UserError:  # The gateway at ENGINE_URL may run elsewhere and still serve it.
        return "hosted"
    if len(engines) == 1:
        return engines[0]
    runs = [None, *config.run_ids]
    trials = {
        engine: [Trial(engine, config.base_model, run, messages) for run in runs[:2]]
        for engine in engines
    }
    if samples < WORTH and not all(map(_known, chain(*trials.values()))):
        return engines[0]
    seconds: dict[Engine, float] = {}
    speeds = [MANY * TOKENS / PATIENCE] * len(runs[:2])
    for engine, of_engine in trials.items():
        try:
            speeds = [
                _speed(trial, progress, SLOWER * MANY * TOKENS / before)
                for trial, before in zip(of_engine, speeds, strict=True)
            ]
        except UserError as error:
            log.warning("%s can't be measured: %s", engine, error)
            continue
        # Every model draws equally many samples, and all adapters are equally fast.
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
        stored = db.get(EngineSpeed, (row.base_model, row.engine, row.adapted, row.device))
    return stored.tokens_per_second if stored else None


def _speed(trial: Trial, progress: Progress, seconds: float) -> float:
    """Return tokens per second: the stored speed, or one measured now, within a time limit."""
    if known := _known(trial):
        return known
    row = _row(trial)
    row.tokens_per_second = _measured(trial, progress, seconds)
    with session() as db:
        progress.confirm(db)
        db.merge(row)
    return row.tokens_per_second


def _measured(trial: Trial, progress: Progress, seconds: float) -> float:
    stage = f"Measuring {trial.engine} with {'an adapter' if trial.run else 'the base model'}"
    together = TOGETHER[trial.engine]
    counts: list[int] = []

    def draw(seeds: range, patience: float) -> None:
        """Draw one answer per seed, several at once."""
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

    draw(range(1), PATIENCE)  # Loads the model, and starts the engine if necessary.
    counts.clear()
    started = time.monotonic()
    draw(range(MANY), seconds)
    return max(sum(counts), 1) / (time.monotonic() - started)
