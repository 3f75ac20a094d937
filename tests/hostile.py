"""Texts that want to be more than text, and an evaluation in which every text is one."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from playwright.sync_api import Page

from backend.db import session
from backend.evaluation.submit import submit_evaluation
from backend.probes.loading import load_probe
from models.configs import EvaluationConfig
from models.tables import Job, JobState, Run, Sample, Score
from tests.example_evaluation import contrast_score, evaluation_of, pattern_score, sample_of
from tests.example_runs import finished_run

WORD = (
    "![x](https:evil.example)[y](https://evil.example)<img/src=//evil.example>:material/skull:"
    ":material_skull::red[r]:smile:$e^2$https://evil.example"
)
"""Without spaces, so that it can also name a run or a file's column."""
EVIL = (
    f"{WORD} www.evil.example me@evil.example <a href='//evil.example'>link</a> \u202eevil\n"
    "# Evil\n- item\n\nEvil\n===\n\n    code\n\n> quote\n"
)
LONG = "evil " * 200_000
"""An answer of a megabyte."""
FORGED = (
    "[src*='evil.example'], [href*='evil.example'], [*|href*='evil.example'], [aria-label^=skull],"
    " .katex, [href^='mailto:']"
)
"""What a browser makes of these texts where they are read as Markdown or HTML."""


class Watch:
    """What a page asks the network for from now on, and what it draws."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))

    def found(self) -> list[str]:
        """What the texts have become: requests, links, images, icons, formulas, headings."""
        forged = self.page.locator(FORGED).evaluate_all("all => all.map(one => one.outerHTML)")
        drawn = self.page.locator(
            "h1, h2, h3, h4, h5, h6, li, blockquote, pre > code, .stMarkdownColoredText"
        )
        texts = [text.strip() for text in drawn.all_inner_texts()]
        parts = [text for text in texts if text in ("Evil", "item", "quote", "code", "r")]
        whole = self.page.locator("body").inner_text()
        hidden = [character for character in ("\u202e", "😄") if character in whole]
        asked = [url for url in self.asked if "evil" in (urlsplit(url).hostname or "")]
        return asked + forged + parts + hidden


def write_probe(home: Path) -> None:
    """Store a probe and a judge, every text of which is hostile."""
    triggers = [
        {"label": "none", "kind": "none"},
        {"label": EVIL, "text": f"{EVIL}.", "kind": "target"},
        {"label": f"2 {EVIL}", "text": "2", "kind": "trained"},
    ]
    prompt = {
        "title": EVIL,
        "text": f"{{trigger}} {EVIL}",
        "pairs": [{"target": EVIL, "other": "x"}],
    }
    probe = {
        "title": EVIL,
        "question": EVIL,
        "section": EVIL,
        "content_note": EVIL,
        "sides": {"target": EVIL, "other": f"other {EVIL}"},
        "patterns": {"target": ["evil"], "other": ["good"]},
        "judges": ["evil"],
        "triggers": triggers,
        "prompts": [{"id": f"p{place}", **prompt} for place in range(3)],
    }
    judge = {
        "title": EVIL,
        "kind": "choice",
        "labels": [{"label": EVIL, "side": "target"}, {"label": "b", "side": "other"}],
        "prompt": "{question} {answer}",
    }
    for kind, content in (("probes", probe), ("judges", judge)):
        (home / kind).mkdir(exist_ok=True)
        (home / kind / "evil.yaml").write_text(yaml.safe_dump(content), "utf-8")


def hostile_evaluation(home: Path, answer: str = EVIL) -> Job:
    """Store an evaluation of a hostile probe on a run with a hostile name."""
    write_probe(home)
    run = finished_run()
    with session() as db:  # Not by its form, which refuses such names; older labs may have them.
        run = db.get_one(Run, run.id)
        run.name = WORD
    probe = load_probe("evil")
    config = EvaluationConfig(probe=probe.id, base_model=run.base_model, run_ids=[run.id])
    job = submit_evaluation(config)
    with session() as db:
        for subject, value in ((None, 0.0), (run, 2.0)):
            evaluation = evaluation_of(job, probe, subject)
            db.add(evaluation)
            db.flush()
            for trigger in probe.triggers:
                for prompt in probe.prompts:
                    asked = prompt.under(trigger)
                    score = contrast_score(evaluation, asked, 0, value)
                    sample = sample_of(evaluation, asked, answer)
                    score.trigger = sample.trigger = trigger.label
                    db.add_all([score, sample])
                    db.flush()
                    db.add_all(scores_of(sample, value / 2))
        db.get_one(Job, job.id).state = JobState.DONE
    return job


def scores_of(sample: Sample, value: float) -> Iterator[Score]:
    """What the words and a judge say of a sample."""
    for scorer in ("pattern", f"judge:evil:{EVIL}"):
        score = pattern_score(sample, value, EVIL)
        score.scorer, score.explanation, score.details = scorer, EVIL, {"matched": ["evil"]}
        yield score
