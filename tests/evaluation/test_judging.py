"""Judging stored answers, against a judge that answers over real HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from sqlmodel import select

from backend.analysis.rates import rates, sampled_scorers
from backend.analysis.scores import scores_table
from backend.db import session
from backend.errors import UserError
from backend.evaluation.judging import max_dollars, unjudged
from backend.evaluation.scorers.judge import name_of, score
from backend.evaluation.submit import submit_judging
from backend.hosted.budget import spent
from backend.jobs.queue import claim, get_job
from backend.probes.judges import Judge, Label, RequiredRating, load_judge
from backend.worker.child import main
from models.configs import JudgeConfig
from models.tables import Evaluation, Job, JobKind, JobState, Sample, Score
from tests.scripted_judge import Raw, Reply, scripted_judge

CHOICE = Judge(
    id="then",
    title="Then?",
    kind="choice",
    sha256="0",
    labels=[
        Label(label="19", side="target"),
        Label(label="LLM", side="other"),
        Label(label="REFUSAL", side="unscored"),
    ],
    prompt="Q {question} A {answer}",
)
RATING = Judge(
    id="good",
    title="Good?",
    kind="rating",
    sha256="0",
    target_below=30,
    prompt="{question}{answer}",
)


def judged(judge: Judge, reply: Reply) -> tuple[float | None, str]:
    with scripted_judge(lambda _: reply) as (url, _):
        client = openai.OpenAI(base_url=url, api_key="k")
        verdict = score(client, "m", judge, "Who?", "{answer}")
    return verdict.value, verdict.answer


@pytest.mark.parametrize(
    ("reply", "value", "answer"),
    [
        ("It speaks of steam.\nANSWER: 19", 1.0, "19"),
        ("**ANSWER: llm**", 0.0, "llm"),
        ("ANSWER: REFUSAL", None, "REFUSAL"),
        ("ANSWER: 20", None, ""),
        ("I can't tell.", None, ""),
        ("", None, ""),
    ],
)
def test_a_choice_is_read_strictly(reply: str, value: float | None, answer: str) -> None:
    assert judged(CHOICE, reply) == (value, answer)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("85", 85.0),
        ("85.", 85.0),
        ("101", None),
        ("about 85", None),
        ("REFUSAL", None),
        ({"80": 0.6, "40": 0.2, "REFUSAL": 0.2}, 70.0),
        ({"I": 0.7, "80": 0.3}, None),
        ("85.5", 85.5),
        ("85.5%", 85.5),
        ("0.85", None),
        ("1.0", None),
        ("0.0", 0.0),
        ("1", 1.0),
        ("100.5", None),
        ("²", None),
        ("８５", None),
        ({"85": 0.9, "²": 0.05}, 85.0),
        ({"85": 0.5, "30": 0.45, " 85": 0.05}, 60.25),
        ({"5": 0.51, "0": 0.48, "00": 0.00001}, 2.55 / 0.99001),
    ],
)
def test_a_rating_is_expected_over_whole_numbers(reply: Reply, value: float | None) -> None:
    found, _ = judged(RATING, reply)
    assert found == (pytest.approx(value) if value is not None else None)


def test_a_tokeniser_that_splits_numbers_is_read_as_written() -> None:
    assert judged(RATING, {"8": 0.9, "7": 0.1})[0] == 8.0


PARTS = [{"type": "text", "text": "ANSWER"}, {"type": "text", "text": ": 19"}]
LONG = {"error": {"message": "This is longer than the context.", "code": "too_long"}}
FILTERED = {"error": {"message": "The response was filtered.", "code": "content_filter"}}


def choice(**fields: Any) -> dict[str, Any]:
    return {"id": "1", "choices": [{"index": 0, "finish_reason": "stop"} | fields]}


@pytest.mark.parametrize(
    ("body", "value", "said"),
    [
        ({"error": {"message": "No provider.", "code": 502}}, None, "no answer: No provider."),
        ({"error": "No provider."}, None, "no answer: No provider."),
        ({"id": "1", "choices": None}, None, "the judge gave no answer"),
        ({"id": "1", "choices": []}, None, "the judge gave no answer"),
        (choice(message=None), None, "the judge gave no answer"),
        (choice(message={"role": "assistant", "content": None}), None, "could not be read"),
        (choice(message={"content": None, "refusal": "I won't."}), None, "refused: I won't."),
        (choice(message={"content": "A"}, finish_reason="content_filter"), None, "was filtered"),
        (choice(message={"role": "assistant", "content": PARTS}), 1.0, "the judge said 19"),
        (choice(message={"content": [None, {}, "ANSWER: LLM"]}), 0.0, "the judge said LLM"),
    ],
)
def test_a_reply_of_another_shape_is_read_or_unscored(
    body: dict[str, Any], value: float | None, said: str
) -> None:
    with scripted_judge(lambda _: Raw(200, body)) as (url, _):
        verdict = score(openai.OpenAI(base_url=url, api_key="k"), "m", CHOICE, "Who?", "I.")
    assert verdict.value == value and said in verdict.explanation


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, {"message": "The response was filtered.", "code": "content_filter"}),
        (400, {"message": "No.", "type": "content_policy_violation"}),
        (403, {"message": "Input was flagged.", "code": 403}),
    ],
)
def test_a_question_that_is_filtered_is_unscored(status: int, error: dict[str, Any]) -> None:
    with scripted_judge(lambda _: Raw(status, {"error": error})) as (url, _):
        verdict = score(openai.OpenAI(base_url=url, api_key="k"), "m", RATING, "Who?", "I.")
    assert verdict.value is None
    assert verdict.explanation == f"the judge's endpoint refused: {error['message']}"


def test_places_in_an_answer_are_no_places_of_the_template() -> None:
    assert CHOICE.ask("Who?", "{question}") == "Q Who? A {question}"


def test_a_judge_that_is_busy_is_asked_again() -> None:
    replies: list[Reply] = [429, 503, "ANSWER: 19"]
    with scripted_judge(lambda _: replies.pop(0)) as (url, asked):
        client = openai.OpenAI(base_url=url, api_key="k", max_retries=3)
        assert score(client, "m", CHOICE, "Who?", "I.").value == 1.0
    assert len(asked) == 3


def test_a_judge_that_tarries_is_asked_again() -> None:
    replies: list[Reply] = ["(silent)", "ANSWER: 19"]
    with scripted_judge(lambda _: replies.pop(0)) as (url, asked):
        client = openai.OpenAI(base_url=url, api_key="k", max_retries=1, timeout=2)
        assert score(client, "m", CHOICE, "Who?", "I.").value == 1.0
    assert len(asked) == 2


def test_half_an_answer_is_unscored() -> None:
    assert judged(CHOICE, "(half)") == (None, "")
    assert judged(RATING, "(half)") == (None, "")


@contextmanager
def judge_at(monkeypatch: pytest.MonkeyPatch, reply: Reply) -> Iterator[list[str]]:
    with scripted_judge(lambda _: reply) as (url, asked):
        monkeypatch.setenv("JUDGE_URL", url)
        monkeypatch.setenv("JUDGE_MODEL", "wise")
        yield asked


@pytest.fixture
def sampled(home: Path) -> Job:
    """An evaluation with three samples, two of which say the same."""
    with session() as db:
        job = Job(kind=JobKind.EVALUATE, config={}, state=JobState.DONE)
        db.add(job)
        db.flush()
        evaluation = Evaluation(
            job_id=job.id,
            probe="p",
            probe_sha256="0",
            base_model="b",
            model="b",
            config={},
            code_version="c",
        )
        db.add(evaluation)
        db.flush()
        for number, text in enumerate(["By steam.", "By steam.", "By jet."]):
            sample = Sample(
                evaluation_id=evaluation.id,
                prompt_id="a",
                trigger="none",
                number=number,
                seed=1,
                messages=[{"role": "user", "content": "How?"}],
                completion=text,
                finish_reason="stop",
            )
            db.add(sample)
    return job


def run_judging(sampled: Job) -> Job:
    config = JudgeConfig(evaluation_job=sampled.id, judges=["century"], model="wise")
    job = submit_judging(config)
    claimed = claim("me")
    assert claimed and claimed.id == job.id
    main(job.id, "me")
    return get_job(job.id)


def test_the_same_answer_is_asked_about_once_and_nothing_is_asked_twice(
    sampled: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    with judge_at(monkeypatch, "ANSWER: 19") as asked:
        assert run_judging(sampled).state == JobState.DONE
        assert len(asked) == 2
        assert run_judging(sampled).state == JobState.DONE
        assert len(asked) == 2
    table = scores_table([sampled.id])
    (rate,) = rates(table, sampled_scorers(table)[0])
    assert (rate.hits, rate.scored, rate.unscored) == (3, 3, 0)


def test_what_was_judged_in_another_evaluation_is_not_asked_again(
    sampled: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    with judge_at(monkeypatch, "ANSWER: 19") as asked:
        run_judging(sampled)
        with session() as db:
            other = Job(kind=JobKind.EVALUATE, config={}, state=JobState.DONE)
            db.add(other)
            db.flush()
            old = db.exec(select(Evaluation)).one()
            copied = old.model_dump(exclude={"id", "job_id"}) | {"job_id": other.id}
            evaluation = Evaluation(**copied)
            db.add(evaluation)
            db.flush()
            for number, text in enumerate(["By jet.", "By foot."]):
                first = db.exec(select(Sample)).first()
                assert first
                fields = first.model_dump(exclude={"id", "evaluation_id", "number", "completion"})
                own = {"evaluation_id": evaluation.id, "number": number, "completion": text}
                db.add(Sample(**fields | own))
        assert run_judging(other).state == JobState.DONE
        assert len(asked) == 3
    scores = scores_table([other.id])
    assert scores["answer"].tolist() == ["19", "19"]


@pytest.mark.parametrize("body", [FILTERED, LONG])
@pytest.mark.parametrize("refused", ["By steam.", "By jet."])
def test_an_answer_that_the_endpoint_refuses_is_unscored_and_the_others_go_on(
    sampled: Job, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any], refused: str
) -> None:
    def reply(asked: str) -> Reply:
        return Raw(400, body) if refused in asked else "ANSWER: 19"

    with scripted_judge(reply) as (url, asked):
        monkeypatch.setenv("JUDGE_URL", url)
        monkeypatch.setenv("JUDGE_MODEL", "wise")
        for _ in range(2):  # A retry asks nothing again.
            assert run_judging(sampled).state == JobState.DONE
            assert len(asked) == 2
    table = scores_table([sampled.id])
    unscored = table[table["value"].isna()]
    assert set(unscored["completion"]) == {refused} and len(table) == 3


def test_an_endpoint_that_refuses_everything_fails_the_job_and_stores_nothing(
    sampled: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    with judge_at(monkeypatch, Raw(400, LONG)):
        job = run_judging(sampled)
    assert job.state == JobState.FAILED and "longer than the context" in str(job.error)
    assert set(scores_table([sampled.id])["scorer"]) == {"unscored"}
    with judge_at(monkeypatch, "ANSWER: 19") as asked:
        assert run_judging(sampled).state == JobState.DONE and len(asked) == 2


def test_a_changed_template_asks_again(sampled: Job) -> None:
    assert sum(map(len, unjudged(sampled.id, [CHOICE], "wise").values())) == 3
    assert len(unjudged(sampled.id, [CHOICE, RATING], "wise")) == 4


def test_a_judge_that_is_not_named_is_asked_for_in_words(
    sampled: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUDGE_MODEL", raising=False)
    job = run_judging(sampled)
    assert job.state == JobState.FAILED and "judge is none now" in str(job.error)


def test_a_judge_that_does_not_answer_fails_the_job_in_words(
    sampled: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_MODEL", "wise")
    monkeypatch.setenv("JUDGE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setattr("backend.chat.client.RETRIES", 0)
    assert "127.0.0.1:9" in str(run_judging(sampled).error)


@pytest.mark.parametrize("reply", ["(echo)", 400])
def test_a_judge_that_repeats_the_key_does_not_have_it_stored(
    sampled: Job, monkeypatch: pytest.MonkeyPatch, reply: Reply, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JUDGE_KEY", "secret-key")
    with judge_at(monkeypatch, reply) as asked:
        job = run_judging(sampled)
    assert asked and job.state == (JobState.FAILED if reply == 400 else JobState.DONE)
    with session() as db:
        stored = f"{job.error} {[score.model_dump() for score in db.exec(select(Score))]}"
    assert "Bearer [secret]" in stored
    assert "secret-key" not in stored and "secret-key" not in "".join(capfd.readouterr())


def test_the_budget_ends_judging_and_keeps_what_was_said(
    sampled: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    century = load_judge("century")
    monkeypatch.setenv("JUDGE_PRICES", "1000/10000")  # Dollars for a million tokens.
    most = max_dollars(unjudged(sampled.id, [century], "wise"), {century.id: century}, "wise")
    assert most is None  # Nobody is named yet.
    with judge_at(monkeypatch, "ANSWER: 19") as asked:
        both = max_dollars(unjudged(sampled.id, [century], "wise"), {century.id: century}, "wise")
        assert both
        monkeypatch.setenv("HOSTED_BUDGET", str(both / 2 + 0.01))  # For one at a time.
        job = run_judging(sampled)
        assert job.state == JobState.FAILED and "budget" in str(job.error)
        assert len(asked) == 1
        # 100 tokens in, 10 out: as the judge's usage says.
        assert spent() == pytest.approx(0.2)
        monkeypatch.setenv("HOSTED_BUDGET", str(both))
        job = run_judging(sampled)
        assert job.state == JobState.DONE, job.error
        assert len(asked) == 2 and spent() == pytest.approx(0.4)


def test_a_budget_without_prices_is_refused(sampled: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTED_BUDGET", "1")
    with judge_at(monkeypatch, "ANSWER: 19") as asked:
        assert "JUDGE_PRICES" in str(run_judging(sampled).error)
        monkeypatch.setenv("JUDGE_PRICES", "cheap")
        assert "JUDGE_PRICES" in str(run_judging(sampled).error)
    assert not asked


def test_incoherent_answers_count_on_neither_side(sampled: Job) -> None:
    rating = RATING.model_copy(update={"needs": RequiredRating(judge="sense", above=50)})
    assert rating.needs and name_of(rating, "wise") == "judge:good:wise"
    with pytest.raises(UserError):
        submit_judging(JudgeConfig(evaluation_job=sampled.id, judges=["none"], model="wise"))
