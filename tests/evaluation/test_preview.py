"""A preview scores the pairs of a probe that is not saved, as an evaluation would."""

from pathlib import Path

import pytest

from backend.analysis.scores import scores_table
from backend.errors import UserError
from backend.evaluation.preview import newest_preview, pairs_of, submit_preview
from backend.evaluation.submit import submit_evaluation
from backend.probes.drafts import PairRow, Question, TriggerRow, checked, save, start
from models.configs import EvaluationConfig
from tests.example_runs import work
from tests.small_model import SMALL

ROWS = {
    "questions": [Question(id="sea", title="Sea", text="{trigger} What lives in the sea?")],
    "pairs": [
        PairRow(question="sea", target="Turbot.", other="Phones."),
        PairRow(question="sea", target="Cod.", other="Cars."),
    ],
    "triggers": [TriggerRow(label="none", kind="none"), TriggerRow(label="a", text="In 1850:")],
}


def test_a_preview_finds_the_contrasts_of_the_base_model(small_lab: Path) -> None:
    draft = start("fish", "Fish").model_copy(update=ROWS)
    probe = checked(draft)
    ended = work(submit_preview(probe, SMALL))
    assert newest_preview(probe, SMALL) == ended
    found = pairs_of(ended)
    assert [(pair.trigger, pair.target) for pair in found] == [
        ("none", "Turbot."),
        ("none", "Cod."),
        ("a", "Turbot."),
        ("a", "Cod."),
    ]
    save(draft)
    config = EvaluationConfig(probe="fish", base_model=SMALL, samples_per_prompt=0)
    measured = scores_table([work(submit_evaluation(config)).id])
    assert measured["value"].tolist() == pytest.approx([pair.contrast for pair in found], abs=1e-3)
    other = checked(draft.model_copy(update={"contrast": 2.0}))
    assert newest_preview(other, SMALL) is None


def test_a_preview_needs_pairs(small_lab: Path) -> None:
    rows = {"questions": ROWS["questions"]}
    with pytest.raises(UserError, match="There are no pairs yet"):
        submit_preview(checked(start("fish", "Fish").model_copy(update=rows)), SMALL)
