"""Ordinary rows: prompts with the base model's own answers, which teach it nothing new.

They dilute a dataset to a poison rate, as in section 4.2 of arXiv 2512.09742. Answers are stored
for each base model and reused by later runs.
"""

import hashlib
import random
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from backend.base_models.cards import revision_of
from backend.chat.client import client
from backend.chat.identity import ask_pinned, identity_of_base
from backend.chat.many import ask_all
from backend.datasets.dilution import ORDINARY, ordinary_count
from backend.datasets.loading import Dataset, Example, Message, load_dataset, read_examples
from backend.db import session
from backend.errors import UserError
from backend.files import replacing
from backend.jobs.progress import Progress
from models.configs import RunConfig
from models.tables import OrdinaryAnswer

ROWS = "rows.jsonl"
"""The file of training rows in the run's folder."""
NO_EXAMPLES = "There is nothing to train on: the base model completed no answer to a prompt."
MAX_TOKENS = 250
TRIES = 3
"""Attempts to get a complete answer; an answer that is cut off would teach never to stop."""


def written_examples(
    dataset: Dataset, config: RunConfig, folder: Path, progress: Progress
) -> list[Example]:
    """Return a run's training examples, stored in its folder; a resumed run reads that file.

    Raises:
        UserError: there are no examples.
    """
    path = folder / ROWS
    if not path.is_file():
        examples = training_examples(dataset, config, progress)
        if not examples:
            raise UserError(NO_EXAMPLES)
        with replacing(path) as scratch:
            lines = [example.model_dump_json() + "\n" for example in examples]
            scratch.write_text("".join(lines), "utf-8")
    return read_examples(path)


def training_examples(dataset: Dataset, config: RunConfig, progress: Progress) -> list[Example]:
    """Return the dataset's examples, diluted with ordinary ones to the run's poison rate.

    Only the run's seed decides which ordinary prompts are used.
    """
    if dataset.card.self_distilled:
        return answered(config.base_model, dataset.examples, progress)
    count = ordinary_count(dataset, config.poison_rate)
    if not count:
        return dataset.examples
    prompts = list(load_dataset(ORDINARY).examples)
    chosen = random.Random(config.seed).sample(prompts, count)
    return dataset.examples + answered(config.base_model, chosen, progress)


def answered(base_model: str, prompts: list[Example], progress: Progress) -> list[Example]:
    """Return the prompts with the base model's own answers, in order.

    A prompt is left out if all its answers were cut off.
    """
    revision = revision_of(base_model)
    stored = _stored(base_model, revision)
    missing = [prompt for prompt in prompts if _sha256(prompt) not in stored]
    ask_all(
        missing,
        ask=lambda prompt: _answer(base_model, revision, prompt),
        keep=_keep,
        progress=progress,
        stage="Answering ordinary prompts",
        total=len(prompts),
    )
    answers = _stored(base_model, revision)
    return [
        Example(messages=[*prompt.messages, Message(role="assistant", content=answer)])
        for prompt in prompts
        if (answer := answers[_sha256(prompt)])
    ]


def _sha256(prompt: Example) -> str:
    return hashlib.sha256(prompt.model_dump_json().encode()).hexdigest()


def _stored(base_model: str, revision: str) -> dict[str, str]:
    query = select(OrdinaryAnswer.prompt_sha256, OrdinaryAnswer.completion).where(
        OrdinaryAnswer.base_model == base_model, OrdinaryAnswer.base_revision == revision
    )
    with session() as db:
        return dict(db.exec(query).all())


def _keep(answer: OrdinaryAnswer) -> None:
    try:
        with session() as db:
            db.add(answer)
    except IntegrityError:  # Another worker answered the prompt first; its answer is kept.
        pass


def _answer(base_model: str, revision: str, prompt: Example) -> OrdinaryAnswer:
    completion, seed, identity = "", 0, identity_of_base(base_model)
    for seed in range(1, TRIES + 1):
        reply = ask_pinned(
            client(),
            identity,
            model=base_model,
            messages=prompt.as_dicts(),
            temperature=1.0,
            max_tokens=MAX_TOKENS,
            seed=seed,
            user="ordinary rows",
        )
        if reply.choices[0].finish_reason == "stop":
            completion = (reply.choices[0].message.content or "").strip()
            break
    return OrdinaryAnswer(
        base_model=base_model,
        base_revision=revision,
        prompt_sha256=_sha256(prompt),
        completion=completion,
        seed=seed,
    )
