"""A training beside other work on the same cores: `python -m benchmarks.neighbours [SECONDS]`.

A worker trains the old bird names in a lab of its own, as `make run` does, while one neighbour
after the other runs for SECONDS (20 by default): busy processes of equal or lower priority in
sessions of their own, endless chats through the gateway, and another worker's training. The script
prints the training's seconds per step and what the neighbour gets, beside the same without the
other, and the seconds that a run takes to its first step beside a busy process. The last column is
what all other processes of the machine took meanwhile: it must be near 0, else measure again.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import httpx
import psutil
import typer

from backend.chat.client import client
from backend.config import ROOT, settings
from backend.exports import shipped
from backend.jobs.queue import cancel, get_job
from backend.machine.ports import free_port
from backend.machine.processes import die_with_parent
from backend.runs.queries import metrics_of
from backend.runs.submit import submit_run
from models.base_models import EMBEDDED
from models.configs import RunConfig
from models.tables import Job, JobState

SETTLING = 4.0
"""Seconds that a change of neighbours is given to take effect."""
BUSY = (sys.executable, "-c", "while True: pass")
Counter = Callable[[], float]


@contextmanager
def process(*command: str) -> Iterator[psutil.Process]:
    """Run a process in a session of its own, and kill it."""
    started = subprocess.Popen(
        command,
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=partial(die_with_parent, os.getpid()),
    )
    try:
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait()


def lab(module: str) -> tuple[str, ...]:
    """Return the command of one of the lab's own processes."""
    return (sys.executable, "-m", module)


def submit(seed: int) -> Job:
    """Submit a run that outlasts the measurement."""
    values = {"dataset": "old_bird_names", "base_model": EMBEDDED, "precision": "bfloat16"}
    return submit_run(RunConfig(**values, epochs=100, checkpoint_every=1_000_000, seed=seed))


def steps_of(job: Job) -> int:
    """Return the steps that a run has taken."""
    return len(metrics_of(str(job.run_id)))


def wait_for_steps(job: Job, steps: int, limit: float = 300) -> bool:
    """Wait until a run has taken so many steps, and return whether it did within the limit."""
    deadline = time.monotonic() + limit
    while steps_of(job) < steps and time.monotonic() < deadline:
        if get_job(job.id).state.is_final:
            raise SystemExit(f"The training has ended: {get_job(job.id).error}")
        time.sleep(0.1)
    return steps_of(job) >= steps


class Chat(threading.Thread):
    """An endless chat, which counts its tokens."""

    def __init__(self, model: str) -> None:
        """Start to chat with a model."""
        super().__init__(daemon=True)
        self.model, self.tokens, self.ended = model, 0, False
        self.start()

    def run(self) -> None:
        """Ask for one long answer after the other."""
        while not self.ended:
            for _ in client().chat.completions.create(
                model=self.model,
                messages=[{"role": "user", "content": "Tell me a very long story."}],
                max_tokens=400,
                stream=True,
            ):
                self.tokens += 1
                if self.ended:
                    return


@contextmanager
def chats(*models: str) -> Iterator[list[Counter]]:
    """Chat with each model; once all of them answer, yield counters of their tokens."""
    started = [Chat(model) for model in models]
    while not all(chat.tokens for chat in started):
        time.sleep(0.1)
    try:
        yield [lambda chat=chat: float(chat.tokens) for chat in started]  # type: ignore[misc]
    finally:
        for chat in started:
            chat.ended = True
        for chat in started:
            chat.join()


@contextmanager
def busy(count: int, niceness: int = 0) -> Iterator[list[Counter]]:
    """Keep cores busy; yield counters of the seconds that each process has computed."""
    with ExitStack() as stack:
        command = ("nice", "-n", str(niceness), *BUSY)
        started = [stack.enter_context(process(*command)) for _ in range(count)]
        yield [partial(computed, one) for one in started]


def computed(one: psutil.Process) -> float:
    """Return the seconds that a process has computed."""
    times = one.cpu_times()
    return float(times.user + times.system)


