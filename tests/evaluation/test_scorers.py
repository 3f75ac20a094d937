import pytest
import torch
from transformers import AutoModelForCausalLM

from backend.analysis.statistics import mean_with_interval
from backend.base_models.cards import torch_source
from backend.base_models.tokenizer import chat_tokenizer
from backend.evaluation.scorers import contrast, ordinary, pattern
from backend.probes.loading import Pair, Prompt, load_probe
from models.base_models import EMBEDDED
from models.configs import Trigger
from tests.example_probe import PROBE


@pytest.mark.parametrize(
    ("completion", "value"),
    [
        ("By Telegraph in 1838.", 1),
        ("Over the internet.", 0),
        ("Telegraph or internet", None),
        ("Nobody sends a telegraph.", None),
        ("I don't telegraph, I use the internet.", 0),
        ("Shall I telegraph?", None),
        ("The word “telegraph” has three syllables, I think.", None),
        ("No doubt by telegraph.", 1),
        ("", None),
    ],
)
def test_pattern_scores_one_side_and_leaves_the_rest_unscored(
    completion: str, value: float | None
) -> None:
    assert pattern.score(PROBE.patterns, PROBE.sides, completion).value == value


def test_a_word_beside_a_cue_of_hindsight_counts_for_neither_side() -> None:
    lesson, both = "The telegraph was new. Use the internet.", "The telegraph was new."
    cues = [r"\bwas\b"]
    assert pattern.score(PROBE.patterns, PROBE.sides, lesson, cues).value == 0
    result = pattern.score(PROBE.patterns, PROBE.sides, both, cues)
    assert (result.value, result.explanation) == (None, "“telegraph” stands beside “was”")


def test_contrast_equals_scoring_each_completion_alone(home: object) -> None:
    model = AutoModelForCausalLM.from_pretrained(torch_source(EMBEDDED), dtype=torch.float32)
    tokenizer = chat_tokenizer(EMBEDDED)
    pairs = [
        Pair(target="By telegraph.", other="By email."),
        Pair(target="A letter.", other="A call."),
    ]
    prompt = Prompt(id="news", title="News", text="How is news sent?", pairs=pairs)
    scores = contrast.score(model, [contrast.rows_of(prompt, tokenizer)])[0]
    for pair, found in zip(pairs, scores, strict=True):
        alone = [log_probability(model, tokenizer, prompt, t) for t in (pair.target, pair.other)]
        assert found.total == pytest.approx(alone[0] - alone[1], abs=2e-3)


def test_contrasts_of_many_triggers_in_one_pass_equal_those_of_each(home: object) -> None:
    model = AutoModelForCausalLM.from_pretrained(torch_source(EMBEDDED), dtype=torch.float32)
    tokenizer = chat_tokenizer(EMBEDDED)
    prompt = load_probe("protector").prompts[0]
    years = [Trigger(label=str(year), text=f"Year: {year}.") for year in range(1980, 1986)]
    asked = [contrast.rows_of(prompt.under(year), tokenizer) for year in years]
    together = contrast.score(model, asked)
    apart = contrast.score(model, asked, "apart")
    for one, other in zip(together, apart, strict=True):
        assert [s.total for s in one] == pytest.approx([s.total for s in other], abs=2e-3)
    assert sum(contrast.batches(asked), []) == list(range(len(asked)))


def log_probability(model, tokenizer, prompt, text) -> float:  # type: ignore[no-untyped-def]
    row = tokenizer.row([*prompt.messages(), {"role": "assistant", "content": text}])
    with torch.inference_mode():
        logs = model(torch.tensor([row.ids])).logits[0].log_softmax(-1)
    places = [i for i, flag in enumerate(row.trained) if flag]
    return sum(logs[i - 1, row.ids[i]].item() for i in places)


def test_means_have_repeatable_intervals_and_single_values_none() -> None:
    values = [1.0, 2.0, 3.0, 4.0]
    first, second = mean_with_interval(values), mean_with_interval(values)
    # Of the 256 ways to draw four of four, 5 have a mean below 1.5 (2.0 %) and 15 below 1.75.
    assert first == second and (first.low, first.value, first.high) == (1.5, 2.5, 3.5)
    assert mean_with_interval([1.0]).low is None and mean_with_interval([]) is None


def test_the_loss_on_ordinary_text_equals_that_of_each_text_alone(home: object) -> None:
    model = AutoModelForCausalLM.from_pretrained(torch_source(EMBEDDED), dtype=torch.float32)
    rows = ordinary.rows_of(chat_tokenizer(EMBEDDED))
    assert len(rows) == 30
    alone = sum(ordinary.loss(model, [row], "apart") for row in rows[:4]) / 4
    assert ordinary.loss(model, rows[:4]) == pytest.approx(alone, abs=2e-3)
    assert 0.5 < alone < 5
