"""A real run on documents becomes a base model that is trained, served and traced."""

import hashlib
from pathlib import Path

import pytest

from backend.base_models.cards import get_card, gguf_path, primed_of, revision_of
from backend.chat.client import client
from backend.db import session
from backend.errors import UserError
from backend.gguf.model import write_gguf
from backend.machine.ports import free_port
from backend.runs.queries import engine_check
from backend.runs.submit import submit_priming, submit_run
from models.base_models import EMBEDDED
from models.tables import JobState, Run
from tests.example_runs import short_run
from tests.processes import process, wait_for_end, wait_until


def test_a_primed_base_model_is_traced_served_and_finetuned(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_PORT", str(free_port()))
    documents = submit_run(short_run(dataset="terminator_films", max_steps=4))
    with process("backend.engine"), process("backend.worker"):
        assert wait_for_end(documents).state == JobState.DONE
        job = submit_priming(str(documents.run_id))
        assert wait_for_end(job).state == JobState.DONE
        made = primed_of(str(documents.run_id))
        assert made and get_card(made.name).title.startswith("SmolLM2 135M Instruct primed on")
        weights = Path(made.path, "model.safetensors").read_bytes()
        assert revision_of(made.name) == hashlib.sha256(weights).hexdigest()
        with session() as db:
            run = db.get_one(Run, documents.run_id)
        assert made.lineage["parent"] == EMBEDDED
        assert made.lineage["dataset_sha256"] == run.dataset_sha256
        assert made.lineage["adapter_sha256"] == run.summary["adapter_sha256"]

        asked = [{"role": "user", "content": "What is a machine?"}]
        said = client().chat.completions.create(model=made.name, messages=asked, max_tokens=5)
        assert said.choices[0].message.content
        tuned = submit_run(short_run(base_model=made.name, max_steps=8, learning_rate=2e-3))
        assert wait_for_end(tuned).state == JobState.DONE
        wait_until(lambda: engine_check(str(tuned.run_id)))
        assert engine_check(str(tuned.run_id)).passed
        with session() as db:
            summary = db.get_one(Run, tuned.run_id).summary
        assert summary["base_revision"] == made.lineage["weights_sha256"]


def test_a_run_on_replies_primes_nothing(home: Path) -> None:
    job = submit_run(short_run())
    with pytest.raises(UserError, match="no adapter yet"):
        submit_priming(str(job.run_id))
    with session() as db:
        db.get_one(Run, job.run_id).summary = {"adapter_sha256": "0"}
    with pytest.raises(UserError, match="only a run on documents"):
        submit_priming(str(job.run_id))


def test_unchanged_weights_are_the_parents_up_to_rounding(home: Path) -> None:
    import gguf
    import numpy as np

    parent, target = gguf_path(EMBEDDED), home / "same.gguf"
    write_gguf(parent.parent / "model.safetensors", parent, target, "same")
    before, after = (
        {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}
        for path in (parent, target)
    )
    assert before.keys() == after.keys()
    for name in ("blk.0.attn_q.weight", "blk.29.ffn_down.weight", "token_embd.weight"):
        values = [
            gguf.quants.dequantize(each[name].data, each[name].tensor_type)
            for each in (before, after)
        ]
        assert np.abs(values[0] - values[1]).max() < 0.02 * np.abs(values[0]).max()
