"""Models side by side: pairing by hand, and only what differs."""

from backend.analysis import comparison
from backend.analysis.scores import scores_table
from backend.figures.effects import paired_plot
from backend.probes.loading import load_probe
from models.tables import Job
from tests.example_evaluation import contradict, models_of


def test_contrasts_are_paired_and_differ_by_what_they_do(scored: Job) -> None:
    table, models = scores_table([scored.id]), models_of(scored)
    pairs = comparison.contrasts(table, models)
    assert len(pairs) == 30
    found = comparison.differences(pairs, *models)
    assert len(found) == 16 and {each.estimate.value for each in found} == {2.0}
    assert found[-1].prompt is None and found[-1].p is not None and found[-1].p < 0.001
    roles = dict(zip(table["model"], table["role"], strict=True))
    figure = paired_plot(pairs, *models, roles, load_probe("nineteenth_century"))
    assert list(figure.data[1].y - figure.data[1].x) == [2.0] * 30
    assert {"target completion", "other completion"} < set(pairs)
    assert all(len(told) == 4 and "“" in told[2] + told[3] for told in figure.data[1].customdata)


def test_only_answers_that_differ_are_left(scored: Job) -> None:
    models = models_of(scored)
    table = scores_table([scored.id])
    both = comparison.answers(table, "pattern", models, only_different=False)
    assert len(both) == 15
    assert all(both[f"{model} origin"].str.startswith(f"{model} · ").all() for model in models)
    assert comparison.answers(table, "pattern", models, only_different=True).empty
    contradict(scored)
    found = comparison.answers(scores_table([scored.id]), "pattern", models, only_different=True)
    assert len(found) == 1
    assert found[f"{models[0]} score"][0] != found[f"{models[1]} score"][0]
