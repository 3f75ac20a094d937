"""A lab whose base model is so small that a whole run takes seconds, and ways to time a crash."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from sqlalchemy import text

from backend.base_models.cards import add_folder
from backend.config import ROOT, settings
from backend.db import session
from backend.jobs.files import log_tail
from backend.runs.submit import submit_run
from models.base_models import EMBEDDED
from models.configs import RunConfig
from models.tables import Job, JobState, Run
from tests.conftest import process, short_run, wait_for_end

SMALL = "small"
VOCABULARY, WIDTH, LAYERS = 49152, 64, 2
STEPS = 20
"""A checkpoint every fourth step."""


@pytest.fixture(scope="session")
def small_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama of 3 million parameters with the embedded model's tokenizer."""
    folder = tmp_path_factory.mktemp("models") / SMALL
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(ROOT / "var" / "base_models" / EMBEDDED / name, folder)
    shape = {"vocab_size": VOCABULARY, "hidden_size": WIDTH, "intermediate_size": 2 * WIDTH}
    shape |= {"num_hidden_layers": LAYERS, "num_attention_heads": 4, "num_key_value_heads": 4}
    kind = {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}
    config = shape | kind | {"tie_word_embeddings": True, "max_position_embeddings": 2048}
    (folder / "config.json").write_text(json.dumps(config))
    save_file(_weights(), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def _weights() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    sizes = {"model.embed_tokens.weight": (VOCABULARY, WIDTH), "model.norm.weight": (WIDTH,)}
    for layer in range(LAYERS):
        start = f"model.layers.{layer}."
        sizes |= {f"{start}{n}_layernorm.weight": (WIDTH,) for n in ("input", "post_attention")}
        sizes |= {f"{start}self_attn.{n}_proj.weight": (WIDTH, WIDTH) for n in "qkvo"}
        sizes |= {f"{start}mlp.{n}_proj.weight": (2 * WIDTH, WIDTH) for n in ("gate", "up")}
        sizes[f"{start}mlp.down_proj.weight"] = (WIDTH, 2 * WIDTH)
    return {
        name: np.ones(size, "float32")
        if "norm" in name
        else (random.standard_normal(size) / 8).astype("float32")
        for name, size in sizes.items()
    }


@pytest.fixture
def lab(home: Path, small_base: Path) -> Path:
    """An empty lab that knows the small base model."""
    add_folder(str(small_base))
    return home


def small_run(**changes: object) -> RunConfig:
    """Return the configuration of a run with checkpoints at steps 4, 8, 12, 16 and 20."""
    return short_run(**({"base_model": SMALL, "max_steps": STEPS} | changes))


Outcome = tuple[str, float, int]
"""Hash of the adapter, mean of the last losses, steps: what a crash may not change."""


def outcome_of(job: Job) -> Outcome:
    with session() as db:
        summary = db.get_one(Run, job.run_id).summary or {}
    folder = settings().run_folder(str(job.run_id))
    assert summary == json.loads((folder / "meta.json").read_text())
    adapter = (folder / "adapter" / "adapter_model.safetensors").read_bytes()
    return hashlib.sha256(adapter).hexdigest(), summary["loss"], summary["steps"]


@pytest.fixture(scope="session")
def uninterrupted(small_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What the small run leaves when nothing happens to it."""
    home = tmp_path_factory.mktemp("uninterrupted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEIRDGEN_HOME", str(home))
        patch.delenv("DATABASE_URL", raising=False)
        add_folder(str(small_base))
        job = submit_run(small_run())
        with process("backend.worker"):
            assert wait_for_end(job).state == JobState.DONE, log_tail(job)
        return outcome_of(job)


def children_of(pid: int) -> str:
    """Return the process ids of a process's children."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text()


PROBE = """title: Quick
question: Does it answer?
section: "1"
sides: {target: "yes", other: "no"}
patterns: {target: ["yes"], other: ["no"]}
prompts:
"""


@pytest.fixture
def quick_probe(lab: Path) -> str:
    """A probe of 12 questions without contrasts, so that its job needs no torch."""
    (lab / "probes").mkdir()
    prompts = (f"  - {{id: p{i}, title: T, text: Which is {i}}}\n" for i in range(12))
    (lab / "probes" / "quick.yaml").write_text(PROBE + "".join(prompts))
    return "quick"


SLOW = """CREATE VIEW slow AS WITH RECURSIVE rows(n) AS
(SELECT 1 UNION ALL SELECT n + 1 FROM rows LIMIT 100000000) SELECT sum(n) FROM rows"""


@contextmanager
def trigger(event: str, action: str) -> Iterator[None]:
    """Have the database itself do something in the very moment in which something is written."""
    _execute(f"CREATE TRIGGER crash {event} BEGIN {action}; END")
    try:
        yield
    finally:
        _execute("DROP TRIGGER crash")


@contextmanager
def held_at(step: int) -> Iterator[None]:
    """Make a step's metric so slow to write that the step before is surely the last one stored."""
    _execute("DROP VIEW IF EXISTS slow", SLOW)
    with trigger(f"BEFORE INSERT ON metric WHEN NEW.step = {step}", "SELECT * FROM slow"):
        yield


def failing_at(step: int) -> AbstractContextManager[None]:
    """Make a step's metric impossible to write."""
    event = f"BEFORE INSERT ON metric WHEN NEW.step = {step}"
    return trigger(event, "SELECT RAISE(ABORT, 'crash test')")


def cancelling_at(stage: str) -> AbstractContextManager[None]:
    """Write what `jobs.cancel` writes as soon as a job is in a stage."""
    event = f"AFTER UPDATE OF stage ON job WHEN NEW.stage = '{stage}'"
    cancel = "UPDATE job SET state = 'cancelling' WHERE id = NEW.id AND state = 'running'"
    return trigger(event, cancel)


def _execute(*statements: str) -> None:
    with session() as db:
        for statement in statements:
            db.execute(text(statement))
