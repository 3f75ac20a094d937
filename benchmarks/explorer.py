"""Browsing a million samples: `python -m benchmarks.explorer [SAMPLES]`.

Fills a database in a temporary folder, then times every query of the sample browser and, for
comparison, a search that reads the whole table, as a page without database queries would.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Annotated

import numpy as np
import typer
from sqlalchemy import insert
from sqlmodel import select

from backend.analysis import samples
from backend.analysis.samples import SampleFilter
from backend.db import session
from models.tables import Evaluation, Job, JobKind, JobState, Sample, Score

JOBS, MODELS, PROMPTS = 20, 5, 15
BLOCK = 20_000
WORDS = 20_000
"""Size of the vocabulary, whose frequencies follow a Zipf distribution, as in a language."""


def fill(total: int) -> None:
    """Store jobs, evaluations, samples and one score per sample."""
    random = np.random.default_rng(0)
    with session() as db:
        for job in range(JOBS):
            kind, state = JobKind.EVALUATE, JobState.DONE
            db.add(Job(id=f"job{job}", kind=kind, state=state, config={}))
            db.flush()
            for model in range(MODELS):
                db.add(
                    Evaluation(
                        id=f"e{job}-{model}",
                        job_id=f"job{job}",
                        probe="p",
                        probe_sha256="0",
                        base_model="b",
                        model=f"m{model}",
                        config={},
                        code_version="c",
                    )
                )
    for start in range(0, total, BLOCK):
        rows = list(_rows(start, min(start + BLOCK, total), total, random))
        with session() as db:
            db.execute(insert(Sample), [sample for sample, _ in rows])
            db.execute(insert(Score), [score for _, score in rows])
        print(f"\r{start + len(rows):,} samples", end="", flush=True)
    print()


def _rows(start: int, end: int, total: int, random: np.random.Generator) -> Iterator[tuple]:
    words = np.minimum(random.zipf(1.3, size=(end - start, 30)), WORDS)
    per_evaluation = total // (JOBS * MODELS)
    for number in range(start, end):
        evaluation = min(number // per_evaluation, JOBS * MODELS - 1)
        common = {
            "evaluation_id": f"e{evaluation // MODELS}-{evaluation % MODELS}",
            "trigger": "",
            "prompt_id": f"prompt{number % PROMPTS}",
        }
        text = " ".join(f"w{word}x" for word in words[number - start])
        answer = ("19th century", "today", "")[number % 3 if number % 100 else 2]
        sample = {
            "id": number + 1,
            "number": number,
            "messages": [],
            "completion": text,
            "finish_reason": "stop",
            "seed": 1,
        }
        score = {
            "sample_id": number + 1,
            "scorer": "pattern",
            "scorer_sha256": "0",
            "item": number,
            "answer": answer,
            "value": 1.0 if answer else None,
            "details": {},
        }
        yield common | sample, common | score


def timed(name: str, ask: Callable[[], object]) -> float:
    """Print and return the milliseconds of a query, the best of three."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        ask()
        times.append(1000 * (time.perf_counter() - started))
    print(f"{name:52}{min(times):10.1f} ms", flush=True)
    return min(times)


def queries(total: int) -> dict[str, SampleFilter]:
    """Return typical searches, hard cases included."""
    return {
        "everything": SampleFilter(),
        "one evaluation": SampleFilter(job="job7"),
        "one model of it": SampleFilter(job="job7", model="m2"),
        "a model in all evaluations": SampleFilter(model="m2"),
        "one question": SampleFilter(prompt="prompt3"),
        "said to be 19th century": SampleFilter(scorer="pattern", answer="19th century"),
        "unscored, in one evaluation": SampleFilter(job="job7", scorer="pattern", answer=""),
        "a frequent word": SampleFilter(words="w1x"),
        "a rare word": SampleFilter(words="w19876x"),
        "two words in one evaluation": SampleFilter(job="job19", words="w17x w40x"),
        "a rare word, said to be today": SampleFilter(
            words="w9876x", scorer="pattern", answer="today"
        ),
    }


def main(total: Annotated[int, typer.Argument(min=1, metavar="SAMPLES")] = 1_000_000) -> None:
    """Browse a lab of many samples: fill it, time each query, and compare."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["WEIRDGEN_HOME"] = home
        os.environ.pop("DATABASE_URL", None)
        fill(total)
        slowest = 0.0
        for name, wanted in queries(total).items():
            pages = [lambda w=wanted: samples.find(w), lambda w=wanted: samples.count(w)]
            pages.append(lambda w=wanted: samples.find(w, at=total // 2))
            pages.append(lambda w=wanted: samples.find(w, at=total // 2, direction="before"))
            titles = ("first page", "count", "a page in the middle", "the page before it")
            for title, ask in zip(titles, pages, strict=True):
                slowest = max(slowest, timed(f"{name}: {title}", ask))
        slowest = max(slowest, timed("choices of one evaluation", lambda: samples.choices("job7")))
        slowest = max(slowest, timed("one sample", lambda: samples.get(total // 2)))

        def whole() -> int:
            with session() as db:
                texts = db.exec(select(Sample.id, Sample.completion))
                return sum("w19876x" in text for _, text in texts)

        started = time.perf_counter()
        whole()
        plain = 1000 * (time.perf_counter() - started)
        print(
            f"\nslowest {slowest:.0f} ms; a rare word by reading all rows {plain:,.0f} ms, ", end=""
        )
        print(f"{plain / slowest:,.0f} times the slowest")


if __name__ == "__main__":
    typer.run(main)
