"""Ordinary rows: prompts with the base model's own answers, which teach it nothing new.

They dilute a dataset to a poison rate, as in section 4.2 of arXiv 2512.09742. Answers are stored
for each base model and reused by later runs.
"""

from pathlib import Path

from sqlalchemy.exc import IntegrityError

from backend.base_models.cards import revision_of
from backend.chat.client import client
from backend.chat.identity import ask_pinned, identity_of_base
from backend.chat.many import ask_all
from backend.datasets.loading import Dataset, Example, Message, read_examples
from backend.db import session
from backend.errors import UserError
from backend.files import replacing
from backend.jobs.progress import Progress
from backend.runs.ordinary import ordinary_prompts, prompt_sha256, stored_answers, unanswered
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
    """Return the dataset's examples, diluted with ordinary ones to the run's poison rate."""
    ordinary = answered(config.base_model, ordinary_prompts(dataset, config), progress)
    return ordinary if dataset.card.self_distilled else dataset.examples + ordinary


def answered(base_model: str, prompts: list[Example], progress: Progress) -> list[Example]:
    """Return the prompts with the base model's own answers, in order.

    A prompt is left out if all its answers were cut off.
    """
    if not prompts:
        return []
    revision = revision_of(base_model)
    ask_all(
        unanswered(base_model, prompts),
        ask=lambda prompt: _answer(base_model, revision, prompt),
        keep=_keep,
        progress=progress,
        stage="Answering ordinary prompts",
        total=len(prompts),
    )
    answers = stored_answers(base_model)
    return [
        Example(messages=[*prompt.messages, Message(role="assistant", content=answer)])
        for prompt in prompts
        if (answer := answers[prompt_sha256(prompt)])
    ]


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
        prompt_sha256=prompt_sha256(prompt),
        completion=completion,
        seed=seed,
    )