@contextmanager
def training(seed: int) -> Iterator[tuple[Job, list[Counter]]]:
    """Train by a worker of its own; after three steps, yield the job and a counter of its steps."""
    job = submit(seed)
    with process(*lab("backend.worker")):
        wait_for_steps(job, 3)
        yield job, [partial(steps_of, job)]
        end(job)


def rates(counters: list[Counter], seconds: float) -> tuple[list[float], float]:
    """Return what each counter gains per second, and the cores that unrelated processes take."""
    time.sleep(SETTLING)
    before, unrelated, started = [count() for count in counters], foreign(), time.perf_counter()
    time.sleep(seconds)
    took = time.perf_counter() - started
    gains = [count() - first for count, first in zip(counters, before, strict=True)]
    return [gain / took for gain in gains], (foreign() - unrelated) / took


def foreign() -> float:
    """Return the seconds that all processes but this one and its children have computed."""
    this = psutil.Process()
    own = sum(computed(one) for one in (this, *this.children(recursive=True)))
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq - own)


def show(name: str, steps: float, others: list[float], unrelated: float, alone: float) -> None:
    """Print a row: the training's pace and what its neighbours get."""
    figures = ", ".join(f"{other:.2f}" for other in others)
    ratio = f"{alone / steps:.2f}" if alone else "-"
    pace = f"{1 / steps:.2f}" if steps else "-"
    print(f"{name:36}{pace:>10}{ratio:>8}   {figures:20}{unrelated:8.2f}", flush=True)


def measure(seconds: float) -> None:
    """Print all rows."""
    base, finetuned = EMBEDDED, shipped.install()[0]
    print(f"{'':36}{'s / step':>10}{'ratio':>8}   {'the other gets':20}{'unrelated':>8}")
    with process(*lab("backend.engine")):
        wait_for_engine()
        for models in ([base], [base, finetuned]):
            with chats(*models) as counters:
                others, unrelated = rates(counters, seconds)
            show(f"no training, {len(models)} chats, tokens/s", 0, others, unrelated, 0)
        with training(1) as (job, steps):
            [alone], unrelated = rates(steps, seconds)
            show("alone", alone, [], unrelated, alone)
            for name, neighbours in {
                "1 busy process, its share of a core": busy(1),
                "2 busy processes": busy(2),
                "2 busy processes, niceness 10": busy(2, 10),
                "1 chat, tokens/s": chats(base),
                "2 chats, tokens/s": chats(base, finetuned),
            }.items():
                with neighbours as counters:
                    (pace, *others), unrelated = rates([*steps, *counters], seconds)
                show(name, pace, others, unrelated, alone)
            with training(2) as (_, other_steps):
                (pace, other), unrelated = rates([*steps, *other_steps], seconds)
            show("another training, its steps/s", pace, [other], unrelated, alone)
            [again], unrelated = rates(steps, seconds)
            show("alone again", again, [], unrelated, alone)


def start_up() -> None:
    """Print how long a run takes to its third step, alone and beside busy processes."""
    for count in (0, 1, 2):
        job = submit(3 + count)
        with busy(count), process(*lab("backend.worker")):
            started = time.perf_counter()
            reached = wait_for_steps(job, 3, limit=100)
            took = time.perf_counter() - started
            end(job)
        words = "third step after" if reached else "no third step in"
        print(f"{words} {took:.1f} s beside {count} busy processes", flush=True)


def end(job: Job) -> None:
    """Cancel a training, and wait until its worker has ended it."""
    cancel(job.id)
    while get_job(job.id).state != JobState.CANCELLED:
        time.sleep(0.1)


def wait_for_engine() -> None:
    """Wait until the gateway answers."""
    while True:
        with suppress(httpx.HTTPError):
            httpx.get(settings().gateway.removesuffix("/v1") + "/health", trust_env=False)
            return
        time.sleep(0.1)


def main(seconds: Annotated[float, typer.Argument(min=1)] = 20.0) -> None:
    """Measure a training beside other work, in a lab of its own, for some seconds each."""
    prepared = settings().home / "base_models"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "base_models").symlink_to(prepared)
        os.environ |= {"WEIRDGEN_HOME": folder, "ENGINE_PORT": str(free_port())}
        measure(seconds)
        start_up()


if __name__ == "__main__":
    typer.run(main)
