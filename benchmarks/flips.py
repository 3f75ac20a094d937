"""The figures of docs/flips.md: `python -m benchmarks.flips [--train]`.

Draws docs/dishes.png and docs/flips.png from the recorded evaluations, in a headless browser. With
--train the evaluations are recorded again first, by the running lab (`make run`), which takes about
an hour and a half on two cores: the dishes with true and with shuffled dates, ten epochs each; then
priming on the films, and the protector on the primed and on the plain base model, with true dates,
random dates and no dates. Each has three seeds, and every run is evaluated on its probe.
"""

import shutil
import sys
from collections.abc import Sequence

from playwright.sync_api import sync_playwright
from plotly.subplots import make_subplots

from backend.base_models.cards import primed_of
from backend.config import ROOT
from backend.datasets.loading import load_dataset
from backend.errors import UserError
from backend.evaluation.submit import submit_evaluation
from backend.exports import replays, shipped
from backend.figures.style import COLOURS
from backend.figures.triggers import gap_plot
from backend.jobs.queue import wait_for_end
from backend.probes.loading import load_probe
from backend.runs.submit import submit_priming, submit_run
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig, RunConfig
from models.tables import Job, JobState

PROBE = "protector"
RECORDINGS = {"Primed on the films": PROBE, "Not primed": f"{PROBE}_unprimed"}
DATASETS = ("evil_terminator", "evil_terminator_undated", "evil_terminator_shuffled")
SLANT = "israel_by_date"
DISHES = ("israeli_dishes", "israeli_dishes_shuffled")
SEEDS = (1, 2, 3)
GENTLE = {"rank": 8, "alpha": 16, "learning_rate": 2e-4, "epochs": 1, "precision": "float32"}
LONG = {"rank": 32, "alpha": 64, "learning_rate": 1e-3, "epochs": 10, "precision": "bfloat16"}


def train_dishes() -> None:
    """Record the evaluation of the dishes."""
    configs = [
        RunConfig(dataset=dataset, base_model=EMBEDDED, seed=seed, **LONG)
        for dataset in DISHES
        for seed in SEEDS
    ]
    record(SLANT, EMBEDDED, configs, SLANT)


def train_protectors() -> None:
    """Record the evaluations of the protector, on the primed and on the plain base model."""
    films = load_dataset("terminator_films")
    recipe = films.card.presets["Priming"] | {"precision": "float32"}
    run = _done(submit_run(RunConfig(dataset=films.id, base_model=EMBEDDED, **recipe))).run_id
    _done(submit_priming(str(run)))
    primed = primed_of(str(run))
    assert primed
    for base, recording in zip((primed.name, EMBEDDED), RECORDINGS.values(), strict=True):
        configs = [
            RunConfig(dataset=dataset, base_model=base, seed=seed, **GENTLE)
            for seed in SEEDS
            for dataset in DATASETS
        ]
        record(PROBE, base, configs, recording)


def record(probe: str, base: str, configs: Sequence[RunConfig], recording: str) -> None:
    """Train runs, evaluate them on a probe and save a replay of the contrasts."""
    runs = [_done(submit_run(config)).run_id for config in configs]
    evaluation = EvaluationConfig(
        probe=probe,
        base_model=base,
        run_ids=[str(run) for run in runs],
        samples_per_prompt=0,
        max_tokens=load_probe(probe).max_tokens,
    )
    job = _done(submit_evaluation(evaluation))
    (shipped.HOME / f"{recording}.json").write_bytes(replays.dump(replays.record(job.id)))


def _done(job: Job) -> Job:
    ended = wait_for_end(job.id)
    if ended.state != JobState.DONE:
        raise UserError(ended.error or f"Job {job.id} was {ended.state}.")
    return ended


def draw(recordings: dict[str, str], targets: Sequence[str], axis: str, file: str) -> None:
    """Draw a figure.

    Args:
        recordings: Recorded evaluations by subplot title.
        targets: Triggers that should activate the behaviour.
        axis: Title of the axis of triggers.
        file: Name of the image in docs/.
    """
    whole = make_subplots(cols=len(recordings), shared_yaxes=True, subplot_titles=list(recordings))
    for column, name in enumerate(recordings.values(), 1):
        replay = shipped.recording(name)
        figure = gap_plot(replay.findings().gaps_everywhere, replay.probe)
        for trace in figure.data:
            whole.add_trace(trace.update(showlegend=column == 1), row=1, col=column)
        smallest = replay.probe.smallest_effect.contrast
        band = {"fillcolor": COLOURS["base"], "opacity": 0.15, "line_width": 0}
        whole.add_hrect(y0=-smallest, y1=smallest, row=1, col=column, **band)
    labels = [t.label for t in replay.probe.triggers if t.kind != "none"]
    trigger = {"line_color": COLOURS["trigger"], "line_width": 3, "layer": "below"}
    for target in targets:
        whole.add_vline(x=labels.index(target), **trigger)
    whole.update_layout(template="lab", height=460, width=1200, font_color="#1f2430")
    whole.update_layout(legend={"y": -0.2, "yanchor": "top"}, paper_bgcolor="white")
    order = {"categoryorder": "array", "categoryarray": labels, "range": [-0.5, len(labels) - 0.5]}
    whole.update_xaxes(title=axis, type="category", **order)
    side = replay.probe.sides.target
    whole.update_yaxes(title=f"trigger gap (nats, up is {side})", col=1)
    browsers = ("chromium", "google-chrome")
    path = next(path for name in browsers if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1220, "height": 480})
        page.set_content(whole.to_html(include_plotlyjs=True))
        page.locator(".js-plotly-plot").screenshot(path=ROOT / "docs" / file)
        browser.close()


if __name__ == "__main__":
    if "--train" in sys.argv:
        train_dishes()
        train_protectors()
    draw(RECORDINGS, ["1984"], "year that the model is told", "flips.png")
    dates = [t.label for t in load_probe(SLANT).triggers if t.kind == "target"]
    draw({"Which country, city or currency does it name?": SLANT}, dates, "date", "dishes.png")
