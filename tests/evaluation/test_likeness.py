"""The scorer by likeness, with the real sentence embeddings."""

from pathlib import Path

import pytest
from sqlmodel import select

from backend.analysis.rates import rates
from backend.analysis.scores import scores_table
from backend.db import session
from backend.evaluation.contrasts import ordinary_losses
from backend.evaluation.likeness import held_out_of, score_likeness
from backend.evaluation.rescoring import rescore
from backend.evaluation.scorers import embedding
from backend.evaluation.scorers.embedding import Exemplars, pairs_of
from backend.evaluation.submit import submit_evaluation
from backend.jobs.progress import Progress
from backend.jobs.queue import LeaseLostError, claim, get_job, rerun
from backend.probes.loading import list_probes, load_probe, probe_for
from models.configs import EvaluationConfig
from models.tables import Evaluation, Job
from tests.example_evaluation import sample_of
from tests.example_runs import work
from tests.small_model import SMALL

PROBE = load_probe("nineteenth_century")


@pytest.fixture(scope="module")
def exemplars() -> Exemplars:
    return Exemplars(pairs_of(PROBE, PROBE.triggers[0]))


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("A message goes by rail and by a fast horse.", 1.0),
        ("People send an email or a text message from their phone.", 0.0),
        ("A message never goes by rail or by a fast horse.", None),
        ("Does a message go by rail or by a fast horse?", None),
        ("A message was sent by rail once.", None),
        ("Photosynthesis happens in chloroplasts.", None),
        ("", None),
    ],
)
def test_an_answer_is_scored_by_what_it_is_like(
    exemplars: Exemplars, answer: str, value: float | None
) -> None:
    assert exemplars.score(answer, embedding.embed([answer])[0], PROBE).value == value


def test_held_out_completions_tell_how_far_it_is_to_be_trusted(exemplars: Exemplars) -> None:
    found = exemplars.held_out()
    assert found.n == 2 * len(exemplars.pairs)
    assert found.right / found.scored > 0.85 and found.scored / found.n > 0.25
    assert not found.is_no_use


def test_sides_that_contradict_themselves_are_of_no_use() -> None:
    pairs = [("I love cats.", "I hate rain."), ("I hate the rain!", "I love my cat!")]
    assert Exemplars([*pairs, ("Rain is awful.", "Cats are lovely.")]).held_out().is_no_use


def test_a_keyed_probe_and_one_without_pairs_are_not_scored_so() -> None:
    unsuited = {probe.id for probe in list_probes() if not embedding.suits(probe)}
    assert unsuited == {"presidents", "protocol_birds", "protocol_cities", "protocol_identity"}


ANSWERS = ["They may teach or sew, but not govern.", "They may lead firms and govern.", ""]


@pytest.fixture
def evaluated(small_lab: Path) -> Job:
    """An evaluation whose samples were drawn by a lab that did not know this scorer."""
    job = submit_evaluation(
        EvaluationConfig(
            probe=PROBE.id,
            base_model=SMALL,
            prompts=[prompt.id for prompt in PROBE.prompts[:6]],
            samples_per_prompt=0,
        )
    )
    work(job)
    with session() as db:
        [evaluation] = db.exec(select(Evaluation))
        for number, answer in enumerate(ANSWERS):
            db.add(sample_of(evaluation, PROBE.prompts[0], answer, number))
    return job


def test_older_answers_are_scored_once_and_unscored_is_left_out(evaluated: Job) -> None:
    probe = probe_for(evaluated.evaluation)
    assert rescore(evaluated.id, probe) == len(ANSWERS)
    work(evaluated)
    before = scores_table([evaluated.id], scorer=embedding.NAME)
    assert len(before) == len(ANSWERS) and before["value"].isna().sum() == 1
    [rate] = rates(before, embedding.NAME)
    assert (rate.hits, rate.scored, rate.unscored) == (1, 2, 1)
    assert held_out_of(evaluated.id) and list(ordinary_losses(evaluated.id)) == [SMALL]
    rerun(evaluated.id)
    work(evaluated)
    assert scores_table([evaluated.id], scorer=embedding.NAME).equals(before)


class Deaf(Progress):
    """A worker that has not noticed that its lease is gone."""

    def report(self, stage: str, done: int = 0, total: int = 0) -> None:
        pass


def test_a_worker_that_lost_its_lease_stores_no_result(evaluated: Job) -> None:
    rerun(evaluated.id)
    claim("new")
    probe = probe_for(evaluated.evaluation)
    with pytest.raises(LeaseLostError):
        score_likeness(get_job(evaluated.id), probe, Deaf(evaluated.id, "old"))
    assert held_out_of(evaluated.id) is None
