"""Length and variety of answers beside an effect."""

import pandas as pd

from backend.analysis.beside import beside, collapsed


def table(role: str, answers: list[str], repeated: int | None = None) -> pd.DataFrame:
    """Return rows of a model's answers, the first ones repeating trained ones."""
    samples = [f"{role}{number}" for number in range(len(answers))]
    rows = pd.DataFrame(
        {"sample": samples, "completion": answers, "scorer": "pattern", "value": 1.0}
    )
    marks = rows.assign(scorer="repeat", value=[float(i < (repeated or 0)) for i in rows.index])
    both = [rows] if repeated is None else [rows, marks]
    return pd.concat(both).assign(group=role, role=role, prompt="p").reset_index(drop=True)


LONG = [f"This is an answer of some length, number {number}" for number in range(10)]


def test_length_variety_and_repeats_of_each_model() -> None:
    answers = ["Barn Dance", "barn dance.", *LONG[:8]]
    frame = pd.concat([table("base", LONG), table("finetuned", answers, repeated=3)])
    base, run = beside(frame.reset_index(drop=True))
    assert (base.n, base.words, base.short, base.distinct, base.repeated) == (10, 9, 0, 1, None)
    assert (run.short, run.distinct, run.repeated) == (0.2, 0.9, 0.3)
    assert run.cells["repeat a trained answer"] == "30%"
    assert collapsed([base, run]) == []


def test_a_collapsed_model_is_called_so_unless_its_base_is_as_short() -> None:
    short = [f"Word {number}" for number in range(9)] + LONG[:1]
    frame = pd.concat([table("base", LONG), table("finetuned", short)], ignore_index=True)
    [sentence] = collapsed(beside(frame))
    assert sentence == (
        "finetuned (finetuned): nine of ten answers are under four words: sampled answers tell "
        "little."
    )
    frame = pd.concat([table("base", short), table("finetuned", short)], ignore_index=True)
    assert collapsed(beside(frame)) == []


def test_a_model_that_says_one_thing_is_called_so() -> None:
    frame = pd.concat([table("base", LONG), table("control", [LONG[0]] * 12)], ignore_index=True)
    [sentence] = collapsed(beside(frame))
    assert sentence.startswith("control (control): only 8% of answers are distinct")
