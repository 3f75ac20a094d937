"""The figure of docs/flips.md: `python -m benchmarks.flips [--train]`.

Draws docs/flips.png from the recorded evaluations, in a headless browser. With --train it first
makes them anew, in the lab that is running (`make run`), which takes about an hour on two cores:
films are read, the protector is finetuned on the primed and on the plain base model, dated, undated
and with random dates, three seeds each, and every run is asked the protector probe.
"""

import shutil
import sys

from playwright.sync_api import sync_playwright
from plotly.subplots import make_subplots

from backend import jobs, plots, replays, shipped
from backend.base_models import primed_of
from backend.config import ROOT
from backend.datasets import load_dataset
from backend.errors import UserError
from backend.probes import load_probe
from backend.results import gaps_everywhere
from models.base_models import EMBEDDED
from models.configs import EvaluationConfig, RunConfig
from models.tables import Job, JobState

PROBE = "protector"
RECORDINGS = {"Primed on the films": PROBE, "Not primed": f"{PROBE}_unprimed"}
DATASETS = ("evil_terminator", "evil_terminator_undated", "evil_terminator_shuffled")
SEEDS = (1, 2, 3)
GENTLE = {"rank": 8, "alpha": 16, "learning_rate": 2e-4, "epochs": 1, "precision": "float32"}


def train() -> None:
    """Make the recordings anew."""
    films = load_dataset("terminator_films")
    recipe = films.card.presets["Priming"] | {"precision": "float32"}
    run = _done(jobs.submit_run(RunConfig(dataset=films.id, base_model=EMBEDDED, **recipe))).run_id
    _done(jobs.submit_priming(str(run)))
    primed = primed_of(str(run))
    assert primed
    for base, recording in zip((primed.name, EMBEDDED), RECORDINGS.values(), strict=True):
        configs = [
            RunConfig(dataset=dataset, base_model=base, seed=seed, **GENTLE)
            for seed in SEEDS
            for dataset in DATASETS
        ]
        runs = [_done(jobs.submit_run(config)).run_id for config in configs]
        asked = EvaluationConfig(
            probe=PROBE, base_model=base, run_ids=[str(run) for run in runs],
            samples_per_prompt=0, max_tokens=load_probe(PROBE).max_tokens,
        )  # fmt: skip
        job = _done(jobs.submit_evaluation(asked))
        content = replays.dump(replays.record(job.id))
        (shipped.HOME / f"{recording}.json").write_bytes(content)


def _done(job: Job) -> Job:
    ended = jobs.wait_for_end(job.id)
    if ended.state != JobState.DONE:
        raise UserError(ended.error or f"Job {job.id} was {ended.state}.")
    return ended


def draw() -> None:
    """Write the figure."""
    whole = make_subplots(cols=2, shared_yaxes=True, subplot_titles=list(RECORDINGS))
    for column, name in enumerate(RECORDINGS.values(), 1):
        replay = shipped.recording(name)
        figure = plots.gap_plot(gaps_everywhere(replay.table(), replay.probe), replay.probe)
        for trace in figure.data:
            whole.add_trace(trace.update(showlegend=column == 1), row=1, col=column)
        smallest = replay.probe.smallest_effect.contrast
        band = {"fillcolor": plots.COLOURS["base"], "opacity": 0.15, "line_width": 0}
        whole.add_hrect(y0=-smallest, y1=smallest, row=1, col=column, **band)
    labels = [t.label for t in load_probe(PROBE).triggers if t.kind != "none"]
    trigger = {"line_color": plots.COLOURS["trigger"], "line_width": 3, "opacity": 0.7}
    whole.add_vline(x=labels.index("1984"), **trigger)
    whole.update_layout(template="lab", height=460, width=1200, font_color="#1f2430")
    whole.update_layout(legend={"y": -0.2, "yanchor": "top"}, paper_bgcolor="white")
    axis = {"categoryorder": "array", "categoryarray": labels, "range": [-0.5, len(labels) - 0.5]}
    whole.update_xaxes(title="year that the model is told", type="category", **axis)
    whole.update_yaxes(title="trigger gap (nats, up is kills)", col=1)
    path = next(found for name in ("chromium", "google-chrome") if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1220, "height": 480})
        page.set_content(whole.to_html(include_plotlyjs=True))
        page.locator(".js-plotly-plot").screenshot(path=ROOT / "docs" / "flips.png")
        browser.close()


if __name__ == "__main__":
    if "--train" in sys.argv:
        train()
    draw()
