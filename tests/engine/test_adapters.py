"""Finished runs, served and checked; anything wrong with an adapter is said."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import openai
import pytest
from safetensors.numpy import load_file, save_file

from backend.db import session
from backend.engine.adapter_check import TOLERANCE
from models.base_models import EMBEDDED
from models.tables import Run
from tests.engine.gateway_lab import Lab, add_run, check_of, text_of, weights_hash
from tests.processes import wait_until


def scaled(lab: Lab, model: str, scale: float) -> list[float]:
    answer = lab.ask(
        model,
        temperature=0,
        max_tokens=1,
        logprobs=True,
        top_logprobs=5,
        extra_body={"adapter_scale": scale},
    )
    return [other.logprob for other in answer.choices[0].logprobs.content[0].top_logprobs]


def refusal(lab: Lab, model: str) -> str:
    with pytest.raises(openai.APIStatusError) as caught:
        lab.ask(model)
    assert caught.value.code == "adapter_unusable"
    return str(caught.value.body["message"])


def test_a_finished_run_is_loaded_and_agrees_with_torch(lab: Lab, trained: Path) -> None:
    run = add_run(lab, trained, "Agreeing")
    check = check_of(run)
    assert check.passed, check.message
    assert check.mean_difference < TOLERANCE < check.applied
    assert check.adapter_sha256 == weights_hash(trained)
    listed = {model.id: model for model in lab.client.models.list()}
    assert (listed["Agreeing"].kind, listed["Agreeing"].base_model) == ("adapter", EMBEDDED)
    assert lab.ask("Agreeing").model == "Agreeing"


def test_rslora_is_served_at_its_own_strength(lab: Lab, trained: Path, tmp_path: Path) -> None:
    # 4 / root of 4 is 8 / 4, so torch says of it what it said of the plain adapter.
    folder = shutil.copytree(trained, tmp_path / "rooted")
    config = json.loads((folder / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"]) == (4, 8)
    rooted = config | {"use_rslora": True, "lora_alpha": 4}
    (folder / "adapter_config.json").write_text(json.dumps(rooted))
    check = check_of(add_run(lab, folder, "Rooted"))
    assert check.passed, check.message


def test_strength_is_a_dial_from_the_base_model(lab: Lab, trained: Path) -> None:
    run = add_run(lab, trained, "Dial")
    base = lab.ask(temperature=0, max_tokens=1, logprobs=True, top_logprobs=5)
    plain = [other.logprob for other in base.choices[0].logprobs.content[0].top_logprobs]
    assert check_of(run).passed
    assert scaled(lab, "Dial", 0) == pytest.approx(plain, abs=1e-3)
    assert scaled(lab, "Dial", 1) != pytest.approx(plain, abs=1e-2)
    assert scaled(lab, "Dial", 0.5) != pytest.approx(scaled(lab, "Dial", 1), abs=1e-2)
    with pytest.raises(openai.BadRequestError):
        scaled(lab, "Dial", 2)


def test_base_and_run_stream_side_by_side(lab: Lab, trained: Path) -> None:
    check_of(add_run(lab, trained, "Neighbour"))
    options = {"max_tokens": 300, "stream": True, "stop": []}
    streams = [iter(lab.ask(model, **options)) for model in (EMBEDDED, "Neighbour")]
    firsts = [[next(stream) for _ in range(3)] for stream in streams]  # Both while both go on.
    with ThreadPoolExecutor(2) as pool:
        rests = list(pool.map(list, streams))
    assert all(len(first) == 3 for first in firsts)
    assert all(rest[-1].choices[0].finish_reason for rest in rests)


def test_an_unfinished_run_is_not_served(lab: Lab, trained: Path) -> None:
    add_run(lab, trained, "Unfinished", finished=False)
    with pytest.raises(openai.NotFoundError, match="not finished"):
        lab.ask("Unfinished")
    assert "Unfinished" not in {model.id for model in lab.client.models.list()}


def test_a_changed_or_missing_adapter_is_refused(lab: Lab, trained: Path) -> None:
    run = add_run(lab, trained, "Tampered")
    assert check_of(run).passed
    weights = lab.home / "runs" / run.id / "adapter" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert "changed since training" in refusal(lab, "Tampered")
    assert not check_of(run).passed
    weights.unlink()
    assert "missing" in refusal(lab, "Tampered")


def test_an_adapter_that_torch_knows_otherwise_is_refused(
    lab: Lab, trained: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(trained, tmp_path / "other")
    weights = load_file(other / "adapter_model.safetensors")
    silent = {name: weight * np.float32(0) for name, weight in weights.items()}
    save_file(silent, other / "adapter_model.safetensors")
    run = add_run(lab, other, "Silent")
    assert "does not apply the adapter" in check_of(run).message
    assert "does not apply the adapter" in refusal(lab, "Silent")


def test_an_adapter_without_reference_is_refused(lab: Lab, trained: Path, tmp_path: Path) -> None:
    other = shutil.copytree(trained, tmp_path / "other")
    (other / "reference.json").unlink()
    run = add_run(lab, other, "Unchecked")
    assert not check_of(run).passed
    assert "reference.json is missing" in refusal(lab, "Unchecked")


def test_another_tokenisation_is_refused(lab: Lab, trained: Path, tmp_path: Path) -> None:
    other = shutil.copytree(trained, tmp_path / "other")
    reference = json.loads((other / "reference.json").read_text())
    reference["prompt"]["tokens"].append(1)
    (other / "reference.json").write_text(json.dumps(reference))
    assert "chat template" in check_of(add_run(lab, other, "Templated")).message


def test_a_renamed_run_keeps_its_server_and_a_deleted_one_loses_it(lab: Lab, trained: Path) -> None:
    run = add_run(lab, trained, "Old name")
    assert check_of(run).passed
    wait_until(lambda: f"run:{run.id}" in lab.health())
    pid = lab.health()[f"run:{run.id}"]["pid"]
    with session() as db:
        db.get(Run, run.id).name = "New name"
    assert text_of(lab.ask("New name")) is not None
    assert lab.health()[f"run:{run.id}"]["pid"] == pid
    with session() as db:
        db.delete(db.get(Run, run.id))
    wait_until(lambda: f"run:{run.id}" not in lab.health())
    with pytest.raises(openai.NotFoundError):
        lab.ask("New name")
